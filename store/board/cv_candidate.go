package board

import (
	"slices"
	"time"
)

// The bounds of a profile of the CV database, in characters and list items.
const (
	MaxCvLine     = 1 << 20 // bytes
	MaxSummary    = 10_000
	MaxCvText     = 100_000
	MaxExperience = 60
	MaxWorkText   = 5_000 // the description of one post
	MaxCvSkills   = 2 * MaxSkills
	MaxLanguages  = 30
	MaxYears      = 60
	MaxConsents   = 20
)

// CvRetention is how long somebody stays in the CV database after they were last heard of.
func CvRetention(lastHeard time.Time) time.Time { return lastHeard.AddDate(2, 0, 0) }

// Visibility says whether employers find a person of the CV database.
type Visibility string

// The visibilities, as stored and as published.
const (
	VisibilityVisible Visibility = "Visible"
	VisibilityHidden  Visibility = "Hidden" // there, but nobody finds, opens or matches them
)

// AllVisibilities lists every Visibility.
func AllVisibilities() []Visibility { return []Visibility{VisibilityVisible, VisibilityHidden} }

// Valid reports whether v is one of AllVisibilities.
func (v Visibility) Valid() bool { return slices.Contains(AllVisibilities(), v) }

// CheckVisibility checks a visibility that an operator gives. Error: invalid_request.
func CheckVisibility(v Visibility) error {
	if !v.Valid() {
		return Invalid(notAllowed("visibility", AllVisibilities()))
	}
	return nil
}

// AllAvailabilities lists how soon somebody can start, soonest first.
func AllAvailabilities() []string {
	return []string{"Immediate", "TwoWeeks", "OneMonth", "TwoMonths", "ThreeMonths"}
}

// Experience is one post that somebody held. From and To are a year or a year and a month ("2019-04"); an empty To means
// that it lasts.
type Experience struct {
	Title       string `json:"title"`
	Employer    string `json:"employer,omitempty"`
	From        string `json:"from,omitempty"`
	To          string `json:"to,omitempty"`
	Description string `json:"description,omitempty"`
}

// Consent is what somebody agreed to, and when.
type Consent struct {
	Purpose string    `json:"purpose"`
	GivenAt time.Time `json:"givenAt"`
}

// CvCandidate is what the CV database is told of a person. Empty and nil mean unknown; so does a zero UpdatedAt, and then
// the person was last heard of when the line is imported.
type CvCandidate struct {
	ExternalID      string
	FirstName       string
	LastName        string
	Email           string
	Phone           string
	Title           string
	Summary         string
	Skills          []string
	Experience      []Experience
	YearsExperience *int
	Seniority       *Seniority
	City            string
	Country         string
	Latitude        *float64
	Longitude       *float64
	RemoteType      *RemoteType
	Availability    string
	Salary          *Salary
	Languages       []string
	CvText          string
	Visibility      Visibility
	Consents        []Consent
	UpdatedAt       time.Time
}

// LastConsent is when the person last agreed to anything; zero when never.
func (c CvCandidate) LastConsent() time.Time {
	var last time.Time
	for _, consent := range c.Consents {
		if consent.GivenAt.After(last) {
			last = consent.GivenAt
		}
	}
	return last
}
