package pipeline

import (
	"context"
	"fmt"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/job"
	"itmanagerjobs/store/pg"
)

// ForwardToApplyURL returns the URL at which a UrlApply job takes applications, and counts that a candidate is sent there.
// Errors: not_found, also for a job with another apply method; board.ErrJobClosed; board.ErrJobExpired.
func (s *Store) ForwardToApplyURL(ctx context.Context, mode board.Mode, jobID int64) (string, error) {
	var to string
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		j, err := job.ToApplyFor(ctx, tx, job.Target{Mode: mode, ID: jobID})
		if err != nil {
			return err
		}
		if err := j.OpenFor(tx.Now); err != nil {
			return err
		}
		if j.ApplyMethod == nil || *j.ApplyMethod != board.ApplyByURL || j.ApplyURL == nil {
			return job.ErrNoJob
		}
		to = *j.ApplyURL
		_, err = tx.Exec(ctx, `INSERT INTO job_forwards AS f (job_id, count) VALUES ($1, 1) ON CONFLICT (job_id) DO UPDATE SET count = f.count + 1`, jobID)
		if err != nil {
			return fmt.Errorf("count a forward: %w", err)
		}
		return nil
	})
	return to, err
}

// JobForwards counts how often candidates were sent to a job's own URL. Errors: not_found.
func (s *Store) JobForwards(ctx context.Context, t board.Tenant, jobID int64) (int64, error) {
	if _, err := s.jobs.Job(ctx, t, jobID); err != nil {
		return 0, err
	}
	var n int64
	err := s.db.Reader(ctx).Get(ctx, &n, `SELECT coalesce((SELECT count FROM job_forwards WHERE job_id = $1), 0)`, jobID)
	if err != nil {
		return 0, fmt.Errorf("read forwards: %w", err)
	}
	return n, nil
}
