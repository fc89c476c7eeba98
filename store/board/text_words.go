package board

import (
	"strings"
	"unicode"
)

// ListWords are the words that a list is searched for: each of them as it stands, without the quotation marks that people put around
// words that belong together. Text of quotation marks alone is a word, which nothing has.
func ListWords(s string) []string {
	words := strings.FieldsFunc(s, func(c rune) bool {
		return unicode.IsSpace(c) || c == '\u200b' || strings.ContainsRune("\"“”„‟«»＂「」", c)
	})
	if len(words) == 0 && strings.TrimSpace(s) != "" {
		return []string{strings.TrimSpace(s)}
	}
	return words
}

// BeginsWord tells whether a list has a word of a filter where one of its words begins, and not within another word: "it" is not in
// "security". What begins with a sign is looked for everywhere, and so is a script that is written without blanks.
func BeginsWord(w string) bool {
	for i, c := range w {
		if i == 0 && !unicode.IsLetter(c) && !unicode.IsDigit(c) {
			return false
		}
		if unicode.In(c, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar) {
			return false
		}
	}
	return true
}
