package board

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// TextRule bounds a text of one line, in characters (runes).
type TextRule struct {
	Min, Max  int
	Printable bool // only what unicode.IsPrint accepts: no invisible characters
}

// NFC composes the letters of a text (Unicode's normalization form C), as nearly all programs write them. Texts are stored so, that
// one word has one spelling.
func NFC(s string) string { return norm.NFC.String(s) }

// CheckText trims and checks s. A text of invisible characters, such as a zero-width space, counts as empty.
func CheckText(field, s string, r TextRule) (trimmed string, problem FieldError, bad bool) {
	if isPlainLine(s) && len(s) <= r.Max && len(s) >= r.Min {
		return s, FieldError{}, false
	}
	if !utf8.ValidString(s) {
		return "", FieldError{field, FieldInvalidFormat, "must be valid UTF-8"}, true
	}
	s = NFC(strings.TrimSpace(s))
	for _, c := range s {
		if isControl(c) || r.Printable && !unicode.IsPrint(c) {
			return "", FieldError{field, FieldInvalidFormat,
				fmt.Sprintf("must not contain control or invisible characters, but has U+%04X", c)}, true
		}
	}
	n := utf8.RuneCountInString(s)
	switch {
	case n > r.Max:
		return "", TooLong(field, n, r.Max), true
	case r.Min > 0 && !showsSomething(s):
		return "", FieldError{field, FieldTooShort,
			fmt.Sprintf("must not be empty; it takes %d to %d characters", r.Min, r.Max)}, true
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

// RunesOver returns the number of characters of s if it is greater than longest, else 0.
func RunesOver(s string, longest int) int {
	if len(s) <= longest {
		return 0
	}
	if n := utf8.RuneCountInString(s); n > longest {
		return n
	}
	return 0
}

// TooLong is the error for a text of got characters where limit are allowed.
func TooLong(field string, got, limit int) FieldError {
	return FieldError{field, FieldTooLong, fmt.Sprintf("must have at most %d characters, but has %d", limit, got)}
}

// NotAllowed is the error for a value that is not one of those allowed.
func NotAllowed[T ~string](field string, allowed []T) FieldError {
	return FieldError{field, FieldNotAllowed, "must be one of: " + Names(allowed)}
}
