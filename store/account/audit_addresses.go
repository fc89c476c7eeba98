package account

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
)

// ForgetAuditAddresses takes the network addresses out of up to limit entries of the audit log of one employer that are older than
// board.AuditAddressKept, and of up to limit actions of reviewers. It returns how many it has looked at; 0 when there are none, or when
// another copy of the program is at it.
func (s *Store) ForgetAuditAddresses(ctx context.Context, limit int) (done int64, err error) {
	err = s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		locked, err := tx.TryLock(ctx, pg.LockAuditAddresses)
		if err != nil || !locked {
			return err
		}
		until := tx.Now.Add(-board.AuditAddressKept)
		actions, err := tx.Exec(ctx, `
UPDATE platform_actions SET address = '' WHERE id IN (SELECT id FROM platform_actions WHERE created_at <= $1 AND address <> '' ORDER BY created_at LIMIT $2)`, until, limit)
		if err != nil {
			return fmt.Errorf("forget addresses of reviewers: %w", err)
		}
		entries, err := forgetAddresses(ctx, tx, until, limit)
		done = actions + entries
		return err
	})
	return done, err
}

// forgetAddresses does it for the first employer whose next entry is old enough. Entries are about as old as their numbers are high, and a
// number below that of an old one is old as well.
func forgetAddresses(ctx context.Context, tx *pg.Tx, until time.Time, limit int) (int64, error) {
	var next struct {
		EmployerID int64 `db:"employer_id"`
		Done       int64 `db:"done"`
	}
	//house:tenant a chore for every employer, one after the other
	err := tx.Get(ctx, &next, `
SELECT h.employer_id, coalesce(f.number, 0) AS done FROM audit_heads h LEFT JOIN audit_forgotten f USING (employer_id)
 WHERE EXISTS (SELECT FROM audit_entries e WHERE e.employer_id = h.employer_id AND e.number = coalesce(f.number, 0) + 1 AND e.at <= $1) LIMIT 1`, until)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("find entries of the audit log that are old: %w", err)
	}
	var last int64
	//house:tenant the addresses of both modes go
	err = tx.Get(ctx, &last, `
SELECT max(number) FROM (SELECT number, at FROM audit_entries WHERE employer_id = $1 AND number > $2 ORDER BY number LIMIT $3) e WHERE e.at <= $4`,
		next.EmployerID, next.Done, limit, until)
	if err != nil {
		return 0, fmt.Errorf("find the last of them: %w", err)
	}
	//house:tenant as above
	_, err = tx.Exec(ctx, `
UPDATE audit_entries SET address = '', seal = sha256(seal || convert_to(address, 'UTF8'))
 WHERE employer_id = $1 AND number > $2 AND number <= $3 AND address <> ''`, next.EmployerID, next.Done, last)
	if err != nil {
		return 0, fmt.Errorf("forget addresses of the audit log: %w", err)
	}
	_, err = tx.Exec(ctx, `
INSERT INTO audit_forgotten (employer_id, number) VALUES ($1, $2) ON CONFLICT (employer_id) DO UPDATE SET number = excluded.number`, next.EmployerID, last)
	if err != nil {
		return 0, fmt.Errorf("note up to where addresses are forgotten: %w", err)
	}
	return last - next.Done, nil
}
