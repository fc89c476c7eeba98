// Package room writes.
package room

import (
	"context"
	"database/sql"

	"store/pg"
)

const columns = `id, updated_at`

const admitSQL = `
SELECT id, admit(id) FROM keys WHERE hash = $1`

func writes(ctx context.Context, db *pg.DB, tx *pg.Tx, raw *sql.DB) {
	var id int64
	_ = tx.Get(ctx, &id, `INSERT INTO jobs (title) VALUES ($1) RETURNING `+columns)
	_ = tx.Exec(ctx, `DELETE FROM jobs`)
	_ = db.Get(ctx, &id, `INSERT INTO jobs (title) VALUES ($1) RETURNING `+columns)                   // want `outside an explicit transaction`
	_ = db.Reader(ctx).Get(ctx, &id, `UPDATE jobs SET title = $1`)                                    // want `outside an explicit transaction`
	_ = db.Get(ctx, &id, `SELECT id FROM jobs FOR NO KEY UPDATE`)                                     // want `outside an explicit transaction`
	_ = db.Get(ctx, &id, `WITH gone AS (DELETE FROM jobs RETURNING id) SELECT `+columns+` FROM gone`) // want `outside an explicit transaction`
	_ = db.Get(ctx, &id, admitSQL)                                                                    // want `outside an explicit transaction`
	_ = db.Get(ctx, &id, `SELECT updated_at FROM jobs WHERE title = 'delete from x'`)
	_, _ = raw.ExecContext(ctx, `SELECT 1`) // want `past store/pg`
	//house:write VACUUM cannot run in a transaction
	_, _ = raw.ExecContext(ctx, `VACUUM`)
	_ = raw.PingContext(ctx)
}

// one hands a statement on to what runs it.
func one(ctx context.Context, q pg.Reader, query string) error {
	var id int64
	return q.Get(ctx, &id, query)
}

type store struct{ db *pg.DB }

func (s *store) locked(ctx context.Context, tx *pg.Tx, query string) error {
	var id int64
	return tx.Get(ctx, &id, query)
}

func (s *store) read(ctx context.Context, query string) error {
	return one(ctx, s.db.Reader(ctx), query)
}

func (s *store) handsOn(ctx context.Context, tx *pg.Tx) {
	query := `UPDATE jobs SET title = $1`
	query += ` WHERE id = $2`
	_ = one(ctx, tx, query)
	_ = s.locked(ctx, tx, query)
	_ = s.read(ctx, query)    // want `outside an explicit transaction`
	_ = one(ctx, s.db, query) // want `outside an explicit transaction`
	_ = s.read(ctx, `SELECT 1`)
}
