package outbox_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store/letter"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

// mailsByEmployer counts the emails that wait, by the employer of their lane and of themselves.
const mailsByEmployer = `
SELECT coalesce(string_agg(format('%s of %s: %s', lane, employer, n), '; ' ORDER BY lane, employer), '') FROM (
    SELECT coalesce(e.employer_id, 0) AS lane, coalesce(m.employer_id, 0) AS employer, count(*) AS n
      FROM delivery_queue q JOIN email_lanes e ON e.lane_id = q.lane_id JOIN messages m ON m.id = q.subject_id GROUP BY 1, 2) c`

func TestEachEmployerHasALaneOfEmails(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	s, db := storetest.Open(t, url, storetest.Options(storetest.NewClock())), fixture.Raw(t, url)
	one, other := fixture.Account(t, s, "one@northwind.example", 1).EmployerID, fixture.Account(t, s, "other@contoso.example", 1).EmployerID
	// The first emails of an employer come at the same time. Those that find its lane being made take a shared one.
	var wg sync.WaitGroup
	for i := range 20 {
		for _, employer := range []int64{0, one, other} {
			wg.Go(func() {
				if err := s.Outbox.SendMail(t.Context(), employer, letter.Mail{To: fmt.Sprintf("%d@example.com", i)}); err != nil {
					t.Error(err)
				}
			})
		}
	}
	wg.Wait()
	if n := fixture.Count(t, db, `SELECT count(*) FROM delivery_queue q JOIN email_lanes e ON e.lane_id = q.lane_id JOIN messages m ON m.id = q.subject_id
WHERE e.employer_id IS NULL OR e.employer_id = m.employer_id`); n != 60 {
		t.Errorf("%d emails wait in a lane of theirs, want 60", n)
	}
	if n := fixture.Count(t, db, `SELECT count(*) FROM lanes WHERE kind = 'email'`); n != 6 {
		t.Errorf("%d lanes of emails, want four that are shared and one of each employer", n)
	}
	fixture.MustExec(t, db, `DELETE FROM delivery_queue`)
	for _, employer := range []int64{0, one, one, other} {
		if err := s.Outbox.SendMail(t.Context(), employer, letter.Mail{To: "ada@example.com"}, letter.Mail{To: "bob@example.com"}); err != nil {
			t.Fatal(err)
		}
	}
	// An email to a user about the own account is the employer's, and does not wait behind its others.
	if _, _, err := s.Accounts.LinkToSetPassword(t.Context(), "one@northwind.example", "https://jobs.example"); err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("0 of 0: 2; 0 of %d: 1; %d of %d: 4; %d of %d: 2", one, one, one, other, other)
	var got string
	if err := db.QueryRowContext(t.Context(), mailsByEmployer).Scan(&got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("emails by lane and employer (-want +got):\n%s", diff)
	}
	_, lanes := fixture.TakeAll(t, queue(t, s))
	owners := map[int64]int{}
	for _, l := range lanes {
		if l.Kind == outbox.LaneEmail {
			owners[l.Tenant.EmployerID]++
		}
	}
	if diff := cmp.Diff(map[int64]int{0: 4, one: 1, other: 1}, owners); diff != "" {
		t.Errorf("lanes of emails by employer (-want +got):\n%s", diff)
	}
}

// A transaction that makes a lane may wait for rows of another one, which must not wait for the lane.
func TestALaneOfEmailsThatIsBeingMadeIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	s, db := storetest.Open(t, url, storetest.Options(storetest.NewClock())), fixture.Raw(t, url)
	employer := fixture.Account(t, s, "one@northwind.example", 1).EmployerID
	making, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = making.Rollback() }()
	if _, err := making.ExecContext(t.Context(), `SELECT pg_advisory_xact_lock($1, $2)`, int32(pg.LockEmailLane), employer); err != nil {
		t.Fatal(err)
	}
	send := func() {
		t.Helper()
		if err := s.Outbox.SendMail(t.Context(), employer, letter.Mail{To: "ada@example.com"}); err != nil {
			t.Fatal(err)
		}
	}
	send()
	if n := fixture.Count(t, db, `SELECT count(*) FROM email_lanes WHERE employer_id = $1`, employer); n != 0 {
		t.Errorf("%d lanes, want none beside the one that is being made", n)
	}
	if err := making.Rollback(); err != nil {
		t.Fatal(err)
	}
	send()
	if n := fixture.Count(t, db, `SELECT count(*) FROM delivery_queue q JOIN email_lanes e ON e.lane_id = q.lane_id AND e.employer_id = $1`, employer); n != 1 {
		t.Errorf("%d emails wait in the lane of the employer, want the second", n)
	}
}
