package cv

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"itmanagerjobs/store/pg"
)

// rowSource is how rows are found.
type rowSource string

// The conditions of the other source are hidden from the planner behind IS TRUE. The index takes a query in parts much
// faster than as a whole: it goes from one person who has the rarest part to the next, where of a whole with ORs it would
// look at all who have any of the words.
const (
	walkRows  rowSource = `(s.updated_at, s.candidate_id) < ($2, $3) AND (s.updated_at, s.candidate_id) >= ($4, $5) AND (s.terms @@ $15::tsquery) IS TRUE`
	indexRows rowSource = `((s.updated_at, s.candidate_id) < ($2, $3)) IS TRUE AND ((s.updated_at, s.candidate_id) >= ($4, $5)) IS TRUE AND (s.terms @@ $15::tsquery) IS TRUE`
)

// indexParts is how many parts a query is taken in at most.
const indexParts = 6

// scope is where rows are looked for: in some parts of cv_index, between two places.
type scope struct {
	slots        slotRange
	after, until place
	people       int     // there, about
	share        float64 // of them whom the index has for the query, about
	limit        int     // of the rows that the index has for the query
}

// rowsFound is who matches in a scope, and how many rows the index has for the query there.
type rowsFound struct {
	found []found
	loose int
}

func (c *collector) add(got ...rowsFound) {
	for _, g := range got {
		c.found = append(c.found, g.found...)
		c.loose += g.loose
	}
}

// rows finds who matches in a scope.
func (c *collector) rows(ctx context.Context, source rowSource, in scope) (rowsFound, error) {
	var got rowsFound
	query, args := c.q.rowsSQL(source, in)
	rows, err := c.s.db.Reader(ctx).Query(ctx, query, args...)
	if err != nil {
		return got, fmt.Errorf("find people: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var f found
		var micros int64
		var match bool
		if err := rows.Scan(&f.id, &micros, &match, &f.mask, &f.facets); err != nil {
			return got, fmt.Errorf("read people: %w", err)
		}
		got.loose++
		if match {
			f.updatedAt = time.UnixMicro(micros).UTC()
			got.found = append(got.found, f)
		}
	}
	return got, rows.Err()
}

// leafSteps are the numbers of leaves that have a statement: a connection keeps only so many.
var leafSteps = []int{0, 1, 2, 3, 4, 6, maxLeaves}

// rowsSQL builds a statement from constants alone; every value is an argument. A query with places and weights is looked
// for without them, as the index has it, and tried on each row: so it is known how many rows it costs.
func (q *query) rowsSQL(source rowSource, in scope) (string, []any) {
	args := []any{in.slots.first, in.after.updatedAt, in.after.id, in.until.updatedAt, in.until.id, in.limit, nil, q.years, nil, nil, nil, nil, nil}
	if q.text != q.loose {
		args[6] = q.text
	}
	if c := q.circle; c != nil {
		args[8], args[9], args[10], args[11], args[12] = c.latitude, c.longitude, c.south, c.north, c.radiusKm
	}
	has := func(tsquery string) string {
		args = append(args, tsquery)
		return "s.terms @@ $" + strconv.Itoa(len(args)) + "::tsquery"
	}
	where := []string{string(source)}
	if source == walkRows {
		args = append(args, in.slots.last, q.whole())
	} else {
		plan := q.plan(in)
		args = append(args, in.slots.last, plan.rest)
		for _, key := range plan.keys {
			where = append(where, has(key))
		}
	}
	steps, _ := slices.BinarySearch(leafSteps, len(q.leaves))
	mask, guarded := "0::bigint", slices.ContainsFunc(q.leaves, func(l leaf) bool { return l.phrase })
	var bits []string
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
          FROM cv_index s
         WHERE s.slot >= $1 AND s.slot <= $14 AND s.years >= $8 AND ($9::float8 IS NULL OR (s.latitude >= $11::float8 AND s.latitude <= $12::float8 AND ` + distanceSQL + ` <= $13::float8))
           AND ` + strings.Join(where, " AND ") + ` LIMIT $6) s`, args
}

// distanceSQL is the distance of a row from the middle of the circle, in kilometres; see circle.distance.
const distanceSQL = `12742 * asin(least(1, sqrt(sin(radians(s.latitude - $9::float8) / 2) ^ 2 + cos(radians($9::float8)) * cos(radians(s.latitude)) * sin(radians(s.longitude - $10::float8) / 2) ^ 2)))`

// part is one of the parts of a query, and the share of people who have it.
type part struct {
	tsquery string
	share   float64
}

// parts cuts the query and its filter into at most indexParts parts, all of which must match, the rarest first.
func (q *query) parts() []part {
	all := slices.Concat(conjuncts(q.loose), q.words)
	if len(all) == 0 {
		all = []string{pg.QuoteLexeme(everyone)}
	}
	if len(all) > indexParts {
		all = append(all[:indexParts-1:indexParts-1], strings.Join(all[indexParts-1:], " & "))
	}
	list := make([]part, len(all))
	for i, tsquery := range all {
		list[i].tsquery = tsquery
		if i < len(q.shares) {
			list[i].share = q.shares[i]
		}
	}
	slices.SortStableFunc(list, func(a, b part) int { return cmp.Compare(a.share, b.share) })
	return list
}

// whole is the query with its filter, the rarest part first.
func (q *query) whole() string {
	return strings.Join(pg.Column[[]string](q.parts(), func(p part) string { return p.tsquery }), " & ")
}

// What the index costs, in rows that are brought: to ask it at all; to find somebody who has the rarest part of a query,
// and one more spelling of it; to look whether they have a spelling of another part; and to pass over somebody who has
// that part. A beginning of words stands for many. And what a row costs that does not match.
const (
	askEffort        = 100.0
	findEffort       = 0.03
	spellingEffort   = 0.04
	stepEffort       = 0.006
	passEffort       = 0.002
	spellingsOfStart = 20
	tryEffort        = 0.6
)

// indexPlan is how the index is asked for a query.
type indexPlan struct {
	keys   []string // parts that the index is asked for; none when all rows are tried
	rest   string   // is tried on the rows
	effort float64  // in rows, those that are brought not among them
}

// plan chooses what the index is asked for. What would spare fewer rows than it costs is left to the rows.
func (q *query) plan(in scope) indexPlan {
	parts := q.parts()
	rows := float64(in.people)
	first := rows * parts[0].share
	p := indexPlan{effort: askEffort}
	for i, next := range parts {
		spellings := float64(strings.Count(next.tsquery, "|") + spellingsOfStart*strings.Count(next.tsquery, ":*"))
		effort := first * (findEffort + min(spellings, 3)*spellingEffort)
		if i > 0 {
			effort = first*stepEffort*(1+spellings) + passEffort*float64(in.people)*next.share
		}
		if i > 0 && rows*(1-next.share)*tryEffort < effort {
			p.rest = strings.Join(pg.Column[[]string](parts[i:], func(p part) string { return p.tsquery }), " & ")
			break
		}
		p.keys = append(p.keys, next.tsquery)
		p.rest = p.keys[0] // it is there already, and costs nothing
		p.effort += effort
		rows *= next.share
	}
	p.effort += tryEffort * max(rows-in.share*float64(in.people), 0)
	if tries := askEffort + tryEffort*min(float64(in.limit)/in.share, float64(in.people)); tries < p.effort {
		return indexPlan{rest: q.whole(), effort: tries}
	}
	return p
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
