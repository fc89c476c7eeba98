package cv

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// collector finds the newest people that match a query. There is no one way that is fast for all queries, and
// PostgreSQL, which knows nothing of what is typed, cannot choose; so the collector looks at what it finds:
//
//   - It walks over the newest few people and tries each. Of what matches a common query that is enough.
//   - Else the index of words is asked, for everybody at once when the query is rare, or else for one part of them after
//     the other, those with the newest first. A sample of everybody tells what is rare.
//   - Where none but the newest will do, it walks on, unless to have the index find all who match takes less.
//   - A search that has cost enough makes do with what was found, once that fills the page.
//
// docs/cv-search.md has the figures.
type collector struct {
	s *Store
	q *query
	// from is the place after which is looked, want is how many are enough, and must how many there have to be if there
	// are, whatever the effort: by relevance the same for each page, so that all pages are parts of one list. exact tells
	// that none but the newest will do, where else a little older ones may take their place.
	from       place
	want, must int
	exact      bool

	found []found
	// cut tells that there may be more than were found, though fewer than want: to find them would take too long.
	cut bool
	// tried is how many people were walked over, passed how many of them the index has for the query, and loose how many
	// rows it had in all.
	tried, passed, loose int
	sampled              sampleCount
	// effort is what was spent, in rows that the index of words has for the query.
	effort float64
}

// spent tells whether to make do with what was found.
func (c *collector) spent() bool {
	switch {
	case len(c.found) < c.must:
		c.cut = !c.exact && c.effort > mostEffort*float64(c.s.plan.effort)
	default:
		c.cut = c.effort > float64(c.s.plan.effort)
	}
	return c.cut
}

// rowEffort is what a row costs that the index has for the query: more when the places of words are looked at.
func (c *collector) rowEffort() float64 {
	return 1 + phraseEffort*float64(strings.Count(c.q.text, "<->"))
}

const (
	phraseEffort = 0.6 // of one pair of words that must stand together
	walkEffort   = 1.2 // of a row that was walked over
	mostEffort   = 20  // times the usual one for what there has to be
)

// found is somebody who matches. mask has a bit for each leaf of the query and part of the profile (see rank).
type found struct {
	place

	mask   int64
	facets string
}

// searchPlan has the numbers that the ways of a collector are chosen by. They were found by trying, see
// docs/cv-search.md; tests have others, so that a few people go all ways.
type searchPlan struct {
	ranked    int     // see MaxRanked
	firstWalk int     // people that every search tries
	longWalk  int     // people that one statement tries at most
	rareShare float64 // below, the sample decides
	page      int     // people who are found if there are, whatever the effort: the longest page
	effort    int     // rows that the index may bring before a search makes do with what it has
	slotSize  int     // people; see cv_slots
}

var defaultSearchPlan = searchPlan{
	ranked: MaxRanked, firstWalk: 600, longWalk: 20_000, rareShare: 0.01, page: 200, effort: 4_500, slotSize: 65_536,
}

func (c *collector) run(ctx context.Context) error {
	defer c.finish()
	var in sampleCount
	var sampleErr error
	sample := c.beside(ctx, func() { in, sampleErr = c.sample(ctx) })
	at, ended, err := c.walk(ctx, c.from, c.s.plan.firstWalk)
	last := err != nil || ended || c.enough()
	if sample(!last); last {
		return err
	}
	slots, people, err := c.slots(ctx)
	if err != nil || people == 0 {
		return err
	}
	if sampleErr != nil {
		return sampleErr
	}
	c.sampled, c.q.shares = in, in.shares
	for {
		share, hits := c.shares()
		all := scope{slots: slotsOf(c.q.mode), after: at, until: oldestPlace, people: people, share: share, limit: noLimit}
		effort := c.q.plan(all).effort + float64(people)*share*c.rowEffort()
		switch {
		case c.exact && c.walkCosts(share*hits) < effort && effort > float64(c.s.plan.effort):
			// As many as hold what is wanted, and not much more than may be spent.
			n := min(float64(c.want-len(c.found))/(share*hits)*1.1, float64(c.s.plan.effort)/(share*c.rowEffort()+walkEffort))
			at, ended, err = c.walk(ctx, at, min(max(int(n), 500), c.s.plan.longWalk))
			if err != nil || ended || c.enough() {
				return err
			}
		case c.exact || effort <= float64(c.s.plan.effort) || share*hits*float64(people) < float64(c.must):
			done, err := c.everywhere(ctx, all)
			if err != nil || done {
				return err
			}
			return c.bySlots(ctx, slots, at)
		default:
			return c.bySlots(ctx, slots, at)
		}
	}
}

func (c *collector) enough() bool { return len(c.found) >= c.want || c.spent() }

// shares are about how many of all people the index has for the query, and how many of those match.
func (c *collector) shares() (share, hits float64) {
	hits = max(float64(max(len(c.found), 1))/float64(max(c.loose, 1)), 0.01)
	share = float64(c.passed) / float64(c.tried)
	if share >= c.s.plan.rareShare {
		return share, hits
	}
	// Half a match more: that there was none does not mean that there is none.
	share = (float64(c.passed+c.sampled.matches) + 0.5) / float64(c.tried+c.sampled.people+1)
	if c.passed+c.sampled.matches == 0 {
		together := related
		for _, s := range c.q.shares {
			together *= s
		}
		share = min(share, max(together, 1e-9))
	}
	return share, hits
}

// related is how many times more people have all parts of a query than if these had nothing to do with each other.
const related = 5.0

// walkCosts is the effort of a walk to what there has to be, of a share of people who match.
func (c *collector) walkCosts(share float64) float64 {
	return walkEffort * float64(max(c.must-len(c.found), 0)) / share
}

// finish puts what was found in order, each once: somebody may have been updated meanwhile.
func (c *collector) finish() {
	list := sorted(c.found, func(a, b *found) int { return a.compare(b.place) })
	seen := make(map[int64]bool, len(list))
	list = slices.DeleteFunc(list, func(f found) bool {
		again := seen[f.id]
		seen[f.id] = true
		return again
	})
	c.found = list[:min(len(list), c.want)]
}

// sorted is a list in order. Numbers are sorted in place of the items, which are large.
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

// walk tries the next n people after a place. It tells where it ended, and whether nobody is left.
func (c *collector) walk(ctx context.Context, after place, n int) (next place, ended bool, err error) {
	var last struct {
		UpdatedAt time.Time `db:"updated_at"`
		ID        int64     `db:"candidate_id"`
	}
	in := slotsOf(c.q.mode)
	err = c.s.db.Reader(ctx).Get(ctx, &last, boundarySQL, in.first, in.last, after.updatedAt, after.id, n-1)
	ended = errors.Is(err, sql.ErrNoRows)
	if err != nil && !ended {
		return place{}, false, fmt.Errorf("find the end of a walk: %w", err)
	}
	next = place{updatedAt: last.UpdatedAt.UTC(), id: last.ID}
	if ended {
		next = oldestPlace
	}
	got, err := c.rows(ctx, walkRows, scope{slots: in, after: after, until: next, limit: 2 * n})
	c.add(got)
	c.tried += n
	c.passed += got.loose
	c.effort += walkEffort*float64(n) + c.rowEffort()*float64(got.loose)
	return next, ended, err
}
