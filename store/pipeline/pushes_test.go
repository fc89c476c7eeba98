package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pipeline"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

func TestAPushCarriesTheApplication(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	ctx := context.Background()
	tenant := fixture.Account(t, s, "push@northwind.example", 5)
	job := fixture.Active(t, s, tenant, fixture.Pushed)
	a := fixture.Apply(t, s, fixture.Ada(job))
	if a.Push == nil || a.Push.Status != board.PushPending || a.Type != board.TypeHTTPPushApply {
		t.Fatalf("application %+v", a)
	}
	if _, err := s.Jobs.UpdateJob(ctx, tenant, job.ID, board.JobPatch{ApplyPushURL: board.Set("https://ats.example/mended")}, board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	q := fixture.OpenQueue(t, s)
	worker, lane := fixture.PushLane(t, q)
	if lane.Tenant != tenant || lane.Endpoint != nil {
		t.Errorf("lane %+v", lane)
	}
	row := fixture.FetchOne(t, q, worker, lane)
	pushes, err := q.Pushes(ctx, []outbox.Queued{row})
	if err != nil {
		t.Fatal(err)
	}
	feeds, err := s.Pipeline.CareerjetFeedsOf(ctx, "PUSH")
	if err != nil || len(feeds) != 1 || feeds[0].EmployerID != tenant.EmployerID || len(feeds[0].Secret) < 32 {
		t.Fatalf("%d feeds: %v", len(feeds), err)
	}
	got := pushes[a.ID]
	if len(got.UUID) != 36 {
		t.Errorf("uuid %q", got.UUID)
	}
	cv := *a.CV
	want := board.Push{
		ApplicationID: a.ID, URL: "https://ats.example/mended", Reference: "PUSH", Applicant: fixture.Ada(job).Applicant, UUID: got.UUID, Secret: feeds[0].Secret,
		Trace: board.Trace{IP: "192.0.2.1", UserAgent: "Mozilla/5.0"}, CV: &cv,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("push (-want +got):\n%s", diff)
	}
	if b, err := q.ReadFile(ctx, got.CV.ID); err != nil || string(b) != "Ada Lovelace, C++" {
		t.Errorf("file %q, %v", b, err)
	}
	// The second one goes the same way.
	p := fixture.Ada(job)
	p.Applicant.Email = "grace@example.com"
	fixture.Apply(t, s, p)
	if rows, err := q.Fetch(ctx, worker, []outbox.LaneWant{{LaneID: lane.ID, Limit: 10}}); err != nil || len(rows) != 2 {
		t.Errorf("fetched %d, %v", len(rows), err)
	}
}

func TestWhatBecameOfAPushIsShown(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		outcome delivery.AttemptOutcome
		status  board.PushStatus
		emails  int
		queued  int
	}{
		"accepted": {delivery.AttemptDelivered, board.PushAccepted, 0, 0},
		"refused":  {delivery.AttemptDead, board.PushRefused, 0, 0},
		"retried":  {delivery.AttemptFailed, board.PushPending, 0, 1},
		"given up": {delivery.AttemptDead, board.PushEmailed, 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, clock := storetest.New(t)
			ctx := context.Background()
			tenant := fixture.Account(t, s, "shown@northwind.example", 5)
			a := fixture.Apply(t, s, fixture.Ada(fixture.Active(t, s, tenant, fixture.Pushed)))
			q := fixture.OpenQueue(t, s)
			worker, lane := fixture.PushLane(t, q)
			clock.Advance(time.Minute)
			attempt := outbox.Attempt{
				Queued: fixture.FetchOne(t, q, worker, lane), Epoch: lane.Epoch, StartedAt: clock.Now(), Outcome: tc.outcome,
				RetryAt: clock.Now(), Status: 418, Stage: "response", Error: "answered 418",
			}
			late := attempt
			late.Epoch--
			if recorded, err := q.RecordPush(ctx, late, tc.status, "late"); err != nil || recorded {
				t.Errorf("recorded by a former owner: %t, %v", recorded, err)
			}
			for i, want := range []bool{true, false} {
				if recorded, err := q.RecordPush(ctx, attempt, tc.status, "answered 418"); err != nil || recorded != want {
					t.Errorf("record %d: %t, %v", i, recorded, err)
				}
			}
			got, err := s.Pipeline.Application(ctx, tenant, a.ID)
			if diff := cmp.Diff(&pipeline.PushState{Status: tc.status, Reason: "answered 418", At: clock.Now()}, got.Push); diff != "" || err != nil || got.Version != 2 {
				t.Errorf("version %d, %v (-want +got):\n%s", got.Version, err, diff)
			}
			if rows, err := q.Fetch(ctx, worker, []outbox.LaneWant{{LaneID: lane.ID, Limit: 10}}); err != nil || len(rows) != tc.queued {
				t.Errorf("%d are queued, %v", len(rows), err)
			}
			messages, err := s.Outbox.Messages(ctx, 10)
			if err != nil || len(messages) != 1+tc.emails { // the confirmation is one
				t.Fatalf("%d emails, %v", len(messages), err)
			}
			if tc.emails == 1 && (messages[0].To != "shown@northwind.example" || messages[0].ReplyTo != "ada@example.com") {
				t.Errorf("email %+v", messages[0])
			}
		})
	}
}

