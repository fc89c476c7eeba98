package pg

import (
	"strings"
	"time"
)

// Storable replaces what PostgreSQL takes in no text: bytes that are not UTF-8, and the zero byte.
func Storable(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "")
}

// Column is one parameter of an unnest: a value of every row.
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

// NonZero is NULL for the id 0.
func NonZero(id int64) *int64 {
	if id == 0 {
		return nil
	}
	return &id
}

// LikeEscaper takes the meaning from the signs that LIKE reads.
var LikeEscaper = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

var lexemeEscaper = strings.NewReplacer(`\`, `\\`, `'`, `''`)

// QuoteLexeme writes a word so that a cast to tsquery takes it as it is.
func QuoteLexeme(w string) string {
	if strings.ContainsAny(w, `\'`) {
		w = lexemeEscaper.Replace(w)
	}
	return "'" + w + "'"
}
