package pipeline_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pipeline"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

// applyAs sends an application of a person of an address, without a CV.
func applyAs(t *testing.T, s *store.Store, job board.Job, email string) pipeline.Application {
	t.Helper()
	p := fixture.Ada(job)
	p.CV, p.Applicant.Email = nil, email
	return fixture.Apply(t, s, p)
}

// moveTogether moves applications while the head of the tenant's events is held: all but the first in one transaction, each by a key
// whose number is that of its place. It returns what each is told.
func moveTogether(t *testing.T, s *store.Store, url string, tenant board.Tenant, moves ...pipeline.Move) []string {
	t.Helper()
	raw := fixture.Raw(t, url)
	tx, err := raw.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.ExecContext(t.Context(), `SELECT FROM event_heads WHERE employer_id = $1 FOR UPDATE`, tenant.EmployerID); err != nil {
		t.Fatal(err)
	}
	got := make([]string, len(moves))
	var wg sync.WaitGroup
	for i, m := range moves {
		id := m.Actor.ID
		m.Actor = pipeline.Actor{Kind: board.ActorKey, ID: int64(i)}
		ctx := account.Acting(t.Context(), board.Act{
			EmployerID: tenant.EmployerID, Mode: tenant.Mode, Actor: board.AuditKey, ActorID: int64(i), Action: "moveApplication", Objects: []string{fmt.Sprintf("applications/%d", id)},
		})
		wg.Go(func() {
			moved, err := s.Pipeline.MoveApplication(ctx, tenant, id, m)
			if got[i] = string(fixture.CodeOf(err)); err == nil {
				got[i] = fmt.Sprintf("%d %s %d, %d in its history", moved.ID, moved.Status, moved.Version, len(moved.History))
			} else if got[i] == "" {
				got[i] = err.Error()
			}
		})
		fixture.UntilWaiting(t, raw, 1)
		for late := time.Now().Add(time.Minute); s.Pipeline.WaitingMoves(tenant) != i; {
			if time.Now().After(late) {
				t.Fatalf("%d wait, want %d", s.Pipeline.WaitingMoves(tenant), i)
			}
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	wg.Wait()
	return got
}

// of is a move of the application with a number.
func of(id int64, to board.ApplicationStatus, from ...board.ApplicationStatus) pipeline.Move {
	m := pipeline.Move{To: to, Actor: pipeline.Actor{ID: id}}
	if len(from) > 0 {
		m.From = &from[0]
	}
	return m
}

func TestApplicationsThatAreMovedAtOnceGoTogether(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	s := storetest.Open(t, url, storetest.Options(storetest.NewClock()))
	tenant := fixture.Account(t, s, "together@northwind.example", 9)
	first, second := fixture.Active(t, s, tenant, nil), fixture.Active(t, s, tenant, nil)
	applyAs(t, s, first, "ada@example.com")  // 1
	applyAs(t, s, second, "ada@example.com") // 2
	applyAs(t, s, first, "bob@example.com")  // 3
	before := len(fixture.Events(t, s, tenant).Events)
	got := moveTogether(t, s, url, tenant,
		of(1, board.ApplicationScreened), of(2, board.ApplicationOffered), of(3, board.ApplicationScreened), of(2, board.ApplicationScreened, board.ApplicationNew),
		of(99, board.ApplicationScreened), of(3, board.ApplicationInterviewed, board.ApplicationScreened), of(1, board.ApplicationScreened))
	if diff := cmp.Diff([]string{
		"1 Screened 2, 2 in its history", "2 Offered 2, 2 in its history", "3 Screened 2, 2 in its history", "conflict", "not_found",
		"3 Interviewed 3, 3 in its history", "1 Screened 2, 2 in its history",
	}, got); diff != "" {
		t.Errorf("moved (-want +got):\n%s", diff)
	}
	var events []string
	for _, e := range fixture.Events(t, s, tenant).Events[before:] {
		events = append(events, fmt.Sprintf("%s %s", e.Type, e.Data))
	}
	const at = `"changedAt":"2026-03-02T09:30:00Z"`
	if diff := cmp.Diff([]string{
		`application.status_changed {"applicationId":1,"previousStatus":"New","newStatus":"Screened",` + at + `}`,
		`candidate.status_changed {"candidateId":1,"previousStatus":"New","newStatus":"Screened",` + at + `,"automatic":true}`,
		`application.status_changed {"applicationId":2,"previousStatus":"New","newStatus":"Offered",` + at + `}`,
		`candidate.status_changed {"candidateId":1,"previousStatus":"Screened","newStatus":"Offered",` + at + `,"automatic":true}`,
		`application.status_changed {"applicationId":3,"previousStatus":"New","newStatus":"Screened",` + at + `}`,
		`candidate.status_changed {"candidateId":3,"previousStatus":"New","newStatus":"Screened",` + at + `,"automatic":true}`,
		`application.status_changed {"applicationId":3,"previousStatus":"Screened","newStatus":"Interviewed",` + at + `}`,
		`candidate.status_changed {"candidateId":3,"previousStatus":"Screened","newStatus":"Interviewed",` + at + `,"automatic":true}`,
	}, events); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	entries, _, err := s.Accounts.Audit(t.Context(), account.AuditQuery{EmployerID: tenant.EmployerID, Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	var acts []string
	for _, e := range entries {
		acts = append(acts, fmt.Sprintf("%d key %d %v", e.Number, e.ActorID, e.Objects))
	}
	if diff := cmp.Diff([]string{
		"1 key 0 [applications/1]", "2 key 1 [applications/2]", "3 key 2 [applications/3]", "4 key 5 [applications/3]", "5 key 6 [applications/1]",
	}, acts); diff != "" {
		t.Errorf("audit log (-want +got):\n%s", diff)
	}
	history, err := s.Pipeline.ApplicationHistory(t.Context(), tenant, 3)
	if err != nil || len(history) != 3 || history[2].Actor.ID != 5 || *history[2].From != board.ApplicationScreened {
		t.Errorf("history %+v, %v", history, err)
	}
}

func TestAMoveThatTheDatabaseRefusesIsRefusedAlone(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	s := storetest.Open(t, url, storetest.Options(storetest.NewClock()))
	tenant := fixture.Account(t, s, "refused@northwind.example", 9)
	job := fixture.Active(t, s, tenant, nil)
	var moves []pipeline.Move
	for i := range 4 {
		moves = append(moves, of(applyAs(t, s, job, fmt.Sprintf("ada.%d@example.com", i)).ID, board.ApplicationScreened))
	}
	fixture.MustExec(t, fixture.Raw(t, url), `ALTER TABLE applications ADD CHECK (status <> 'Screened' OR id <> 3)`)
	for i, got := range moveTogether(t, s, url, tenant, moves...) {
		if moved := got == fmt.Sprintf("%d Screened 2, 2 in its history", i+1); moved == (i == 2) {
			t.Errorf("application %d: %s", i+1, got)
		}
	}
}

// TestMovesOverTwoCopiesNeverBlockEachOther moves the applications of few people on two copies, to and fro and in different orders.
func TestMovesOverTwoCopiesNeverBlockEachOther(t *testing.T) {
	t.Parallel()
	a, b, _ := fixture.AtOnce(t)
	tenant := fixture.Account(t, a, "copies@northwind.example", 9)
	var ids []int64
	for range 3 {
		job := fixture.Active(t, a, tenant, nil)
		for _, person := range []int{4, 1, 3, 0, 2} {
			ids = append(ids, applyAs(t, a, job, fmt.Sprintf("ada.%d@example.com", person)).ID)
		}
	}
	stages := []board.ApplicationStatus{board.ApplicationScreened, board.ApplicationInterviewed, board.ApplicationOffered}
	var wg sync.WaitGroup
	for i := range 150 {
		wg.Go(func() {
			_, err := []*store.Store{a, b}[i%2].Pipeline.MoveApplication(t.Context(), tenant, ids[(i*7)%len(ids)], pipeline.Move{To: stages[i%len(stages)], Actor: pipeline.Actor{Kind: board.ActorSystem}})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for i, e := range fixture.Events(t, a, tenant).Events {
		if e.Seq != int64(i+1) {
			t.Fatalf("event %d has the number %d", i+1, e.Seq)
		}
	}
	for _, id := range ids {
		found, err := a.Pipeline.Application(t.Context(), tenant, id)
		if err != nil {
			t.Fatal(err)
		}
		history, err := a.Pipeline.ApplicationHistory(t.Context(), tenant, id)
		if err != nil || history[len(history)-1].To != found.Status || int(found.Version) != len(history) {
			t.Errorf("application %d is %s in version %d, its history is %+v: %v", id, found.Status, found.Version, history, err)
		}
		for i, h := range history[1:] {
			if *h.From != history[i].To {
				t.Errorf("application %d came from %s, and was %s", id, *h.From, history[i].To)
			}
		}
	}
}
