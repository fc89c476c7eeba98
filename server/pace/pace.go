// Package pace makes callers wait who are refused and ask again at once, such as a client that does not heed a 429: what they cost is then
// bounded by the number of their connections, and not by how fast a refusal can be written.
package pace

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"itmanagerjobs/store/turns"
)

// Options say when a caller waits. A caller who heeds what a refusal says never does.
type Options struct {
	// Free is how many refusals in a row a caller has at once, and PerSecond how many more become free each second.
	Free      int
	PerSecond float64
	// Most is how long one refusal waits at most.
	Most time.Duration
	// Callers is how many callers are remembered at least. One that is forgotten begins anew.
	Callers int
}

// Pace remembers who was refused how often. It is safe for concurrent use.
type Pace[Caller comparable] struct {
	o Options

	mu sync.Mutex
	// young are the callers that were refused of late, at most Options.Callers; when they are too many, they become old.
	young, old map[Caller]*rate.Limiter
}

// New makes a Pace. It has nothing to close.
func New[Caller comparable](o Options) *Pace[Caller] {
	return &Pace[Caller]{o: o, young: map[Caller]*rate.Limiter{}}
}

// Wait counts a refusal of a caller, waits as long as it has to come later, and returns how long that was. It returns early when the
// caller is gone.
func (p *Pace[Caller]) Wait(ctx context.Context, c Caller) (waited time.Duration) {
	//house:clock how long something waits, on the clock that only goes forward
	now := time.Now()
	turn := p.of(c).ReserveN(now, 1)
	wait := turn.DelayFrom(now)
	if wait > p.o.Most {
		turn.CancelAt(now) // what nobody waits for is no debt, so that a caller who stops for a moment is free again
		wait = p.o.Most
	}
	if wait <= 0 {
		return 0
	}
	defer turns.Away(ctx)()
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
	//house:clock as above
	return time.Since(now)
}

func (p *Pace[Caller]) of(c Caller) *rate.Limiter {
	p.mu.Lock()
	defer p.mu.Unlock()
	if l := p.young[c]; l != nil {
		return l
	}
	l := p.old[c]
	if l == nil {
		l = rate.NewLimiter(rate.Limit(p.o.PerSecond), p.o.Free)
	}
	if len(p.young) >= p.o.Callers {
		p.young, p.old = make(map[Caller]*rate.Limiter, p.o.Callers), p.young
	}
	p.young[c] = l
	return l
}
