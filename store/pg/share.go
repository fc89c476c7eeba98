package pg

import (
	"context"
	"errors"
	"time"
)

// errNoConnection says that no connection became free in shareWait.
var errNoConnection = errors.New("no connection to the database became free")

// shareWait is how long a statement or transaction waits for a connection. It is as long as a lock is waited for.
const shareWait = 10 * time.Second

// share is the part of the connections that ordinary work may use at once; the rest is kept for what the whole program depends on,
// see DB.Kept. A nil share does not bound anything.
type share chan struct{}

// newShare leaves kept of the connections, but never takes the last one from ordinary work.
func newShare(conns, kept int) share {
	if kept == 0 {
		return nil
	}
	return make(share, max(1, conns-kept))
}

func (s share) enter(ctx context.Context) error {
	if s == nil {
		return nil
	}
	select {
	case s <- struct{}{}:
		return nil
	default:
	}
	late := time.NewTimer(shareWait)
	defer late.Stop()
	select {
	case s <- struct{}{}:
		return nil
	case <-late.C:
		return errNoConnection
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s share) leave() {
	if s != nil {
		<-s
	}
}

// Kept is the same database for what must go through although ordinary work has taken all its connections: the admission of
// requests, and readiness. It uses connections that ordinary work leaves, and ordinary ones when they are free.
func (db *DB) Kept() *DB { return db.kept }
