package job

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
)

// publicCondition is the condition of the indexes jobs_public_list and jobs_public_feed. Queries compare the expiry date as
// well, because a job is over at its expiry date and is marked as Expired some time later.
const publicCondition = `j.mode = 'live' AND j.status = 'Active'`

type listingRow struct {
	Employer string `db:"employer_name"`
	row
}

func listings(rows []listingRow) []board.Listing {
	list := make([]board.Listing, len(rows))
	for i, r := range rows {
		list[i] = board.Listing{Job: r.job(), Employer: r.Employer}
	}
	return list
}

// ofJob prefixes columns with the alias of the table, j.
func ofJob(columns string) string {
	return "j." + strings.Join(strings.Fields(columns), " j.")
}

// SearchJobs lists the open jobs of all employers, the newest publication first. The total and the page are read by two
// statements, and may differ by a job that is published in between: they are for pages that people read.
func (s *Store) SearchJobs(ctx context.Context, q board.JobSearch) (board.JobSearchPage, error) {
	count, list, args := searchSQL(q, s.db.Now())
	var page board.JobSearchPage
	if err := s.db.Reader(ctx).Get(ctx, &page.Total, count, args...); err != nil {
		return board.JobSearchPage{}, fmt.Errorf("count public jobs: %w", err)
	}
	var rows []listingRow
	if err := s.db.Reader(ctx).List(ctx, &rows, list, append(args, q.Limit, q.Offset)...); err != nil {
		return board.JobSearchPage{}, fmt.Errorf("list public jobs: %w", err)
	}
	page.Listings = listings(rows)
	return page, nil
}

// searchSQL makes the statements that count and list. It uses constants only. Both statements take args; list takes the
// limit and the offset after them.
func searchSQL(q board.JobSearch, now time.Time) (count, list string, args []any) {
	args = make([]any, 1, 1+2*len(q.Words))
	args[0] = now
	from, where := `jobs j`, make([]string, 2, 2+len(q.Words))
	where[0], where[1] = publicCondition, `j.expiry_date > $1`
	if len(q.Words) > 0 {
		from += ` JOIN employers e ON e.id = j.employer_id`
	}
	for _, w := range q.Words {
		args = append(args, "%"+pg.LikeEscaper.Replace(pg.Storable(w))+"%")
		pattern := "$" + strconv.Itoa(len(args))
		args = append(args, pq.StringArray(board.CountriesNamed(w)))
		countries := "$" + strconv.Itoa(len(args))
		where = append(where, "(j.title ILIKE "+pattern+" OR e.name ILIKE "+pattern+" OR j.city ILIKE "+pattern+" OR j.country_code = ANY ("+countries+"))")
	}
	found := ` FROM ` + from + ` WHERE ` + strings.Join(where, " AND ")
	// The employers are joined to the jobs of the page only.
	return `SELECT count(*)` + found, `
SELECT n.name AS employer_name, p.*
  FROM (SELECT ` + ofJob(summaryColumns) + found + ` ORDER BY j.posted_date DESC, j.id DESC LIMIT $` + strconv.Itoa(len(args)+1) + ` OFFSET $` + strconv.Itoa(len(args)+2) + `) p
  JOIN employers n ON n.id = p.employer_id
 ORDER BY p.posted_date DESC, p.id DESC`, args
}

// PublicJob reads a live job that is, or was, published, in any state. Errors: not_found, also for a job that was never
// published.
func (s *Store) PublicJob(ctx context.Context, id int64) (board.Listing, error) {
	var row listingRow
	err := s.db.Reader(ctx).Get(ctx, &row, `
SELECT e.name AS employer_name, `+ofJob(columns)+`
  FROM jobs j JOIN employers e ON e.id = j.employer_id
 WHERE j.id = $1 AND j.mode = 'live' AND j.status <> 'Draft' AND j.posted_date IS NOT NULL`, id)
	if errors.Is(err, sql.ErrNoRows) {
		return board.Listing{}, ErrNoJob
	}
	if err != nil {
		return board.Listing{}, fmt.Errorf("read public job: %w", err)
	}
	return board.Listing{Job: row.job(), Employer: row.Employer}, nil
}

// feedStateSQL counts a job that is past its expiry date, and is not marked as Expired yet, as changed at that date.
const feedStateSQL = `
SELECT o.count, o.sum, greatest(
       (SELECT j.updated_at FROM jobs j WHERE j.mode = 'live' AND j.status <> 'Draft' ORDER BY j.updated_at DESC LIMIT 1), o.over) AS changed
  FROM (SELECT count(*) FILTER (WHERE j.expiry_date > $1) AS count,
               coalesce(sum(hashint8extended(j.id, j.version)) FILTER (WHERE j.expiry_date > $1), 0)::text AS sum,
               max(j.expiry_date) FILTER (WHERE j.expiry_date <= $1) AS over
          FROM jobs j WHERE ` + publicCondition + `) o`

// FeedState returns a version of the feed, for conditional requests. The version is made of the ids and versions of all
// open jobs, not of times: it is equal for equal jobs only, and equal on all copies of the program.
func (s *Store) FeedState(ctx context.Context) (board.FeedState, error) {
	var row struct {
		Count   int64      `db:"count"`
		Sum     string     `db:"sum"`
		Changed *time.Time `db:"changed"`
	}
	//house:tenant the public feed has the live jobs of all employers
	err := s.db.Reader(ctx).Get(ctx, &row, feedStateSQL, s.db.Now())
	if err != nil {
		return board.FeedState{}, fmt.Errorf("read the state of the feed: %w", err)
	}
	state := board.FeedState{Version: strconv.FormatInt(row.Count, 10) + ":" + row.Sum}
	if row.Changed != nil {
		state.UpdatedAt = row.Changed.UTC()
	}
	return state, nil
}

var feedPageSQL = `
SELECT e.name AS employer_name, p.*
  FROM (SELECT ` + ofJob(columns) + ` FROM jobs j WHERE ` + publicCondition + ` AND j.expiry_date > $1 AND j.id > $2 ORDER BY j.id LIMIT $3) p
  JOIN employers e ON e.id = p.employer_id
 ORDER BY p.id`

// FeedPage reads up to limit open jobs with their descriptions, in the order of their ids, from the one after the given id.
func (s *Store) FeedPage(ctx context.Context, after int64, limit int) ([]board.Listing, error) {
	var rows []listingRow
	if err := s.db.Reader(ctx).List(ctx, &rows, feedPageSQL, s.db.Now(), after, limit); err != nil {
		return nil, fmt.Errorf("read a page of the feed: %w", err)
	}
	return listings(rows), nil
}
