package pipeline

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
)

// CountApplication counts an application that comes through the public form from a network address, before anything else
// is done with it. It lets at most limit of them through in any board.ApplyWindow, over all copies of the program.
// Errors: rate_limited, with the time to wait.
func (s *Store) CountApplication(ctx context.Context, address string, limit int) (wait time.Duration, err error) {
	mac := hmac.New(sha256.New, s.pepper)
	_, _ = mac.Write([]byte("apply\x00" + board.Network(address)))
	subject := mac.Sum(nil)
	err = s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		wait = 0
		// This row is locked by the next statement: applications from one network are counted one after the other.
		_, err := tx.Exec(ctx, `INSERT INTO apply_attempts (subject, sent_at, last_sent) VALUES ($1, '{}', $2) ON CONFLICT DO NOTHING`, subject, tx.Now)
		if err != nil {
			return fmt.Errorf("count application: %w", err)
		}
		var row struct {
			Sent int `db:"sent"`
			// Blocking is when the application was sent whose end in the window makes room for another one.
			Blocking *time.Time `db:"blocking"`
		}
		err = tx.Get(ctx, &row, `
SELECT cardinality(recent) AS sent, recent[cardinality(recent) - $3::integer + 1] AS blocking
  FROM (SELECT ARRAY(SELECT t FROM unnest(sent_at) t WHERE t > $2 ORDER BY t) AS recent FROM apply_attempts WHERE subject = $1 FOR UPDATE) a`,
			subject, tx.Now.Add(-board.ApplyWindow), limit)
		if errors.Is(err, sql.ErrNoRows) {
			return errors.New("count application: the row was purged meanwhile")
		}
		if err != nil {
			return fmt.Errorf("count application: %w", err)
		}
		if row.Sent >= limit {
			if row.Blocking != nil {
				wait = row.Blocking.Add(board.ApplyWindow).Sub(tx.Now)
			}
			return nil
		}
		_, err = tx.Exec(ctx, `
UPDATE apply_attempts SET sent_at = ARRAY(SELECT t FROM unnest(sent_at) t WHERE t > $3 ORDER BY t) || $2::timestamptz, last_sent = greatest(last_sent, $2)
 WHERE subject = $1`, subject, tx.Now, tx.Now.Add(-board.ApplyWindow))
		if err != nil {
			return fmt.Errorf("count application: %w", err)
		}
		wait = -1
		return nil
	})
	switch {
	case err != nil:
		return 0, err
	case wait < 0:
		return 0, nil
	}
	minutes := max(1, int((wait+time.Minute-1)/time.Minute))
	return wait, board.Errorf(board.CodeRateLimited, "Too many applications have come from your network. Try again in %d min.", minutes)
}

// PurgeApplyAttempts deletes up to limit rows of networks that have sent nothing for a board.ApplyWindow, and returns how
// many.
func (s *Store) PurgeApplyAttempts(ctx context.Context, limit int) (int64, error) {
	var n int64
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		var err error
		n, err = tx.Exec(ctx, `
DELETE FROM apply_attempts WHERE subject IN (SELECT subject FROM apply_attempts WHERE last_sent <= $1 ORDER BY last_sent LIMIT $2 FOR UPDATE SKIP LOCKED)`,
			tx.Now.Add(-board.ApplyWindow), limit)
		if err != nil {
			return fmt.Errorf("purge apply attempts: %w", err)
		}
		return nil
	})
	return n, err
}
