package account

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"sort"
	"strings"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
)

// FindSession reads the data of a session that was saved, has not expired and was not ended.
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

// SaveSession makes or replaces a session; one that was ended stays ended. data is not empty.
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

// Attempts to sign in with one email address: from one network, and from all. The second number is large, for
// with it a stranger can lock somebody out; it only has to make guessing from many networks hopeless.
const (
	attemptsPerNetwork = 10
	networkWindow      = 15 * time.Minute
	attemptsPerEmail   = 100
	emailWindow        = time.Hour
)

type attemptRule struct {
	subject []byte
	most    int
	window  time.Duration
}

// attemptRules are sorted, so that two sign-ins never wait for each other.
func (s *Store) attemptRules(email, address string) []attemptRule {
	email = strings.ToLower(strings.TrimSpace(email))
	rules := []attemptRule{
		{s.attemptSubject("email", email), attemptsPerEmail, emailWindow},
		{s.attemptSubject("network", email, board.Network(address)), attemptsPerNetwork, networkWindow},
	}
	sort.Slice(rules, func(i, j int) bool { return string(rules[i].subject) < string(rules[j].subject) })
	return rules
}

func (s *Store) attemptSubject(parts ...string) []byte {
	mac := hmac.New(sha256.New, s.pepper)
	mac.Write([]byte("sign-in\x00" + strings.Join(parts, "\x00")))
	return mac.Sum(nil)
}

// CountSignIn counts an attempt to sign in, before the password is looked at, so that many at once over all copies of
// the program are no more than the limit. address is the caller's IP address. Errors: rate_limited.
func (s *Store) CountSignIn(ctx context.Context, email, address string) error {
	return s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		for _, rule := range s.attemptRules(email, address) {
			var row struct {
				Attempts   int       `db:"attempts"`
				WindowEnds time.Time `db:"window_ends"`
			}
			err := tx.Get(ctx, &row, `
INSERT INTO sign_in_attempts AS a (subject, attempts, window_ends) VALUES ($1, 1, $3)
ON CONFLICT (subject) DO UPDATE SET
    attempts = CASE WHEN a.window_ends <= $2 THEN 1 ELSE a.attempts + 1 END,
    window_ends = CASE WHEN a.window_ends <= $2 THEN excluded.window_ends ELSE a.window_ends END
RETURNING attempts, window_ends`, rule.subject, tx.Now, tx.Now.Add(rule.window))
			if err != nil {
				return fmt.Errorf("count sign-in: %w", err)
			}
			if row.Attempts > rule.most {
				minutes := int((row.WindowEnds.Sub(tx.Now) + time.Minute - 1) / time.Minute)
				return board.Errorf(board.CodeRateLimited, "Too many attempts to sign in with this email address. Try again in %d min.", minutes)
			}
		}
		return nil
	})
}

// ForgiveSignIn takes back the count of an attempt that succeeded, and the failures from the same network before it.
func (s *Store) ForgiveSignIn(ctx context.Context, email, address string) error {
	return s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		for _, rule := range s.attemptRules(email, address) {
			forgive := `UPDATE sign_in_attempts SET attempts = greatest(attempts - 1, 0) WHERE subject = $1`
			if rule.most == attemptsPerNetwork {
				forgive = `DELETE FROM sign_in_attempts WHERE subject = $1`
			}
			if _, err := tx.Exec(ctx, forgive, rule.subject); err != nil {
				return fmt.Errorf("forgive sign-in: %w", err)
			}
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
// to sign in, sent forms. It tells how many.
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
