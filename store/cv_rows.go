package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// rowSource is how rows are found.
type rowSource string

// The conditions of the other source are hidden from the planner behind IS TRUE. The index takes a query in parts much
// faster than as a whole: it goes from one person who has the rarest part to the next, where of a whole with ORs it would
// look at all who have any of the words.
const (
	walkRows rowSource = `s.mode = $1 AND (s.updated_at, s.candidate_id) < ($2, $3) AND (s.updated_at, s.candidate_id) >= ($4, $5)
   AND (s.terms @@ $14::tsquery) IS TRUE AND coalesce($15::tsquery, $16, $17, $18, $19, $20) IS NOT NULL`
	indexRows rowSource = `(s.mode = $1) IS TRUE AND ((s.updated_at, s.candidate_id) < ($2, $3)) IS TRUE AND ((s.updated_at, s.candidate_id) >= ($4, $5)) IS TRUE
   AND s.terms @@ $14::tsquery AND s.terms @@ $15::tsquery AND s.terms @@ $16::tsquery AND s.terms @@ $17::tsquery AND s.terms @@ $18::tsquery AND s.terms @@ $19::tsquery
   AND (s.terms @@ $20::tsquery) IS TRUE`
)

// indexParts is how many parts indexRows takes a query in.
const indexParts = 6

// add adds those who match between two places, and when, and tells how many rows the index has for the query there, at
// most limit.
func (c *collector) add(ctx context.Context, source rowSource, when *part, after, until place, limit int) (loose int, err error) {
	query, args := c.q.rowsSQL(source, when, after, until, limit)
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
	c.loose += loose
	return loose, rows.Err()
}

// leafSteps are the numbers of leaves that have a statement: a connection keeps only so many.
var leafSteps = []int{0, 1, 2, 3, 4, 6, maxLeaves}

// rowsSQL builds a statement from constants alone; every value is an argument. A query with places and weights is looked
// for without them, as the index has it, and tried on each row: so it is known how many rows it costs.
func (q *cvQuery) rowsSQL(source rowSource, when *part, after, until place, limit int) (string, []any) {
	args := []any{q.mode, after.updatedAt, after.id, until.updatedAt, until.id, limit, nil, q.years, nil, nil, nil, nil, nil}
	if q.text != q.loose {
		args[6] = q.text
	}
	if c := q.circle; c != nil {
		args[8], args[9], args[10], args[11], args[12] = c.latitude, c.longitude, c.south, c.north, c.radiusKm
	}
	keys, rest := q.keys(q.parts(when))
	if source == walkRows {
		keys = []string{q.whole()}
	}
	for i := range indexParts {
		args = append(args, keys[min(i, len(keys)-1)]) // one that is there already costs nothing
	}
	args = append(args, rest)
	steps, _ := slices.BinarySearch(leafSteps, len(q.leaves))
	mask, guarded := "0::bigint", slices.ContainsFunc(q.leaves, func(l leaf) bool { return l.phrase })
	var bits []string
	has := func(tsquery string) string {
		args = append(args, tsquery)
		return "s.terms @@ $" + strconv.Itoa(len(args)) + "::tsquery"
	}
	for i := range leafSteps[steps] {
		l := noLeaf
		if i < len(q.leaves) {
			l = q.leaves[i]
		}
		for j, part := range l.parts {
			var in string
			if guarded { // to look for words is quicker than to look at their places, too
				in = has(strings.ReplaceAll(part, " <-> ", " & ")) + " AND "
			}
			bits = append(bits, fmt.Sprintf("CASE WHEN %s%s THEN %d ELSE 0 END", in, has(part), int64(1)<<(4*i+j)))
		}
	}
	if len(bits) > 0 {
		mask = "CASE WHEN s.hit THEN (" + strings.Join(bits, " + ") + ")::bigint ELSE 0 END"
	}
	return `SELECT s.candidate_id, (extract(epoch FROM s.updated_at) * 1000000)::bigint, s.hit, ` + mask + `, CASE WHEN s.hit THEN s.facets ELSE '' END
  FROM (SELECT s.candidate_id, s.updated_at, s.facets, s.terms, CASE WHEN $7::tsquery IS NULL THEN true ELSE s.terms @@ $7 END AS hit
          FROM cv_search s
         WHERE s.years >= $8 AND ($9::float8 IS NULL OR (s.latitude >= $11::float8 AND s.latitude <= $12::float8 AND ` + distanceSQL + ` <= $13::float8))
           AND ` + string(source) + ` LIMIT $6) s`, args
}

