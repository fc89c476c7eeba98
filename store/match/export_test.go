package match

import (
	"context"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"itmanagerjobs/store/board/fit"
	"itmanagerjobs/store/pg"
)

// ScoresOf gives the scores that are worth keeping of everybody in the CV database with a job, one by one and without
// the index, and the bounds that the index gives.
func (s *Store) ScoresOf(ctx context.Context, jobID int64) (scores, bounds map[int64]int, err error) {
	scores, bounds = map[int64]int{}, map[int64]int{}
	err = s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		jobs, err := jobsToMatch(ctx, tx, `j.id = $2`, jobID)
		if err != nil {
			return err
		}
		var ids []int64
		if err := tx.List(ctx, &ids, `SELECT id FROM cv_candidates WHERE mode = $1`, jobs[0].tenant.Mode); err != nil {
			return err
		}
		people, err := visiblePeople(ctx, tx, ids)
		if err != nil {
			return err
		}
		for _, p := range people {
			if n := fit.Points(jobs[0].Job, p.Candidate, tx.Now); n >= fit.Keep && fit.Fits(jobs[0].Job, p.Candidate) {
				scores[p.ID] = n
			}
		}
		byBound, err := bounded(ctx, tx, newBound(jobs[0].Job, jobs[0].tenant.Mode, tx.Now))
		for bound, ids := range byBound {
			for _, id := range ids {
				bounds[id] = bound
			}
		}
		return err
	})
	return scores, bounds, err
}

// JobsInMemory is how many jobs people are compared with at once.
const JobsInMemory = jobsInMemory

// Tied tries jobs whose best are found with people who have the points of the last of those, and are among the best of every second job.
// It gives how many pairs are kept, how many people are left for the next time, and how many places were looked up at once.
func Tied(now time.Time, job fit.Job, p fit.Candidate, jobs, people int) (kept, left int, lookedUp []int, err error) {
	floor := fit.Points(job, p, now)
	tied := make([]*activeJob, jobs)
	for i := range tied {
		tied[i] = &activeJob{Job: job, id: int64(i), floor: floor}
	}
	crowd := make([]person, people)
	for i := range crowd {
		crowd[i] = person{Candidate: p, ID: int64(i), Population: fit.PopulationCVDatabase}
	}
	portions := func(yield func([]*activeJob, error) bool) {
		for some := range slices.Chunk(tied, jobsInMemory) {
			if !yield(some, nil) {
				return
			}
		}
	}
	pairs, rest, err := pairsWithin(now, portions, crowd, func(places []place) (map[place]bool, error) {
		lookedUp = append(lookedUp, len(places))
		there := map[place]bool{}
		for _, at := range places {
			there[at] = at.job%2 == 0
		}
		return there, nil
	})
	return len(pairs), len(rest), lookedUp, err
}

// The statements that run over a long queue.
var (
	TakeJobsSQL   = takeSQL(ofJobs)
	TakePeopleSQL = takeSQL(ofPeople)
)

// Explain takes rows, after something else was done, by a plan that was made before, in a transaction that ends with an error. It gives the plan and how
// many rows the largest of its steps has read.
func (s *Store) Explain(ctx context.Context, end error, query string, then func()) (plan string, most int, err error) {
	err = s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		for _, statement := range []string{byIndexSQL, `PREPARE taking (bigint, bigint, integer) AS ` + query, `EXPLAIN EXECUTE taking (100, 0, 16)`} {
			if _, err := tx.Exec(ctx, statement); err != nil {
				return err
			}
		}
		then()
		var lines []string
		if err := tx.List(ctx, &lines, `EXPLAIN (ANALYZE, BUFFERS, TIMING OFF) EXECUTE taking (100, 0, 16)`); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DEALLOCATE taking`); err != nil {
			return err
		}
		plan = strings.Join(lines, "\n")
		for _, rows := range stepRows.FindAllStringSubmatch(plan, -1) {
			n, err := strconv.Atoi(rows[1])
			if err != nil {
				return err
			}
			most = max(most, n)
		}
		return end
	})
	return plan, most, err
}

var stepRows = regexp.MustCompile(`(?:actual rows|by Filter)[=:] ?(\d+)`)
