package cv

import (
	"cmp"
	"slices"

	"itmanagerjobs/store/pg"
)

// maxClauses is how many clauses a query is cut into at most.
const maxClauses = 6

// clause is a condition of a query, all of which must match, and the share of people whom it matches.
type clause struct {
	cond        *expr
	selectivity float64
}

// clauses are those of the query and its filters, the most selective first.
func (q *compiled) clauses() []clause {
	list := make([]clause, len(q.conditions))
	for i, cond := range q.conditions {
		list[i].cond = cond
		if i < len(q.selectivities) {
			list[i].selectivity = q.selectivities[i]
		}
	}
	slices.SortStableFunc(list, func(a, b clause) int { return cmp.Compare(a.selectivity, b.selectivity) })
	return list
}

// together is one tsquery of some clauses.
func together(list []clause) string {
	return operation(opAnd, pg.Column[[]*expr](list, func(c clause) *expr { return c.cond })...).String()
}

// The costs of an index lookup, in fetched rows: of any lookup; to find somebody whom the first clause matches, and for each
// alternative in it; to check an alternative of another clause for them; and to skip somebody whom that clause alone matches.
// A prefix stands for many lexemes. And the cost of a fetched row that does not match.
const (
	lookupCost      = 100.0
	findCost        = 0.03
	alternativeCost = 0.04
	checkCost       = 0.006
	skipCost        = 0.002
	lexemesOfPrefix = 20
	mismatchCost    = 0.6
)

// lookupPlan is how the index is asked for a query.
type lookupPlan struct {
	keys   []string // tsqueries of the clauses that the index answers; none when every row is checked
	filter string   // a tsquery that is checked on the rows
	cost   float64  // in rows, without the rows that are fetched
}

// plan chooses the clauses that the index answers. A clause that would spare fewer rows than it costs is left to the rows.
func (q *compiled) plan(in scope) lookupPlan {
	clauses := q.clauses()
	rows := float64(in.people)
	first := rows * clauses[0].selectivity
	p := lookupPlan{cost: lookupCost}
	for i, next := range clauses {
		alternatives := float64(next.cond.alternatives())
		cost := first * (findCost + min(alternatives, 3)*alternativeCost)
		if i > 0 {
			cost = first*checkCost*(1+alternatives) + skipCost*float64(in.people)*next.selectivity
		}
		if i > 0 && rows*(1-next.selectivity)*mismatchCost < cost {
			p.filter = together(clauses[i:])
			break
		}
		p.keys = append(p.keys, next.cond.String())
		p.filter = p.keys[0] // the statement has one in any case; this one is true already, and costs nothing
		p.cost += cost
		rows *= next.selectivity
	}
	p.cost += mismatchCost * max(rows-in.selectivity*float64(in.people), 0)
	if scan := lookupCost + mismatchCost*min(float64(in.limit)/in.selectivity, float64(in.people)); scan < p.cost {
		return lookupPlan{filter: together(clauses), cost: scan}
	}
	return p
}
