package board

import (
	"slices"
	"time"
)

// MatchVersion numbers the rules of Score. It rises when they change, and then everybody is told of a pair anew.
const MatchVersion = 1

// What is done with a score.
const (
	// MatchKeep is the least score of a pair that is kept.
	MatchKeep = 40
	// MatchNotify is the least score that the employer is told of.
	MatchNotify = 70
	// MatchesPerJob is how many people of the CV database are kept for one job, the best ones. The employer's own
	// candidates are all kept.
	MatchesPerJob = 200
)

// Population is where a candidate comes from.
type Population string

// The populations, as stored and as published.
const (
	PopulationPipeline   Population = "Pipeline"   // the employer's own candidates
	PopulationCvDatabase Population = "CvDatabase" // the platform's
)

// AllPopulations lists every Population.
func AllPopulations() []Population { return []Population{PopulationPipeline, PopulationCvDatabase} }

// Valid reports whether p is one of AllPopulations.
func (p Population) Valid() bool { return slices.Contains(AllPopulations(), p) }

// MatchSkill is a skill under its canonical name: Key is what is compared, Name is for people.
type MatchSkill struct{ Key, Name string }

// MatchTitle is a title under its canonical name. Of a title that is not in the taxonomy Family is empty, and Key are the
// words that say what somebody does, each once and sorted.
type MatchTitle struct{ Key, Name, Family string }

// MatchPlace is where a job is or a candidate lives, as far as it is known.
type MatchPlace struct {
	City, Country string
	Point         *Point
}

// Point is a place on the globe, in degrees.
type Point struct{ Latitude, Longitude float64 }

// MatchJob is all of a job that a score is made of.
type MatchJob struct {
	Title          MatchTitle
	RequiredSkills []MatchSkill
	OptionalSkills []MatchSkill
	Seniority      Seniority // "" when it is not stated
	Place          MatchPlace
	Remote         RemoteType // "" when it is not stated
	Salary         *Salary
}

// MatchCandidate is all of a candidate that a score is made of. What must not count is not here: who decides about
// people by a score has to be able to say what it is made of.
type MatchCandidate struct {
	Title     MatchTitle
	Skills    map[string]bool // by MatchSkill.Key
	Seniority Seniority       // "" when it is not known
	Place     MatchPlace
	Remote    RemoteType // what the candidate wants; "" when it is not known
	Salary    *Salary    // what the candidate expects
	UpdatedAt time.Time  // when the profile was confirmed last
}

// The components of a score, as stored and as published, and what each can give. They add up to 100.
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

// MatchComponent is a part of a score, and the reasons for it in words that a recruiter understands.
type MatchComponent struct {
	Name     string   `json:"name"`
	Score    int      `json:"score"`
	Max      int      `json:"max"`
	Evidence []string `json:"evidence"`
}

// Match is how well a candidate fits a job, 0 to 100: the sum of its components.
type Match struct {
	Score      int
	Components []MatchComponent
}

// Score tells how well c fits job. The same input gives the same score, whatever the order of skills.
//
// What a job does not state gives half of the component's points, rounded up, since it tells nobody apart: full points
// would lift every candidate of a thin advertisement above MatchNotify. Optional skills that are not stated count as the
// required ones do. What is not known of a candidate gives half for seniority, place and salary, and nothing for skills
// and title. One more required skill that the candidate has never lowers a score.
func Score(job MatchJob, c MatchCandidate, now time.Time) Match {
	m := Match{Components: make([]MatchComponent, 0, 7)}
	add := func(name string, maximum int, part func(*evidence) int) {
		said := evidence{}
		score := part(&said)
		m.Score += score
		m.Components = append(m.Components, MatchComponent{Name: name, Score: score, Max: maximum, Evidence: said})
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

// Points is the score alone, for when many pairs are tried and few are kept.
func Points(job MatchJob, c MatchCandidate, now time.Time) int {
	return requiredFit(job, c, nil) + optionalFit(job, c, nil) + titleFit(job.Title, c.Title, nil) + seniorityFit(job.Seniority, c.Seniority, nil) +
		locationFit(job, c, nil) + salaryFit(job.Salary, c.Salary, nil) + recencyFit(c.UpdatedAt, now, nil)
}

// Fits tells whether a person of the CV database comes into question at all: with one of the required skills at least,
// where the job names any.
func Fits(job MatchJob, c MatchCandidate) bool {
	return len(job.RequiredSkills) == 0 || having(job.RequiredSkills, c.Skills) > 0
}

// CandidateMatchedEvent tells of a candidate who fits a job well (contract: CandidateMatchedEvent).
func CandidateMatchedEvent(candidateID, jobID int64, score int, matchedAt time.Time) Event {
	return newEvent(EventCandidateMatched, struct {
		CandidateID int64     `json:"candidateId"`
		JobPostID   int64     `json:"jobPostId"`
		Score       int       `json:"score"`
		MatchedAt   time.Time `json:"matchedAt"`
	}{candidateID, jobID, score, Moment(matchedAt)})
}
