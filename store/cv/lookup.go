package cv

import (
	"context"
	"errors"
	"slices"
	"sync"

	"itmanagerjobs/store/turns"
)

// lookupAll has the index find all hits in a range. done is false when they are far more than expected, and any hits would do.
func (c *collector) lookupAll(ctx context.Context, in indexRange) (done bool, err error) {
	all := in.partitions
	if !c.strict {
		in.limit = 4 * c.s.plan.budget
	}
	middle := (all.first + all.last) / 2
	in.partitions.last = middle
	ranges := []indexRange{in}
	if middle < all.last {
		in.partitions = partitionRange{middle + 1, all.last}
		ranges = append(ranges, in)
	}
	got, err := c.lookup(ctx, ranges)
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

// partitionsAtOnce is how many partitions are asked at the same time. Two processors answer two no later than one.
const partitionsAtOnce = 2

// lookupInTurn has the index find the hits after a position in one pair of partitions after the other, until there are enough.
// Each partition brings a limited number of rows at first; the rest follows when it is needed.
func (c *collector) lookupInTurn(ctx context.Context, partitions []partition, after position) error {
	type rest struct {
		in  indexRange
		had []entry
	}
	var left []rest
	for round := range slices.Chunk(partitions, partitionsAtOnce) {
		if c.enough() {
			break
		}
		selectivity, precision := c.estimate()
		most := c.limit(precision, len(round))
		ranges := make([]indexRange, len(round))
		for i, partition := range round {
			ranges[i] = indexRange{partitions: partitionRange{partition.Slot, partition.Slot}, after: after, until: oldest, people: partition.People, selectivity: selectivity, limit: most}
		}
		got, err := c.lookup(ctx, ranges)
		if err != nil {
			return err
		}
		for i, g := range got {
			c.cost += c.q.plan(ranges[i]).cost + c.rowCost()*float64(g.rows)
			if g.rows == most {
				left = append(left, rest{ranges[i], g.hits})
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
		got.hits = slices.DeleteFunc(got.hits, func(m entry) bool { return had[m.id] })
		c.add(got)
	}
	return nil
}

// noLimit is more rows than there are people.
const noLimit = 1 << 30

// limit is how many rows each of some partitions brings at most: not many more than are still wanted, and than the budget allows
// or are needed.
func (c *collector) limit(precision float64, partitions int) int {
	wanted := 1.1 * float64(c.wanted-len(c.hits)) / precision
	affordable := (float64(c.s.plan.budget) - c.cost) / c.rowCost()
	needed := 1.2 * float64(c.needed-len(c.hits)) / precision
	return 50 + int(max(min(wanted, max(affordable, needed)), 0))/partitions
}

// lookup asks the index in several ranges.
func (c *collector) lookup(ctx context.Context, ranges []indexRange) ([]fetched, error) {
	got := make([]fetched, len(ranges))
	errs := make([]error, len(ranges))
	one := func(i int) { got[i], errs[i] = c.fetch(ctx, indexLookup, ranges[i]) }
	others := make([]func(needed bool), 0, len(ranges)-1)
	for i := range ranges[1:] {
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
	if c.s.db.Joined(ctx) == nil && c.s.searching.TryEnter(turns.Nobody) {
		var running sync.WaitGroup
		running.Go(func() {
			defer c.s.searching.Leave(turns.Nobody)
			do()
		})
		return func(bool) { running.Wait() }
	}
	return func(needed bool) {
		if needed {
			do()
		}
	}
}
