package job

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
)

// Target names the job that an application is for: by ID, with the employer as an additional condition unless it is 0; or,
// when ID is 0, by the employer's reference.
type Target struct {
	Mode       board.Mode
	ID         int64
	EmployerID int64
	Reference  string
}

// ToApplyFor reads the job of a target in any state but Draft. When several jobs have the reference, it is the one that is
// not Deactivated, or else the newest. Errors: not_found.
func ToApplyFor(ctx context.Context, q pg.Reader, t Target) (board.Job, error) {
	query, args := toApplyFor(t, columns)
	return one(ctx, q, query, args...)
}

// HoldToApplyFor is ToApplyFor with a shared lock: until the transaction ends nobody changes the job, and other
// applications for it do not wait. company is the name of its employer. Errors: not_found.
func HoldToApplyFor(ctx context.Context, tx *pg.Tx, t Target) (job board.Job, company string, err error) {
	var held struct {
		row

		Company string `db:"company"`
	}
	query, args := toApplyFor(t, columns+`, (SELECT name FROM employers e WHERE e.id = employer_id) AS company`)
	err = tx.Get(ctx, &held, query+` FOR SHARE`, args...)
	if errors.Is(err, sql.ErrNoRows) {
		return board.Job{}, "", ErrNoJob
	}
	if err != nil {
		return board.Job{}, "", fmt.Errorf("hold job: %w", err)
	}
	return held.job(), held.Company, nil
}

// toApplyFor is a statement that reads columns of the job of a target.
func toApplyFor(t Target, columns string) (query string, args []any) {
	if t.ID != 0 {
		return `SELECT ` + columns + ` FROM jobs WHERE id = $1 AND mode = $2 AND ($3::bigint = 0 OR employer_id = $3) AND status <> 'Draft'`,
			[]any{t.ID, t.Mode, t.EmployerID}
	}
	return `SELECT ` + columns + ` FROM jobs WHERE employer_id = $1 AND mode = $2 AND reference = $3 AND status <> 'Draft'
 ORDER BY status = 'Deactivated', id DESC LIMIT 1`, []any{t.EmployerID, t.Mode, tidyReference(t.Reference)}
}

// OfApplication reads the job of an application that the caller has read. Errors: not_found.
func OfApplication(ctx context.Context, q pg.Reader, t board.Tenant, id int64) (board.Job, error) {
	return one(ctx, q, `SELECT `+columns+` FROM jobs WHERE id = $1 AND employer_id = $2 AND mode = $3`, id, t.EmployerID, t.Mode)
}

// Exists reports whether the tenant has a job.
func Exists(ctx context.Context, q pg.Reader, t board.Tenant, id int64) (found bool, err error) {
	err = q.Get(ctx, &found, `SELECT EXISTS (SELECT FROM jobs WHERE id = $1 AND employer_id = $2 AND mode = $3)`, id, t.EmployerID, t.Mode)
	if err != nil {
		return false, fmt.Errorf("look for a job: %w", err)
	}
	return found, nil
}

// EmployersOf lists up to limit employers with a live job of a reference that is, or was, published.
func EmployersOf(ctx context.Context, q pg.Reader, reference string, limit int) ([]int64, error) {
	var employers []int64
	//house:tenant the reference in an address is what tells the employer
	err := q.List(ctx, &employers, `
SELECT DISTINCT employer_id FROM jobs WHERE reference = $1 AND mode = 'live' AND status <> 'Draft' LIMIT $2`, tidyReference(reference), limit)
	if err != nil {
		return nil, fmt.Errorf("find the employers of a reference: %w", err)
	}
	return employers, nil
}

// Named is a reference and the employer who uses it.
type Named struct {
	EmployerID int64  `db:"employer_id"`
	Reference  string `db:"reference"`
}

// LikeReference lists up to two references of live jobs that are, or were, published, and that equal the given one but for
// the case of letters. employerID is 0 for those of all employers.
func LikeReference(ctx context.Context, q pg.Reader, employerID int64, reference string) ([]Named, error) {
	var found []Named
	err := q.List(ctx, &found, `
SELECT DISTINCT employer_id, reference FROM jobs
 WHERE lower(reference) = lower($1) AND mode = 'live' AND status <> 'Draft' AND reference IS NOT NULL AND ($2::bigint = 0 OR employer_id = $2)
 LIMIT 2`, tidyReference(reference), employerID)
	if err != nil {
		return nil, fmt.Errorf("find a reference in another case: %w", err)
	}
	return found, nil
}
