package pipeline

import (
	"context"

	"itmanagerjobs/store/board"
)

// JobToApplyFor reads a job that anybody may apply for now. Errors: not_found; ErrJobClosed; ErrJobExpired.
func (s *Store) JobToApplyFor(ctx context.Context, mode board.Mode, jobID int64) (board.Job, error) {
	j, err := jobToApplyFor(ctx, s.db.Reader(ctx), ApplyParams{Mode: mode, JobID: jobID}, "")
	if err != nil {
		return board.Job{}, err
	}
	if err := j.OpenFor(s.db.Now()); err != nil {
		return board.Job{}, err
	}
	return j, nil
}
