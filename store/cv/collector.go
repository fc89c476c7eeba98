package cv

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"
)

// collector finds the newest hits of a query. No access path is fast for all queries, and PostgreSQL, which sees none of the
// values, cannot choose one; so the collector looks at what it finds:
//
//   - A sample of all people gives the selectivities. When few match, it has the GIN indexes of all partitions find them at once.
//   - Else it scans the newest few people, checks each, and asks the GIN indexes of one pair of partitions after the other, those
//     with the newest people first.
//   - When the order is strictly by recency, it scans on, unless it costs less to have the indexes find all hits.
//   - A search that has spent its budget makes do with the hits it has, once they fill the page.
//
// docs/cv-search.md has the figures.
type collector struct {
	s *Store
	q *compiled
	// The search begins after the position from. wanted is how many hits are enough; needed is how many the search must find if
	// they exist, whatever they cost: by relevance the same number for each page, so that all pages are parts of one list.
	// With strict only the newest hits will do; without it slightly older ones may take their place.
	from           position
	wanted, needed int
	strict         bool

	hits []entry
	// truncated tells that there may be more hits, though fewer than wanted were found: to find them would cost too much.
	truncated bool
	// scanned is how many people were checked by recency, passed how many of them the index would have found, and fetched how many
	// rows were fetched in all.
	scanned, passed, fetched int
	sampled                  sampleCount
	// cost is what was spent, in rows that the index finds.
	cost float64
}

// overBudget tells whether to make do with the hits that were found.
func (c *collector) overBudget() bool {
	switch {
	case len(c.hits) < c.needed:
		c.truncated = !c.strict && c.cost > maxBudgets*float64(c.s.plan.budget)
	default:
		c.truncated = c.cost > float64(c.s.plan.budget)
	}
	return c.truncated
}

// rowCost is what a row costs that the index finds: more when the positions of lexemes are looked at.
func (c *collector) rowCost() float64 { return 1 + phraseCost*float64(c.q.phrasePairs) }

const (
	phraseCost = 0.6 // of one pair of lexemes that must stand together
	scanCost   = 1.2 // of a row that is checked by recency
	maxBudgets = 20  // times the usual budget, for the hits that are needed
)

// entry is an entry of the index that is a hit. termBits has a bit for each term of the query and section of the profile, see
// hasTerm.
type entry struct {
	position

	termBits int64
	facets   string
}

// searchPlan has the numbers by which a collector chooses. They were found by trying, see docs/cv-search.md; tests have
// others, so that a few people go all ways.
type searchPlan struct {
	ranked        int     // see MaxRanked
	firstScan     int     // people that every search checks
	longScan      int     // people that one statement checks at most
	rareShare     float64 // below this selectivity the sample decides
	page          int     // people who are found if there are, whatever they cost: the longest page
	budget        int     // rows that the index may find before a search makes do with what it has
	partitionSize int     // people; see partitionFor
}

var defaultSearchPlan = searchPlan{
	ranked: MaxRanked, firstScan: 600, longScan: 20_000, rareShare: 0.01, page: 200, budget: 4_500, partitionSize: 65_536,
}

