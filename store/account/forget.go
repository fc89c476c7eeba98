package account

import (
	"context"
	"fmt"
	"time"

	"itmanagerjobs/store/pg"
)

// removedKept is how long the audit log goes on naming a user who was removed.
const removedKept = 365 * 24 * time.Hour

// ForgetRemoved leaves of up to limit users who were removed more than a year ago nothing but their numbers. It returns how many.
func (s *Store) ForgetRemoved(ctx context.Context, limit int) (forgotten int, err error) {
	err = s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		var ids []int64
		err := tx.List(ctx, &ids, `
SELECT id FROM users WHERE removed_at <= $1 AND forgotten_at IS NULL ORDER BY removed_at LIMIT $2 FOR UPDATE SKIP LOCKED`, tx.Now.Add(-removedKept), limit)
		if err != nil {
			return fmt.Errorf("find users who were removed: %w", err)
		}
		for _, id := range ids {
			if err := forgetUser(ctx, tx, id); err != nil {
				return err
			}
		}
		forgotten = len(ids)
		return nil
	})
	return forgotten, err
}

// forgetUser leaves the row of a user, which the audit log names, and nothing of the person.
func forgetUser(ctx context.Context, tx *pg.Tx, id int64) error {
	if err := dropMeans(ctx, tx, id); err != nil {
		return err
	}
	if err := dropLinks(ctx, tx, id); err != nil {
		return err
	}
	// The rows stay until they expire, so that a request that is under way does not save its session again.
	_, err := tx.Exec(ctx, `UPDATE sessions SET data = '', device = '', address = '' WHERE user_id = $1`, id)
	if err != nil {
		return fmt.Errorf("forget the sessions of a user: %w", err)
	}
	_, err = tx.Exec(ctx, `
UPDATE users SET removed_at = coalesce(removed_at, $2), forgotten_at = $2, email = 'closed-' || id || '@invalid', name = '', password_hash = '', passkey_handle = NULL WHERE id = $1`, id, tx.Now)
	if err != nil {
		return fmt.Errorf("forget a user: %w", err)
	}
	return nil
}
