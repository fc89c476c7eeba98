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

// CountApplication counts an application that comes from a network address by the public form, before it is looked at.
// Of those in any board.ApplyWindow never more than most are let through, over all copies of the program.
// Errors: rate_limited, with the time to wait beside it.
func (s *Store) CountApplication(ctx context.Context, address string, most int) (wait time.Duration, err error) {
	mac := hmac.New(sha256.New, s.pepper)
	_, _ = mac.Write([]byte("apply\x00" + board.Network(address)))
	subject := mac.Sum(nil)
	err = s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		wait = 0
		// The row lock puts the applications of all copies in one order.
		_, err := tx.Exec(ctx, `INSERT INTO apply_attempts (subject, sent_at, last_sent) VALUES ($1, '{}', $2) ON CONFLICT DO NOTHING`, subject, tx.Now)
		if err != nil {
			return fmt.Errorf("count application: %w", err)
		}
		var row struct {
			Sent int `db:"sent"`
			// Blocking is when the oldest of those was sent that leave no room.
			Blocking *time.Time `db:"blocking"`
		}
		err = tx.Get(ctx, &row, `
SELECT cardinality(recent) AS sent, recent[cardinality(recent) - $3::integer + 1] AS blocking
  FROM (SELECT ARRAY(SELECT t FROM unnest(sent_at) t WHERE t > $2 ORDER BY t) AS recent FROM apply_attempts WHERE subject = $1 FOR UPDATE) a`,
			subject, tx.Now.Add(-board.ApplyWindow), most)
		if errors.Is(err, sql.ErrNoRows) {
			return errors.New("count application: the row was purged meanwhile")
		}
		if err != nil {
			return fmt.Errorf("count application: %w", err)
		}
		if row.Sent >= most {
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

// PurgeApplyAttempts removes up to limit rows of networks that have sent nothing for a while. It tells how many.
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
