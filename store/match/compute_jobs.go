package match

import (
	"context"
	"encoding/json"
	"fmt"
	"math"

	"github.com/lib/pq"

	"itmanagerjobs/store/pg"
)

// turn is what one transaction compares a job with: the candidates of its employer after one id and up to another, and the CV database if
// it is the first turn.
type turn struct {
	job         int64
	after, last int64
}

func (t turn) first() bool { return t.after == 0 }

// matchJobs matches a few jobs, and tells how many.
func (s *Store) matchJobs(ctx context.Context, tx *pg.Tx) (done int, err error) {
	taken, err := takeTurns(ctx, tx, ofJobs, &s.jobsOf, jobsAtOnce)
	if err != nil || len(taken) == 0 {
		return 0, err
	}
	return len(taken), compareJobs(ctx, tx, taken)
}

// compareJobs finds candidates of jobs, and withdraws the matches of jobs that are not Active. All that is found is
// written at the end, so that nobody waits for the search (see savePairs). A job whose employer has more candidates goes back into the queue.
func compareJobs(ctx context.Context, tx *pg.Tx, taken []work) error {
	after := map[int64]int64{}
	for _, w := range taken {
		if earlier, twice := after[w.SubjectID]; !twice || w.AfterID < earlier {
			after[w.SubjectID] = w.AfterID
		}
	}
	over := subjectsOf(taken, OfJob)
	jobs, err := jobsToMatch(ctx, tx, `j.id = ANY ($2) ORDER BY j.id`, pq.Int64Array(over))
	if err != nil {
		return err
	}
	turns, floors, pairs := make([]turn, len(jobs)), make([]int64, len(jobs)), []pair(nil)
	for i, job := range jobs {
		over = without(over, job.id)
		turns[i] = turn{job: job.id, after: after[job.id], last: math.MaxInt64}
		job.floor = 0 // it is found anew
		own, err := matchPeople(ctx, tx, pipelinePeopleSQL+`employer_id = $1 AND mode = $2 AND id > $3 ORDER BY id LIMIT $4`, job.tenant.EmployerID, job.tenant.Mode, turns[i].after, peopleAtOnce)
		if err != nil {
			return err
		}
		if len(own) == peopleAtOnce {
			turns[i].last = own[peopleAtOnce-1].ID
		}
		for _, p := range own {
			pairs = append(pairs, tryJobs(tx.Now, []*activeJob{job}, p).pairs(tx.Now, nil)...)
		}
		if !turns[i].first() {
			continue
		}
		best, floor, err := bestOf(ctx, tx, job)
		if err != nil {
			return err
		}
		floors[i], pairs = int64(floor), append(pairs, best...)
	}
	if _, err := savePairs(ctx, tx, pairs, func(kept pairColumns) ([]int64, error) { return withdrawOfTurns(ctx, tx, turns, kept) }); err != nil {
		return err
	}
	if err := noteTurns(ctx, tx, jobs, turns, floors); err != nil {
		return err
	}
	//house:tenant the jobs come from the work of all tenants
	for _, statement := range []string{`DELETE FROM matches WHERE job_id = ANY ($1)`, `DELETE FROM match_jobs WHERE job_id = ANY ($1)`} {
		if _, err := tx.Exec(ctx, statement, pq.Int64Array(over)); err != nil {
			return fmt.Errorf("withdraw the matches of jobs: %w", err)
		}
	}
	return nil
}

// withdrawOfTurns withdraws what was kept of those whom turns have looked at and is not among the pairs.
func withdrawOfTurns(ctx context.Context, tx *pg.Tx, turns []turn, kept pairColumns) ([]int64, error) {
	//house:tenant the jobs come from the work of all tenants
	return withdraw(ctx, tx, `
DELETE FROM matches m USING unnest($1::bigint[], $4::bigint[], $5::bigint[]) AS t (job_id, after_id, last_id)
 WHERE m.job_id = t.job_id AND CASE m.population WHEN 'Pipeline' THEN m.candidate_id > t.after_id AND m.candidate_id <= t.last_id ELSE t.after_id = 0 END`+notAmongPairs,
		pg.Column[pq.Int64Array](turns, func(t turn) int64 { return t.job }), kept.jobs, kept.candidates,
		pg.Column[pq.Int64Array](turns, func(t turn) int64 { return t.after }), pg.Column[pq.Int64Array](turns, func(t turn) int64 { return t.last }))
}

// noteTurns notes that jobs have been compared with the CV database, and queues those that have not been with all of their employer's
// candidates.
func noteTurns(ctx context.Context, tx *pg.Tx, jobs []*activeJob, turns []turn, floors []int64) error {
	var compared, lowest, waiting, owners, done pq.Int64Array
	skills := [][]int32{}
	for i, t := range turns {
		if t.first() {
			compared, lowest, skills = append(compared, t.job), append(lowest, floors[i]), append(skills, jobs[i].requiredTokens())
		}
		if t.last != math.MaxInt64 {
			waiting, owners, done = append(waiting, t.job), append(owners, jobs[i].tenant.EmployerID), append(done, t.last)
		}
	}
	// An array of PostgreSQL has lists of one length alone.
	lists, err := json.Marshal(skills)
	if err != nil {
		return fmt.Errorf("encode skills of jobs: %w", err)
	}
	_, err = tx.Exec(ctx, `
INSERT INTO match_jobs (job_id, floor, skills, computed_at)
SELECT job_id, floor, ARRAY(SELECT jsonb_array_elements($3::jsonb -> (n - 1)::integer)::integer), $4
  FROM unnest($1::bigint[], $2::smallint[]) WITH ORDINALITY AS f (job_id, floor, n)
ON CONFLICT (job_id) DO UPDATE SET floor = excluded.floor, skills = excluded.skills, computed_at = excluded.computed_at`, compared, lowest, string(lists), tx.Now)
	if err != nil {
		return fmt.Errorf("note that jobs have their matches: %w", err)
	}
	if len(waiting) == 0 {
		return nil
	}
	_, err = tx.Exec(ctx, `
INSERT INTO match_work (kind, subject_id, employer_id, after_id)
SELECT 'job', job_id, employer_id, after_id FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS w (job_id, employer_id, after_id)`, waiting, owners, done)
	if err != nil {
		return fmt.Errorf("queue jobs for their next turn: %w", err)
	}
	return nil
}
