package pipeline

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/lib/pq"

	"itmanagerjobs/store/batch"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/match"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
)

// moves bounds the transactions that move applications for several requests of a tenant at once, for the reason that package job has for
// jobs: transactions of their own would stand in line for the heads of events and audit log.
var moves = batch.Options{Patience: 10 * time.Second, AtOnce: 2, Most: 100, Within: 30 * time.Second, Company: 20 * time.Millisecond}

// moving is a move of an application, and who asks for it.
type moving struct {
	Move

	id int64
	// allowed returns an error if the application, which is locked then, must not be moved; nil allows it.
	allowed func(Application) error
	act     *board.Act
}

// moveResult is what became of a moving: err when it was refused.
type moveResult struct {
	Moved

	err error
}

// moved is an application of a move and what the move depends on, as they are under the locks. others are the statuses of the
// candidate's other applications.
type moved struct {
	ApplicationRow

	CandidateStatus board.ApplicationStatus `db:"candidate_status"`
	Others          pq.StringArray          `db:"others"`
	History         []byte                  `db:"history"`
}

// step is a move that may be made, with what it changes. Follows tells that the candidate gets the status CandidateTo.
type step struct {
	ID            int64                   `json:"id"`
	From          board.ApplicationStatus `json:"from_status"`
	To            board.ApplicationStatus `json:"to_status"`
	Reason        string                  `json:"reason"`
	At            time.Time               `json:"at"`
	ActorKind     board.ActorKind         `json:"actor_kind"`
	ActorID       *int64                  `json:"actor_id"`
	CandidateID   int64                   `json:"candidate_id"`
	CandidateFrom board.ApplicationStatus `json:"candidate_from"`
	CandidateTo   board.ApplicationStatus `json:"candidate_to"`
	Follows       bool                    `json:"follows"`

	result *moveResult
}

// move moves applications of a tenant. Each has a result.
func move(ctx context.Context, tx *pg.Tx, t board.Tenant, all []moving) ([]moveResult, error) {
	candidates, err := lockForMoves(ctx, tx, t, pg.Column[pq.Int64Array](all, func(m moving) int64 { return m.id }))
	if err != nil {
		return nil, err
	}
	results := make([]moveResult, len(all))
	rest := make([]int, len(all))
	for i := range rest {
		rest[i] = i
	}
	for len(rest) > 0 {
		// What a move does to the candidate depends on the moves before: one for each candidate at a time.
		var now, later []int
		seen := map[int64]bool{}
		for _, i := range rest {
			candidate, found := candidates[all[i].id]
			switch {
			case !found:
				results[i].err = errNoApplication
			case seen[candidate]:
				later = append(later, i)
			default:
				now = append(now, i)
			}
			seen[candidate] = true
		}
		rest = later
		if err := moveOnce(ctx, tx, t, all, now, results); err != nil {
			return nil, err
		}
	}
	return results, nil
}

// lockForMoves locks applications of a tenant and their candidates against changes until the transaction ends, and returns the
// candidate of each application that exists. All locks are taken in one order, each candidate before its applications, so that two
// transactions never deadlock.
func lockForMoves(ctx context.Context, tx *pg.Tx, t board.Tenant, ids []int64) (map[int64]int64, error) {
	var rows []struct {
		ID          int64 `db:"id"`
		CandidateID int64 `db:"candidate_id"`
	}
	err := tx.List(ctx, &rows, `
WITH named AS MATERIALIZED (
    SELECT a.id, a.candidate_id FROM `+namedApplications+` a ORDER BY a.candidate_id, a.id
)
SELECT a.id, a.candidate_id FROM named n
 CROSS JOIN LATERAL (SELECT id FROM candidates WHERE id = n.candidate_id FOR UPDATE) c
 CROSS JOIN LATERAL (SELECT id, candidate_id FROM applications WHERE id = n.id AND candidate_id = c.id FOR UPDATE) a`, pq.Int64Array(ids), t.EmployerID, t.Mode)
	if err != nil {
		return nil, fmt.Errorf("lock applications: %w", err)
	}
	candidates := make(map[int64]int64, len(rows))
	for _, r := range rows {
		candidates[r.ID] = r.CandidateID
	}
	return candidates, nil
}

