package cvquery

import (
	"bytes"
	"strings"
	"sync"
)

// usedText is where texts are made small, to be used again.
var usedText = sync.Pool{New: func() any { return new([]byte) }}

// wideLead is the first byte of every full-width form in UTF-8.
const wideLead = 0xEF

// AppendWords adds the words of the Tokens of a text to a list. The text is given in pieces, with nothing between them. It converts
// the text to small letters as a whole, so that most words are substrings of it: an import parses thousands of texts a second.
func AppendWords(list []string, pieces ...string) []string {
	small := usedText.Get().(*[]byte) //nolint:forcetypeassert // nothing else is in there
	*small = (*small)[:0]
	for _, text := range pieces {
		*small = appendSmall(*small, text)
	}
	s := scanner{text: string(*small)}
	if bytes.IndexByte(*small, wideLead) >= 0 {
		s.text, _ = narrowed(s.text)
	}
	usedText.Put(small)
	alone := false // the last word can be the first half of another
	for t, ok := s.next(); ok; t, ok = s.next() {
		if alone {
			last := &list[len(list)-1]
			if joined := joinedWord(*last, t.Word); joined != "" {
				*last, alone = joined, false
				continue
			}
		}
		list, alone = append(list, t.Word), true
	}
	return list
}

// appendSmall adds a text with its letters of ASCII made small; fold does the others.
func appendSmall(small []byte, text string) []byte {
	small = append(small, text...)
	added := small[len(small)-len(text):]
	for i, c := range added {
		if c-'A' <= 'Z'-'A' {
			c += 'a' - 'A'
		}
		added[i] = c
	}
	return small
}

// Normalize writes a text in the form in which it is searched: its Tokens, a blank between each two. Normalising twice
// changes nothing.
func Normalize(text string) string {
	const usual = 8 // words of a skill, title or place
	return strings.Join(AppendWords(make([]string, 0, usual), text), " ")
}
