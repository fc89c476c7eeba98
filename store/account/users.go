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
	// Name is empty for somebody who has given none.
	Name string
	Role board.Role
	// Joined is false as long as no password is set.
	Joined bool
	// Confirmed tells that the address is this person's: a link in an email to it was opened, or an operator vouches for it.
	Confirmed bool
	// App tells that an app shows codes, Passkeys how many passkeys there are.
	App      bool
	Passkeys int
	// SecondFactor tells that a password alone does not sign in: there is an app or a passkey.
	SecondFactor bool
	CreatedAt    time.Time
	// Means counts the changes of what signs the user in. A session begins only while it is what it was when that was shown.
	Means int64
}

// Called is how others call the person: by name, else by address.
func (u User) Called() string {
	if u.Name != "" {
		return u.Name
	}
	return u.Email
}

type userRow struct {
	ID           int64      `db:"id"`
	EmployerID   *int64     `db:"employer_id"`
	Email        string     `db:"email"`
	Name         string     `db:"name"`
	Role         board.Role `db:"role"`
	PasswordHash string     `db:"password_hash"`
	CreatedAt    time.Time  `db:"created_at"`
	ConfirmedAt  *time.Time `db:"confirmed_at"`
	TOTPAt       *time.Time `db:"totp_at"`
	Means        int64      `db:"means"`
	Passkeys     int        `db:"passkeys"`
}

const userColumns = `u.id, u.employer_id, u.email, u.name, u.role, u.password_hash, u.created_at, u.confirmed_at, u.totp_at, u.means,
       (SELECT count(*) FROM passkeys k WHERE k.user_id = u.id) AS passkeys`

func (r userRow) user() User {
	u := User{
		ID: r.ID, Email: r.Email, Name: r.Name, Role: r.Role, Joined: r.PasswordHash != "", Confirmed: r.ConfirmedAt != nil,
		App: r.TOTPAt != nil, Passkeys: r.Passkeys, SecondFactor: r.TOTPAt != nil || r.Passkeys > 0, CreatedAt: r.CreatedAt.UTC(), Means: r.Means,
	}
	if r.EmployerID != nil {
		u.EmployerID = *r.EmployerID
	}
	return u
}

// User reads one user. Errors: not_found, also for one who was removed.
func (s *Store) User(ctx context.Context, id int64) (User, error) {
	var row userRow
	err := s.db.Reader(ctx).Get(ctx, &row, `SELECT `+userColumns+` FROM users u WHERE u.id = $1 AND u.removed_at IS NULL`, id)
	if errors.Is(err, sql.ErrNoRows) {
		return User{}, errNoUser
	}
	if err != nil {
		return User{}, fmt.Errorf("read user: %w", err)
	}
	return row.user(), nil
}

var errNoUser = board.Errorf(board.CodeNotFound, "There is no such user.")

// UserByEmail finds the user whose confirmed email address it is, in upper or lower case. Errors: not_found.
func (s *Store) UserByEmail(ctx context.Context, email string) (User, error) {
	var row userRow
	err := s.db.Reader(ctx).Get(ctx, &row, `
SELECT `+userColumns+` FROM users u WHERE lower(u.email) = lower($1) AND u.confirmed_at IS NOT NULL AND u.removed_at IS NULL`, email)
	if errors.Is(err, sql.ErrNoRows) {
		return User{}, errNoUser
	}
	if err != nil {
		return User{}, fmt.Errorf("read user: %w", err)
	}
	return row.user(), nil
}

// Credential is a user and the encoded hash of the user's password.
type Credential struct {
	User

	PasswordHash string
}

// CredentialsFor is how many users may sign in with one address; see Credentials.
const CredentialsFor = 2

// Credentials finds up to CredentialsFor users with an email address, in upper or lower case, who have set a password: the one
// whose address it is, and the newest who says so and has not confirmed it. Only the password tells them apart.
func (s *Store) Credentials(ctx context.Context, email string) ([]Credential, error) {
	// PostgreSQL takes neither; no user has such an address.
	if !utf8.ValidString(email) || strings.ContainsRune(email, 0) {
		return nil, nil
	}
	var rows []userRow
	err := s.db.Reader(ctx).List(ctx, &rows, `
SELECT `+userColumns+` FROM users u WHERE lower(u.email) = lower($1) AND u.removed_at IS NULL AND u.password_hash <> ''
 ORDER BY u.confirmed_at IS NULL, u.id DESC LIMIT $2`, strings.TrimSpace(email), CredentialsFor)
	if err != nil {
		return nil, fmt.Errorf("find users: %w", err)
	}
	found := make([]Credential, len(rows))
	for i, r := range rows {
		found[i] = Credential{r.user(), r.PasswordHash}
	}
	return found, nil
}

