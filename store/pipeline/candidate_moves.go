package pipeline

import (
	"context"
	"fmt"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/match"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
)

// CandidateHistoryEntry is one change of a candidate's status. From is nil in the first entry, the arrival.
type CandidateHistoryEntry struct {
	HistoryEntry

	// Automatic reports whether the change followed from the candidate's applications; the actor is who moved those.
	Automatic bool
}

// CandidateHistory lists the changes of a candidate's status, the oldest first. Errors: not_found.
func (s *Store) CandidateHistory(ctx context.Context, t board.Tenant, id int64) ([]CandidateHistoryEntry, error) {
	if _, err := s.Candidate(ctx, t, id); err != nil {
		return nil, err
	}
	var rows []struct {
		From      *board.ApplicationStatus `db:"from_status"`
		To        board.ApplicationStatus  `db:"to_status"`
		Reason    string                   `db:"reason"`
		Automatic bool                     `db:"automatic"`
		ActorKind board.ActorKind          `db:"actor_kind"`
		ActorID   int64                    `db:"actor_id"`
		At        time.Time                `db:"created_at"`
	}
	err := s.db.Reader(ctx).List(ctx, &rows, `
SELECT from_status, to_status, reason, automatic, actor_kind, coalesce(actor_id, 0) AS actor_id, created_at
  FROM candidate_history WHERE candidate_id = $1 ORDER BY id`, id)
	if err != nil {
		return nil, fmt.Errorf("read the history of a candidate: %w", err)
	}
	entries := make([]CandidateHistoryEntry, len(rows))
	for i, r := range rows {
		entries[i] = CandidateHistoryEntry{
			HistoryEntry: HistoryEntry{From: r.From, To: r.To, Reason: r.Reason, Actor: Actor{r.ActorKind, r.ActorID}, At: r.At.UTC()},
			Automatic:    r.Automatic,
		}
	}
	return entries, nil
}

func insertCandidateHistory(ctx context.Context, tx *pg.Tx, candidateID int64, e CandidateHistoryEntry) error {
	_, err := tx.Exec(ctx, `
INSERT INTO candidate_history (candidate_id, from_status, to_status, reason, automatic, actor_kind, actor_id, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, candidateID, e.From, e.To, e.Reason, e.Automatic, e.Actor.Kind, pg.NonZero(e.Actor.ID), e.At)
	if err != nil {
		return fmt.Errorf("insert the history of a candidate: %w", err)
	}
	return nil
}

// MoveCandidate changes the status of a candidate, but not that of the candidate's applications. A move to the same status
// changes nothing.
// Errors: not_found; precondition_failed; conflict when From is stale; invalid_state; invalid_request.
func (s *Store) MoveCandidate(ctx context.Context, t board.Tenant, id int64, m Move) (Candidate, error) {
	reason, err := board.NormalizeReason(m.Reason)
	if err != nil {
		return Candidate{}, err
	}
	var c Candidate
	err = s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		if c, err = LockCandidate(ctx, tx, t, id); err != nil {
			return err
		}
		outbox.Tells(tx, id)
		if err = m.If.Check("candidate", c.Version); err != nil {
			return err
		}
		at, err := board.MovedAt(m.At, c.CreatedAt, tx.Now)
		if err != nil {
			return err
		}
		changed, err := board.CheckCandidateMove(c.Status, m.To, m.From, reason)
		if err != nil || !changed {
			return err
		}
		if err := moveCandidate(ctx, tx, c, m.To, CandidateHistoryEntry{HistoryEntry: HistoryEntry{Reason: reason, Actor: m.Actor, At: at}}); err != nil {
			return err
		}
		if err := touchCandidate(ctx, tx, id); err != nil {
			return err
		}
		c, err = oneCandidate(ctx, tx, t, id)
		return err
	})
	if err != nil {
		return Candidate{}, err
	}
	return c, nil
}

// moveCandidate writes a move that was checked, with its event. Of the entry it needs who, why and when. The caller has locked the candidate.
func moveCandidate(ctx context.Context, tx *pg.Tx, c Candidate, to board.ApplicationStatus, e CandidateHistoryEntry) error {
	e.From, e.To = &c.Status, to
	if err := insertCandidateHistory(ctx, tx, c.ID, e); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE candidates SET status = $2 WHERE id = $1`, c.ID, to); err != nil {
		return fmt.Errorf("update candidate: %w", err)
	}
	outbox.Emit(tx, c.Tenant, event.NewCandidateStatusChanged(c.ID, c.Status, to, e.Automatic, e.At))
	return nil
}

// touchCandidate marks a candidate as updated, and queues the computation of the candidate's matches.
func touchCandidate(ctx context.Context, tx *pg.Tx, id int64) error {
	if _, err := tx.Exec(ctx, `UPDATE candidates SET version = version + 1, updated_at = greatest(updated_at, $2) WHERE id = $1`, id, tx.Now); err != nil {
		return fmt.Errorf("update candidate: %w", err)
	}
	return match.Enqueue(ctx, tx, match.OfCandidate, id)
}

// followApplication sets the status of a candidate to what follows from all applications of the candidate, after one of
// them was written. It overrides a status that was set by hand. The caller has locked the candidate, who is not erased.
func followApplication(ctx context.Context, tx *pg.Tx, a Application, by Actor, at time.Time) error {
	var all []board.ApplicationStatus
	if err := tx.List(ctx, &all, `SELECT status FROM applications WHERE candidate_id = $1`, a.CandidateID); err != nil {
		return fmt.Errorf("read the applications of a candidate: %w", err)
	}
	next := board.CandidateStatus(all)
	c, err := oneCandidate(ctx, tx, a.Tenant, a.CandidateID)
	if err != nil || c.Status == next {
		return err
	}
	return moveCandidate(ctx, tx, c, next, CandidateHistoryEntry{HistoryEntry: HistoryEntry{Actor: by, At: at}, Automatic: true})
}
