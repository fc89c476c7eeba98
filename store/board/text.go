package board

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// textRule bounds a text of one line, in characters (runes).
type textRule struct {
	min, max  int
	printable bool // only what unicode.IsPrint accepts: no invisible characters
}

// checkText trims and checks s. A text of invisible characters, such as a zero-width space, counts as empty.
func checkText(field, s string, r textRule) (trimmed string, problem FieldError, bad bool) {
	if isPlainLine(s) && len(s) <= r.max && len(s) >= r.min {
		return s, FieldError{}, false
	}
	if !utf8.ValidString(s) {
		return "", FieldError{field, FieldInvalidFormat, "must be valid UTF-8"}, true
	}
	s = strings.TrimSpace(s)
	for _, c := range s {
		if isControl(c) || r.printable && !unicode.IsPrint(c) {
			return "", FieldError{field, FieldInvalidFormat,
				fmt.Sprintf("must not contain control or invisible characters, but has U+%04X", c)}, true
		}
	}
	n := utf8.RuneCountInString(s)
	switch {
	case n > r.max:
		return "", tooLong(field, n, r.max), true
	case r.min > 0 && !showsSomething(s):
		return "", FieldError{field, FieldTooShort,
			fmt.Sprintf("must not be empty; it takes %d to %d characters", r.min, r.max)}, true
	}
	return s, FieldError{}, false
}

// isPlainLine reports whether s consists of printable ASCII, without a space at either end. Most texts do, and need no other
// check.
func isPlainLine(s string) bool {
	return s == "" || s[0] != ' ' && s[len(s)-1] != ' ' && isASCIIPrintable(s)
}

// isControl reports whether c is not allowed in a line of text: control characters, line and paragraph separators, and
// characters that change the writing direction, with which a title could be displayed as another text.
func isControl(c rune) bool {
	return c < ' ' || c >= 0x7F && c < 0xA0 || c >= 0x2028 && c <= 0x202E || c >= 0x2066 && c <= 0x2069
}

func showsSomething(s string) bool {
	return strings.ContainsFunc(s, func(c rune) bool { return unicode.IsGraphic(c) && !unicode.IsSpace(c) })
}

// runesOver returns the number of characters of s if it is greater than longest, else 0.
func runesOver(s string, longest int) int {
	if len(s) <= longest {
		return 0
	}
	if n := utf8.RuneCountInString(s); n > longest {
		return n
	}
	return 0
}

func tooLong(field string, got, limit int) FieldError {
	return FieldError{field, FieldTooLong, fmt.Sprintf("must have at most %d characters, but has %d", limit, got)}
}

func notAllowed[T ~string](field string, allowed []T) FieldError {
	return FieldError{field, FieldNotAllowed, "must be one of: " + names(allowed)}
}
