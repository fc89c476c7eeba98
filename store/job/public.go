package job

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"itmanagerjobs/store/board/publication"
	"itmanagerjobs/store/pg"
)

// publicCondition is the condition of the indexes jobs_public_list and jobs_public_feed. Queries compare the expiry date as
// well, because a job is over at its expiry date and is marked as Expired some time later.
const publicCondition = `j.mode = 'live' AND j.status = 'Active'`

type listingRow struct {
	Employer string `db:"employer_name"`
	Website  string `db:"employer_website"`
	About    string `db:"employer_about"`
	row
}

func listings(rows []listingRow) []publication.Listing {
	list := make([]publication.Listing, len(rows))
	for i, r := range rows {
		list[i] = publication.Listing{Job: r.job(), Employer: r.Employer}
	}
	return list
}

// ofJob prefixes columns with the alias of the table, j.
func ofJob(columns string) string {
	return "j." + strings.Join(strings.Fields(columns), " j.")
}

// PublicJob reads a live job that is, or was, published, in any state. Errors: not_found, also for a job that was never
// published.
func (s *Store) PublicJob(ctx context.Context, id int64) (publication.Listing, error) {
	row, err := pg.Lagging(ctx, s.db, func(ctx context.Context) (row listingRow, err error) {
		err = s.db.Reader(ctx).Get(ctx, &row, `
SELECT e.name AS employer_name, coalesce(e.website, '') AS employer_website, coalesce(e.description, '') AS employer_about, `+ofJob(columns)+`
  FROM jobs j JOIN employers e ON e.id = j.employer_id
 WHERE j.id = $1 AND j.mode = 'live' AND j.status <> 'Draft' AND j.posted_date IS NOT NULL`, id)
		return row, err
	})
	if errors.Is(err, sql.ErrNoRows) {
		return publication.Listing{}, ErrNoJob
	}
	if err != nil {
		return publication.Listing{}, fmt.Errorf("read public job: %w", err)
	}
	return publication.Listing{Job: row.job(), Employer: row.Employer, Website: row.Website, About: row.About}, nil
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
func (s *Store) FeedState(ctx context.Context) (publication.FeedState, error) {
	type stateRow struct {
		Count   int64      `db:"count"`
		Sum     string     `db:"sum"`
		Changed *time.Time `db:"changed"`
	}
	row, err := pg.Lagging(ctx, s.db, func(ctx context.Context) (row stateRow, err error) {
		//house:tenant the public feed has the live jobs of all employers
		err = s.db.Reader(ctx).Get(ctx, &row, feedStateSQL, s.db.Now())
		return row, err
	})
	if err != nil {
		return publication.FeedState{}, fmt.Errorf("read the state of the feed: %w", err)
	}
	state := publication.FeedState{Version: strconv.FormatInt(row.Count, 10) + ":" + row.Sum}
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
func (s *Store) FeedPage(ctx context.Context, after int64, limit int) ([]publication.Listing, error) {
	rows, err := pg.Lagging(ctx, s.db, func(ctx context.Context) (rows []listingRow, err error) {
		err = s.db.Reader(ctx).List(ctx, &rows, feedPageSQL, s.db.Now(), after, limit)
		return rows, err
	})
	if err != nil {
		return nil, fmt.Errorf("read a page of the feed: %w", err)
	}
	return listings(rows), nil
}

// SitemapEntries reads up to limit open jobs in the order of their ids, from the one after the given id.
func (s *Store) SitemapEntries(ctx context.Context, after int64, limit int) ([]publication.SitemapEntry, error) {
	entries, err := pg.Lagging(ctx, s.db, func(ctx context.Context) (entries []publication.SitemapEntry, err error) {
		//house:tenant the public sees the open jobs of all employers
		err = s.db.Reader(ctx).List(ctx, &entries, `SELECT j.id, j.updated_at FROM jobs j WHERE `+publicCondition+` AND j.expiry_date > $1 AND j.id > $2 ORDER BY j.id LIMIT $3`,
			s.db.Now(), after, limit)
		return entries, err
	})
	if err != nil {
		return nil, fmt.Errorf("read a page of the sitemap: %w", err)
	}
	return entries, nil
}

// SitemapPart tells the last of limit open jobs after an id, and whether others follow.
func (s *Store) SitemapPart(ctx context.Context, after int64, limit int) (last int64, more bool, err error) {
	last, err = pg.Lagging(ctx, s.db, func(ctx context.Context) (last int64, err error) {
		//house:tenant the public sees the open jobs of all employers
		err = s.db.Reader(ctx).Get(ctx, &last, `
SELECT coalesce((SELECT j.id FROM jobs j WHERE `+publicCondition+` AND j.expiry_date > $1 AND j.id > $2 ORDER BY j.id OFFSET $3 LIMIT 1), 0)`,
			s.db.Now(), after, limit-1)
		return last, err
	})
	if err != nil {
		return 0, false, fmt.Errorf("cut the sitemap into parts: %w", err)
	}
	return last, last > 0, nil
}
