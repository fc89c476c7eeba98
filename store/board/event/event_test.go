package event

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store/board"
)

func TestEventsHaveTheirFieldsAtTheTopLevel(t *testing.T) {
	t.Parallel()
	reference := "PL-001"
	at := time.Date(2026, time.March, 2, 9, 30, 0, 0, time.UTC)
	until := at.Add(board.DefaultRun)
	job := board.Job{ID: 7, Title: "IT Manager", Reference: &reference, Status: board.JobActive, CreatedAt: at, UpdatedAt: at.Add(time.Hour), PostedDate: &at, ExpiryDate: &until}
	bare := job
	bare.Reference, bare.Status = nil, board.JobDraft
	for name, tt := range map[string]struct {
		event Event
		typ   Type
		want  string
	}{
		"created":        {NewJobCreated(job), "job.created", `{"jobPostId":7,"reference":"PL-001","jobTitle":"IT Manager","status":"Active","createdAt":"2026-03-02T09:30:00Z"}`},
		"not referred":   {NewJobCreated(bare), "job.created", `{"jobPostId":7,"reference":null,"jobTitle":"IT Manager","status":"Draft","createdAt":"2026-03-02T09:30:00Z"}`},
		"updated":        {NewJobUpdated(job), "job.updated", `{"jobPostId":7,"reference":"PL-001","jobTitle":"IT Manager","status":"Active","updatedAt":"2026-03-02T10:30:00Z"}`},
		"published":      {NewJobPublished(job), "job.published", `{"jobPostId":7,"reference":"PL-001","jobTitle":"IT Manager","postedDate":"2026-03-02T09:30:00Z","expiryDate":"2026-04-01T09:30:00Z"}`},
		"expired":        {NewJobExpired(job), "job.expired", `{"jobPostId":7,"expiredAt":"2026-03-02T10:30:00Z"}`},
		"deleted":        {NewJobDeleted(job), "job.deleted", `{"jobPostId":7,"reference":"PL-001","jobTitle":"IT Manager","deletedAt":"2026-03-02T10:30:00Z"}`},
		"erased":         {NewCandidateErased(9, at), "candidate.erased", `{"candidateId":9,"erasedAt":"2026-03-02T09:30:00Z"}`},
		"registered":     {NewEmployerRegistered(3, "Acme", at), "employer.registered", `{"employerId":3,"employerName":"Acme","registeredAt":"2026-03-02T09:30:00Z"}`},
		"profile":        {NewEmployerProfileUpdated(3, "Acme", at), "employer.profile_updated", `{"employerId":3,"employerName":"Acme","updatedAt":"2026-03-02T09:30:00Z"}`},
		"test of a hook": {NewWebhookTest(3, at), "webhook.test", `{"subscriptionId":3,"sentAt":"2026-03-02T09:30:00Z","message":"This is a test event. Nothing happened."}`},
	} {
		if diff := cmp.Diff(Event{Type: tt.typ, Data: json.RawMessage(tt.want)}, tt.event); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestTheCatalogueNamesEachEventOnce(t *testing.T) {
	t.Parallel()
	all := AllTypes()
	sorted := slices.Sorted(slices.Values(all))
	if got := slices.Compact(slices.Clone(sorted)); len(got) != len(all) {
		t.Errorf("%d names, %d of them different", len(all), len(got))
	}
	for _, name := range []Type{WebhookTest, "", "job", "application.status_updated"} {
		if name.Valid() {
			t.Errorf("%q can be subscribed to", name)
		}
	}
}
