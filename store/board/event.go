package board

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// EventType is the canonical name of something that happened. A delivery profile may have names of its own (R4).
type EventType string

// The catalogue, as stored and as published.
const (
	EventJobCreated   EventType = "job.created"
	EventJobUpdated   EventType = "job.updated"
	EventJobPublished EventType = "job.published"
	EventJobExpired   EventType = "job.expired"
	EventJobDeleted   EventType = "job.deleted"

	EventApplicationSubmitted     EventType = "application.submitted"
	EventApplicationStatusChanged EventType = "application.status_changed"
	EventApplicationWithdrawn     EventType = "application.withdrawn"

	EventCandidateRegistered     EventType = "candidate.registered"
	EventCandidateProfileUpdated EventType = "candidate.profile_updated"
	EventCandidateCreated        EventType = "candidate.created"
	EventCandidateMatched        EventType = "candidate.matched"
	EventCandidateStatusChanged  EventType = "candidate.status_changed"
	EventCandidateErased         EventType = "candidate.erased"

	EventInterviewScheduled EventType = "interview.scheduled"
	EventInterviewCompleted EventType = "interview.completed"

	EventAICallCompleted EventType = "ai_call.completed"

	EventEmployerRegistered     EventType = "employer.registered"
	EventEmployerProfileUpdated EventType = "employer.profile_updated"

	// EventWebhookTest is sent to one subscription on its owner's request. It is not in the log and can't be
	// subscribed to.
	EventWebhookTest EventType = "webhook.test"
)

// AllEventTypes lists what can be subscribed to.
func AllEventTypes() []EventType {
	return []EventType{
		EventJobCreated, EventJobUpdated, EventJobPublished, EventJobExpired, EventJobDeleted,
		EventApplicationSubmitted, EventApplicationStatusChanged, EventApplicationWithdrawn,
		EventCandidateRegistered, EventCandidateProfileUpdated, EventCandidateCreated, EventCandidateMatched, EventCandidateStatusChanged, EventCandidateErased,
		EventInterviewScheduled, EventInterviewCompleted, EventAICallCompleted,
		EventEmployerRegistered, EventEmployerProfileUpdated,
	}
}

// Valid reports whether t is one of AllEventTypes.
func (t EventType) Valid() bool { return slices.Contains(AllEventTypes(), t) }

// EventRetention is how long events, and everything about their delivery, are kept.
const EventRetention = 30 * 24 * time.Hour

// Event is something that happened, before it has its place in the log. Data is a JSON object: the named fields at the
// top level, and nothing about the event itself, which goes into headers (R21). It never changes again, but for the
// erasure of a person that it tells about.
type Event struct {
	Type EventType
	Data json.RawMessage
}

// newEvent encodes the fields, which are structs of strings, numbers and times: that can't fail.
func newEvent(t EventType, fields any) Event {
	data, err := json.Marshal(fields)
	if err != nil {
		panic(fmt.Sprintf("board: the fields of %s can't be encoded: %v", t, err))
	}
	return Event{Type: t, Data: data}
}

// JobCreatedEvent tells of a new draft.
func JobCreatedEvent(j Job) Event {
	return newEvent(EventJobCreated, struct {
		JobPostID int64     `json:"jobPostId"`
		Reference *string   `json:"reference"`
		JobTitle  string    `json:"jobTitle"`
		Status    JobStatus `json:"status"`
		CreatedAt time.Time `json:"createdAt"`
	}{j.ID, j.Reference, j.Title, j.Status, Moment(j.CreatedAt)})
}

// JobUpdatedEvent tells of changed fields.
func JobUpdatedEvent(j Job) Event {
	return newEvent(EventJobUpdated, struct {
		JobPostID int64     `json:"jobPostId"`
		Reference *string   `json:"reference"`
		JobTitle  string    `json:"jobTitle"`
		Status    JobStatus `json:"status"`
		UpdatedAt time.Time `json:"updatedAt"`
	}{j.ID, j.Reference, j.Title, j.Status, Moment(j.UpdatedAt)})
}

