package pipeline

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
)

// refusedPerAccepted is how many forms may be refused for each application that is accepted: people mend theirs.
const refusedPerAccepted = 10

// ApplyAttempt is a form that was counted.
type ApplyAttempt struct {
	// Wait is how long a network has to wait that has sent too many; else 0.
	Wait time.Duration

	subject []byte
	at      time.Time
}

// CountApplication counts an application that comes through the public form from a network address, before anything else
// is done with it. It lets at most limit of them through in any board.ApplyWindow, over all copies of the program; and ten times
// as many that RefuseApplication is called for afterwards. Errors: rate_limited, with the time to wait.
func (s *Store) CountApplication(ctx context.Context, address string, limit int) (ApplyAttempt, error) {
	a := ApplyAttempt{subject: s.digestOf("apply\x00" + board.Network(address))}
	message := ""
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		a.Wait, a.at = 0, tx.Now
		// This row is locked by the next statement: applications from one network are counted one after the other.
		_, err := tx.Exec(ctx, `INSERT INTO apply_attempts (subject, sent_at, last_sent) VALUES ($1, '{}', $2) ON CONFLICT DO NOTHING`, a.subject, tx.Now)
		if err != nil {
			return fmt.Errorf("count application: %w", err)
		}
		var row struct {
			// Accepted and Refused are when the form was sent that must leave the window before another is let through; null when there is room.
			Accepted *time.Time `db:"accepted"`
			Refused  *time.Time `db:"refused"`
		}
		err = tx.Get(ctx, &row, `
SELECT sent[cardinality(sent) - $3::integer + 1] AS accepted, refused[cardinality(refused) - $4::integer + 1] AS refused
  FROM (SELECT ARRAY(SELECT t FROM unnest(sent_at) t WHERE t > $2 ORDER BY t) AS sent,
               ARRAY(SELECT t FROM unnest(refused_at) t WHERE t > $2 ORDER BY t) AS refused
          FROM apply_attempts WHERE subject = $1 FOR UPDATE) a`,
			a.subject, tx.Now.Add(-board.ApplyWindow), limit, limit*refusedPerAccepted)
		if errors.Is(err, sql.ErrNoRows) {
			return errors.New("count application: the row was purged meanwhile")
		}
		if err != nil {
			return fmt.Errorf("count application: %w", err)
		}
		for _, blocking := range []struct {
			sent    *time.Time
			message string
		}{
			{row.Accepted, "Too many applications have come from your network."},
			{row.Refused, "Too many forms that could not be accepted have come from your network."},
		} {
			if blocking.sent != nil {
				a.Wait, message = max(a.Wait, blocking.sent.Add(board.ApplyWindow).Sub(tx.Now), 1), blocking.message
			}
		}
		if a.Wait > 0 {
			return nil
		}
		_, err = tx.Exec(ctx, `
UPDATE apply_attempts SET sent_at = ARRAY(SELECT t FROM unnest(sent_at) t WHERE t > $3 ORDER BY t) || $2::timestamptz, last_sent = greatest(last_sent, $2)
 WHERE subject = $1`, a.subject, tx.Now, tx.Now.Add(-board.ApplyWindow))
		if err != nil {
			return fmt.Errorf("count application: %w", err)
		}
		return nil
	})
	if err != nil || a.Wait == 0 {
		return a, err
	}
	return a, board.ErrorAfter(a.Wait, board.CodeRateLimited, "%s Try again in %d min.", message, board.Minutes(a.Wait))
}

// RefuseApplication counts a form among those that were refused, no longer among the applications.
func (s *Store) RefuseApplication(ctx context.Context, a ApplyAttempt) error {
	return s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		_, err := tx.Exec(ctx, `
UPDATE apply_attempts SET sent_at = sent_at[:array_position(sent_at, $2::timestamptz) - 1] || sent_at[array_position(sent_at, $2::timestamptz) + 1:],
       refused_at = ARRAY(SELECT t FROM unnest(refused_at) t WHERE t > $3 ORDER BY t) || $2::timestamptz
 WHERE subject = $1 AND array_position(sent_at, $2::timestamptz) IS NOT NULL`, a.subject, a.at, tx.Now.Add(-board.ApplyWindow))
		if err != nil {
			return fmt.Errorf("count a refused application: %w", err)
		}
		return nil
	})
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
