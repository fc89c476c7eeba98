package cv

import (
	"context"
	"errors"
	"slices"
	"sync"
)

// lookupAll has the index find all who match in a scope. It is not done when they are far more than expected, and any would
// do.
func (c *collector) lookupAll(ctx context.Context, in scope) (done bool, err error) {
	all := in.segments
	if !c.strict {
		in.limit = 4 * c.s.plan.budget
	}
	middle := (all.first + all.last) / 2
	in.segments.last = middle
	scopes := []scope{in}
	if middle < all.last {
		in.segments = segmentRange{middle + 1, all.last}
		scopes = append(scopes, in)
	}
	got, err := c.lookup(ctx, scopes)
	if err != nil {
		return false, err
	}
	for _, g := range got {
		if g.rows == in.limit {
			return false, nil
		}
	}
	c.add(got...)
	return true, nil
}

// segmentsAtOnce is how many segments are asked at the same time. Two processors answer two no later than one.
const segmentsAtOnce = 2

// lookupInTurn has the index find who matches after a position in one segment after the other, until there are enough. Each
// segment brings a limited number of rows at first; the rest follows when it is needed.
func (c *collector) lookupInTurn(ctx context.Context, segments []segment, after position) error {
	type rest struct {
		in  scope
		had []entry
	}
	var left []rest
	for round := range slices.Chunk(segments, segmentsAtOnce) {
		if c.enough() {
			break
		}
		selectivity, precision := c.estimate()
		most := c.limit(precision, len(round))
		scopes := make([]scope, len(round))
		for i, segment := range round {
			scopes[i] = scope{segments: segmentRange{segment.Slot, segment.Slot}, after: after, until: oldest, people: segment.People, selectivity: selectivity, limit: most}
		}
		got, err := c.lookup(ctx, scopes)
		if err != nil {
			return err
		}
		for i, g := range got {
			c.cost += c.q.plan(scopes[i]).cost + c.rowCost()*float64(g.rows)
			if g.rows == most {
				left = append(left, rest{scopes[i], g.matches})
			}
		}
		c.add(got...)
	}
	for _, l := range left {
		if c.enough() {
			break
		}
		l.in.limit = noLimit
		got, err := c.fetch(ctx, indexLookup, l.in)
		if err != nil {
			return err
		}
		c.cost += c.q.plan(l.in).cost + c.rowCost()*float64(got.rows)
		had := make(map[int64]bool, len(l.had))
		for _, m := range l.had {
			had[m.id] = true
		}
		got.matches = slices.DeleteFunc(got.matches, func(m entry) bool { return had[m.id] })
		c.add(got)
	}
	return nil
}

// noLimit is more rows than there are people.
const noLimit = 1 << 30

// limit is how many rows each of some segments brings at most: not many more than are still wanted, and than the budget allows
// or are needed.
func (c *collector) limit(precision float64, segments int) int {
	wanted := 1.1 * float64(c.wanted-len(c.matches)) / precision
	affordable := (float64(c.s.plan.budget) - c.cost) / c.rowCost()
	needed := 1.2 * float64(c.needed-len(c.matches)) / precision
	return 50 + int(max(min(wanted, max(affordable, needed)), 0))/segments
}

// lookup asks the index in several scopes.
func (c *collector) lookup(ctx context.Context, scopes []scope) ([]fetched, error) {
	got := make([]fetched, len(scopes))
	errs := make([]error, len(scopes))
	one := func(i int) { got[i], errs[i] = c.fetch(ctx, indexLookup, scopes[i]) }
	others := make([]func(needed bool), 0, len(scopes)-1)
	for i := range scopes[1:] {
		others = append(others, c.concurrently(ctx, func() { one(i + 1) }))
	}
	one(0)
	for _, wait := range others {
		wait(true)
	}
	return got, errors.Join(errs...)
}

// concurrently does something at the same time as what follows when no other search needs the processor; or else when it is
// waited for, if it is needed then. The result of a search does not depend on that.
func (c *collector) concurrently(ctx context.Context, do func()) (wait func(needed bool)) {
	if c.s.db.Joined(ctx) == nil {
		select {
		case c.s.searching <- struct{}{}:
			var running sync.WaitGroup
			running.Go(func() {
				defer func() { <-c.s.searching }()
				do()
			})
			return func(bool) { running.Wait() }
		default:
		}
	}
	return func(needed bool) {
		if needed {
			do()
		}
	}
}
