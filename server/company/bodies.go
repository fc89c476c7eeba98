package company

import (
	"context"
	"hash/maphash"
	"io"
	"net/http"
	"time"

	"itmanagerjobs/store/turns"
)

// Large bodies are in memory until their request is answered, and take several times as much while they are read.
const (
	// LargeBody is up to how many bytes a body takes no room.
	LargeBody = 256 << 10
	// room is how many bytes of large bodies are in memory at once, and roomEach those of one party.
	room     = 64 << 20
	roomEach = 24 << 20
	// unknownSize is the room for a body that does not tell its size.
	unknownSize = 8 << 20
	// thrownAway is how much is read of a body for which there was no room.
	thrownAway = 32 << 20
	// roomPatience is how long a body waits for room.
	roomPatience = 10 * time.Second
)

// Bodies is a handler whose large bodies share a room in memory: what is more waits where it is, at its sender. network tells where a
// request comes from; once BodyOf has told whose it is, that party has the room. Of a body for which there was none in time late is the error.
func (c *Company) Bodies(network func(*http.Request) string, late error, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body == nil || r.Body == http.NoBody || r.ContentLength >= 0 && r.ContentLength <= LargeBody {
			next.ServeHTTP(w, r)
			return
		}
		b := &body{ReadCloser: r.Body, gate: c.bodies, late: late, party: c.partyAt(network(r)), size: int(min(r.ContentLength, roomEach))}
		if r.ContentLength < 0 {
			b.size = unknownSize
		}
		defer b.leave()
		b.ctx = context.WithValue(r.Context(), bodyKey{}, b)
		r = r.WithContext(b.ctx)
		r.Body = b
		next.ServeHTTP(w, r)
	})
}

// BodyOf tells whose the body of a request is, before it is read.
func BodyOf(ctx context.Context, party int64) {
	if b, ok := ctx.Value(bodyKey{}).(*body); ok && !b.entered {
		b.party = party
	}
}

type bodyKey struct{}

// body waits for room before it is read beyond LargeBody. One goroutine at a time reads it, and the one that serves the request leaves.
type body struct {
	io.ReadCloser

	ctx     context.Context //nolint:containedctx // Read has none
	gate    *turns.Gate
	late    error
	party   int64
	size    int // in the room
	read    int
	entered bool
}

func (b *body) Read(p []byte) (int, error) {
	if !b.entered {
		if b.read >= LargeBody {
			if err := b.enter(); err != nil {
				return 0, err
			}
		} else if rest := LargeBody - b.read; len(p) > rest {
			p = p[:rest]
		}
	}
	n, err := b.ReadCloser.Read(p)
	b.read += n
	return n, err //nolint:wrapcheck // io.EOF must stay itself
}

// enter waits for room. A body for which there is none is read to its end and thrown away: who is still sending it would see the connection
// break, and not the answer.
func (b *body) enter() error {
	if b.gate.EnterWith(b.ctx, b.party, b.size) != nil {
		_, _ = io.CopyN(io.Discard, b.ReadCloser, thrownAway)
		return b.late
	}
	b.entered = true
	return nil
}

func (b *body) leave() {
	if b.entered {
		b.gate.LeaveWith(b.party, b.size)
	}
}

// partyAt is the party of a network: below 0, where no employer is.
func (c *Company) partyAt(network string) int64 {
	return -1 - int64(maphash.String(c.seed, network)>>1)
}
