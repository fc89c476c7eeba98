package batch

import "time"

const (
	// enough is how many waiters need no further company: while their call is made the others come, so processors and database are busy at
	// the same time.
	enough = 32
	// longest is how long a call waits for company at most, in lengths of the call before it.
	longest = 2
	// mostSkips is the largest number of calls that go on without company after it has not come.
	mostSkips = 64
)

// company is what a Group knows of callers that come again. Clients that send one request after another fall into two halves
// otherwise: while the call for one half is under way the other half gathers, and each call is half as large as it could be.
// The group's mu guards it.
type company struct {
	// wait is that of the next call, which is made when callers are there. It is nil when none waits.
	wait    *wait
	callers int
	// skip is for how many calls company is not waited for, because it did not come; skips is that number after the next miss.
	skip, skips int
}

// wait ends when its timer does, unless it is over before.
type wait struct{ timer *time.Timer }

// awaits decides at the end of a call whether the next one waits for the callers of this one. It does not after a call for one caller, who
// comes without company, nor when enough callers wait already. The caller holds mu.
func (g *Group[In, Out]) awaits(t *turn) bool {
	c := &g.company
	c.callers = min(t.callers+len(g.waiting), g.o.Most, enough)
	if g.o.Company == 0 || t.callers < 2 || len(g.waiting) >= c.callers {
		return false
	}
	if c.skip > 0 {
		c.skip--
		return false
	}
	w := &wait{}
	//house:clock how long a call has taken is no time of day
	w.timer = time.AfterFunc(min(longest*time.Since(t.began), g.o.Company), func() { g.alone(w) })
	c.wait = w
	return true
}

// complete begins the call that waits for company when all of it has come. The caller holds mu.
func (g *Group[In, Out]) complete() ([]*element[In, Out], *turn) {
	c := &g.company
	if c.wait == nil || len(g.waiting) < c.callers {
		return nil, nil
	}
	c.wait.timer.Stop()
	c.wait, c.skips = nil, 0
	return g.next()
}

// alone begins the call that has waited for company long enough, with those that have come, if any.
func (g *Group[In, Out]) alone(w *wait) {
	g.mu.Lock()
	c := &g.company
	if c.wait != w {
		g.mu.Unlock()
		return
	}
	c.wait = nil
	c.skips = min(max(1, 2*c.skips), mostSkips)
	c.skip = c.skips
	batch, t := g.next()
	g.mu.Unlock()
	if t == nil {
		g.quiet()
		return
	}
	g.run(batch, t)
}

// awaiting reports whether the next call waits for company.
func (g *Group[In, Out]) awaiting() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.company.wait != nil
}
