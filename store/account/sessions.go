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

// SavedSession is a session as it is saved.
type SavedSession struct {
	Token string
	// Data must not be empty, which marks an end.
	Data   []byte
	Expiry time.Time
	// UserID is 0 for somebody who is not signed in. HalfOpen tells that this user has a second factor to show yet.
	UserID   int64
	HalfOpen bool
	// SignsIn tells that the session begins to be the user's, whose means to sign in were Means when they were shown.
	SignsIn bool
	Means   int64
	// Device is the browser in words, Address the network address that the session is used from.
	Device, Address string
}

// errMeansChanged is for somebody who has shown a password or another means that a change has made worthless meanwhile.
var errMeansChanged = board.Errorf(board.CodeConflict, "What signs you in was changed meanwhile, so you are not signed in. Sign in again.")

// SaveSession makes or replaces a session; one that was ended stays ended. Errors: conflict when what signs the user in was changed
// after it was shown, also when the account is gone.
func (s *Store) SaveSession(ctx context.Context, n SavedSession) error {
	return s.db.WithTx(pg.Detach(ctx), func(ctx context.Context, tx *pg.Tx) error {
		if n.SignsIn {
			if err := checkMeans(ctx, tx, n.UserID, n.Means); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, `
INSERT INTO sessions AS s (token, data, expiry, user_id, half_open, device, address, created_at, seen_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)
ON CONFLICT (token) DO UPDATE
   SET data = excluded.data, expiry = excluded.expiry, user_id = excluded.user_id, half_open = excluded.half_open,
       device = excluded.device, address = excluded.address, seen_at = excluded.seen_at
 WHERE s.data <> ''`, n.Token, n.Data, n.Expiry, pg.NonZero(n.UserID), n.HalfOpen, n.Device, n.Address, tx.Now)
		if err != nil {
			return fmt.Errorf("save session: %w", err)
		}
		return nil
	})
}

// checkMeans locks a user, so that what changes the means to sign in comes before, and is seen here, or ends the session that is
// saved. It comes before the lock on the session, as in endSessions.
func checkMeans(ctx context.Context, tx *pg.Tx, userID, means int64) error {
	var now int64
	err := tx.Get(ctx, &now, `SELECT means FROM users WHERE id = $1 AND removed_at IS NULL FOR SHARE`, userID)
	if errors.Is(err, sql.ErrNoRows) || err == nil && now != means {
		return errMeansChanged
	}
	if err != nil {
		return fmt.Errorf("lock user: %w", err)
	}
	return nil
}

// changeMeans counts a change of what signs a user in, and locks the user.
func changeMeans(ctx context.Context, tx *pg.Tx, userID int64) error {
	if _, err := tx.Exec(ctx, `UPDATE users SET means = means + 1 WHERE id = $1`, userID); err != nil {
		return fmt.Errorf("count a change of what signs in: %w", err)
	}
	return nil
}

type sessionKey struct{}

// InSession returns a context of a request in a session. token gives that of the session it was made in, until the request itself begins
// another one: empty from then on.
func InSession(ctx context.Context, token func() string) context.Context {
	return context.WithValue(ctx, sessionKey{}, token)
}

// stillIn refuses a request of a user, who is locked, when the session in which it was made has ended meanwhile: else somebody who has
// been signed out everywhere could leave a password or a passkey with one that was under way. Error: conflict.
func stillIn(ctx context.Context, tx *pg.Tx, userID int64) error {
	of, _ := ctx.Value(sessionKey{}).(func() string)
	if of == nil || of() == "" {
		return nil
	}
	var ended bool
	if err := tx.Get(ctx, &ended, `SELECT EXISTS (SELECT FROM sessions WHERE token = $1 AND user_id = $2 AND data = '')`, of(), userID); err != nil {
		return fmt.Errorf("find session: %w", err)
	}
	if ended {
		return board.Errorf(board.CodeConflict, "You were signed out meanwhile, and nothing was changed. Sign in again.")
	}
	return nil
}

