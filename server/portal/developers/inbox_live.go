package developers

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"itmanagerjobs/server/session"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
)

const (
	// streamTime is how long a stream of events runs at most. The browser opens it anew, and then session and rights are looked at again.
	streamTime = time.Minute
	// streamsOfUser and streams are how many there may be at a time, of one user and in all, on one copy. Who gets none reads the page
	// again every few seconds.
	streamsOfUser = 6
	streams       = 500
)

// viewers are the people who look at inboxes on this copy. All of them share one connection to the database, which is there while there is
// somebody.
type viewers struct {
	follow func(ctx context.Context) <-chan []int64

	mu      sync.Mutex
	waiting map[int64]map[chan struct{}]bool // by inbox
	ofUser  map[int64]int
	all     int
	stop    context.CancelFunc // of what listens; nil while nobody looks
	closed  chan struct{}
}

func newViewers(follow func(ctx context.Context) <-chan []int64) *viewers {
	return &viewers{follow: follow, waiting: map[int64]map[chan struct{}]bool{}, ofUser: map[int64]int{}, closed: make(chan struct{})}
}

// join gives a channel that is written to when something has arrived at an inbox. ok is false when there is no room, or the program stops.
func (v *viewers) join(inboxID, userID int64) (arrived <-chan struct{}, leave func(), ok bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.isClosed() || v.all >= streams || v.ofUser[userID] >= streamsOfUser {
		return nil, nil, false
	}
	wake := make(chan struct{}, 1)
	if v.waiting[inboxID] == nil {
		v.waiting[inboxID] = map[chan struct{}]bool{}
	}
	v.waiting[inboxID][wake] = true
	v.ofUser[userID]++
	v.all++
	if v.stop == nil {
		var ctx context.Context
		ctx, v.stop = context.WithCancel(context.Background())
		go v.forward(v.follow(ctx))
	}
	return wake, func() { v.leave(inboxID, userID, wake) }, true
}

func (v *viewers) leave(inboxID, userID int64, wake chan struct{}) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if delete(v.waiting[inboxID], wake); len(v.waiting[inboxID]) == 0 {
		delete(v.waiting, inboxID)
	}
	if v.ofUser[userID]--; v.ofUser[userID] == 0 {
		delete(v.ofUser, userID)
	}
	if v.all--; v.all == 0 {
		v.stop()
		v.stop = nil
	}
}

// forward wakes those who look at the inboxes, without waiting for any of them.
func (v *viewers) forward(arrivals <-chan []int64) {
	for ids := range arrivals {
		v.mu.Lock()
		for inbox, wakes := range v.waiting {
			if len(ids) > 0 && !slices.Contains(ids, inbox) {
				continue
			}
			for wake := range wakes {
				select {
				case wake <- struct{}{}:
				default: // it was told already
				}
			}
		}
		v.mu.Unlock()
	}
}

func (v *viewers) isClosed() bool {
	select {
	case <-v.closed:
		return true
	default:
		return false
	}
}

// close ends all streams, and lets none begin. It may be called twice.
func (v *viewers) close() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.isClosed() {
		close(v.closed)
	}
}

// Drain ends the streams of events: they would keep the program from stopping.
func (p *Pages) Drain() { p.viewers.close() }

// streamInbox tells a page, by server-sent events, when something has arrived at its inbox. The page then reads itself again: nothing
// of what has arrived is in the stream.
func (p *Pages) streamInbox(w http.ResponseWriter, r *http.Request, u account.User) error {
	b, err := p.inbox(r, p.Tenant(r.Context(), u))
	if err != nil {
		return err
	}
	arrived, leave, ok := p.viewers.join(b.ID, u.ID)
	if !ok {
		w.Header().Set("Retry-After", board.RetryAfter(board.ErrUnavailable.Waits()))
		w.WriteHeader(http.StatusServiceUnavailable) // EventSource gives up, and the page goes on by itself
		return nil
	}
	defer leave()
	out, err := session.Stream(w)
	if err != nil {
		return err
	}
	out.Header().Set("Content-Type", "text/event-stream")
	out.Header().Set("X-Accel-Buffering", "no")
	flush := http.NewResponseController(out).Flush
	send := func(text string) bool {
		_, err := out.Write([]byte(text))
		return err == nil && flush() == nil
	}
	over := time.NewTimer(streamTime)
	defer over.Stop()
	for ok := send("retry: 2000\n\n"); ok; {
		select {
		case <-arrived:
			ok = send("data: arrived\n\n")
		case <-over.C:
			return nil
		case <-p.viewers.closed:
			return nil
		case <-r.Context().Done():
			return nil
		}
	}
	return nil
}
