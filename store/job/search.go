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
	"strings"
	"sync"
	"time"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/cvquery"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/taxonomy"
)

const (
	// windowJobs are the newest jobs that a search looks at before all others. A common word has hits enough among them, and to read
	// and sort all of its hits would take longer than all else.
	windowJobs = 10_000
	// maxRanked are the hits, the newest first, that are ranked, counted and shown.
	maxRanked = 500
	// fewHits is the number of hits below which a search suggests a spelling.
	fewHits = 5
	// halfLife is after how many days a job counts half.
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
func (s *Store) SearchJobs(ctx context.Context, q board.JobSearch) (board.JobSearchPage, error) {
	if q.Empty() {
		return s.newest(ctx, q)
	}
	plan, err := planSearch(q, s.db.Now())
	if err != nil {
		return board.JobSearchPage{}, err
	}
	hits, err := s.hits(ctx, plan)
	if err != nil {
		return board.JobSearchPage{}, err
	}
	page := board.JobSearchPage{Total: min(len(hits), maxRanked), Capped: len(hits) > maxRanked}
	hits = hits[:page.Total]
	page.Facets = facetsOf(hits, s.db.Now())
	if !q.Newest && plan.words != "" {
		score := func(h hit) float64 {
			return h.Rank * (1 + math.Exp2(-s.db.Now().Sub(h.PostedDate).Hours()/24/halfLife))
		}
		slices.SortStableFunc(hits, func(a, b hit) int { return cmp.Compare(score(b), score(a)) })
	}
	if page.Total < fewHits {
		page.DidYouMean = taxonomy.DidYouMean(q.Q, plan.parsed)
	}
	shown := hits[min(q.Offset, len(hits)):min(q.Offset+q.Limit, len(hits))]
	page.Listings, err = s.listed(ctx, shown)
	return page, err
}

// searchPlan is a search as conditions of SQL.
type searchPlan struct {
	parsed cvquery.Query
	// words is the query as text of to_tsquery, loose what the index is asked in its place, which is the same query when exact is true,
	// and filter the lexemes that must be there. All may be empty.
	words, loose, filter string
	exact                bool
	since                time.Time
	// Of a circle; radius is 0 for none.
	latitude, longitude, radius float64
	now                         time.Time
}

func planSearch(q board.JobSearch, now time.Time) (searchPlan, error) {
	p := searchPlan{now: now}
	var err error
	if p.parsed, err = cvquery.Parse(q.Q, taxonomy.Synonyms); err != nil {
		syntax, ok := errors.AsType[*cvquery.SyntaxError](err)
		if !ok {
			return p, err
		}
		return p, board.Invalid(board.FieldError{Field: "q", Code: board.FieldInvalidFormat, Message: "is not understood at character " + strconv.Itoa(syntax.Position) + ": " + syntax.Message})
	}
	p.words = p.parsed.String()
	p.loose, p.exact = p.parsed.Loose()
	var filters []string
	add := func(kind, value string) {
		if value != "" {
			filters = append(filters, pg.QuoteLexeme("~"+kind+":"+value))
		}
	}
	add("e", string(q.EmploymentType))
	add("r", string(q.RemoteType))
	add("l", string(q.Seniority))
	if q.SalaryStep > 0 {
		add("s", strconv.Itoa(q.SalaryStep))
	}
	if place := strings.TrimSpace(q.Place); place != "" {
		country, isCountry := board.FindCountry(place)
		city, located := taxonomy.Locate(place)
		switch {
		case isCountry:
			add("c", country.Code)
		case located:
			p.latitude, p.longitude = city.Latitude, city.Longitude
			p.radius = float64(min(cmp.Or(max(q.RadiusKm, 0), board.DefaultRadiusKm), board.MaxRadiusKm))
			near := pg.Column[[]string](cells(city.Latitude, city.Longitude, p.radius), func(c string) string { return pg.QuoteLexeme("~g:" + c) })
			filters = append(filters, "("+strings.Join(near, " | ")+")")
		default:
			return p, board.Invalid(board.FieldError{Field: "place", Code: board.FieldNotAllowed, Message: "is not a place that is known here: write a larger city nearby, such as Leeds, or a country"})
		}
	}
	p.filter = strings.Join(filters, " & ")
	if q.PostedWithin > 0 {
		p.since = now.Add(-q.PostedWithin)
	}
	return p, nil
}

// sql is a statement that finds up to maxRanked+1 hits, the newest first, and its arguments. With inWindow it finds those that were
// published after a date. Queries of words stand in the text of the condition as parameters, so that there are few statements to prepare.
//
// The index gives the candidates (see cvquery.Query.Loose), whose rows are short: terms stand apart from them. Only when the index alone
// cannot tell, terms are read, of one candidate after the other until there are hits enough. Queries of words are selects of their own,
// because PostgreSQL would make each of them anew for each row.
func (p searchPlan) sql(after time.Time, inWindow bool) (statement string, args []any) {
	args = []any{p.now, after, p.words, p.loose, p.filter, p.latitude, p.longitude, p.radius}
	query, rank, recheck := "", "0", ""
	switch {
	case p.words != "" && p.filter != "":
		query = "to_tsquery('cv', $4) && $5::tsquery"
	case p.words != "":
		query = "to_tsquery('cv', $4)"
	case p.filter != "":
		query = "$5::tsquery"
	}
	limit := fmt.Sprintf(" LIMIT %d", maxRanked+1)
	inner := limit
	if p.words != "" {
		// Of the hits that are shown alone.
		rank = "ts_rank('{0.15,0.4,0.7,1}', terms, (SELECT to_tsquery('cv', $3)))"
	}
	if !p.exact {
		// Without the offset PostgreSQL would read the terms before it sorts.
		recheck, inner = " WHERE terms @@ (SELECT to_tsquery('cv', $3))", " OFFSET 0"
	}
	where := "expiry_date > $1 AND posted_date > $2 AND $3::text IS NOT NULL AND $4::text IS NOT NULL AND $5::text IS NOT NULL"
	if query != "" {
		where += " AND terms @@ (SELECT " + query + ")"
	}
	if inWindow {
		// No job is published later. A range between two dates is what makes PostgreSQL use the index of dates, too.
		where += " AND posted_date <= $1"
	}
	// The distance on a sphere, in kilometres.
	where += ` AND ($8::float8 = 0 OR 12742 * asin(least(1, sqrt(power(sind((latitude - $6::float8) / 2), 2) +
       cosd($6::float8) * cosd(latitude) * power(sind((longitude - $7::float8) / 2), 2)))) <= $8::float8)`
	const newest = " ORDER BY posted_date DESC, job_id DESC"
	return `SELECT job_id, posted_date, employment_type, remote_type, seniority, salary_step, ` + rank + ` AS rank, 1 AS count
  FROM (SELECT job_id, posted_date, employment_type, remote_type, seniority, salary_step, terms FROM job_index WHERE ` + where + newest + inner + `) c` +
		recheck + newest + limit, args
}

// hits are up to maxRanked hits, the newest first, and one more of them when there are others.
func (s *Store) hits(ctx context.Context, p searchPlan) (hits []hit, err error) {
	var oldest time.Time // of the window; zero when all jobs are in it
	err = s.db.Reader(ctx).Get(ctx, &oldest, fmt.Sprintf(`SELECT posted_date FROM job_index ORDER BY posted_date DESC, job_id DESC OFFSET %d LIMIT 1`, windowJobs))
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("find where the newest jobs end: %w", err)
	}
	if oldest.After(p.since) {
		if hits, err = s.hitsAfter(ctx, p, oldest, true); err != nil || len(hits) > maxRanked {
			return hits, err
		}
	}
	return s.hitsAfter(ctx, p, p.since, p.since.After(oldest))
}

