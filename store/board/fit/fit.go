// Package fit says how well a person fits a job: a score from 0 to 100, its components, and the reasons for each, worded for
// recruiters. It is pure, as package board is, and must not know where jobs and people are kept, nor which pairs are tried.
package fit

import (
	"slices"
	"time"

	"itmanagerjobs/store/board"
)

// Version is the version of the rules of Score. When the rules change it is raised, and matches are notified again.
const Version = 1

// The thresholds of scores.
const (
	// Keep is the least score with which a match is stored.
	Keep = 40
	// Notify is the least score with which an event is sent to the employer.
	Notify = 70
	// PerJob is how many matches with people of the CV database are stored for one job, the best ones. Those with the
	// employer's own candidates are all stored.
	PerJob = 200
)

// Population is where a candidate comes from.
type Population string

// The populations, as stored and as published.
const (
	PopulationPipeline   Population = "Pipeline"   // the employer's own candidates
	PopulationCVDatabase Population = "CvDatabase" // the platform's
)

// AllPopulations lists every Population.
func AllPopulations() []Population { return []Population{PopulationPipeline, PopulationCVDatabase} }

// Valid reports whether p is one of AllPopulations.
func (p Population) Valid() bool { return slices.Contains(AllPopulations(), p) }

// Skill is a skill under its canonical name: Key is what is compared, Name is for people.
type Skill struct{ Key, Name string }

// Title is a title under its canonical name. For a title that is not in the taxonomy, Family is empty, and Key has its
// meaningful words, each once and sorted.
type Title struct{ Key, Name, Family string }

// Place is where a job is or a candidate lives. Empty and nil values are not known.
type Place struct {
	City, Country string
	Point         *Coordinates
}

// Coordinates is a place on the globe, in degrees (WGS 84).
type Coordinates struct{ Latitude, Longitude float64 }

// Job is everything of a job that a score depends on.
type Job struct {
	Title          Title
	RequiredSkills []Skill
	OptionalSkills []Skill
	Seniority      board.Seniority // "" when it is not stated
	Place          Place
	Remote         board.RemoteType // "" when it is not stated
	Salary         *board.Salary
}

// Candidate is everything of a candidate that a score depends on. Data that must not count is not here, so that an
// employer can say what a score was made of.
type Candidate struct {
	Title     Title
	Skills    map[string]bool // by Skill.Key
	Seniority board.Seniority // "" when it is not known
	Place     Place
	Remote    board.RemoteType // what the candidate wants; "" when it is not known
	Salary    *board.Salary    // what the candidate expects
	UpdatedAt time.Time        // when the candidate was last heard from
}

// The components of a score, as stored and as published, and the most points of each. Together they are 100.
const (
	ComponentRequiredSkills = "requiredSkills"
	ComponentOptionalSkills = "optionalSkills"
	ComponentTitle          = "title"
	ComponentSeniority      = "seniority"
	ComponentLocation       = "location"
	ComponentSalary         = "salary"
	ComponentRecency        = "recency"

	PointsRequired  = 40
	PointsOptional  = 15
	PointsTitle     = 15
	PointsSeniority = 10
	PointsLocation  = 10
	PointsSalary    = 5
	PointsRecency   = 5
)

// Component is a part of a score, with its reasons, worded for recruiters.
type Component struct {
	Name     string   `json:"name"`
	Score    int      `json:"score"`
	Max      int      `json:"max"`
	Evidence []string `json:"evidence"`
}

// Match is how well a candidate fits a job: from 0 to 100, the sum of its components.
type Match struct {
	Score      int
	Components []Component
}

// Score computes how well c fits job. It does not depend on the order of skills.
//
// A component for which the job states nothing gives half of its points, rounded up: full points would lift every candidate
// of a short advertisement above Notify. If the job has no optional skills, they count like the required ones. If
// something is not known of the candidate, seniority, place and salary give half of their points, skills and title give none.
// One more required skill that the candidate has never lowers a score.
func Score(job Job, c Candidate, now time.Time) Match {
	m := Match{Components: make([]Component, 0, 7)}
	add := func(name string, maximum int, part func(*evidence) int) {
		said := evidence{}
		score := part(&said)
		m.Score += score
		m.Components = append(m.Components, Component{Name: name, Score: score, Max: maximum, Evidence: said})
	}
	add(ComponentRequiredSkills, PointsRequired, func(e *evidence) int { return requiredFit(job, c, e) })
	add(ComponentOptionalSkills, PointsOptional, func(e *evidence) int { return optionalFit(job, c, e) })
	add(ComponentTitle, PointsTitle, func(e *evidence) int { return titleFit(job.Title, c.Title, e) })
	add(ComponentSeniority, PointsSeniority, func(e *evidence) int { return seniorityFit(job.Seniority, c.Seniority, e) })
	add(ComponentLocation, PointsLocation, func(e *evidence) int { return locationFit(job, c, e) })
	add(ComponentSalary, PointsSalary, func(e *evidence) int { return salaryFit(job.Salary, c.Salary, e) })
	add(ComponentRecency, PointsRecency, func(e *evidence) int { return recencyFit(c.UpdatedAt, now, e) })
	return m
}

// Points returns the score without its reasons, which is faster: many pairs are tried, and few are stored.
func Points(job Job, c Candidate, now time.Time) int {
	return requiredFit(job, c, nil) + optionalFit(job, c, nil) + titleFit(job.Title, c.Title, nil) + seniorityFit(job.Seniority, c.Seniority, nil) +
		locationFit(job, c, nil) + salaryFit(job.Salary, c.Salary, nil) + recencyFit(c.UpdatedAt, now, nil)
}

// Fits reports whether a person of the CV database is considered for the job: the person must have at least one of the
// required skills, if the job has any.
func Fits(job Job, c Candidate) bool {
	return len(job.RequiredSkills) == 0 || having(job.RequiredSkills, c.Skills) > 0
}