// namedApplications are the applications $1 of the tenant $2 and $3. OFFSET 0 makes PostgreSQL find each by its primary key: going by its
// averages over employers, it might read all applications of an employer that has many.
const namedApplications = `(
    SELECT ` + applicationColumns + ` FROM (SELECT DISTINCT unnest($1::bigint[]) AS wanted) w
     CROSS JOIN LATERAL (SELECT ` + applicationColumns + ` FROM applications WHERE id = w.wanted OFFSET 0) f WHERE f.employer_id = $2 AND f.mode = $3)`

// moveOnce moves the applications at the places now of all, which are locked and of different candidates, and writes their results.
func moveOnce(ctx context.Context, tx *pg.Tx, t board.Tenant, all []moving, now []int, results []moveResult) error {
	rows, err := readForMoves(ctx, tx, t, pg.Column[pq.Int64Array](now, func(i int) int64 { return all[i].id }))
	if err != nil {
		return err
	}
	var steps []step
	for _, i := range now {
		row, found := rows[all[i].id]
		if !found {
			results[i].err = errNoApplication
			continue
		}
		outbox.Tells(tx, row.CandidateID)
		st, changes, err := all[i].step(row, &results[i], tx.Now)
		switch {
		case err != nil:
			results[i] = moveResult{err: err}
		case changes && st.From == board.ApplicationWithdrawn:
			// Only a withdrawn application may have a successor. A violated constraint ends the transaction, which may have more to write.
			err := tx.Savepoint(ctx, "move", func() error { return writeMoves(ctx, tx, t, []step{st}) })
			if pg.Violates(err, "applications_once") {
				results[i] = moveResult{err: errAppliedAgain}
			} else if err != nil {
				return err
			}
		case changes:
			steps = append(steps, st)
		}
	}
	return writeMoves(ctx, tx, t, steps)
}

var errAppliedAgain = board.Errorf(board.CodeConflict, "The candidate has withdrawn this application and applied for the job again. Work with the newer application.")

// readForMoves reads applications in a statement of its own: one that waits for a lock still reads what was there before the wait.
func readForMoves(ctx context.Context, tx *pg.Tx, t board.Tenant, ids []int64) (map[int64]moved, error) {
	var rows []moved
	err := tx.List(ctx, &rows, applicationSQL(namedApplications, `,
       c.status AS candidate_status, ARRAY(SELECT o.status FROM applications o WHERE o.candidate_id = a.candidate_id AND o.id <> a.id) AS others,
       (SELECT json_agg(json_build_object('from_status', h.from_status, 'to_status', h.to_status, 'reason', h.reason, 'actor_kind', h.actor_kind,
               'actor_id', coalesce(h.actor_id, 0), 'created_at', h.created_at) ORDER BY h.id) FROM application_history h WHERE h.application_id = a.id) AS history`)+`
  JOIN candidates c ON c.id = a.candidate_id`,
		pq.Int64Array(ids), t.EmployerID, t.Mode)
	if err != nil {
		return nil, fmt.Errorf("read applications: %w", err)
	}
	found := make(map[int64]moved, len(rows))
	for _, r := range rows {
		found[r.ID] = r
	}
	return found, nil
}

// step checks a move of an application, and writes into result what the caller gets. changes is false when the application has the
// status already.
func (m moving) step(row moved, result *moveResult, now time.Time) (st step, changes bool, err error) {
	a := row.Application()
	if m.allowed != nil {
		if err := m.allowed(a); err != nil {
			return step{}, false, err
		}
	}
	if err := m.If.Check("application", a.Version); err != nil {
		return step{}, false, err
	}
	at, err := board.MovedAt(m.At, a.AppliedAt, now)
	if err != nil {
		return step{}, false, err
	}
	if changes, err = board.CheckMove(a.Status, m.To, m.From, m.Reason); err != nil {
		return step{}, false, err
	}
	history, err := row.history()
	if err != nil {
		return step{}, false, err
	}
	result.Moved = Moved{a, history}
	st = step{
		ID: a.ID, From: a.Status, To: m.To, Reason: m.Reason, At: at, ActorKind: m.Actor.Kind, ActorID: pg.NonZero(m.Actor.ID),
		CandidateID: a.CandidateID, CandidateFrom: row.CandidateStatus, Follows: !a.Erased, result: result,
	}
	// It overrides a status that was set by hand.
	st.CandidateTo = board.CandidateStatus(append(pg.Column[[]board.ApplicationStatus](row.Others, func(s string) board.ApplicationStatus {
		return board.ApplicationStatus(s)
	}), m.To))
	return st, changes, nil
}

