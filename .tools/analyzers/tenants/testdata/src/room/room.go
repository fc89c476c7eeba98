// Package room reads tables of tenants.
package room

import (
	"context"

	"other"
	"store/pg"
)

const columns = `id, employer_id, mode, title`

type Tenant = other.Tenant

type row struct{ ID int64 }

type listing struct{ Table, Where string }

func Read(ctx context.Context, db *pg.DB, t Tenant, id int64) {
	var r row
	_ = db.Get(ctx, &r, `SELECT `+columns+` FROM jobs WHERE id = $1`, id)                                    // want `jobs does not bind`
	_ = db.Get(ctx, &r, `SELECT `+columns+` FROM jobs WHERE id = $1 AND employer_id = $2`, id, t.EmployerID) // want `jobs does not bind`
	_ = db.Get(ctx, &r, `SELECT `+columns+` FROM jobs WHERE id = $1 AND employer_id = $2 AND mode = $3`, id, t.EmployerID, t.Mode)
	_ = db.Get(ctx, &r, `SELECT 1 FROM jobs j JOIN candidates c ON (c.employer_id, c.mode) = ($1, $2)`, t.EmployerID, t.Mode)
	_ = db.Get(ctx, &r, `WITH jobs AS (SELECT 1) SELECT FROM jobs`)
	_ = db.Get(ctx, &r, `SELECT name FROM employers WHERE name = 'from jobs'`)
	_ = db.Get(ctx, &r, other.CandidateSQL(`candidates`)+` WHERE c.employer_id = $1 AND c.mode = $2`, t.EmployerID, t.Mode)
	_ = db.Get(ctx, &r, other.CandidateSQL(`x`)+` WHERE c.id = $1`, id) // want `jobs does not bind`
	//house:tenant a chore over all tenants
	_ = db.Get(ctx, &r, `SELECT id FROM jobs WHERE expired`)
	_ = listing{Table: "jobs", Where: "employer_id = $1 AND mode = $2"}
	_ = listing{Table: "jobs", Where: "mode = $1"} // want `jobs does not bind`

	query := `SELECT 1 FROM jobs WHERE employer_id = $1`
	if t.Mode != "" {
		query += ` AND mode = $2`
	}
	_ = db.Get(ctx, &r, query, t.EmployerID, t.Mode)
}

func Write(ctx context.Context, tx *pg.Tx, t Tenant, id int64, job other.Job) {
	var r row
	_ = tx.Exec(ctx, `INSERT INTO jobs (employer_id, mode, title) VALUES ($1, $2, $3)`)
	_ = tx.Exec(ctx, `INSERT INTO jobs (employer_id, title) VALUES ($1, $2)`) // want `jobs does not bind`
	_ = tx.Exec(ctx, `SELECT id FROM jobs WHERE id = $1 FOR UPDATE`, id)
	_ = tx.Get(ctx, &r, `SELECT id FROM jobs WHERE employer_id = $1 AND mode = $2`)
	_ = tx.Exec(ctx, `UPDATE jobs SET title = $2 WHERE id = $1`, r.ID, "")
	_ = tx.Exec(ctx, `UPDATE jobs SET title = $2 WHERE id = $1`, job.ID, "")
	_ = tx.Exec(ctx, `UPDATE jobs SET title = $2 WHERE id = $1`, id, "") // want `jobs does not bind`
	lock(ctx, tx, t, id)
	_ = tx.Exec(ctx, `UPDATE jobs SET title = $2 WHERE id = $1`, id, "")
	ours(ctx, tx, r.ID)
	theirs(ctx, tx, r.ID)
}

func Other(ctx context.Context, tx *pg.Tx, id int64) { theirs(ctx, tx, id) }

func lock(ctx context.Context, tx *pg.Tx, t Tenant, id int64) {
	_ = tx.Exec(ctx, `SELECT id FROM jobs WHERE id = $1 AND employer_id = $2 AND mode = $3 FOR UPDATE`, id, t.EmployerID, t.Mode)
}

// ours is given what was read.
func ours(ctx context.Context, tx *pg.Tx, id int64) {
	_ = tx.Exec(ctx, `DELETE FROM jobs WHERE id = ANY ($1)`, []int64{id})
}

// theirs is given what the caller of Other has named.
func theirs(ctx context.Context, tx *pg.Tx, id int64) {
	_ = tx.Exec(ctx, `DELETE FROM jobs WHERE id = $1`, id) // want `jobs does not bind`
}
