package cv

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
)

// Unlock says whether a profile of the CV database is open for an employer, and what opens it.
type Unlock struct {
	// Required tells that names, contact data and CV are closed.
	Required bool
	// Price is how many CVSearch credits it costs to unlock the profile now.
	Price int64
	// ExpiresAt is when an open profile closes, the zero time of a closed one.
	ExpiresAt time.Time
}

// ReadUnlock reads whether a profile is open for an employer at a time.
func ReadUnlock(ctx context.Context, q pg.Reader, t board.Tenant, candidateID int64, now time.Time) (Unlock, error) {
	var until time.Time
	err := q.Get(ctx, &until, `
SELECT free_until FROM cv_unlocks WHERE employer_id = $1 AND mode = $2 AND candidate_id = $3 AND free_until > $4`, t.EmployerID, t.Mode, candidateID, now)
	if errors.Is(err, sql.ErrNoRows) {
		return Unlock{Required: true, Price: board.UnlockCost(t.Mode)}, nil
	}
	if err != nil {
		return Unlock{}, fmt.Errorf("read unlock: %w", err)
	}
	return Unlock{ExpiresAt: until.UTC()}, nil
}

// UnlockPerson opens a profile for board.UnlockTerm and spends a credit on it, unless it is open already. Requests of one employer
// that unlock it at the same time wait for each other on the row of the unlock; the first of them pays.
// Errors: not_found; no_credits.
func (s *Store) UnlockPerson(ctx context.Context, tx *pg.Tx, p account.Principal, candidateID int64) error {
	// The lock keeps the person from being hidden or erased meanwhile, after the employer has paid.
	var visible bool
	err := tx.Get(ctx, &visible, `SELECT visibility = 'Visible' FROM cv_candidates WHERE id = $1 AND mode = $2 FOR SHARE`, candidateID, p.Mode)
	if errors.Is(err, sql.ErrNoRows) || err == nil && !visible {
		return board.ErrNoCandidate
	}
	if err != nil {
		return fmt.Errorf("lock profile: %w", err)
	}
	cost := board.UnlockCost(p.Mode)
	var unlockID int64
	err = tx.Get(ctx, &unlockID, `
INSERT INTO cv_unlocks AS u (employer_id, mode, candidate_id, unlock_id, charged, unlocked_at, free_until)
VALUES ($1, $2, $3, nextval('cv_unlock_ids'), $4, $5, $6)
ON CONFLICT (employer_id, mode, candidate_id) DO UPDATE SET unlock_id = excluded.unlock_id, charged = excluded.charged,
       unlocked_at = excluded.unlocked_at, free_until = excluded.free_until, refunded_at = NULL
 WHERE u.free_until <= $5
RETURNING unlock_id`, p.EmployerID, p.Mode, candidateID, cost > 0, tx.Now, tx.Now.Add(board.UnlockTerm))
	if errors.Is(err, sql.ErrNoRows) {
		return nil // it is open
	}
	if err != nil {
		return fmt.Errorf("unlock profile: %w", err)
	}
	if cost == 0 {
		return nil
	}
	after, err := s.accounts.Spend(ctx, tx, p.Tenant, board.CreditCVSearch, cost)
	if err != nil {
		return err
	}
	return account.EnterCredit(ctx, tx, p.Tenant, account.CreditEntry{
		Kind: board.CreditCVSearch, Delta: -cost, After: after, Reason: "Unlock", UnlockID: &unlockID, CandidateID: &candidateID, KeyID: pg.NonZero(p.KeyID),
	})
}

// RefundUnlock gives back the credit of the unlock that has not run out, and ends it. It returns the balances.
// Errors: not_found when the employer never unlocked the candidate; invalid_state when no unlock runs that was charged.
func (s *Store) RefundUnlock(ctx context.Context, employerID, candidateID int64) (account.Credits, error) {
	t := board.Tenant{EmployerID: employerID, Mode: board.ModeLive}
	var balance account.Credits
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		var u struct {
			ID         int64      `db:"unlock_id"`
			Charged    bool       `db:"charged"`
			FreeUntil  time.Time  `db:"free_until"`
			RefundedAt *time.Time `db:"refunded_at"`
		}
		err := tx.Get(ctx, &u, `
SELECT unlock_id, charged, free_until, refunded_at FROM cv_unlocks WHERE employer_id = $1 AND mode = $2 AND candidate_id = $3 FOR UPDATE`,
			t.EmployerID, t.Mode, candidateID)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return board.Errorf(board.CodeNotFound, "The employer has not unlocked this candidate.")
		case err != nil:
			return fmt.Errorf("lock unlock: %w", err)
		case u.RefundedAt != nil:
			return board.Errorf(board.CodeInvalidState, "This unlock was refunded already.")
		case !u.FreeUntil.After(tx.Now):
			return board.Errorf(board.CodeInvalidState, "This unlock has run its term; there is nothing to refund.")
		case !u.Charged:
			return board.Errorf(board.CodeInvalidState, "This unlock was free; there is nothing to refund.")
		}
		account.Operated(ctx, tx, employerID, fmt.Sprintf("candidates/%d", candidateID))
		_, err = tx.Exec(ctx, `UPDATE cv_unlocks SET refunded_at = $4, free_until = $4 WHERE employer_id = $1 AND mode = $2 AND candidate_id = $3`,
			t.EmployerID, t.Mode, candidateID, tx.Now)
		if err != nil {
			return fmt.Errorf("end unlock: %w", err)
		}
		cost := board.UnlockCost(t.Mode)
		after, err := account.Credit(ctx, tx, t, board.CreditCVSearch, cost)
		if err != nil {
			return err
		}
		err = account.EnterCredit(ctx, tx, t, account.CreditEntry{
			Kind: board.CreditCVSearch, Delta: cost, After: after, Reason: "Refund", UnlockID: &u.ID, CandidateID: &candidateID,
		})
		if err != nil {
			return err
		}
		balance, err = account.CreditsOf(ctx, tx, t)
		return err
	})
	return balance, err
}
