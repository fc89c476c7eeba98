package account

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
)

// Credits are the balances of one half of an employer, in whole credits.
type Credits struct {
	JobPosting int64
	CVSearch   int64
}

// GrantCredits adds to the balances, as a sale does, and returns them. Errors: invalid_request; not_found.
func (s *Store) GrantCredits(ctx context.Context, t board.Tenant, granted Credits) (Credits, error) {
	if fields := board.ValidateGrant(granted.JobPosting, granted.CVSearch); len(fields) > 0 {
		return Credits{}, board.Invalid(fields...)
	}
	var balance Credits
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		if _, err := EmployerOf(ctx, tx, t.EmployerID); err != nil {
			return err
		}
		// Always in this order, so that two grants never wait for each other.
		for _, g := range []struct {
			kind board.CreditKind
			n    int64
		}{{board.CreditJobPosting, granted.JobPosting}, {board.CreditCVSearch, granted.CVSearch}} {
			if g.n == 0 {
				continue
			}
			if err := grant(ctx, tx, t, g.kind, g.n); err != nil {
				return err
			}
		}
		Operated(ctx, tx, t.EmployerID, fmt.Sprintf("employers/%d", t.EmployerID))
		var err error
		balance, err = CreditsOf(ctx, tx, t)
		return err
	})
	return balance, err
}

func grant(ctx context.Context, tx *pg.Tx, t board.Tenant, kind board.CreditKind, n int64) error {
	after, err := Credit(ctx, tx, t, kind, n)
	if err != nil {
		return err
	}
	return EnterCredit(ctx, tx, t, CreditEntry{Kind: kind, Delta: n, After: after, Reason: "Grant"})
}

// Credit adds to a balance and returns it.
func Credit(ctx context.Context, tx *pg.Tx, t board.Tenant, kind board.CreditKind, n int64) (after int64, err error) {
	err = tx.Get(ctx, &after, `
INSERT INTO credit_accounts AS a (employer_id, mode, kind, balance) VALUES ($1, $2, $3, $4)
ON CONFLICT (employer_id, mode, kind) DO UPDATE SET balance = a.balance + excluded.balance
RETURNING balance`, t.EmployerID, t.Mode, kind, n)
	if err != nil {
		return 0, fmt.Errorf("grant credits: %w", err)
	}
	return after, nil
}

// Spend takes from a balance and returns it. The conditional update of the locked balance decides a race for the last
// credit. Errors: no_credits.
func Spend(ctx context.Context, tx *pg.Tx, t board.Tenant, kind board.CreditKind, n int64) (after int64, err error) {
	err = tx.Get(ctx, &after, `
UPDATE credit_accounts SET balance = balance - $4
 WHERE employer_id = $1 AND mode = $2 AND kind = $3 AND balance >= $4
RETURNING balance`, t.EmployerID, t.Mode, kind, n)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, board.NoCredits(kind)
	}
	if err != nil {
		return 0, fmt.Errorf("spend credit: %w", err)
	}
	return after, nil
}

// SpendOnPublication takes one credit for the publication of a job, or none when it is free now. The ledger's unique
// (job_id, publication) refuses a second charge for one publication. Errors: no_credits.
func SpendOnPublication(ctx context.Context, tx *pg.Tx, t board.Tenant, job board.Job, keyID int64) error {
	employer, err := EmployerOf(ctx, tx, t.EmployerID)
	if err != nil {
		return err
	}
	cost := board.PublishCost(t.Mode, employer.ContractUntil, tx.Now)
	if cost == 0 {
		return nil
	}
	after, err := Spend(ctx, tx, t, board.CreditJobPosting, cost)
	if err != nil {
		return err
	}
	return EnterCredit(ctx, tx, t, CreditEntry{
		Kind: board.CreditJobPosting, Delta: -cost, After: after, Reason: "Publish",
		jobID: &job.ID, publication: &job.Publications, KeyID: pg.NonZero(keyID),
	})
}

// CreditEntry is a line of the ledger of credits, which is never changed.
type CreditEntry struct {
	Kind board.CreditKind
	// Delta is what was added, negative what was spent; After is the balance after it.
	Delta  int64
	After  int64
	Reason string // such as "Publish" or "Unlock"
	// What was paid for, and the key that asked for it; nil what does not apply.
	jobID       *int64
	publication *int
	UnlockID    *int64
	CandidateID *int64
	KeyID       *int64
}

// EnterCredit writes a line of the ledger, in the transaction that changes the balance.
func EnterCredit(ctx context.Context, tx *pg.Tx, t board.Tenant, e CreditEntry) error {
	_, err := tx.Exec(ctx, `
INSERT INTO credit_entries (employer_id, mode, kind, delta, balance_after, reason, job_id, publication, unlock_id, candidate_id, key_id, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		t.EmployerID, t.Mode, e.Kind, e.Delta, e.After, e.Reason, e.jobID, e.publication, e.UnlockID, e.CandidateID, e.KeyID, tx.Now)
	if err != nil {
		return fmt.Errorf("enter credit: %w", err)
	}
	return nil
}

// Credits reads an employer's balances.
func (s *Store) Credits(ctx context.Context, t board.Tenant) (Credits, error) {
	return readCredits(ctx, s.db.Reader(ctx), t)
}

// CreditsOf reads the balances in the transaction.
func CreditsOf(ctx context.Context, tx *pg.Tx, t board.Tenant) (Credits, error) {
	return readCredits(ctx, tx, t)
}

func readCredits(ctx context.Context, q pg.Reader, t board.Tenant) (Credits, error) {
	var rows []struct {
		Kind    board.CreditKind `db:"kind"`
		Balance int64            `db:"balance"`
	}
	if err := q.List(ctx, &rows, `SELECT kind, balance FROM credit_accounts WHERE employer_id = $1 AND mode = $2`, t.EmployerID, t.Mode); err != nil {
		return Credits{}, fmt.Errorf("read credits: %w", err)
	}
	var c Credits
	for _, r := range rows {
		switch r.Kind {
		case board.CreditJobPosting:
			c.JobPosting = r.Balance
		case board.CreditCVSearch:
			c.CVSearch = r.Balance
		}
	}
	return c, nil
}