// JobPublishedEvent tells of a job that is Active from now on, for the first time or again.
func JobPublishedEvent(j Job) Event {
	return newEvent(EventJobPublished, struct {
		JobPostID  int64      `json:"jobPostId"`
		Reference  *string    `json:"reference"`
		JobTitle   string     `json:"jobTitle"`
		PostedDate *time.Time `json:"postedDate"`
		ExpiryDate *time.Time `json:"expiryDate"`
	}{j.ID, j.Reference, j.Title, j.PostedDate, j.ExpiryDate})
}

// JobExpiredEvent tells of a job whose run has ended (0.34).
func JobExpiredEvent(j Job) Event {
	return newEvent(EventJobExpired, struct {
		JobPostID int64     `json:"jobPostId"`
		ExpiredAt time.Time `json:"expiredAt"`
	}{j.ID, Moment(j.UpdatedAt)})
}

// JobDeletedEvent tells of a job that was closed for good; its applications are kept.
func JobDeletedEvent(j Job) Event {
	return newEvent(EventJobDeleted, struct {
		JobPostID int64     `json:"jobPostId"`
		Reference *string   `json:"reference"`
		JobTitle  string    `json:"jobTitle"`
		DeletedAt time.Time `json:"deletedAt"`
	}{j.ID, j.Reference, j.Title, Moment(j.UpdatedAt)})
}

// ApplicationSubmittedEvent tells of a new application, whatever way it came (0.31).
func ApplicationSubmittedEvent(applicationID int64, job Job, candidateID int64, appliedAt time.Time, t ApplicationType) Event {
	return newEvent(EventApplicationSubmitted, struct {
		ApplicationID   int64           `json:"applicationId"`
		JobPostID       int64           `json:"jobPostId"`
		JobTitle        string          `json:"jobTitle"`
		CandidateID     int64           `json:"candidateId"`
		AppliedAt       time.Time       `json:"appliedAt"`
		ApplicationType ApplicationType `json:"applicationType"`
	}{applicationID, job.ID, job.Title, candidateID, Moment(appliedAt), t})
}

// ApplicationStatusChangedEvent tells of a move (0.32).
func ApplicationStatusChangedEvent(applicationID int64, previous, next ApplicationStatus, changedAt time.Time) Event {
	return newEvent(EventApplicationStatusChanged, struct {
		ApplicationID  int64             `json:"applicationId"`
		PreviousStatus ApplicationStatus `json:"previousStatus"`
		NewStatus      ApplicationStatus `json:"newStatus"`
		ChangedAt      time.Time         `json:"changedAt"`
	}{applicationID, previous, next, Moment(changedAt)})
}

// ApplicationWithdrawnEvent tells of an application that has become Withdrawn, beside the event of the move itself.
func ApplicationWithdrawnEvent(applicationID, jobID, candidateID int64, withdrawnAt time.Time) Event {
	return newEvent(EventApplicationWithdrawn, struct {
		ApplicationID int64     `json:"applicationId"`
		JobPostID     int64     `json:"jobPostId"`
		CandidateID   int64     `json:"candidateId"`
		WithdrawnAt   time.Time `json:"withdrawnAt"`
	}{applicationID, jobID, candidateID, Moment(withdrawnAt)})
}

// CandidateCreatedEvent tells of a candidate that an inbound email has added to the employer's pipeline (3.11).
func CandidateCreatedEvent(candidateID int64, source ApplicationSource, createdAt time.Time) Event {
	return newEvent(EventCandidateCreated, struct {
		CandidateID int64             `json:"candidateId"`
		Source      ApplicationSource `json:"source"`
		CreatedAt   time.Time         `json:"createdAt"`
	}{candidateID, source, Moment(createdAt)})
}

// CandidateErasedEvent tells that nothing is kept of a candidate any more.
func CandidateErasedEvent(candidateID int64, erasedAt time.Time) Event {
	return newEvent(EventCandidateErased, struct {
		CandidateID int64     `json:"candidateId"`
		ErasedAt    time.Time `json:"erasedAt"`
	}{candidateID, Moment(erasedAt)})
}

// EmployerRegisteredEvent tells of an account whose first member has joined.
func EmployerRegisteredEvent(employerID int64, name string, registeredAt time.Time) Event {
	return newEvent(EventEmployerRegistered, struct {
		EmployerID   int64     `json:"employerId"`
		EmployerName string    `json:"employerName"`
		RegisteredAt time.Time `json:"registeredAt"`
	}{employerID, name, Moment(registeredAt)})
}

