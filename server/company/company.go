// Package company divides the processors among those who send requests to a copy of the program. Beside others nobody has more than some
// requests worked on at once: what comes in greater numbers waits before it is looked at. Otherwise it would wait for the processors,
// and each step of the requests of others would wait behind it. And beside others nobody computes on more than half of the processors, nor
// do all who send more than one request at a time on all of them:
// Go looks at the network when a processor has nothing else to do, and where all of them always have, whose answer comes from the database
// or whose request arrives waits for tens of milliseconds.
//
// It refuses nothing, and must know nothing of what a request is about.
package company

import (
	"context"
	"hash/maphash"
	"io"
	"net/http"
	"runtime"
	"sync"
	"time"

	"itmanagerjobs/store/turns"
)

const (
	// each is how many requests of one party are worked on at once for each processor, and there how long a party counts as there after it
	// has sent one.
	each  = 3
	there = time.Second
	// patience is how long a request waits at most. It goes on then all the same: what those before it wait for is no processor.
	patience = 2 * time.Second
)

// SmallBody is the size of a body, in bytes, up to which it arrives with the head of its request. A larger one may take its time to
// arrive.
const SmallBody = 16 << 10

// Company is those who send requests. It is safe for concurrent use.
type Company struct {
	// underWay bounds the requests that are worked on, and computing those of them that wait for neither database nor network.
	underWay, computing *turns.Gate
	// bodies is the room for large bodies.
	bodies *Room
	seed   maphash.Seed
}

// New makes a Company. It has nothing to close.
func New() *Company {
	processors := runtime.GOMAXPROCS(0)
	return &Company{
		underWay:  turns.New(turns.Options{Each: each * processors, Company: there, Patience: patience}),
		computing: turns.New(turns.Options{Each: max(1, processors/2), Crowd: max(1, processors-1), Company: there, Patience: patience}),
		bodies:    NewRoom(roomPatience),
		seed:      maphash.MakeSeed(),
	}
}

// Beside tells whether another party than this one is there.
func (c *Company) Beside(party int64) bool { return c.computing.InCompany(party) }

// Waiting is how many requests wait.
func (c *Company) Waiting() int { return c.underWay.Waiting() + c.computing.Waiting() }

// Small tells whether a request has its body with it, or none.
func Small(r *http.Request) bool {
	return r.Method == http.MethodGet || r.Method == http.MethodHead || r.ContentLength >= 0 && r.ContentLength < SmallBody
}

// Begin waits until a request of a party, such as the number of an employer, may be worked on, and compute; turns.Nobody does not wait. In the
// context that it returns, what waits for the database or for turns of another kind leaves the processors to others, and so does what
// calls turns.Away. done, which may be called more than once, says that the request was worked on: its answer begins, and nobody waits
// for the network of somebody else.
func (c *Company) Begin(ctx context.Context, party int64) (in context.Context, done func()) {
	left := c.begin(ctx, party)
	in, leave := c.computing.Stay(ctx, party)
	return in, sync.OnceFunc(func() {
		leave()
		left()
	})
}

// begin waits until a request of a party may be worked on, which it is until left is called.
func (c *Company) begin(ctx context.Context, party int64) (left func()) {
	if c.underWay.Enter(ctx, party) != nil {
		return func() {}
	}
	return sync.OnceFunc(func() { c.underWay.Leave(party) })
}

// Networks is a handler whose requests begin by turns of the networks that they come from. network tells it, "" for a request that has
// turns of another kind or none. A request with a large body computes by turns when it has arrived. An answer that is flushed, such as a
// stream of events, has no turn any more. Beside others a network computes for half of the time at most.
func (c *Company) Networks(network func(*http.Request) string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		from := network(r)
		if from == "" {
			next.ServeHTTP(w, r)
			return
		}
		party := c.partyAt(from)
		a := answer{ResponseWriter: w, begins: func() {}}
		if Small(r) {
			a.begins = c.begin(r.Context(), party)
			a.ctx, a.ends = c.computing.Stay(context.WithValue(r.Context(), endKey{}, a.begins), party)
			r = r.WithContext(a.ctx)
		} else {
			var come func()
			a.ctx, come, a.ends = c.computing.StayLater(r.Context(), party)
			r = r.WithContext(a.ctx)
			r.Body = arriving{r.Body, come}
		}
		turns.Rest(a.ctx)
		defer a.begins()
		defer a.ends()
		next.ServeHTTP(a, r)
	})
}

type endKey struct{}

// End says that the request of a context, which Networks has begun, is not worked on any more, and only waits for its answer.
func End(ctx context.Context) {
	if end, ok := ctx.Value(endKey{}).(func()); ok {
		end()
	}
}

// arriving notes when a body has arrived, or cannot.
type arriving struct {
	io.ReadCloser

	arrived func()
}

func (a arriving) Read(b []byte) (int, error) {
	n, err := a.ReadCloser.Read(b)
	if err != nil {
		a.arrived()
	}
	return n, err
}

// answer notes when it begins, and leaves the processors to others while the network takes it.
type answer struct {
	http.ResponseWriter

	ctx          context.Context //nolint:containedctx // it has the place of the request whose answer it is
	begins, ends func()
}

func (a answer) WriteHeader(status int) {
	a.begins()
	a.ResponseWriter.WriteHeader(status)
}

func (a answer) Write(b []byte) (int, error) {
	a.begins()
	defer turns.Away(a.ctx)()
	return a.ResponseWriter.Write(b)
}

// FlushError is for http.ResponseController.
func (a answer) FlushError() error {
	a.begins()
	a.ends()
	return http.NewResponseController(a.ResponseWriter).Flush()
}

// Unwrap is for http.ResponseController.
func (a answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }
