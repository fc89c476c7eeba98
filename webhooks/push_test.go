package webhooks

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pipeline"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/webhooks/careerjet"
	"itmanagerjobs/webhooks/webhooktest"
)

// pushRig is a rig with a job whose applications are posted to an endpoint.
type pushRig struct {
	*rig

	clock    *storetest.Clock
	endpoint *webhooktest.Receiver
	job      board.Job
}

func newPushRig(t *testing.T) *pushRig {
	t.Helper()
	clock := storetest.NewClock()
	r := &pushRig{rig: newRig(t, clock.Now), clock: clock, endpoint: webhooktest.NewTLS(t, time.Now)}
	if _, err := r.store.Accounts.GrantCredits(t.Context(), r.tenant, account.Credits{JobPosting: 5}); err != nil {
		t.Fatal(err)
	}
	job, err := r.store.Jobs.CreateJob(t.Context(), r.tenant, board.JobPatch{
		Title: board.Set("IT Manager"), Reference: board.Set("PL-001"), Description: board.Set("<p>Lead the team.</p>"),
		City: board.Set("Leeds"), Country: board.Set("United Kingdom"), EmploymentType: board.Set(board.FullTime),
		ApplyMethod: board.Set(board.ApplyByHTTPPush), ApplyPushURL: board.Set(r.endpoint.URL("/apply/careerjet")),
	})
	if err != nil {
		t.Fatal(err)
	}
	if r.job, err = r.store.Jobs.Publish(t.Context(), account.Principal{Tenant: r.tenant}, job.ID, nil, board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *pushRig) apply(t *testing.T) pipeline.Application {
	t.Helper()
	a, err := r.store.Pipeline.Apply(t.Context(), pipeline.ApplyParams{
		Mode: board.ModeLive, JobID: r.job.ID, Source: board.SourceForm,
		Applicant: board.Applicant{FirstName: "Zoë", LastName: "O'Neill", Email: "zoe@example.com", CoverLetter: "Dear all,\nGrüße"},
		CV:        &board.Upload{Name: "cv.txt", Bytes: []byte("Zoë, Go")}, Trace: board.Trace{IP: "192.0.2.1", UserAgent: "Mozilla/5.0"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func (r *pushRig) startPushing(t *testing.T) {
	t.Helper()
	r.start(t, func(c *Config) {
		c.Client = NewClient(ClientOptions{Guard: Guard{AllowInsecure: true}, Timeout: patience, RootCAs: r.endpoint.RootCAs(), Now: time.Now})
	})
}

// untilPush waits until the push of an application has a status.
func (r *pushRig) untilPush(t *testing.T, a pipeline.Application, status board.PushStatus) pipeline.PushState {
	t.Helper()
	var state pipeline.PushState
	until(t, fmt.Sprintf("the push to be %s", status), func() bool {
		got, err := r.store.Pipeline.Application(t.Context(), r.tenant, a.ID)
		if err != nil || got.Push == nil {
			t.Fatalf("application: %+v, %v", got, err)
		}
		state = *got.Push
		return state.Status == status
	})
	return state
}

func reply(r careerjet.Reply) webhooktest.Answer {
	return webhooktest.Reply(r.Status(), nil, string(r.JSON()))
}

func TestPush(t *testing.T) {
	t.Parallel()
	r := newPushRig(t)
	r.endpoint.Script("/apply/careerjet", reply(careerjet.Unexpected), reply(careerjet.Accepted))
	a := r.apply(t)
	r.startPushing(t)
	r.untilCount(t, 1, attemptsSQL+` WHERE outcome = 'Failed' AND status = 418`)
	if state := r.untilPush(t, a, board.PushPending); !strings.Contains(state.Reason, "418 unexpected error") {
		until(t, "the reason to be shown", func() bool {
			return strings.Contains(r.untilPush(t, a, board.PushPending).Reason, "418 unexpected error")
		})
	}
	r.clock.Advance(time.Minute)
	r.untilPush(t, a, board.PushAccepted)

	got := r.endpoint.Wait(t, 2, patience)
	if len(got) != 2 || got[0].Method != http.MethodPost || !bytes.Equal(got[0].Body, got[1].Body) {
		t.Errorf("%d requests, which are not twice the same", len(got))
	}
	sent, err := careerjet.Decode(got[0].Header.Get("Content-Type"), bytes.NewReader(got[0].Body))
	if err != nil {
		t.Fatal(err)
	}
	feed, err := r.store.Pipeline.UpdateCareerjetFeed(t.Context(), r.tenant.EmployerID, pipeline.CareerjetPatch{})
	if err != nil || !sent.Verify(feed.Secret) {
		t.Errorf("the signature %q does not hold: %v", sent.SourceSignature, err)
	}
	want := careerjet.Application{
		JobID: "PL-001", FirstName: "Zoë", LastName: "O'Neill", Email: "zoe@example.com", CoverLetter: "Dear all,\nGrüße",
		CV:   &careerjet.File{Name: "cv.txt", MediaType: "text/plain; charset=utf-8", Content: []byte("Zoë, Go")},
		UUID: sent.UUID, CandidateIP: "192.0.2.1", CandidateUserAgent: "Mozilla/5.0", SourceSignature: sent.SourceSignature,
	}
	if diff := cmp.Diff(want, sent); diff != "" {
		t.Errorf("sent (-want +got):\n%s", diff)
	}
}

// TestPushOutcomes checks what an answer leads to: after a refusal there is no further attempt; after other failures there are
// attempts until the application is sent by email.
func TestPushOutcomes(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name     string
		answer   webhooktest.Answer
		status   board.PushStatus
		attempts int
		reason   string
	}{
		{"invalid source", reply(careerjet.InvalidSource), board.PushRefused, 1, "403 invalid source"},
		{"closed", reply(careerjet.Closed), board.PushRefused, 1, "409 application period closed"},
		{"gone", reply(careerjet.JobNotFound), board.PushRefused, 1, "410 job not found"},
		{"region", reply(careerjet.RegionNotAccepted), board.PushRefused, 1, "451 region not accepted"},
		{"unavailable", webhooktest.Status(http.StatusServiceUnavailable), board.PushEmailed, 7, "503 Service Unavailable"},
		{"broken", webhooktest.Reset(), board.PushEmailed, 7, "closed before an answer"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r := newPushRig(t)
			r.endpoint.Script("/apply/careerjet", tc.answer)
			a := r.apply(t)
			r.startPushing(t)
			for n := 1; n <= tc.attempts; n++ {
				r.untilCount(t, n, attemptsSQL+` a JOIN deliveries d ON d.id = a.delivery_id WHERE d.application_id IS NOT NULL`)
				r.clock.Advance(24 * time.Hour)
			}
			if state := r.untilPush(t, a, tc.status); !strings.Contains(state.Reason, tc.reason) {
				t.Errorf("shown is %q, want %q", state.Reason, tc.reason)
			}
			r.untilCount(t, 0, pendingSQL)
			if n := len(r.endpoint.Requests()); n != tc.attempts {
				t.Errorf("%d requests, want %d", n, tc.attempts)
			}
			emails := 0
			if tc.status == board.PushEmailed {
				emails = 1
			}
			if n := r.count(t, `SELECT count(*) FROM messages m JOIN message_files f ON f.message_id = m.id`); n != emails {
				t.Errorf("%d emails with the CV, want %d", n, emails)
			}
		})
	}
}

// TestPushOfAnErasedApplication checks that nothing is sent.
func TestPushOfAnErasedApplication(t *testing.T) {
	t.Parallel()
	r := newPushRig(t)
	a := r.apply(t)
	if _, err := r.store.Erasure.EraseCandidate(t.Context(), r.tenant, a.CandidateID, board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	r.startPushing(t)
	r.untilCount(t, 0, pendingSQL)
	if n := len(r.endpoint.Requests()); n != 0 {
		t.Errorf("%d requests", n)
	}
}

// TestPushesFollowTheirSetting: the operator says how often an application is posted before it is emailed.
func TestPushesFollowTheirSetting(t *testing.T) {
	t.Parallel()
	r := newPushRig(t)
	r.endpoint.Script("/apply/careerjet", webhooktest.Status(http.StatusServiceUnavailable))
	a := r.apply(t)
	r.start(t, func(c *Config) {
		c.Client = NewClient(ClientOptions{Guard: Guard{AllowInsecure: true}, Timeout: patience, RootCAs: r.endpoint.RootCAs(), Now: time.Now})
		c.PushSchedule = Schedule{Delays: []time.Duration{time.Second}, MaxAttempts: 2}
	})
	for n := 1; n <= 2; n++ {
		r.untilCount(t, n, attemptsSQL+` a JOIN deliveries d ON d.id = a.delivery_id WHERE d.application_id IS NOT NULL`)
		r.clock.Advance(2 * time.Second)
	}
	r.untilPush(t, a, board.PushEmailed)
	if n := len(r.endpoint.Requests()); n != 2 {
		t.Errorf("%d requests, want 2", n)
	}
}