// EmployerProfileUpdatedEvent tells of a change of what an employer says about itself; name is the one after it.
func EmployerProfileUpdatedEvent(employerID int64, name string, updatedAt time.Time) Event {
	return newEvent(EventEmployerProfileUpdated, struct {
		EmployerID   int64     `json:"employerId"`
		EmployerName string    `json:"employerName"`
		UpdatedAt    time.Time `json:"updatedAt"`
	}{employerID, name, Moment(updatedAt)})
}

// CandidateRegisteredEvent tells of somebody whose first application with the employer has arrived, whatever way it came.
func CandidateRegisteredEvent(candidateID int64, registeredAt time.Time) Event {
	return newEvent(EventCandidateRegistered, struct {
		CandidateID  int64     `json:"candidateId"`
		RegisteredAt time.Time `json:"registeredAt"`
	}{candidateID, Moment(registeredAt)})
}

// CandidateProfileUpdatedEvent tells of a candidate of whom something new is known: a new CV, or a first phone number.
func CandidateProfileUpdatedEvent(candidateID int64, updatedAt time.Time) Event {
	return newEvent(EventCandidateProfileUpdated, struct {
		CandidateID int64     `json:"candidateId"`
		UpdatedAt   time.Time `json:"updatedAt"`
	}{candidateID, Moment(updatedAt)})
}

// CandidateStatusChangedEvent tells of a candidate's move, by somebody or, automatic, with an application (3.11).
func CandidateStatusChangedEvent(candidateID int64, previous, next ApplicationStatus, automatic bool, changedAt time.Time) Event {
	return newEvent(EventCandidateStatusChanged, struct {
		CandidateID    int64             `json:"candidateId"`
		PreviousStatus ApplicationStatus `json:"previousStatus"`
		NewStatus      ApplicationStatus `json:"newStatus"`
		ChangedAt      time.Time         `json:"changedAt"`
		Automatic      bool              `json:"automatic"`
	}{candidateID, previous, next, Moment(changedAt), automatic})
}

// InterviewScheduledEvent tells of a date that was set for an interview, the first or another one.
func InterviewScheduledEvent(i Interview) Event {
	return newEvent(EventInterviewScheduled, struct {
		InterviewID int64     `json:"interviewId"`
		CandidateID int64     `json:"candidateId"`
		JobPostID   int64     `json:"jobPostId"`
		StartsAt    time.Time `json:"startsAt"`
		ScheduledAt time.Time `json:"scheduledAt"`
	}{i.ID, i.CandidateID, i.JobID, Moment(i.StartsAt), Moment(i.UpdatedAt)})
}

// InterviewCompletedEvent tells of an interview that has taken place.
func InterviewCompletedEvent(i Interview) Event {
	return newEvent(EventInterviewCompleted, struct {
		InterviewID int64     `json:"interviewId"`
		CandidateID int64     `json:"candidateId"`
		JobPostID   int64     `json:"jobPostId"`
		CompletedAt time.Time `json:"completedAt"`
	}{i.ID, i.CandidateID, i.JobID, Moment(*i.CompletedAt)})
}

// AICallCompletedEvent tells of a call that has ended as it should. What was said in it is not in the event.
func AICallCompletedEvent(c AICall) Event {
	return newEvent(EventAICallCompleted, struct {
		AICallID    int64     `json:"aiCallId"`
		CandidateID int64     `json:"candidateId"`
		Purpose     string    `json:"purpose"`
		CompletedAt time.Time `json:"completedAt"`
	}{c.ID, c.CandidateID, c.Purpose, Moment(*c.EndedAt)})
}

// WebhookTestEvent is what a subscription gets on its owner's request.
func WebhookTestEvent(subscriptionID int64, now time.Time) Event {
	return newEvent(EventWebhookTest, struct {
		SubscriptionID int64     `json:"subscriptionId"`
		SentAt         time.Time `json:"sentAt"`
		Message        string    `json:"message"`
	}{subscriptionID, Moment(now), "This is a test event. Nothing happened."})
}
