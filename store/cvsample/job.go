package cvsample

import (
	"html"
	"slices"
	"strings"

	"itmanagerjobs/store/taxonomy"
)

func (g *generator) job(i int) Job {
	title := pick(&g.dice, g.titles)
	level, _ := g.level(title)
	var p Person
	p.Seniority = level
	g.place(&p)
	g.pay(&p)
	j := Job{
		Reference:      "S-" + leftPad(i+1, 5),
		Employer:       pick(&g.dice, g.phrases["employers"]),
		Title:          g.forms[titleLevel{title.Name, level}][0],
		City:           p.City,
		Country:        p.Country,
		EmploymentType: pick(&g.dice, []string{"FullTime", "FullTime", "FullTime", "FullTime", "Contract", "PartTime", "Temporary"}),
		RemoteType:     pick(&g.dice, []string{"OnSite", "HybridRemote", "HybridRemote", "FullyRemote"}),
		Seniority:      level,
		Salary:         p.SalaryExpectation,
	}
	split := min(3+g.n(2), len(title.Skills))
	j.RequiredSkills = slices.Clone(title.Skills[:split])
	j.OptionalSkills = slices.Clone(title.Skills[split:])
	if extra := pick(&g.dice, g.families[g.skills[title.Skills[0]].Family]); !slices.Contains(title.Skills, extra) {
		j.OptionalSkills = append(j.OptionalSkills, extra)
	}
	j.Description = g.advertisement(j, title)
	return j
}

// advertisement writes the text of a job: an introduction, tasks, wishes, an offer.
func (g *generator) advertisement(j Job, t taxonomy.Title) string {
	var b strings.Builder
	say := func(before, phrase, after string) {
		var text strings.Builder
		number, skill, other := 2+g.n(8), pick(&g.dice, t.Skills), pick(&g.dice, t.Skills)
		if other == skill {
			other = t.Skills[(slices.Index(t.Skills, skill)+1)%len(t.Skills)]
		}
		g.fill(&text, phrase, j.Title, j.Employer, number, skill, other)
		b.WriteString(before + html.EscapeString(text.String()) + after)
	}
	list := func(heading string, phrases []string, n int) {
		b.WriteString("<h3>" + heading + "</h3><ul>")
		for first := g.n(len(phrases)); n > 0; n-- {
			say("<li>", phrases[(first+n)%len(phrases)], "</li>")
		}
		b.WriteString("</ul>")
	}
	say("<p>", pick(&g.dice, g.phrases["job intro"]), "</p>")
	list("What you will do", g.phrases["job task"], 3+g.n(3))
	list("What you bring", g.phrases["job wish"], 2+g.n(2))
	say("<p>", pick(&g.dice, g.phrases["job offer"]), "</p>")
	return b.String()
}