// hitsAfter are up to maxRanked+1 hits that were published after a date, the newest first.
func (s *Store) hitsAfter(ctx context.Context, p searchPlan, after time.Time, inWindow bool) (hits []hit, err error) {
	statement, args := p.sql(after, inWindow)
	if err := s.db.Reader(ctx).List(ctx, &hits, statement, args...); err != nil {
		return nil, fmt.Errorf("search jobs: %w", err)
	}
	return hits, nil
}

// facetsOf counts the values of hits.
func facetsOf(hits []hit, now time.Time) []board.JobFacet {
	counts := map[board.JobFacet]int{}
	for _, h := range hits {
		n := cmp.Or(h.Count, 1)
		for filter, value := range map[string]string{board.FacetEmployment: h.Employment, board.FacetRemote: h.Remote, board.FacetSeniority: h.Seniority} {
			if value != "" {
				counts[board.JobFacet{Filter: filter, Value: value}] += n
			}
		}
		for step := range h.SalaryStep {
			counts[board.JobFacet{Filter: board.FacetSalary, Value: strconv.Itoa(step + 1)}] += n
		}
		for _, days := range board.PostedDays {
			if now.Sub(h.PostedDate) < time.Duration(days)*24*time.Hour {
				counts[board.JobFacet{Filter: board.FacetPosted, Value: strconv.Itoa(days)}] += n
			}
		}
	}
	facets := make([]board.JobFacet, 0, len(counts))
	for f, n := range counts {
		f.Count = n
		facets = append(facets, f)
	}
	return facets
}

