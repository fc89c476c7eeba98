package cv

import (
	"strings"
	"unicode/utf8"
)

// lexemeWriter writes a list of lexemes into one text: there are thirty and more of each person.
type lexemeWriter struct {
	text []byte
	ends []int
}

func newLexemeWriter(n int) lexemeWriter {
	const usualSize = 12 // bytes
	return lexemeWriter{make([]byte, 0, n*usualSize), make([]int, 0, n)}
}

// end ends a lexeme.
func (w *lexemeWriter) end() { w.ends = append(w.ends, len(w.text)) }

func (w *lexemeWriter) add(kind, value string) {
	w.text = append(append(w.text, kind...), value...)
	w.end()
}

// addLower is add of a value in small letters.
func (w *lexemeWriter) addLower(kind, value string) {
	w.text = append(w.text, kind...)
	from := len(w.text)
	w.text = append(w.text, value...)
	for i, c := range w.text[from:] {
		if c >= utf8.RuneSelf {
			w.text = append(w.text[:from], strings.ToLower(value)...)
			break
		}
		w.text[from+i] = lower(c)
	}
	w.end()
}

func (w *lexemeWriter) lexemes() []string {
	text, from := string(w.text), 0
	list := make([]string, len(w.ends))
	for i, end := range w.ends {
		list[i], from = text[from:end], end
	}
	return list
}

// sameWord tells whether two words are one in small letters.
func sameWord(a, b string) bool {
	for i := range min(len(a), len(b)) {
		switch {
		case a[i] >= utf8.RuneSelf || b[i] >= utf8.RuneSelf:
			small := strings.ToLower(a) // some letters are one in capitals, but not in small letters
			return small == strings.ToLower(b)
		case lower(a[i]) != lower(b[i]):
			return false
		}
	}
	return len(a) == len(b)
}

// lower makes a letter of ASCII small.
func lower(c byte) byte {
	if c-'A' <= 'Z'-'A' {
		return c + 'a' - 'A'
	}
	return c
}
