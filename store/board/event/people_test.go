package event

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"itmanagerjobs/store/board"
)

// An erasure finds the events about a person by the keys of their types: an event without one of them would be left, and a
// key that no erasure looks for would be of no use.
func TestEveryEventHasTheKeysByWhichAnErasureFindsIt(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, time.March, 2, 9, 30, 0, 0, time.UTC)
	job := board.Job{ID: 7, CreatedAt: at, UpdatedAt: at}
	interview := board.Interview{ID: 3, CandidateID: 9, JobID: 7, StartsAt: at, UpdatedAt: at, CompletedAt: &at}
	call := board.AICall{ID: 4, CandidateID: 9, EndedAt: &at}
	seen := map[Type]bool{}
	for _, e := range []Event{
		NewJobCreated(job), NewJobUpdated(job), NewJobPublished(job), NewJobExpired(job), NewJobDeleted(job),
		NewApplicationSubmitted(5, job, 9, at, board.TypeDirectApply), NewApplicationStatusChanged(5, board.ApplicationNew, board.ApplicationHired, at),
		NewApplicationWithdrawn(5, 7, 9, at),
		NewCandidateRegistered(9, at), NewCandidateProfileUpdated(9, at), NewCandidateCreated(9, board.SourceEmail, at),
		NewCandidateMatched(9, 7, 80, at), NewCandidateStatusChanged(9, board.ApplicationNew, board.ApplicationHired, true, at), NewCandidateErased(9, at),
		NewInterviewScheduled(interview), NewInterviewCompleted(interview), NewAICallCompleted(call),
		NewEmployerRegistered(2, "Acme", at), NewEmployerProfileUpdated(2, "Acme", at), NewWebhookTest(1, at),
	} {
		seen[e.Type] = true
		var data map[string]any
		if err := json.Unmarshal(e.Data, &data); err != nil {
			t.Fatalf("%s: %v", e.Type, err)
		}
		keys := e.Type.peopleKeys()
		for field, id := range map[key]float64{keyCandidate: 9, keyApplication: 5} {
			if got, has := data[string(field)]; has != slices.Contains(keys, field) || has && got != id {
				t.Errorf("%s: %s is %v in %s; the keys are %v", e.Type, field, got, e.Data, keys)
			}
		}
		if about := strings.HasPrefix(string(e.Type), "job.") || strings.HasPrefix(string(e.Type), "employer.") || e.Type == WebhookTest; about == (len(keys) > 0) {
			t.Errorf("%s has the keys %v", e.Type, keys)
		}
		subjects, err := e.Subjects()
		if err != nil || (subjects.CandidateID == 9) != slices.Contains(keys, keyCandidate) || (subjects.ApplicationID == 5) != slices.Contains(keys, keyApplication) {
			t.Errorf("%s is about %+v, %v", e.Type, subjects, err)
		}
	}
	for _, typ := range append(AllTypes(), WebhookTest) {
		if !seen[typ] {
			t.Errorf("%s is not looked at here", typ)
		}
	}
}
