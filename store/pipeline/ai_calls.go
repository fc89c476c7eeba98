package pipeline

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
)

// AICall is a call of a voice assistant with a candidate of the employer's pipeline.
type AICall struct {
	board.Tenant
	board.AICall

	// Erased reports whether the candidate was erased, and with the candidate everything personal in the call.
	Erased bool
}

// AICallRow is a row that AICallSQL reads.
type AICallRow struct {
	ID              int64              `db:"id"`
	EmployerID      int64              `db:"employer_id"`
	Mode            board.Mode         `db:"mode"`
	Version         int64              `db:"version"`
	CandidateID     int64              `db:"candidate_id"`
	JobID           *int64             `db:"job_id"`
	Status          board.AICallStatus `db:"status"`
	Purpose         string             `db:"purpose"`
	Provider        string             `db:"provider"`
	ExternalID      string             `db:"external_id"`
	Outcome         string             `db:"outcome"`
	Summary         string             `db:"summary"`
	Transcript      string             `db:"transcript"`
	StartedAt       time.Time          `db:"started_at"`
	EndedAt         *time.Time         `db:"ended_at"`
	DurationSeconds *int               `db:"duration_seconds"`
	CreatedAt       time.Time          `db:"created_at"`
	UpdatedAt       time.Time          `db:"updated_at"`
	Erased          bool               `db:"erased"`
}

// aiCallColumns are the columns of ai_calls that AICallSQL reads, without the transcript.
const aiCallColumns = `id, employer_id, mode, version, candidate_id, job_id, status, purpose, provider, external_id, outcome, summary, started_at, ended_at,
       duration_seconds, created_at, updated_at`

// AICallSQL is a statement that reads calls. from is the table, or a subquery with its columns, and transcript is an
// expression.
func AICallSQL(from, transcript string) string {
	return `
SELECT l.id, l.employer_id, l.mode, l.version, l.candidate_id, l.job_id, l.status, l.purpose, l.provider, coalesce(l.external_id, '') AS external_id,
       l.outcome, l.summary, ` + transcript + ` AS transcript, l.started_at, l.ended_at, l.duration_seconds, l.created_at, l.updated_at,
       c.erased_at IS NOT NULL AS erased
  FROM ` + from + ` l JOIN candidates c ON c.id = l.candidate_id`
}

// AICall returns the call of the row.
func (r AICallRow) AICall() AICall {
	return AICall{
		Tenant: board.Tenant{EmployerID: r.EmployerID, Mode: r.Mode}, Erased: r.Erased,
		AICall: board.AICall{
			ID: r.ID, Version: r.Version, CandidateID: r.CandidateID, JobID: r.JobID, Status: r.Status, Purpose: r.Purpose, Provider: r.Provider,
			ExternalID: r.ExternalID, Outcome: r.Outcome, Summary: r.Summary, Transcript: r.Transcript, StartedAt: r.StartedAt.UTC(),
			EndedAt: pg.UTC(r.EndedAt), DurationSeconds: r.DurationSeconds, CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(),
		},
	}
}

// errNoAICall answers a call that does not exist, and a call of another employer.
var errNoAICall = board.Errorf(board.CodeNotFound, "There is no such call.")

// AICall reads one call with its transcript. Errors: not_found.
func (s *Store) AICall(ctx context.Context, t board.Tenant, id int64) (AICall, error) {
	c, err := oneAICall(ctx, s.db.Reader(ctx), t, id)
	outbox.TellsIn(ctx, s.db, c.CandidateID)
	return c, err
}

func oneAICall(ctx context.Context, q pg.Reader, t board.Tenant, id int64) (AICall, error) {
	var row AICallRow
	err := q.Get(ctx, &row, AICallSQL(`ai_calls`, `l.transcript`)+` WHERE l.id = $1 AND l.employer_id = $2 AND l.mode = $3`, id, t.EmployerID, t.Mode)
	if errors.Is(err, sql.ErrNoRows) {
		return AICall{}, errNoAICall
	}
	if err != nil {
		return AICall{}, fmt.Errorf("read call: %w", err)
	}
	return row.AICall(), nil
}

// CreateAICall records a call that has begun.
// Errors: invalid_request naming every bad field, also a candidate or a job that does not exist; conflict when a call with
// the provider's identifier was recorded before.
func (s *Store) CreateAICall(ctx context.Context, t board.Tenant, n board.NewAICall) (AICall, error) {
	var c AICall
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		made, err := n.AICall(tx.Now)
		if err != nil {
			return err
		}
		if err := checkAbout(ctx, tx, t, made.CandidateID, made.JobID); err != nil {
			return err
		}
		var id int64
		err = tx.Get(ctx, &id, `
INSERT INTO ai_calls (employer_id, mode, candidate_id, job_id, status, version, purpose, provider, external_id, outcome, summary, transcript,
       started_at, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, nullif($9, ''), '', '', '', $10, $11, $11)
ON CONFLICT (employer_id, mode, external_id) WHERE external_id IS NOT NULL DO NOTHING RETURNING id`,
			t.EmployerID, t.Mode, made.CandidateID, made.JobID, made.Status, made.Version, made.Purpose, made.Provider, made.ExternalID, made.StartedAt, made.CreatedAt)
		if errors.Is(err, sql.ErrNoRows) {
			return aiCallKnown(ctx, tx, t, made.ExternalID)
		}
		if err != nil {
			return fmt.Errorf("insert call: %w", err)
		}
		tx.Make("ai-calls", id)
		c, err = oneAICall(ctx, tx, t, id)
		return err
	})
	if err != nil {
		return AICall{}, err
	}
	return c, nil
}