func (c *collector) run(ctx context.Context) error {
	defer c.finish()
	partitions, people, err := c.partitions(ctx)
	if err != nil || people == 0 {
		return err
	}
	taken, err := c.s.sampleOf(ctx, c.q.mode, people)
	if err != nil {
		return err
	}
	c.estimateBy(taken)
	if taken.people > 0 {
		if all, cost := c.everywhere(c.from, people); cost <= float64(c.s.plan.budget) && (!c.strict || cost < c.costOfScan()) {
			done, err := c.lookupAll(ctx, all)
			if err != nil || done {
				return err
			}
		}
	}
	at, ended, err := c.scan(ctx, c.from, c.s.plan.firstScan)
	if err != nil || ended || c.enough() {
		return err
	}
	for {
		selectivity, precision := c.estimate()
		all, cost := c.everywhere(at, people)
		switch {
		case c.strict && c.costOfScan() < cost && cost > float64(c.s.plan.budget):
			// As many as hold what is wanted, and not much more than the budget allows.
			n := min(float64(c.wanted-len(c.hits))/(selectivity*precision)*1.1, float64(c.s.plan.budget)/(selectivity*c.rowCost()+scanCost))
			at, ended, err = c.scan(ctx, at, min(max(int(n), 500), c.s.plan.longScan))
			if err != nil || ended || c.enough() {
				return err
			}
		case c.strict || cost <= float64(c.s.plan.budget) || selectivity*precision*float64(people) < float64(c.needed):
			done, err := c.lookupAll(ctx, all)
			if err != nil || done {
				return err
			}
			return c.lookupInTurn(ctx, partitions, at)
		default:
			return c.lookupInTurn(ctx, partitions, at)
		}
	}
}

// everywhere is the range of all who come after a position, and what it costs to have the index find all hits in it.
func (c *collector) everywhere(after position, people int) (all indexRange, cost float64) {
	selectivity, _ := c.estimate()
	all = indexRange{partitions: partitionsOf(c.q.mode), after: after, until: oldest, people: people, selectivity: selectivity, limit: noLimit}
	return all, c.q.plan(all).cost + float64(people)*selectivity*c.rowCost()
}

func (c *collector) enough() bool { return len(c.hits) >= c.wanted || c.overBudget() }

// costOfScan is the cost of a scan by recency to the hits that are needed.
func (c *collector) costOfScan() float64 {
	selectivity, precision := c.estimate()
	return scanCost * float64(max(c.needed-len(c.hits), 0)) / (selectivity * precision)
}

// finish puts the hits in order, each once: a person may have been updated meanwhile.
func (c *collector) finish() {
	list := sorted(c.hits, func(a, b *entry) int { return a.compare(b.position) })
	seen := make(map[int64]bool, len(list))
	list = slices.DeleteFunc(list, func(m entry) bool {
		again := seen[m.id]
		seen[m.id] = true
		return again
	})
	c.hits = list[:min(len(list), c.wanted)]
}

// sorted is a list in order. It sorts indices in place of the items, which are large.
func sorted[T any](list []T, compare func(a, b *T) int) []T {
	order := make([]int32, len(list))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int { return compare(&list[a], &list[b]) })
	out := make([]T, len(list))
	for i, n := range order {
		out[i] = list[n]
	}
	return out
}

const boundarySQL = `
SELECT updated_at, candidate_id FROM cv_index WHERE slot >= $1 AND slot <= $2 AND (updated_at, candidate_id) < ($3, $4)
 ORDER BY updated_at DESC, candidate_id DESC OFFSET $5 LIMIT 1`

// scan checks the next n people after a position. It tells where it ended, and whether nobody is left.
func (c *collector) scan(ctx context.Context, after position, n int) (next position, ended bool, err error) {
	var last struct {
		UpdatedAt time.Time `db:"updated_at"`
		ID        int64     `db:"candidate_id"`
	}
	in := partitionsOf(c.q.mode)
	err = c.s.db.Reader(ctx).Get(ctx, &last, boundarySQL, in.first, in.last, after.updatedAt, after.id, n-1)
	ended = errors.Is(err, sql.ErrNoRows)
	if err != nil && !ended {
		return position{}, false, fmt.Errorf("find the end of a scan: %w", err)
	}
	next = position{updatedAt: last.UpdatedAt.UTC(), id: last.ID}
	if ended {
		next = oldest
	}
	got, err := c.fetch(ctx, recencyScan, indexRange{partitions: in, after: after, until: next, limit: 2 * n})
	c.add(got)
	c.scanned += n
	c.passed += got.rows
	c.cost += scanCost*float64(n) + c.rowCost()*float64(got.rows)
	return next, ended, err
}
