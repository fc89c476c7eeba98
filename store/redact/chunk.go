package redact

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// traits is a set of what occurs in a chunk.
type traits uint16

const (
	isBlank traits = 1 << iota
	isHigh         // a byte that is not ASCII
	hasLetter
	hasDigit
	hasAt
	hasDot // before the last byte
	hasColon
	hasSign // a bracket, + or _
	hasApostrophe
)

var traitsOf = func() (t [256]traits) {
	for c := range t {
		switch {
		case c >= utf8.RuneSelf:
			t[c] = isHigh
		case c >= '0' && c <= '9':
			t[c] = hasDigit
		case c|0x20 >= 'a' && c|0x20 <= 'z':
			t[c] = hasLetter
		case c == ' ' || c >= '\t' && c <= '\r':
			t[c] = isBlank
		}
	}
	for _, c := range "+_()[]{}" {
		t[c] = hasSign
	}
	t['@'], t['.'], t[':'], t['\''], t['`'] = hasAt, hasDot, hasColon, hasApostrophe, hasApostrophe
	return t
}()

// chunk is a run of characters between blanks.
type chunk struct {
	word       string // in plain form
	start, end int    // its place in the text, in bytes
	has        traits
	newLine    bool // whether it is the first of a line
}

func appendChunks(chunks []chunk, text string) []chunk {
	for at := 0; ; {
		newLine := false
		for at < len(text) {
			size := 1
			if t := traitsOf[text[at]]; t&isHigh != 0 {
				size = blankAt(text, at)
			} else if t&isBlank == 0 {
				size = 0
			}
			if size == 0 {
				break
			}
			newLine = newLine || text[at] == '\n'
			at += size
		}
		if at == len(text) {
			return chunks
		}
		var has traits
		start := at
		for ; at < len(text); at++ {
			t := traitsOf[text[at]]
			if t&(isBlank|isHigh) != 0 && blankAt(text, at) > 0 {
				break
			}
			has |= t
		}
		word := text[start:at]
		if has&isHigh != 0 {
			if word = plainForm(word); word == "" {
				continue
			}
			has = 0
			for i := range len(word) {
				has |= traitsOf[word[i]]
			}
		}
		if has&hasDot != 0 && strings.IndexByte(word, '.') == len(word)-1 {
			has &^= hasDot
		}
		chunks = append(chunks, chunk{word, start, at, has, newLine})
	}
}

// blankAt returns the length in bytes of the blank at a place in the text, 0 when there is none.
func blankAt(text string, at int) int {
	if t := traitsOf[text[at]]; t&isHigh == 0 {
		return int(t & isBlank)
	}
	if c, size := utf8.DecodeRuneInString(text[at:]); unicode.IsSpace(c) {
		return size
	}
	return 0
}
