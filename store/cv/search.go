package cv

import (
	"context"
	"fmt"
	"slices"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/taxonomy"
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
	// Cursor is the NextCursor of a page in the same order; Offset counts from the first hit.
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

// Search searches the CV database of the tenant's mode. It is free and shows no contact data. Who is found may lag, see pg.MayLag; what
// is shown of them, and whether it is unlocked, does not.
// Errors: *cvquery.SyntaxError, *UnknownPlaceError, ErrBlankPlace, ErrBadCursor, ErrBusy.
//
//house:told a search is a GET, whose answers are not recorded; to note a page of people each time would cost
func (s *Store) Search(ctx context.Context, t board.Tenant, search Query) (Result, error) {
	return s.find(pg.MayLag(ctx), t, search)
}

func (s *Store) find(ctx context.Context, t board.Tenant, search Query) (Result, error) {
	q, err := s.compile(ctx, t.Mode, search)
	if err != nil {
		return Result{}, err
	}
	if err := s.enter(ctx, t); err != nil {
		return Result{}, err
	}
	defer s.searching.Leave(t.EmployerID)
	r, err := pg.Lagging(ctx, s.db, func(ctx context.Context) (found, error) { return s.search(ctx, q, search) })
	if err != nil {
		return Result{}, fmt.Errorf("search the CV database: %w", err)
	}
	if r.Hits, err = s.showHits(ctx, t, q, r.page); err != nil {
		return Result{}, fmt.Errorf("show the hits: %w", err)
	}
	if r.Total < fewHits {
		r.DidYouMean = taxonomy.DidYouMean(search.Q, q.parsed)
	}
	return r.Result, nil
}

// found is a page of a search that is not shown yet.
type found struct {
	Result

	page []scored
}

func (s *Store) search(ctx context.Context, q *compiled, search Query) (found, error) {
	var r found
	// One more than is wanted tells whether there are more.
	c := collector{s: s, q: q, from: newest, wanted: s.plan.ranked + 1, needed: s.plan.page + 1, strict: search.Sort == ByRecency}
	if c.strict {
		c.needed = max(c.needed, search.Offset+search.Limit+1)
	}
	now := s.db.Now().Truncate(scoredFor)
	switch {
	case q.after == nil:
	case q.after.ranking != nil:
		c.from, now = q.after.ranking.newest.before(), q.after.ranking.at
	default:
		c.from, c.wanted, c.needed = q.after.position, search.Limit+1, search.Limit+1
	}
	if err := c.run(ctx); err != nil {
		return r, err
	}
	list := rank(q, c.hits[:min(len(c.hits), c.wanted-1)], now)
	if q.after != nil {
		r.Total, r.TotalIsExact = q.after.total, q.after.totalIsExact
	} else {
		r.Total, r.TotalIsExact = len(list), len(c.hits) < c.wanted && !c.truncated
		r.Facets = facetsOf(list)
	}
	next := cursor{total: r.Total, totalIsExact: r.TotalIsExact}
	left := len(c.hits)
	if search.Sort == ByRelevance {
		left = len(list)
		next.ranking = q.rankingOf(list, now)
		list = sorted(list, byScore)
	}
	start := q.start(list, search.Offset)
	page := list[start:min(start+search.Limit, len(list))]
	if len(page) > 0 && start+len(page) < left {
		r.NextCursor = next.after(page[len(page)-1]).String()
	}
	r.page = page
	return r, nil
}

// scoredFor is how long scores stay as they are, so that the same search has the same answer. In that time recency loses 0.02 of 100.
const scoredFor = time.Hour

// rankingOf is the ranking of the first page, which is this one when there is no cursor. list is in the order of recency.
func (q *compiled) rankingOf(list []scored, now time.Time) *ranking {
	if q.after != nil {
		return q.after.ranking
	}
	r := &ranking{at: now, newest: newest}
	if len(list) > 0 {
		r.newest = list[0].position
	}
	return r
}

// start is where the page begins in the list: at the offset, or after the cursor.
func (q *compiled) start(list []scored, offset int) int {
	switch {
	case q.after == nil:
		return min(offset, len(list))
	case q.after.ranking == nil:
		return 0 // the list begins there
	}
	last := scored{entry: entry{position: q.after.position}, score: float64(q.after.ranking.score) / 100}
	start, _ := slices.BinarySearchFunc(list, last, func(s, last scored) int {
		if byScore(&s, &last) <= 0 {
			return -1
		}
		return 1
	})
	return start
}

// fewHits is the number of hits below which a search suggests a spelling.
const fewHits = 5
