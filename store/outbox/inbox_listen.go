package outbox

import (
	"context"
	"strconv"
	"strings"

	"github.com/lib/pq"

	"itmanagerjobs/store/pg"
)

// channelInboxes carries the ids of inboxes that something has arrived at.
const channelInboxes = "inbox_arrivals"

// FollowInboxes tells, until ctx ends, at which inboxes something has arrived, through any copy of the program; no ids mean that it may be
// any, as after a lost connection. One connection beside the pool serves all people who look. The channel is closed at the end.
func (s *Store) FollowInboxes(ctx context.Context) <-chan []int64 {
	arrivals := make(chan []int64)
	listener := pq.NewListener(s.db.DirectURL(), listenMinRetry, listenMaxRetry, nil)
	ready := make(chan struct{})
	go func() {
		defer close(ready)
		// It waits for the first connection, and returns at once when the listener is closed before that.
		_ = listener.Listen(channelInboxes)
	}()
	go keepAlive(ctx, listener)
	go func() {
		defer close(arrivals)
		tell := func(ids []int64) {
			select {
			case arrivals <- ids:
			case <-ctx.Done():
			}
		}
		for {
			select {
			case <-ctx.Done():
				_ = listener.Close()
				for range listener.Notify {
					continue // the listener ends only after its last notifications were received
				}
				return
			case <-ready:
				ready = nil
				tell(nil) // what came before was missed
			case n := <-listener.Notify:
				tell(idsIn(n))
			}
		}
	}()
	return arrivals
}

// idsIn are the ids of a notification; none for one that stands for a lost connection, or for any of them.
func idsIn(n *pq.Notification) (ids []int64) {
	if n == nil || n.Extra == pg.EveryID {
		return nil
	}
	for text := range strings.SplitSeq(n.Extra, ",") {
		if id, err := strconv.ParseInt(text, 10, 64); err == nil {
			ids = append(ids, id)
		}
	}
	return ids
}
