package pg

import (
	"context"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// EveryID stands, in the payload of a notification, for more ids than one can name.
const EveryID = "*"

// maxPayload is less than the 8,000 bytes that PostgreSQL allows.
const maxPayload = 7000

// notifyEvery is the least time between two notifications. The first after a pause goes out at once.
const notifyEvery = 2 * time.Millisecond

// notifyTimeout bounds one notification. A listener finds what could not be sent by a timer of its own.
const notifyTimeout = 5 * time.Second

// notification is news of ids on a channel.
type notification struct {
	channel string
	ids     []int64
}

type notifications []notification

// notifier tells the listeners of all copies about news, after the commits that made it and for many commits at once: a
// NOTIFY inside a transaction makes all commits of the server take turns.
type notifier struct {
	db  *sqlx.DB
	log *slog.Logger

	mu      sync.Mutex
	waiting map[string]map[int64]struct{} // ids by channel
	running bool
	closing chan struct{}
	idle    *sync.Cond
}

func newNotifier(db *sqlx.DB, log *slog.Logger) *notifier {
	n := &notifier{db: db, log: log, waiting: map[string]map[int64]struct{}{}, closing: make(chan struct{})}
	n.idle = sync.NewCond(&n.mu)
	return n
}

// add never waits for the database.
func (n *notifier) add(news notifications) {
	if len(news) == 0 {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, one := range news {
		ids := n.waiting[one.channel]
		if ids == nil {
			ids = map[int64]struct{}{}
			n.waiting[one.channel] = ids
		}
		for _, id := range one.ids {
			ids[id] = struct{}{}
		}
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
		channels, payloads := n.take()
		if len(channels) == 0 {
			return
		}
		pause.Reset(notifyEvery)
		n.send(channels, payloads)
		select {
		case <-pause.C:
		case <-n.closing:
		}
	}
}

// take empties what waits, or ends the run.
func (n *notifier) take() (channels, payloads pq.StringArray) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for channel, ids := range n.waiting {
		if len(ids) > 0 {
			channels, payloads = append(channels, channel), append(payloads, payload(ids))
			clear(ids)
		}
	}
	if len(channels) == 0 {
		n.running = false
		n.idle.Broadcast()
	}
	return channels, payloads
}

func payload(ids map[int64]struct{}) string {
	var b strings.Builder
	for id := range ids {
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.FormatInt(id, 10))
		if b.Len() > maxPayload {
			return EveryID
		}
	}
	return b.String()
}

// A transaction that notifies counts as one that writes, and would wait for the disk if it were not told to leave that.
const notifySQL = `
SELECT set_config('synchronous_commit', 'off', true), pg_notify(n.channel, n.payload) FROM unnest($1::text[], $2::text[]) AS n (channel, payload)`

// send runs outside an explicit transaction: to notify twice does no harm.
func (n *notifier) send(channels, payloads pq.StringArray) {
	ctx, cancel := context.WithTimeout(context.Background(), notifyTimeout)
	defer cancel()
	if _, err := n.db.ExecContext(ctx, notifySQL, channels, payloads); err != nil {
		n.log.Warn("the other copies were not notified; they find the work by their timers", "error", err)
	}
}
