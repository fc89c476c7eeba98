// Package company divides the processors among those who send requests to a copy of the program: beside others nobody has more than some
// requests worked on at once. What comes in greater numbers waits before it is looked at. Otherwise it would wait for the processors,
// and each step of the requests of others would wait behind it.
//
// It refuses nothing, and must know nothing of what a request is about.
package company

import (
	"context"
	"hash/maphash"
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
	gate *turns.Gate
	seed maphash.Seed
}

// New makes a Company. It has nothing to close.
func New() *Company {
	return &Company{
		gate: turns.New(turns.Options{Each: each * runtime.GOMAXPROCS(0), Company: there, Patience: patience}), seed: maphash.MakeSeed(),
	}
}

// Waiting is how many requests wait.
func (c *Company) Waiting() int { return c.gate.Waiting() }

// Small tells whether a request has its body with it, or none.
func Small(r *http.Request) bool {
	return r.Method == http.MethodGet || r.Method == http.MethodHead || r.ContentLength >= 0 && r.ContentLength < SmallBody
}

// Begin waits until a request of a party, such as the number of an employer, may be worked on; turns.Nobody does not wait. done, which
// may be called more than once, says that it was: its answer begins, and nobody waits for the network of somebody else.
func (c *Company) Begin(ctx context.Context, party int64) (done func()) {
	if c.gate.Enter(ctx, party) != nil {
		return func() {}
	}
	return sync.OnceFunc(func() { c.gate.Leave(party) })
}

// Networks is a handler whose requests begin by turns of the networks that they come from. network tells it, "" for a request that has
// turns of another kind or none.
func (c *Company) Networks(network func(*http.Request) string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		from := ""
		if Small(r) {
			from = network(r)
		}
		if from == "" {
			next.ServeHTTP(w, r)
			return
		}
		// Below 0, where no employer is.
		done := c.Begin(r.Context(), -1-int64(maphash.String(c.seed, from)>>1))
		defer done()
		next.ServeHTTP(answer{w, done}, r)
	})
}

// answer notes when it begins.
type answer struct {
	http.ResponseWriter

	begins func()
}

func (a answer) WriteHeader(status int) {
	a.begins()
	a.ResponseWriter.WriteHeader(status)
}

func (a answer) Write(b []byte) (int, error) {
	a.begins()
	return a.ResponseWriter.Write(b)
}

// Unwrap is for http.ResponseController.
func (a answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }
