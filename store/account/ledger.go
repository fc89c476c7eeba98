package account

import (
	"context"
	"fmt"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
)

// LedgerLine is a change of a balance as people read it.
type LedgerLine struct {
	ID        int64            `db:"id"`
	Kind      board.CreditKind `db:"kind"`
	Delta     int64            `db:"delta"`
	After     int64            `db:"balance_after"`
	Reason    string           `db:"reason"`
	CreatedAt time.Time        `db:"created_at"`
	// What it was for; empty what does not apply. The title of a job is that of today, empty when it is gone.
	JobID       int64  `db:"job_id"`
	JobTitle    string `db:"job_title"`
	CandidateID int64  `db:"candidate_id"`
	OrderID     int64  `db:"order_id"`
	OrderName   string `db:"order_name"`
	Note        string `db:"note"`
	// Key is the name of the API key that has spent it; empty for a person.
	Key string `db:"key"`
}

// LedgerQuery asks for lines of the ledger, the newest first.
type LedgerQuery struct {
	// Kind is empty for both.
	Kind board.CreditKind
	// Reason is empty for all.
	Reason string
	// Before is the last line of the previous page; 0 for the first page.
	Before int64
	Limit  int
}

// LedgerReasons lists why balances change, as the ledger names it.
func LedgerReasons() []string {
	return []string{"Order", "Grant", "Publish", "Unlock", "Refund", "Correction"}
}

// Ledger reads lines with what each was for, with one statement.
func (s *Store) Ledger(ctx context.Context, t board.Tenant, q LedgerQuery) (lines []LedgerLine, more bool, err error) {
	err = s.db.Reader(ctx).List(ctx, &lines, `
SELECT c.id, c.kind, c.delta, c.balance_after, c.reason, c.created_at, c.note, coalesce(c.job_id, 0) AS job_id,
       coalesce(j.title, '') AS job_title, coalesce(c.candidate_id, 0) AS candidate_id, coalesce(c.order_id, 0) AS order_id,
       coalesce(o.name, '') AS order_name, coalesce(k.name, '') AS key
  FROM credit_entries c
  LEFT JOIN jobs j ON j.id = c.job_id AND j.employer_id = c.employer_id AND j.mode = c.mode
  LEFT JOIN orders o ON o.id = c.order_id AND o.employer_id = c.employer_id
  LEFT JOIN api_keys k ON k.id = c.key_id AND k.employer_id = c.employer_id AND k.mode = c.mode
 WHERE c.employer_id = $1 AND c.mode = $2 AND ($3 = '' OR c.kind = $3) AND ($4 = '' OR c.reason = $4) AND ($5 = 0 OR c.id < $5)
 ORDER BY c.id DESC LIMIT $6`, t.EmployerID, t.Mode, q.Kind, q.Reason, q.Before, q.Limit+1)
	if err != nil {
		return nil, false, fmt.Errorf("read ledger: %w", err)
	}
	more = len(lines) > q.Limit
	lines = lines[:min(len(lines), q.Limit)]
	for i := range lines {
		lines[i].CreatedAt = lines[i].CreatedAt.UTC()
	}
	return lines, more, nil
}

// ExtendContract adds months to the unlimited contract of an employer, in the transaction that they are paid in.
func ExtendContract(ctx context.Context, tx *pg.Tx, employerID int64, months int) error {
	if err := LockEmployer(ctx, tx, employerID); err != nil {
		return err
	}
	e, err := EmployerOf(ctx, tx, employerID)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE employers SET contract_until = $2 WHERE id = $1`, employerID, board.ContractEnd(e.ContractUntil, months, tx.Now))
	if err != nil {
		return fmt.Errorf("extend contract: %w", err)
	}
	return nil
}
