package outbox

import (
	"context"
	"itmanagerjobs/store/pg"
	"strconv"
	"strings"
	"time"

	"github.com/lib/pq"
)

// The listener tries again this soon after it lost its connection, and never later than the second; it checks a silent
// connection this often.
const (
	listenMinRetry = 50 * time.Millisecond
	listenMaxRetry = time.Second
	listenPing     = 15 * time.Second
)

// Wake is what happened since the last Wake.
type Wake struct {
	// Lanes have new work. All means any lane may have, as after a lost connection.
	Lanes []int64
	All   bool
	// Settings tells that lanes of some owner have changed: read them again.
	Settings bool
}

// Listen tells of new work until ctx ends, which closes the channel. It connects, and after a loss reconnects, by
// itself; everything that may have been missed meanwhile is one Wake with All and Settings. A caller that is slow to
// receive gets several notifications as one.
func (q *Queue) Listen(ctx context.Context) <-chan Wake {
	wakes := make(chan Wake)
	listener := pq.NewListener(q.db.URL(), listenMinRetry, listenMaxRetry, func(event pq.ListenerEventType, err error) {
		if event == pq.ListenerEventDisconnected {
			q.outbox.log.Warn("the connection that wakes the delivery engine is lost; its timer goes on", "error", err)
		}
	})
	ready := make(chan struct{})
	go func() {
		defer close(ready)
		for _, channel := range []string{channelWork, channelSettings} {
			if err := listener.Listen(channel); err != nil {
				return // closed before the first connection
			}
		}
	}()
	go keepAlive(ctx, listener)
	go func() {
		forward(ctx, listener, ready, wakes)
		close(wakes)
		if err := listener.Close(); err != nil {
			return
		}
		for range listener.Notify {
			continue // the listener ends only when nobody keeps it from its last words
		}
	}()
	return wakes
}

// keepAlive finds out about a connection that died in silence.
func keepAlive(ctx context.Context, listener *pq.Listener) {
	tick := time.NewTicker(listenPing)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			_ = listener.Ping() // a failure makes the listener reconnect
		}
	}
}

func forward(ctx context.Context, listener *pq.Listener, ready <-chan struct{}, wakes chan<- Wake) {
	var (
		pending Wake
		out     chan<- Wake // nil while there is nothing to tell
	)
	for {
		select {
		case <-ctx.Done():
			return
		case <-ready:
			// What came before the connection was there counts as missed.
			ready = nil
			pending.merge(nil)
			out = wakes
		case n, ok := <-listener.Notify:
			if !ok {
				return
			}
			pending.merge(n)
			out = wakes
		case out <- pending:
			pending, out = Wake{}, nil
		}
	}
}

// merge adds a notification; a nil one stands for a connection that was lost and is back.
func (w *Wake) merge(n *pq.Notification) {
	switch {
	case n == nil:
		w.All, w.Settings = true, true
	case n.Channel == channelSettings:
		w.Settings = true
	case n.Extra == pg.EveryID:
		w.All = true
	default:
		for id := range strings.SplitSeq(n.Extra, ",") {
			if lane, err := strconv.ParseInt(id, 10, 64); err == nil {
				w.Lanes = append(w.Lanes, lane)
			}
		}
	}
	if w.All {
		w.Lanes = nil
	}
}
