package webhooks

import (
	"context"
	"sync"
	"time"

	"itmanagerjobs/store/outbox"
)

// coordinatorRequests are what the scheduler asks of the coordinator.
type coordinatorRequests struct {
	signal chan struct{}

	mu           sync.Mutex
	releases     []int64
	acknowledged []outbox.LaneSettings
}

// refresh asks the coordinator to read the settings of all lanes and to take free lanes.
func (r *coordinatorRequests) refresh() { notify(r.signal) }

// releaseLane asks the coordinator to release a lane. None of its deliveries may be in flight.
func (r *coordinatorRequests) releaseLane(id int64) {
	r.mu.Lock()
	r.releases = append(r.releases, id)
	r.mu.Unlock()
	r.refresh()
}

// acknowledge asks the coordinator to record that every delivery in flight on a lane uses this version of the settings, or a
// later one.
func (r *coordinatorRequests) acknowledge(settings outbox.LaneSettings) {
	r.mu.Lock()
	r.acknowledged = append(r.acknowledged, settings)
	r.mu.Unlock()
	r.refresh()
}

func (r *coordinatorRequests) takeAll() (releases []int64, acknowledged []outbox.LaneSettings) {
	r.mu.Lock()
	defer r.mu.Unlock()
	releases, acknowledged = r.releases, r.acknowledged
	r.releases, r.acknowledged = nil, nil
	return releases, acknowledged
}

// refreshPause is how long the coordinator waits after a request, so that many changes of settings in a short time cause one
// read.
const refreshPause = 50 * time.Millisecond

// refreshEvery is how often the settings of all lanes are read without a notification: a copy can die between the commit of a
// change and its notification.
const refreshEvery = 5 * time.Second

// coordinate renews the lease and rebalances the lanes until the session ends.
func (s *session) coordinate(d *scheduler) {
	c := coordinator{session: s, scheduler: d, owned: map[int64]struct{}{}, missing: map[int64]time.Duration{}}
	ticker := time.NewTicker(s.RenewEvery)
	defer ticker.Stop()
	looks := time.NewTicker(lookEvery)
	defer looks.Stop()
	for {
		c.renew()
		if !c.waitForRenewal(ticker.C, looks.C) {
			return
		}
	}
}

// waitForRenewal returns when the next renewal is due, or was asked for; it is false when the session has ended. Meanwhile
// it looks for workers that were killed.
func (c *coordinator) waitForRenewal(ticks, looks <-chan time.Time) bool {
	for {
		select {
		case <-ticks:
			return true
		case <-looks:
			if c.removeKilled() {
				return true
			}
		case <-c.requests.signal:
			c.stale = true
			wait(c.ctx, refreshPause)
			return true
		case <-c.ctx.Done():
			return false
		}
	}
}

// coordinator agrees with the other workers, through the database, on who owns which lane. One goroutine owns it. It changes the
// scheduler by functions that it puts into the scheduler's mailbox.
type coordinator struct {
	*session

	scheduler *scheduler
	// owned are the lanes that this worker owns in the database, as far as known.
	owned map[int64]struct{}
	// releases are lanes to release, and acknowledged settings to record. A statement that fails leaves them for the next renewal.
	releases     []int64
	acknowledged []outbox.LaneSettings
	// refreshedAt is when the lanes were last read.
	refreshedAt time.Duration
	// others tells whether there are other workers, and missing since when each of them has been seen without its presence.
	others  bool
	missing map[int64]time.Duration
	// stale means that the lanes must be read again: settings may have changed, or the answer to a statement was lost.
	stale bool
}

// renew extends the lease and rebalances the lanes. The new deadline counts from before the statement, so that it is never later
// than the end of the lease in the database.
func (c *coordinator) renew() {
	began := c.elapsed()
	ctx, cancel := context.WithTimeout(c.ctx, max(c.RenewEvery, time.Second))
	defer cancel()
	workers, err := c.Queue.Renew(ctx, c.worker, c.Lease)
	if err != nil {
		c.warn("renew the lease", err)
		return
	}
	if !workers.Live {
		c.abort(errLeaseOver)
		return
	}
	c.extendDeadline(began)
	c.others = workers.Workers > 1
	if err := c.rebalance(ctx, workers); err != nil {
		c.stale = true
		c.warn("rebalance the lanes", err)
	}
}

// rebalance carries out the scheduler's requests, reads settings that may have changed, and takes or gives up lanes until this
// worker has its share: the number of lanes by the number of workers, rounded up.
func (c *coordinator) rebalance(ctx context.Context, workers outbox.WorkerStatus) error {
	if err := c.handleRequests(ctx); err != nil {
		return err
	}
	if now := c.elapsed(); c.stale || now-c.refreshedAt >= refreshEvery {
		c.refreshedAt = now
		lanes, err := c.Queue.Lanes(ctx, c.worker)
		if err != nil {
			return err
		}
		c.stale = false
		clear(c.owned)
		c.noteOwned(lanes)
		c.scheduler.mailbox.put(func() { c.scheduler.syncLanes(lanes) })
	}
	share := (workers.Lanes + workers.Workers - 1) / max(1, workers.Workers)
	if len(c.owned) < share {
		lanes, err := c.Queue.TakeLanes(ctx, c.worker, share-len(c.owned))
		if err != nil {
			return err
		}
		c.noteOwned(lanes)
		c.scheduler.mailbox.put(func() { c.scheduler.addLanes(lanes) })
	} else if len(c.owned) > share {
		c.scheduler.mailbox.put(func() { c.scheduler.shrinkTo(share) })
	}
	return nil
}

// handleRequests acknowledges settings and releases lanes.
func (c *coordinator) handleRequests(ctx context.Context) error {
	releases, acknowledged := c.requests.takeAll()
	c.releases, c.acknowledged = append(c.releases, releases...), append(c.acknowledged, acknowledged...)
	if len(c.acknowledged) > 0 {
		if err := c.Queue.AcknowledgeSettings(ctx, c.acknowledged); err != nil {
			return err
		}
		c.acknowledged = nil
	}
	if len(c.releases) > 0 {
		if err := c.Queue.Release(ctx, c.worker, c.releases); err != nil {
			return err
		}
		for _, id := range c.releases {
			delete(c.owned, id)
		}
		c.releases = nil
	}
	return nil
}

func (c *coordinator) noteOwned(lanes []outbox.Lane) {
	for i := range lanes {
		c.owned[lanes[i].ID] = struct{}{}
	}
}
