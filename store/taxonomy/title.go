package taxonomy

import (
	"slices"

	"itmanagerjobs/store/cvquery"
)

// CanonicalTitle finds the title in a line: "Senior DevOps Engineer (m/f)" is a DevOps Engineer. Of several titles it gives the
// longest.
func CanonicalTitle(s string) (Title, bool) {
	return data().titleIn(wordsOf(s))
}

func (t *tables) titleIn(words []string) (Title, bool) {
	best, length := -1, 0
	for i, word := range words {
		for _, p := range t.phrases[word] {
			n := 1 + len(p.rest)
			if p.kind == titlePhrase && n > length && i+n <= len(words) && slices.Equal(words[i+1:i+n], p.rest) {
				best, length = p.of, n
			}
		}
	}
	if best < 0 {
		return Title{}, false
	}
	return t.titles[best], true
}

func wordsOf(s string) []string {
	const usual = 8 // words of a title or place
	return cvquery.AppendWords(make([]string, 0, usual), s)
}

// levels are the words of a title that mean a seniority, the most specific first.
var levels = []struct {
	seniority string
	words     []string
}{
	{"Junior", []string{"junior", "jr", "graduate", "trainee", "apprentice", "intern", "internship", "entry"}},
	{"Executive", []string{"chief", "cto", "cio", "ciso", "cdo", "cpo", "vp", "svp", "evp", "clevel"}},
	{"Director", []string{"director", "head"}},
	{"Manager", []string{"manager", "mgr"}},
	{"Lead", []string{"lead", "principal", "staff", "leader"}},
	{"Senior", []string{"senior", "sr", "snr", "expert"}},
	{"Mid", []string{"mid", "intermediate", "midlevel"}},
}

// Seniority is the seniority that a title means, as a value of board.Seniority, or "". A Project Manager manages projects: in a
// known title the word "manager" by itself means no seniority.
func Seniority(title string) string {
	words := wordsOf(title)
	known, ok := data().titleIn(words)
	for _, level := range levels {
		if ok && level.seniority == "Manager" {
			if known.Seniority != "" {
				return known.Seniority
			}
			continue
		}
		if slices.ContainsFunc(words, func(w string) bool { return slices.Contains(level.words, w) }) {
			return level.seniority
		}
	}
	return ""
}

// fillers are words of titles without a meaning of their own.
var fillers = []string{"a", "and", "at", "for", "in", "of", "the", "to", "with"}

// TitleWords are the words of a title that name the work, sorted, each once: without those that mean a seniority, unless there are
// no others.
func TitleWords(title string) []string {
	words := slices.DeleteFunc(wordsOf(title), func(w string) bool { return slices.Contains(fillers, w) })
	slices.Sort(words)
	words = slices.Compact(words)
	rest := slices.DeleteFunc(slices.Clone(words), func(w string) bool {
		for _, level := range levels {
			if slices.Contains(level.words, w) {
				return true
			}
		}
		return false
	})
	if len(rest) == 0 {
		return words
	}
	return rest
}
