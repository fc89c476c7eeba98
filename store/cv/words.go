package cv

import (
	"strings"
	"unicode/utf8"
)

// wordWriter writes a list of words into one text: there are thirty and more of each person.
type wordWriter struct {
	text []byte
	ends []int
}

func newWordWriter(words int) wordWriter {
	const usualWord = 12 // bytes
	return wordWriter{make([]byte, 0, words*usualWord), make([]int, 0, words)}
}

// end ends a word.
func (w *wordWriter) end() { w.ends = append(w.ends, len(w.text)) }

func (w *wordWriter) add(kind, value string) {
	w.text = append(append(w.text, kind...), value...)
	w.end()
}

// addLower is add of a value in small letters.
func (w *wordWriter) addLower(kind, value string) {
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

func (w *wordWriter) words() []string {
	text, from := string(w.text), 0
	words := make([]string, len(w.ends))
	for i, end := range w.ends {
		words[i], from = text[from:end], end
	}
	return words
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