// OpenSession is a session in which a user is signed in.
type OpenSession struct {
	ID      int64  `db:"id"`
	Device  string `db:"device"`
	Address string `db:"address"`
	// Current tells that it is the session that the list was asked for in.
	Current   bool      `db:"current"`
	CreatedAt time.Time `db:"created_at"`
	SeenAt    time.Time `db:"seen_at"`
}

// Sessions lists the open sessions of a user: the one that asks, whose token is current, and then the others, the last used first.
func (s *Store) Sessions(ctx context.Context, userID int64, current string) ([]OpenSession, error) {
	var open []OpenSession
	err := s.db.Reader(ctx).List(ctx, &open, `
SELECT id, device, address, token = $2 AS current, created_at, seen_at FROM sessions
 WHERE user_id = $1 AND NOT half_open AND expiry > $3 AND data <> '' ORDER BY token <> $2, seen_at DESC, id DESC`, userID, current, s.db.Now())
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	for i := range open {
		open[i].CreatedAt, open[i].SeenAt = open[i].CreatedAt.UTC(), open[i].SeenAt.UTC()
	}
	return open, nil
}

// EndSessionOf ends one session of a user. Errors: not_found.
func (s *Store) EndSessionOf(ctx context.Context, userID, id int64) error {
	return s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		n, err := tx.Exec(ctx, `UPDATE sessions SET data = '' WHERE user_id = $1 AND id = $2 AND data <> ''`, userID, id)
		if err != nil {
			return fmt.Errorf("end session: %w", err)
		}
		if n == 0 {
			return board.Errorf(board.CodeNotFound, "This session has ended already.")
		}
		return nil
	})
}

// EndSessions ends all sessions of a user, those that are half open too.
func (s *Store) EndSessions(ctx context.Context, userID int64) error {
	return s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error { return endSessions(ctx, tx, userID) })
}

// endSessions ends what a user has opened. The user is locked before the sessions.
func endSessions(ctx context.Context, tx *pg.Tx, userID int64) error {
	if err := changeMeans(ctx, tx, userID); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE sessions SET data = '' WHERE user_id = $1 AND data <> ''`, userID); err != nil {
		return fmt.Errorf("end sessions: %w", err)
	}
	return nil
}

// EndSession ends a session for good, on every copy of the program. To end none is no error.
func (s *Store) EndSession(ctx context.Context, token string) error {
	return s.db.WithTx(pg.Detach(ctx), func(ctx context.Context, tx *pg.Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE sessions SET data = '' WHERE token = $1`, token); err != nil {
			return fmt.Errorf("end session: %w", err)
		}
		return nil
	})
}

// formID bounds the id of a form, which our pages have made.
var formID = board.TextRule{Min: 1, Max: 100, Printable: true}

// UseForm notes that a user sent a form, inside the transaction of what the form does. Errors: invalid_request when the id is none
// of ours; conflict when it was sent before.
func (s *Store) UseForm(ctx context.Context, userID int64, form string) error {
	if _, _, bad := board.CheckText("form", form, formID); bad {
		return board.Errorf(board.CodeInvalidRequest, "The form was not complete. Open the page again, and send the form from there.")
	}
	return s.db.WithTx(pg.Detach(ctx), func(ctx context.Context, tx *pg.Tx) error {
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

// PurgeSessions removes up to limit rows of each kind that have no effect any more: sessions, challenges, links,
// attempts, sent forms. It returns how many in all.
func (s *Store) PurgeSessions(ctx context.Context, limit int) (int64, error) {
	var total int64
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		total = 0
		for _, p := range []struct {
			query string
			until time.Time
		}{
			{`DELETE FROM sessions WHERE token IN (SELECT token FROM sessions WHERE expiry <= $1 ORDER BY expiry LIMIT $2 FOR UPDATE SKIP LOCKED)`, tx.Now},
			{`DELETE FROM passkey_challenges WHERE challenge IN (SELECT challenge FROM passkey_challenges WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED)`, tx.Now},
			{`DELETE FROM links WHERE token_hash IN (SELECT token_hash FROM links WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED)`, tx.Now},
			{`DELETE FROM attempts WHERE subject IN (SELECT subject FROM attempts WHERE window_ends <= $1 ORDER BY window_ends LIMIT $2 FOR UPDATE SKIP LOCKED)`, tx.Now},
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
