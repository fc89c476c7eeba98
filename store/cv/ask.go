package cv

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
)

// everywhere has the index find all who match in a scope. It is not done when they are far more than expected, and
// any would do.
func (c *collector) everywhere(ctx context.Context, in scope) (done bool, err error) {
	all := in.slots
	if !c.exact {
		in.limit = 4 * c.s.plan.effort
	}
	middle := (all.first + all.last) / 2
	in.slots.last = middle
	scopes := []scope{in}
	if middle < all.last {
		in.slots = slotRange{middle + 1, all.last}
		scopes = append(scopes, in)
	}
	got, err := c.ask(ctx, scopes)
	if err != nil {
		return false, err
	}
	for _, g := range got {
		if g.loose == in.limit {
			return false, nil
		}
	}
	c.add(got...)
	return true, nil
}

// atOnce is how many parts are asked for at once. To ask for two takes two processors no longer than one.
const atOnce = 2

// bySlots has the index find who matches after a place in one part after the other, until there are enough. Each brings so
// many rows at first; what was left out follows when it is needed.
func (c *collector) bySlots(ctx context.Context, slots []slotShare, after place) error {
	type rest struct {
		in  scope
		had []found
	}
	var left []rest
	for round := range slices.Chunk(slots, atOnce) {
		if c.enough() {
			break
		}
		share, hits := c.shares()
		most := c.limit(hits, len(round))
		scopes := make([]scope, len(round))
		for i, slot := range round {
			scopes[i] = scope{slots: slotRange{slot.Slot, slot.Slot}, after: after, until: oldestPlace, people: slot.People, share: share, limit: most}
		}
		got, err := c.ask(ctx, scopes)
		if err != nil {
			return err
		}
		for i, g := range got {
			c.effort += c.q.plan(scopes[i]).effort + c.rowEffort()*float64(g.loose)
			if g.loose == most {
				left = append(left, rest{scopes[i], g.found})
			}
		}
		c.add(got...)
	}
	for _, l := range left {
		if c.enough() {
			break
		}
		l.in.limit = noLimit
		got, err := c.rows(ctx, indexRows, l.in)
		if err != nil {
			return err
		}
		c.effort += c.q.plan(l.in).effort + c.rowEffort()*float64(got.loose)
		had := make(map[int64]bool, len(l.had))
		for _, f := range l.had {
			had[f.id] = true
		}
		got.found = slices.DeleteFunc(got.found, func(f found) bool { return had[f.id] })
		c.add(got)
	}
	return nil
}

// noLimit is more rows than there are people.
const noLimit = 1 << 30

// limit is how many rows each of some parts brings at most: not many more than are still wanted, and than may be spent or
// there have to be.
func (c *collector) limit(hits float64, parts int) int {
	wanted := 1.1 * float64(c.want-len(c.found)) / hits
	affordable := (float64(c.s.plan.effort) - c.effort) / c.rowEffort()
	needed := 1.2 * float64(c.must-len(c.found)) / hits
	return 50 + int(max(min(wanted, max(affordable, needed)), 0))/parts
}

// ask asks the index in several scopes.
func (c *collector) ask(ctx context.Context, scopes []scope) ([]rowsFound, error) {
	got := make([]rowsFound, len(scopes))
	errs := make([]error, len(scopes))
	one := func(i int) { got[i], errs[i] = c.rows(ctx, indexRows, scopes[i]) }
	others := make([]func(needed bool), 0, len(scopes)-1)
	for i := range scopes[1:] {
		others = append(others, c.beside(ctx, func() { one(i + 1) }))
	}
	one(0)
	for _, wait := range others {
		wait(true)
	}
	return got, errors.Join(errs...)
}

// beside does something at the same time as what follows when no other search needs the processor, or else when it is
// waited for as needed. What is found does not hang on that.
func (c *collector) beside(ctx context.Context, do func()) (wait func(needed bool)) {
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

// sampleSize is how many people of the sample are looked at.
const sampleSize = 500

// sampleCount tells how many of how many people in a sample the index has for the query, and the share for each of its parts.
type sampleCount struct {
	people, matches int
	shares          []float64
}

// sample looks at a sample of everybody: the index is to look for the rarest part first.
func (c *collector) sample(ctx context.Context) (found sampleCount, err error) {
	counts := make([]int, indexParts)
	parts := c.q.parts()
	in := slotsOf(c.q.mode)
	args := append(make([]any, 0, 3+indexParts), in.first, in.last, sampleSize)
	into := append(make([]any, 0, 2+indexParts), &found.people, &found.matches)
	for i := range indexParts {
		args = append(args, parts[min(i, len(parts)-1)].tsquery)
		into = append(into, &counts[i])
	}
	rows, err := c.s.db.Reader(ctx).Query(ctx, `
SELECT count(*), count(*) FILTER (WHERE a AND b AND c AND d AND e AND f), count(*) FILTER (WHERE a), count(*) FILTER (WHERE b), count(*) FILTER (WHERE c),
       count(*) FILTER (WHERE d), count(*) FILTER (WHERE e), count(*) FILTER (WHERE f)
  FROM (SELECT terms @@ $4::tsquery AS a, terms @@ $5::tsquery AS b, terms @@ $6::tsquery AS c, terms @@ $7::tsquery AS d, terms @@ $8::tsquery AS e, terms @@ $9::tsquery AS f
          FROM cv_index WHERE slot >= $1 AND slot <= $2 AND sampled LIMIT $3) s`, args...)
	if err != nil {
		return found, fmt.Errorf("look at the sample: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return found, fmt.Errorf("read the sample: %w", err)
		}
	}
	for i := range parts {
		found.shares = append(found.shares, float64(counts[i])/float64(max(found.people, 1)))
	}
	return found, rows.Err()
}
