package profile

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"itmanagerjobs/store/board"
)

// Dossier is what an event is about, as it was when the event happened: the full objects
// that the thin data of an event names by their identifiers. Every part may be missing,
// and all of them are once the person has been erased.
type Dossier struct {
	Job         *DossierJob         `json:"job"`
	Employer    *DossierEmployer    `json:"employer"`
	Application *DossierApplication `json:"application"`
	Candidate   *DossierCandidate   `json:"candidate"`
}

// DossierJob is a job with all that is published of it.
type DossierJob struct {
	ID                int64          `json:"id"`
	Reference         *string        `json:"reference"`
	Title             string         `json:"title"`
	Description       *string        `json:"description"`
	City              *string        `json:"city"`
	Country           *string        `json:"country"`
	EmploymentType    *string        `json:"employmentType"`
	RemoteType        *string        `json:"remoteType"`
	Seniority         *string        `json:"seniority"`
	ApplyMethod       *string        `json:"applyMethod"`
	ApplyEmailAddress *string        `json:"applyEmailAddress"`
	ApplyURL          *string        `json:"applyUrl"`
	Salary            *DossierSalary `json:"salary"`
	RequiredSkills    []string       `json:"requiredSkills"`
	OptionalSkills    []string       `json:"optionalSkills"`
	Status            string         `json:"status"`
	CreatedAt         *time.Time     `json:"createdAt"`
	UpdatedAt         *time.Time     `json:"updatedAt"`
	PostedDate        *time.Time     `json:"postedDate"`
	ExpiryDate        *time.Time     `json:"expiryDate"`
}

// page is where applicants read the job: one that was never published has none, nor has
// any while the platform's own address is not known.
func (j DossierJob) page(publicURL string) *string {
	if publicURL == "" || j.ID == 0 || j.Status == "" || j.Status == string(board.JobDraft) || j.PostedDate == nil {
		return nil
	}
	url := publicURL + "/jobs/" + strconv.FormatInt(j.ID, 10)
	return &url
}

// DossierSalary has its amounts in units of the currency, as in the API.
type DossierSalary struct {
	Min      *float64 `json:"min"`
	Max      *float64 `json:"max"`
	Currency string   `json:"currency"`
	Period   string   `json:"period"`
}

// DossierEmployer is whose job it is.
type DossierEmployer struct {
	ID          int64      `json:"id"`
	Name        string     `json:"name"`
	Website     *string    `json:"website"`
	Description *string    `json:"description"`
	Phone       *string    `json:"phone"`
	CreatedAt   *time.Time `json:"createdAt"`
}

// DossierApplication is one person's application for one job. Job and History are of the
// applications of a candidate only.
type DossierApplication struct {
	ID          int64         `json:"id"`
	Status      string        `json:"status"`
	Type        string        `json:"type"`
	AppliedAt   *time.Time    `json:"appliedAt"`
	UpdatedAt   *time.Time    `json:"updatedAt"`
	CoverLetter string        `json:"coverLetter"`
	CV          *DossierCV    `json:"cv"`
	Job         DossierJobRef `json:"job"`
	History     []DossierMove `json:"history"`
}

// DossierJobRef names a job.
type DossierJobRef struct {
	ID        int64   `json:"id"`
	Title     string  `json:"title"`
	Reference *string `json:"reference"`
}

// DossierMove is a change of an application's status. From is empty for its creation.
type DossierMove struct {
	From   string     `json:"from"`
	To     string     `json:"to"`
	Reason string     `json:"reason"`
	At     *time.Time `json:"at"`
}

// DossierCV is what is known of a file; its bytes are not part of any event.
type DossierCV struct {
	ID        int64  `json:"id"`
	Name      string `json:"name"`
	MediaType string `json:"mediaType"`
	Size      int64  `json:"size"`
	Text      string `json:"text"`
}

// DossierCandidate is a person in the employer's pipeline.
type DossierCandidate struct {
	ID           int64                `json:"id"`
	Status       string               `json:"status"`
	FirstName    string               `json:"firstName"`
	LastName     string               `json:"lastName"`
	Email        string               `json:"email"`
	Phone        *string              `json:"phone"`
	Title        *string              `json:"title"`
	Skills       []string             `json:"skills"`
	City         *string              `json:"city"`
	Country      *string              `json:"country"`
	CreatedAt    *time.Time           `json:"createdAt"`
	UpdatedAt    *time.Time           `json:"updatedAt"`
	Applications []DossierApplication `json:"applications"`
}

// name is the full one; a person may have only one of the two.
func (c DossierCandidate) name() string { return strings.TrimSpace(c.FirstName + " " + c.LastName) }

// facts are the fields that the data of events have, over all events together. Each has
// some of them, and the erasure of a person takes some away.
type facts struct {
	SubscriptionID int64      `json:"subscriptionId"`
	SentAt         *time.Time `json:"sentAt"`
	Message        string     `json:"message"`

	JobPostID  int64      `json:"jobPostId"`
	Reference  *string    `json:"reference"`
	JobTitle   string     `json:"jobTitle"`
	Status     string     `json:"status"`
	CreatedAt  *time.Time `json:"createdAt"`
	UpdatedAt  *time.Time `json:"updatedAt"`
	PostedDate *time.Time `json:"postedDate"`
	ExpiryDate *time.Time `json:"expiryDate"`
	ExpiredAt  *time.Time `json:"expiredAt"`
	DeletedAt  *time.Time `json:"deletedAt"`

	ApplicationID  int64      `json:"applicationId"`
	AppliedAt      *time.Time `json:"appliedAt"`
	PreviousStatus string     `json:"previousStatus"`
	NewStatus      string     `json:"newStatus"`
	ChangedAt      *time.Time `json:"changedAt"`
	WithdrawnAt    *time.Time `json:"withdrawnAt"`

	CandidateID  int64      `json:"candidateId"`
	InterviewID  int64      `json:"interviewId"`
	AICallID     int64      `json:"aiCallId"`
	EmployerID   int64      `json:"employerId"`
	EmployerName string     `json:"employerName"`
	RegisteredAt *time.Time `json:"registeredAt"`
}

// read decodes what an event tells. Fields that it does not have are zero, and so is a
// dossier that is missing.
func read(e Event) (facts, Dossier, error) {
	var f facts
	var d Dossier
	if err := checkData(e); err != nil {
		return f, d, err
	}
	if err := json.Unmarshal(e.Data, &f); err != nil {
		return f, d, fmt.Errorf("profile: the data of event %d: %w", e.ID, err)
	}
	if len(e.Dossier) > 0 {
		if err := json.Unmarshal(e.Dossier, &d); err != nil {
			return f, d, fmt.Errorf("profile: the dossier of event %d: %w", e.ID, err)
		}
	}
	return f, d, nil
}

// first gives the first of the values that is not zero.
func first[T comparable](values ...T) T {
	var zero T
	for _, v := range values {
		if v != zero {
			return v
		}
	}
	return zero
}

// text is empty for a value that is missing.
func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
