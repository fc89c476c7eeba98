package match

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/lib/pq"

	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/board/fit"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
)

// What was kept of the subjects ($1) and is not among the pairs is withdrawn. NOT IN looks pairs up in a hash table, also before there are
// statistics, where NOT EXISTS compares each with each.
const (
	withdrawOfCandidatesSQL = `DELETE FROM matches m WHERE m.candidate_id = ANY ($1)` + notAmongPairs
	notAmongPairs           = `
   AND (m.job_id, m.candidate_id) NOT IN (SELECT k.job_id, k.candidate_id FROM unnest($2::bigint[], $3::bigint[]) k (job_id, candidate_id))
RETURNING m.job_id`
)

// savePairs makes pairs what is kept of the subjects. A pair that is as before keeps its row.
//
// It begins to write only when everything has been computed. From then on the people of the pairs are held until the commit:
// a transaction that hides or erases one of them either waits for that short time and then finds the matches to withdraw,
// or has come first and they get none. Somebody whom such a transaction holds at this moment is passed over and put back into
// the queue; their pairs stay as they are until then. postponed is how many people these are.
func savePairs(ctx context.Context, tx *pg.Tx, pairs []pair, withdrawOthers func(kept pairColumns) (jobs []int64, err error)) (postponed int, err error) {
	held, others, err := holdPeople(ctx, tx, pairs)
	if err != nil {
		return 0, err
	}
	kept := columnsOf(pairs)
	withdrawn, err := withdrawOthers(kept)
	if err != nil {
		return 0, err
	}
	if err := writePairs(ctx, tx, held); err != nil {
		return 0, err
	}
	if err := pruneMatches(ctx, tx, kept.jobs, withdrawn); err != nil {
		return 0, err
	}
	for kind, ids := range others {
		postponed += len(ids)
		if err := Enqueue(ctx, tx, kind, ids...); err != nil {
			return 0, err
		}
	}
	return postponed, notifyOfMatches(ctx, tx, held)
}

// withdraw deletes matches, and returns their jobs.
func withdraw(ctx context.Context, tx *pg.Tx, query string, args ...any) (jobs []int64, err error) {
	if err := tx.List(ctx, &jobs, query, args...); err != nil {
		return nil, fmt.Errorf("withdraw matches: %w", err)
	}
	return jobs, nil
}

// pairColumns are pairs as columns of an unnest.
type pairColumns struct {
	jobs, candidates pq.Int64Array
}

func columnsOf(pairs []pair) pairColumns {
	return pairColumns{
		jobs:       pg.Column[pq.Int64Array](pairs, func(p pair) int64 { return p.job.id }),
		candidates: pg.Column[pq.Int64Array](pairs, func(p pair) int64 { return p.candidate }),
	}
}

// writePairs inserts pairs, and updates those that are kept already with other points.
func writePairs(ctx context.Context, tx *pg.Tx, pairs []pair) error {
	components := make(pq.StringArray, len(pairs))
	for i, p := range pairs {
		text, err := json.Marshal(p.match.Components)
		if err != nil {
			return fmt.Errorf("encode the components of a match: %w", err)
		}
		components[i] = string(text)
	}
	columns := columnsOf(pairs)
	_, err := tx.Exec(ctx, `
INSERT INTO matches AS m (job_id, candidate_id, employer_id, mode, population, score, score_version, components, computed_at)
SELECT p.job_id, p.candidate_id, p.employer_id, p.mode, p.population, p.score, $8, p.components, $9
  FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::smallint[], $7::jsonb[])
       AS p (job_id, candidate_id, employer_id, mode, population, score, components)
ON CONFLICT (job_id, candidate_id) DO UPDATE
   SET score = excluded.score, score_version = excluded.score_version, components = excluded.components, computed_at = excluded.computed_at
 WHERE m.components <> excluded.components OR m.score_version <> excluded.score_version`,
		columns.jobs, columns.candidates,
		pg.Column[pq.Int64Array](pairs, func(p pair) int64 { return p.job.tenant.EmployerID }),
		pg.Column[pq.StringArray](pairs, func(p pair) string { return string(p.job.tenant.Mode) }),
		pg.Column[pq.StringArray](pairs, func(p pair) string { return string(p.from) }),
		pg.Column[pq.Int64Array](pairs, func(p pair) int64 { return int64(p.match.Score) }),
		components, fit.Version, tx.Now)
	if err != nil {
		return fmt.Errorf("write matches: %w", err)
	}
	return nil
}

