package match_test

import (
	"context"
	"database/sql"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

// begin computes a batch in the background. The function that it returns waits for its end.
func begin(t *testing.T, s *store.Store) (end func()) {
	t.Helper()
	failed := make(chan error, 1)
	go func() {
		_, err := s.Matches.Compute(context.Background(), 100)
		failed <- err
	}()
	return func() {
		t.Helper()
		if err := <-failed; err != nil {
			t.Error(err)
		}
	}
}

// applicant makes somebody of the employer's pipeline who fits a job of opsJob.
func applicant(t *testing.T, s *store.Store, db *sql.DB, job board.Job) (candidateID int64) {
	t.Helper()
	a := fixture.Apply(t, s, fixture.Ada(job))
	fixture.MustExec(t, db, `UPDATE candidates SET title = 'DevOps Engineer', skills = '{Kubernetes,Terraform}', seniority = 'Senior' WHERE id = $1`, a.CandidateID)
	fixture.MustExec(t, db, `INSERT INTO match_work (kind, subject_id) VALUES ('candidate', $1)`, a.CandidateID)
	return a.CandidateID
}

// A batch that has read people holds the lock of matching for as long as it computes. Nobody who wants to be hidden or
// erased waits for it, and it brings none of them back.
func TestABatchBringsNobodyBackWhoIsWithdrawnMeanwhile(t *testing.T) {
	t.Parallel()
	clock, url := storetest.NewClock(), storetest.URL(t)
	s, db := storetest.Open(t, url, storetest.Options(clock)), fixture.Raw(t, url)
	ctx := context.Background()
	tenant := fixture.Account(t, s, "withdrawn@northwind.example", 5)
	job := fixture.Active(t, s, tenant, opsJob)
	compute(t, s)
	person := ops(clock, "Kubernetes", "Terraform")
	ids := arrive(t, db, person, person, person, person)
	kept, hidden, erased, purged := ids[0], ids[1], ids[2], ids[3]
	fixture.MustExec(t, db, `UPDATE cv_candidates SET retain_until = $1::timestamptz + interval '1 year' WHERE id <> $2`, clock.Now(), purged)
	applied := applicant(t, s, db, job)

	release := fixture.LockTable(t, db, "match_bits", "EXCLUSIVE") // which the batch writes after it has read everybody
	end := begin(t, s)
	fixture.UntilWaiting(t, db, 1)
	if err := s.CV.SetVisibility(ctx, hidden, board.VisibilityHidden); err != nil {
		t.Errorf("hide: %v", err)
	}
	if _, err := s.Erasure.EraseCV(ctx, erased); err != nil {
		t.Errorf("erase: %v", err)
	}
	if n, err := s.Erasure.PurgeCV(ctx, 10); n != 1 || err != nil {
		t.Errorf("purge: %d, %v; want 1", n, err)
	}
	if _, err := s.Erasure.EraseCandidate(ctx, tenant, applied, board.Precondition{}); err != nil {
		t.Errorf("erase an applicant: %v", err)
	}
	release()
	end()

	want := [][2]int64{{job.ID, kept}}
	if diff := cmp.Diff(want, told(t, s, tenant)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	for _, table := range []string{"matches", "match_notices"} {
		if n := fixture.Count(t, db, `SELECT count(*) FROM `+table); n != 1 {
			t.Errorf("%s has %d rows, want that of the one who is left", table, n)
		}
	}
	compute(t, s)
	for _, table := range []string{"matches", "match_notices", "match_profiles"} {
		if n := fixture.Count(t, db, `SELECT count(*) FROM `+table); n != 1 {
			t.Errorf("%s has %d rows in the end, want that of the one who is left", table, n)
		}
	}
}

// A batch that is already writing is waited for, and what it has written is withdrawn.
func TestAnErasureTakesWhatABatchIsWriting(t *testing.T) {
	t.Parallel()
	clock, url := storetest.NewClock(), storetest.URL(t)
	s, db := storetest.Open(t, url, storetest.Options(clock)), fixture.Raw(t, url)
	tenant := fixture.Account(t, s, "writing@northwind.example", 5)
	job := fixture.Active(t, s, tenant, opsJob)
	compute(t, s)
	id := arrive(t, db, ops(clock, "Kubernetes", "Terraform"))[0]
	applied := applicant(t, s, db, job)

	release := fixture.LockTable(t, db, "match_notices", "EXCLUSIVE") // which the batch writes last
	end := begin(t, s)
	fixture.UntilWaiting(t, db, 1)
	erased := make(chan error, 2)
	go func() {
		_, err := s.Erasure.EraseCV(context.Background(), id)
		erased <- err
	}()
	go func() {
		_, err := s.Erasure.EraseCandidate(context.Background(), tenant, applied, board.Precondition{})
		erased <- err
	}()
	fixture.UntilWaiting(t, db, 3)
	release()
	end()
	for range 2 {
		if err := <-erased; err != nil {
			t.Error(err)
		}
	}
	for _, table := range []string{"matches", "match_notices"} {
		if n := fixture.Count(t, db, `SELECT count(*) FROM `+table); n != 0 {
			t.Errorf("%s has %d rows of the erased", table, n)
		}
	}
}

// Somebody whom another transaction is about to hide is passed over, keeps what they have, and comes next.
func TestABatchWaitsForNobody(t *testing.T) {
	t.Parallel()
	clock, url := storetest.NewClock(), storetest.URL(t)
	s, db := storetest.Open(t, url, storetest.Options(clock)), fixture.Raw(t, url)
	other := storetest.Open(t, url, storetest.Options(clock))
	tenant := fixture.Account(t, s, "passed-over@northwind.example", 5)
	first := fixture.Active(t, s, tenant, opsJob)
	ids := arrive(t, db, ops(clock, "Kubernetes", "Terraform"), ops(clock, "Kubernetes", "Terraform"))
	compute(t, s)
	second := fixture.Active(t, s, tenant, opsJob)
	fixture.MustExec(t, db, `INSERT INTO match_work (kind, subject_id) SELECT 'job', $1::bigint`, first.ID)
	const pairs = `SELECT count(*) FROM matches WHERE job_id = $1`
	undone := errors.New("undone")
	err := other.WithTx(t.Context(), func(ctx context.Context) error {
		if err := other.CV.SetVisibility(ctx, ids[0], board.VisibilityHidden); err != nil {
			return err
		}
		compute(t, s)
		if n, m := fixture.Count(t, db, pairs, first.ID), fixture.Count(t, db, pairs, second.ID); n != 2 || m != 1 {
			t.Errorf("%d pairs of the first job and %d of the second, want 2 and 1", n, m)
		}
		return undone
	})
	if !errors.Is(err, undone) {
		t.Fatal(err)
	}
	compute(t, s)
	if n := fixture.Count(t, db, pairs, second.ID); n != 2 {
		t.Errorf("%d pairs of the second job in the end, want 2", n)
	}
	if n := fixture.Count(t, db, `SELECT count(*) FROM match_work`); n != 0 {
		t.Errorf("%d rows still wait", n)
	}
}
