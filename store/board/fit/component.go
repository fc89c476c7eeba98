package fit

import (
	"slices"
	"strings"
	"time"

	"itmanagerjobs/store/board"
)

// evidence collects the reasons for points; nil collects none.
type evidence []string

func (e *evidence) add(reason string) { *e = append(*e, reason) }

// half returns the points of a component whose value is not known.
func half(maximum int) int { return (maximum + 1) / 2 }

// SkillPoints returns the points for having some of n skills, rounded to the nearest; half of the points for n = 0.
func SkillPoints(maximum, having, n int) int {
	if n == 0 {
		return half(maximum)
	}
	return (2*maximum*having + n) / (2 * n)
}

func having(skills []Skill, has map[string]bool) int {
	n := 0
	for _, s := range skills {
		if has[s.Key] {
			n++
		}
	}
	return n
}

func requiredFit(job Job, c Candidate, e *evidence) int {
	return skillFit(PointsRequired, job.RequiredSkills, c, e, "the job names no required skills")
}

func optionalFit(job Job, c Candidate, e *evidence) int {
	if len(job.OptionalSkills) > 0 || len(job.RequiredSkills) == 0 {
		return skillFit(PointsOptional, job.OptionalSkills, c, e, "the job names no optional skills")
	}
	if e != nil {
		e.add("the job names no optional skills; the required ones count")
	}
	return SkillPoints(PointsOptional, having(job.RequiredSkills, c.Skills), len(job.RequiredSkills))
}

func skillFit(maximum int, skills []Skill, c Candidate, e *evidence, none string) int {
	if e != nil {
		if len(skills) == 0 {
			e.add(none)
		}
		var has, lacks []string
		for _, s := range skills {
			if c.Skills[s.Key] {
				has = append(has, s.Name)
			} else {
				lacks = append(lacks, "not stated: "+s.Name)
			}
		}
		slices.Sort(has)
		slices.Sort(lacks)
		*e = append(append(*e, has...), lacks...)
	}
	return SkillPoints(maximum, having(skills, c.Skills), len(skills))
}

// PointsFamily is the points for another title of the same family, and the most points for a title that shares words.
const PointsFamily = 9

func titleFit(job, c Title, e *evidence) int {
	var score int
	var why string
	switch {
	case c.Key == "":
		why = "no title is known"
	case job.Key == c.Key:
		score, why = PointsTitle, c.Name
	case job.Family != "" && job.Family == c.Family:
		score, why = PointsFamily, c.Name+" is close to "+job.Name
	default:
		why = c.Name + " is another line of work than " + job.Name
		if score = sharedWords(job, c); score > 0 {
			why = c.Name + " shares words with " + job.Name
		}
	}
	if e != nil {
		e.add(why)
	}
	return score
}

// sharedWords returns the points for two titles that are not in the taxonomy, by the share of their words that both have.
func sharedWords(job, c Title) int {
	if job.Family != "" || c.Family != "" {
		return 0
	}
	wanted, own := strings.Fields(job.Key), strings.Fields(c.Key)
	both := 0
	for _, w := range own {
		if slices.Contains(wanted, w) {
			both++
		}
	}
	return PointsFamily * both / max(1, len(wanted)+len(own)-both)
}

// SeniorityPoints returns the points of a candidate of one level for a job of another. A candidate one level above the job
// gets more than a candidate one level below.
func SeniorityPoints(job, c board.Seniority) int {
	at, of := slices.Index(board.AllSeniorities(), job), slices.Index(board.AllSeniorities(), c)
	if at < 0 || of < 0 {
		return half(PointsSeniority)
	}
	switch of - at {
	case 0:
		return PointsSeniority
	case 1:
		return 7
	case -1:
		return 5
	case 2:
		return 3
	}
	return 0
}

func seniorityFit(job, c board.Seniority, e *evidence) int {
	if e != nil {
		switch {
		case job == "":
			e.add("the job names no seniority")
		case c == "":
			e.add("no seniority is known")
		case job == c:
			e.add(string(c) + " fits " + string(job))
		default:
			e.add(string(c) + " for a " + string(job) + " job")
		}
	}
	return SeniorityPoints(job, c)
}

// SalaryPoints returns the points for the salary that a candidate expects, for a year and in the currency of the job: all
// points up to the maximum of the job, some up to a tenth more. A job without a maximum may pay more than its minimum.
func SalaryPoints(job board.Salary, expected int64) int {
	least, most := job.Yearly()
	switch {
	case expected <= max(least, most):
		return PointsSalary
	case most == 0 || expected <= most+most/10:
		return half(PointsSalary)
	}
	return 0
}

func salaryFit(job, c *board.Salary, e *evidence) int {
	say := func(why string) {
		if e != nil {
			e.add(why)
		}
	}
	switch {
	case job == nil:
		say("the job names no salary")
	case c == nil:
		say("no expectation is known")
	case job.Currency != c.Currency:
		say("the currencies differ")
	default:
		score := SalaryPoints(*job, c.Expected())
		if e != nil {
			say(salaryText(*c, *job, score))
		}
		return score
	}
	return half(PointsSalary)
}

func salaryText(c, job board.Salary, score int) string {
	if score == PointsSalary {
		return c.Text() + " is within " + job.Text()
	}
	return c.Text() + " is above " + job.Text()
}

const day = 24 * time.Hour

// recencySteps are the ages of profiles, with the points for each.
var recencySteps = []struct {
	age    time.Duration
	points int
	words  string
}{
	{30 * day, PointsRecency, "profile confirmed within 30 days"},
	{90 * day, 4, "profile confirmed within 90 days"},
	{180 * day, 3, "profile confirmed within half a year"},
	{365 * day, 2, "profile confirmed within a year"},
	{730 * day, 1, "profile confirmed within two years"},
}

// RecencyPoints returns the points for a profile that was updated at a time.
func RecencyPoints(updatedAt, now time.Time) int { return recencyFit(updatedAt, now, nil) }

func recencyFit(updatedAt, now time.Time, e *evidence) int {
	for _, step := range recencySteps {
		if now.Sub(updatedAt) <= step.age {
			if e != nil {
				e.add(step.words)
			}
			return step.points
		}
	}
	if e != nil {
		e.add("profile older than two years")
	}
	return 0
}
