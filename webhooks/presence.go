package webhooks

import (
	"context"
	"errors"
	"time"

	"itmanagerjobs/store/outbox"
)

// The lease alone would let the deliveries of a killed copy wait until its end. The database sees at once that the connections
// of a dead process end, so each worker holds a lock on one of its connections, its presence: a worker that has been without it
// for Config.Absence and half as long again counts as killed. A worker that lives but has lost the connection must hold a new
// presence within Config.Absence, or stop sending, so that two owners never send at once. A worker that hangs keeps its connection,
// and others wait for the end of its lease.
const (
	// lookEvery is how often a worker looks for others that are missing.
	lookEvery = 100 * time.Millisecond
	// holdAgain is the pause between attempts to hold the presence; holdFirst is that of a worker that never had it.
	holdAgain = 20 * time.Millisecond
	holdFirst = time.Second
)

// keepPresence holds the presence of the worker until the session ends. A worker that cannot hold it from the start works by
// its lease alone.
func (s *session) keepPresence() {
	for s.ctx.Err() == nil {
		held, err := s.Queue.HoldPresence(s.ctx, s.worker)
		if err == nil {
			for err == nil {
				held, err = s.whilePresent(held)
			}
			if s.ctx.Err() == nil {
				s.abort(err)
			}
			return
		}
		if errors.Is(err, outbox.ErrNotLive) {
			s.abort(errLeaseOver)
			return
		}
		s.warn("show the other copies that this one is alive", err)
		wait(s.ctx, holdFirst)
	}
}

// whilePresent returns when the presence was lost and a new one is held, or with the reason why the session must end.
func (s *session) whilePresent(held outbox.Presence) (outbox.Presence, error) {
	select {
	case <-held.Lost():
	case <-s.ctx.Done():
		held.Release()
		return nil, context.Cause(s.ctx) //nolint:wrapcheck // the session's own reason
	}
	held.Release()
	lost := s.elapsed()
	for s.ctx.Err() == nil {
		left := s.Absence - (s.elapsed() - lost)
		ctx, cancel := context.WithTimeout(s.ctx, max(left, holdAgain))
		again, err := s.Queue.HoldPresence(ctx, s.worker)
		cancel()
		switch {
		case err == nil:
			return again, nil
		case errors.Is(err, outbox.ErrNotLive):
			return nil, errLeaseOver
		case errors.Is(err, outbox.ErrServerDown):
			// All presences are lost, which says nothing about any worker. The lease goes on, see Queue.Missing.
			lost = s.elapsed()
		case left <= 0:
			return nil, errPresenceLost
		}
		wait(s.ctx, holdAgain)
	}
	return nil, context.Cause(s.ctx) //nolint:wrapcheck // the session's own reason
}

// removeKilled removes the workers that have been missing for long enough, and tells whether there were any.
func (c *coordinator) removeKilled() bool {
	if !c.others {
		return false
	}
	ctx, cancel := context.WithTimeout(c.ctx, time.Second)
	defer cancel()
	now := c.elapsed()
	missing, err := c.Queue.Missing(ctx)
	if err != nil {
		c.warn("look for copies that were killed", err)
		return false
	}
	seen, killed := map[int64]time.Duration{}, []int64(nil)
	for _, worker := range missing {
		since, before := c.missing[worker]
		if !before {
			since = c.elapsed()
		}
		seen[worker] = since
		if now-since >= c.Absence+c.Absence/2 {
			killed = append(killed, worker)
		}
	}
	c.missing = seen
	if len(killed) == 0 {
		return false
	}
	if err := c.Queue.RemoveMissing(ctx, killed); err != nil {
		c.warn("take over from copies that were killed", err)
		return false
	}
	c.Log.Info("took over from copies that were killed", "workers", len(killed))
	return true
}
