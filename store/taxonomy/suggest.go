package taxonomy

import (
	"strings"
	"sync"
)

// vocabulary counts in how many spellings a word stands. Everyday words of CVs count once.
var vocabulary = sync.OnceValue(func() map[string]int {
	t, v := data(), map[string]int{}
	for _, spellings := range [][]spelling{t.skillSpellings, t.titleSpellings, t.citySpellings} {
		for _, s := range spellings {
			for word := range strings.FieldsSeq(s.words) {
				v[word]++
			}
		}
	}
	for country := range t.country {
		for word := range strings.FieldsSeq(country) {
			v[word]++
		}
	}
	for word := range strings.FieldsSeq(wordsText) {
		v[word]++
	}
	return v
})

// tradeWords are the words of skills and titles.
var tradeWords = sync.OnceValue(func() map[string]bool {
	t, all := data(), map[string]bool{}
	for _, spellings := range [][]spelling{t.skillSpellings, t.titleSpellings} {
		for _, s := range spellings {
			for word := range strings.FieldsSeq(s.words) {
				all[word] = true
			}
		}
	}
	return all
})

// IsTradeWord tells whether a normalised word stands in the name of a skill or title.
func IsTradeWord(word string) bool { return tradeWords()[word] }

// The shortest words that are looked at, and the shortest in which two letters may be wrong.
const (
	shortestSuggested = 4
	longWord          = 8
)

// Suggest gives the word that a misspelt one may have meant. ok is false for a word that is known, in the singular or the plural,
// for a word that resembles none, and for anything but English letters: a number or code that nearly equals another means
// something else.
func Suggest(word string) (suggestion string, ok bool) {
	if len(word) < shortestSuggested || len(word) > 30 || !isPlain(word) {
		return "", false
	}
	word = strings.ToLower(word)
	v := vocabulary()
	if isKnown(v, word) {
		return "", false
	}
	nearest, most := 1, 0
	if len(word) >= longWord {
		nearest = 2
	}
	for known, count := range v {
		apart := len(known) - len(word)
		if len(known) < shortestSuggested || apart > nearest || -apart > nearest || !isPlain(known) {
			continue
		}
		n := distance(word, known, nearest)
		// People get the first letter right, or swap it with the second.
		if known[0] != word[0] && (n > 1 || known[0] != word[1] || known[1] != word[0]) {
			continue
		}
		if n < nearest || n == nearest && (count > most || count == most && known < suggestion) {
			nearest, most, suggestion = n, count, known
		}
	}
	return suggestion, suggestion != ""
}

func isPlain(word string) bool {
	return !strings.ContainsFunc(word, func(c rune) bool { return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') })
}

func isKnown(v map[string]int, word string) bool {
	for _, ending := range []string{"", "s", "es", "ed", "ing", "ly"} {
		if base, ok := strings.CutSuffix(word, ending); ok && (ending != "s" || !strings.HasSuffix(base, "s")) && (v[base] > 0 || ending == "ing" && v[base+"e"] > 0) {
			return true
		}
	}
	return v[word+"s"] > 0
}

// distance counts the letters to be put in, left out, replaced or swapped with their neighbour to make b of a. Above
// limit it is limit+1.
func distance(a, b string, limit int) int {
	var rows [3][64]int
	for j := range len(b) + 1 {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		row, above, before := &rows[i%3], &rows[(i+2)%3], &rows[(i+1)%3]
		row[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d := min(above[j]+1, row[j-1]+1, above[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, before[j-2]+1)
			}
			row[j] = d
			least = min(least, d)
		}
		if least > limit {
			return limit + 1
		}
	}
	return min(rows[len(a)%3][len(b)], limit+1)
}
