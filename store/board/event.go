package board

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// EventType is the canonical name of a kind of event. A delivery profile may have other names for it.
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

	// EventWebhookTest is sent to one subscription when its owner asks for it. It is not in the log and cannot be
	// subscribed to.
	EventWebhookTest EventType = "webhook.test"
)

// AllEventTypes lists every EventType that can be subscribed to.
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

// EventRetention is how long events and their deliveries are kept.
const EventRetention = 30 * 24 * time.Hour

// Event is an event before it is written to the log. Data is a JSON object of the fields. It does not contain the id, type
// and time of the event, which are sent in headers. It never changes, except by the erasure of a person in it.
type Event struct {
	Type EventType
	Data json.RawMessage
}

// newEvent encodes the fields. They are structs of strings, numbers and times, whose encoding cannot fail.
func newEvent(t EventType, fields any) Event {
	data, err := json.Marshal(fields)
	if err != nil {
		panic(fmt.Sprintf("board: the fields of %s can't be encoded: %v", t, err))
	}
	return Event{Type: t, Data: data}
}

// JobCreatedEvent is sent for a new draft.
func JobCreatedEvent(j Job) Event {
	return newEvent(EventJobCreated, struct {
		JobPostID int64     `json:"jobPostId"`
		Reference *string   `json:"reference"`
		JobTitle  string    `json:"jobTitle"`
		Status    JobStatus `json:"status"`
		CreatedAt time.Time `json:"createdAt"`
	}{j.ID, j.Reference, j.Title, j.Status, Moment(j.CreatedAt)})
}

// JobUpdatedEvent is sent when fields of a job have changed.
func JobUpdatedEvent(j Job) Event {
	return newEvent(EventJobUpdated, struct {
		JobPostID int64     `json:"jobPostId"`
		Reference *string   `json:"reference"`
		JobTitle  string    `json:"jobTitle"`
		Status    JobStatus `json:"status"`
		UpdatedAt time.Time `json:"updatedAt"`
	}{j.ID, j.Reference, j.Title, j.Status, Moment(j.UpdatedAt)})
}

// JobPublishedEvent is sent when a job becomes Active, for the first time or again.
func JobPublishedEvent(j Job) Event {
	return newEvent(EventJobPublished, struct {
		JobPostID  int64      `json:"jobPostId"`
		Reference  *string    `json:"reference"`
		JobTitle   string     `json:"jobTitle"`
		PostedDate *time.Time `json:"postedDate"`
		ExpiryDate *time.Time `json:"expiryDate"`
	}{j.ID, j.Reference, j.Title, j.PostedDate, j.ExpiryDate})
}

// JobExpiredEvent is sent when a job reaches its expiry date.
func JobExpiredEvent(j Job) Event {
	return newEvent(EventJobExpired, struct {
		JobPostID int64     `json:"jobPostId"`
		ExpiredAt time.Time `json:"expiredAt"`
	}{j.ID, Moment(j.UpdatedAt)})
}

// JobDeletedEvent is sent when a job is closed for good; its applications are kept.
func JobDeletedEvent(j Job) Event {
	return newEvent(EventJobDeleted, struct {
		JobPostID int64     `json:"jobPostId"`
		Reference *string   `json:"reference"`
		JobTitle  string    `json:"jobTitle"`
		DeletedAt time.Time `json:"deletedAt"`
	}{j.ID, j.Reference, j.Title, Moment(j.UpdatedAt)})
}

// ApplicationSubmittedEvent is sent for a new application from any source.
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

// ApplicationStatusChangedEvent is sent when an application changes its status.
func ApplicationStatusChangedEvent(applicationID int64, previous, next ApplicationStatus, changedAt time.Time) Event {
	return newEvent(EventApplicationStatusChanged, struct {
		ApplicationID  int64             `json:"applicationId"`
		PreviousStatus ApplicationStatus `json:"previousStatus"`
		NewStatus      ApplicationStatus `json:"newStatus"`
		ChangedAt      time.Time         `json:"changedAt"`
	}{applicationID, previous, next, Moment(changedAt)})
}

// ApplicationWithdrawnEvent is sent when an application becomes Withdrawn, in addition to ApplicationStatusChangedEvent.
func ApplicationWithdrawnEvent(applicationID, jobID, candidateID int64, withdrawnAt time.Time) Event {
	return newEvent(EventApplicationWithdrawn, struct {
		ApplicationID int64     `json:"applicationId"`
		JobPostID     int64     `json:"jobPostId"`
		CandidateID   int64     `json:"candidateId"`
		WithdrawnAt   time.Time `json:"withdrawnAt"`
	}{applicationID, jobID, candidateID, Moment(withdrawnAt)})
}

// CandidateCreatedEvent is sent when an inbound email adds a candidate to the employer's pipeline.
func CandidateCreatedEvent(candidateID int64, source ApplicationSource, createdAt time.Time) Event {
	return newEvent(EventCandidateCreated, struct {
		CandidateID int64             `json:"candidateId"`
		Source      ApplicationSource `json:"source"`
		CreatedAt   time.Time         `json:"createdAt"`
	}{candidateID, source, Moment(createdAt)})
}

