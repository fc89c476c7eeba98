// Package event has the catalogue of events, the fields that each is sent with, and the people whom it tells of. It is pure, as package
// board is, and must not know how an event is kept, or in which format it is delivered.
package event

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"itmanagerjobs/store/board"
)

// Type is the canonical name of a kind of event. A delivery profile may have other names for it.
type Type string

// The catalogue, as stored and as published.
const (
	JobCreated   Type = "job.created"
	JobUpdated   Type = "job.updated"
	JobPublished Type = "job.published"
	JobExpired   Type = "job.expired"
	JobDeleted   Type = "job.deleted"

	ApplicationSubmitted     Type = "application.submitted"
	ApplicationStatusChanged Type = "application.status_changed"
	ApplicationWithdrawn     Type = "application.withdrawn"

	CandidateRegistered     Type = "candidate.registered"
	CandidateProfileUpdated Type = "candidate.profile_updated"
	CandidateCreated        Type = "candidate.created"
	CandidateMatched        Type = "candidate.matched"
	CandidateStatusChanged  Type = "candidate.status_changed"
	CandidateErased         Type = "candidate.erased"

	InterviewScheduled Type = "interview.scheduled"
	InterviewCompleted Type = "interview.completed"

	AICallCompleted Type = "ai_call.completed"

	EmployerRegistered     Type = "employer.registered"
	EmployerProfileUpdated Type = "employer.profile_updated"

	// WebhookTest is sent to one subscription when its owner asks for it. It is not in the log and cannot be
	// subscribed to.
	WebhookTest Type = "webhook.test"
)

// AllTypes lists every Type that can be subscribed to.
func AllTypes() []Type {
	return []Type{
		JobCreated, JobUpdated, JobPublished, JobExpired, JobDeleted,
		ApplicationSubmitted, ApplicationStatusChanged, ApplicationWithdrawn,
		CandidateRegistered, CandidateProfileUpdated, CandidateCreated, CandidateMatched, CandidateStatusChanged, CandidateErased,
		InterviewScheduled, InterviewCompleted, AICallCompleted,
		EmployerRegistered, EmployerProfileUpdated,
	}
}

// Valid reports whether t is one of AllTypes.
func (t Type) Valid() bool { return slices.Contains(AllTypes(), t) }

// Retention is how long events and their deliveries are kept.
const Retention = 30 * 24 * time.Hour

// Event is an event before it is written to the log. Data is a JSON object of the fields. It does not contain the id, type
// and time of the event, which are sent in headers. It never changes, except by the erasure of a person in it.
type Event struct {
	Type Type
	Data json.RawMessage
}

// newEvent encodes the fields. They are structs of strings, numbers and times, whose encoding cannot fail.
func newEvent(t Type, fields any) Event {
	data, err := json.Marshal(fields)
	if err != nil {
		panic(fmt.Sprintf("event: the fields of %s can't be encoded: %v", t, err))
	}
	return Event{Type: t, Data: data}
}

// NewJobCreated makes what is sent for a new draft.
func NewJobCreated(j board.Job) Event {
	return newEvent(JobCreated, struct {
		JobPostID int64           `json:"jobPostId"`
		Reference *string         `json:"reference"`
		JobTitle  string          `json:"jobTitle"`
		Status    board.JobStatus `json:"status"`
		CreatedAt time.Time       `json:"createdAt"`
	}{j.ID, j.Reference, j.Title, j.Status, board.Moment(j.CreatedAt)})
}

// NewJobUpdated makes what is sent when fields of a job have changed.
func NewJobUpdated(j board.Job) Event {
	return newEvent(JobUpdated, struct {
		JobPostID int64           `json:"jobPostId"`
		Reference *string         `json:"reference"`
		JobTitle  string          `json:"jobTitle"`
		Status    board.JobStatus `json:"status"`
		UpdatedAt time.Time       `json:"updatedAt"`
	}{j.ID, j.Reference, j.Title, j.Status, board.Moment(j.UpdatedAt)})
}

// NewJobPublished makes what is sent when a job becomes Active, for the first time or again.
func NewJobPublished(j board.Job) Event {
	return newEvent(JobPublished, struct {
		JobPostID  int64      `json:"jobPostId"`
		Reference  *string    `json:"reference"`
		JobTitle   string     `json:"jobTitle"`
		PostedDate *time.Time `json:"postedDate"`
		ExpiryDate *time.Time `json:"expiryDate"`
	}{j.ID, j.Reference, j.Title, j.PostedDate, j.ExpiryDate})
}

