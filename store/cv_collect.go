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

	"github.com/lib/pq"
)

// collector finds the newest people that match a query. There is no one way that is fast for all queries, and
// PostgreSQL, which knows nothing of what is typed, cannot choose; so the collector looks at what it finds:
//
//   - It walks over the newest few people and tries each. What matches a common query is found so, and the share of them
//     that match tells what to do next. When it is large, it walks on.
//   - When next to nobody of the newest matches, a sample of all tells whether the query is rare everywhere. What is rare
//     is asked of the index of words for all times at once.
//   - Else the index is asked time by time, the latest first, each as long as will hold enough.
//
// docs/cv-search.md has the figures.
type collector struct {
	s *Store
	q *cvQuery
	// from is the place after which is looked, want is how many are enough. exact tells that none but the newest will do,
	// where else a little older ones may take their place.
	from  place
	want  int
	exact bool

	found []found
	// cut tells that there may be more than were found, though fewer than want: to find them would take too long.
	cut bool
}

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
	fewMatches int     // in all, so that the index is asked for all times at once
	effort     int     // rows that the index may bring before a search makes do with what it has
	bucketSize int     // people; see cv_buckets
	maxTimes   int     // in one statement
}

var defaultSearchPlan = searchPlan{
	ranked: MaxRanked, firstWalk: 2500, longWalk: 20_000, walkShare: 0.15, rareShare: 0.005, fewMatches: 5000, effort: 10_000,
	bucketSize: 10_000, maxTimes: 4,
}