// pruneMatches keeps the best of the CV database for jobs that have got some, and has those matched again that have lost
// many of their best while others were left out.
func pruneMatches(ctx context.Context, tx *pg.Tx, jobs pq.Int64Array, withdrawn []int64) error {
	_, err := tx.Exec(ctx, `
WITH cut AS (
    DELETE FROM matches WHERE ctid = ANY (ARRAY(
        SELECT r.place FROM (
            SELECT ctid AS place, row_number() OVER (PARTITION BY job_id ORDER BY score DESC, id) AS rank
              FROM matches WHERE job_id = ANY ($1) AND population = 'CvDatabase') r
         WHERE r.rank > $2)) RETURNING job_id, score
)
UPDATE match_jobs j SET floor = greatest(j.floor, c.floor)
  FROM (SELECT job_id, max(score) AS floor FROM cut GROUP BY job_id) c WHERE j.job_id = c.job_id`, distinct(jobs), fit.PerJob)
	if err != nil {
		return fmt.Errorf("prune matches: %w", err)
	}
	if len(withdrawn) == 0 {
		return nil
	}
	_, err = tx.Exec(ctx, `
INSERT INTO match_work (kind, subject_id, employer_id)
SELECT 'job', j.job_id, b.employer_id FROM match_jobs j JOIN jobs b ON b.id = j.job_id
 WHERE j.job_id = ANY ($1) AND j.floor > 0
   AND (SELECT count(*) FROM matches m WHERE m.job_id = j.job_id AND m.population = 'CvDatabase') < $2`, pq.Int64Array(withdrawn), fit.PerJob/2)
	if err != nil {
		return fmt.Errorf("refill matches: %w", err)
	}
	return nil
}

func distinct(ids pq.Int64Array) pq.Int64Array {
	return slices.Compact(slices.Sorted(slices.Values(ids)))
}

// notifyOfMatches tells the employers of pairs that fit well, once of each.
func notifyOfMatches(ctx context.Context, tx *pg.Tx, pairs []pair) error {
	columns := columnsOf(pairs)
	var told []struct {
		JobID       int64 `db:"job_id"`
		CandidateID int64 `db:"candidate_id"`
	}
	//house:tenant the pairs were computed in this transaction
	err := tx.List(ctx, &told, `
INSERT INTO match_notices (job_id, candidate_id, score_version, created_at)
SELECT m.job_id, m.candidate_id, $3, $4
  FROM unnest($1::bigint[], $2::bigint[]) p (job_id, candidate_id) JOIN matches m ON m.job_id = p.job_id AND m.candidate_id = p.candidate_id
 WHERE m.score >= $5
 ORDER BY m.job_id, m.candidate_id
ON CONFLICT DO NOTHING RETURNING job_id, candidate_id`, columns.jobs, columns.candidates, fit.Version, tx.Now, fit.Notify)
	if err != nil {
		return fmt.Errorf("note who is told of matches: %w", err)
	}
	if len(told) == 0 {
		return nil
	}
	type key struct{ job, candidate int64 }
	of := make(map[key]pair, len(pairs))
	for _, p := range pairs {
		of[key{p.job.id, p.candidate}] = p
	}
	for _, n := range told {
		p := of[key{n.JobID, n.CandidateID}]
		outbox.Emit(tx, p.job.tenant, event.NewCandidateMatched(p.candidate, p.job.id, p.match.Score, tx.Now))
	}
	return nil
}