// PasswordHash is the encoded hash of a user's password. Errors: not_found.
func (s *Store) PasswordHash(ctx context.Context, userID int64) (string, error) {
	var hash string
	err := s.db.Reader(ctx).Get(ctx, &hash, `SELECT password_hash FROM users WHERE id = $1 AND removed_at IS NULL`, userID)
	if errors.Is(err, sql.ErrNoRows) {
		return "", errNoUser
	}
	if err != nil {
		return "", fmt.Errorf("read password: %w", err)
	}
	return hash, nil
}

// Users lists an employer's team, oldest first.
func (s *Store) Users(ctx context.Context, employerID int64) ([]User, error) {
	var rows []userRow
	err := s.db.Reader(ctx).List(ctx, &rows, `SELECT `+userColumns+` FROM users u WHERE u.employer_id = $1 AND u.removed_at IS NULL ORDER BY u.id`, employerID)
	if err != nil {
		return nil, fmt.Errorf("list users: %w", err)
	}
	users := make([]User, len(rows))
	for i, r := range rows {
		users[i] = r.user()
	}
	return users, nil
}

// lockUser keeps others who change the same user waiting. employerID binds it to one employer, 0 to the platform. Errors: not_found;
// conflict when the session in which the user asks has ended.
func lockUser(ctx context.Context, tx *pg.Tx, employerID, userID int64) (User, error) {
	var row userRow
	err := tx.Get(ctx, &row, `
SELECT `+userColumns+` FROM users u WHERE u.id = $1 AND u.employer_id IS NOT DISTINCT FROM $2 AND u.removed_at IS NULL FOR UPDATE OF u`, userID, pg.NonZero(employerID))
	if errors.Is(err, sql.ErrNoRows) {
		return User{}, board.Errorf(board.CodeNotFound, "There is no such member of the team.")
	}
	if err != nil {
		return User{}, fmt.Errorf("lock user: %w", err)
	}
	return row.user(), stillIn(ctx, tx, userID)
}

// AdminAddresses lists the confirmed email addresses of the employer's admins, the oldest account first.
func AdminAddresses(ctx context.Context, tx *pg.Tx, employerID int64) ([]string, error) {
	var addresses []string
	err := tx.List(ctx, &addresses, `
SELECT email FROM users WHERE employer_id = $1 AND role = $2 AND confirmed_at IS NOT NULL AND removed_at IS NULL ORDER BY id`, employerID, board.RoleEmployerAdmin)
	if err != nil {
		return nil, fmt.Errorf("find the admins: %w", err)
	}
	return addresses, nil
}

// AddressForReplies returns the email address of a user of the employer, or of its first admin when userID is none of its users.
func AddressForReplies(ctx context.Context, q pg.Reader, employerID, userID int64) (string, error) {
	var address string
	err := q.Get(ctx, &address, `
SELECT email FROM users WHERE employer_id = $1 AND (id = $2 OR role = $3) AND removed_at IS NULL ORDER BY id <> $2, id LIMIT 1`,
		employerID, userID, board.RoleEmployerAdmin)
	if err != nil {
		return "", fmt.Errorf("find the address for replies: %w", err)
	}
	return address, nil
}

// Page is the address of a page of the platform, whose path begins with a slash.
func (s *Store) Page(path string) string { return s.publicURL + path }

// AdminsOf gives the name of an employer and the addresses of its admins. Errors: not_found.
func (s *Store) AdminsOf(ctx context.Context, tx *pg.Tx, employerID int64) (employer string, addresses []string, err error) {
	e, err := EmployerOf(ctx, tx, employerID)
	if err != nil {
		return "", nil, err
	}
	addresses, err = AdminAddresses(ctx, tx, employerID)
	return e.Name, addresses, err
}

// ownPage is the address of the page of a user's own account.
func (s *Store) ownPage(u User) string {
	if u.EmployerID == 0 {
		return s.publicURL + "/platform/account"
	}
	return s.publicURL + "/employer/account"
}
