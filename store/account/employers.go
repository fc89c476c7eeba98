package account

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
)

// Employer is an account: a company that advertises jobs, with a live and a test half (board.Tenant).
type Employer struct {
	ID            int64      `db:"id"`
	Name          string     `db:"name"`
	Trusted       bool       `db:"trusted"`
	ContractUntil *time.Time `db:"contract_until"` // the end of an unlimited contract, nil when there was none
	CreatedAt     time.Time  `db:"created_at"`
	Website       *string    `db:"website"`
	Description   *string    `db:"description"`
	Phone         *string    `db:"phone"`
}

const employerColumns = `id, name, trusted, contract_until, created_at, website, description, phone`

// NewEmployer is what an operator creates an account from.
type NewEmployer struct {
	Name  string
	Email string
	// UserName is that of the first admin; empty when it is not known.
	UserName string
	// PasswordHash is the encoded hash of the first admin's password; empty when none was given.
	PasswordHash string
	Trusted      bool
}

// CreateEmployer makes an account and its first user, an EmployerAdmin, for whose address the operator vouches.
// Errors: invalid_request; conflict when the address has an account already.
func (s *Store) CreateEmployer(ctx context.Context, n NewEmployer) (employerID, userID int64, err error) {
	if fields := board.ValidateAccount(n.Name, n.Email); len(fields) > 0 {
		return 0, 0, board.Invalid(fields...)
	}
	err = s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		if employerID, err = insertEmployer(ctx, tx, n.Name, n.Trusted); err != nil {
			return err
		}
		userID, err = insertUser(ctx, tx, newUser{
			EmployerID: employerID, Email: n.Email, Name: n.UserName, Role: board.RoleEmployerAdmin, PasswordHash: n.PasswordHash, ConfirmedAt: &tx.Now,
		})
		if errors.Is(err, sql.ErrNoRows) {
			return board.Errorf(board.CodeConflict, "The address %s has an account already. Sign in with it, or use another address.", n.Email)
		}
		if err != nil {
			return err
		}
		Operated(ctx, tx, employerID)
		if n.PasswordHash != "" {
			registered(tx, employerID, strings.TrimSpace(n.Name))
		}
		return nil
	})
	return employerID, userID, err
}

func insertEmployer(ctx context.Context, tx *pg.Tx, name string, trusted bool) (id int64, err error) {
	err = tx.Get(ctx, &id, `INSERT INTO employers (name, trusted, created_at) VALUES ($1, $2, $3) RETURNING id`, strings.TrimSpace(name), trusted, tx.Now)
	if err != nil {
		return 0, fmt.Errorf("insert employer: %w", err)
	}
	return id, nil
}

// newUser is what a user is inserted from.
type newUser struct {
	EmployerID   int64
	Email, Name  string
	Role         board.Role
	PasswordHash string
	ConfirmedAt  *time.Time
}

// insertUser makes a user. Errors: sql.ErrNoRows when the address is taken, by a user of the same employer or, if it counts
// as confirmed, by another whose address is confirmed. Not by the constraint: PostgreSQL writes the address of a violation
// into its log.
func insertUser(ctx context.Context, tx *pg.Tx, n newUser) (id int64, err error) {
	err = tx.Get(ctx, &id, `
INSERT INTO users (employer_id, email, name, role, password_hash, confirmed_at, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT DO NOTHING RETURNING id`,
		n.EmployerID, strings.TrimSpace(n.Email), strings.TrimSpace(n.Name), n.Role, n.PasswordHash, n.ConfirmedAt, tx.Now)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("insert user: %w", err)
	}
	if err == nil {
		tx.Make("users", id)
	}
	return id, err
}

// registered tells that an employer has registered: when its first member has a password, not when an operator has made
// the account for it.
func registered(tx *pg.Tx, employerID int64, name string) {
	outbox.Emit(tx, board.Tenant{EmployerID: employerID, Mode: board.ModeLive}, event.NewEmployerRegistered(employerID, name, tx.Now))
}

// Employer reads one account. Errors: not_found.
func (s *Store) Employer(ctx context.Context, id int64) (Employer, error) {
	return readEmployer(ctx, s.db.Reader(ctx), id)
}

