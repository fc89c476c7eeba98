package account

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
)

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

// UserByEmail finds the user with an email address, in upper or lower case, and the encoded hash of the password, which is
// empty as long as none is set. Errors: not_found.
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

// AdminAddresses lists the email addresses of the employer's admins, the oldest account first.
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
