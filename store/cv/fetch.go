package cv

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"itmanagerjobs/store/cvquery"
)

// access is the access path by which rows are found.
type access string

// The conditions of the other access path are hidden from the planner behind IS TRUE. The GIN index answers conditions much
// faster than a query as a whole: it goes from one person whom the rarest condition matches to the next, where of a whole with
// ORs it would read the posting lists of all lexemes.
const (
	recencyScan access = `(s.updated_at, s.candidate_id) < ($2, $3) AND (s.updated_at, s.candidate_id) >= ($4, $5) AND (s.terms @@ $15::tsquery) IS TRUE`
	indexLookup access = `((s.updated_at, s.candidate_id) < ($2, $3)) IS TRUE AND ((s.updated_at, s.candidate_id) >= ($4, $5)) IS TRUE AND (s.terms @@ $15::tsquery) IS TRUE`
)

// indexRange is the range of the index where rows are looked for: in some partitions, between two positions.
type indexRange struct {
	partitions   partitionRange
	after, until position
	people       int     // there, about
	selectivity  float64 // the share of them whom the index finds, about
	limit        int     // of the rows that the index finds
}

// fetched is the hits in a range of the index, and how many rows the index found there.
type fetched struct {
	hits []entry
	rows int
}

func (c *collector) add(got ...fetched) {
	for _, g := range got {
		c.hits = append(c.hits, g.hits...)
		c.fetched += g.rows
	}
}

// fetch finds the hits in a range of the index.
func (c *collector) fetch(ctx context.Context, by access, in indexRange) (fetched, error) {
	var got fetched
	query, args := c.q.fetchSQL(by, in)
	err := c.s.db.Reader(ctx).Each(ctx, func(rows *sqlx.Rows) error {
		var m entry
		var micros int64
		var matches bool
		if err := rows.Scan(&m.id, &micros, &matches, &m.termBits, &m.facets); err != nil {
			return err
		}
		got.rows++
		if matches {
			m.updatedAt = time.UnixMicro(micros).UTC()
			got.hits = append(got.hits, m)
		}
		return nil
	}, query, args...)
	if err != nil {
		return got, fmt.Errorf("find people: %w", err)
	}
	return got, nil
}

// termSteps are the numbers of terms that have a statement of their own: a connection keeps only so many prepared statements.
var termSteps = []int{0, 1, 2, 3, 4, 6, maxRankedTerms}

// unusedTerm fills a statement up. It is in no section of any profile.
var unusedTerm = newRankedTerm("", lexeme(noMatch))

// fetchSQL builds a statement from constants alone; every value is an argument. A query with positions and weights is looked
// for without them, as the index can answer it, and rechecked on each row: so it is known how many rows it costs.
func (q *compiled) fetchSQL(by access, in indexRange) (string, []any) {
	args := []any{in.partitions.first, in.after.updatedAt, in.after.id, in.until.updatedAt, in.until.id, in.limit, nil, q.minYears, nil, nil, nil, nil, nil}
	if q.recheck != "" {
		args[6] = q.recheck
	}
	if c := q.circle; c != nil {
		args[8], args[9], args[10], args[11], args[12] = c.latitude, c.longitude, c.south, c.north, c.radiusKm
	}
	has := func(tsquery string) string {
		args = append(args, tsquery)
		return "s.terms @@ $" + strconv.Itoa(len(args)) + "::tsquery"
	}
	where := []string{string(by)}
	if by == recencyScan {
		args = append(args, in.partitions.last, together(q.bySelectivity()))
	} else {
		plan := q.plan(in)
		args = append(args, in.partitions.last, plan.filter)
		for _, key := range plan.keys {
			where = append(where, has(key))
		}
	}
	bits := "0::bigint"
	if sum := q.termBits(has); len(sum) > 0 {
		bits = "CASE WHEN s.hit THEN (" + strings.Join(sum, " + ") + ")::bigint ELSE 0 END"
	}
	return `SELECT s.candidate_id, (extract(epoch FROM s.updated_at) * 1000000)::bigint, s.hit, ` + bits + `, CASE WHEN s.hit THEN s.facets ELSE '' END
  FROM (SELECT s.candidate_id, s.updated_at, s.facets, s.terms, CASE WHEN $7::tsquery IS NULL THEN true ELSE s.terms @@ $7 END AS hit
          FROM cv_index s
         WHERE s.slot >= $1 AND s.slot <= $14 AND s.years >= $8 AND ($9::float8 IS NULL OR (s.latitude >= $11::float8 AND s.latitude <= $12::float8 AND ` + distanceSQL + ` <= $13::float8))
           AND ` + strings.Join(where, " AND ") + ` LIMIT $6) s`, args
}

// termBits are the summands of entry.termBits; has writes a condition on the tsvector of a row.
func (q *compiled) termBits(has func(tsquery string) string) []string {
	step, _ := slices.BinarySearch(termSteps, len(q.terms))
	phrases := slices.ContainsFunc(q.terms, func(t rankedTerm) bool { return t.phrase })
	bits := make([]string, 0, cvquery.SectionCount*termSteps[step])
	for i := range termSteps[step] {
		t := unusedTerm
		if i < len(q.terms) {
			t = q.terms[i]
		}
		for j, section := range t.sections {
			var first string
			if phrases { // to look for lexemes is quicker than to look at their positions, too
				first = has(t.words[j]) + " AND "
			}
			bits = append(bits, fmt.Sprintf("CASE WHEN %s%s THEN %d ELSE 0 END", first, has(section), int64(1)<<(cvquery.SectionCount*i+j)))
		}
	}
	return bits
}

// distanceSQL is the distance of a row from the middle of the circle, in kilometres; see circle.distance.
const distanceSQL = `12742 * asin(least(1, sqrt(sin(radians(s.latitude - $9::float8) / 2) ^ 2 + cos(radians($9::float8)) * cos(radians(s.latitude)) * sin(radians(s.longitude - $10::float8) / 2) ^ 2)))`