// NewJobExpired makes what is sent when a job reaches its expiry date.
func NewJobExpired(j board.Job) Event {
	return newEvent(JobExpired, struct {
		JobPostID int64     `json:"jobPostId"`
		ExpiredAt time.Time `json:"expiredAt"`
	}{j.ID, board.Moment(j.UpdatedAt)})
}

// NewJobDeleted makes what is sent when a job is closed for good; its applications are kept.
func NewJobDeleted(j board.Job) Event {
	return newEvent(JobDeleted, struct {
		JobPostID int64     `json:"jobPostId"`
		Reference *string   `json:"reference"`
		JobTitle  string    `json:"jobTitle"`
		DeletedAt time.Time `json:"deletedAt"`
	}{j.ID, j.Reference, j.Title, board.Moment(j.UpdatedAt)})
}

// NewApplicationSubmitted makes what is sent for a new application from any source.
func NewApplicationSubmitted(applicationID int64, job board.Job, candidateID int64, appliedAt time.Time, t board.ApplicationType) Event {
	return newEvent(ApplicationSubmitted, struct {
		ApplicationID   int64                 `json:"applicationId"`
		JobPostID       int64                 `json:"jobPostId"`
		JobTitle        string                `json:"jobTitle"`
		CandidateID     int64                 `json:"candidateId"`
		AppliedAt       time.Time             `json:"appliedAt"`
		ApplicationType board.ApplicationType `json:"applicationType"`
	}{applicationID, job.ID, job.Title, candidateID, board.Moment(appliedAt), t})
}

// NewApplicationStatusChanged makes what is sent when an application changes its status.
func NewApplicationStatusChanged(applicationID int64, previous, next board.ApplicationStatus, changedAt time.Time) Event {
	return newEvent(ApplicationStatusChanged, struct {
		ApplicationID  int64                   `json:"applicationId"`
		PreviousStatus board.ApplicationStatus `json:"previousStatus"`
		NewStatus      board.ApplicationStatus `json:"newStatus"`
		ChangedAt      time.Time               `json:"changedAt"`
	}{applicationID, previous, next, board.Moment(changedAt)})
}

// NewApplicationWithdrawn makes what is sent when an application becomes Withdrawn, in addition to ApplicationStatusChanged.
func NewApplicationWithdrawn(applicationID, jobID, candidateID int64, withdrawnAt time.Time) Event {
	return newEvent(ApplicationWithdrawn, struct {
		ApplicationID int64     `json:"applicationId"`
		JobPostID     int64     `json:"jobPostId"`
		CandidateID   int64     `json:"candidateId"`
		WithdrawnAt   time.Time `json:"withdrawnAt"`
	}{applicationID, jobID, candidateID, board.Moment(withdrawnAt)})
}

// NewCandidateCreated makes what is sent when an inbound email adds a candidate to the employer's pipeline.
func NewCandidateCreated(candidateID int64, source board.ApplicationSource, createdAt time.Time) Event {
	return newEvent(CandidateCreated, struct {
		CandidateID int64                   `json:"candidateId"`
		Source      board.ApplicationSource `json:"source"`
		CreatedAt   time.Time               `json:"createdAt"`
	}{candidateID, source, board.Moment(createdAt)})
}

// NewCandidateErased makes what is sent after all data of a candidate was erased.
func NewCandidateErased(candidateID int64, erasedAt time.Time) Event {
	return newEvent(CandidateErased, struct {
		CandidateID int64     `json:"candidateId"`
		ErasedAt    time.Time `json:"erasedAt"`
	}{candidateID, board.Moment(erasedAt)})
}

// NewEmployerRegistered makes what is sent when the first member of an account has joined.
func NewEmployerRegistered(employerID int64, name string, registeredAt time.Time) Event {
	return newEvent(EmployerRegistered, struct {
		EmployerID   int64     `json:"employerId"`
		EmployerName string    `json:"employerName"`
		RegisteredAt time.Time `json:"registeredAt"`
	}{employerID, name, board.Moment(registeredAt)})
}

