package webhooks

import (
	"context"
	"itmanagerjobs/store/outbox"
	"sync"
	"time"
)

// claims are what the scheduler asks of the keeper of the lanes.
type claims struct {
	poked chan struct{}

	mu    sync.Mutex
	spare []int64               // to be handed back
	seen  []outbox.LaneSettings // to be told
}

// poke has the settings of all lanes read again, and lanes taken that want an owner.
func (c *claims) poke() { ring(c.poked) }

// handBack queues a lane of which nothing is out.
func (c *claims) handBack(id int64) {
	c.mu.Lock()
	c.spare = append(c.spare, id)
	c.mu.Unlock()
	c.poke()
}

// saw queues that settings are in use.
func (c *claims) saw(settings outbox.LaneSettings) {
	c.mu.Lock()
	c.seen = append(c.seen, settings)
	c.mu.Unlock()
	c.poke()
}

func (c *claims) take() (spare []int64, seen []outbox.LaneSettings) {
	c.mu.Lock()
	defer c.mu.Unlock()
	spare, seen = c.spare, c.seen
	c.spare, c.seen = nil, nil
	return spare, seen
}

// pokePause keeps a burst of changed settings from having all of them read for each change.
const pokePause = 50 * time.Millisecond

// readEvery is how often the settings of all lanes are read though nobody told that they changed: a copy can die between
// its commit and its notification.
const readEvery = 5 * time.Second

// keepLanes renews the lease and keeps this copy's share of the lanes, until the session ends.
func (s *session) keepLanes(d *scheduler) {
	k := keeper{session: s, scheduler: d, owned: map[int64]struct{}{}}
	renew := time.NewTicker(s.RenewEvery)
	defer renew.Stop()
	for {
		k.renew()
		select {
		case <-renew.C:
		case <-s.claims.poked:
			k.refresh = true
			wait(s.ctx, pokePause)
		case <-s.ctx.Done():
			return
		}
	}
}

// keeper is the part of a session that talks to the fleet. One goroutine owns it; the scheduler hears of lanes by calls
// on its desk.
type keeper struct {
	*session

	scheduler *scheduler
	// owned are the lanes that are ours in the database, as far as known.
	owned map[int64]struct{}
	// spare are lanes that wait to be handed back, and seen settings that wait to be told.
	spare []int64
	seen  []outbox.LaneSettings
	// readAt is when the lanes were last read.
	readAt time.Duration
	// refresh says that the lanes must be read again: settings changed, or it is unknown what a statement did whose
	// answer was lost.
	refresh bool
}

// renew extends the lease and sees to the lanes. The deadline counts from before the statement, so that it is never
// later than the database's.
func (k *keeper) renew() {
	begun := k.since()
	ctx, cancel := context.WithTimeout(k.ctx, max(k.RenewEvery, time.Second))
	defer cancel()
	fleet, err := k.Queue.Renew(ctx, k.worker, k.Lease)
	if err != nil {
		k.complain("renew the lease", err)
		return
	}
	if !fleet.Live {
		k.lose(errLeaseOver)
		return
	}
	k.extend(begun)
	if err := k.settle(ctx, fleet); err != nil {
		k.refresh = true
		k.complain("see to the lanes", err)
	}
}

// settle hands back what is spare, reads what has changed, and takes or gives up lanes until this copy has its share.
func (k *keeper) settle(ctx context.Context, fleet outbox.Fleet) error {
	spare, seen := k.claims.take()
	k.spare, k.seen = append(k.spare, spare...), append(k.seen, seen...)
	if len(k.seen) > 0 {
		if err := k.Queue.Saw(ctx, k.seen); err != nil {
			return err
		}
		k.seen = nil
	}
	if len(k.spare) > 0 {
		if err := k.Queue.HandBack(ctx, k.worker, k.spare); err != nil {
			return err
		}
		for _, id := range k.spare {
			delete(k.owned, id)
		}
		k.spare = nil
	}
	if now := k.since(); k.refresh || now-k.readAt >= readEvery {
		k.readAt = now
		lanes, err := k.Queue.Lanes(ctx, k.worker)
		if err != nil {
			return err
		}
		k.refresh = false
		clear(k.owned)
		k.own(lanes)
		k.scheduler.desk.put(func() { k.scheduler.refresh(lanes) })
	}
	share := (fleet.Lanes + fleet.Workers - 1) / max(1, fleet.Workers)
	if len(k.owned) < share {
		lanes, err := k.Queue.TakeLanes(ctx, k.worker, share-len(k.owned))
		if err != nil {
			return err
		}
		k.own(lanes)
		k.scheduler.desk.put(func() { k.scheduler.adopt(lanes) })
	} else if len(k.owned) > share {
		k.scheduler.desk.put(func() { k.scheduler.shrink(share) })
	}
	return nil
}

func (k *keeper) own(lanes []outbox.Lane) {
	for i := range lanes {
		k.owned[lanes[i].ID] = struct{}{}
	}
}
