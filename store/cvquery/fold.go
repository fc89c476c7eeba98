package cvquery

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// fold makes a word small and takes its accents and apostrophes away: Kraków is found as Krakow. It is the same for every way
// in which Unicode can write the word: composed, decomposed, in full or half width.
func fold(word string) string {
	var b strings.Builder
	b.Grow(len(word))
	ascii := true
	for i := range len(word) {
		switch c := word[i]; {
		case c >= utf8.RuneSelf:
			ascii = false
		case c >= 'A' && c <= 'Z':
			b.WriteByte(c + 'a' - 'A')
		case c != '\'' && c != '`':
			b.WriteByte(c)
		}
	}
	if ascii {
		return b.String()
	}
	b.Reset()
	for _, c := range norm.NFKD.String(word) {
		if c >= utf8.RuneSelf {
			c = unicode.ToLower(c)
		}
		switch plain, ok := letters[c]; {
		case ok:
			b.WriteString(plain)
		case isApostrophe(c), unicode.Is(accents, c):
		case isWord(c), isIdeograph(c), unicode.IsMark(c):
			b.WriteRune(unicode.ToLower(c))
		}
	}
	return norm.NFC.String(b.String())
}

// letters are the letters that Unicode does not decompose, with their usual transcription.
var letters = map[rune]string{
	'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'đ': "d", 'ð': "d", 'ł': "l", 'ı': "i", 'þ': "th", 'ħ': "h", 'ŧ': "t", 'ŋ': "n", 'ς': "σ",
}

// accents are the marks without which a word is found, too. Other marks are part of a letter: the vowels of Thai and of the
// scripts of India, and the sign that makes ga of ka in Japanese.
var accents = &unicode.RangeTable{
	R16: []unicode.Range16{
		{Lo: 0x0300, Hi: 0x036F, Stride: 1}, // Latin, Greek and Cyrillic
		{Lo: 0x0483, Hi: 0x0489, Stride: 1},
		{Lo: 0x0591, Hi: 0x05C7, Stride: 1}, // points of Hebrew
		{Lo: 0x0610, Hi: 0x061A, Stride: 1}, // vowels of Arabic
		{Lo: 0x064B, Hi: 0x065F, Stride: 1},
		{Lo: 0x0670, Hi: 0x0670, Stride: 1},
		{Lo: 0x06D6, Hi: 0x06ED, Stride: 1},
		{Lo: 0x1AB0, Hi: 0x1AFF, Stride: 1},
		{Lo: 0x1DC0, Hi: 0x1DFF, Stride: 1},
		{Lo: 0x20D0, Hi: 0x20FF, Stride: 1},
		{Lo: 0xFE00, Hi: 0xFE0F, Stride: 1}, // variants of a character
		{Lo: 0xFE20, Hi: 0xFE2F, Stride: 1},
	},
	R32: []unicode.Range32{{Lo: 0xE0100, Hi: 0xE01EF, Stride: 1}},
}

// isApostrophe tells whether people type this sign for an apostrophe.
func isApostrophe(c rune) bool { return strings.ContainsRune("'`´’‘‛ʼʻʹ′", c) }

// isInvisible tells whether a character within a word is not seen, such as a soft hyphen. A blank of no width separates words.
func isInvisible(c rune) bool {
	return c == 0x00AD || c >= 0x200C && c <= 0x200F || c == 0x2060 || c == 0xFEFF
}

// isIdeograph tells whether a character belongs to a script without blanks between words: Han or Kana.
func isIdeograph(c rune) bool {
	const first = 0x2E80
	return c >= first && (unicode.In(c, unicode.Han, unicode.Hiragana, unicode.Katakana) || c == 'ー' || c == 'ｰ')
}

// pair reads the next two characters of a run of Han or Kana, which has no blanks between its words: 東京都 is read as 東京 京都, so
// that 東京 and 京都 find it. A character by itself is a word. ok is false when nothing is left of it.
func (s *scanner) pair() (t Token, ok bool) {
	start := s.at
	second := s.character(start)
	end := second
	if c, _ := s.rune(second); isIdeograph(c) {
		end = s.character(second)
	}
	s.at = end
	if c, _ := s.rune(end); isIdeograph(c) {
		s.at = second // the next pair begins with the second character of this one
	}
	word := fold(s.text[start:end])
	return Token{word, start, end}, word != ""
}

// character is where a character ends, with the marks that belong to it.
func (s *scanner) character(at int) int {
	_, size := s.rune(at)
	for at += size; ; at += size {
		var c rune
		if c, size = s.rune(at); !unicode.IsMark(c) && c != 'ﾞ' && c != 'ﾟ' {
			return at
		}
	}
}

// The full-width forms of ASCII, which East Asian keyboards write.
const (
	firstWide  = '！'
	lastWide   = '～'
	wideOffset = firstWide - '!'
)

// narrow gives a full-width form in its usual width.
func narrow(c rune) rune {
	if c >= firstWide && c <= lastWide {
		return c - wideOffset
	}
	return c
}

// narrowed is a text with its full-width forms in their usual width, and for each byte of it and for its end where that is in the
// text as it was given; nil for a text without them.
func narrowed(text string) (string, []int) {
	if !strings.ContainsFunc(text, func(c rune) bool { return narrow(c) != c }) {
		return text, nil
	}
	var b strings.Builder
	places := make([]int, 0, len(text)+1)
	for i, c := range text {
		if n := narrow(c); n != c {
			c = n
		}
		b.WriteRune(c)
		for len(places) < b.Len() {
			places = append(places, i)
		}
	}
	return b.String(), append(places, len(text))
}
