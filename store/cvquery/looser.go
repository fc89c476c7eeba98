package cvquery

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

var (
	// plainWords matches a query of words alone, without operators, quotation marks and signs.
	plainWords = regexp.MustCompile(`^[\pL\pN]+(?:[ -][\pL\pN]+)*$`)
	umlauts    = strings.NewReplacer("ae", "ä", "oe", "ö", "ue", "ü", "Ae", "Ä", "Oe", "Ö", "Ue", "Ü")
	// longWords matches words that may have another ending.
	longWords = regexp.MustCompile(`\pL{7,}`)
)

// Looser gives queries that say nearly what q says, for one that finds nothing: first with the umlauts that people type as two letters,
// then with long words left open at their end, which finds "Entwickler" for "Entwicklerin". There are none for a query that has more
// than words.
func Looser(q string) []string {
	q = strings.TrimSpace(q)
	if !plainWords.MatchString(q) || utf8.RuneCountInString(q) > MaxWord {
		return nil
	}
	var all []string
	with := umlauts.Replace(q)
	if with != q {
		all = append(all, with)
	}
	open := longWords.ReplaceAllStringFunc(with, func(word string) string {
		letters := []rune(word)
		return string(letters[:max(5, len(letters)*3/4)]) + "*"
	})
	if open != with && strings.IndexByte(open, '-') < 0 {
		all = append(all, open)
	}
	return all
}