// CandidateErasedEvent is sent after all data of a candidate was erased.
func CandidateErasedEvent(candidateID int64, erasedAt time.Time) Event {
	return newEvent(EventCandidateErased, struct {
		CandidateID int64     `json:"candidateId"`
		ErasedAt    time.Time `json:"erasedAt"`
	}{candidateID, Moment(erasedAt)})
}

// EmployerRegisteredEvent is sent when the first member of an account has joined.
func EmployerRegisteredEvent(employerID int64, name string, registeredAt time.Time) Event {
	return newEvent(EventEmployerRegistered, struct {
		EmployerID   int64     `json:"employerId"`
		EmployerName string    `json:"employerName"`
		RegisteredAt time.Time `json:"registeredAt"`
	}{employerID, name, Moment(registeredAt)})
}

// EmployerProfileUpdatedEvent is sent when an employer has changed its profile; name is the new one.
func EmployerProfileUpdatedEvent(employerID int64, name string, updatedAt time.Time) Event {
	return newEvent(EventEmployerProfileUpdated, struct {
		EmployerID   int64     `json:"employerId"`
		EmployerName string    `json:"employerName"`
		UpdatedAt    time.Time `json:"updatedAt"`
	}{employerID, name, Moment(updatedAt)})
}

// CandidateRegisteredEvent is sent for the first application of a candidate with the employer, from any source.
func CandidateRegisteredEvent(candidateID int64, registeredAt time.Time) Event {
	return newEvent(EventCandidateRegistered, struct {
		CandidateID  int64     `json:"candidateId"`
		RegisteredAt time.Time `json:"registeredAt"`
	}{candidateID, Moment(registeredAt)})
}

// CandidateProfileUpdatedEvent is sent when an application has brought a new CV or the first phone number of a candidate.
func CandidateProfileUpdatedEvent(candidateID int64, updatedAt time.Time) Event {
	return newEvent(EventCandidateProfileUpdated, struct {
		CandidateID int64     `json:"candidateId"`
		UpdatedAt   time.Time `json:"updatedAt"`
	}{candidateID, Moment(updatedAt)})
}

// CandidateStatusChangedEvent is sent when a candidate changes the status. automatic reports whether an application has
// moved the candidate, instead of a person.
func CandidateStatusChangedEvent(candidateID int64, previous, next ApplicationStatus, automatic bool, changedAt time.Time) Event {
	return newEvent(EventCandidateStatusChanged, struct {
		CandidateID    int64             `json:"candidateId"`
		PreviousStatus ApplicationStatus `json:"previousStatus"`
		NewStatus      ApplicationStatus `json:"newStatus"`
		ChangedAt      time.Time         `json:"changedAt"`
		Automatic      bool              `json:"automatic"`
	}{candidateID, previous, next, Moment(changedAt), automatic})
}

// CandidateMatchedEvent is sent for a candidate who fits a job well.
func CandidateMatchedEvent(candidateID, jobID int64, score int, matchedAt time.Time) Event {
	return newEvent(EventCandidateMatched, struct {
		CandidateID int64     `json:"candidateId"`
		JobPostID   int64     `json:"jobPostId"`
		Score       int       `json:"score"`
		MatchedAt   time.Time `json:"matchedAt"`
	}{candidateID, jobID, score, Moment(matchedAt)})
}

// InterviewScheduledEvent is sent when an interview gets its first date, or another one.
func InterviewScheduledEvent(i Interview) Event {
	return newEvent(EventInterviewScheduled, struct {
		InterviewID int64     `json:"interviewId"`
		CandidateID int64     `json:"candidateId"`
		JobPostID   int64     `json:"jobPostId"`
		StartsAt    time.Time `json:"startsAt"`
		ScheduledAt time.Time `json:"scheduledAt"`
	}{i.ID, i.CandidateID, i.JobID, Moment(i.StartsAt), Moment(i.UpdatedAt)})
}

// InterviewCompletedEvent is sent when an interview has taken place.
func InterviewCompletedEvent(i Interview) Event {
	return newEvent(EventInterviewCompleted, struct {
		InterviewID int64     `json:"interviewId"`
		CandidateID int64     `json:"candidateId"`
		JobPostID   int64     `json:"jobPostId"`
		CompletedAt time.Time `json:"completedAt"`
	}{i.ID, i.CandidateID, i.JobID, Moment(*i.CompletedAt)})
}

// AICallCompletedEvent is sent when a call becomes Completed. It does not contain what was said.
func AICallCompletedEvent(c AICall) Event {
	return newEvent(EventAICallCompleted, struct {
		AICallID    int64     `json:"aiCallId"`
		CandidateID int64     `json:"candidateId"`
		Purpose     string    `json:"purpose"`
		CompletedAt time.Time `json:"completedAt"`
	}{c.ID, c.CandidateID, c.Purpose, Moment(*c.EndedAt)})
}

// WebhookTestEvent is sent to one subscription when its owner asks for it.
func WebhookTestEvent(subscriptionID int64, now time.Time) Event {
	return newEvent(EventWebhookTest, struct {
		SubscriptionID int64     `json:"subscriptionId"`
		SentAt         time.Time `json:"sentAt"`
		Message        string    `json:"message"`
	}{subscriptionID, Moment(now), "This is a test event. Nothing happened."})
}
