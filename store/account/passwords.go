package account

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"hash/fnv"
	"strings"
	"unicode/utf8"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/letter"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
)

// addressLock is the number by which an address is locked.
func addressLock(email string) int64 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(strings.ToLower(email)))
	return int64(h.Sum32())
}

// AskForReset sends an email with a link that sets a new password, to the user whose address it is, else to the newest who
// says so. To an address without an account it sends an email that says so, with the same work. Errors: invalid_request.
func (s *Store) AskForReset(ctx context.Context, email, publicURL string) error {
	email, problem, bad := board.CheckEmail("email", email)
	if bad {
		return board.Invalid(problem)
	}
	return s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		var row userRow
		err := tx.Get(ctx, &row, `
SELECT `+userColumns+` FROM users u
 WHERE lower(u.email) = lower($1) AND u.removed_at IS NULL AND (u.confirmed_at IS NOT NULL OR u.password_hash <> '')
 ORDER BY u.confirmed_at IS NULL, u.id DESC LIMIT 1`, email)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("find user: %w", err)
		}
		u := row.user()
		token, err := s.insertLink(ctx, tx, u.ID, purposeReset, "", resetLasts)
		if err != nil {
			return err
		}
		mail := letter.NoAccount(email, publicURL+"/employer/sign-up")
		if u.ID != 0 {
			mail = letter.Reset(u.Email, publicURL+purposeReset.path(token))
		}
		return s.write(ctx, tx, u.EmployerID, mail)
	})
}

// Forgetful tells whose password a link sets anew. Errors: not_found.
func (s *Store) Forgetful(ctx context.Context, token string) (User, error) {
	row, err := s.readLink(ctx, token, purposeReset)
	return row.user(), err
}

// Reset sets the password of the user of a link, uses the link up and ends all sessions. The link came by email, so the address
// is confirmed too. Errors: not_found; conflict when somebody else has confirmed the address meanwhile.
func (s *Store) Reset(ctx context.Context, token, passwordHash string) (User, error) {
	var u User
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		row, err := useLink(ctx, tx, token, purposeReset)
		if err != nil {
			return err
		}
		if row.ConfirmedAt == nil {
			if _, err := setAddress(ctx, tx, row.ID, row.Email); err != nil {
				return err
			}
		}
		if u, err = s.setPassword(ctx, tx, row.userRow, passwordHash); err != nil {
			return err
		}
		acted(ctx, tx, u, "resetPassword")
		return outbox.SendToUser(ctx, tx, u.EmployerID, letter.PasswordChanged(u.Email, u.Name, s.publicURL+"/employer/forgot"))
	})
	return u, err
}

// ChangePassword sets another password and ends all sessions. passwordHash is encoded. Errors: not_found; conflict when the session in
// which the user asks has ended.
func (s *Store) ChangePassword(ctx context.Context, userID int64, passwordHash string) (User, error) {
	var u User
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		var row userRow
		err := tx.Get(ctx, &row, `SELECT `+userColumns+` FROM users u WHERE u.id = $1 AND u.removed_at IS NULL FOR UPDATE OF u`, userID)
		if errors.Is(err, sql.ErrNoRows) {
			return errNoUser
		}
		if err != nil {
			return fmt.Errorf("lock user: %w", err)
		}
		if err := stillIn(ctx, tx, userID); err != nil {
			return err
		}
		if u, err = s.setPassword(ctx, tx, row, passwordHash); err != nil {
			return err
		}
		return outbox.SendToUser(ctx, tx, u.EmployerID, letter.PasswordChanged(u.Email, u.Name, s.publicURL+"/employer/forgot"))
	})
	return u, err
}

// setPassword sets the password of a user who is locked, and ends what a former password could have begun: sessions, links.
func (s *Store) setPassword(ctx context.Context, tx *pg.Tx, row userRow, passwordHash string) (User, error) {
	if passwordHash == "" {
		return User{}, errors.New("a password was set without a hash")
	}
	first := row.PasswordHash == ""
	if err := endSessions(ctx, tx, row.ID); err != nil {
		return User{}, err
	}
	if err := tx.Get(ctx, &row, `UPDATE users AS u SET password_hash = $2 WHERE id = $1 RETURNING `+userColumns, row.ID, passwordHash); err != nil {
		return User{}, fmt.Errorf("set password: %w", err)
	}
	if err := dropLinks(ctx, tx, row.ID, purposeReset, purposeAddress, purposeJoin, purposeJoinShown); err != nil {
		return User{}, err
	}
	u := row.user()
	if first {
		return u, joined(ctx, tx, u)
	}
	return u, nil
}

// SetPassword sets, for an operator, the password of the user whose confirmed address it is, and ends all sessions.
// Errors: not_found.
func (s *Store) SetPassword(ctx context.Context, email, passwordHash string) (User, error) {
	var u User
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		id, err := userWithAddress(ctx, tx, email)
		if err != nil {
			return err
		}
		if u, err = s.ChangePassword(ctx, id, passwordHash); err != nil || u.EmployerID == 0 {
			return err
		}
		Operated(ctx, tx, u.EmployerID, fmt.Sprintf("users/%d", id))
		return nil
	})
	return u, err
}

// LinkToSetPassword makes, for an operator, the link with which the user whose confirmed address it is sets a password, and sends it by
// email. It works for seven days. Errors: not_found.
func (s *Store) LinkToSetPassword(ctx context.Context, email, publicURL string) (u User, link string, err error) {
	err = s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		id, err := userWithAddress(ctx, tx, email)
		if err != nil {
			return err
		}
		if u, err = s.User(ctx, id); err != nil {
			return err
		}
		token, err := s.insertLink(ctx, tx, id, purposeReset, "", invitationLasts)
		if err != nil {
			return err
		}
		link = publicURL + purposeReset.path(token)
		if u.EmployerID != 0 && !u.CreatedAt.Equal(tx.Now) { // else its account was made just now, which has an entry
			Operated(ctx, tx, u.EmployerID, fmt.Sprintf("users/%d", id))
		}
		return outbox.SendToUser(ctx, tx, u.EmployerID, letter.SetPassword(u.Email, u.Name, link))
	})
	if err != nil {
		return User{}, "", err
	}
	return u, link, nil
}

func userWithAddress(ctx context.Context, tx *pg.Tx, email string) (id int64, err error) {
	if !utf8.ValidString(email) || strings.ContainsRune(email, 0) {
		return 0, errNoUser
	}
	err = tx.Get(ctx, &id, `
SELECT id FROM users WHERE lower(email) = lower($1) AND confirmed_at IS NOT NULL AND removed_at IS NULL FOR UPDATE`, strings.TrimSpace(email))
	if errors.Is(err, sql.ErrNoRows) {
		return 0, board.Errorf(board.CodeNotFound, "There is no user with the address %s.", email)
	}
	if err != nil {
		return 0, fmt.Errorf("find user: %w", err)
	}
	return id, nil
}
