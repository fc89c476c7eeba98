package account

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
)

// invitationLasts is how long the link of an invitation works.
const invitationLasts = 7 * 24 * time.Hour

// NewInvitation is whom to add to an employer's team.
type NewInvitation struct {
	EmployerID int64
	Email      string
	Role       board.Role
}

// CreateInvitation adds a user without a password to a team and returns the token with which that person sets
// one. The token works once and for seven days, is not kept, and can't be shown again.
// Errors: invalid_request; conflict when the address has an account already.
func (s *Store) CreateInvitation(ctx context.Context, n NewInvitation) (u User, token string, err error) {
	if fields := board.ValidateInvitation(n.Email, n.Role); len(fields) > 0 {
		return User{}, "", board.Invalid(fields...)
	}
	err = s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		var row userRow
		err := tx.Get(ctx, &row, `
INSERT INTO users AS u (employer_id, email, role, password_hash, created_at) VALUES ($1, $2, $3, '', $4)
ON CONFLICT (lower(email)) DO NOTHING
RETURNING `+userColumns, n.EmployerID, strings.TrimSpace(n.Email), n.Role, tx.Now)
		if errors.Is(err, sql.ErrNoRows) {
			return &board.Error{
				Code: board.CodeConflict, Message: "This email address has an account already.",
				Fields: []board.FieldError{{Field: "email", Code: board.FieldConflict, Message: "has an account already"}},
			}
		}
		if err != nil {
			return fmt.Errorf("insert user: %w", err)
		}
		u = row.user()
		token, err = s.insertInvitation(ctx, tx, u.ID)
		return err
	})
	if err != nil {
		return User{}, "", err
	}
	return u, token, nil
}

// RenewInvitation gives a member of the team who has not joined yet a new token; the old one stops working.
// Errors: not_found; invalid_state for somebody who has joined.
func (s *Store) RenewInvitation(ctx context.Context, employerID, userID int64) (u User, token string, err error) {
	err = s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		var row userRow
		err := tx.Get(ctx, &row, `SELECT `+userColumns+` FROM users u WHERE u.id = $1 AND u.employer_id = $2 FOR UPDATE OF u`, userID, employerID)
		if errors.Is(err, sql.ErrNoRows) {
			return board.Errorf(board.CodeNotFound, "There is no such member of the team.")
		}
		if err != nil {
			return fmt.Errorf("lock user: %w", err)
		}
		if u = row.user(); u.Joined {
			return board.Errorf(board.CodeInvalidState, "%s has joined already and needs no invitation.", u.Email)
		}
		token, err = s.insertInvitation(ctx, tx, u.ID)
		return err
	})
	if err != nil {
		return User{}, "", err
	}
	return u, token, nil
}

func (s *Store) insertInvitation(ctx context.Context, tx *pg.Tx, userID int64) (token string, err error) {
	random := make([]byte, sha256.Size)
	if _, err := io.ReadFull(s.rand, random); err != nil {
		return "", fmt.Errorf("make a token: %w", err)
	}
	token = base64.RawURLEncoding.EncodeToString(random)
	_, err = tx.Exec(ctx, `
INSERT INTO invitations (user_id, token_hash, expires_at, created_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (user_id) DO UPDATE SET token_hash = excluded.token_hash, expires_at = excluded.expires_at, created_at = excluded.created_at`,
		userID, hashToken(token), tx.Now.Add(invitationLasts), tx.Now)
	if err != nil {
		return "", fmt.Errorf("insert invitation: %w", err)
	}
	return token, nil
}

// hashToken needs neither salt nor cost: a token has 256 random bits.
func hashToken(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

func errNoInvitation() error {
	return board.Errorf(board.CodeNotFound, "This invitation was used already or has expired. Ask an admin of your account for a new link.")
}

// Invitation tells whom a token invites. Errors: not_found for one that is unknown, used, replaced or expired.
func (s *Store) Invitation(ctx context.Context, token string) (User, error) {
	var row userRow
	err := s.db.Reader(ctx).Get(ctx, &row, `
SELECT `+userColumns+` FROM invitations i JOIN users u ON u.id = i.user_id WHERE i.token_hash = $1 AND i.expires_at > $2`,
		hashToken(token), s.db.Now())
	if errors.Is(err, sql.ErrNoRows) {
		return User{}, errNoInvitation()
	}
	if err != nil {
		return User{}, fmt.Errorf("read invitation: %w", err)
	}
	return row.user(), nil
}

// AcceptInvitation sets the password of whom the token invites and uses the token up. passwordHash is encoded.
// Errors: those of Invitation.
func (s *Store) AcceptInvitation(ctx context.Context, token, passwordHash string) (User, error) {
	if passwordHash == "" {
		return User{}, errors.New("an invitation was accepted without a password")
	}
	var u User
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		// The user first, then the invitation, as RenewInvitation does it; the DELETE decides who of two was first.
		var row userRow
		err := tx.Get(ctx, &row, `
SELECT `+userColumns+` FROM users u JOIN invitations i ON i.user_id = u.id WHERE i.token_hash = $1 FOR UPDATE OF u`, hashToken(token))
		if errors.Is(err, sql.ErrNoRows) {
			return errNoInvitation()
		}
		if err != nil {
			return fmt.Errorf("lock user: %w", err)
		}
		n, err := tx.Exec(ctx, `DELETE FROM invitations WHERE token_hash = $1 AND expires_at > $2`, hashToken(token), tx.Now)
		if err != nil {
			return fmt.Errorf("use up invitation: %w", err)
		}
		if n == 0 {
			return errNoInvitation()
		}
		if err := tx.Get(ctx, &row, `UPDATE users AS u SET password_hash = $2 WHERE id = $1 RETURNING `+userColumns, row.ID, passwordHash); err != nil {
			return fmt.Errorf("set password: %w", err)
		}
		u = row.user()
		return joined(ctx, tx, u)
	})
	return u, err
}

// joined tells that an employer has registered when u is the first of its members to join. The lock makes one of two who
// join at once the first.
func joined(ctx context.Context, tx *pg.Tx, u User) error {
	if u.EmployerID == 0 {
		return nil
	}
	var name string
	if err := tx.Get(ctx, &name, `SELECT name FROM employers WHERE id = $1 FOR NO KEY UPDATE`, u.EmployerID); err != nil {
		return fmt.Errorf("lock employer: %w", err)
	}
	var others int
	err := tx.Get(ctx, &others, `SELECT count(*) FROM users WHERE employer_id = $1 AND id <> $2 AND password_hash <> ''`, u.EmployerID, u.ID)
	if err != nil {
		return fmt.Errorf("count who has joined: %w", err)
	}
	if others == 0 {
		registered(tx, u.EmployerID, name)
	}
	return nil
}
