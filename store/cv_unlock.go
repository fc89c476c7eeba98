package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"itmanagerjobs/store/board"
)

// Unlock says since when, and for how long, a profile of the CV database is open for an employer.
type Unlock struct {
	UnlockedAt time.Time
	FreeUntil  time.Time
	// Charged is false in test mode, which costs nothing.
	Charged bool
}

// runningUnlock reads the unlock that runs at a time, nil when there is none.
func runningUnlock(ctx context.Context, q queryer, t Tenant, candidateID int64, now time.Time) (*Unlock, error) {
	var row struct {
		UnlockedAt time.Time `db:"unlocked_at"`
		FreeUntil  time.Time `db:"free_until"`
		Charged    bool      `db:"charged"`
	}
	err := q.GetContext(ctx, &row, `
SELECT unlocked_at, free_until, charged FROM cv_unlocks
 WHERE employer_id = $1 AND mode = $2 AND candidate_id = $3 AND free_until > $4`, t.EmployerID, t.Mode, candidateID, now)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil //nolint:nilnil // not to be unlocked is no failure
	}
	if err != nil {
		return nil, fmt.Errorf("read unlock: %w", err)
	}
	return &Unlock{UnlockedAt: row.UnlockedAt.UTC(), FreeUntil: row.FreeUntil.UTC(), Charged: row.Charged}, nil
}

// unlock opens a profile for board.UnlockTerm and spends a credit on it, unless it is open already (R20). The row of the
// pair puts all that open it at once in one order; the first of them pays. Errors: not_found; no_credits.
func (tx *Tx) unlock(ctx context.Context, p Principal, candidateID int64) (*Unlock, error) {
	// Nobody is hidden or erased meanwhile, which would take the row away that is about to be paid for.
	var visible bool
	err := tx.get(ctx, &visible, `SELECT visibility = 'Visible' FROM cv_candidates WHERE id = $1 AND mode = $2 FOR SHARE`, candidateID, p.Mode)
	if errors.Is(err, sql.ErrNoRows) || err == nil && !visible {
		return nil, errNoCandidate
	}
	if err != nil {
		return nil, fmt.Errorf("lock profile: %w", err)
	}
	cost := board.UnlockCost(p.Mode)
	var unlockID int64
	err = tx.get(ctx, &unlockID, `
INSERT INTO cv_unlocks AS u (employer_id, mode, candidate_id, unlock_id, charged, unlocked_at, free_until)
VALUES ($1, $2, $3, nextval('cv_unlock_ids'), $4, $5, $6)
ON CONFLICT (employer_id, mode, candidate_id) DO UPDATE SET unlock_id = excluded.unlock_id, charged = excluded.charged,
       unlocked_at = excluded.unlocked_at, free_until = excluded.free_until, refunded_at = NULL
 WHERE u.free_until <= $5
RETURNING unlock_id`, p.EmployerID, p.Mode, candidateID, cost > 0, tx.Now, tx.Now.Add(board.UnlockTerm))
	if errors.Is(err, sql.ErrNoRows) {
		return runningUnlock(ctx, tx.tx, p.Tenant, candidateID, tx.Now)
	}
	if err != nil {
		return nil, fmt.Errorf("unlock profile: %w", err)
	}
	if cost > 0 {
		after, err := tx.spend(ctx, p.Tenant, board.CreditCvSearch, cost)
		if err != nil {
			return nil, err
		}
		err = tx.enterCredit(ctx, p.Tenant, creditEntry{
			kind: board.CreditCvSearch, delta: -cost, after: after, reason: "Unlock", unlockID: &unlockID, candidateID: &candidateID, keyID: nonZero(p.KeyID),
		})
		if err != nil {
			return nil, err
		}
	}
	return &Unlock{UnlockedAt: tx.Now, FreeUntil: tx.Now.Add(board.UnlockTerm), Charged: cost > 0}, nil
}

// RefundUnlock gives back the credit of the unlock that runs, and ends it. It returns the balances.
// Errors: not_found when the employer never unlocked the candidate; conflict when no unlock runs that was charged.
func (s *Store) RefundUnlock(ctx context.Context, employerID, candidateID int64) (Credits, error) {
	t := Tenant{EmployerID: employerID, Mode: board.ModeLive}
	var balance Credits
	err := s.WithTx(ctx, func(ctx context.Context, tx *Tx) error {
		var u struct {
			ID         int64      `db:"unlock_id"`
			Charged    bool       `db:"charged"`
			FreeUntil  time.Time  `db:"free_until"`
			RefundedAt *time.Time `db:"refunded_at"`
		}
		err := tx.get(ctx, &u, `
SELECT unlock_id, charged, free_until, refunded_at FROM cv_unlocks WHERE employer_id = $1 AND mode = $2 AND candidate_id = $3 FOR UPDATE`,
			t.EmployerID, t.Mode, candidateID)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return board.Errorf(board.CodeNotFound, "The employer has not unlocked this candidate.")
		case err != nil:
			return fmt.Errorf("lock unlock: %w", err)
		case u.RefundedAt != nil:
			return board.Errorf(board.CodeConflict, "This unlock was refunded already.")
		case !u.FreeUntil.After(tx.Now):
			return board.Errorf(board.CodeConflict, "This unlock has run its term; there is nothing to refund.")
		case !u.Charged:
			return board.Errorf(board.CodeConflict, "This unlock was free; there is nothing to refund.")
		}
		_, err = tx.exec(ctx, `UPDATE cv_unlocks SET refunded_at = $4, free_until = $4 WHERE employer_id = $1 AND mode = $2 AND candidate_id = $3`,
			t.EmployerID, t.Mode, candidateID, tx.Now)
		if err != nil {
			return fmt.Errorf("end unlock: %w", err)
		}
		cost := board.UnlockCost(t.Mode)
		after, err := tx.credit(ctx, t, board.CreditCvSearch, cost)
		if err != nil {
			return err
		}
		err = tx.enterCredit(ctx, t, creditEntry{
			kind: board.CreditCvSearch, delta: cost, after: after, reason: "Refund", unlockID: &u.ID, candidateID: &candidateID,
		})
		if err != nil {
			return err
		}
		balance, err = tx.credits(ctx, t)
		return err
	})
	return balance, err
}
