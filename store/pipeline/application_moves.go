package pipeline

import (
	"context"
	"fmt"
	"time"

	"itmanagerjobs/store/account"
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
	a, err := s.Application(ctx, t, id)
	if err != nil {
		return nil, err
	}
	return s.HistoryOf(ctx, a)
}

// HistoryOf is ApplicationHistory of an application that the caller has read.
func (s *Store) HistoryOf(ctx context.Context, a Application) ([]HistoryEntry, error) {
	outbox.TellsIn(ctx, s.db, a.CandidateID)
	var rows []historyRow
	err := s.db.Reader(ctx).List(ctx, &rows, `
SELECT from_status, to_status, reason, actor_kind, coalesce(actor_id, 0) AS actor_id, created_at
  FROM application_history WHERE application_id = $1 ORDER BY id`, a.ID)
	if err != nil {
		return nil, fmt.Errorf("read the history of an application: %w", err)
	}
	return pg.Column[[]HistoryEntry](rows, historyRow.entry), nil
}

type historyRow struct {
	From      *board.ApplicationStatus `db:"from_status" json:"from_status"`
	To        board.ApplicationStatus  `db:"to_status"   json:"to_status"`
	Reason    string                   `db:"reason"      json:"reason"`
	ActorKind board.ActorKind          `db:"actor_kind"  json:"actor_kind"`
	ActorID   int64                    `db:"actor_id"    json:"actor_id"`
	At        time.Time                `db:"created_at"  json:"created_at"`
}

func (r historyRow) entry() HistoryEntry {
	return HistoryEntry{From: r.From, To: r.To, Reason: r.Reason, Actor: Actor{r.ActorKind, r.ActorID}, At: r.At.UTC()}
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

// Moved is an application after its move, with its history.
type Moved struct {
	Application

	History []HistoryEntry
}

// MoveApplication changes the status of an application, in one transaction with those of the tenant that are moved at the same time; each
// of them is moved or refused for itself. A move to the same status changes nothing.
// Errors: not_found; precondition_failed; conflict when From is stale; invalid_state; invalid_request.
func (s *Store) MoveApplication(ctx context.Context, t board.Tenant, id int64, m Move) (Moved, error) {
	return s.moveApplication(ctx, t, moving{id: id, Move: m})
}

func (s *Store) moveApplication(ctx context.Context, t board.Tenant, m moving) (Moved, error) {
	var err error
	if m.Reason, err = board.NormalizeReason(m.Reason); err != nil {
		return Moved{}, err
	}
	act, other := account.ActOf(ctx)
	if s.db.Joined(ctx) == nil && !other {
		m.act = act
		result, err := s.moves.Do(ctx, t, m)
		if err != nil {
			return Moved{}, err
		}
		return result.Moved, result.err
	}
	var result moveResult
	err = s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		results, err := move(ctx, tx, t, []moving{m})
		if err != nil {
			return err
		}
		result = results[0]
		return result.err
	})
	return result.Moved, err
}

// moveTogether moves applications of a tenant in one transaction. It fails only when nothing of it is kept.
func (s *Store) moveTogether(ctx context.Context, t board.Tenant, all []moving) ([]moveResult, error) {
	failed := func(err error) moveResult { return moveResult{err: err} }
	return pg.Together(pg.For(ctx, t.EmployerID), s.db, len(all), failed, func(ctx context.Context, tx *pg.Tx) ([]moveResult, error) {
		results, err := move(ctx, tx, t, all)
		if err != nil {
			return nil, err
		}
		for i, m := range all {
			if results[i].err == nil && m.act != nil {
				account.WriteAct(tx, *m.act)
			}
		}
		return results, nil
	})
}
