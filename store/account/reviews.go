package account

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/letter"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
)

// NewReviewer is what an operator creates a reviewer of the platform from.
type NewReviewer struct {
	Email, Name  string
	PasswordHash string
}

// CreateReviewer makes a PlatformReviewer, who belongs to no employer and for whose address the operator vouches. Errors:
// invalid_request; conflict when the address has an account already.
func (s *Store) CreateReviewer(ctx context.Context, n NewReviewer) (userID int64, err error) {
	email, problem, bad := board.CheckEmail("email", n.Email)
	if bad {
		return 0, board.Invalid(problem)
	}
	err = s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		err := tx.Get(ctx, &userID, `
INSERT INTO users (email, name, role, password_hash, confirmed_at, created_at) VALUES ($1, $2, $3, $4, $5, $5)
ON CONFLICT DO NOTHING RETURNING id`, email, strings.TrimSpace(n.Name), board.RolePlatformReviewer, n.PasswordHash, tx.Now)
		if errors.Is(err, sql.ErrNoRows) {
			return board.Errorf(board.CodeConflict, "The address %s has an account already. Use another address.", email)
		}
		if err != nil {
			return fmt.Errorf("insert reviewer: %w", err)
		}
		return nil
	})
	return userID, err
}

// Review is a key that waits for the platform, with the employer whose it is.
type Review struct {
	Key

	Employer Overview
}

// PendingKeys lists the keys that wait for review, those that wait longest first, with two statements.
func (s *Store) PendingKeys(ctx context.Context, limit int) ([]Review, error) {
	//house:tenant the platform reviews the keys of all employers
	keys, err := s.selectKeys(ctx, `SELECT `+keyColumns+` FROM api_keys k WHERE k.status = 'Pending' ORDER BY k.id LIMIT $1`, limit)
	if err != nil || len(keys) == 0 {
		return nil, err
	}
	ids := pg.Column[pq.Int64Array](keys, func(k Key) int64 { return k.EmployerID })
	var rows []overviewRow
	err = s.db.Reader(ctx).List(ctx, &rows, overviewSQL(`SELECT `+employerColumns+` FROM employers WHERE id = ANY ($1)`), ids)
	if err != nil {
		return nil, fmt.Errorf("list employers: %w", err)
	}
	employers := map[int64]Overview{}
	for _, r := range rows {
		employers[r.ID] = r.overview()
	}
	return pg.Column[[]Review](keys, func(k Key) Review { return Review{k, employers[k.EmployerID]} }), nil
}

// tellReviewers writes to the reviewers that a key waits for them, unless another one waits already: they know then that there is
// something to do, and nobody fills their mailboxes.
func (s *Store) tellReviewers(ctx context.Context, tx *pg.Tx, key Key, employer string) error {
	var another bool
	//house:tenant the platform reviews the keys of all employers
	err := tx.Get(ctx, &another, `
SELECT EXISTS (SELECT FROM api_keys k WHERE k.status = 'Pending' AND k.id <> $1 AND (k.expires_at IS NULL OR k.expires_at > $2))`, key.ID, tx.Now)
	if err != nil {
		return fmt.Errorf("look for other keys that wait: %w", err)
	}
	if another {
		return nil
	}
	return s.MailReviewers(ctx, tx, func(to string) letter.Mail {
		return letter.KeyWaits(to, employer, key.Name, s.publicURL+"/platform/keys")
	})
}

// MailReviewers queues an email to each reviewer of the platform.
func (s *Store) MailReviewers(ctx context.Context, tx *pg.Tx, write func(to string) letter.Mail) error {
	var to []string
	err := tx.List(ctx, &to, `
SELECT email FROM users WHERE role = $1 AND removed_at IS NULL AND confirmed_at IS NOT NULL ORDER BY id`, board.RolePlatformReviewer)
	if err != nil {
		return fmt.Errorf("list reviewers: %w", err)
	}
	return outbox.SendMail(ctx, tx, 0, pg.Column[[]letter.Mail](to, write)...)
}

// PlatformKey reads one key of any employer. Errors: not_found.
func (s *Store) PlatformKey(ctx context.Context, id int64) (Key, error) {
	//house:tenant the platform reviews the keys of all employers
	keys, err := s.selectKeys(ctx, `SELECT `+keyColumns+` FROM api_keys k WHERE k.id = $1`, id)
	if err != nil {
		return Key{}, err
	}
	if len(keys) == 0 {
		return Key{}, board.Errorf(board.CodeNotFound, "There is no key %d.", id)
	}
	return keys[0], nil
}

// Waiting is what waits for the platform.
type Waiting struct {
	Keys     int `db:"keys"`
	Orders   int `db:"orders"`
	Requests int `db:"requests"`
}

// Waiting counts with one statement.
func (s *Store) Waiting(ctx context.Context) (Waiting, error) {
	var w Waiting
	//house:tenant the platform reviews the keys of all employers
	err := s.db.Reader(ctx).Get(ctx, &w, `
SELECT (SELECT count(*) FROM api_keys WHERE status = 'Pending') AS keys, (SELECT count(*) FROM orders WHERE status = 'Open') AS orders,
       (SELECT count(*) FROM contact_requests WHERE closed_at IS NULL) AS requests`)
	if err != nil {
		return Waiting{}, fmt.Errorf("count what waits: %w", err)
	}
	return w, nil
}