// distanceSQL is the distance of a row from the middle of the circle, in kilometres; see circle.distance.
const distanceSQL = `12742 * asin(least(1, sqrt(sin(radians(s.latitude - $9::float8) / 2) ^ 2 + cos(radians($9::float8)) * cos(radians(s.latitude)) * sin(radians(s.longitude - $10::float8) / 2) ^ 2)))`

// part is one of the parts of a query, and the share of people who have it.
type part struct {
	tsquery string
	share   float64
}

// parts cuts the query and its filter into at most indexParts parts, all of which must match, the rarest first. when is
// what it is narrowed by beside, nil for nothing.
func (q *cvQuery) parts(when *part) []part {
	all := slices.Concat(conjuncts(q.loose), q.words)
	if len(all) == 0 {
		all = []string{quoteWord(everyone)}
	}
	if most := indexParts - 1; len(all) > most {
		all = append(all[:most-1:most-1], strings.Join(all[most-1:], " & "))
	}
	list := make([]part, len(all), len(all)+1)
	for i, tsquery := range all {
		list[i].tsquery = tsquery
		if i < len(q.shares) {
			list[i].share = q.shares[i]
		}
	}
	if when != nil {
		list = append(list, *when)
	}
	slices.SortStableFunc(list, func(a, b part) int { return cmp.Compare(a.share, b.share) })
	return list
}

// whole is the query with its filter, the rarest part first.
func (q *cvQuery) whole() string {
	return strings.Join(column[[]string](q.parts(nil), func(p part) string { return p.tsquery }), " & ")
}

// keyRows is how many rows are left to be tried one by one rather than to ask the index for another part, or manyKeyRows
// when half of them have that part anyway: a long list of the index is read as a whole.
const (
	keyRows     = 5_000
	manyKeyRows = 20_000
)

// keys are the parts that the index is asked for. What would hardly spare a row is left to the rows: each part costs, and
// one of many spellings a lot.
func (q *cvQuery) keys(parts []part) (keys []string, rest string) {
	rows := float64(max(q.people, 1))
	for i, p := range parts {
		if i > 0 && (rows <= keyRows || rows <= manyKeyRows && p.share > 0.5) {
			return keys, strings.Join(column[[]string](parts[i:], func(p part) string { return p.tsquery }), " & ")
		}
		keys = append(keys, p.tsquery)
		rows *= p.share
	}
	return keys, keys[0]
}

// conjuncts are the parts of a query that must all match. A part that only excludes stays with another: by itself it
// would have the whole index read.
func conjuncts(tsquery string) []string {
	if tsquery == "" {
		return nil
	}
	var parts, not []string
	depth, start := 0, 0
	for i := range len(tsquery) {
		switch tsquery[i] {
		case '(':
			depth++
		case ')':
			depth--
		case '|':
			if depth == 0 {
				return []string{shortened("(" + tsquery + ")")}
			}
		case '&':
			if depth == 0 {
				parts = append(parts, strings.TrimSpace(tsquery[start:i]))
				start = i + 1
			}
		}
	}
	parts = append(parts, strings.TrimSpace(tsquery[start:]))
	parts = slices.DeleteFunc(parts, func(p string) bool {
		if p[0] == '!' {
			not = append(not, p)
		}
		return p[0] == '!'
	})
	for i := range parts {
		parts[i] = shortened(parts[i])
	}
	if len(not) > 0 {
		parts[0] = strings.Join(append([]string{parts[0]}, not...), " & ")
	}
	return parts
}

// shortened leaves out of a row of spellings those that only ask for more words than another one does.
func shortened(tsquery string) string {
	if !strings.HasPrefix(tsquery, "(") || !strings.HasSuffix(tsquery, ")") || strings.Contains(tsquery, "!") {
		return tsquery
	}
	inner := tsquery[1 : len(tsquery)-1]
	all := strings.Split(inner, " | ")
	words := make([][]string, len(all))
	for i, spelling := range all {
		bare := strings.TrimSuffix(strings.TrimPrefix(spelling, "("), ")")
		if strings.ContainsAny(bare, "()") || strings.HasPrefix(spelling, "(") != strings.HasSuffix(spelling, ")") {
			return tsquery
		}
		words[i] = strings.Split(bare, " & ")
	}
	var kept []string
	for i, spelling := range all {
		longer := false
		for j := range all {
			within := !slices.ContainsFunc(words[j], func(w string) bool { return !slices.Contains(words[i], w) })
			longer = longer || within && (len(words[j]) < len(words[i]) || len(words[j]) == len(words[i]) && j < i)
		}
		if !longer {
			kept = append(kept, spelling)
		}
	}
	return "(" + strings.Join(kept, " | ") + ")"
}
