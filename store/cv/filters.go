package cv

import (
	"strconv"
	"strings"
)

// matchAll is the lexeme that every entry of the index has. Lexemes that begin with a tilde can be neither typed in a query nor
// found in a text.
const matchAll = "~"

// titleLexeme begins the lexemes of the words of a title, so that a GIN index, which knows no sections, finds a word there.
const titleLexeme = "~t:"

// The kinds of lexemes by which a search is filtered.
const (
	skillLexeme        = "~sk:"
	seniorityLexeme    = "~se:"
	countryLexeme      = "~co:"
	remoteLexeme       = "~rt:"
	availabilityLexeme = "~av:"
	yearsLexeme        = "~y:"
)

// yearSteps are the years of experience that have lexemes; in between the column decides.
var yearSteps = []int{3, 5, 10, 15}

// filters are the lexemes by which a search is filtered.
func (p *profile) filters() []string {
	w := newLexemeWriter(len(p.Skills) + 30)
	w.add(matchAll, "")
	for _, s := range p.Skills {
		w.addLower(skillLexeme, s)
	}
	if p.Seniority != nil {
		w.add(seniorityLexeme, string(*p.Seniority))
	}
	if p.Country != "" {
		w.addLower(countryLexeme, p.Country)
	}
	if p.RemoteType != nil {
		w.add(remoteLexeme, string(*p.RemoteType))
	}
	if p.Availability != "" {
		w.add(availabilityLexeme, p.Availability)
	}
	for _, step := range yearSteps {
		if p.years() >= step {
			w.add(yearsLexeme, strconv.Itoa(step))
		}
	}
	if p.Latitude != nil {
		for level := range cellSizes {
			w.text = appendCell(w.text, level, cellOf(level, *p.Latitude), cellOf(level, *p.Longitude))
			w.end()
		}
	}
	return w.lexemes()
}

func (p *profile) years() int {
	if p.YearsExperience == nil {
		return 0
	}
	return *p.YearsExperience
}

// facetSeparator stands between the values of cv_index.facets: seniority, country, city, remote type, skills.
const facetSeparator = "\x1f"

func (p *profile) facets() string {
	values := make([]string, 4, 4+len(p.Skills))
	if p.Seniority != nil {
		values[0] = string(*p.Seniority)
	}
	values[1], values[2] = p.Country, p.City
	if p.RemoteType != nil {
		values[3] = string(*p.RemoteType)
	}
	return strings.Join(append(values, p.Skills...), facetSeparator)
}
