package store

import (
	"context"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jmoiron/sqlx"
)

// The channels of NOTIFY: on the first the ids of lanes that have work, on the second those whose settings changed.
const (
	channelWork     = "delivery_work"
	channelSettings = "delivery_settings"
	// everyLane stands for more lanes than a notification can name.
	everyLane = "*"

	// maxPayload is less than the 8,000 bytes that PostgreSQL allows.
	maxPayload = 7000
)

// notifyEvery is the least time between two notifications. The first after a pause goes out at once.
const notifyEvery = 2 * time.Millisecond

// notifyTimeout bounds one notification. What it could not send is found by the engine's timer.
const notifyTimeout = 5 * time.Second

// wakeUp is what the delivery engine is told after a commit.
type wakeUp struct{ work, settings []int64 }

// notifier tells the engines of all copies about work, after the commits that made it and for many commits at once: a
// NOTIFY inside a transaction makes all commits of the server take turns.
type notifier struct {
	db  *sqlx.DB
	log *slog.Logger

	mu      sync.Mutex
	work    map[int64]struct{}
	changed map[int64]struct{}
	running bool
	closing chan struct{}
	idle    *sync.Cond
}

func newNotifier(db *sqlx.DB, log *slog.Logger) *notifier {
	n := &notifier{db: db, log: log, work: map[int64]struct{}{}, changed: map[int64]struct{}{}, closing: make(chan struct{})}
	n.idle = sync.NewCond(&n.mu)
	return n
}

// add never waits for the database.
func (n *notifier) add(w wakeUp) {
	if len(w.work) == 0 && len(w.settings) == 0 {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, id := range w.work {
		n.work[id] = struct{}{}
	}
	for _, id := range w.settings {
		n.changed[id] = struct{}{}
	}
	if !n.running {
		n.running = true
		go n.run()
	}
}

// close sends what waits and returns when it is sent.
func (n *notifier) close() {
	n.mu.Lock()
	defer n.mu.Unlock()
	select {
	case <-n.closing:
	default:
		close(n.closing)
	}
	for n.running {
		n.idle.Wait()
	}
}

// run sends until nothing waits.
func (n *notifier) run() {
	pause := time.NewTimer(notifyEvery)
	defer pause.Stop()
	for {
		work, changed := n.take()
		if work == "" && changed == "" {
			return
		}
		pause.Reset(notifyEvery)
		n.send(work, changed)
		select {
		case <-pause.C:
		case <-n.closing:
		}
	}
}

// take empties what waits, or ends the run.
func (n *notifier) take() (work, changed string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	work, changed = payload(n.work), payload(n.changed)
	clear(n.work)
	clear(n.changed)
	if work == "" && changed == "" {
		n.running = false
		n.idle.Broadcast()
	}
	return work, changed
}

func payload(lanes map[int64]struct{}) string {
	var b strings.Builder
	for id := range lanes {
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.FormatInt(id, 10))
		if b.Len() > maxPayload {
			return everyLane
		}
	}
	return b.String()
}

// A transaction that notifies counts as one that writes, and would wait for the disk if it were not told to leave that.
const notifySQL = `
SELECT set_config('synchronous_commit', 'off', true),
       CASE WHEN $1 <> '' THEN pg_notify('` + channelWork + `', $1) END,
       CASE WHEN $2 <> '' THEN pg_notify('` + channelSettings + `', $2) END`

// send runs outside an explicit transaction: to notify twice does no harm.
func (n *notifier) send(work, changed string) {
	ctx, cancel := context.WithTimeout(context.Background(), notifyTimeout)
	defer cancel()
	if _, err := n.db.ExecContext(ctx, notifySQL, work, changed); err != nil {
		n.log.Warn("the delivery engines were not notified; they find the work by their timers", "error", err)
	}
}
