package company

import (
	"context"
	"errors"
	"hash/maphash"
	"io"
	"net/http"
	"os"
	"time"
)

// Large bodies are in memory until their request is answered, and take several times as much while they are read.
const (
	// unknownSize is the room for a body that does not tell its size.
	unknownSize = 8 << 20
	// roomPatience is how long a body waits for room.
	roomPatience = 10 * time.Second
)

// Refusals are the errors of bodies that could not be read. The connection of one that came slowly or stopped is closed.
type Refusals struct {
	// Late is that of a large body for which there was no room in time, and Slow that of one which came so slowly that it kept others from theirs.
	Late, Slow error
	// Stopped is that of a body which was not there when its time was over.
	Stopped error
}

// Bodies is a handler whose large bodies share a room in memory: what is more waits where it is, at its sender. network tells where a
// request comes from; once BodyOf has told whose it is, that party has the room.
func (c *Company) Bodies(network func(*http.Request) string, refused Refusals, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body == nil || r.Body == http.NoBody {
			next.ServeHTTP(w, r)
			return
		}
		if r.ContentLength >= 0 && r.ContentLength <= LargeBody {
			r.Body = &timedBody{r.Body, w.Header(), refused.Stopped}
			next.ServeHTTP(w, r)
			return
		}
		a := Arrival{From: r.Body, Party: c.partyAt(network(r)), Size: int(min(r.ContentLength, RoomEach)), Late: refused.Late, Slow: refused.Slow}
		if r.ContentLength < 0 {
			a.Size = unknownSize
		}
		a.GiveUp = func() {
			w.Header().Set("Connection", "close") // before the read ends: the handler that reads writes the answer after that
			// Without it, the body is given up when it has come or its time is over.
			//house:clock a deadline of the network
			_ = http.NewResponseController(w).SetReadDeadline(time.Now())
		}
		b := c.bodies.Body(r.Context(), a)
		defer b.Leave()
		sent := r.Body
		// A read that is ended takes the context of the request with it, as if its sender had gone.
		ctx, cancel := context.WithCancel(context.WithoutCancel(r.Context()))
		defer cancel()
		defer context.AfterFunc(r.Context(), func() {
			if !b.isSlow() {
				cancel()
			}
		})()
		r = r.WithContext(context.WithValue(ctx, bodyKey{}, b))
		r.Body = &timedBody{struct {
			*Body
			io.Closer
		}{b, sent}, w.Header(), refused.Stopped}
		next.ServeHTTP(w, r)
	})
}

// timedBody is a body that says of itself when it has not come in time.
type timedBody struct {
	io.ReadCloser

	header  http.Header
	stopped error
}

// Read reads what has come. It is around that of a Body, which nobody gives up any more after its read.
func (b *timedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		b.header.Set("Connection", "close") // the rest of the body is no request
		return n, b.stopped
	}
	return n, err //nolint:wrapcheck // io.EOF must stay itself
}

// BodyOf tells whose the body of a request is, before it is read.
func BodyOf(ctx context.Context, party int64) {
	if b, ok := ctx.Value(bodyKey{}).(*Body); ok && !b.entered {
		b.Party = party
	}
}

type bodyKey struct{}

// partyAt is the party of a network: below 0, where no employer is.
func (c *Company) partyAt(network string) int64 { return PartyOf(c.seed, network) }

// PartyOf is the party of a network, below 0, among those with the same seed.
func PartyOf(seed maphash.Seed, network string) int64 {
	return -1 - int64(maphash.String(seed, network)>>1)
}