func (r moved) history() ([]HistoryEntry, error) {
	var rows []historyRow
	if len(r.History) > 0 {
		if err := json.Unmarshal(r.History, &rows); err != nil {
			return nil, fmt.Errorf("decode the history of an application: %w", err)
		}
	}
	return pg.Column[[]HistoryEntry](rows, historyRow.entry), nil
}

// writeMoves writes moves of different candidates with their histories, events and candidates, and the results.
func writeMoves(ctx context.Context, tx *pg.Tx, t board.Tenant, steps []step) error {
	if len(steps) == 0 {
		return nil
	}
	doc, err := json.Marshal(steps)
	if err != nil {
		return fmt.Errorf("encode moves: %w", err)
	}
	var rows []struct {
		ID        int64     `db:"id"`
		Version   int64     `db:"version"`
		UpdatedAt time.Time `db:"updated_at"`
	}
	// LIMIT tells PostgreSQL that they are few, and so to find the rows by their keys.
	//house:tenant the applications were locked as those of the tenant
	err = tx.List(ctx, &rows, `
WITH given AS MATERIALIZED (
    SELECT id, from_status, to_status, reason, at, actor_kind, actor_id, candidate_id, candidate_from, candidate_to, follows
      FROM json_to_recordset($1::json) AS g (id bigint, from_status text, to_status text, reason text, at timestamptz, actor_kind text,
           actor_id bigint, candidate_id bigint, candidate_from text, candidate_to text, follows boolean) LIMIT $3
), noted AS (
    INSERT INTO application_history (application_id, from_status, to_status, reason, actor_kind, actor_id, created_at)
    SELECT g.id, g.from_status, g.to_status, g.reason, g.actor_kind, g.actor_id, g.at FROM given g
), followed AS (
    UPDATE candidates c SET status = g.candidate_to, version = c.version + 1, updated_at = greatest(c.updated_at, $2)
      FROM given g WHERE c.id = g.candidate_id AND g.follows
), candidates_noted AS (
    INSERT INTO candidate_history (candidate_id, from_status, to_status, reason, automatic, actor_kind, actor_id, created_at)
    SELECT g.candidate_id, g.candidate_from, g.candidate_to, '', true, g.actor_kind, g.actor_id, g.at
      FROM given g WHERE g.follows AND g.candidate_from <> g.candidate_to
)
UPDATE applications a SET status = g.to_status, version = a.version + 1, updated_at = greatest(a.updated_at, $2)
  FROM given g WHERE a.id = g.id
RETURNING a.id, a.version, a.updated_at`, string(doc), tx.Now, len(steps))
	if err != nil {
		return fmt.Errorf("move applications: %w", err)
	}
	var follow []int64
	for _, st := range steps {
		for _, r := range rows {
			if r.ID == st.ID {
				st.result.Version, st.result.UpdatedAt = r.Version, r.UpdatedAt.UTC()
			}
		}
		st.emit(tx, t)
		if st.Follows {
			follow = append(follow, st.CandidateID)
		}
	}
	return match.Enqueue(ctx, tx, match.OfCandidate, follow...)
}

// emit tells of a move that was written, and writes it into the result.
func (st step) emit(tx *pg.Tx, t board.Tenant) {
	a := &st.result.Moved
	a.Status = st.To
	a.History = append(a.History, HistoryEntry{From: &st.From, To: st.To, Reason: st.Reason, Actor: st.actor(), At: st.At})
	outbox.Emit(tx, t, event.NewApplicationStatusChanged(st.ID, st.From, st.To, st.At))
	if st.To == board.ApplicationWithdrawn {
		outbox.Emit(tx, t, event.NewApplicationWithdrawn(st.ID, a.JobID, a.CandidateID, st.At))
	}
	if st.Follows && st.CandidateFrom != st.CandidateTo {
		outbox.Emit(tx, t, event.NewCandidateStatusChanged(st.CandidateID, st.CandidateFrom, st.CandidateTo, true, st.At))
	}
}

func (st step) actor() Actor {
	if st.ActorID == nil {
		return Actor{Kind: st.ActorKind}
	}
	return Actor{st.ActorKind, *st.ActorID}
}
