// Package taxonomy knows the words of the trade: skills, titles and places, their synonyms, and which skills belong to which
// titles. It reads the profile out of a CV's text, and suggests corrections of misspelt words.
//
// Its data are the text files beside it, curated by hand; the head of each file describes its format. Spellings are compared
// in the form of cvquery.Normalize, so that case and accents never matter.
//
// It must not know candidates or jobs, and its data never change while the program runs.
package taxonomy

import (
	_ "embed"
	"slices"
	"strconv"
	"strings"
	"sync"

	"itmanagerjobs/store/cvquery"
)

// Skill is one thing that people in IT can do or know.
type Skill struct {
	Name     string
	Family   string
	Synonyms []string // other spellings, and narrower names for which nobody would search separately
}

// Title is what people are called at work.
type Title struct {
	Name      string
	Family    string
	Seniority string // where the title itself tells it, as board.Seniority is written; else empty
	Synonyms  []string
	Skills    []string // that usually go with it: names of skills, the most typical first
}

// City is a place where IT people are hired.
type City struct {
	Name, Country       string
	Latitude, Longitude float64
}

// Skills lists all skills by family. The caller must not change them.
func Skills() []Skill { return data().skills }

// Titles lists all titles by family. The caller must not change them.
func Titles() []Title { return data().titles }

// Cities lists all cities by country, the larger ones first. The caller must not change them.
func Cities() []City { return data().cities[:data().hiring] }

var (
	//go:embed skills.txt
	skillsText string
	//go:embed titles.txt
	titlesText string
	//go:embed cities.txt
	citiesText string
	//go:embed places.txt
	placesText string
	//go:embed regions.txt
	regionsText string
	//go:embed words.txt
	wordsText string // everyday words of CVs, which are not misspelt
)

// spelling is one way to write a skill, title or city.
type spelling struct {
	text  string // as written in the data
	words string // normalised
	of    int    // index of the thing
	risky bool   // an everyday word too
	apart bool   // names something narrower, which is no synonym in a search
}

// tables are the data, with indices by normalised spelling.
type tables struct {
	skills []Skill
	titles []Title
	cities []City
	hiring int // of the cities; those that follow are found by a search for a place alone

	skillSpellings, titleSpellings, citySpellings []spelling
	placeSpellings                                []spelling // of cities, beside those

	skill, title map[string]int
	city         map[string][]int // a name may be that of several
	country      map[string]string
	region       map[string]string   // the country of a state or county
	phrases      map[string][]phrase // by their first word, longest first

	// alike has the other spellings of a word of titles, full the word that another one is short for.
	alike map[string][]string
	full  map[string]string

	// What most people write: as it stands in the data, so that nothing has to be normalised.
	writtenSkill   map[string]int
	writtenCountry map[string]string
	writtenPlace   map[string]int // city and country, with a comma between them
}

// data is read once, when it is first needed.
var data = sync.OnceValue(func() *tables {
	t := &tables{
		skill: map[string]int{}, title: map[string]int{}, city: map[string][]int{}, country: map[string]string{}, region: map[string]string{},
		writtenSkill: map[string]int{}, writtenCountry: map[string]string{}, writtenPlace: map[string]int{},
	}
	t.readSkills()
	t.readTitles()
	t.readCities()
	t.readPlaces()
	t.alike, t.full = readAlike()
	t.indexPhrases()
	t.setTitlesApart()
	t.indexWritten()
	return t
})

// entries calls entry with each line of a data file and the heading above it.
func entries(text string, entry func(heading, line string)) {
	heading := ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '[':
			heading = strings.Trim(line, "[]")
		default:
			entry(heading, line)
		}
	}
}

// named reads "Name = other; other", where each may bear the mark of a risky spelling.
func named(text string, of int) (name string, others []string, all []spelling) {
	name, rest, _ := strings.Cut(text, " = ")
	for i, s := range append([]string{name}, list(rest)...) {
		s, risky := strings.CutSuffix(s, "!")
		if i == 0 {
			name = s
		} else {
			others = append(others, s)
		}
		all = append(all, spelling{text: s, words: cvquery.Normalize(s), of: of, risky: risky})
	}
	return name, others, all
}

func list(text string) []string {
	var all []string
	for s := range strings.SplitSeq(text, ";") {
		if s = strings.TrimSpace(s); s != "" {
			all = append(all, s)
		}
	}
	return all
}

func (t *tables) readSkills() {
	entries(skillsText, func(family, line string) {
		name, others, all := named(line, len(t.skills))
		t.skills = append(t.skills, Skill{Name: name, Family: family, Synonyms: others})
		for _, s := range all {
			t.skill[s.words] = s.of
		}
		t.skillSpellings = append(t.skillSpellings, all...)
	})
}

func (t *tables) readTitles() {
	entries(titlesText, func(family, line string) {
		field := strings.SplitN(line, "|", 4)
		name, others, all := named(strings.TrimSpace(field[0])+" = "+field[2], len(t.titles))
		t.titles = append(t.titles, Title{
			Name: name, Family: family, Seniority: strings.TrimSpace(field[1]), Synonyms: others, Skills: list(field[3]),
		})
		for _, s := range all {
			t.title[s.words] = s.of
		}
		t.titleSpellings = append(t.titleSpellings, all...)
	})
}

