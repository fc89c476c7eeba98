package cvsample

import (
	"strings"

	"golang.org/x/text/encoding/charmap"
)

// Applicant makes the i-th person of a seed, who applies for a job: of a few dozen people the one whose skills fit it best, for people
// apply for what they can do.
func Applicant(seed uint64, i int, j Wanted) Person {
	var best Person
	most := -1
	for k := range applicantsOfJob {
		g := generator{dice: newDice(seed, i*applicantsOfJob+k), pool: pools(), now: j.At}
		p := g.person(i)
		if fit := j.fit(p); fit > most {
			best, most = p, fit
		}
	}
	return best
}

// applicantsOfJob is how many people are looked at for one who applies.
const applicantsOfJob = 48

// CV is the file that a person applies with: a PDF of most, a Word document of some, and of everybody whose name a plain PDF can't
// write.
func CV(p Person) (name string, content []byte) {
	lines := layOut(p)
	base := strings.ReplaceAll(p.FirstName+" "+p.LastName, " ", "-") + "-CV"
	if len(p.Email)%3 != 0 {
		if b, ok := pdf(lines); ok {
			return base + ".pdf", b
		}
	}
	return base + ".docx", docx(lines)
}

// textLine is a paragraph of a CV.
type textLine struct {
	text string
	// size is that of the letters in points.
	size int
	bold bool
	// before is the distance to what stands above, in points.
	before int
}

func layOut(p Person) []textLine {
	lines := []textLine{
		{p.FirstName + " " + p.LastName, 20, true, 0},
		{p.Title, 12, false, 2},
		{p.City + ", " + p.Country, 10, false, 6},
		{p.Email + " | " + p.Phone, 10, false, 0},
	}
	heading := func(text string) { lines = append(lines, textLine{text, 12, true, 14}) }
	say := func(text string, before int) { lines = append(lines, textLine{text, 10, false, before}) }
	heading("Profile")
	say(p.Summary, 2)
	heading("Skills")
	say(strings.Join(p.Skills, ", "), 2)
	heading("Experience")
	for _, e := range p.Experience {
		to := e.To
		if to == "" {
			to = "today"
		}
		lines = append(lines, textLine{e.Title + ", " + e.Employer, 10, true, 6})
		say(e.From+" to "+to, 0)
		say(e.Description, 2)
	}
	heading("Languages")
	say(strings.Join(p.Languages, ", "), 2)
	return lines
}

// windows1252 writes a text in the letters of a plain PDF, unless it has others.
func windows1252(text string) (string, bool) {
	s, err := charmap.Windows1252.NewEncoder().String(text)
	return s, err == nil
}