func TestAnEmailBringsTheCVAlong(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	ctx := context.Background()
	tenant := fixture.Account(t, s, "attached@northwind.example", 5)
	a := fixture.Apply(t, s, fixture.Ada(fixture.Active(t, s, tenant, nil)))
	q := fixture.OpenQueue(t, s)
	worker, err := q.Join(ctx, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	lanes, err := q.TakeLanes(ctx, worker, 100)
	if err != nil {
		t.Fatal(err)
	}
	var rows []outbox.Queued
	for _, l := range lanes {
		found, err := q.Fetch(ctx, worker, []outbox.LaneWant{{LaneID: l.ID, Limit: 10}})
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, found...)
	}
	messages, err := q.Messages(ctx, rows)
	if err != nil || len(messages) != 2 {
		t.Fatalf("%d messages, %v", len(messages), err)
	}
	for _, m := range messages {
		want := []board.File(nil)
		if m.To == "jobs@northwind.example" {
			want = []board.File{*a.CV}
		}
		if diff := cmp.Diff(want, m.Attachments); diff != "" {
			t.Errorf("attached to the email to %s (-want +got):\n%s", m.To, diff)
		}
	}
}

func TestFeedSecrets(t *testing.T) {
	t.Parallel()
	a, b, _ := fixture.AtOnce(t)
	ctx := context.Background()
	mine, theirs := fixture.Account(t, a, "feed1@northwind.example", 5), fixture.Account(t, a, "feed2@northwind.example", 5)
	for _, tenant := range []board.Tenant{mine, theirs} {
		fixture.Active(t, a, tenant, func(p *board.JobPatch) { p.Reference = board.Set("PL-001") })
	}
	fixture.Create(t, a, theirs, board.JobPatch{Title: board.Set("Draft"), Reference: board.Set("PL-002")})
	first, err := a.Pipeline.UpdateCareerjetFeed(ctx, mine.EmployerID, pipeline.CareerjetPatch{})
	if err != nil || len(first.Secret) < 32 || first.AllowUnsigned {
		t.Fatalf("the first: %v", err)
	}
	if again, err := b.Pipeline.UpdateCareerjetFeed(ctx, mine.EmployerID, pipeline.CareerjetPatch{}); err != nil || again != first {
		t.Errorf("a patch that sets nothing gives another feed: %v", err)
	}
	set, err := b.Pipeline.UpdateCareerjetFeed(ctx, theirs.EmployerID, pipeline.CareerjetPatch{Secret: board.Set("shared-with-them"), AllowUnsigned: board.Set(true)})
	if err != nil || set.Secret != "shared-with-them" || !set.AllowUnsigned {
		t.Errorf("set: %+v, %v", set, err)
	}
	if _, err := b.Pipeline.UpdateCareerjetFeed(ctx, mine.EmployerID, pipeline.CareerjetPatch{Secret: board.Set("short")}); fixture.CodeOf(err) != board.CodeInvalidRequest {
		t.Errorf("a short secret: %v", err)
	}
	if _, err := b.Pipeline.UpdateCareerjetFeed(ctx, 1<<40, pipeline.CareerjetPatch{}); fixture.CodeOf(err) != board.CodeNotFound {
		t.Errorf("nobody's feed: %v", err)
	}
	for reference, want := range map[string][]pipeline.CareerjetFeed{"PL-001": {first, set}, "PL-002": {}, "PL-404": {}} {
		got, err := a.Pipeline.CareerjetFeedsOf(ctx, reference)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", reference, err, diff)
		}
	}
}

