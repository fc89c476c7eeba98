package cv

import (
	"slices"
	"strings"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/cvquery"
	"itmanagerjobs/store/redact"
	"itmanagerjobs/store/taxonomy"
)

// maxShownText bounds how much of one person's text a search reads, in bytes: the rest of a CV is for who opens it.
const maxShownText = 30_000

// profile is a person as they are stored: with the names that the taxonomy has for skills and places.
type profile struct {
	board.CVCandidate

	// shown is the text of the profile without contact data and names.
	shown    string
	sections [cvquery.SectionCount][]string // normalised words: of the title, skills, posts held, all other text
}

// profileOf gives a person's skills and places their canonical names, and makes the text that is searched and shown.
func profileOf(c board.CVCandidate) profile {
	redactor := redact.New(c.FirstName, c.LastName, c.Email, taxonomy.IsTradeWord)
	c.Title = redactor.Title(c.Title)
	c.Skills = canonicalSkills(c.Skills, redactor.Title)
	fillPlace(&c, redactor)
	if c.Seniority == nil {
		if s := board.Seniority(taxonomy.Seniority(c.Title)); s.Valid() {
			c.Seniority = &s
		}
	}
	p := profile{CVCandidate: c}
	work, text := workOf(&c)
	p.shown = redactor.Text(cut(text, maxShownText))
	p.sections = sectionWords(
		[]string{c.Title},
		[]string{strings.Join(c.Skills, ", ")},
		[]string{redactor.Title(work)},
		[]string{p.shown, "\n", c.City, ", ", c.Country, "\n", redactor.Title(strings.Join(c.Languages, ", "))},
	)
	return p
}

// workOf are the titles and employers of a person, and all the text of their profile.
func workOf(c *board.CVCandidate) (work, text string) {
	var short, long strings.Builder
	size, all := 0, len(c.Summary)+len("\n")+len(c.CVText)
	for i := range c.Experience {
		e := &c.Experience[i]
		n := len(e.Title) + len(e.Employer) + len(" \n")
		size, all = size+n, all+n+len(e.Description)+len(", ")
	}
	short.Grow(size)
	long.Grow(all)
	long.WriteString(c.Summary)
	for i := range c.Experience {
		e := &c.Experience[i]
		for _, s := range []string{e.Title, " ", e.Employer, "\n"} {
			short.WriteString(s)
		}
		for _, s := range []string{"\n", e.Title, ", ", e.Employer, "\n", e.Description} {
			long.WriteString(s)
		}
	}
	long.WriteString("\n")
	long.WriteString(c.CVText)
	return short.String(), long.String()
}

// cut is the beginning of s of at most n bytes, in whole words: half a name would not be known as one.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	s = s[:n]
	return s[:max(strings.LastIndexAny(s, " \n"), 0)]
}

func canonicalSkills(skills []string, redactName func(string) string) []string {
	out := make([]string, 0, len(skills))
	for _, s := range skills {
		name, known := taxonomy.CanonicalSkill(s)
		if !known {
			name = redactName(name)
		}
		if name != "" && !slices.ContainsFunc(out, func(earlier string) bool { return sameWord(earlier, name) }) {
			out = append(out, name)
		}
	}
	return out
}

// fillPlace completes a person's place by the taxonomy. A place that the taxonomy does not know is dropped when there is contact
// data or the person's name in it; a known town stays, even when the person is called like it.
func fillPlace(c *board.CVCandidate, redactor *redact.Redactor) {
	if name, ok := taxonomy.Country(c.Country); ok {
		c.Country = name
	} else if redactor.Title(c.Country) != c.Country {
		c.Country = ""
	}
	if c.City == "" {
		return
	}
	where := c.City
	if c.Country != "" {
		where += ", " + c.Country
	}
	city, ok := taxonomy.Locate(where)
	if !ok || city.Name == "" {
		if redactor.Title(c.City) != c.City {
			c.City = ""
		}
		return
	}
	c.City = city.Name
	if c.Country == "" {
		c.Country = city.Country
	}
	if c.Latitude == nil {
		c.Latitude, c.Longitude = &city.Latitude, &city.Longitude
	}
}
