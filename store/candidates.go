package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"itmanagerjobs/store/board"
)

// Candidate is somebody in an employer's own pipeline. It is not an entry of the platform's CV database.
type Candidate struct {
	Tenant

	ID        int64
	Version   int64
	Status    string
	FirstName string
	LastName  string
	Email     string
	Phone     *string
	Source    board.ApplicationSource
	CreatedAt time.Time
	UpdatedAt time.Time
}

type candidateRow struct {
	ID         int64                   `db:"id"`
	EmployerID int64                   `db:"employer_id"`
	Mode       board.Mode              `db:"mode"`
	Version    int64                   `db:"version"`
	Status     string                  `db:"status"`
	FirstName  string                  `db:"first_name"`
	LastName   string                  `db:"last_name"`
	Email      string                  `db:"email"`
	Phone      *string                 `db:"phone"`
	Source     board.ApplicationSource `db:"source"`
	CreatedAt  time.Time               `db:"created_at"`
	UpdatedAt  time.Time               `db:"updated_at"`
}

const candidateColumns = `id, employer_id, mode, version, status, first_name, last_name, email, phone, source, created_at, updated_at`

func (r candidateRow) candidate() Candidate {
	return Candidate{
		Tenant: Tenant{EmployerID: r.EmployerID, Mode: r.Mode}, ID: r.ID, Version: r.Version, Status: r.Status,
		FirstName: r.FirstName, LastName: r.LastName, Email: r.Email, Phone: r.Phone, Source: r.Source,
		CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(),
	}
}

// errNoCandidate answers an absent candidate, an erased one and another employer's alike.
var errNoCandidate = board.Errorf(board.CodeNotFound, "There is no such candidate.")

// GetCandidate reads one candidate of the employer's pipeline. Errors: not_found.
func (s *Store) GetCandidate(ctx context.Context, t Tenant, id int64) (Candidate, error) {
	s.tellsOf(ctx, id)
	return oneCandidate(ctx, s.reader(ctx), t, id, "")
}

func (tx *Tx) lockCandidate(ctx context.Context, t Tenant, id int64) (Candidate, error) {
	return oneCandidate(ctx, tx.tx, t, id, " FOR UPDATE")
}

func oneCandidate(ctx context.Context, q queryer, t Tenant, id int64, lock string) (Candidate, error) {
	var row candidateRow
	err := q.GetContext(ctx, &row, `SELECT `+candidateColumns+` FROM candidates
 WHERE id = $1 AND employer_id = $2 AND mode = $3 AND erased_at IS NULL`+lock, id, t.EmployerID, t.Mode)
	if errors.Is(err, sql.ErrNoRows) {
		return Candidate{}, errNoCandidate
	}
	if err != nil {
		return Candidate{}, fmt.Errorf("read candidate: %w", err)
	}
	return row.candidate(), nil
}

// ensureCandidate finds the candidate of an address, or makes it, and keeps others from applying with that address, and
// from erasing it, until the transaction ends. What an address is known by already is not changed: anybody can type
// somebody else's address into a form.
func (tx *Tx) ensureCandidate(ctx context.Context, t Tenant, a board.Applicant, source board.ApplicationSource) (id int64, made bool, err error) {
	var row struct {
		ID   int64 `db:"id"`
		Made bool  `db:"made"`
	}
	err = tx.get(ctx, &row, `
INSERT INTO candidates AS c (employer_id, mode, status, version, first_name, last_name, email, phone, source, created_at, updated_at)
VALUES ($1, $2, $3, 1, $4, $5, $6, nullif($7, ''), $8, $9, $9)
ON CONFLICT (employer_id, mode, lower(email)) WHERE erased_at IS NULL DO UPDATE SET email = c.email
RETURNING c.id, c.xmax = 0 AS made`, t.EmployerID, t.Mode, board.ApplicationNew, a.FirstName, a.LastName, a.Email, a.Phone, source, tx.Now)
	if err != nil {
		return 0, false, fmt.Errorf("find or insert candidate: %w", err)
	}
	tx.tellsOf(row.ID)
	return row.ID, row.Made, nil
}
