package match_test

import (
	"context"
	"errors"
	"testing"

	"itmanagerjobs/store"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/match"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

// A crowd is work of an employer: subjects that are not there, from a number on.
const crowdSQL = `INSERT INTO match_work (kind, subject_id, employer_id) SELECT $1::text, 1000000 + n, $2::bigint FROM generate_series(1, $3::int) n`

// batch computes one batch of each part of the queue.
func batch(t *testing.T, s *store.Store) {
	t.Helper()
	for range 2 {
		if _, err := s.Matches.Compute(t.Context(), 100); err != nil {
			t.Fatal(err)
		}
	}
}

// The many changes of one employer, and a load of the CV database, keep the first matches of another one's waiting for a batch at most.
func TestEmployersTakeTurns(t *testing.T) {
	t.Parallel()
	const crowd = 3000
	clock, url := storetest.NewClock(), storetest.URL(t)
	s, db := storetest.Open(t, url, storetest.Options(clock)), fixture.Raw(t, url)
	busy, other := fixture.Account(t, s, "busy@northwind.example", 5), fixture.Account(t, s, "other@contoso.example", 5)
	people := arrive(t, db, ops(clock, "Kubernetes", "Terraform"))
	compute(t, s)
	for kind, employer := range map[match.Kind]int64{match.OfJob: busy.EmployerID, match.OfCandidate: busy.EmployerID, match.OfCV: 0} {
		fixture.MustExec(t, db, crowdSQL, kind, employer, crowd)
	}
	job := fixture.Active(t, s, other, opsJob)
	batch(t, s)
	if n := fixture.Count(t, db, `SELECT count(*) FROM matches WHERE job_id = $1 AND candidate_id = $2`, job.ID, people[0]); n != 1 {
		t.Errorf("%d matches of a job after a batch, want 1", n)
	}
	candidate := applicant(t, s, db, job)
	batch(t, s)
	batch(t, s) // the batch of a crowd was as large as it may be, and is now
	if n := fixture.Count(t, db, `SELECT count(*) FROM matches WHERE candidate_id = $1`, candidate); n != 1 {
		t.Errorf("%d matches of a candidate after a batch, want 1", n)
	}
	if n := fixture.Count(t, db, `SELECT count(*) FROM match_work WHERE kind = 'job'`); n < crowd/2 {
		t.Errorf("%d jobs of the crowd wait, want most of them", n)
	}
}

// Each of many employers with crowds has its turn before the first one has its second.
func TestTheTurnsOfEmployersGoRound(t *testing.T) {
	t.Parallel()
	const employers, crowd = 30, 50
	clock, url := storetest.NewClock(), storetest.URL(t)
	s, db := storetest.Open(t, url, storetest.Options(clock)), fixture.Raw(t, url)
	for _, kind := range []match.Kind{match.OfJob, match.OfCandidate} {
		fixture.MustExec(t, db, `INSERT INTO match_work (kind, subject_id, employer_id) SELECT $1::text, 1000 * e + n, e FROM generate_series(1, $2::int) e, generate_series(1, $3::int) n`,
			kind, employers, crowd)
	}
	for turn := 1; turn <= 40; turn++ {
		if _, err := s.Matches.Compute(t.Context(), 4); err != nil {
			t.Fatal(err)
		}
		const unevenly = `SELECT coalesce(max(n) - min(n), 0) FROM (SELECT kind, count(*) AS n FROM match_work GROUP BY kind, employer_id) w GROUP BY kind ORDER BY 1 DESC LIMIT 1`
		if n := fixture.Count(t, db, unevenly); n > 1 {
			t.Fatalf("after %d batches one employer is %d rows ahead of another", turn, n)
		}
	}
	if n := fixture.Count(t, db, `SELECT count(*) FROM match_work`); n != 2*employers*crowd-40*4 {
		t.Errorf("%d rows wait after 40 batches of 4", n)
	}
}

// A job that is changed many times is computed once, and once more if a change commits later.
func TestTheChangesOfASubjectAreComputedAtOnce(t *testing.T) {
	t.Parallel()
	clock, url := storetest.NewClock(), storetest.URL(t)
	s, db := storetest.Open(t, url, storetest.Options(clock)), fixture.Raw(t, url)
	tenant := fixture.Account(t, s, "twice@northwind.example", 5)
	job := fixture.Active(t, s, tenant, opsJob)
	people := arrive(t, db, ops(clock, "Kubernetes", "Terraform"), ops(clock, "Fortran"))
	compute(t, s)
	again := func(n int) {
		t.Helper()
		fixture.MustExec(t, db, `INSERT INTO match_work (kind, subject_id, employer_id) SELECT 'job', $1::bigint, $2::bigint FROM generate_series(1, $3::int)`, job.ID, tenant.EmployerID, n)
		fixture.MustExec(t, db, `INSERT INTO match_work (kind, subject_id) SELECT 'cv_candidate', $1::bigint FROM generate_series(1, $2::int)`, people[0], n)
	}
	again(300)
	// The transaction has changed the job, and commits when the others' changes of it have been computed.
	err := s.WithTx(t.Context(), func(ctx context.Context) error {
		patch := board.JobPatch{RequiredSkills: board.Set([]string{"Fortran"})}
		if _, err := s.Jobs.UpdateJob(ctx, tenant, job.ID, patch, board.Precondition{}); err != nil {
			return err
		}
		batch(t, s)
		if n := fixture.Count(t, db, `SELECT count(*) FROM match_work`); n != 0 {
			t.Errorf("%d rows wait after a batch, want none but the one that is not committed", n)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	compute(t, s)
	if n := fixture.Count(t, db, `SELECT coalesce(sum(candidate_id), 0) FROM matches`); int64(n) != people[1] {
		t.Errorf("the matches after the change are those of %d, want %d alone", n, people[1])
	}
}

// A job with many candidates that is changed again and again comes to its end: its former turns go on.
func TestAJobThatIsChangedGoesOn(t *testing.T) {
	t.Parallel()
	clock, url := storetest.NewClock(), storetest.URL(t)
	s, db := storetest.Open(t, url, storetest.Options(clock)), fixture.Raw(t, url)
	tenant := fixture.Account(t, s, "often@northwind.example", 5)
	job := fixture.Active(t, s, tenant, opsJob)
	compute(t, s)
	fixture.MustExec(t, db, `INSERT INTO match_work (kind, subject_id, employer_id) SELECT 'job', $1::bigint, $2::bigint FROM generate_series(1, 10)`, job.ID, tenant.EmployerID)
	fixture.MustExec(t, db, `INSERT INTO match_work (kind, subject_id, employer_id, after_id) VALUES ('job', $1, $2, 5000)`, job.ID, tenant.EmployerID)
	if _, err := s.Matches.Compute(t.Context(), 100); err != nil {
		t.Fatal(err)
	}
	if n := fixture.Count(t, db, `SELECT count(*) FROM match_work WHERE subject_id = $1 AND after_id = 5000`, job.ID); n != 1 {
		t.Errorf("%d turns go on, want 1", n)
	}
	compute(t, s)
	if n := fixture.Count(t, db, `SELECT count(*) FROM match_work`); n != 0 {
		t.Errorf("%d rows wait for nothing", n)
	}
}

// A long queue is not read to take the work of a batch, also by a plan that was made while it was empty.
func TestALongQueueOfWorkIsReadByItsIndexes(t *testing.T) {
	t.Parallel()
	for name, query := range map[string]string{"jobs": match.TakeJobsSQL, "people": match.TakePeopleSQL} {
		url := storetest.URL(t)
		s, db := storetest.Open(t, url, storetest.Options(storetest.NewClock())), fixture.Raw(t, url)
		undone := errors.New("undone")
		check := func(state string, then func()) {
			t.Helper()
			plan, most, err := s.Matches.Explain(t.Context(), undone, query, then)
			if !errors.Is(err, undone) {
				t.Fatal(err)
			}
			if most < 100 || most > 250 {
				t.Errorf("%s, %s, reads %d rows in one step to take 100:\n%s", name, state, most, plan)
			}
		}
		fixture.MustExec(t, db, `VACUUM ANALYZE match_work`)
		check("planned while it was empty", func() {
			for _, kind := range []match.Kind{match.OfJob, match.OfCandidate} {
				fixture.MustExec(t, db, crowdSQL, kind, 1, 100_000)
				fixture.MustExec(t, db, crowdSQL, kind, 2, 1)
			}
		})
		fixture.MustExec(t, db, `VACUUM ANALYZE match_work`)
		check("planned while it was long", func() {})
	}
}