// One changes the secret and another the rule, at the same moment.
func TestTwoChangesOfAFeedAreBothThere(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	s := storetest.Open(t, url, storetest.Options(storetest.NewClock()))
	db := fixture.Raw(t, url)
	tenant := fixture.Account(t, s, "feed3@northwind.example", 0)
	if _, err := s.Pipeline.UpdateCareerjetFeed(t.Context(), tenant.EmployerID, pipeline.CareerjetPatch{}); err != nil {
		t.Fatal(err)
	}
	allowed := make(chan error, 1)
	err := s.WithTx(t.Context(), func(ctx context.Context) error {
		if _, err := s.Pipeline.UpdateCareerjetFeed(ctx, tenant.EmployerID, pipeline.CareerjetPatch{Secret: board.Set("shared-with-them")}); err != nil {
			return err
		}
		go func() {
			_, err := s.Pipeline.UpdateCareerjetFeed(t.Context(), tenant.EmployerID, pipeline.CareerjetPatch{AllowUnsigned: board.Set(true)})
			allowed <- err
		}()
		fixture.UntilWaiting(t, db, 1)
		return nil
	})
	if err = errors.Join(err, <-allowed); err != nil {
		t.Fatal(err)
	}
	feed, err := s.Pipeline.UpdateCareerjetFeed(t.Context(), tenant.EmployerID, pipeline.CareerjetPatch{})
	if err != nil || feed.Secret != "shared-with-them" || !feed.AllowUnsigned {
		t.Errorf("the secret of the first change is there: %t, the rule of the second: %t, %v", feed.Secret == "shared-with-them", feed.AllowUnsigned, err)
	}
}

// TestThePushedApplicationMakesTheSecret: the secret that signs pushes is made by the first application that is pushed, once
// for all copies of the program, and by nothing that only reads.
func TestThePushedApplicationMakesTheSecret(t *testing.T) {
	t.Parallel()
	a, b, _ := fixture.AtOnce(t)
	ctx := t.Context()
	tenant := fixture.Account(t, a, "secret@northwind.example", 5)
	fixture.Apply(t, a, fixture.Ada(fixture.Active(t, a, tenant, nil)))
	job := fixture.Active(t, a, tenant, fixture.Pushed)
	if feeds, err := a.Pipeline.CareerjetFeedsOf(ctx, "PUSH"); err != nil || len(feeds) != 0 {
		t.Fatalf("before an application is pushed there are %d feeds, %v", len(feeds), err)
	}
	const applicants = 8
	var wg sync.WaitGroup
	for i := range applicants {
		copyOfProgram := []*store.Store{a, b}[i%2]
		wg.Go(func() {
			p := fixture.Ada(job)
			p.Applicant.Email = fmt.Sprintf("applicant%d@example.com", i)
			if _, err := copyOfProgram.Pipeline.Apply(ctx, p); err != nil {
				t.Errorf("apply: %v", err)
			}
		})
	}
	wg.Wait()
	feeds, err := a.Pipeline.CareerjetFeedsOf(ctx, "PUSH")
	if err != nil || len(feeds) != 1 {
		t.Fatalf("%d feeds, %v", len(feeds), err)
	}
	q := fixture.OpenQueue(t, b)
	worker, lane := fixture.PushLane(t, q)
	rows, err := q.Fetch(ctx, worker, []outbox.LaneWant{{LaneID: lane.ID, Limit: applicants}})
	if err != nil {
		t.Fatal(err)
	}
	pushes, err := q.Pushes(ctx, rows)
	if err != nil || len(pushes) != applicants {
		t.Fatalf("%d pushes, %v", len(pushes), err)
	}
	for id, p := range pushes {
		if p.Secret != feeds[0].Secret {
			t.Errorf("application %d is signed with another secret", id)
		}
	}
}
