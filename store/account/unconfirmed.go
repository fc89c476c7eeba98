package account

import (
	"context"
	"fmt"
	"time"

	"itmanagerjobs/store/pg"
)

// unconfirmedLasts is how long an account may be without anybody who has confirmed an address.
const unconfirmedLasts = 7 * 24 * time.Hour

// PurgeUnconfirmed closes up to limit accounts that are a week old and in which nobody has confirmed an address, and returns how many.
// What they hold of people goes: names, addresses, passwords, sessions. Their keys are revoked. An account that an operator made, or that
// has a live key, a live job, a contract, live credits or an order, stays. The rows of test data stay, which nobody can reach any
// more, and the audit log, which has no names.
func (s *Store) PurgeUnconfirmed(ctx context.Context, limit int) (int64, error) {
	var closed int64
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		closed = 0
		var ids []int64
		err := tx.List(ctx, &ids, `
SELECT e.id FROM employers e
 WHERE e.closed_at IS NULL AND e.created_at <= $1 AND NOT e.trusted AND e.contract_until IS NULL
   AND EXISTS (SELECT FROM users u WHERE u.employer_id = e.id)
   AND NOT EXISTS (SELECT FROM users u WHERE u.employer_id = e.id AND u.confirmed_at IS NOT NULL)
   AND NOT EXISTS (SELECT FROM api_keys k WHERE k.employer_id = e.id AND k.mode = 'live')
   AND NOT EXISTS (SELECT FROM credit_entries c WHERE c.employer_id = e.id AND c.mode = 'live')
   AND NOT EXISTS (SELECT FROM orders o WHERE o.employer_id = e.id)
   AND NOT EXISTS (SELECT FROM jobs j WHERE j.employer_id = e.id AND j.mode = 'live')
 ORDER BY e.created_at LIMIT $2 FOR UPDATE OF e SKIP LOCKED`, tx.Now.Add(-unconfirmedLasts), limit)
		if err != nil {
			return fmt.Errorf("find accounts that nobody has confirmed: %w", err)
		}
		for _, id := range ids {
			if err := closeEmployer(ctx, tx, id); err != nil {
				return err
			}
			closed++
		}
		return nil
	})
	return closed, err
}

func closeEmployer(ctx context.Context, tx *pg.Tx, id int64) error {
	_, err := tx.Exec(ctx, `
UPDATE employers SET closed_at = $2, name = 'Closed account', website = NULL, description = NULL, phone = NULL WHERE id = $1`, id, tx.Now)
	if err != nil {
		return fmt.Errorf("close an account: %w", err)
	}
	var users []int64
	if err := tx.List(ctx, &users, `SELECT id FROM users WHERE employer_id = $1 ORDER BY id FOR UPDATE`, id); err != nil {
		return fmt.Errorf("lock the users of a closed account: %w", err)
	}
	for _, userID := range users {
		if err := forgetUser(ctx, tx, userID); err != nil {
			return err
		}
	}
	_, err = tx.Exec(ctx, `
UPDATE api_keys SET status = 'Revoked', revoked_at = coalesce(revoked_at, $2) WHERE employer_id = $1 AND mode = 'test'`, id, tx.Now)
	if err != nil {
		return fmt.Errorf("revoke the keys of a closed account: %w", err)
	}
	return nil
}
