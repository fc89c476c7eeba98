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
	"unicode/utf8"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
)

// invitationLasts is how long the link of an invitation works.
const invitationLasts = 7 * 24 * time.Hour

// User is a person who signs in to the portal.
type User struct {
	ID int64
	// EmployerID is 0 for a PlatformReviewer.
	EmployerID int64
	Email      string
	Role       board.Role
	// Joined is false as long as no password is set.
	Joined    bool
	CreatedAt time.Time
}

type userRow struct {
	ID           int64      `db:"id"`
	EmployerID   *int64     `db:"employer_id"`
	Email        string     `db:"email"`
	Role         board.Role `db:"role"`
	PasswordHash string     `db:"password_hash"`
	CreatedAt    time.Time  `db:"created_at"`
}

const userColumns = `u.id, u.employer_id, u.email, u.role, u.password_hash, u.created_at`

func (r userRow) user() User {
	u := User{ID: r.ID, Email: r.Email, Role: r.Role, Joined: r.PasswordHash != "", CreatedAt: r.CreatedAt.UTC()}
	if r.EmployerID != nil {
		u.EmployerID = *r.EmployerID
	}
	return u
}

// User reads one user. Errors: not_found.
func (s *Store) User(ctx context.Context, id int64) (User, error) {
	row, err := s.readUser(ctx, `SELECT `+userColumns+` FROM users u WHERE u.id = $1`, id)
	return row.user(), err
}

// UserByEmail finds whom a sign-in is about, with the encoded hash of the password, which is empty as long as none is
// set. Upper and lower case are one. Errors: not_found.
func (s *Store) UserByEmail(ctx context.Context, email string) (u User, passwordHash string, err error) {
	// PostgreSQL takes neither; no user has such an address.
	if !utf8.ValidString(email) || strings.ContainsRune(email, 0) {
		return User{}, "", errNoUser
	}
	row, err := s.readUser(ctx, `SELECT `+userColumns+` FROM users u WHERE lower(u.email) = lower($1)`, strings.TrimSpace(email))
	return row.user(), row.PasswordHash, err
}

var errNoUser = board.Errorf(board.CodeNotFound, "There is no such user.")

func (s *Store) readUser(ctx context.Context, query string, arg any) (userRow, error) {
	var row userRow
	err := s.db.Reader(ctx).Get(ctx, &row, query, arg)
	if errors.Is(err, sql.ErrNoRows) {
		return userRow{}, errNoUser
	}
	if err != nil {
		return userRow{}, fmt.Errorf("read user: %w", err)
	}
	return row, nil
}

// Users lists an employer's team, oldest first.
func (s *Store) Users(ctx context.Context, employerID int64) ([]User, error) {
	var rows []userRow
	if err := s.db.Reader(ctx).List(ctx, &rows, `SELECT `+userColumns+` FROM users u WHERE u.employer_id = $1 ORDER BY u.id`, employerID); err != nil {
		return nil, fmt.Errorf("list users: %w", err)
	}
	users := make([]User, len(rows))
	for i, r := range rows {
		users[i] = r.user()
	}
	return users, nil
}

// NewInvitation is whom to add to a team.
type NewInvitation struct {
	EmployerID int64
	Email      string
	Role       board.Role
}

// CreateInvitation adds a user without a password to a team (0.05) and returns the token with which that person sets
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
// Errors: not_found as of Invitation.
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
		return admitted(ctx, tx, u)
	})
	return u, err
}

// joined tells that an employer has registered when u is the first of its members to join. The lock makes one of two who
// join at once the first.
func admitted(ctx context.Context, tx *pg.Tx, u User) error {
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

// AdminAddresses lists the addresses of the employer's admins, the oldest account first.
func AdminAddresses(ctx context.Context, tx *pg.Tx, employerID int64) ([]string, error) {
	var addresses []string
	err := tx.List(ctx, &addresses, `SELECT email FROM users WHERE employer_id = $1 AND role = $2 ORDER BY id`, employerID, board.RoleEmployerAdmin)
	if err != nil {
		return nil, fmt.Errorf("find the admins: %w", err)
	}
	return addresses, nil
}

// AdminsOf gives the name of an employer and the addresses of its admins. Errors: not_found.
func (s *Store) AdminsOf(ctx context.Context, tx *pg.Tx, employerID int64) (employer string, addresses []string, err error) {
	e, err := EmployerOf(ctx, tx, employerID)
	if err != nil {
		return "", nil, err
	}
	addresses, err = AdminAddresses(ctx, tx, employerID)
	return e.Name, addresses, err
}
