package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// collector finds the newest people that match a query. There is no one way that is fast for all queries, and
// PostgreSQL, which knows nothing of what is typed, cannot choose; so the collector looks at what it finds:
//
//   - It walks over the newest few people and tries each. What matches a common query is found so, and the share of them
//     that match tells what to do next. When it is large, it walks on.
//   - Else the index of words is asked, for all times at once when the query is rare, or else time by time, the latest
//     first, each as long as will hold enough. A sample of everybody tells what is rare.
//   - A search that has cost enough makes do with what was found, once that fills the page.
//
// docs/cv-search.md has the figures.
type collector struct {
	s *Store
	q *cvQuery
	// from is the place after which is looked, want is how many are enough, and must how many there have to be if there
	// are, whatever the effort. exact tells that none but the newest will do, where else a little older ones may take
	// their place.
	from       place
	want, must int
	exact      bool

	found []found
	// cut tells that there may be more than were found, though fewer than want: to find them would take too long.
	cut bool
	// loose is how many rows the index had for the query.
	loose int
	// effort is what was spent, in rows that the index of words has for the query; to walk over one costs less.
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

// rowEffort is what a row costs that the index has for the query.
func (c *collector) rowEffort() float64 {
	if strings.Contains(c.q.text, "<->") {
		return phraseEffort
	}
	return 1
}

const (
	phraseEffort = 2.0 // of a row whose words' places are looked at
	walkEffort   = 0.3 // of a row that was walked over
	askEffort    = 0.2 // of asking the index, of what may be spent in all
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
	ranked     int     // see MaxRanked
	firstWalk  int     // people that every search tries
	longWalk   int     // people that one statement tries at most
	walkShare  float64 // of those tried must be in the index for the query to walk on
	rareShare  float64 // below, the sample decides
	effort     int     // rows that the index may bring before a search makes do with what it has
	bucketSize int     // people; see cv_buckets
	maxTimes   int     // in one statement
}

var defaultSearchPlan = searchPlan{
	ranked: MaxRanked, firstWalk: 1500, longWalk: 20_000, walkShare: 0.15, rareShare: 0.005, effort: 10_000, bucketSize: 10_000, maxTimes: 5,
}

func (c *collector) run(ctx context.Context) error {
	plan := c.s.plan
	walked, at := 0, c.from
	for n := plan.firstWalk; ; {
		next, in, ended, err := c.walk(ctx, at, n)
		if err != nil {
			return err
		}
		walked, at = walked+n, next
		c.effort += walkEffort*float64(n) + c.rowEffort()*float64(in)
		if ended || len(c.found) >= c.want || c.spent() {
			break
		}
		share := float64(c.loose) / float64(walked)
		if share < plan.walkShare {
			if err := c.byWords(ctx, at, share, walked); err != nil {
				return err
			}
			break
		}
		// As many as hold what is wanted, and not much more than may be spent.
		hits := max(float64(len(c.found)), 1) / float64(walked)
		n = int(min(float64(c.want-len(c.found))/hits*1.1, float64(plan.effort)/(share*c.rowEffort()+walkEffort)))
		n = min(max(n, 500), plan.longWalk)
	}
	c.finish()
	return nil
}

// finish puts what was found in order, each once: somebody may have been updated meanwhile.
func (c *collector) finish() {
	slices.SortFunc(c.found, func(a, b found) int { return a.compare(b.place) })
	seen := make(map[int64]bool, len(c.found))
	c.found = slices.DeleteFunc(c.found, func(f found) bool {
		again := seen[f.id]
		seen[f.id] = true
		return again
	})
	c.found = c.found[:min(len(c.found), c.want)]
}

const boundarySQL = `
SELECT updated_at, candidate_id FROM cv_search WHERE mode = $1 AND (updated_at, candidate_id) < ($2, $3)
 ORDER BY updated_at DESC, candidate_id DESC OFFSET $4 LIMIT 1`

// walk tries the next n people after a place. loose is how many of them the index of words has for the query.
func (c *collector) walk(ctx context.Context, after place, n int) (next place, loose int, ended bool, err error) {
	var last struct {
		UpdatedAt time.Time `db:"updated_at"`
		ID        int64     `db:"candidate_id"`
	}
	err = c.s.reader(ctx).GetContext(ctx, &last, boundarySQL, c.q.mode, after.updatedAt, after.id, n-1)
	ended = errors.Is(err, sql.ErrNoRows)
	if err != nil && !ended {
		return place{}, 0, false, fmt.Errorf("find the end of a walk: %w", err)
	}
	next = place{updatedAt: last.UpdatedAt.UTC(), id: last.ID}
	if ended {
		next = oldestPlace
	}
	loose, err = c.add(ctx, walkRows, nil, after, next, max(c.s.plan.longWalk, c.s.plan.firstWalk))
	return next, loose, ended, err
}

// byWords goes on by the index of words, which has a share of those walked over for the query.
func (c *collector) byWords(ctx context.Context, after place, share float64, walked int) error {
	plan := c.s.plan
	times, people, err := c.times(ctx, after)
	if err != nil || people == 0 {
		return err
	}
	sampled, matches, err := c.sample(ctx)
	if err != nil {
		return err
	}
	c.q.people = people
	if share < plan.rareShare {
		// Half a match more: that there was none does not mean that there is none.
		share = (share*float64(walked) + float64(matches) + 0.5) / float64(walked+sampled+1)
	}
	for first := true; len(times) > 0 && len(c.found) < c.want && !c.spent(); first = false {
		// As many people as will bring what is wanted, or what may be brought: to ask for more at once costs less than to
		// ask twice.
		hits := float64(max(len(c.found), 1)) / float64(max(c.loose, 1))
		most := min(float64(plan.effort)/c.rowEffort(), 1.3*float64(c.want-len(c.found))/max(hits, 0.01)) / share
		n, held := 1, times[0].people
		for n < len(times) && n < plan.maxTimes && float64(held+times[n].people) <= most {
			held += times[n].people
			n++
		}
		limit := 2 * plan.effort
		when := &part{anyWord(column[[]string](times[:n], func(s span) string { return s.word })), float64(held) / float64(people)}
		switch {
		case first && float64(people) <= 1.5*most:
			n, held, when = len(times), people, nil
		case n == 1:
			limit = 2*held + plan.bucketSize // all of it
		}
		before := len(c.found)
		got, err := c.add(ctx, indexRows, when, after, oldestPlace, limit)
		if err != nil {
			return err
		}
		if got == limit && n > 1 {
			// Far more than was to be expected, and not the newest of them: fewer people at once.
			c.found = c.found[:before]
			share = max(2*share, float64(limit)/float64(held))
			continue
		}
		c.effort += c.rowEffort()*float64(got) + askEffort*float64(plan.effort)
		times = times[n:]
	}
	return nil
}

// span is a time whose people carry a word.
type span struct {
	word   string
	people int
}

// manyBuckets of one week are looked at one by one.
const manyBuckets = 4

// times cut all time before a place into spans, the latest first. They grow with their age, as the words allow.
func (c *collector) times(ctx context.Context, after place) (spans []span, people int, err error) {
	var buckets []struct {
		ID     int64 `db:"id"`
		Week   int64 `db:"week"`
		People int   `db:"people"`
	}
	err = c.s.reader(ctx).SelectContext(ctx, &buckets, `
SELECT id, week, people FROM cv_buckets WHERE mode = $1 AND week <= $2 ORDER BY week DESC, id DESC`, c.q.mode, weekOf(after.updatedAt))
	if err != nil {
		return nil, 0, fmt.Errorf("list buckets: %w", err)
	}
	for i := 0; i < len(buckets); {
		week, in := buckets[i].Week, 0
		first := i
		for ; i < len(buckets) && buckets[i].Week == week; i++ {
			in += buckets[i].People
		}
		people += in
		if !c.exact && i-first > manyBuckets {
			// So many came at once that their dates say little: those who came last are taken for the newest.
			for _, b := range buckets[first:i] {
				spans = append(spans, span{bucketWord + strconv.FormatInt(b.ID, 10), b.People})
			}
			continue
		}
		spans = append(spans, span{weeksWord(0, week), in})
		spans = c.merge(spans, week)
	}
	return spans, people, nil
}

// merge puts the last spans together into a longer one when they end with the first week of it.
func (c *collector) merge(spans []span, week int64) []span {
	for level := 1; level < weekLevels; level++ {
		if week&(1<<(2*level)-1) != 0 {
			break
		}
		shorter := "~t" + strconv.Itoa(level-1) + ":"
		first, held := len(spans), 0
		for first > 0 && len(spans)-first < 4 && strings.HasPrefix(spans[first-1].word, shorter) {
			number, _ := strconv.ParseInt(spans[first-1].word[len(shorter):], 10, 64)
			if number<<(2*(level-1))>>(2*level) != week>>(2*level) {
				break
			}
			first--
			held += spans[first].people
		}
		if len(spans)-first < 2 || held > 8*c.s.plan.bucketSize {
			break
		}
		spans = append(spans[:first], span{weeksWord(level, week), held})
	}
	return spans
}

// sampleSize is how many people of the sample are looked at.
const sampleSize = 1000

// sample tells how many of a sample of everybody the index has for the query, and finds the share for each of its parts:
// the index is to look for the rarest first.
func (c *collector) sample(ctx context.Context) (people, matches int, err error) {
	counts := make([]int, indexParts)
	parts := c.q.parts(nil)
	args := append(make([]any, 0, 2+indexParts), c.q.mode, sampleSize)
	into := append(make([]any, 0, 2+indexParts), &people, &matches)
	for i := range indexParts {
		args = append(args, parts[min(i, len(parts)-1)].tsquery)
		into = append(into, &counts[i])
	}
	rows, err := c.s.reader(ctx).QueryxContext(ctx, `
SELECT count(*), count(*) FILTER (WHERE a AND b AND c AND d AND e AND f), count(*) FILTER (WHERE a), count(*) FILTER (WHERE b), count(*) FILTER (WHERE c),
       count(*) FILTER (WHERE d), count(*) FILTER (WHERE e), count(*) FILTER (WHERE f)
  FROM (SELECT terms @@ $3::tsquery AS a, terms @@ $4::tsquery AS b, terms @@ $5::tsquery AS c, terms @@ $6::tsquery AS d, terms @@ $7::tsquery AS e, terms @@ $8::tsquery AS f
          FROM cv_search WHERE mode = $1 AND sampled LIMIT $2) s`, args...)
	if err != nil {
		return 0, 0, fmt.Errorf("look at the sample: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return 0, 0, fmt.Errorf("read the sample: %w", err)
		}
	}
	c.q.shares = make([]float64, len(parts))
	for i := range parts {
		c.q.shares[i] = float64(counts[i]) / float64(max(people, 1))
	}
	return people, matches, rows.Err()
}
