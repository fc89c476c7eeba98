package taxonomy

import (
	"slices"

	"itmanagerjobs/store/cvquery"
)

// CanonicalTitle finds the title that a line is, or has in it: "Senior DevOps Engineer (m/f)" is a DevOps Engineer. Of
// several the longest is meant.
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

// levels are the words of a title that tell a seniority, the telling ones first.
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

// Seniority is the level that a title tells, as board.Seniority is written, or "". A Project Manager manages projects:
// where the title is known, "manager" by itself tells nothing that the title does not.
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

// fillers are words of titles that tell nothing.
var fillers = []string{"a", "and", "at", "for", "in", "of", "the", "to", "with"}

// TitleWords are the words of a title that say what somebody does, sorted, each once: without those that tell a seniority,
// unless there are no others.
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
