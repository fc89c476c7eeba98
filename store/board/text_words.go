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
