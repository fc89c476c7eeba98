package erase_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/embedded"
	"itmanagerjobs/store/erase"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/pipeline"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

// A canary is a word that stands nowhere but where a test has put it. Each is followed by the name of its place.
const (
	erasedCanary = "kanarie4711"
	keptCanary   = "blijft4711"
)

// places are where somebody's canaries are put.
var places = []string{
	"first", "last", "mail", "phone", "letter", "filename", "cvbytes", "agent", "uuid", "reason", "reply", "webhook", "push", "smtp", "event",
	"moved", "location", "meeting", "notes", "interviewer", "purpose", "external", "outcome", "summary", "transcript",
	"teamnote", "rejection", "kept",
}

// plant applies for two jobs with canaries everywhere, and lets everything about it be stored that can be.
func plant(t *testing.T, s *store.Store, byEmail, byPush board.Job, canary string) (candidateID int64) {
	t.Helper()
	email := canary + "mail@example.com"
	p := pipeline.ApplyParams{
		Mode: board.ModeLive, JobID: byEmail.ID, Source: board.SourceForm, PublicURL: "https://jobs.example",
		Applicant: board.Applicant{
			FirstName: canary + "first", LastName: canary + "last", Email: email, Phone: canary + "phone", CoverLetter: "Hello " + canary + "letter",
		},
		CV:    &board.Upload{Name: canary + "filename.txt", Bytes: []byte(canary + "cvbytes")},
		Trace: board.Trace{IP: "192.0.2.1", UserAgent: canary + "agent"},
	}
	sent := p
	sent.JobID, sent.Source, sent.UUID = byPush.ID, board.SourceCareerjet, canary+"uuid"
	a := fixture.Apply(t, s, p)
	fixture.Apply(t, s, sent)
	if r, replayed := moveOnce(t, s, a, canary); replayed {
		t.Fatalf("a first request was replayed: %s", r.Content)
	}
	if _, err := s.Pipeline.CreateNote(context.Background(), a.Tenant, a.ID, 1, canary+"teamnote"); err != nil {
		t.Fatal(err)
	}
	if err := s.Pipeline.RateApplication(context.Background(), a.Tenant, a.ID, 4); err != nil {
		t.Fatal(err)
	}
	_, err := s.Pipeline.MoveApplications(context.Background(), a.Tenant, pipeline.BulkMove{
		Moving: []pipeline.Moving{{ID: a.ID, From: board.ApplicationScreened}}, To: board.ApplicationRejected, UserID: 1,
		Mail: &board.MailTemplate{Subject: canary + "rejection", Text: "Hello {first name}"},
	})
	if err != nil {
		t.Fatal(err)
	}
	plantDates(t, s, a, canary)
	attempt, err := s.Pipeline.CountApplication(context.Background(), "192.0.2.9", 10)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Pipeline.KeepCV(context.Background(), attempt, pipeline.KeepCV{JobID: byEmail.ID, Email: email, CV: board.CV{Name: "cv.txt", Kind: board.KindTXT, Bytes: []byte(canary + "kept")}}); err != nil {
		t.Fatal(err)
	}
	return a.CandidateID
}

