package store

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/cvquery"
	"itmanagerjobs/store/taxonomy"
)

// CvSort is the order of the hits of a search.
type CvSort int

// The orders.
const (
	CvByRelevance CvSort = iota
	CvByRecency
)

// MaxRanked is how many of the people that match are ranked and counted: the newest. To rank all of a common query
// would take a second, and nobody reads so far.
const MaxRanked = 2000

// CvSearch is a search of the CV database; zero values narrow nothing.
type CvSearch struct {
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

	Sort CvSort
	// Cursor goes on after a page that was sorted by recency; Offset counts from the first hit.
	Cursor string
	Offset int
	Limit  int
}

// CvHit is a person as a search shows them: without name and contact data.
type CvHit struct {
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
type CvFacet struct {
	Value string
	Count int
}

// CvFacets are the commonest values, commonest first.
type CvFacets struct {
	Skills     []CvFacet
	Seniority  []CvFacet
	Country    []CvFacet
	City       []CvFacet
	RemoteType []CvFacet
}

// CvResult is a page of hits. Total is what matches, up to MaxRanked, which TotalIsExact tells apart. After a cursor
// there are no facets.
type CvResult struct {
	Total        int
	TotalIsExact bool
	Hits         []CvHit
	NextCursor   string
	Facets       CvFacets
	DidYouMean   string
}

// searchesAtOnce bounds how many searches this copy of the program runs: more only wait for one another's processor.
const searchesAtOnce = 2

// SearchCandidates searches the CV database of the tenant's mode. It is free and shows nobody's contact data.
// Errors: invalid_query naming q, location or cursor.
func (s *Store) SearchCandidates(ctx context.Context, t Tenant, search CvSearch) (CvResult, error) {
	q, err := compile(t.Mode, search)
	if err != nil {
		return CvResult{}, err
	}
	select {
	case s.searching <- struct{}{}:
		defer func() { <-s.searching }()
	case <-ctx.Done():
		return CvResult{}, fmt.Errorf("wait for other searches: %w", ctx.Err())
	}
	r, page, err := s.search(ctx, q, search)
	if err != nil {
		return CvResult{}, fmt.Errorf("search the CV database: %w", err)
	}
	if r.Hits, err = s.showHits(ctx, t, q, page); err != nil {
		return CvResult{}, fmt.Errorf("show the hits: %w", err)
	}
	if r.Total < fewHits {
		r.DidYouMean = didYouMean(search.Q, q.parsed)
	}
	return r, nil
}

func (s *Store) search(ctx context.Context, q *cvQuery, search CvSearch) (CvResult, []ranked, error) {
	var r CvResult
	// One more than is wanted tells whether there are more.
	c := collector{s: s, q: q, from: newestPlace, want: s.plan.ranked + 1, exact: search.Sort == CvByRecency}
	if q.after != nil {
		c.from, c.want = q.after.place, search.Limit+1
	}
	if err := c.run(ctx); err != nil {
		return r, nil, err
	}
	list := rank(q, c.found[:min(len(c.found), c.want-1)], s.Now())
	start := min(search.Offset, len(list))
	if q.after != nil {
		start, r.Total, r.TotalIsExact = 0, q.after.total, q.after.totalIsExact
	} else {
		r.Total, r.TotalIsExact = len(list), len(c.found) < c.want && !c.cut
		r.Facets = facetsOf(list)
	}
	if search.Sort == CvByRelevance {
		slices.SortFunc(list, byScore)
	}
	page := list[start:min(start+search.Limit, len(list))]
	if search.Sort == CvByRecency && len(page) > 0 && start+len(page) < len(c.found) {
		r.NextCursor = cursor{place: page[len(page)-1].place, total: r.Total, totalIsExact: r.TotalIsExact}.String()
	}
	return r, page, nil
}

// cvQuery is a search in the form in which it runs.
type cvQuery struct {
	mode   board.Mode
	parsed cvquery.Query
	text   string   // for to_tsquery
	loose  string   // the same as the index of words has it, without places and weights: it finds more
	words  []string // for a cast to tsquery; all of them
	circle *circle
	years  int
	leaves []leaf
	after  *cursor
}

// maxLeaves is how many terms of a query count for its ranking.
const maxLeaves = 8

// leaf is a term of a query: a word or phrase with its other spellings, as a query of each part of a profile.
type leaf struct {
	text  string
	parts [4]string
}

func compile(mode board.Mode, search CvSearch) (*cvQuery, error) {
	parsed, err := cvquery.Parse(search.Q, taxonomy.Synonyms)
	if bad, ok := errors.AsType[*cvquery.Error](err); ok {
		return nil, badParameter("q", board.FieldInvalidFormat, fmt.Sprintf("is wrong at character %d: %s", bad.Position, bad.Message))
	}
	if err != nil {
		return nil, fmt.Errorf("parse query: %w", err)
	}
	q := &cvQuery{mode: mode, parsed: parsed, text: parsed.TSQuery(), loose: loosened(parsed.TSQuery()), years: search.MinYears}
	for _, l := range parsed.Leaves() {
		if len(q.leaves) == maxLeaves {
			break
		}
		q.leaves = append(q.leaves, newLeaf(l))
	}
	q.narrow(search)
	if err := q.locate(search); err != nil {
		return nil, err
	}
	if search.Cursor == "" {
		return q, nil
	}
	after, ok := parseCursor(search.Cursor)
	if !ok || search.Sort != CvByRecency {
		return nil, badParameter("cursor", board.FieldInvalid, "must be the nextCursor of a page of the same search, sorted by recency")
	}
	q.after = &after
	return q, nil
}

func badParameter(field, code, message string) error {
	return &board.Error{Code: board.CodeInvalidQuery, Message: "The query parameter " + field + " " + strings.TrimSuffix(message, ".") + ".", Fields: []board.FieldError{{Field: field, Code: code, Message: message}}}
}

func newLeaf(l cvquery.Leaf) leaf {
	out := leaf{text: l.Text}
	for i := range out.parts {
		out.parts[i] = inPart(l.TSQuery, "ABCD"[i])
	}
	return out
}

// loosened is a query without the places and weights of its words, which the index of words does not know: it finds
// all that the query finds, and more. What must not be there is not looked for at all where it has some.
func loosened(tsquery string) string {
	var b strings.Builder
	for {
		before, not, found := strings.Cut(tsquery, "!(")
		b.WriteString(looseTerms(before))
		if !found {
			return b.String()
		}
		depth, end := 1, 0
		for ; depth > 0; end++ {
			switch not[end] {
			case '(':
				depth++
			case ')':
				depth--
			}
		}
		if inner := not[:end-1]; looseTerms(inner) == inner {
			b.WriteString("!(" + inner + ")")
		} else {
			b.WriteString("!(" + nowhere + ")")
		}
		tsquery = not[end:]
	}
}

func looseTerms(tsquery string) string {
	tsquery = weighted.ReplaceAllString(tsquery, "'$1")
	return strings.ReplaceAll(tsquery, " <-> ", " & ")
}

var weighted = regexp.MustCompile(`'(:\*)[ABCD]+|':[ABCD]+`)

// nowhere is a word that no text has: letters and digits are never glued to each other by cvquery.Normalize in this way.
const nowhere = "'nowhere0nowhere'"

// inPart narrows every word of a query to one weight. A word that is looked for in other parts alone matches nothing.
func inPart(tsquery string, weight byte) string {
	var b strings.Builder
	for i, piece := range strings.Split(tsquery, "'") {
		switch {
		case i%2 == 1: // a word; its options follow
			b.WriteString("'" + piece + "'")
		case i == 0 || !strings.HasPrefix(piece, ":"):
			if i > 0 {
				b.WriteString(":" + string(weight))
			}
			b.WriteString(piece)
		default:
			options := piece[1:]
			rest := strings.TrimLeft(options, "*ABCD")
			options = options[:len(options)-len(rest)]
			star := strings.Contains(options, "*")
			weights := strings.ReplaceAll(options, "*", "")
			if weights != "" && strings.IndexByte(weights, weight) < 0 {
				// Take the word back.
				before := b.String()
				b.Reset()
				b.WriteString(before[:strings.LastIndexByte(strings.TrimSuffix(before, "'"), '\'')])
				b.WriteString(nowhere)
				star = false
			}
			b.WriteByte(':')
			if star {
				b.WriteByte('*')
			}
			b.WriteByte(weight)
			b.WriteString(rest)
		}
	}
	return b.String()
}

func (q *cvQuery) narrow(search CvSearch) {
	for _, s := range search.Skills {
		name, _ := taxonomy.CanonicalSkill(s)
		if name = strings.ToLower(strings.TrimSpace(name)); name != "" {
			q.words = append(q.words, quoteWord(skillWord+storable(name)))
		}
	}
	if search.Seniority != nil {
		q.words = append(q.words, quoteWord(seniorityWord+string(*search.Seniority)))
	}
	if search.RemoteType != nil {
		q.words = append(q.words, quoteWord(remoteWord+string(*search.RemoteType)))
	}
	if search.Availability != "" {
		q.words = append(q.words, quoteWord(availabilityWord+storable(search.Availability)))
	}
	for _, step := range slices.Backward(yearSteps) {
		if step <= search.MinYears {
			q.words = append(q.words, quoteWord(yearsWord+strconv.Itoa(step)))
			break
		}
	}
}

// defaultRadiusKm is the radius of a place without one.
const defaultRadiusKm = 50

func (q *cvQuery) locate(search CvSearch) error {
	if strings.TrimSpace(search.Location) == "" {
		return nil
	}
	// A country may have the name of a city in it (Luxembourg, Singapore): with a radius the city is meant.
	if country, ok := taxonomy.Country(search.Location); ok && search.RadiusKm == 0 {
		q.words = append(q.words, quoteWord(countryWord+strings.ToLower(country)))
		return nil
	}
	city, ok := taxonomy.Locate(search.Location)
	if !ok {
		return badParameter("location", board.FieldNotAllowed,
			`is not a place that is known here; give a larger city ("Leeds", "Leeds, United Kingdom"), a country, or coordinates ("53.8,-1.55")`)
	}
	radius := search.RadiusKm
	if radius == 0 {
		radius = defaultRadiusKm
	}
	c := newCircle(city.Latitude, city.Longitude, float64(radius))
	q.circle = &c
	if cells := c.cells(); len(cells) > 0 {
		q.words = append(q.words, anyWord(cells))
	}
	return nil
}

// quoteWord writes a word so that a cast to tsquery takes it as it is.
func quoteWord(w string) string {
	if strings.ContainsAny(w, `\'`) {
		w = wordEscaper.Replace(w)
	}
	return "'" + w + "'"
}

var wordEscaper = strings.NewReplacer(`\`, `\\`, `'`, `''`)

func anyWord(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = quoteWord(w)
	}
	return "(" + strings.Join(quoted, "|") + ")"
}

// filter is what the index of words is narrowed by, and by one of the times when there are any.
func (q *cvQuery) filter(times []string) string {
	words := q.words
	if len(times) > 0 {
		words = append(slices.Clone(words), anyWord(times))
	}
	if len(words) == 0 {
		return quoteWord(everyone)
	}
	return strings.Join(words, "&")
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