func aiCallKnown(ctx context.Context, tx *pg.Tx, t board.Tenant, externalID string) error {
	var id int64
	err := tx.Get(ctx, &id, `SELECT id FROM ai_calls WHERE employer_id = $1 AND mode = $2 AND external_id = $3`, t.EmployerID, t.Mode, externalID)
	if err != nil {
		return fmt.Errorf("find the call of a provider: %w", err)
	}
	return board.AICallKnown(externalID, id)
}

// UpdateAICall changes the fields that the patch names. A call becomes Completed at most once.
// Errors: not_found; precondition_failed; invalid_request; invalid_state.
func (s *Store) UpdateAICall(ctx context.Context, t board.Tenant, id int64, p board.AICallPatch, pre board.Precondition) (AICall, error) {
	var c AICall
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		// The candidate is locked first, as in an erasure.
		err := lockCandidateOf(ctx, tx, t, "ai_calls", id)
		if err != nil {
			return err
		}
		if c, err = oneAICall(ctx, tx, t, id); err != nil {
			return err
		}
		outbox.Tells(tx, c.CandidateID)
		if err = pre.Check("call", c.Version); err != nil {
			return err
		}
		if c.Erased {
			return board.Errorf(board.CodeInvalidState, "The candidate of this call was erased; nothing of it can be changed.")
		}
		changed, completed, err := c.Apply(p, tx.Now)
		if err != nil || !changed {
			return err
		}
		_, err = tx.Exec(ctx, `
UPDATE ai_calls SET status = $2, version = $3, outcome = $4, summary = $5, transcript = $6, ended_at = $7, duration_seconds = $8, updated_at = $9
 WHERE id = $1`, id, c.Status, c.Version, c.Outcome, c.Summary, c.Transcript, c.EndedAt, c.DurationSeconds, c.UpdatedAt)
		if err != nil {
			return fmt.Errorf("update call: %w", err)
		}
		if completed {
			outbox.Emit(tx, t, event.NewAICallCompleted(c.AICall))
		}
		return nil
	})
	if err != nil {
		return AICall{}, err
	}
	return c, nil
}

// AICallFilter selects calls of a list. A zero value selects all.
type AICallFilter struct {
	// Statuses selects items in any of these statuses.
	Statuses     []board.AICallStatus
	CandidateID  int64
	JobID        int64
	ExternalID   string
	UpdatedSince time.Time
}

// AICallQuery asks for one page of calls: the one after a position, or else the one at an offset.
type AICallQuery struct {
	AICallFilter

	Sort   pg.Sort
	After  *pg.Position
	Offset int
	Limit  int
}

type listedAICall struct {
	pg.Counted
	AICallRow
}

// AICalls reads one page of the tenant's calls, without their transcripts. A filter by a candidate or a job that does not
// exist, or is another employer's, selects none.
func (s *Store) AICalls(ctx context.Context, t board.Tenant, q AICallQuery) (pg.Page[AICall], error) {
	rows := func(page string) string { return AICallSQL(page, `''`) }
	return pg.ReadPage(ctx, s.db.Reader(ctx), aiCallListing(t, q), rows, func(r listedAICall) (AICall, error) {
		outbox.TellsIn(ctx, s.db, r.CandidateID)
		return r.AICall(), nil
	})
}

func aiCallListing(t board.Tenant, q AICallQuery) *pg.Listing {
	l := &pg.Listing{
		Table: "ai_calls", Columns: aiCallColumns, Where: "employer_id = $1 AND mode = $2", Args: []any{t.EmployerID, t.Mode},
		Sort: q.Sort, After: q.After, Offset: q.Offset, Limit: q.Limit,
	}
	pg.AndAny(l, "status", q.Statuses)
	if q.CandidateID != 0 {
		l.And("candidate_id = ", q.CandidateID)
	}
	if q.JobID != 0 {
		l.And("job_id = ", q.JobID)
	}
	if q.ExternalID != "" {
		l.And("external_id = ", q.ExternalID)
	}
	if !q.UpdatedSince.IsZero() {
		l.And("updated_at >= ", q.UpdatedSince)
	}
	return l
}