// plantDates moves the candidate, and schedules an interview and records a call with them.
func plantDates(t *testing.T, s *store.Store, a pipeline.Application, canary string) {
	t.Helper()
	ctx := context.Background()
	if _, err := s.Pipeline.MoveCandidate(ctx, a.Tenant, a.CandidateID, pipeline.Move{To: board.ApplicationOffered, Reason: canary + "moved", Actor: fixture.Partner}); err != nil {
		t.Fatal(err)
	}
	_, err := s.Pipeline.CreateInterview(ctx, a.Tenant, board.NewInterview{
		CandidateID: a.CandidateID, JobID: a.JobID, StartsAt: a.AppliedAt.Add(time.Hour), Location: canary + "location",
		MeetingURL: "https://meet.example/" + canary + "meeting", Notes: canary + "notes",
		Interviewers: []board.Interviewer{{Name: canary + "interviewer", Email: "grace@northwind.example"}},
	}, fixture.Inviter)
	if err != nil {
		t.Fatal(err)
	}
	call, err := s.Pipeline.CreateAICall(ctx, a.Tenant, board.NewAICall{CandidateID: a.CandidateID, Purpose: canary + "purpose", ExternalID: canary + "external"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Pipeline.UpdateAICall(ctx, a.Tenant, call.ID, board.AICallPatch{
		Status: board.Set(board.AICallCompleted), Outcome: board.Set(canary + "outcome"), Summary: board.Set(canary + "summary"), Transcript: board.Set(canary + "transcript"),
	}, board.Precondition{})
	if err != nil {
		t.Fatal(err)
	}
}

// moveOnce moves an application under an Idempotency-Key and answers with the canary.
func moveOnce(t *testing.T, s *store.Store, a pipeline.Application, canary string) (store.Reply, bool) {
	t.Helper()
	r, replayed, err := s.Idempotent(context.Background(), account.Principal{Tenant: a.Tenant}, canary[:4], []byte("fingerprint"), func(ctx context.Context) (store.Reply, error) {
		m := pipeline.Move{To: board.ApplicationScreened, Reason: canary + "reason", Actor: pipeline.Actor{Kind: board.ActorSystem}}
		_, err := s.Pipeline.MoveApplication(ctx, a.Tenant, a.ID, m)
		return store.Reply{Content: []byte(canary + "reply")}, err
	})
	if err != nil {
		t.Fatalf("recorded reply: %v", err)
	}
	return r, replayed
}

// deliver fails everything that is queued about the canary's owner, with answers that repeat what was sent.
func deliver(t *testing.T, q *store.Queue, canary string) {
	t.Helper()
	ctx := context.Background()
	worker, err := q.Join(ctx, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	lanes, err := q.TakeLanes(ctx, worker, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, lane := range lanes {
		rows, err := q.Fetch(ctx, worker, []outbox.LaneWant{{LaneID: lane.ID, Limit: 100}})
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			a := outbox.Attempt{
				Queued: row, Epoch: lane.Epoch, Outcome: delivery.AttemptFailed, StartedAt: row.DueAt, RetryAt: row.DueAt, Status: 500,
				Excerpt: "you sent " + canary + string(lane.Kind), LaneFailures: 1,
			}
			if lane.Endpoint != nil {
				a.SubscriptionID = lane.Endpoint.SubscriptionID
			}
			if lane.Kind == outbox.LaneEmail {
				a.Error = "no mailbox " + canary + "smtp"
			}
			if lane.Kind == outbox.LanePush {
				if _, err := q.RecordPush(ctx, a, board.PushPending, canary+"push is busy"); err != nil {
					t.Fatal(err)
				}
				continue
			}
			if _, err := q.Record(ctx, []outbox.Attempt{a}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := q.Leave(ctx, worker); err != nil {
		t.Fatal(err)
	}
}

// hits are the canaries that stand in b, as they are or in hexadecimal, as a dump shows bytes.
func hits(b []byte, canary string) []string {
	b = bytes.ToLower(b)
	var found []string
	for _, place := range places {
		word := []byte(canary + place)
		if bytes.Contains(b, word) || bytes.Contains(b, []byte(hex.EncodeToString(word))) {
			found = append(found, place)
		}
	}
	return found
}

// dumped and onDisk are the canaries that stand in a dump of the database, and in the files below a directory.
func dumped(t *testing.T, url, canary string) []string {
	t.Helper()
	bin, err := embedded.FindBinaries(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), filepath.Join(bin, "pg_dump"), "--dbname", url).Output()
	if err != nil {
		t.Fatalf("pg_dump: %v", err)
	}
	return hits(out, canary)
}

func onDisk(t *testing.T, dir, canary string) []string {
	t.Helper()
	found := map[string]bool{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) || err == nil && !d.Type().IsRegular() {
			return nil // removed meanwhile
		}
		if err != nil {
			return err
		}
		b, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		for _, place := range hits(b, canary) {
			if !found[place] {
				t.Logf("%s%s stands in %s", canary, place, path)
			}
			found[place] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(slices.Clone(places), func(p string) bool { return !found[p] })
}

// The server is the one that the program itself would start, with its settings.
func TestNothingIsLeftOfAnErasedApplicant(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "itmanagerjobs-erasure-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	if err := os.Chmod(dir, 0o755); err != nil { // the server's account must get in
		t.Fatal(err)
	}
	server, err := embedded.Start(t.Context(), embedded.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	ctx := context.Background()
	if _, err := pg.MigrateUp(ctx, server.URL()); err != nil {
		t.Fatal(err)
	}
	s := storetest.Open(t, server.URL(), storetest.Options(storetest.NewClock()))
	db := fixture.Raw(t, server.URL())
	if err := s.Outbox.MaintainPartitions(ctx); err != nil {
		t.Fatal(err)
	}
	tenant := fixture.Account(t, s, "erasure@northwind.example", 5)
	_, _, err = s.Outbox.CreateSubscription(ctx, tenant, "native", delivery.SubscriptionPatch{
		URL: board.Set("https://partner.example/hooks"), Events: board.Set([]event.Type{event.ApplicationSubmitted, event.ApplicationStatusChanged}),
	})
	if err != nil {
		t.Fatal(err)
	}
	rich := fixture.SubscribeRich(t, s, tenant, event.ApplicationSubmitted, event.ApplicationStatusChanged)
	byEmail, byPush := fixture.Active(t, s, tenant, nil), fixture.Active(t, s, tenant, fixture.Pushed)
	q := fixture.OpenQueue(t, s)

	candidateID := plant(t, s, byEmail, byPush, erasedCanary)
	deliver(t, q, erasedCanary)
	fixture.MustExec(t, db, `UPDATE delivery_queue SET due_at = due_at + interval '1 year'`) // so that the next round leaves them be
	kept := plant(t, s, byEmail, byPush, keptCanary)
	deliver(t, q, keptCanary)
	// What a later version might put into an event.
	fixture.MustExec(t, db, `UPDATE events SET data = (left(data::text, -1) || ',"name":"' || CASE WHEN data->>'candidateId' = $1::text THEN $2::text ELSE $3::text END || 'event"}')::json
 WHERE type = 'application.submitted'`, candidateID, erasedCanary, keptCanary)
	fixture.MustExec(t, db, `ANALYZE`)
	fixture.MustExec(t, db, `CHECKPOINT`)
	for _, canary := range []string{erasedCanary, keptCanary} {
		// A uuid is kept as a digest from the start, and a recorded reply encrypted.
		want := slices.DeleteFunc(slices.Clone(places), func(p string) bool { return p == "uuid" || p == "reply" })
		if diff := cmp.Diff(want, dumped(t, server.URL(), canary)); diff != "" {
			t.Fatalf("the dump before, %s (-want +got):\n%s", canary, diff)
		}
		if diff := cmp.Diff(want, onDisk(t, dir, canary)); diff != "" {
			t.Fatalf("the disk before, %s (-want +got):\n%s", canary, diff)
		}
	}

	const told = `SELECT count(*) FROM event_dossiers WHERE dossier->'candidate' IS NOT NULL`
	if n := fixture.Count(t, db, told); n != 8 {
		t.Errorf("%d dossiers tell of candidates", n)
	}

	receipt, err := s.Erasure.EraseCandidate(ctx, tenant, candidateID, board.Precondition{})
	if err != nil {
		t.Fatal(err)
	}
	if n := fixture.Count(t, db, told); n != 4 {
		t.Errorf("%d dossiers tell of candidates after the erasure", n)
	}
	if n := fixture.Count(t, db, `SELECT count(*) FROM events WHERE type = 'candidate.erased' AND data->>'candidateId' IS NOT NULL`); n != 1 {
		t.Errorf("%d events tell of the erasure", n)
	}
	want := erase.Receipt{
		Tenant: tenant, ID: receipt.ID, CandidateID: candidateID, Applications: 2, Files: 2, Messages: 6, Interviews: 1, Calls: 1,
		Replies: 1, Events: 10, ErasedAt: storetest.Epoch,
	}
	if diff := cmp.Diff(want, receipt); diff != "" || receipt.ID == 0 {
		t.Errorf("receipt (-want +got):\n%s", diff)
	}
	if got := dumped(t, server.URL(), erasedCanary); len(got) > 0 {
		t.Errorf("the dump still has %v", got)
	}
	done, err := s.Erasure.Vacuum(ctx)
	if err != nil || done.WriteAheadLog != erase.LogClean {
		t.Fatalf("vacuum: %+v, %v", done, err)
	}
	if got := onDisk(t, dir, erasedCanary); len(got) > 0 {
		t.Errorf("the disk still has %v", got)
	}
	if got := dumped(t, server.URL(), keptCanary); len(got) != len(places)-2 {
		t.Errorf("of somebody else only %v are left", got)
	}
	if _, err := s.Pipeline.Candidate(ctx, tenant, kept); err != nil {
		t.Errorf("somebody else: %v", err)
	}
	_, getErr := s.Pipeline.Candidate(ctx, tenant, candidateID)
	_, eraseErr := s.Erasure.EraseCandidate(ctx, tenant, candidateID, board.Precondition{})
	if fixture.CodeOf(getErr) != board.CodeNotFound || fixture.CodeOf(eraseErr) != board.CodeNotFound {
		t.Errorf("afterwards: %v, %v; want not_found", getErr, eraseErr)
	}
	for canary, want := range map[string]bool{erasedCanary: true, keptCanary: false} {
		r, replayed := moveOnce(t, s, pipeline.Application{Tenant: tenant}, canary)
		if r.Erased != want || !replayed || want == bytes.Contains(r.Content, []byte("reply")) {
			t.Errorf("the request of %s sent again: erased %t, %s", canary, r.Erased, r.Content)
		}
	}
	// A replay finds nobody to tell of.
	if _, err := s.Outbox.DisableSubscription(ctx, tenant, rich.ID, "for a while", board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	fixture.MustExec(t, db, `DELETE FROM deliveries`)
	fixture.MustExec(t, db, `UPDATE subscriptions SET disabled_seq = 0 WHERE id = $1`, rich.ID)
	if _, n, err := s.Outbox.EnableSubscription(ctx, tenant, rich.ID, true, board.Precondition{}); err != nil || n == 0 {
		t.Fatalf("%d replayed, %v", n, err)
	}
	if n := fixture.Count(t, db, told); n != 4 {
		t.Errorf("%d dossiers tell of candidates after a replay", n)
	}
	page, err := s.Pipeline.Applications(ctx, tenant, pipeline.ApplicationQuery{Limit: 10, ApplicationFilter: pipeline.ApplicationFilter{CandidateID: candidateID}})
	if err != nil || page.Total != 2 || !page.Items[0].Erased || page.Items[0].CV != nil || page.Items[0].Applicant != (board.Applicant{}) {
		t.Errorf("applications %+v, %v", page, err)
	}
	interviews, err := s.Pipeline.Interviews(ctx, tenant, pipeline.InterviewQuery{Limit: 10, InterviewFilter: pipeline.InterviewFilter{CandidateID: candidateID}})
	if err != nil || interviews.Total != 1 || !interviews.Items[0].Erased || interviews.Items[0].Status != board.InterviewCancelled {
		t.Errorf("interviews %+v, %v", interviews, err)
	}
	calls, err := s.Pipeline.AICalls(ctx, tenant, pipeline.AICallQuery{Limit: 10, AICallFilter: pipeline.AICallFilter{CandidateID: candidateID}})
	if err != nil || calls.Total != 1 || !calls.Items[0].Erased {
		t.Fatalf("calls %+v, %v", calls, err)
	}
	_, interviewErr := s.Pipeline.UpdateInterview(ctx, tenant, interviews.Items[0].ID, board.InterviewPatch{Notes: board.Set("x")}, board.Precondition{})
	_, callErr := s.Pipeline.UpdateAICall(ctx, tenant, calls.Items[0].ID, board.AICallPatch{Summary: board.Set("x")}, board.Precondition{})
	if fixture.CodeOf(interviewErr) != board.CodeInvalidState || fixture.CodeOf(callErr) != board.CodeInvalidState {
		t.Errorf("changed afterwards: %v, %v", interviewErr, callErr)
	}
	if _, err := s.Pipeline.MoveApplication(ctx, tenant, page.Items[0].ID, pipeline.Move{To: board.ApplicationRejected, Actor: fixture.Partner}); err != nil {
		t.Errorf("an application of nobody: %v", err)
	}
}

func TestAnErasedPersonStaysAwayUnlessTheyComeThemselves(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	ctx := context.Background()
	tenant := fixture.Account(t, s, "again@northwind.example", 5)
	job := fixture.Active(t, s, tenant, fixture.Pushed)
	p := fixture.Ada(job)
	p.EmployerID, p.Source, p.UUID = tenant.EmployerID, board.SourceCareerjet, "0c8a4c4e-6f0c-4c43-8c3c-2b7f5d8f6a10"
	a := fixture.Apply(t, s, p)
	messages, err := s.Outbox.Messages(ctx, 10)
	if err != nil || len(messages) != 1 {
		t.Fatalf("%d emails, %v", len(messages), err)
	}
	_, token, _ := strings.Cut(fixture.WithdrawLink.FindString(messages[0].Text), "token=")
	q := fixture.OpenQueue(t, s)
	worker, lane := fixture.PushLane(t, q)
	row := fixture.FetchOne(t, q, worker, lane)
	for name, other := range map[string]board.Tenant{
		"employer": fixture.Account(t, s, "nosy@northwind.example", 0), "mode": {EmployerID: tenant.EmployerID, Mode: board.ModeTest},
	} {
		if _, err := s.Erasure.EraseCandidate(ctx, other, a.CandidateID, board.Precondition{}); fixture.CodeOf(err) != board.CodeNotFound {
			t.Errorf("erased by another %s: %v", name, err)
		}
	}
	if _, err := s.Erasure.EraseCandidate(ctx, tenant, a.CandidateID, board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	if pushes, err := q.Pushes(ctx, []outbox.Queued{row}); err != nil || len(pushes) != 0 {
		t.Errorf("pushes %+v, %v", pushes, err)
	}
	attempt := outbox.Attempt{Queued: row, Epoch: lane.Epoch, StartedAt: row.DueAt, Outcome: delivery.AttemptDead, RetryAt: row.DueAt}
	if recorded, err := q.RecordPush(ctx, attempt, board.PushEmailed, "gave up"); err != nil || recorded {
		t.Errorf("an attempt that was under way: %t, %v", recorded, err)
	}
	if _, err := s.Pipeline.WithdrawApplication(ctx, token); fixture.CodeOf(err) != board.CodeNotFound {
		t.Errorf("the link: %v", err)
	}
	if _, err := s.Pipeline.Apply(ctx, p); !errors.Is(err, board.ErrSourceReused) {
		t.Errorf("the same push again: %v", err)
	}
	p.UUID = "1c8a4c4e-6f0c-4c43-8c3c-2b7f5d8f6a10"
	if again := fixture.Apply(t, s, p); again.CandidateID == a.CandidateID {
		t.Error("a new application brought the erased candidate back")
	}
}
