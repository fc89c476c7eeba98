package webhooks

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/webhooks/webhooktest"
)

// present is the process of the database that holds the presence of the only worker.
const presentSQL = `
SELECT coalesce(max(l.pid), 0) FROM pg_locks l, workers w
 WHERE l.locktype = 'advisory' AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
   AND l.classid = $1 AND l.objid = w.id AND l.mode = 'ShareLock' AND l.granted`

func (r *rig) presentProcess(t *testing.T, other int) (pid int) {
	t.Helper()
	until(t, "the worker to be present", func() bool {
		pid = r.count(t, presentSQL, int(pg.LockWorker))
		return pid != 0 && pid != other
	})
	return pid
}

// TestALostConnectionIsNoDeath ends the connection that shows a copy alive, with a delivery in flight, five times:
// it keeps its lanes, and the delivery is made once.
func TestALostConnectionIsNoDeath(t *testing.T) {
	t.Parallel()
	r := newRig(t, time.Now)
	r.subscribe(t, r.tenant, "/in")
	gate := make(chan struct{})
	r.receiver.Script("/in", webhooktest.Gated(gate, webhooktest.Status(200)))
	r.emit(t, r.tenant, 1)
	r.start(t, func(c *Config) { c.Absence = patience }) // on a machine that is busy with other tests a connection takes its time
	r.receiver.WaitInFlight(t, 1, patience)
	owner := r.count(t, `SELECT id FROM workers`)
	for pid, round := 0, 0; round < 5; round++ {
		pid = r.presentProcess(t, pid)
		r.count(t, `SELECT pg_terminate_backend($1)::int`, pid)
	}
	r.presentProcess(t, 0)
	close(gate)
	r.untilCount(t, 1, deliveredSQL)
	if now := r.count(t, `SELECT id FROM workers`); now != owner {
		t.Errorf("worker %d has become %d", owner, now)
	}
	if n := len(r.receiver.Requests()); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
}

// cutOff is a Queue whose presence can be lost for good.
type cutOff struct {
	Queue

	cut  atomic.Bool
	lost chan struct{}
	down bool
}

func (q *cutOff) HoldPresence(ctx context.Context, worker int64) (outbox.Presence, error) {
	if q.cut.Load() {
		if q.down {
			return nil, outbox.ErrServerDown
		}
		return nil, errors.New("no route to host")
	}
	held, err := q.Queue.HoldPresence(ctx, worker)
	if err != nil {
		return nil, err
	}
	return losable{held, q.lost}, nil
}

type losable struct {
	outbox.Presence

	lost chan struct{}
}

func (p losable) Lost() <-chan struct{} { return p.lost }

// TestACopyThatCannotShowItselfStops cuts the way of a copy to the database for its presence alone: it stops sending before others
// may take it for dead, and joins again. When the server itself is down, nobody is taken for dead and it goes on.
func TestACopyThatCannotShowItselfStops(t *testing.T) {
	t.Parallel()
	for name, down := range map[string]bool{"the way is cut": false, "the server is down": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, time.Now)
			r.subscribe(t, r.tenant, "/in")
			gate := make(chan struct{})
			r.receiver.Script("/in", webhooktest.Gated(gate, webhooktest.Status(200)))
			r.emit(t, r.tenant, 1)
			q := &cutOff{Queue: r.queue(t), lost: make(chan struct{}), down: down}
			r.start(t, func(c *Config) { c.Queue = q })
			r.receiver.WaitInFlight(t, 1, patience)
			r.untilCount(t, 1, `SELECT count(*) FROM workers WHERE present_on IS NOT NULL`)
			owner := r.count(t, `SELECT id FROM workers`)
			if !down {
				r.receiver.Script("/in", webhooktest.Status(200)) // for the attempt that comes next
			}
			q.cut.Store(true)
			close(q.lost)
			if down {
				// Two renewals later, which is longer than a copy goes on that the database may take for dead.
				for range 2 {
					r.untilRenewed(t)
				}
				close(gate)
				r.untilCount(t, 1, deliveredSQL)
				if now := r.count(t, `SELECT id FROM workers`); now != owner {
					t.Errorf("worker %d has become %d", owner, now)
				}
				return
			}
			r.untilCount(t, 1, `SELECT count(*) FROM workers WHERE id > $1`, owner)
			r.untilCount(t, 1, deliveredSQL)
			r.receiver.WaitInFlight(t, 0, patience) // the first attempt was broken off
			close(gate)
		})
	}
}

// untilRenewed waits for a renewal of the only worker's lease.
func (r *rig) untilRenewed(t *testing.T) {
	t.Helper()
	const leaseSQL = `SELECT (extract(epoch FROM max(lease_until)) * 1000)::bigint FROM workers`
	before := r.count(t, leaseSQL)
	until(t, "the lease to be renewed", func() bool { return r.count(t, leaseSQL) > before })
}
