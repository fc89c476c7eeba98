package pg

import (
	"context"
	"database/sql"
	"errors"
	"sync/atomic"

	"github.com/lib/pq"
)

type (
	choiceKey  struct{}
	standbyKey struct{}
)

// choice is which server the reads of a context are made at. Once one was made at the primary, all later ones are, so that what is read
// together is not of a later moment first and of an earlier one then.
type choice struct{ primary atomic.Bool }

// standby reports whether the next read is made at the standby.
func (c *choice) standby(s *standby) bool {
	if !s.serves() {
		c.primary.Store(true)
	}
	return !c.primary.Load()
}

// MayLag is a context for a reader who may be shown what was true up to MaxLag ago. It is for what everybody sees, and what searches
// find: never for the admission of a request, for credits, or for a reader of what they have just written.
func MayLag(ctx context.Context) context.Context {
	return context.WithValue(ctx, choiceKey{}, new(choice))
}

// Lagging calls read for the standby if the context is one of MayLag and the standby serves, else for the primary. All statements that
// read runs with its context go to that server. When it fails at the standby, or finds no row, it is called again for the primary: it must have no
// effect beside its result. Errors: those of read at the primary, and of its own.
func Lagging[T any](ctx context.Context, db *DB, read func(ctx context.Context) (T, error)) (T, error) {
	s := db.standby
	c, may := ctx.Value(choiceKey{}).(*choice)
	if s == nil || !may || db.Joined(ctx) != nil {
		return read(ctx)
	}
	if !c.standby(s) {
		s.elsewhere.Add(1)
		return read(ctx)
	}
	s.reads.Add(1)
	v, err := read(context.WithValue(ctx, standbyKey{}, s))
	if err == nil || ctx.Err() != nil || !ofServer(err) {
		return v, err
	}
	c.primary.Store(true)
	s.repeated.Add(1)
	return read(ctx)
}

// ofServer tells whether the primary may give another answer.
func ofServer(err error) bool {
	return errors.Is(err, sql.ErrNoRows) || errors.As(err, new(*pq.Error)) || Away(err) || unavailable(err)
}

// at is the database that a context is to be read at.
func (db *DB) at(ctx context.Context) *DB {
	if s, ok := ctx.Value(standbyKey{}).(*standby); ok && s == db.standby {
		return s.db
	}
	return db
}
