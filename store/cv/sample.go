package cv

import (
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"
)

// sampleSize is how many people of the sample are looked at.
const sampleSize = 500

// sampleCount tells how many of how many people in the sample the query matches, and the selectivity of each of its conditions.
type sampleCount struct {
	people, hits  int
	selectivities []float64
}

// sample counts the hits in a sample of all people, so that the index can look for the rarest condition first.
func (c *collector) sample(ctx context.Context) (found sampleCount, err error) {
	counts := make([]int, maxConditions)
	in := partitionsOf(c.q.mode)
	args := append(make([]any, 0, 3+maxConditions), in.first, in.last, sampleSize)
	into := append(make([]any, 0, 2+maxConditions), &found.people, &found.hits)
	for i := range maxConditions {
		args = append(args, c.q.conditions[min(i, len(c.q.conditions)-1)].tsquery)
		into = append(into, &counts[i])
	}
	err = c.s.db.Reader(ctx).Each(ctx, func(rows *sqlx.Rows) error { return rows.Scan(into...) }, `
SELECT count(*), count(*) FILTER (WHERE a AND b AND c AND d AND e AND f), count(*) FILTER (WHERE a), count(*) FILTER (WHERE b), count(*) FILTER (WHERE c),
       count(*) FILTER (WHERE d), count(*) FILTER (WHERE e), count(*) FILTER (WHERE f)
  FROM (SELECT terms @@ $4::tsquery AS a, terms @@ $5::tsquery AS b, terms @@ $6::tsquery AS c, terms @@ $7::tsquery AS d, terms @@ $8::tsquery AS e, terms @@ $9::tsquery AS f
          FROM cv_index WHERE slot >= $1 AND slot <= $2 AND sampled LIMIT $3) s`, args...)
	if err != nil {
		return found, fmt.Errorf("read the sample: %w", err)
	}
	for i := range c.q.conditions {
		found.selectivities = append(found.selectivities, float64(counts[i])/float64(max(found.people, 1)))
	}
	return found, nil
}

// estimate gives the selectivity of the query, which is about the share of all people whom the index finds, and the precision
// of the index, which is about the share of these who match.
func (c *collector) estimate() (selectivity, precision float64) {
	precision = max(float64(max(len(c.hits), 1))/float64(max(c.fetched, 1)), 0.01)
	selectivity = float64(c.passed) / float64(c.scanned)
	if selectivity >= c.s.plan.rareShare {
		return selectivity, precision
	}
	// Half a match more: that there was none does not mean that there is none.
	selectivity = (float64(c.passed+c.sampled.hits) + 0.5) / float64(c.scanned+c.sampled.people+1)
	if c.passed+c.sampled.hits == 0 {
		independent := correlation
		for _, condition := range c.q.conditions {
			independent *= condition.selectivity
		}
		selectivity = min(selectivity, max(independent, 1e-9))
	}
	return selectivity, precision
}

// correlation is how many times more people match all conditions of a query than if the conditions were independent.
const correlation = 5.0
