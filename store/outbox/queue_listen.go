package outbox

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/lib/pq"

	"itmanagerjobs/store/pg"
)

// After it has lost its connection the listener waits between listenMinRetry and listenMaxRetry before it reconnects. It
// checks a connection without traffic every listenPing.
const (
	listenMinRetry = 50 * time.Millisecond
	listenMaxRetry = time.Second
	listenPing     = 15 * time.Second
)

// Wake is what happened since the last Wake.
type Wake struct {
	// Lanes have new work. All means that any lane may have some, as after a lost connection.
	Lanes []int64
	All   bool
	// Settings tells that settings of lanes have changed, which are to be read again.
	Settings bool
}

// Listen sends a Wake for new work until ctx ends, which closes the channel. It connects by itself, and reconnects when the
// connection is lost; for what it may have missed it sends one Wake with All and Settings. For a caller that receives slowly
// several notifications are merged.
func (q *Queue) Listen(ctx context.Context) <-chan Wake {
	wakes := make(chan Wake)
	listener := pq.NewListener(q.db.DirectURL(), listenMinRetry, listenMaxRetry, func(event pq.ListenerEventType, err error) {
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
			continue // the listener ends only after its last notifications were received
		}
	}()
	return wakes
}

// keepAlive notices a connection that was lost without an error.
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
		out     chan<- Wake // nil while nothing is pending
	)
	for {
		select {
		case <-ctx.Done():
			return
		case <-ready:
			// Notifications from before the connection was established were missed.
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

// merge adds a notification; nil stands for a connection that was lost and re-established.
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