// EmployerOf reads one account in the transaction. Errors: not_found.
func EmployerOf(ctx context.Context, tx *pg.Tx, id int64) (Employer, error) {
	return readEmployer(ctx, tx, id)
}

func readEmployer(ctx context.Context, q pg.Reader, id int64) (Employer, error) {
	var e Employer
	err := q.Get(ctx, &e, `SELECT `+employerColumns+` FROM employers WHERE id = $1`, id)
	if errors.Is(err, sql.ErrNoRows) {
		return Employer{}, board.Errorf(board.CodeNotFound, "There is no employer %d.", id)
	}
	if err != nil {
		return Employer{}, fmt.Errorf("read employer: %w", err)
	}
	e.ContractUntil, e.CreatedAt = pg.UTC(e.ContractUntil), e.CreatedAt.UTC()
	return e, nil
}

// UpdateEmployer changes what an employer says about itself; employer.profile_updated tells of it. Errors:
// invalid_request; not_found.
func (s *Store) UpdateEmployer(ctx context.Context, employerID int64, p board.EmployerProfile) (Employer, error) {
	p, err := p.Normalize()
	if err != nil {
		return Employer{}, err
	}
	var e Employer
	err = s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		// Nobody is told of a profile that stays as it is.
		var former []string
		err := tx.List(ctx, &former, `
WITH former AS (SELECT id, name FROM employers WHERE id = $1 FOR NO KEY UPDATE)
UPDATE employers e SET name = $2, website = nullif($3, ''), description = nullif($4, ''), phone = nullif($5, '')
  FROM former f
 WHERE e.id = f.id AND (e.name, coalesce(e.website, ''), coalesce(e.description, ''), coalesce(e.phone, '')) <> ($2, $3, $4, $5)
RETURNING f.name`,
			employerID, p.Name, p.Website, p.Description, p.Phone)
		if err != nil {
			return fmt.Errorf("update employer: %w", err)
		}
		if len(former) > 0 {
			if former[0] != p.Name { // the search keeps the names of employers, and nothing else of them
				if err := s.renamed(ctx, tx, employerID, p.Name); err != nil {
					return err
				}
			}
			outbox.Emit(tx, board.Tenant{EmployerID: employerID, Mode: board.ModeLive}, event.NewEmployerProfileUpdated(employerID, p.Name, tx.Now))
		}
		e, err = EmployerOf(ctx, tx, employerID)
		return err
	})
	if err != nil {
		return Employer{}, err
	}
	return e, nil
}

// SetContract gives an employer an unlimited contract until a time; one in the past ends it. Errors: invalid_request; not_found.
func (s *Store) SetContract(ctx context.Context, employerID int64, until time.Time) (Employer, error) {
	if err := board.CheckContractEnd(until); err != nil {
		return Employer{}, err
	}
	var e Employer
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		err := tx.Get(ctx, &e, `UPDATE employers SET contract_until = $2 WHERE id = $1 RETURNING `+employerColumns, employerID, until)
		if errors.Is(err, sql.ErrNoRows) {
			return board.Errorf(board.CodeNotFound, "There is no employer %d.", employerID)
		}
		if err != nil {
			return fmt.Errorf("set the contract of employer %d: %w", employerID, err)
		}
		Operated(ctx, tx, employerID, fmt.Sprintf("employers/%d", employerID))
		return nil
	})
	if err != nil {
		return Employer{}, err
	}
	e.ContractUntil, e.CreatedAt = pg.UTC(e.ContractUntil), e.CreatedAt.UTC()
	return e, nil
}

// SetLimit agrees another limit per minute for one family of an employer's keys; it holds from the next request on,
// on every copy. Errors: invalid_request; not_found.
func (s *Store) SetLimit(ctx context.Context, employerID int64, family board.LimitFamily, perMinute int) error {
	if fields := board.ValidateLimit(family, perMinute); len(fields) > 0 {
		return board.Invalid(fields...)
	}
	return s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		if _, err := EmployerOf(ctx, tx, employerID); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `
INSERT INTO rate_limits (employer_id, family, per_minute) VALUES ($1, $2, $3)
ON CONFLICT (employer_id, family) DO UPDATE SET per_minute = excluded.per_minute`, employerID, family, perMinute)
		if err != nil {
			return fmt.Errorf("set limit: %w", err)
		}
		Operated(ctx, tx, employerID, fmt.Sprintf("employers/%d", employerID))
		return nil
	})
}

