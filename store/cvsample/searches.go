package cvsample

import (
	"iter"
	"slices"
	"strings"
	"sync"
	"unicode"
)

// Search is what somebody types who looks for people. It has no grade: it is for load, not for relevance.
type Search struct {
	Kind       string
	Text       string // in the language of cvquery
	Location   string // "" for anywhere
	RadiusKm   int
	RemoteType string // "" for any
}

// The kinds of Search. Each is as frequent as the others.
const (
	SearchTitleAndSkills = "title word AND two skills" // half of the skills are quoted phrases of two or three words
	SearchExclusion      = "word AND (skill OR skill) NOT skill"
	SearchTwoWords       = "two words"
	SearchTitle          = "title:"
	SearchPrefix         = "a prefix of four letters"
	SearchWord           = "one word"
)

// SearchKinds are all of them.
func SearchKinds() []string {
	return []string{SearchTitleAndSkills, SearchExclusion, SearchTwoWords, SearchTitle, SearchPrefix, SearchWord}
}

// Of a hundred searches so many have a place with a radius, and a kind of remote work.
const (
	searchesWithPlace  = 40
	searchesWithRemote = 30
)

// Searches makes searches without end, none of them twice. The same seed gives the same ones.
func Searches(seed uint64) iter.Seq[Search] {
	return func(yield func(Search) bool) {
		seen := map[Search]bool{}
		for i := 0; ; i++ {
			d := newDice(seed+2, i)
			s := vocabularies().search(&d)
			for seen[s] { // there are fewer words than searches, but with a place and a radius each is another one
				s.Location, s.RadiusKm = pools().around(&d)
			}
			seen[s] = true
			if !yield(s) {
				return
			}
		}
	}
}

// vocabulary is what the searches are put together of.
type vocabulary struct {
	titles  []string // words of titles
	skills  []string // skills of one word
	phrases []string // skills of two or three words, quoted
	words   []string // all words of titles, skills and what people write about themselves
	long    []string // those from which a prefix of four letters leaves something out
}

var vocabularies = sync.OnceValue(func() *vocabulary {
	v := &vocabulary{}
	pool := pools()
	for _, t := range pool.titles {
		v.titles = append(v.titles, searchWords(t.Name)...)
	}
	for _, name := range pool.everyone {
		words := searchWords(name)
		v.words = append(v.words, words...)
		switch plain := strings.Join(words, " ") == name; {
		case plain && len(words) == 1:
			v.skills = append(v.skills, name)
		case plain && len(words) <= 3:
			v.phrases = append(v.phrases, `"`+name+`"`)
		}
	}
	v.words = append(v.words, v.titles...)
	for heading, lines := range pool.phrases {
		if heading == "employers" {
			continue
		}
		for _, line := range lines {
			v.words = append(v.words, searchWords(line)...)
		}
	}
	for _, list := range []*[]string{&v.titles, &v.words} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	for _, w := range v.words {
		if len(w) > prefixLetters+1 {
			v.long = append(v.long, w)
		}
	}
	return v
})

// prefixLetters is the length of SearchPrefix.
const prefixLetters = 4

// searchWords are the words of a name that are of two letters or more and nothing but letters.
func searchWords(name string) []string {
	return slices.DeleteFunc(strings.Fields(name), func(w string) bool {
		return len(w) < 2 || strings.ContainsFunc(w, func(r rune) bool { return r > unicode.MaxASCII || !unicode.IsLetter(r) }) ||
			slices.Contains([]string{"AND", "OR", "NOT"}, strings.ToUpper(w))
	})
}

func (v *vocabulary) search(d *dice) Search {
	s := Search{Kind: pick(d, SearchKinds())}
	skill := func() string {
		if d.percent(50) {
			return pick(d, v.phrases)
		}
		return pick(d, v.skills)
	}
	switch s.Kind {
	case SearchTitleAndSkills:
		s.Text = pick(d, v.titles) + " AND " + skill() + " AND " + skill()
	case SearchExclusion:
		s.Text = pick(d, v.words) + " AND (" + pick(d, v.skills) + " OR " + pick(d, v.skills) + ") NOT " + pick(d, v.skills)
	case SearchTwoWords:
		s.Text = pick(d, v.words) + " " + pick(d, v.words)
	case SearchTitle:
		s.Text = "title:" + pick(d, v.titles)
	case SearchPrefix:
		s.Text = pick(d, v.long)[:prefixLetters] + "*"
	default:
		s.Text = pick(d, v.words)
	}
	if d.percent(searchesWithPlace) {
		s.Location, s.RadiusKm = pools().around(d)
	}
	if d.percent(searchesWithRemote) {
		s.RemoteType = pick(d, []string{"OnSite", "HybridRemote", "FullyRemote"})
	}
	return s
}

// around is where somebody looks: in the larger cities more often, and within 20 to 80 km.
func (p *pool) around(d *dice) (location string, radiusKm int) {
	c := p.city(d)
	return c.Name + ", " + c.Country, 20 + d.n(61)
}
