package account

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/letter"
	"itmanagerjobs/store/outbox"
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
		if err := Grant(ctx, tx, t, granted, CreditEntry{Reason: "Grant"}); err != nil {
			return err
		}
		Operated(ctx, tx, t.EmployerID, fmt.Sprintf("employers/%d", t.EmployerID))
		var err error
		balance, err = CreditsOf(ctx, tx, t)
		return err
	})
	return balance, err
}

// Grant adds to the balances, with a line of the ledger for each kind that is like the given one.
func Grant(ctx context.Context, tx *pg.Tx, t board.Tenant, granted Credits, line CreditEntry) error {
	// Always in this order, so that two grants never deadlock.
	for _, g := range []struct {
		kind board.CreditKind
		n    int64
	}{{board.CreditJobPosting, granted.JobPosting}, {board.CreditCVSearch, granted.CVSearch}} {
		if g.n == 0 {
			continue
		}
		after, err := Credit(ctx, tx, t, g.kind, g.n)
		if err != nil {
			return err
		}
		line.Kind, line.Delta, line.After = g.kind, g.n, after
		if err := EnterCredit(ctx, tx, t, line); err != nil {
			return err
		}
	}
	return nil
}

// ChangeCredits adds to a balance by hand, or takes from it, for a reason that the ledger keeps. Errors: invalid_request; not_found;
// no_credits when fewer are left than are to be taken.
func (s *Store) ChangeCredits(ctx context.Context, employerID int64, c board.CreditChange) (Credits, error) {
	c, err := c.Normalize()
	if err != nil {
		return Credits{}, err
	}
	t := board.Tenant{EmployerID: employerID, Mode: board.ModeLive}
	var balance Credits
	err = s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		if _, err := EmployerOf(ctx, tx, employerID); err != nil {
			return err
		}
		Operated(ctx, tx, employerID, fmt.Sprintf("employers/%d", employerID))
		line := CreditEntry{Kind: c.Kind, Delta: c.Delta, Reason: "Grant", Note: c.Note}
		var err error
		if c.Delta > 0 {
			line.After, err = Credit(ctx, tx, t, c.Kind, c.Delta)
		} else {
			line.Reason = "Correction"
			line.After, err = s.Spend(ctx, tx, t, c.Kind, -c.Delta)
		}
		if err != nil {
			return err
		}
		if err := EnterCredit(ctx, tx, t, line); err != nil {
			return err
		}
		balance, err = CreditsOf(ctx, tx, t)
		return err
	})
	return balance, err
}

// Credit adds to a balance and returns it. A small purchase leaves nobody to be told that few credits are left: they know.
func Credit(ctx context.Context, tx *pg.Tx, t board.Tenant, kind board.CreditKind, n int64) (after int64, err error) {
	err = tx.Get(ctx, &after, `
INSERT INTO credit_accounts AS a (employer_id, mode, kind, balance, low_mailed) VALUES ($1, $2, $3, $4::bigint, $4::bigint <= $5)
ON CONFLICT (employer_id, mode, kind) DO UPDATE
   SET balance = a.balance + excluded.balance, low_mailed = a.balance + excluded.balance <= $5
RETURNING balance`, t.EmployerID, t.Mode, kind, n, board.SmallPurchase(kind))
	if err != nil {
		return 0, fmt.Errorf("grant credits: %w", err)
	}
	return after, nil
}

// spendSQL takes $4 from a balance, unless there is less. $5 is what counts as few. It also answers whether the admins have heard
// before that few are left.
const spendSQL = `
UPDATE credit_accounts a SET balance = a.balance - $4, low_mailed = a.balance - $4 <= $5
  FROM (SELECT low_mailed FROM credit_accounts WHERE employer_id = $1 AND mode = $2 AND kind = $3 FOR NO KEY UPDATE) before
 WHERE a.employer_id = $1 AND a.mode = $2 AND a.kind = $3 AND a.balance >= $4
RETURNING a.balance, before.low_mailed AS heard`

// Spend takes from a balance and returns it. The conditional update of the locked balance decides a race for the last
// credit. When few are left, the admins of the employer get an email: one, until there are enough again. Errors: no_credits.
func (s *Store) Spend(ctx context.Context, tx *pg.Tx, t board.Tenant, kind board.CreditKind, n int64) (after int64, err error) {
	var row spending
	err = tx.Get(ctx, &row, spendSQL, t.EmployerID, t.Mode, kind, n, board.FewCredits(kind))
	if errors.Is(err, sql.ErrNoRows) {
		return 0, board.NoCredits(kind)
	}
	if err != nil {
		return 0, fmt.Errorf("spend credit: %w", err)
	}
	return row.Balance, s.noteSpending(ctx, tx, t, kind, n, row)
}

// spending is a balance after something was taken from it. Heard is whether the admins had heard before that few are left.
type spending struct {
	Balance int64 `db:"balance"`
	Heard   bool  `db:"heard"`
}

