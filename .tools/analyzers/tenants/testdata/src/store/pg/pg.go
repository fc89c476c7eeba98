// Package pg runs statements.
package pg

import (
	"context"
	"database/sql"
)

type DB struct{ pool *sql.DB }

type Tx struct{ tx *sql.Tx }

type Reader interface {
	Get(ctx context.Context, dest any, query string, args ...any) error
}

func (db *DB) Reader(context.Context) Reader { return db }

func (db *DB) Get(ctx context.Context, dest any, query string, args ...any) error {
	return db.pool.QueryRowContext(ctx, query, args...).Scan(dest)
}

func (tx *Tx) Get(ctx context.Context, dest any, query string, args ...any) error {
	return tx.tx.QueryRowContext(ctx, query, args...).Scan(dest)
}

func (tx *Tx) Exec(ctx context.Context, query string, args ...any) error {
	_, err := tx.tx.ExecContext(ctx, query, args...)
	return err
}
