package profile

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"itmanagerjobs/store/board"
)

// Dossier has the objects that the data of an event name by identifiers, as they were when the event
// happened. Every part may be missing. When the person has been erased, all are missing.
type Dossier struct {
	Job         *DossierJob         `json:"job"`
	Employer    *DossierEmployer    `json:"employer"`
	Application *DossierApplication `json:"application"`
	Candidate   *DossierCandidate   `json:"candidate"`
}

// DossierJob is a job with its published fields.
type DossierJob struct {
	ID                int64          `json:"id"`
	Reference         *string        `json:"reference"`
	Title             string         `json:"title"`
	Description       *string        `json:"description"`
	City              *string        `json:"city"`
	Country           *string        `json:"country"`
	CountryCode       *string        `json:"countryCode"`
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

// page returns the URL of the job's public page: nil for a job that was never published, and when
// publicURL is empty.
func (j DossierJob) page(publicURL string) *string {
	if publicURL == "" || j.ID == 0 || j.Status == "" || j.Status == string(board.JobDraft) || j.PostedDate == nil {
		return nil
	}
	url := publicURL + "/jobs/" + strconv.FormatInt(j.ID, 10)
	return &url
}

// DossierSalary has amounts in units of the currency, not in hundredths, as in the API.
type DossierSalary struct {
	Min      *float64 `json:"min"`
	Max      *float64 `json:"max"`
	Currency string   `json:"currency"`
	Period   string   `json:"period"`
}

// DossierEmployer is the employer that the event belongs to.
type DossierEmployer struct {
	ID          int64      `json:"id"`
	Name        string     `json:"name"`
	Website     *string    `json:"website"`
	Description *string    `json:"description"`
	Phone       *string    `json:"phone"`
	CreatedAt   *time.Time `json:"createdAt"`
}

// DossierApplication is an application of a person for a job. Only the applications in
// DossierCandidate have Job and History.
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

// DossierJobRef identifies a job.
type DossierJobRef struct {
	ID        int64   `json:"id"`
	Title     string  `json:"title"`
	Reference *string `json:"reference"`
}

// DossierMove is a change of the status of an application. From is empty for its creation.
type DossierMove struct {
	From   string     `json:"from"`
	To     string     `json:"to"`
	Reason string     `json:"reason"`
	At     *time.Time `json:"at"`
}

// DossierCV describes a CV file. Size is in bytes. No event contains the file itself.
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

// name returns the full name. A person may have only one of the two parts.
func (c DossierCandidate) name() string { return strings.TrimSpace(c.FirstName + " " + c.LastName) }

// eventData has the fields of Event.Data, of all events together. Each event has some of them, and the
// erasure of a person removes some.
type eventData struct {
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

// decode decodes the data and the dossier of an event. Fields that it does not have are zero, and so is
// a missing dossier.
func decode(e Event) (eventData, Dossier, error) {
	var f eventData
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

// firstSet returns the first value that is not zero.
func firstSet[T comparable](values ...T) T {
	var zero T
	for _, v := range values {
		if v != zero {
			return v
		}
	}
	return zero
}

// orEmpty returns "" for nil.
func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
