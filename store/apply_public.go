package store

import (
	"context"

	"itmanagerjobs/store/board"
)

// JobOpenToAll reads a job that anybody may apply for now. Errors: not_found; ErrJobClosed; ErrJobExpired.
func (s *Store) JobOpenToAll(ctx context.Context, mode board.Mode, jobID int64) (board.Job, error) {
	job, err := jobToApplyFor(ctx, s.reader(ctx), ApplyParams{Mode: mode, JobID: jobID}, "")
	if err != nil {
		return board.Job{}, err
	}
	if err := job.OpenFor(s.Now()); err != nil {
		return board.Job{}, err
	}
	return job, nil
}