// listed reads the jobs of hits, in their order. One that was closed meanwhile is left out.
func (s *Store) listed(ctx context.Context, hits []hit) ([]board.Listing, error) {
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

// newest is the list of all open jobs, the newest publication first. The total and the page are read by different statements, and may
// differ by a job that is published in between: they are for pages that people read.
func (s *Store) newest(ctx context.Context, q board.JobSearch) (board.JobSearchPage, error) {
	all, err := s.countAll(ctx)
	if err != nil {
		return board.JobSearchPage{}, err
	}
	page := board.JobSearchPage{Total: all.total, Facets: all.facets}
	statement, offset, limit := listNewest, q.Offset, q.Limit
	// The second half of the list is nearer from its end.
	fromEnd := q.Offset > all.total/2
	if fromEnd {
		limit = max(0, min(q.Limit, all.total-q.Offset))
		statement, offset = listOldest, all.total-q.Offset-limit
	}
	var rows []listingRow
	if err := s.db.Reader(ctx).List(ctx, &rows, statement, s.db.Now(), limit, max(0, offset)); err != nil {
		return page, fmt.Errorf("list public jobs: %w", err)
	}
	page.Listings = listings(rows)
	return page, nil
}

const countNewest = `SELECT count(*) FROM jobs j WHERE ` + publicCondition + ` AND j.expiry_date > $1`

// The employers are joined to the jobs of the page only, and the columns are read of these alone.
var listNewest = `
SELECT n.name AS employer_name, ` + ofJob(summaryColumns) + `
  FROM (SELECT j.id, j.posted_date FROM jobs j WHERE ` + publicCondition + ` AND j.expiry_date > $1 ORDER BY j.posted_date DESC, j.id DESC LIMIT $2 OFFSET $3) p
  JOIN jobs j ON j.id = p.id
  JOIN employers n ON n.id = j.employer_id
 ORDER BY p.posted_date DESC, p.id DESC`

// listOldest is listNewest from the other end; the page is in the same order.
var listOldest = strings.Replace(listNewest, "ORDER BY j.posted_date DESC, j.id DESC", "ORDER BY j.posted_date, j.id", 1)

// countsLife is how long the counts of all jobs are shown. They are counted anew each time when there are countedAnew or fewer.
const (
	countsLife  = time.Minute
	countedAnew = 1_000
)

// keptCounts are the counts of all open jobs.
type keptCounts struct {
	mu    sync.Mutex
	all   counts
	until time.Time
}

type counts struct {
	total  int
	facets []board.JobFacet
}

// countAll counts all open jobs.
func (s *Store) countAll(ctx context.Context) (counts, error) {
	now := s.db.Now()
	s.counts.mu.Lock()
	defer s.counts.mu.Unlock()
	if s.counts.all.total > countedAnew && now.Before(s.counts.until) {
		return s.counts.all, nil
	}
	var all counts
	//house:tenant the public sees the open jobs of all employers
	if err := s.db.Reader(ctx).Get(ctx, &all.total, countNewest, now); err != nil {
		return all, fmt.Errorf("count public jobs: %w", err)
	}
	// The dates are told apart as far as the filter does; arithmetic with each of them takes several times as long.
	since := make([]time.Time, len(board.PostedDays))
	for i, days := range board.PostedDays {
		since[i] = now.Add(-time.Duration(days) * 24 * time.Hour)
	}
	slices.SortFunc(since, time.Time.Compare)
	var groups []hit
	err := s.db.Reader(ctx).List(ctx, &groups, `
SELECT 0 AS job_id, 0 AS rank, employment_type, remote_type, seniority, salary_step, count,
       coalesce(($2::timestamptz[])[age] + interval '1 second', 'epoch') AS posted_date
  FROM (SELECT employment_type, remote_type, seniority, salary_step, width_bucket(posted_date, $2::timestamptz[]) AS age, count(*)::int AS count
          FROM job_index WHERE expiry_date > $1
         GROUP BY employment_type, remote_type, seniority, salary_step, age) a`, now, pq.GenericArray{A: since})
	if err != nil {
		return all, fmt.Errorf("count jobs by filters: %w", err)
	}
	all.facets = facetsOf(groups, now)
	s.counts.all, s.counts.until = all, now.Add(countsLife)
	return all, nil
}
