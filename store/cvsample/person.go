package cvsample

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"itmanagerjobs/store/cvquery"
	"itmanagerjobs/store/taxonomy"
)

// generator makes one person or job.
type generator struct {
	dice

	*pool

	now time.Time
}

// months over which the updates of people are spread. A person without an update for two years is erased.
const months = 20

func (g *generator) person(i int) Person {
	title := pick(&g.dice, g.titles)
	level, years := g.level(title)
	p := Person{
		ExternalID:      "sample-" + leftPad(i+1, 6),
		YearsExperience: years,
		Seniority:       level,
		RemoteType:      pick(&g.dice, []string{"OnSite", "HybridRemote", "HybridRemote", "FullyRemote"}),
		Availability:    pick(&g.dice, []string{"Immediate", "TwoWeeks", "OneMonth", "OneMonth", "TwoMonths", "ThreeMonths"}),
		Visibility:      "Visible",
		Languages:       []string{"English"},
	}
	from := pick(&g.dice, g.names)
	p.FirstName, p.LastName = pick(&g.dice, from.first), pick(&g.dice, from.last)
	p.Email = strings.ReplaceAll(cvquery.Normalize(p.FirstName), " ", "") + "." + strings.ReplaceAll(cvquery.Normalize(p.LastName), " ", "") +
		"." + strconv.Itoa(i+1) + pick(&g.dice, []string{"@example.com", "@example.net", "@example.org"})
	p.Phone = "+44 7700 900" + leftPad(g.n(1000), 3)
	for range g.n(3) {
		if l := pick(&g.dice, g.phrases["languages"]); !slices.Contains(p.Languages, l) {
			p.Languages = append(p.Languages, l)
		}
	}
	g.place(&p)
	g.pay(&p)
	g.abilities(&p, title)
	p.Title = g.spelledTitle(title, level)
	p.Truth.Title = title.Name
	g.history(&p, title)
	// Squared, so that most updates are recent.
	share := g.n(1000)
	p.UpdatedAt = g.now.Add(-time.Duration(share*share) * (months * 30 * 24 * time.Hour / 1_000_000)).Add(-time.Duration(g.n(86400)) * time.Second).UTC().Truncate(time.Second)
	p.Consents = []Consent{{"recruitment", p.UpdatedAt}}
	return p
}

// level is the seniority of a title, or one by chance where the title tells none, and the years that go with it.
func (g *generator) level(t taxonomy.Title) (string, int) {
	level := t.Seniority
	if level == "" {
		level = pick(&g.dice, []string{"Junior", "Mid", "Mid", "Mid", "Senior", "Senior", "Senior", "Lead"})
	}
	switch level {
	case "Junior":
		return level, 1 + g.n(2)
	case "Mid":
		return level, 3 + g.n(4)
	case "Senior":
		return level, 6 + g.n(10)
	case "Lead":
		return level, 8 + g.n(12)
	default:
		return level, 10 + g.n(20)
	}
}

// levelled writes a title with a level, unless the title implies the level or becomes another title with it.
func levelled(level string, t taxonomy.Title, written string) string {
	if t.Seniority != "" || level != "Junior" && level != "Senior" && level != "Lead" || taxonomy.Seniority(written) != "" {
		return written
	}
	if same, _ := taxonomy.CanonicalTitle(level + " " + written); same.Name != t.Name {
		return written
	}
	return level + " " + written
}

// spelledTitle writes a title as its bearer may write it.
func (g *generator) spelledTitle(t taxonomy.Title, level string) string {
	forms := g.forms[titleLevel{t.Name, level}]
	if len(forms) == 1 || g.percent(60) {
		return forms[0]
	}
	return pick(&g.dice, forms[1:])
}

// spelled writes a skill as its owner may write it.
func (g *generator) spelled(skill string) string {
	s := g.skills[skill]
	if len(s.Synonyms) == 0 || g.percent(60) {
		return s.Name
	}
	return pick(&g.dice, s.Synonyms)
}

// city is a city, a large one more often than a small one.
func (p *pool) city(d *dice) taxonomy.City {
	at := d.n(p.cities[len(p.cities)-1].upTo) + 1
	i, _ := slices.BinarySearchFunc(p.cities, at, func(c weightedCity, at int) int { return c.upTo - at })
	return p.cities[i].City
}

func (g *generator) place(p *Person) {
	c := g.city(&g.dice)
	p.City, p.Country = c.Name, c.Country
	p.Truth.Latitude, p.Truth.Longitude = c.Latitude, c.Longitude
	if g.percent(30) { // known to the street
		north, east := c.Latitude+float64(g.n(80)-40)/1000, c.Longitude+float64(g.n(80)-40)/1000
		p.Latitude, p.Longitude = &north, &east
		p.Truth.Latitude, p.Truth.Longitude = north, east
	}
}

