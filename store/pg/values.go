package pg

import (
	"strings"
	"time"
)

// Storable replaces bytes that are not UTF-8, and removes zero bytes: PostgreSQL accepts neither in a text.
func Storable(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "")
}

// Column makes one parameter of an unnest: a value of each row.
func Column[S ~[]E, E, R any](rows []R, of func(R) E) S {
	out := make(S, len(rows))
	for i, r := range rows {
		out[i] = of(r)
	}
	return out
}

// Timestamp writes a time as an element of an array of timestamptz.
func Timestamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// UTC brings a time as the driver reads it, in the session's zone, to UTC.
func UTC(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	u := t.UTC()
	return &u
}

// NonZero is the id, or nil, which is stored as NULL, for 0.
func NonZero(id int64) *int64 {
	if id == 0 {
		return nil
	}
	return &id
}

// LikeEscaper escapes the characters that have a meaning in a pattern of LIKE.
var LikeEscaper = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

var lexemeEscaper = strings.NewReplacer(`\`, `\\`, `'`, `''`)

// QuoteLexeme quotes a word so that a cast to tsquery reads it as one lexeme.
func QuoteLexeme(w string) string {
	if strings.ContainsAny(w, `\'`) {
		w = lexemeEscaper.Replace(w)
	}
	return "'" + w + "'"
}
