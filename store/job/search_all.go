package job

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/lib/pq"

	"itmanagerjobs/store/board/publication"
	"itmanagerjobs/store/turns"
)

// all is the list of all open jobs. The total and the page are read by different statements, and may differ by a job that is published
// in between: they are for pages that people read.
func (s *Store) all(ctx context.Context, q publication.Search) (publication.SearchPage, error) {
	all, err := s.countAll(ctx)
	if err != nil {
		return publication.SearchPage{}, err
	}
	page := publication.SearchPage{Total: all.total, Facets: all.facets}
	offset, limit := q.Offset, q.Limit
	// The second half of the list is nearer from its end.
	fromEnd := q.Offset > all.total/2
	if fromEnd {
		limit = max(0, min(q.Limit, all.total-q.Offset))
		offset = all.total - q.Offset - limit
	}
	var rows []listingRow
	if err := s.db.Reader(ctx).List(ctx, &rows, listAll(q.Sort, fromEnd), s.db.Now(), limit, max(0, offset)); err != nil {
		return page, fmt.Errorf("list public jobs: %w", err)
	}
	page.Listings = listings(rows)
	return page, nil
}

const countNewest = `SELECT count(*) FROM jobs j WHERE ` + publicCondition + ` AND j.expiry_date > $1`

// listAll lists a part of all open jobs, counted from the beginning of the list or from its end; the part is in the same order. The
// employers are joined to the jobs of the page only, and the columns are read of these alone.
func listAll(sort publication.Sort, fromEnd bool) string {
	from, order, back := `jobs j WHERE `+publicCondition+` AND j.expiry_date > $1`, "j.posted_date DESC, j.id DESC", "j.posted_date, j.id"
	key := "j.posted_date, j.id"
	outer := "p.posted_date DESC, p.id DESC"
	if sort == publication.SortSalary {
		from, order, back = `job_index j WHERE j.expiry_date > $1`, "j.salary_year DESC, j.posted_date DESC, j.job_id DESC", "j.salary_year, j.posted_date, j.job_id"
		key, outer = "j.salary_year, j.posted_date, j.job_id AS id", "p.salary_year DESC, "+outer
	}
	if fromEnd {
		order = back
	}
	return `
SELECT n.name AS employer_name, ` + ofJob(summaryColumns) + `
  FROM (SELECT ` + key + ` FROM ` + from + ` ORDER BY ` + order + ` LIMIT $2 OFFSET $3) p
  JOIN jobs j ON j.id = p.id
  JOIN employers n ON n.id = j.employer_id
 ORDER BY ` + outer
}

// countsLife is how long the counts of all jobs are shown, or countsShare times as long as it took to count them if that is longer. For
// countsGrace after that they are still shown while they are counted: nobody waits. countedAnew jobs or fewer are counted each time.
const (
	countsLife  = time.Minute
	countsShare = 50
	countsGrace = 10 * time.Minute
	countedAnew = 1_000
)

// keptCounts are the counts of all open jobs.
type keptCounts struct {
	mu       sync.Mutex
	all      counts
	until    time.Time
	counting bool // beside those who see the old ones
}

type counts struct {
	total  int
	facets []publication.Facet
}

// countAll gives the counts of all open jobs.
func (s *Store) countAll(ctx context.Context) (counts, error) {
	defer turns.Away(ctx)() // who has the lock may wait for the database
	s.counts.mu.Lock()
	defer s.counts.mu.Unlock()
	now := s.db.Now()
	if s.counts.all.total > countedAnew && now.Before(s.counts.until.Add(countsGrace)) {
		if !s.counts.counting && !now.Before(s.counts.until) && s.db.Joined(ctx) == nil { // a transaction is its request's alone
			s.counts.counting = true
			go s.countBeside(context.WithoutCancel(ctx))
		}
		return s.counts.all, nil
	}
	all, err := s.count(ctx)
	if err == nil {
		s.keepCounts(all, now)
	}
	return all, err
}

// countBeside counts for those who come later. An error leaves the old counts until one comes who waits for the new ones.
func (s *Store) countBeside(ctx context.Context) {
	now := s.db.Now()
	all, err := s.count(ctx)
	s.counts.mu.Lock()
	defer s.counts.mu.Unlock()
	s.counts.counting = false
	if err == nil {
		s.keepCounts(all, now)
	}
}

// keepCounts keeps what has been counted since a time.
func (s *Store) keepCounts(all counts, since time.Time) {
	now := s.db.Now()
	s.counts.all, s.counts.until = all, now.Add(max(countsLife, countsShare*now.Sub(since)))
}

// count counts all open jobs.
func (s *Store) count(ctx context.Context) (counts, error) {
	now := s.db.Now()
	var all counts
	//house:tenant the public sees the open jobs of all employers
	if err := s.db.Reader(ctx).Get(ctx, &all.total, countNewest, now); err != nil {
		return all, fmt.Errorf("count public jobs: %w", err)
	}
	// The dates are told apart as far as the filter does; arithmetic with each of them takes several times as long.
	since := make([]time.Time, len(publication.PostedDays))
	for i, days := range publication.PostedDays {
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
	return all, nil
}
