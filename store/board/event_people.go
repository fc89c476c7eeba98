package board

import (
	"encoding/json"
	"fmt"
)

// EventKey is a field of the data of events that holds an id.
type EventKey string

// The fields by which an event about a person is found.
const (
	KeyCandidate   EventKey = "candidateId"
	KeyApplication EventKey = "applicationId"
)

// PeopleKeys names the fields by which an erasure finds the events of a type that are about a person. A type without any
// is about nobody. Each event has all the keys of its type.
func (t EventType) PeopleKeys() []EventKey {
	switch t {
	case EventApplicationSubmitted, EventApplicationWithdrawn:
		return []EventKey{KeyApplication, KeyCandidate}
	case EventApplicationStatusChanged:
		return []EventKey{KeyApplication}
	case EventCandidateRegistered, EventCandidateProfileUpdated, EventCandidateCreated, EventCandidateMatched,
		EventCandidateStatusChanged, EventCandidateErased, EventInterviewScheduled, EventInterviewCompleted, EventAICallCompleted:
		return []EventKey{KeyCandidate}
	case EventJobCreated, EventJobUpdated, EventJobPublished, EventJobExpired, EventJobDeleted,
		EventEmployerRegistered, EventEmployerProfileUpdated, EventWebhookTest:
		return nil
	default:
		return nil
	}
}

// EventSubjects are the ids of what an event is about, 0 for what it does not name.
type EventSubjects struct {
	JobID         int64 `json:"jobPostId"`
	ApplicationID int64 `json:"applicationId"`
	CandidateID   int64 `json:"candidateId"`
}

// Subjects reads what the event is about. Its people are those that the PeopleKeys of its type name.
func (e Event) Subjects() (EventSubjects, error) {
	var s EventSubjects
	if err := json.Unmarshal(e.Data, &s); err != nil {
		return EventSubjects{}, fmt.Errorf("data of %s: %w", e.Type, err)
	}
	return s, nil
}

// Outlives tells whether the event is sent in full, in every profile, when the person whom it is about has been erased:
// that is the news of the erasure itself.
func (t EventType) Outlives() bool { return t == EventCandidateErased }

// ProfileNeedsDossiers tells whether a delivery profile sends more than the events themselves: the jobs, applications and
// candidates that they are about.
func ProfileNeedsDossiers(profile string) bool {
	switch profile {
	case "autotechjobs", "humansourcing":
		return true
	default:
		return false
	}
}
