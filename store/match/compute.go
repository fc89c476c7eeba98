package match

import (
	"context"
	"fmt"
	"slices"

	"github.com/lib/pq"

	"itmanagerjobs/store/pg"
)

// jobsAtOnce is how many jobs are taken at once: each is compared with the whole CV database.
const jobsAtOnce = 4

// Compute works off a batch of what has changed, up to limit candidates or a few jobs, in one transaction. It returns how
// much of it is done: 0 when there is nothing, when another copy of the program is at it, or when other transactions hold
// everybody who is left.
func (s *Store) Compute(ctx context.Context, limit int) (int, error) {
	var waiting bool
	if err := s.db.Reader(ctx).Get(ctx, &waiting, `SELECT EXISTS (SELECT FROM match_work)`); err != nil || !waiting {
		return 0, err
	}
	var done int
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		if ours, err := tx.TryLock(ctx, pg.LockMatching); err != nil || !ours {
			return err
		}
		// Jobs first: their employers wait for them, while a load of candidates takes minutes.
		jobs, rows, err := takeWork(ctx, tx, takeJobsSQL, jobsAtOnce)
		if err != nil {
			return err
		}
		if done = rows; done > 0 {
			return matchJobs(ctx, tx, jobs[OfJob])
		}
		candidates, rows, err := takeWork(ctx, tx, takeCandidatesSQL, limit)
		if err != nil {
			return err
		}
		postponed, err := matchCandidates(ctx, tx, candidates[OfCandidate], candidates[OfCV])
		done = max(rows-postponed, 0)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("compute matches: %w", err)
	}
	return done, nil
}

const (
	takeJobsSQL = `
WITH first AS (SELECT seq, kind, subject_id FROM match_work WHERE kind = 'job' ORDER BY seq LIMIT $1 FOR UPDATE SKIP LOCKED)
DELETE FROM match_work w USING first f WHERE w.seq = f.seq RETURNING w.kind, w.subject_id`
	takeCandidatesSQL = `
WITH first AS (SELECT seq, kind, subject_id FROM match_work WHERE kind <> 'job' ORDER BY seq LIMIT $1 FOR UPDATE SKIP LOCKED)
DELETE FROM match_work w USING first f WHERE w.seq = f.seq RETURNING w.kind, w.subject_id`
)

// takeWork removes the oldest rows of the queue and returns their subjects, each once.
func takeWork(ctx context.Context, tx *pg.Tx, query string, limit int) (subjects map[Kind][]int64, rows int, err error) {
	var taken []struct {
		Kind      Kind  `db:"kind"`
		SubjectID int64 `db:"subject_id"`
	}
	if err := tx.List(ctx, &taken, query, limit); err != nil {
		return nil, 0, fmt.Errorf("take work: %w", err)
	}
	subjects = map[Kind][]int64{}
	for _, w := range taken {
		subjects[w.Kind] = append(subjects[w.Kind], w.SubjectID)
	}
	for kind, ids := range subjects {
		slices.Sort(ids)
		subjects[kind] = slices.Compact(ids)
	}
	return subjects, len(taken), nil
}

// matchJobs finds the candidates of jobs, and withdraws the matches of jobs that are not Active. All that is found is
// written at the end, so that nobody waits for the search (see savePairs).
func matchJobs(ctx context.Context, tx *pg.Tx, ids []int64) error {
	jobs, err := jobsToMatch(ctx, tx, `j.id = ANY ($2) ORDER BY j.id`, pq.Int64Array(ids))
	if err != nil {
		return err
	}
	over := slices.Clone(ids)
	active, floors, pairs := make(pq.Int64Array, len(jobs)), make(pq.Int64Array, len(jobs)), []pair(nil)
	for i, job := range jobs {
		over = slices.DeleteFunc(over, func(id int64) bool { return id == job.id })
		job.floor = 0 // it is found anew
		own, err := matchPeople(ctx, tx, pipelinePeopleSQL+`employer_id = $1 AND mode = $2 ORDER BY id`, job.tenant.EmployerID, job.tenant.Mode)
		if err != nil {
			return err
		}
		best, floor, err := bestOf(ctx, tx, job)
		if err != nil {
			return err
		}
		active[i], floors[i] = job.id, int64(floor)
		pairs = append(append(pairs, pairsOf(tx, []*activeJob{job}, own)...), best...)
	}
	if _, err := savePairs(ctx, tx, withdrawOfJobsSQL, active, pairs); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
INSERT INTO match_jobs (job_id, floor, computed_at) SELECT job_id, floor, $3 FROM unnest($1::bigint[], $2::smallint[]) AS f (job_id, floor)
ON CONFLICT (job_id) DO UPDATE SET floor = excluded.floor, computed_at = excluded.computed_at`, active, floors, tx.Now)
	if err != nil {
		return fmt.Errorf("note that jobs have their matches: %w", err)
	}
	//house:tenant the jobs come from the work of all tenants
	for _, statement := range []string{`DELETE FROM matches WHERE job_id = ANY ($1)`, `DELETE FROM match_jobs WHERE job_id = ANY ($1)`} {
		if _, err := tx.Exec(ctx, statement, pq.Int64Array(over)); err != nil {
			return fmt.Errorf("withdraw the matches of jobs: %w", err)
		}
	}
	return nil
}

// matchCandidates finds the jobs of candidates, and withdraws the matches of those who are erased or hidden. It returns how
// many of them were put back into the queue (see savePairs).
func matchCandidates(ctx context.Context, tx *pg.Tx, pipeline, cv []int64) (postponed int, err error) {
	people, err := matchPeople(ctx, tx, pipelinePeopleSQL+`id = ANY ($1) ORDER BY id`, pq.Int64Array(pipeline))
	if err != nil {
		return 0, err
	}
	visible, err := visiblePeople(ctx, tx, cv)
	if err != nil {
		return 0, err
	}
	if err := indexPeople(ctx, tx, cv, visible); err != nil {
		return 0, err
	}
	var employers pq.Int64Array
	for _, p := range people {
		employers = append(employers, p.Tenant.EmployerID)
	}
	// A job that has no row there is still to be matched itself.
	jobs, err := jobsToMatch(ctx, tx, `n.job_id IS NOT NULL AND ($2 OR j.employer_id = ANY ($3)) ORDER BY j.id`, len(visible) > 0, employers)
	if err != nil {
		return 0, err
	}
	return savePairs(ctx, tx, withdrawOfCandidatesSQL, append(slices.Clone(pipeline), cv...), pairsOf(tx, jobs, append(people, visible...)))
}