// pay is per year, in what is paid in the country.
func (g *generator) pay(p *Person) {
	if g.percent(25) {
		return
	}
	base := map[string]int{"Junior": 28, "Mid": 42, "Senior": 60, "Lead": 72, "Manager": 68, "Director": 98, "Executive": 130}[p.Seniority]
	low := int64(base+g.n(base/3+1)) * 1000
	p.SalaryExpectation = &Salary{Min: low, Currency: currency(p.Country), Period: "Year"}
	if g.percent(60) {
		high := low + int64(3+g.n(12))*1000
		p.SalaryExpectation.Max = &high
	}
}

func currency(country string) string {
	switch country {
	case "United Kingdom":
		return "GBP"
	case "United States":
		return "USD"
	default:
		return "EUR"
	}
}

// abilities gives the skills of the title, some from the same families, and some that are only mentioned.
func (g *generator) abilities(p *Person, t taxonomy.Title) {
	core := t.Skills
	if len(core) > 4 && g.percent(40) { // nobody knows everything
		drop := 1 + g.n(len(core)-1)
		core = slices.Concat(core[:drop], core[drop+1:])
	}
	p.Truth.Core = core
	p.Truth.Other = make([]string, 0, 5)
	for range 2 + g.n(4) {
		other := pick(&g.dice, g.families[g.skills[pick(&g.dice, core)].Family])
		if !slices.Contains(t.Skills, other) && !slices.Contains(p.Truth.Other, other) {
			p.Truth.Other = append(p.Truth.Other, other)
		}
	}
	for range g.n(3) {
		passing := pick(&g.dice, g.everyone)
		if !slices.Contains(t.Skills, passing) && !slices.Contains(p.Truth.Other, passing) && !slices.Contains(p.Truth.Passing, passing) {
			p.Truth.Passing = append(p.Truth.Passing, passing)
		}
	}
	p.Skills = make([]string, 0, len(core)+len(p.Truth.Other))
	for i, s := range slices.Concat(core, p.Truth.Other) {
		if i < 2 || g.percent(75) { // what is not listed stands in the history
			p.Skills = append(p.Skills, g.spelled(s))
		}
	}
}

// history is one post for every few years, the present one first. It mentions every skill at least once.
func (g *generator) history(p *Person, t taxonomy.Title) {
	held := slices.Concat(p.Truth.Core, p.Truth.Other)
	phrases := g.phrases["doing"]
	if p.Seniority == "Manager" || p.Seniority == "Director" || p.Seniority == "Executive" {
		phrases = g.phrases["leading"]
	}
	var summary strings.Builder
	g.fill(&summary, pick(&g.dice, g.phrases["summary"]), p.Title, "", p.YearsExperience, g.spelled(held[0]), g.spelled(pick(&g.dice, held[1:])))
	p.Summary = summary.String()
	posts := min(4, 1+p.YearsExperience/4)
	p.Experience = make([]Experience, 0, posts)
	month := g.now.Year()*12 + int(g.now.Month()) - 1 - g.n(3)
	start := month - p.YearsExperience*12
	for i := range posts {
		first := start
		if i < posts-1 {
			first = month - (month-start)/(posts-i) - g.n(5)
		}
		e := Experience{Title: p.Title, Employer: pick(&g.dice, g.phrases["employers"]), From: yearMonth(first)}
		if i > 0 {
			e.Title, e.To = g.spelledTitle(t, "Mid"), yearMonth(month)
		}
		var b strings.Builder
		b.Grow(512)
		for k := i; k < len(held); k += posts {
			if b.Len() > 0 {
				b.WriteByte(' ')
			}
			g.fill(&b, pick(&g.dice, phrases), p.Title, e.Employer, 3+g.n(30), g.spelled(held[k]), g.spelled(held[(k+1+g.n(len(held)-1))%len(held)]))
		}
		if i == posts-1 {
			for _, s := range p.Truth.Passing {
				b.WriteByte(' ')
				g.fill(&b, pick(&g.dice, g.phrases["passing"]), p.Title, e.Employer, 2, g.spelled(s), "")
			}
		}
		e.Description = b.String()
		p.Experience = append(p.Experience, e)
		month = first
	}
}

// fill writes a phrase.
func (g *generator) fill(b *strings.Builder, phrase, title, employer string, number int, skill, other string) {
	for {
		before, rest, ok := strings.Cut(phrase, "{")
		b.WriteString(before)
		if !ok {
			return
		}
		name, after, _ := strings.Cut(rest, "}")
		switch name {
		case "skill":
			b.WriteString(skill)
		case "other":
			b.WriteString(other)
		case "number":
			b.WriteString(strconv.Itoa(number))
		case "percent":
			b.WriteString(strconv.Itoa(5 + g.n(40)))
		case "title":
			b.WriteString(title)
		case "employer":
			b.WriteString(employer)
		}
		phrase = after
	}
}

func yearMonth(month int) string {
	return strconv.Itoa(month/12) + "-" + leftPad(month%12+1, 2)
}

func leftPad(n, width int) string {
	s := strconv.Itoa(n)
	if missing := width - len(s); missing > 0 {
		s = "000000"[:missing] + s
	}
	return s
}
