package webhooks

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// leaseMargin is the part of a lease before whose end a copy stops sending, so that a pause of the process or of the
// network at that moment does not put two owners side by side: one second of eight.
const leaseMargin = 8

var (
	errLeaseLost = errors.New("the lease could not be renewed in time")
	errLeaseOver = errors.New("the lease is over; another copy may own the lanes")
	errGraceOver = errors.New("shutting down, and the time to wait for answers is over")
)

// session is one membership in the fleet, from joining to leaving or to a lost lease. All that it remembers ends with
// it: what was out when a lease was lost belongs to another copy, and its late results change nothing.
type session struct {
	*Engine

	worker int64
	// ctx ends when nothing may be sent any more.
	ctx  context.Context //nolint:containedctx // it is the lifetime of this object
	lose context.CancelCauseFunc
	// deadline is when sending must stop, in nanoseconds since begun; the renewals move it.
	begun    time.Time
	deadline atomic.Int64

	fetches chan fetchOrder
	results *pile[result]
	urgent  chan struct{} // a lane waits for its results to be recorded
	claims  claims
}

// session joins the fleet and works until ctx ends or the lease is lost. worked tells that it had joined.
func (e *Engine) session(ctx context.Context) (worked bool, err error) {
	s := &session{
		Engine: e, begun: e.Monotonic(),
		fetches: make(chan fetchOrder, fetchers),
		results: newPile[result](),
		urgent:  make(chan struct{}, 1),
		claims:  claims{poked: make(chan struct{}, 1)},
	}
	s.ctx, s.lose = context.WithCancelCause(context.WithoutCancel(ctx))
	defer s.lose(nil)
	joining, cancel := context.WithTimeout(ctx, e.Lease/2)
	defer cancel()
	s.extend(s.since())
	if s.worker, err = e.Queue.Join(joining, e.Lease); err != nil {
		return false, fmt.Errorf("join: %w", err)
	}
	defer func() { err = errors.Join(err, s.leave()) }()
	wakes := e.Queue.Listen(s.ctx)

	d := newScheduler(s)
	var running sync.WaitGroup
	running.Go(s.watchDeadline)
	running.Go(func() { s.keepLanes(d) })
	running.Go(func() { s.record(d) })
	for range fetchers {
		running.Go(func() { s.fetch(d) })
	}
	d.run(ctx.Done(), wakes)
	err = context.Cause(s.ctx) // why it was lost; nil when it was drained
	s.lose(nil)
	running.Wait()
	return true, err
}

// leave hands all lanes back. When the database is away they are free at the end of the lease.
func (s *session) leave() error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.ctx), 2*time.Second)
	defer cancel()
	if err := s.Queue.Leave(ctx, s.worker); err != nil {
		return fmt.Errorf("leave: %w", err)
	}
	return nil
}

// since is the time since the session began, by the monotonic clock.
func (s *session) since() time.Duration { return s.Monotonic().Sub(s.begun) }

// extend moves the deadline after a renewal that was begun at the given time.
func (s *session) extend(begun time.Duration) {
	s.deadline.Store(int64(begun + s.Lease - s.Lease/leaseMargin))
}

// remaining is the time left for sending.
func (s *session) remaining() time.Duration { return time.Duration(s.deadline.Load()) - s.since() }

// watchDeadline breaks everything off when the deadline passes, even while a renewal hangs.
func (s *session) watchDeadline() {
	for s.ctx.Err() == nil {
		left := s.remaining()
		if left <= 0 {
			s.lose(errLeaseLost)
			return
		}
		wait(s.ctx, left)
	}
}

// pile gathers what several goroutines put down for one to take up.
type pile[T any] struct {
	mu    sync.Mutex
	items []T
	// bell has a value when something was put down since it was last heard.
	bell chan struct{}
}

func newPile[T any]() *pile[T] { return &pile[T]{bell: make(chan struct{}, 1)} }

// put never blocks.
func (p *pile[T]) put(items ...T) {
	p.mu.Lock()
	p.items = append(p.items, items...)
	p.mu.Unlock()
	ring(p.bell)
}

// ring makes a bell of capacity 1 be heard; it never blocks.
func ring(bell chan struct{}) {
	select {
	case bell <- struct{}{}:
	default:
	}
}

// take gives everything and keeps buffer for what comes.
func (p *pile[T]) take(buffer []T) []T {
	clear(buffer)
	p.mu.Lock()
	defer p.mu.Unlock()
	items := p.items
	p.items = buffer[:0]
	return items
}