// noteSpending calls Config.Spent, if it is set, once the transaction that took n credits from a balance is committed.
func (s *Store) noteSpending(ctx context.Context, tx *pg.Tx, t board.Tenant, kind board.CreditKind, n int64, left spending) error {
	if s.spent != nil && t.Mode == board.ModeLive {
		tx.AfterCommit(func() { s.spent(ctx, kind, n) })
	}
	if left.Balance > board.FewCredits(kind) || left.Heard || t.Mode != board.ModeLive {
		return nil
	}
	return s.mailLowCredits(ctx, tx, t.EmployerID, kind, left.Balance)
}

func (s *Store) mailLowCredits(ctx context.Context, tx *pg.Tx, employerID int64, kind board.CreditKind, left int64) error {
	return s.MailAdmins(ctx, tx, employerID, func(to, employer string) letter.Mail {
		return letter.LowCredits(to, employer, kind, left, s.publicURL+"/employer/billing")
	})
}

// MailAdmins queues an email to each admin of an employer whose address is confirmed.
func (s *Store) MailAdmins(ctx context.Context, tx *pg.Tx, employerID int64, write func(to, employer string) letter.Mail) error {
	employer, addresses, err := s.AdminsOf(ctx, tx, employerID)
	if err != nil {
		return err
	}
	return outbox.SendMail(ctx, tx, employerID, pg.Column[[]letter.Mail](addresses, func(to string) letter.Mail { return write(to, employer) })...)
}

// Publication is one of a job: Number counts those of the job, and KeyID is the key that has asked for it, 0 for none.
type Publication struct {
	JobID  int64
	Number int
	KeyID  int64
}

// SpendOnPublications takes a credit for each publication, or none when they are free now, as long as there are credits: it returns for
// how many, of the first ones. contractUntil is the end of the employer's contract. The ledger's unique (job_id, publication) refuses a
// second charge for one publication.
func (s *Store) SpendOnPublications(ctx context.Context, tx *pg.Tx, t board.Tenant, contractUntil *time.Time, all []Publication) (paid int, err error) {
	cost := board.PublishCost(t.Mode, contractUntil, tx.Now)
	if cost == 0 || len(all) == 0 {
		return len(all), nil
	}
	var row struct {
		spending

		Paid int `db:"paid"`
	}
	err = tx.Get(ctx, &row, `
WITH spent AS (
    UPDATE credit_accounts a SET balance = a.balance - $4 * least(a.balance / $4, cardinality($6::bigint[])),
           low_mailed = a.balance - $4 * least(a.balance / $4, cardinality($6::bigint[])) <= $5
      FROM (SELECT balance, low_mailed FROM credit_accounts WHERE employer_id = $1 AND mode = $2 AND kind = $3 FOR NO KEY UPDATE) before
     WHERE a.employer_id = $1 AND a.mode = $2 AND a.kind = $3 AND a.balance >= $4
    RETURNING a.balance, before.balance AS had, before.low_mailed AS heard
), entered AS (
    INSERT INTO credit_entries (employer_id, mode, kind, delta, balance_after, reason, job_id, publication, key_id, created_at, note)
    SELECT $1, $2, $3, -$4, s.had - $4 * g.n, 'Publish', g.job_id, g.publication, nullif(g.key_id, 0), $9, ''
      FROM spent s, unnest($6::bigint[], $7::bigint[], $8::bigint[]) WITH ORDINALITY AS g (job_id, publication, key_id, n)
     WHERE s.had - $4 * g.n >= s.balance ORDER BY g.n
)
SELECT balance, heard, (had - balance) / $4 AS paid FROM spent`, t.EmployerID, t.Mode, board.CreditJobPosting, cost, board.FewCredits(board.CreditJobPosting),
		pg.Column[pq.Int64Array](all, func(p Publication) int64 { return p.JobID }), pg.Column[pq.Int64Array](all, func(p Publication) int64 { return int64(p.Number) }),
		pg.Column[pq.Int64Array](all, func(p Publication) int64 { return p.KeyID }), tx.Now)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("spend credits: %w", err)
	}
	return row.Paid, s.noteSpending(ctx, tx, t, board.CreditJobPosting, cost*int64(row.Paid), row.spending)
}

// CreditEntry is a line of the ledger of credits, which is never changed.
type CreditEntry struct {
	Kind board.CreditKind
	// Delta is what was added, negative what was spent; After is the balance after it.
	Delta  int64
	After  int64
	Reason string // such as "Publish" or "Unlock"
	// What was paid for, and the key that asked for it; nil what does not apply.
	UnlockID    *int64
	CandidateID *int64
	KeyID       *int64
	OrderID     *int64
	// Note is the reason of a change by hand.
	Note string
}

// EnterCredit writes a line of the ledger, in the transaction that changes the balance.
func EnterCredit(ctx context.Context, tx *pg.Tx, t board.Tenant, e CreditEntry) error {
	_, err := tx.Exec(ctx, `
INSERT INTO credit_entries (employer_id, mode, kind, delta, balance_after, reason, unlock_id, candidate_id, key_id, created_at, order_id, note)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		t.EmployerID, t.Mode, e.Kind, e.Delta, e.After, e.Reason, e.UnlockID, e.CandidateID, e.KeyID, tx.Now, e.OrderID, e.Note)
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
