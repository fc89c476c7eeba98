package pipeline

import (
	"context"
	"fmt"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
)

// Actor is who changed an application. ID is the id of the key or the user, and 0 for other kinds.
type Actor struct {
	Kind board.ActorKind
	ID   int64
}

// HistoryEntry is one change of an application's status. From is nil in the first entry, the arrival.
type HistoryEntry struct {
	From   *board.ApplicationStatus
	To     board.ApplicationStatus
	Reason string
	Actor  Actor
	At     time.Time
}

// ApplicationHistory lists the changes of an application's status, the oldest first. Errors: not_found.
func (s *Store) ApplicationHistory(ctx context.Context, t board.Tenant, id int64) ([]HistoryEntry, error) {
	if _, err := s.Application(ctx, t, id); err != nil {
		return nil, err
	}
	var rows []historyRow
	err := s.db.Reader(ctx).List(ctx, &rows, `
SELECT from_status, to_status, reason, actor_kind, coalesce(actor_id, 0) AS actor_id, created_at
  FROM application_history WHERE application_id = $1 ORDER BY id`, id)
	if err != nil {
		return nil, fmt.Errorf("read the history of an application: %w", err)
	}
	return pg.Column[[]HistoryEntry](rows, historyRow.entry), nil
}

type historyRow struct {
	From      *board.ApplicationStatus `db:"from_status"`
	To        board.ApplicationStatus  `db:"to_status"`
	Reason    string                   `db:"reason"`
	ActorKind board.ActorKind          `db:"actor_kind"`
	ActorID   int64                    `db:"actor_id"`
	At        time.Time                `db:"created_at"`
}

func (r historyRow) entry() HistoryEntry {
	return HistoryEntry{From: r.From, To: r.To, Reason: r.Reason, Actor: Actor{r.ActorKind, r.ActorID}, At: r.At.UTC()}
}

func insertHistory(ctx context.Context, tx *pg.Tx, applicationID int64, e HistoryEntry) error {
	_, err := tx.Exec(ctx, `
INSERT INTO application_history (application_id, from_status, to_status, reason, actor_kind, actor_id, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)`, applicationID, e.From, e.To, e.Reason, e.Actor.Kind, pg.NonZero(e.Actor.ID), e.At)
	if err != nil {
		return fmt.Errorf("insert history: %w", err)
	}
	return nil
}

// Move is a change of an application's status.
type Move struct {
	To board.ApplicationStatus
	// From is the status that the caller expects; nil for any.
	From   *board.ApplicationStatus
	Reason string
	// At is when the move took place in the caller's own system; nil for now.
	At    *time.Time
	Actor Actor
	If    board.Precondition
}

// MoveApplication changes the status of an application. A move to the same status changes nothing.
// Errors: not_found; precondition_failed; conflict when From is stale; invalid_state; invalid_request.
func (s *Store) MoveApplication(ctx context.Context, t board.Tenant, id int64, m Move) (Application, error) {
	return s.moveApplication(ctx, t, id, m, func(Application) error { return nil })
}

// moveApplication is MoveApplication, unless allowed returns an error for the application, which is locked then.
func (s *Store) moveApplication(ctx context.Context, t board.Tenant, id int64, m Move, allowed func(Application) error) (Application, error) {
	reason, err := board.NormalizeReason(m.Reason)
	if err != nil {
		return Application{}, err
	}
	var a Application
	err = s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		if err = lockCandidateOf(ctx, tx, t, "applications", id); err != nil {
			return err
		}
		if a, err = lockApplication(ctx, tx, t, id); err != nil {
			return err
		}
		if err = allowed(a); err != nil {
			return err
		}
		if err = m.If.Check("application", a.Version); err != nil {
			return err
		}
		previous := a.Status
		at, err := board.MovedAt(m.At, a.AppliedAt, tx.Now)
		if err != nil {
			return err
		}
		changed, err := board.CheckMove(previous, m.To, m.From, reason)
		if err != nil || !changed {
			return err
		}
		if err := insertHistory(ctx, tx, id, HistoryEntry{From: &previous, To: m.To, Reason: reason, Actor: m.Actor, At: at}); err != nil {
			return err
		}
		if err := writeMove(ctx, tx, &a, m.To); err != nil {
			return err
		}
		outbox.Emit(tx, a.Tenant, board.ApplicationStatusChangedEvent(id, previous, a.Status, at))
		if a.Status == board.ApplicationWithdrawn {
			outbox.Emit(tx, a.Tenant, board.ApplicationWithdrawnEvent(id, a.JobID, a.CandidateID, at))
		}
		if a.Erased {
			return nil
		}
		if err := followApplication(ctx, tx, a, m.Actor, at); err != nil {
			return err
		}
		return touchCandidate(ctx, tx, a.CandidateID)
	})
	if err != nil {
		return Application{}, err
	}
	return a, nil
}

// writeMove writes the status that a locked application moves to, into a as well. Errors: conflict when the candidate has withdrawn
// it and applied for the job again.
func writeMove(ctx context.Context, tx *pg.Tx, a *Application, to board.ApplicationStatus) error {
	write := func() error {
		var row struct {
			Version   int64     `db:"version"`
			UpdatedAt time.Time `db:"updated_at"`
		}
		err := tx.Get(ctx, &row, `
UPDATE applications SET status = $4, version = version + 1, updated_at = greatest(updated_at, $5) WHERE id = $1 AND employer_id = $2 AND mode = $3
RETURNING version, updated_at`, a.ID, a.EmployerID, a.Mode, to, tx.Now)
		if err == nil {
			a.Status, a.Version, a.UpdatedAt = to, row.Version, row.UpdatedAt.UTC()
		}
		return err
	}
	var err error
	if a.Status == board.ApplicationWithdrawn {
		// Only this one may have a successor. A violated constraint ends the transaction, which may have more to write.
		err = tx.Savepoint(ctx, "move", write)
	} else {
		err = write()
	}
	if pg.Violates(err, "applications_once") {
		return errAppliedAgain
	}
	if err != nil {
		return fmt.Errorf("update application: %w", err)
	}
	return nil
}

var errAppliedAgain = board.Errorf(board.CodeConflict, "The candidate has withdrawn this application and applied for the job again. Work with the newer application.")
