package cv

import (
	"context"
	"fmt"
	"time"

	"itmanagerjobs/store/board"
)

// Sort is the order of the hits of a search.
type Sort int

// The orders.
const (
	ByRelevance Sort = iota
	ByRecency
)

// MaxRanked is how many of the people who match are ranked and counted: the newest. To rank all who match a common query
// would take a second, and no employer reads so far.
const MaxRanked = 2000

// Query is a search of the CV database; zero values set no condition.
type Query struct {
	// Q is in the language of package cvquery.
	Q string
	// Location is a place that the taxonomy knows, or a pair of coordinates; RadiusKm is around it, 0 for 50. A country alone
	// has no radius.
	Location string
	RadiusKm int
	Skills   []string // all must be there
	// Of each of these lists one must be there.
	Seniorities    []board.Seniority
	RemoteTypes    []board.RemoteType
	Availabilities []string
	MinYears       int

	Sort Sort
	// Cursor is the NextCursor of a page that was sorted by recency; Offset counts from the first hit.
	Cursor string
	Offset int
	Limit  int
}

// Hit is a person as a search shows them: without name and contact data.
type Hit struct {
	ID              int64
	Title           string
	Seniority       string
	City            string
	Country         string
	DistanceKm      *float64
	Skills          []string
	YearsExperience *int
	RemoteType      *board.RemoteType
	Availability    string
	// Excerpts are HTML: what matches is marked, all else escaped.
	Excerpts    []string
	Score       float64 // from 0 to 100
	Explanation []string
	// When Unlocked or InPipeline is set, opening the profile is free.
	Unlocked   bool
	InPipeline bool
	UpdatedAt  time.Time
}

// Facet is a value and how many of the ranked people have it.
type Facet struct {
	Value string
	Count int
}

// Facets are the commonest values, commonest first.
type Facets struct {
	Skills     []Facet
	Seniority  []Facet
	Country    []Facet
	City       []Facet
	RemoteType []Facet
}

// Result is a page of hits. Total counts those who match, up to MaxRanked; when there may be more, TotalIsExact is false. After
// a cursor there are no facets.
type Result struct {
	Total        int
	TotalIsExact bool
	Hits         []Hit
	NextCursor   string
	Facets       Facets
	DidYouMean   string
}

// searchesAtOnce bounds how many searches this copy of the program runs at a time: more would only compete for processors.
const searchesAtOnce = 2

// Search searches the CV database of the tenant's mode. It is free and shows no contact data.
// Errors: *cvquery.SyntaxError, *UnknownPlaceError, ErrBlankPlace, ErrBadCursor.
//
//house:told a search is a GET, whose answers are not recorded; to note a page of people each time would cost
func (s *Store) Search(ctx context.Context, t board.Tenant, search Query) (Result, error) {
	q, err := s.compile(ctx, t.Mode, search)
	if err != nil {
		return Result{}, err
	}
	select {
	case s.searching <- struct{}{}:
		defer func() { <-s.searching }()
	case <-ctx.Done():
		return Result{}, fmt.Errorf("wait for other searches: %w", ctx.Err())
	}
	r, page, err := s.search(ctx, q, search)
	if err != nil {
		return Result{}, fmt.Errorf("search the CV database: %w", err)
	}
	if r.Hits, err = s.showHits(ctx, t, q, page); err != nil {
		return Result{}, fmt.Errorf("show the hits: %w", err)
	}
	if r.Total < fewHits {
		r.DidYouMean = didYouMean(search.Q, q.parsed)
	}
	return r, nil
}

func (s *Store) search(ctx context.Context, q *compiled, search Query) (Result, []scored, error) {
	var r Result
	// One more than is wanted tells whether there are more.
	c := collector{s: s, q: q, from: newest, wanted: s.plan.ranked + 1, needed: s.plan.page + 1, strict: search.Sort == ByRecency}
	if c.strict {
		c.needed = max(c.needed, search.Offset+search.Limit+1)
	}
	if q.after != nil {
		c.from, c.wanted, c.needed = q.after.position, search.Limit+1, search.Limit+1
	}
	if err := c.run(ctx); err != nil {
		return r, nil, err
	}
	list := rank(q, c.hits[:min(len(c.hits), c.wanted-1)], s.db.Now())
	start := min(search.Offset, len(list))
	if q.after != nil {
		start, r.Total, r.TotalIsExact = 0, q.after.total, q.after.totalIsExact
	} else {
		r.Total, r.TotalIsExact = len(list), len(c.hits) < c.wanted && !c.truncated
		r.Facets = facetsOf(list)
	}
	if search.Sort == ByRelevance {
		list = sorted(list, byScore)
	}
	page := list[start:min(start+search.Limit, len(list))]
	if search.Sort == ByRecency && len(page) > 0 && start+len(page) < len(c.hits) {
		r.NextCursor = cursor{position: page[len(page)-1].position, total: r.Total, totalIsExact: r.TotalIsExact}.String()
	}
	return r, page, nil
}