func (c *collector) run(ctx context.Context) error {
	walked, loose, at := 0, 0, c.from
	for n := c.s.plan.firstWalk; ; {
		next, in, ended, err := c.walk(ctx, at, n)
		if err != nil {
			return err
		}
		walked, loose, at = walked+n, loose+in, next
		if ended || len(c.found) >= c.want {
			break
		}
		if share := float64(loose) / float64(walked); share < c.s.plan.walkShare {
			if err := c.byWords(ctx, at, share); err != nil {
				return err
			}
			break
		}
		share := float64(len(c.found)) / float64(walked)
		n = min(max(int(float64(c.want-len(c.found))/max(share, 0.01)*1.1), 500), c.s.plan.longWalk)
		if !c.exact && walked > 4*c.s.plan.effort {
			c.cut = true
			break
		}
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
	loose, err = c.add(ctx, walkRows, c.q.filter(nil), after, next, max(c.s.plan.longWalk, c.s.plan.firstWalk))
	return next, loose, ended, err
}

// byWords goes on by the index of words, which has a share of people for the query.
func (c *collector) byWords(ctx context.Context, after place, share float64) error {
	plan := c.s.plan
	times, people, err := c.times(ctx, after)
	if err != nil || people == 0 {
		return err
	}
	if share < plan.rareShare {
		if share, err = c.sample(ctx); err != nil {
			return err
		}
	}
	if share*float64(people) <= float64(plan.fewMatches) {
		before := len(c.found)
		n, err := c.add(ctx, indexRows, c.q.filter(nil), after, oldestPlace, 2*plan.fewMatches)
		if err != nil || n < 2*plan.fewMatches {
			return err
		}
		c.found = c.found[:before]
		share = 2 * float64(plan.fewMatches) / float64(people) // it was wrong
	}
	effort := 0.0
	for len(times) > 0 && len(c.found) < c.want {
		if !c.exact && effort > float64(plan.effort) {
			c.cut = true
			return nil
		}
		// As many as will bring half of what may be brought, or what is wanted still when all of it matches.
		need := max(float64(plan.effort)/2, float64(c.want-len(c.found))*1.1) / share
		n, held := 1, times[0].people
		for n < len(times) && n < plan.maxTimes && float64(held+times[n].people) <= need {
			held += times[n].people
			n++
		}
		words := make([]string, n)
		for i, t := range times[:n] {
			words[i] = t.word
		}
		before, limit := len(c.found), 2*plan.effort
		if n == 1 {
			limit = 2*held + plan.bucketSize // all of it
		}
		got, err := c.add(ctx, indexRows, c.q.filter(words), after, oldestPlace, limit)
		if err != nil {
			return err
		}
		if got == limit && n > 1 {
			// Far more than was to be expected, and not the newest of them: less at once.
			c.found = c.found[:before]
			share = max(2*share, float64(limit)/float64(held))
			continue
		}
		effort += max(share*float64(held), float64(got))
		times = times[n:]
	}
	return nil
}

// span is a time whose people carry a word.
type span struct {
	word   string
	people int
}

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
		if !c.exact && i-first > 1 {
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

// sample tells which share of a sample of everybody the index has for the query.
func (c *collector) sample(ctx context.Context) (float64, error) {
	var got struct {
		People  int `db:"people"`
		Matches int `db:"matches"`
	}
	err := c.s.reader(ctx).GetContext(ctx, &got, `
SELECT count(*) AS people, count(*) FILTER (WHERE s.terms @@ (SELECT to_tsquery('cv', $2) && $3::tsquery)) AS matches
  FROM cv_search s WHERE s.mode = $1 AND s.sampled`, c.q.mode, c.q.loose, c.q.filter(nil))
	if err != nil {
		return 0, fmt.Errorf("look at the sample: %w", err)
	}
	// Half a match more: that none is in the sample does not mean that there is none.
	return (float64(got.Matches) + 0.5) / float64(got.People+1), nil
}

// rowSource is how rows are found.
type rowSource string

// The conditions of the other source are hidden from the planner behind IS TRUE.
const (
	walkRows  rowSource = `s.mode = $1 AND (s.updated_at, s.candidate_id) < ($2, $3) AND (s.updated_at, s.candidate_id) >= ($4, $5) AND (s.terms @@ (SELECT to_tsquery('cv', $6) && $7::tsquery)) IS TRUE`
	indexRows rowSource = `(s.mode = $1) IS TRUE AND ((s.updated_at, s.candidate_id) < ($2, $3)) IS TRUE AND ((s.updated_at, s.candidate_id) >= ($4, $5)) IS TRUE AND s.terms @@ (SELECT to_tsquery('cv', $6) && $7::tsquery)`
)

// add adds those who match between two places, and tells how many rows there are in the index for the query, at most
// limit.
func (c *collector) add(ctx context.Context, source rowSource, filter string, after, until place, limit int) (loose int, err error) {
	query, args := c.q.rowsSQL(source, filter, after, until, limit)
	rows, err := c.s.reader(ctx).QueryxContext(ctx, query, args...)
	if err != nil {
		return 0, fmt.Errorf("find people: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var f found
		var micros int64
		var match bool
		if err := rows.Scan(&f.id, &micros, &match, &f.mask, &f.facets); err != nil {
			return 0, fmt.Errorf("read people: %w", err)
		}
		loose++
		if match {
			f.updatedAt = time.UnixMicro(micros).UTC()
			c.found = append(c.found, f)
		}
	}
	return loose, rows.Err()
}

// rowsSQL builds a statement from constants alone; every value is an argument. A query with places and weights is looked
// for without them, as the index has it, and tried on each row: so it is known how many rows it costs.
func (q *cvQuery) rowsSQL(source rowSource, filter string, after, until place, limit int) (string, []any) {
	args := []any{q.mode, after.updatedAt, after.id, until.updatedAt, until.id, q.loose, filter, limit}
	param := func(v any) string {
		args = append(args, v)
		return "$" + strconv.Itoa(len(args))
	}
	match, where := "true", string(source)
	if q.text != q.loose {
		match = "s.terms @@ (SELECT to_tsquery('cv', " + param(q.text) + "))"
	}
	mask := "0::bigint"
	if len(q.leaves) > 0 {
		var parts pq.StringArray
		var bits []string
		array := param(nil)
		for i, l := range q.leaves {
			for j, part := range l.parts {
				parts = append(parts, part)
				bits = append(bits, fmt.Sprintf("CASE WHEN s.terms @@ (SELECT to_tsquery('cv', (%s::text[])[%d])) THEN %d ELSE 0 END", array, len(parts), int64(1)<<(4*i+j)))
			}
		}
		args[len(args)-1] = parts
		mask = "CASE WHEN " + match + " THEN (" + strings.Join(bits, " + ") + ")::bigint ELSE 0 END"
	}
	// What words alone cannot tell: exact years and distance.
	if q.years > 0 {
		where += " AND s.years >= " + param(q.years)
	}
	if c := q.circle; c != nil {
		latitude, longitude := param(c.latitude)+"::float8", param(c.longitude)+"::float8"
		where += " AND s.latitude >= " + param(c.south) + "::float8 AND s.latitude <= " + param(c.north) + "::float8 AND " +
			"12742 * asin(least(1, sqrt(sin(radians(s.latitude - " + latitude + ") / 2) ^ 2 + cos(radians(" + latitude + ")) * cos(radians(s.latitude))" +
			" * sin(radians(s.longitude - " + longitude + ") / 2) ^ 2))) <= " + param(c.radiusKm) + "::float8"
	}
	return `SELECT s.candidate_id, (extract(epoch FROM s.updated_at) * 1000000)::bigint, ` + match + `, ` + mask + `,
       CASE WHEN ` + match + ` THEN s.facets ELSE '' END
  FROM cv_search s WHERE ` + where + ` LIMIT $8`, args
}
