package match

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync/atomic"

	"itmanagerjobs/store/pg"
)

// work is a row of the queue.
type work struct {
	Kind       Kind  `db:"kind"`
	SubjectID  int64 `db:"subject_id"`
	EmployerID int64 `db:"employer_id"`
	AfterID    int64 `db:"after_id"`
}

// The parts of the queue, each with an index of its own.
const (
	ofJobs   = `w.kind = 'job'`
	ofPeople = `w.kind <> 'job'`
)

// employersAtOnce is how many employers have a part in a batch at most.
const employersAtOnce = 16

// takeSQL takes of a part of the queue up to $1 rows, as many of each of up to $3 employers: of those after $2 by their numbers, and then of the first ones. It
// reads an entry of the index for each employer, and of each no more rows than it may take, however many wait.
//
// It takes with a subject all the changes of it that it sees. What they changed is read by later statements, and so is at least as new; the row
// of a transaction that has not committed yet is not seen, and stays. A row with which a job goes on after its former turn is
// taken by itself: with the others the job would begin again with each change, and never come to an end.
func takeSQL(part string) string {
	return `
WITH RECURSIVE behind AS (
    (SELECT w.employer_id, 1 AS place FROM match_work w WHERE ` + part + ` AND w.employer_id > $2 ORDER BY w.employer_id LIMIT 1)
    UNION ALL
    SELECT n.employer_id, b.place + 1
      FROM behind b CROSS JOIN LATERAL (SELECT w.employer_id FROM match_work w WHERE ` + part + ` AND w.employer_id > b.employer_id ORDER BY w.employer_id LIMIT 1) n
     WHERE b.place < $3
), ahead AS (
    (SELECT w.employer_id, 1 AS place FROM match_work w WHERE ` + part + ` AND w.employer_id <= $2 ORDER BY w.employer_id LIMIT 1)
    UNION ALL
    SELECT n.employer_id, a.place + 1
      FROM ahead a CROSS JOIN LATERAL (SELECT w.employer_id FROM match_work w WHERE ` + part + ` AND w.employer_id > a.employer_id AND w.employer_id <= $2 ORDER BY w.employer_id LIMIT 1) n
     WHERE a.place < $3
), turns AS (
    SELECT employer_id, place FROM behind UNION ALL SELECT employer_id, place + $3 FROM ahead ORDER BY place LIMIT $3
), first AS MATERIALIZED (
    SELECT f.seq, f.subject_id, f.after_id
      FROM turns t CROSS JOIN LATERAL (
           SELECT w.seq, w.subject_id, w.after_id, row_number() OVER (ORDER BY w.seq) AS round
             FROM match_work w WHERE ` + part + ` AND w.employer_id = t.employer_id ORDER BY w.seq LIMIT $1) f
     ORDER BY f.round, t.place LIMIT $1
), same AS MATERIALIZED (
    -- With coalesce() the index of the part is of no use, which would be read as a whole.
    SELECT w.seq FROM match_work w WHERE coalesce(` + part + `, false) AND w.after_id = 0 AND w.subject_id = ANY (ARRAY(SELECT f.subject_id FROM first f WHERE f.after_id = 0))
)
DELETE FROM match_work w WHERE w.seq = ANY (ARRAY(SELECT f.seq FROM first f UNION SELECT s.seq FROM same s))
RETURNING w.kind, w.subject_id, w.employer_id, w.after_id`
}

// The plan of takeSQL may be made while the queue is empty, and it is long a moment later: it follows the indexes in any case.
const (
	byIndexSQL = `SELECT set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true)`
	anyPlanSQL = `SELECT set_config('enable_seqscan', 'on', true), set_config('enable_bitmapscan', 'on', true)`
)

// takeTurns removes rows of a part of the queue, the oldest of each employer, and notes who had the last turn.
func takeTurns(ctx context.Context, tx *pg.Tx, part string, last *atomic.Int64, limit int) ([]work, error) {
	var taken []work
	former := last.Load()
	if _, err := tx.Exec(ctx, byIndexSQL); err != nil {
		return nil, fmt.Errorf("plan by the indexes: %w", err)
	}
	if err := tx.List(ctx, &taken, takeSQL(part), limit, former, min(limit, employersAtOnce)); err != nil {
		return nil, fmt.Errorf("take work: %w", err)
	}
	if _, err := tx.Exec(ctx, anyPlanSQL); err != nil {
		return nil, fmt.Errorf("plan as ever: %w", err)
	}
	last.Store(lastServed(former, taken))
	return taken, nil
}

// lastServed is the last of the employers of what was taken, in the order that begins after the former one and goes round.
func lastServed(former int64, taken []work) int64 {
	if len(taken) == 0 {
		return former
	}
	again := func(w work) int64 {
		if w.EmployerID <= former {
			return 1
		}
		return 0
	}
	return slices.MaxFunc(taken, func(a, b work) int {
		return cmp.Or(cmp.Compare(again(a), again(b)), cmp.Compare(a.EmployerID, b.EmployerID))
	}).EmployerID
}

// subjectsOf are the subjects of a kind, each once.
func subjectsOf(taken []work, kind Kind) []int64 {
	var ids []int64
	for _, w := range taken {
		if w.Kind == kind {
			ids = append(ids, w.SubjectID)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}
