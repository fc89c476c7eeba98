package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"itmanagerjobs/store/board"
)

// Credits is an employer's balance of each kind.
type Credits struct {
	JobPosting int64
	CvSearch   int64
}

// GrantCredits adds to the balances, as a sale does, and returns them. Errors: invalid_request; not_found.
func (s *Store) GrantCredits(ctx context.Context, t Tenant, grant Credits) (Credits, error) {
	if fields := board.ValidateGrant(grant.JobPosting, grant.CvSearch); len(fields) > 0 {
		return Credits{}, board.Invalid(fields...)
	}
	var balance Credits
	err := s.WithTx(ctx, func(ctx context.Context, tx *Tx) error {
		if _, err := tx.employer(ctx, t.EmployerID); err != nil {
			return err
		}
		// Always in this order, so that two grants never wait for each other.
		for _, g := range []struct {
			kind board.CreditKind
			n    int64
		}{{board.CreditJobPosting, grant.JobPosting}, {board.CreditCvSearch, grant.CvSearch}} {
			if g.n == 0 {
				continue
			}
			if err := tx.grant(ctx, t, g.kind, g.n); err != nil {
				return err
			}
		}
		var err error
		balance, err = tx.credits(ctx, t)
		return err
	})
	return balance, err
}

func (tx *Tx) grant(ctx context.Context, t Tenant, kind board.CreditKind, n int64) error {
	after, err := tx.credit(ctx, t, kind, n)
	if err != nil {
		return err
	}
	return tx.enterCredit(ctx, t, creditEntry{kind: kind, delta: n, after: after, reason: "Grant"})
}

// credit adds to a balance and returns it.
func (tx *Tx) credit(ctx context.Context, t Tenant, kind board.CreditKind, n int64) (after int64, err error) {
	err = tx.get(ctx, &after, `
INSERT INTO credit_accounts AS a (employer_id, mode, kind, balance) VALUES ($1, $2, $3, $4)
ON CONFLICT (employer_id, mode, kind) DO UPDATE SET balance = a.balance + excluded.balance
RETURNING balance`, t.EmployerID, t.Mode, kind, n)
	if err != nil {
		return 0, fmt.Errorf("grant credits: %w", err)
	}
	return after, nil
}

// spend takes from a balance and returns it. The conditional update of the locked balance decides a race for the last
// credit. Errors: no_credits.
func (tx *Tx) spend(ctx context.Context, t Tenant, kind board.CreditKind, n int64) (after int64, err error) {
	err = tx.get(ctx, &after, `
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

// spendOnPublication takes one credit for the publication of a job, or none when it is free now. The ledger's unique
// (job_id, publication) refuses a second charge for one publication. Errors: no_credits.
func (tx *Tx) spendOnPublication(ctx context.Context, t Tenant, job board.Job, keyID int64) error {
	employer, err := tx.employer(ctx, t.EmployerID)
	if err != nil {
		return err
	}
	cost := board.PublishCost(t.Mode, employer.ContractUntil, tx.Now)
	if cost == 0 {
		return nil
	}
	after, err := tx.spend(ctx, t, board.CreditJobPosting, cost)
	if err != nil {
		return err
	}
	return tx.enterCredit(ctx, t, creditEntry{
		kind: board.CreditJobPosting, delta: -cost, after: after, reason: "Publish",
		jobID: &job.ID, publication: &job.Publications, keyID: nonZero(keyID),
	})
}

type creditEntry struct {
	kind        board.CreditKind
	delta       int64
	after       int64
	reason      string
	jobID       *int64
	publication *int
	unlockID    *int64
	candidateID *int64
	keyID       *int64
}

func (tx *Tx) enterCredit(ctx context.Context, t Tenant, e creditEntry) error {
	_, err := tx.exec(ctx, `
INSERT INTO credit_entries (employer_id, mode, kind, delta, balance_after, reason, job_id, publication, unlock_id, candidate_id, key_id, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		t.EmployerID, t.Mode, e.kind, e.delta, e.after, e.reason, e.jobID, e.publication, e.unlockID, e.candidateID, e.keyID, tx.Now)
	if err != nil {
		return fmt.Errorf("enter credit: %w", err)
	}
	return nil
}

// Credits reads an employer's balances.
func (s *Store) Credits(ctx context.Context, t Tenant) (Credits, error) {
	return readCredits(ctx, s.reader(ctx), t)
}

func (tx *Tx) credits(ctx context.Context, t Tenant) (Credits, error) {
	return readCredits(ctx, tx.tx, t)
}

func readCredits(ctx context.Context, q queryer, t Tenant) (Credits, error) {
	var rows []struct {
		Kind    board.CreditKind `db:"kind"`
		Balance int64            `db:"balance"`
	}
	if err := q.SelectContext(ctx, &rows, `SELECT kind, balance FROM credit_accounts WHERE employer_id = $1 AND mode = $2`, t.EmployerID, t.Mode); err != nil {
		return Credits{}, fmt.Errorf("read credits: %w", err)
	}
	var c Credits
	for _, r := range rows {
		switch r.Kind {
		case board.CreditJobPosting:
			c.JobPosting = r.Balance
		case board.CreditCvSearch:
			c.CvSearch = r.Balance
		}
	}
	return c, nil
}

func nonZero(id int64) *int64 {
	if id == 0 {
		return nil
	}
	return &id
}