func (t *tables) readCities() {
	entries(citiesText, func(heading, line string) {
		country, _, names := named(heading, 0)
		for _, s := range names {
			t.country[s.words] = country
			t.writtenCountry[s.text] = country
		}
		text, place, _ := strings.Cut(line, " | ")
		north, east, _ := strings.Cut(place, " ")
		name, _, all := named(text, len(t.cities))
		t.cities = append(t.cities, City{name, country, degrees(north), degrees(east)})
		for _, s := range all {
			t.city[s.words] = append(t.city[s.words], s.of)
		}
		t.citySpellings = append(t.citySpellings, all...)
	})
}

// readPlaces runs after readCities.
func (t *tables) readPlaces() {
	t.hiring = len(t.cities)
	entries(placesText, func(country, line string) {
		text, place, isNew := strings.Cut(line, " | ")
		name, _, all := named(text, len(t.cities))
		of := len(t.cities)
		if isNew {
			north, east, _ := strings.Cut(place, " ")
			t.cities = append(t.cities, City{name, country, degrees(north), degrees(east)})
		} else {
			of = slices.IndexFunc(t.cities, func(c City) bool { return c.Name == name && c.Country == country })
		}
		for _, s := range all {
			if !slices.Contains(t.city[s.words], of) {
				t.city[s.words] = append(t.city[s.words], of)
			}
			t.placeSpellings = append(t.placeSpellings, spelling{text: s.text, words: s.words, of: of})
		}
	})
	entries(regionsText, func(country, line string) {
		for _, name := range list(line) {
			t.region[cvquery.Normalize(name)] = country
		}
	})
}

// indexWritten runs after all data files are read.
func (t *tables) indexWritten() {
	for _, s := range t.skillSpellings {
		t.writtenSkill[s.text] = t.skill[s.words]
	}
	for _, s := range t.citySpellings {
		place := s.text + ", " + t.cities[s.of].Country
		if i, ok := t.locate(place); ok {
			t.writtenPlace[place] = i
		}
	}
}

// setTitlesApart marks the spellings of a title that name a skill which the title itself does not: a Django Developer is a Python
// Developer, but a search for one does not mean the other.
func (t *tables) setTitlesApart() {
	var own []int
	for i := range t.titleSpellings {
		s := &t.titleSpellings[i]
		skills := t.skillsIn(strings.Fields(s.words))
		if t.titles[s.of].Name == s.text {
			own = skills
			continue
		}
		s.apart = slices.ContainsFunc(skills, func(skill int) bool { return !slices.Contains(own, skill) })
	}
}

// skillsIn are the skills that words name, everyday words among them.
func (t *tables) skillsIn(words []string) []int {
	var all []int
	for i, word := range words {
		for _, p := range t.phrases[word] {
			if n := 1 + len(p.rest); p.kind == skillPhrase && i+n <= len(words) && slices.Equal(words[i+1:i+n], p.rest) {
				all = append(all, p.of)
				break // the longest
			}
		}
	}
	return all
}

func (t *tables) isApart(title int, words string) bool {
	return slices.ContainsFunc(t.titleSpellings, func(s spelling) bool { return s.of == title && s.words == words && s.apart })
}

// degrees reads a number of a data file; a test checks that all of them are numbers.
func degrees(s string) float64 {
	f, _ := strconv.ParseFloat(s, 64)
	return f
}

// CanonicalSkill gives the name of a skill by any of its spellings. Of an unknown skill it gives the trimmed input.
func CanonicalSkill(s string) (name string, known bool) {
	t := data()
	i, ok := t.writtenSkill[s]
	if !ok {
		i, ok = t.skill[cvquery.Normalize(s)]
	}
	if ok {
		return t.skills[i].Name, true
	}
	return strings.TrimSpace(s), false
}

// Country gives the name of a country by any of its spellings.
func Country(s string) (name string, known bool) {
	t := data()
	if name, known = t.writtenCountry[s]; !known {
		name, known = t.country[cvquery.Normalize(s)]
	}
	return name, known
}

// Synonyms lists the other spellings of a skill, a title or a word of titles, as terms of the language of cvquery: a spelling that is an
// everyday word counts in titles and skills alone. It is nil for a term that is none of them.
func Synonyms(term string) []string {
	t, words := data(), cvquery.Normalize(term)
	if words == "" {
		return nil
	}
	var all []string
	add := func(spellings []spelling, of int) {
		first, _ := slices.BinarySearchFunc(spellings, of, func(s spelling, of int) int { return s.of - of })
		for _, s := range spellings[first:] {
			switch {
			case s.of != of:
				return
			case s.words == words || s.apart:
			case s.risky:
				all = append(all, "title:"+s.text, "skill:"+s.text)
			default:
				all = append(all, s.text)
			}
		}
	}
	if i, ok := t.skill[words]; ok {
		add(t.skillSpellings, i)
	}
	if i, ok := t.title[words]; ok && !t.isApart(i, words) {
		add(t.titleSpellings, i)
	}
	for _, other := range t.alike[words] {
		if !slices.ContainsFunc(all, func(s string) bool { return cvquery.Normalize(s) == other }) {
			all = append(all, other)
		}
	}
	return all
}