// NewEmployerProfileUpdated makes what is sent when an employer has changed its profile; name is the new one.
func NewEmployerProfileUpdated(employerID int64, name string, updatedAt time.Time) Event {
	return newEvent(EmployerProfileUpdated, struct {
		EmployerID   int64     `json:"employerId"`
		EmployerName string    `json:"employerName"`
		UpdatedAt    time.Time `json:"updatedAt"`
	}{employerID, name, board.Moment(updatedAt)})
}

// NewCandidateRegistered makes what is sent for the first application of a candidate with the employer, from any source.
func NewCandidateRegistered(candidateID int64, registeredAt time.Time) Event {
	return newEvent(CandidateRegistered, struct {
		CandidateID  int64     `json:"candidateId"`
		RegisteredAt time.Time `json:"registeredAt"`
	}{candidateID, board.Moment(registeredAt)})
}

// NewCandidateProfileUpdated makes what is sent when an application has brought a new CV or the first phone number of a candidate.
func NewCandidateProfileUpdated(candidateID int64, updatedAt time.Time) Event {
	return newEvent(CandidateProfileUpdated, struct {
		CandidateID int64     `json:"candidateId"`
		UpdatedAt   time.Time `json:"updatedAt"`
	}{candidateID, board.Moment(updatedAt)})
}

// NewCandidateStatusChanged makes what is sent when a candidate changes the status. automatic reports whether an application has
// moved the candidate, instead of a person.
func NewCandidateStatusChanged(candidateID int64, previous, next board.ApplicationStatus, automatic bool, changedAt time.Time) Event {
	return newEvent(CandidateStatusChanged, struct {
		CandidateID    int64                   `json:"candidateId"`
		PreviousStatus board.ApplicationStatus `json:"previousStatus"`
		NewStatus      board.ApplicationStatus `json:"newStatus"`
		ChangedAt      time.Time               `json:"changedAt"`
		Automatic      bool                    `json:"automatic"`
	}{candidateID, previous, next, board.Moment(changedAt), automatic})
}

// NewCandidateMatched makes what is sent for a candidate who fits a job well.
func NewCandidateMatched(candidateID, jobID int64, score int, matchedAt time.Time) Event {
	return newEvent(CandidateMatched, struct {
		CandidateID int64     `json:"candidateId"`
		JobPostID   int64     `json:"jobPostId"`
		Score       int       `json:"score"`
		MatchedAt   time.Time `json:"matchedAt"`
	}{candidateID, jobID, score, board.Moment(matchedAt)})
}

// NewInterviewScheduled makes what is sent when an interview gets its first date, or another one.
func NewInterviewScheduled(i board.Interview) Event {
	return newEvent(InterviewScheduled, struct {
		InterviewID int64     `json:"interviewId"`
		CandidateID int64     `json:"candidateId"`
		JobPostID   int64     `json:"jobPostId"`
		StartsAt    time.Time `json:"startsAt"`
		ScheduledAt time.Time `json:"scheduledAt"`
	}{i.ID, i.CandidateID, i.JobID, board.Moment(i.StartsAt), board.Moment(i.UpdatedAt)})
}

// NewInterviewCompleted makes what is sent when an interview has taken place.
func NewInterviewCompleted(i board.Interview) Event {
	return newEvent(InterviewCompleted, struct {
		InterviewID int64     `json:"interviewId"`
		CandidateID int64     `json:"candidateId"`
		JobPostID   int64     `json:"jobPostId"`
		CompletedAt time.Time `json:"completedAt"`
	}{i.ID, i.CandidateID, i.JobID, board.Moment(*i.CompletedAt)})
}

// NewAICallCompleted makes what is sent when a call becomes Completed. It does not contain what was said.
func NewAICallCompleted(c board.AICall) Event {
	return newEvent(AICallCompleted, struct {
		AICallID    int64     `json:"aiCallId"`
		CandidateID int64     `json:"candidateId"`
		Purpose     string    `json:"purpose"`
		CompletedAt time.Time `json:"completedAt"`
	}{c.ID, c.CandidateID, c.Purpose, board.Moment(*c.EndedAt)})
}

// NewWebhookTest makes what is sent to one subscription when its owner asks for it.
func NewWebhookTest(subscriptionID int64, now time.Time) Event {
	return newEvent(WebhookTest, struct {
		SubscriptionID int64     `json:"subscriptionId"`
		SentAt         time.Time `json:"sentAt"`
		Message        string    `json:"message"`
	}{subscriptionID, board.Moment(now), "This is a test event. Nothing happened."})
}
