package pg

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"itmanagerjobs/store/turns"
)

// errNoConnection says that no connection became free in shareWait.
var errNoConnection = errors.New("no connection to the database became free")

// shareWait is how long a statement or transaction waits for a connection. It is as long as a lock is waited for.
const shareWait = 10 * time.Second

// share is the part of the connections that ordinary work may use at once; the rest is kept for what the whole program depends on,
// see DB.Kept. One party, see For, has a third of it at most, rounded up, and those that wait come by turns of their parties: one that
// sends much keeps nobody else from the database. A nil share does not bound anything.
type share struct {
	gate *turns.Gate
	// waiting are those that wait now, waits those that have waited, and waited how long all of them have.
	waiting, waits atomic.Int64
	waited         atomic.Int64 // nanoseconds
	// tell is Options.Waited.
	tell func(context.Context, time.Duration)
}

// newShare leaves kept of the connections, but never takes the last one from ordinary work.
func newShare(conns, kept int, tell func(context.Context, time.Duration)) *share {
	if kept == 0 {
		return nil
	}
	ordinary := max(1, conns-kept)
	return &share{gate: turns.New(turns.Options{AtOnce: ordinary, Each: (ordinary + 2) / 3, Patience: shareWait}), tell: tell}
}

type partyKey struct{}

// For returns a context whose statements and transactions are those of a party, such as the number of an employer, with which it shares
// the connections. Those of a context without one are for nobody in particular.
func For(ctx context.Context, party int64) context.Context {
	return context.WithValue(ctx, partyKey{}, party)
}

// enter waits for a connection of ordinary work. leave gives it back.
func (s *share) enter(ctx context.Context) (leave func(), err error) {
	if s == nil {
		return func() {}, nil
	}
	party, _ := ctx.Value(partyKey{}).(int64) // turns.Nobody without one
	leave = func() { s.gate.Leave(party) }
	if s.gate.TryEnter(party) {
		return leave, nil
	}
	s.waiting.Add(1)
	//house:clock how long something takes, on the clock that only goes forward
	defer s.count(ctx, time.Now())
	if err := s.gate.Enter(ctx, party); errors.Is(err, turns.ErrLate) {
		return nil, errNoConnection
	} else if err != nil {
		return nil, err
	}
	return leave, nil
}

func (s *share) count(ctx context.Context, since time.Time) {
	//house:clock as in enter
	waited := time.Since(since)
	s.waiting.Add(-1)
	s.waits.Add(1)
	s.waited.Add(int64(waited))
	if s.tell != nil {
		s.tell(ctx, waited)
	}
}

// Kept is the same database for what must go through although ordinary work has taken all its connections: the admission of
// requests, and readiness. It uses connections that ordinary work leaves, and ordinary ones when they are free.
func (db *DB) Kept() *DB { return db.kept }

// PoolStats are the connections of this copy for requests and chores.
type PoolStats struct {
	InUse, Max int
	// Waiting are those that wait for a connection now, Waits how many have waited, and Waited how long all of them have together.
	Waiting, Waits int64
	Waited         time.Duration
}

// PoolStats asks nobody: it is what the copy itself has counted.
func (db *DB) PoolStats() PoolStats {
	stats := db.pool.Stats()
	p := PoolStats{InUse: stats.InUse, Max: stats.MaxOpenConnections, Waits: stats.WaitCount, Waited: stats.WaitDuration}
	if s := db.share; s != nil {
		p.Waiting, p.Waits, p.Waited = s.waiting.Load(), p.Waits+s.waits.Load(), p.Waited+time.Duration(s.waited.Load())
	}
	return p
}
