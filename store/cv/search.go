package cv

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"itmanagerjobs/store/board"
)

// CvSort is the order of the hits of a search.
type Sort int

// The orders.
const (
	CvByRelevance Sort = iota
	CvByRecency
)

// MaxRanked is how many of the people that match are ranked and counted: the newest. To rank all of a common query
// would take a second, and nobody reads so far.
const MaxRanked = 2000

// CvSearch is a search of the CV database; zero values narrow nothing.
type Query struct {
	// Q is in the language of package cvquery.
	Q string
	// Location is a place that the taxonomy knows, or a pair of coordinates; RadiusKm is around it. A country alone has
	// no radius.
	Location     string
	RadiusKm     int
	Skills       []string // all of them
	Seniority    *board.Seniority
	RemoteType   *board.RemoteType
	Availability string
	MinYears     int

	Sort Sort
	// Cursor goes on after a page that was sorted by recency; Offset counts from the first hit.
	Cursor string
	Offset int
	Limit  int
}

// CvHit is a person as a search shows them: without name and contact data.
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
	Score       float64
	Explanation []string
	// Unlocked and InPipeline tell that opening the profile is free.
	Unlocked   bool
	InPipeline bool
	UpdatedAt  time.Time
}

// CvFacet is a value and how many of the ranked people have it.
type Facet struct {
	Value string
	Count int
}

// CvFacets are the commonest values, commonest first.
type Facets struct {
	Skills     []Facet
	Seniority  []Facet
	Country    []Facet
	City       []Facet
	RemoteType []Facet
}

// CvResult is a page of hits. Total is what matches, up to MaxRanked, which TotalIsExact tells apart. After a cursor
// there are no facets.
type Result struct {
	Total        int
	TotalIsExact bool
	Hits         []Hit
	NextCursor   string
	Facets       Facets
	DidYouMean   string
}

// searchesAtOnce bounds how many searches this copy of the program runs: more only wait for one another's processor.
const searchesAtOnce = 2

// SearchCandidates searches the CV database of the tenant's mode. It is free and shows nobody's contact data.
// Errors: invalid_query naming q, location or cursor.
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

func (s *Store) search(ctx context.Context, q *query, search Query) (Result, []ranked, error) {
	var r Result
	// One more than is wanted tells whether there are more.
	c := collector{s: s, q: q, from: newestPlace, want: s.plan.ranked + 1, must: s.plan.page + 1, exact: search.Sort == CvByRecency}
	if c.exact {
		c.must = max(c.must, search.Offset+search.Limit+1)
	}
	if q.after != nil {
		c.from, c.want, c.must = q.after.place, search.Limit+1, search.Limit+1
	}
	if err := c.run(ctx); err != nil {
		return r, nil, err
	}
	list := rank(q, c.found[:min(len(c.found), c.want-1)], s.db.Now())
	start := min(search.Offset, len(list))
	if q.after != nil {
		start, r.Total, r.TotalIsExact = 0, q.after.total, q.after.totalIsExact
	} else {
		r.Total, r.TotalIsExact = len(list), len(c.found) < c.want && !c.cut
		r.Facets = facetsOf(list)
	}
	if search.Sort == CvByRelevance {
		list = sorted(list, byScore)
	}
	page := list[start:min(start+search.Limit, len(list))]
	if search.Sort == CvByRecency && len(page) > 0 && start+len(page) < len(c.found) {
		r.NextCursor = cursor{place: page[len(page)-1].place, total: r.Total, totalIsExact: r.TotalIsExact}.String()
	}
	return r, page, nil
}

// place is where somebody stands in the order of recency.
type place struct {
	updatedAt time.Time
	id        int64
}

// newestPlace is before everybody. PostgreSQL's infinity has no time.Time.
var newestPlace = place{updatedAt: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)}

// oldestPlace is after everybody.
var oldestPlace = place{updatedAt: time.Unix(0, 0).UTC()}

func (p place) compare(o place) int {
	if c := o.updatedAt.Compare(p.updatedAt); c != 0 {
		return c
	}
	return int(min(max(o.id-p.id, -1), 1))
}

// cursor goes on after a place, and carries what was counted on the first page.
type cursor struct {
	place

	total        int
	totalIsExact bool
}

func (c cursor) String() string {
	text := fmt.Sprintf("%d.%d.%d.%t", c.updatedAt.UnixMicro(), c.id, c.total, c.totalIsExact)
	return base64.RawURLEncoding.EncodeToString([]byte(text))
}

func parseCursor(s string) (cursor, bool) {
	text, err := base64.RawURLEncoding.DecodeString(s)
	parts := strings.Split(string(text), ".")
	if err != nil || len(parts) != 4 {
		return cursor{}, false
	}
	at, err1 := strconv.ParseInt(parts[0], 10, 64)
	id, err2 := strconv.ParseInt(parts[1], 10, 64)
	total, err3 := strconv.Atoi(parts[2])
	exact, err4 := strconv.ParseBool(parts[3])
	c := cursor{place: place{updatedAt: time.UnixMicro(at).UTC(), id: id}, total: total, totalIsExact: exact}
	return c, errors.Join(err1, err2, err3, err4) == nil && c.updatedAt.Year() > 0 && c.updatedAt.Year() < 9999
}
