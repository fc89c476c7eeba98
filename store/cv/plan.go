package cv

import (
	"cmp"
	"slices"
	"strings"

	"itmanagerjobs/store/pg"
)

// maxConditions is how many conditions a query is cut into at most.
const maxConditions = 6

// condition is one of the conditions of a query, which must all match.
type condition struct {
	expr         *expr
	tsquery      string  // in brackets when it is more than a lexeme
	alternatives int     // see expr.alternatives
	selectivity  float64 // about the share of people whom it matches; see collector.estimateBy
}

// conditionsOf writes conditions for PostgreSQL. At least one and at most maxConditions come out.
func conditionsOf(list []*expr) []condition {
	if len(list) == 0 {
		list = []*expr{lexeme(matchAll)}
	}
	if len(list) > maxConditions {
		list = append(slices.Clip(list[:maxConditions-1]), operation(opAnd, list[maxConditions-1:]...))
	}
	out := make([]condition, len(list))
	for i, e := range list {
		out[i] = condition{expr: e, tsquery: e.operand(), alternatives: e.alternatives()}
	}
	return out
}

// bySelectivity are the conditions of the query, the most selective first.
func (q *compiled) bySelectivity() []condition {
	list := slices.Clone(q.conditions)
	slices.SortStableFunc(list, func(a, b condition) int { return cmp.Compare(a.selectivity, b.selectivity) })
	return list
}

// together is one tsquery of some conditions.
func together(list []condition) string {
	return strings.Join(pg.Column[[]string](list, func(c condition) string { return c.tsquery }), " & ")
}

// The costs of an index lookup, in fetched rows: of any lookup; to find a person whom the first condition matches, and for each
// alternative in it; to check an alternative of another condition for that person; and to skip a person whom only the other
// condition matches. A prefix stands for many lexemes. The last is the cost of a fetched row that does not match.
const (
	lookupCost      = 100.0
	findCost        = 0.03
	alternativeCost = 0.04
	checkCost       = 0.006
	skipCost        = 0.002
	mismatchCost    = 0.6

	lexemesOfPrefix = 20
)

// lookupPlan is how the index is asked for a query.
type lookupPlan struct {
	keys   []string // tsqueries of the conditions that the index answers; none when every row is checked
	filter string   // a tsquery that is checked on the rows
	cost   float64  // in rows, without the rows that are fetched
}

// plan chooses the conditions that the index answers. A condition that would spare fewer rows than it costs is left to the rows.
func (q *compiled) plan(in indexRange) lookupPlan {
	conditions := q.bySelectivity()
	rows := float64(in.people)
	first := rows * conditions[0].selectivity
	p := lookupPlan{cost: lookupCost}
	for i, next := range conditions {
		alternatives := float64(next.alternatives)
		cost := first * (findCost + min(alternatives, 3)*alternativeCost)
		if i > 0 {
			cost = first*checkCost*(1+alternatives) + skipCost*float64(in.people)*next.selectivity
		}
		if i > 0 && rows*(1-next.selectivity)*mismatchCost < cost {
			p.filter = together(conditions[i:])
			break
		}
		p.keys = append(p.keys, next.tsquery)
		p.filter = p.keys[0] // the statement has one in any case; this one is true already, and costs nothing
		p.cost += cost
		rows *= next.selectivity
	}
	p.cost += mismatchCost * max(rows-in.selectivity*float64(in.people), 0)
	if scan := lookupCost + mismatchCost*min(float64(in.limit)/in.selectivity, float64(in.people)); scan < p.cost {
		return lookupPlan{filter: together(conditions), cost: scan}
	}
	return p
}