// Account is what a key may know of its employer.
type Account struct {
	// Employer lacks what it says about itself: website, description and phone.
	Employer Employer
	Credits  Credits
	// Limits are requests per board.LimitWindow.
	Limits map[board.LimitFamily]int
	// KeyCreatedAt is when the calling key was made.
	KeyCreatedAt time.Time
}

// Account reads the calling key's account in one round trip.
func (s *Store) Account(ctx context.Context, p Principal) (Account, error) {
	var row struct {
		Employer

		JobPosting   int64     `db:"job_posting"`
		CVSearch     int64     `db:"cv_search"`
		Jobs         *int      `db:"limit_jobs"`
		Search       *int      `db:"limit_search"`
		Candidate    *int      `db:"limit_candidate"`
		ReadOnly     *int      `db:"limit_readonly"`
		KeyCreatedAt time.Time `db:"key_created_at"`
	}
	err := s.db.Reader(ctx).Get(ctx, &row, `
SELECT e.id, e.name, e.trusted, e.contract_until, e.created_at, k.created_at AS key_created_at,
       coalesce((SELECT balance FROM credit_accounts a WHERE a.employer_id = e.id AND a.mode = $2 AND a.kind = 'JobPosting'), 0) AS job_posting,
       coalesce((SELECT balance FROM credit_accounts a WHERE a.employer_id = e.id AND a.mode = $2 AND a.kind = 'CvSearch'), 0) AS cv_search,
       (SELECT per_minute FROM rate_limits l WHERE l.employer_id = e.id AND l.family = 'jobs') AS limit_jobs,
       (SELECT per_minute FROM rate_limits l WHERE l.employer_id = e.id AND l.family = 'search') AS limit_search,
       (SELECT per_minute FROM rate_limits l WHERE l.employer_id = e.id AND l.family = 'candidate') AS limit_candidate,
       (SELECT per_minute FROM rate_limits l WHERE l.employer_id = e.id AND l.family = 'readonly') AS limit_readonly
  FROM employers e JOIN api_keys k ON k.employer_id = e.id
 WHERE e.id = $1 AND k.id = $3`, p.EmployerID, p.Mode, p.KeyID)
	if err != nil {
		return Account{}, fmt.Errorf("read account: %w", err)
	}
	row.ContractUntil = pg.UTC(row.ContractUntil)
	limits := map[board.LimitFamily]int{}
	for family, agreed := range map[board.LimitFamily]*int{
		board.FamilyJobs: row.Jobs, board.FamilySearch: row.Search, board.FamilyCandidate: row.Candidate, board.FamilyReadOnly: row.ReadOnly,
	} {
		limits[family] = board.DefaultLimit(family)
		if agreed != nil {
			limits[family] = *agreed
		}
	}
	return Account{
		Employer: row.Employer, Credits: Credits{JobPosting: row.JobPosting, CVSearch: row.CVSearch},
		Limits: limits, KeyCreatedAt: row.KeyCreatedAt.UTC(),
	}, nil
}

// LockEmployer keeps others who lock the same employer waiting until the transaction ends. Errors: not_found, also when the account was
// closed.
func LockEmployer(ctx context.Context, tx *pg.Tx, id int64) error {
	return lockEmployer(ctx, tx, id, `SELECT id FROM employers WHERE id = $1 AND closed_at IS NULL FOR NO KEY UPDATE`)
}

// keepOpen keeps the account of an employer from being closed until the transaction ends, and nobody else from anything. What adds
// somebody or something that can sign in or call begins with it. Errors: those of LockEmployer.
func keepOpen(ctx context.Context, tx *pg.Tx, id int64) error {
	return lockEmployer(ctx, tx, id, `SELECT id FROM employers WHERE id = $1 AND closed_at IS NULL FOR KEY SHARE`)
}

func lockEmployer(ctx context.Context, tx *pg.Tx, id int64, query string) error {
	var found int64
	err := tx.Get(ctx, &found, query, id)
	if errors.Is(err, sql.ErrNoRows) {
		return board.Errorf(board.CodeNotFound, "There is no employer %d.", id)
	}
	if err != nil {
		return fmt.Errorf("lock employer: %w", err)
	}
	return nil
}
