package job

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/publication"
	"itmanagerjobs/store/cvquery"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/taxonomy"
)

const (
	// windowJobs are the newest jobs that a search looks at before all others. A common word has hits enough among them, and to read
	// and sort all of its hits would take longer than all else.
	windowJobs = 10_000
	// maxRanked is how many hits are ranked, counted and shown: the newest, or the best paid.
	maxRanked = 500
	// fewHits is the number of hits below which a search suggests a spelling.
	fewHits = 5
	// halfLife is after how many days half is left of the advantage of a new job, which counts twice as much as a very old one.
	halfLife = 45.0
)

// hit is a job that a search has found.
type hit struct {
	JobID      int64     `db:"job_id"`
	PostedDate time.Time `db:"posted_date"`
	Employment string    `db:"employment_type"`
	Remote     string    `db:"remote_type"`
	Seniority  string    `db:"seniority"`
	SalaryStep int       `db:"salary_step"`
	Rank       float64   `db:"rank"`
	Count      int       `db:"count"`
}

// SearchJobs finds open jobs of all employers. Errors: invalid_request, when the query or the place is not understood.
func (s *Store) SearchJobs(ctx context.Context, q publication.Search) (publication.SearchPage, error) {
	return pg.Lagging(ctx, s.db, func(ctx context.Context) (publication.SearchPage, error) { return s.search(ctx, q) })
}

func (s *Store) search(ctx context.Context, q publication.Search) (publication.SearchPage, error) {
	if q.Empty() {
		return s.all(ctx, q)
	}
	plan, err := planSearch(q, s.db.Now())
	if err != nil {
		return publication.SearchPage{}, err
	}
	if plan.town != "" {
		var known bool
		if err := s.db.Reader(ctx).Get(ctx, &known, `SELECT EXISTS (SELECT 1 FROM job_index WHERE found @@ $1::tsquery)`, plan.town); err != nil {
			return publication.SearchPage{}, fmt.Errorf("find the jobs of a town: %w", err)
		}
		if !known {
			return publication.SearchPage{}, board.Invalid(unknownPlace(q.Place))
		}
	}
	if err := s.indexed(ctx, &plan); err != nil {
		return publication.SearchPage{}, err
	}
	hits, err := s.hits(ctx, plan)
	if err != nil {
		return publication.SearchPage{}, err
	}
	page := publication.SearchPage{Total: min(len(hits), maxRanked), Capped: len(hits) > maxRanked}
	hits = hits[:page.Total]
	page.Facets = facetsOf(hits, s.db.Now())
	if q.Sort == publication.SortBestMatch && plan.words != "" {
		score := func(h hit) float64 {
			return h.Rank * (1 + math.Exp2(-s.db.Now().Sub(h.PostedDate).Hours()/24/halfLife))
		}
		slices.SortStableFunc(hits, func(a, b hit) int { return cmp.Compare(score(b), score(a)) })
	}
	if page.Total < fewHits {
		if page.DidYouMean = taxonomy.DidYouMean(q.Q, plan.parsed); page.DidYouMean == "" && page.Total == 0 {
			page.DidYouMean, err = s.looserQuery(ctx, q)
		}
		if err != nil {
			return page, err
		}
	}
	shown := hits[min(q.Offset, len(hits)):min(q.Offset+q.Limit, len(hits))]
	page.Listings, err = s.listed(ctx, shown)
	return page, err
}

// looserQuery is a query that finds something where q finds nothing: with umlauts that were typed as two letters, or with other endings.
// It is empty when there is none.
func (s *Store) looserQuery(ctx context.Context, q publication.Search) (string, error) {
	for _, query := range cvquery.Looser(q.Q) {
		q.Q = query
		plan, err := planSearch(q, s.db.Now())
		if err != nil {
			continue
		}
		if err := s.indexed(ctx, &plan); err != nil {
			return "", err
		}
		if hits, err := s.hits(ctx, plan); err != nil || len(hits) > 0 {
			return query, err
		}
	}
	return "", nil
}

// hits are up to maxRanked hits, in their order, and one more of them when there are others.
func (s *Store) hits(ctx context.Context, p searchPlan) (hits []hit, err error) {
	var in window // of the first jobs; zero when all are in it
	err = s.db.Reader(ctx).Get(ctx, &in, fmt.Sprintf(`SELECT posted_date, salary_year FROM job_index%s OFFSET %d LIMIT 1`, p.order(), windowJobs))
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("find where the first jobs end: %w", err)
	}
	if p.bestPaid {
		in.PostedDate = time.Time{}
	} else {
		in.SalaryYear = 0
	}
	if in.SalaryYear > 0 || in.PostedDate.After(p.since) {
		if hits, err = s.hitsIn(ctx, p, in); err != nil || len(hits) > maxRanked {
			return hits, err
		}
	}
	if in.SalaryYear = 0; p.since.After(in.PostedDate) {
		in.PostedDate = p.since
	} else {
		in.PostedDate = time.Time{}
	}
	return s.hitsIn(ctx, p, in)
}

// hitsIn are up to maxRanked+1 hits in a window, in their order.
func (s *Store) hitsIn(ctx context.Context, p searchPlan, in window) (hits []hit, err error) {
	statement, args := p.sql(in)
	if err := s.db.Reader(ctx).List(ctx, &hits, statement, args...); err != nil {
		return nil, fmt.Errorf("search jobs: %w", err)
	}
	return hits, nil
}

// facetsOf counts the values of hits.
func facetsOf(hits []hit, now time.Time) []publication.Facet {
	counts := map[publication.Facet]int{}
	for _, h := range hits {
		n := cmp.Or(h.Count, 1)
		for filter, value := range map[string]string{publication.FacetEmployment: h.Employment, publication.FacetRemote: h.Remote, publication.FacetSeniority: h.Seniority} {
			if value != "" {
				counts[publication.Facet{Filter: filter, Value: value}] += n
			}
		}
		for step := range h.SalaryStep {
			counts[publication.Facet{Filter: publication.FacetSalary, Value: strconv.Itoa(step + 1)}] += n
		}
		for _, days := range publication.PostedDays {
			if now.Sub(h.PostedDate) < time.Duration(days)*24*time.Hour {
				counts[publication.Facet{Filter: publication.FacetPosted, Value: strconv.Itoa(days)}] += n
			}
		}
	}
	facets := make([]publication.Facet, 0, len(counts))
	for f, n := range counts {
		f.Count = n
		facets = append(facets, f)
	}
	return facets
}

// listed reads the jobs of hits, in their order. One that was closed meanwhile is left out.
func (s *Store) listed(ctx context.Context, hits []hit) ([]publication.Listing, error) {
	ids := pg.Column[pq.Int64Array](hits, func(h hit) int64 { return h.JobID })
	var rows []listingRow
	err := s.db.Reader(ctx).List(ctx, &rows, `
SELECT e.name AS employer_name, `+ofJob(summaryColumns)+`
  FROM jobs j JOIN employers e ON e.id = j.employer_id WHERE j.id = ANY ($1) AND `+publicCondition+`
 ORDER BY array_position($1::bigint[], j.id)`, ids)
	if err != nil {
		return nil, fmt.Errorf("list public jobs: %w", err)
	}
	return listings(rows), nil
}
