package pg

import (
	"strconv"
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

// Ints writes a value of each row as an array of integers.
func Ints[E any](rows []E, of func(E) int64) string {
	out := make([]byte, 1, 2+8*len(rows))
	out[0] = '{'
	for i, r := range rows {
		if i > 0 {
			out = append(out, ',')
		}
		out = strconv.AppendInt(out, of(r), 10)
	}
	return string(append(out, '}'))
}

// Texts writes a value of each row, of which it takes what is Storable, as an array of texts.
func Texts[E any](rows []E, of func(E) string) string {
	out := make([]byte, 1, 2+8*len(rows))
	out[0] = '{'
	for i, r := range rows {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, '"')
		s := Storable(of(r))
		for i := range len(s) {
			if s[i] == '"' || s[i] == '\\' {
				out = append(out, '\\')
			}
			out = append(out, s[i])
		}
		out = append(out, '"')
	}
	return string(append(out, '}'))
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
