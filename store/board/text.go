package board

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// textRule bounds one line of text, in characters (runes).
type textRule struct {
	min, max  int
	printable bool // only what unicode.IsPrint takes: no invisible characters at all
}

// checkText trims s and checks it. A text that shows nothing, such as a zero-width space, counts as empty.
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

// isPlainLine tells whether s is of signs of ASCII, and begins and ends with none but visible ones: most texts do.
func isPlainLine(s string) bool {
	return s == "" || s[0] != ' ' && s[len(s)-1] != ' ' && isASCIIPrintable(s)
}

// isControl reports whether c may not stand in a line of text: control characters, line and paragraph separators, and
// the overrides of writing direction, with which a title could be made to read as something else.
func isControl(c rune) bool {
	return c < ' ' || c >= 0x7F && c < 0xA0 || c >= 0x2028 && c <= 0x202E || c >= 0x2066 && c <= 0x2069
}

func showsSomething(s string) bool {
	return strings.ContainsFunc(s, func(c rune) bool { return unicode.IsGraphic(c) && !unicode.IsSpace(c) })
}

// runesOver is how many characters s has when they are more than the longest text may have, else 0.
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
