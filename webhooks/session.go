package webhooks

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// leaseMargin divides the lease: a worker stops sending one eighth of the lease before its end. Without this margin, a pause of
// the process or of the network in the last moment could let two owners send at once.
const leaseMargin = 8

var (
	errLeaseLost    = errors.New("the lease could not be renewed in time")
	errLeaseOver    = errors.New("the lease is over; another copy may own the lanes")
	errPresenceLost = errors.New("the connection that shows this copy alive was lost; another copy may own the lanes")
	errGraceOver    = errors.New("shutting down, and the time to wait for answers is over")
)

// session is the time of one worker, from joining until it leaves or loses its lease. Its state is not carried over to the next
// session: deliveries that were in flight when a lease was lost belong to another worker, which the epoch of the lane tells
// the database, so late results change nothing.
type session struct {
	*Engine

	worker int64
	// ctx ends when nothing may be sent any more. abort ends it and states why.
	ctx   context.Context //nolint:containedctx // it is the lifetime of this object
	abort context.CancelCauseFunc
	began time.Time
	// deadline is when sending must stop, in nanoseconds since began. Renewals of the lease move it.
	deadline atomic.Int64

	fetches chan fetchRequest
	results *mailbox[result]
	// flush has a value when a lane has no free slot until its results are recorded.
	flush    chan struct{}
	requests coordinatorRequests
}

// runSession joins and works until ctx ends or the lease is lost. joined reports whether the worker had joined.
func (e *Engine) runSession(ctx context.Context) (joined bool, err error) {
	s := &session{
		Engine: e, began: e.Monotonic(),
		fetches:  make(chan fetchRequest, fetchers),
		results:  newMailbox[result](),
		flush:    make(chan struct{}, 1),
		requests: coordinatorRequests{signal: make(chan struct{}, 1)},
	}
	s.ctx, s.abort = context.WithCancelCause(context.WithoutCancel(ctx))
	defer s.abort(nil)
	joining, cancel := context.WithTimeout(ctx, e.Lease/2)
	defer cancel()
	s.extendDeadline(s.elapsed())
	if s.worker, err = e.Queue.Join(joining, e.Lease); err != nil {
		return false, fmt.Errorf("join: %w", err)
	}
	defer func() { err = errors.Join(err, s.leave()) }()
	e.leaveFormer(joining)
	wakes := e.Queue.Listen(s.ctx)

	d := newScheduler(s)
	var running sync.WaitGroup
	running.Go(s.watchDeadline)
	running.Go(s.keepPresence)
	running.Go(func() { s.coordinate(d) })
	running.Go(func() { s.recordResults(d) })
	for range fetchers {
		running.Go(func() { s.runFetcher(d) })
	}
	d.run(ctx.Done(), wakes)
	err = context.Cause(s.ctx) // why the session was aborted; nil when it was drained
	s.abort(nil)
	running.Wait()
	return true, err
}

// leave releases all lanes. When the database cannot be reached, the next session releases them, or the end of the lease does.
func (s *session) leave() error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.ctx), 2*time.Second)
	defer cancel()
	if err := s.Queue.Leave(ctx, s.worker); err != nil {
		s.former = append(s.former, s.worker)
		return fmt.Errorf("leave: %w", err)
	}
	return nil
}

// leaveFormer releases the lanes of this engine's sessions that could not release them when they ended: else these lanes would wait for
// the end of a lease that nobody uses.
func (e *Engine) leaveFormer(ctx context.Context) {
	for len(e.former) > 0 {
		if err := e.Queue.Leave(ctx, e.former[0]); err != nil {
			e.Log.Warn("cannot release the lanes of the session before; will try again", "error", err)
			return
		}
		e.former = e.former[1:]
	}
}

// elapsed is the time since the session began, by the monotonic clock.
func (s *session) elapsed() time.Duration { return s.Monotonic().Sub(s.began) }

// extendDeadline moves the deadline after a renewal that was begun at the given time since the session began.
func (s *session) extendDeadline(renewalBegan time.Duration) {
	s.deadline.Store(int64(renewalBegan + s.Lease - s.Lease/leaseMargin))
}

// remaining is the time until the deadline.
func (s *session) remaining() time.Duration { return time.Duration(s.deadline.Load()) - s.elapsed() }

// watchDeadline aborts the session when the deadline passes, even while a renewal hangs.
func (s *session) watchDeadline() {
	for s.ctx.Err() == nil {
		left := s.remaining()
		if left <= 0 {
			s.abort(errLeaseLost)
			return
		}
		wait(s.ctx, left)
	}
}

// warn logs a failure of the database. After the end of the session it logs nothing: the end explains the failure.
func (s *session) warn(action string, err error) {
	if s.ctx.Err() == nil {
		s.Log.Warn("cannot "+action+"; will try again", "error", err)
	}
}
