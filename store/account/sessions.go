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

// Session reads the data of a session that was saved, has not expired and was not ended.
func (s *Store) Session(ctx context.Context, token string) (data []byte, found bool, err error) {
	err = s.db.Reader(ctx).Get(ctx, &data, `SELECT data FROM sessions WHERE token = $1 AND expiry > $2 AND data <> ''`, token, s.db.Now())
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("find session: %w", err)
	}
	return data, true, nil
}

// SaveSession makes or replaces a session; one that was ended stays ended. data must not be empty, which marks an end.
func (s *Store) SaveSession(ctx context.Context, token string, data []byte, expiry time.Time) error {
	return s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		_, err := tx.Exec(ctx, `
INSERT INTO sessions AS s (token, data, expiry) VALUES ($1, $2, $3)
ON CONFLICT (token) DO UPDATE SET data = excluded.data, expiry = excluded.expiry WHERE s.data <> ''`, token, data, expiry)
		if err != nil {
			return fmt.Errorf("save session: %w", err)
		}
		return nil
	})
}

// EndSession ends a session for good, on every copy of the program. To end none is no error.
func (s *Store) EndSession(ctx context.Context, token string) error {
	return s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE sessions SET data = '' WHERE token = $1`, token); err != nil {
			return fmt.Errorf("end session: %w", err)
		}
		return nil
	})
}

// UseForm notes that a user sent a form, inside the transaction of what the form does. Errors: conflict when it was
// sent before.
func (s *Store) UseForm(ctx context.Context, userID int64, form string) error {
	return s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		n, err := tx.Exec(ctx, `INSERT INTO sent_forms (user_id, form, sent_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, userID, form, tx.Now)
		if err != nil {
			return fmt.Errorf("note form: %w", err)
		}
		if n == 0 {
			return board.Errorf(board.CodeConflict, "This form was sent already.")
		}
		return nil
	})
}

// formsKept is longer than a session lasts, and with it any form that was shown in it.
const formsKept = 8 * 24 * time.Hour

// PurgeSessions removes up to limit rows of each kind that have no effect any more: sessions, invitations, attempts
// to sign in, sent forms. It returns how many in all.
func (s *Store) PurgeSessions(ctx context.Context, limit int) (int64, error) {
	var total int64
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		total = 0
		for _, p := range []struct {
			query string
			until time.Time
		}{
			{`DELETE FROM sessions WHERE token IN (SELECT token FROM sessions WHERE expiry <= $1 ORDER BY expiry LIMIT $2 FOR UPDATE SKIP LOCKED)`, tx.Now},
			{`DELETE FROM invitations WHERE user_id IN (SELECT user_id FROM invitations WHERE expires_at <= $1 LIMIT $2 FOR UPDATE SKIP LOCKED)`, tx.Now},
			{`DELETE FROM sign_in_attempts WHERE subject IN (SELECT subject FROM sign_in_attempts WHERE window_ends <= $1 ORDER BY window_ends LIMIT $2 FOR UPDATE SKIP LOCKED)`, tx.Now},
			{`DELETE FROM sent_forms WHERE (user_id, form) IN (SELECT user_id, form FROM sent_forms WHERE sent_at <= $1 ORDER BY sent_at LIMIT $2 FOR UPDATE SKIP LOCKED)`, tx.Now.Add(-formsKept)},
		} {
			n, err := tx.Exec(ctx, p.query, p.until, limit)
			if err != nil {
				return fmt.Errorf("purge sessions: %w", err)
			}
			total += n
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return total, nil
}
