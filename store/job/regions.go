package job

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
)

// SetRegions sets the countries from which a job accepts applications, as codes of ISO 3166-1. No country means everywhere.
// Errors: not_found; precondition_failed, where the version is that of board.RegionsVersion; invalid_request.
func (s *Store) SetRegions(ctx context.Context, t board.Tenant, jobID int64, countries []string, pre board.Precondition) ([]string, error) {
	countries, err := board.NormalizeRegions(countries)
	if err != nil {
		return nil, err
	}
	err = s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		if _, err := lock(ctx, tx, t, jobID); err != nil {
			return err
		}
		before, err := regions(ctx, tx, jobID)
		if err != nil {
			return err
		}
		if err := pre.Check("list of countries", board.RegionsVersion(before)); err != nil {
			return err
		}
		if len(countries) == 0 {
			_, err = tx.Exec(ctx, `DELETE FROM job_regions WHERE job_id = $1`, jobID)
		} else {
			_, err = tx.Exec(ctx, `
INSERT INTO job_regions (job_id, countries) VALUES ($1, $2) ON CONFLICT (job_id) DO UPDATE SET countries = excluded.countries`, jobID, pq.StringArray(countries))
		}
		if err != nil {
			return fmt.Errorf("write job regions: %w", err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return countries, nil
}

// Regions lists the countries from which a job accepts applications. No country means everywhere. Errors: not_found.
func (s *Store) Regions(ctx context.Context, t board.Tenant, jobID int64) ([]string, error) {
	if _, err := s.Job(ctx, t, jobID); err != nil {
		return nil, err
	}
	return regions(ctx, s.db.Reader(ctx), jobID)
}

func regions(ctx context.Context, q pg.Reader, jobID int64) ([]string, error) {
	var countries pq.StringArray
	err := q.Get(ctx, &countries, `SELECT countries FROM job_regions WHERE job_id = $1`, jobID)
	if errors.Is(err, sql.ErrNoRows) {
		return []string{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read job regions: %w", err)
	}
	return countries, nil
}

// AcceptsRegion checks that a job accepts applications from a country; an empty country is accepted.
// Error: board.ErrRegionNotAccepted.
func AcceptsRegion(ctx context.Context, tx *pg.Tx, jobID int64, country string) error {
	if country == "" {
		return nil
	}
	countries, err := regions(ctx, tx, jobID)
	if err != nil || len(countries) == 0 || slices.Contains(countries, strings.ToUpper(country)) {
		return err
	}
	return board.ErrRegionNotAccepted
}
