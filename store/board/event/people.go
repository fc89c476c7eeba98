package event

import (
	"encoding/json"
	"fmt"
)

// key is a field of the data of events that holds an id.
type key string

// The fields by which an event about a person is found.
const (
	keyCandidate   key = "candidateId"
	keyApplication key = "applicationId"
)

// peopleKeys names the fields by which an erasure finds the events of a type that are about a person. A type without any
// is about nobody. Each event has all the keys of its type.
func (t Type) peopleKeys() []key {
	switch t {
	case ApplicationSubmitted, ApplicationWithdrawn:
		return []key{keyApplication, keyCandidate}
	case ApplicationStatusChanged:
		return []key{keyApplication}
	case CandidateRegistered, CandidateProfileUpdated, CandidateCreated, CandidateMatched,
		CandidateStatusChanged, CandidateErased, InterviewScheduled, InterviewCompleted, AICallCompleted:
		return []key{keyCandidate}
	case JobCreated, JobUpdated, JobPublished, JobExpired, JobDeleted,
		EmployerRegistered, EmployerProfileUpdated, WebhookTest:
		return nil
	default:
		return nil
	}
}

// Subjects are the ids of what an event is about, 0 for what it does not name.
type Subjects struct {
	JobID         int64 `json:"jobPostId"`
	ApplicationID int64 `json:"applicationId"`
	CandidateID   int64 `json:"candidateId"`
}

// Subjects reads what the event is about. Its people are those that the peopleKeys of its type name.
func (e Event) Subjects() (Subjects, error) {
	var s Subjects
	if err := json.Unmarshal(e.Data, &s); err != nil {
		return Subjects{}, fmt.Errorf("data of %s: %w", e.Type, err)
	}
	return s, nil
}

// Outlives tells whether the event is sent in full, in every profile, when the person whom it is about has been erased:
// that is the news of the erasure itself.
func (t Type) Outlives() bool { return t == CandidateErased }

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
