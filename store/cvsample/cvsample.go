// Package cvsample makes up people and jobs for the demo, the test mode, tests and benchmarks: IT people whose titles,
// skills and histories fit together, written as different people would write them. The same seed gives the same people;
// the time is an argument.
//
// The real abilities of a person are in Truth, separate from the text of the profile, so that the hits of a search can be graded,
// see Queries. Some people have a skill and spell it in another way; some mention a skill in passing and do not have it.
//
// Nobody in it exists. Addresses end in the domains of RFC 2606, telephone numbers are those set aside for fiction.
package cvsample

import (
	_ "embed"
	"iter"
	"strings"
	"sync"
	"time"

	"itmanagerjobs/store/taxonomy"
)

// Person is a line of an import of the CV database; its JSON is that format.
type Person struct {
	ExternalID        string       `json:"externalId"`
	FirstName         string       `json:"firstName"`
	LastName          string       `json:"lastName"`
	Email             string       `json:"email"`
	Phone             string       `json:"phone"`
	Title             string       `json:"title"`
	Summary           string       `json:"summary"`
	Skills            []string     `json:"skills"`
	Experience        []Experience `json:"experience"`
	YearsExperience   int          `json:"yearsExperience"`
	Seniority         string       `json:"seniority"`
	City              string       `json:"city"`
	Country           string       `json:"country"`
	Latitude          *float64     `json:"latitude,omitempty"`
	Longitude         *float64     `json:"longitude,omitempty"`
	RemoteType        string       `json:"remoteType"`
	Availability      string       `json:"availability"`
	SalaryExpectation *Salary      `json:"salaryExpectation,omitempty"`
	Languages         []string     `json:"languages"`
	CVText            string       `json:"cvText,omitempty"`
	Visibility        string       `json:"visibility"`
	Consents          []Consent    `json:"consents"`
	UpdatedAt         time.Time    `json:"updatedAt"`

	Truth Truth `json:"-"`
}

// Experience is one post. From and To are months, "2019-04"; the present one has no To.
type Experience struct {
	Title       string `json:"title"`
	Employer    string `json:"employer"`
	From        string `json:"from"`
	To          string `json:"to,omitempty"`
	Description string `json:"description"`
}

// Salary is in whole units of the currency.
type Salary struct {
	Min      int64  `json:"min"`
	Max      *int64 `json:"max,omitempty"`
	Currency string `json:"currency"`
	Period   string `json:"period"`
}

// Consent is what a person agreed to.
type Consent struct {
	Purpose string    `json:"purpose"`
	GivenAt time.Time `json:"givenAt"`
}

// Truth is what a person is, by the names of the taxonomy.
type Truth struct {
	Title               string
	Core                []string // what the person does for a living
	Other               []string // known well, too
	Passing             []string // mentioned, and not known
	Latitude, Longitude float64
}

// Job is an advertisement; Description is HTML.
type Job struct {
	Reference      string
	Employer       string
	Title          string
	Description    string
	City           string
	Country        string
	EmploymentType string
	RemoteType     string
	Seniority      string
	Salary         *Salary
	RequiredSkills []string
	OptionalSkills []string
}

// Candidates makes n people. The i-th is the same whatever n is; they were updated in the twenty months before now.
func Candidates(seed uint64, n int, now time.Time) iter.Seq[Person] {
	return func(yield func(Person) bool) {
		for i := range n {
			if !yield(Candidate(seed, i, now)) {
				return
			}
		}
	}
}

// Candidate makes the i-th person of Candidates.
func Candidate(seed uint64, i int, now time.Time) Person {
	g := generator{dice: newDice(seed, i), pool: pools(), now: now}
	return g.person(i)
}

// Jobs makes n jobs of several employers. The i-th is the same whatever n is.
func Jobs(seed uint64, n int) iter.Seq[Job] {
	return func(yield func(Job) bool) {
		for i := range n {
			g := generator{dice: newDice(seed+1, i), pool: pools()}
			if !yield(g.job(i)) {
				return
			}
		}
	}
}

// dice is a seeded random generator, SplitMix64.
type dice struct{ state uint64 }

func newDice(seed uint64, i int) dice {
	d := dice{seed ^ uint64(i)*0xD1342543DE82EF95} //nolint:gosec // an index, never negative
	d.next()
	return d
}

func (d *dice) next() uint64 {
	d.state += 0x9E3779B97F4A7C15
	z := d.state
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}

// n is a random number from 0 to n-1.
func (d *dice) n(n int) int { return int(d.next() >> 33 % uint64(n)) } //nolint:gosec // n is small and positive

// percent is true with a probability in percent.
func (d *dice) percent(p int) bool { return d.n(100) < p }

func pick[T any](d *dice, of []T) T { return of[d.n(len(of))] }

var (
	//go:embed names.txt
	namesText string
	//go:embed phrases.txt
	phrasesText string
)

// pool has the values from which dice picks.
type pool struct {
	names    []culture
	phrases  map[string][]string
	titles   []taxonomy.Title
	forms    map[titleLevel][]string // how a title is written at a level; the usual form first
	skills   map[string]taxonomy.Skill
	families map[string][]string // names of skills
	cities   []weightedCity
	everyone []string // names of all skills
}

type titleLevel struct{ title, level string }

type culture struct{ first, last []string }

type weightedCity struct {
	taxonomy.City

	upTo int // cumulated weight
}

var pools = sync.OnceValue(func() *pool {
	p := &pool{
		phrases: map[string][]string{}, titles: taxonomy.Titles(), forms: map[titleLevel][]string{},
		skills: map[string]taxonomy.Skill{}, families: map[string][]string{},
	}
	for _, lines := range sections(namesText) {
		p.names = append(p.names, culture{strings.Fields(lines.lines[0]), strings.Fields(lines.lines[1])})
	}
	for _, s := range sections(phrasesText) {
		p.phrases[s.heading] = s.lines
	}
	for _, t := range p.titles {
		for _, level := range []string{"Junior", "Mid", "Senior", "Lead", "Manager", "Director", "Executive"} {
			for _, written := range append([]string{t.Name}, t.Synonyms...) {
				at := titleLevel{t.Name, level}
				p.forms[at] = append(p.forms[at], levelled(level, t, written))
			}
		}
	}
	for _, s := range taxonomy.Skills() {
		p.skills[s.Name] = s
		p.families[s.Family] = append(p.families[s.Family], s.Name)
		p.everyone = append(p.everyone, s.Name)
	}
	// Six of ten live in the United Kingdom or Ireland, and more in the large cities, which stand first.
	upTo, rank, country := 0, 0, ""
	for _, c := range taxonomy.Cities() {
		if rank++; c.Country != country {
			rank, country = 1, c.Country
		}
		weight := 12/rank + 1
		switch country {
		case "United Kingdom":
			weight = 400/(rank+2) + 4
		case "Ireland":
			weight = 160/(rank+1) + 2
		}
		upTo += weight
		p.cities = append(p.cities, weightedCity{c, upTo})
	}
	return p
})

type section struct {
	heading string
	lines   []string
}

// sections reads a data file: headings in brackets, and the lines below each.
func sections(text string) []section {
	var all []section
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '[':
			all = append(all, section{heading: strings.Trim(line, "[]")})
		default:
			last := &all[len(all)-1]
			last.lines = append(last.lines, line)
		}
	}
	return all
}
