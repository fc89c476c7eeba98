package turns

import (
	"context"
	"sync"
	"time"
)

// place is the place in a gate of somebody who gives it up while something is waited for that the gate does not divide.
type place struct {
	gate  *Gate
	party int64

	mu sync.Mutex
	// waits counts what is waited for. held tells that there is a place, since when, and left that none is wanted any more.
	waits      int
	held, left bool
	since      time.Time
	// rests tells that the place rests when it is left, and ran for how long it was held before it was given up.
	rests bool
	ran   time.Duration
}

type placeKey struct{}

// backWithin is how long one that was away waits for its place at most. It goes on then without one.
const backWithin = 25 * time.Millisecond

// Stay waits until one of a party may run, and no longer than the gate's patience: then it runs all the same, without a place. In the
// context that it returns, Away gives the place up for a while. leave, which may be called more than once, gives it back for good.
//
// A context has one place at a time: that of another gate is given up until leave is called.
func (g *Gate) Stay(ctx context.Context, party int64) (in context.Context, leave func()) {
	back := Away(ctx)
	p := &place{gate: g, party: party, waits: 1}
	p.back(ctx, g.o.Patience)
	return context.WithValue(ctx, placeKey{}, p), sync.OnceFunc(func() {
		p.leave()
		back()
	})
}

// StayLater is Stay for somebody who has to wait for something first: come takes the place.
func (g *Gate) StayLater(ctx context.Context, party int64) (in context.Context, come, leave func()) {
	p := &place{gate: g, party: party, waits: 1}
	return context.WithValue(ctx, placeKey{}, p), sync.OnceFunc(func() { p.back(ctx, g.o.Patience) }), p.leave
}

// Away gives the place of a context up, for as long as something is waited for that the gate does not divide, such as an answer of
// the database for a gate of processors. back waits for a place again, though not long: who comes back may have something that those wait
// for who have the places, such as a lock. Several goroutines of one place may be away at the same time, and it is taken again when the
// last of them is back. Without a place nothing is done.
func Away(ctx context.Context) (back func()) {
	p, ok := ctx.Value(placeKey{}).(*place)
	if !ok {
		return func() {}
	}
	p.away()
	return func() { p.back(ctx, backWithin) }
}

// Rest has the place of a context rest when it is left, see LeaveRested, while another party is there. Without a place nothing is done.
func Rest(ctx context.Context) {
	if p, ok := ctx.Value(placeKey{}).(*place); ok {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.rests = true
	}
}

// Party is the party whose place a context has, Nobody for none.
func Party(ctx context.Context) int64 {
	if p, ok := ctx.Value(placeKey{}).(*place); ok {
		return p.party
	}
	return Nobody
}

func (p *place) away() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waits++
	p.giveUp()
}

// back takes the place again when nothing is waited for any more.
func (p *place) back(ctx context.Context, patience time.Duration) {
	p.mu.Lock()
	p.waits--
	wanted := p.wanted()
	p.mu.Unlock()
	if !wanted || p.gate.enter(ctx, p.party, 1, patience) != nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.wanted() { // something is waited for again, or another goroutine of the same place was faster
		p.gate.Leave(p.party)
		return
	}
	p.held = true
	//house:clock how long it is held, on the clock that only goes forward
	p.since = time.Now()
}

func (p *place) leave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.left = true
	if !p.rests || !p.held || !p.gate.InCompany(p.party) {
		p.giveUp()
		return
	}
	p.held = false
	//house:clock as in back
	p.gate.LeaveRested(p.party, p.ran+time.Since(p.since))
}

// wanted tells whether the place is to be taken. The caller holds mu.
func (p *place) wanted() bool { return p.waits == 0 && !p.left && !p.held }

// giveUp gives the place up if it is held. The caller holds mu.
func (p *place) giveUp() {
	if p.held {
		p.held = false
		//house:clock as in back
		p.ran += time.Since(p.since)
		p.gate.Leave(p.party)
	}
}
