package board

import (
	"slices"
	"time"
)

// The bounds of a profile of the CV database, in characters and list items.
const (
	MaxCVLine     = 1 << 20 // bytes
	MaxSummary    = 10_000
	MaxCVText     = 100_000
	MaxExperience = 60
	MaxWorkText   = 5_000 // the description of one position
	MaxCVSkills   = 2 * MaxSkills
	MaxLanguages  = 30
	MaxYears      = 60
	MaxConsents   = 20
)

// CVRetention returns when a person leaves the CV database who was last heard from at a time: two years later.
func CVRetention(lastHeard time.Time) time.Time { return lastHeard.AddDate(2, 0, 0) }

// Visibility says whether employers can find a person in the CV database.
type Visibility string

// The visibilities, as stored and as published.
const (
	VisibilityVisible Visibility = "Visible"
	VisibilityHidden  Visibility = "Hidden" // kept, but not found, opened or matched
)

// AllVisibilities lists every Visibility.
func AllVisibilities() []Visibility { return []Visibility{VisibilityVisible, VisibilityHidden} }

// Valid reports whether v is one of AllVisibilities.
func (v Visibility) Valid() bool { return slices.Contains(AllVisibilities(), v) }

// CheckVisibility checks a visibility that an operator has entered. Error: invalid_request.
func CheckVisibility(v Visibility) error {
	if !v.Valid() {
		return Invalid(notAllowed("visibility", AllVisibilities()))
	}
	return nil
}

// AllAvailabilities lists how soon a person can start, the soonest first.
func AllAvailabilities() []string {
	return []string{"Immediate", "TwoWeeks", "OneMonth", "TwoMonths", "ThreeMonths"}
}

// Experience is one position that a person has held. From and To are a year, or a year and a month ("2019-04"). An empty To
// means that the person still holds it.
type Experience struct {
	Title       string `json:"title"`
	Employer    string `json:"employer,omitempty"`
	From        string `json:"from,omitempty"`
	To          string `json:"to,omitempty"`
	Description string `json:"description,omitempty"`
}

// Consent is what a person has agreed to, and when.
type Consent struct {
	Purpose string    `json:"purpose"`
	GivenAt time.Time `json:"givenAt"`
}

// CVCandidate is a person as imported into the CV database. Empty and nil mean unknown. A zero UpdatedAt stands for the time
// of the import, as when the person was last heard from.
type CVCandidate struct {
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
	CVText          string
	Visibility      Visibility
	Consents        []Consent
	UpdatedAt       time.Time
}

// LastConsent returns the time of the latest consent, zero when there is none.
func (c CVCandidate) LastConsent() time.Time {
	var last time.Time
	for _, consent := range c.Consents {
		if consent.GivenAt.After(last) {
			last = consent.GivenAt
		}
	}
	return last
}
