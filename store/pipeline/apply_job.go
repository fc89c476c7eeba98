package pipeline

import (
	"context"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/job"
	"itmanagerjobs/store/pg"
)

// JobToApplyFor reads a job that is open for applications. Errors: not_found; board.ErrJobClosed; board.ErrJobExpired.
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

// jobToApplyFor reads the job that the parameters name. When several jobs have the reference, it is the one that is not
// Deactivated, or else the newest. lock is a locking clause, or empty. Errors: not_found.
func jobToApplyFor(ctx context.Context, q pg.Reader, p ApplyParams, lock string) (board.Job, error) {
	if p.JobID != 0 {
		return job.One(ctx, q, `SELECT `+job.Columns+` FROM jobs WHERE id = $1 AND mode = $2 AND ($3::bigint = 0 OR employer_id = $3) AND status <> 'Draft'`+lock,
			p.JobID, p.Mode, p.EmployerID)
	}
	return job.One(ctx, q, `SELECT `+job.Columns+` FROM jobs WHERE employer_id = $1 AND mode = $2 AND reference = $3 AND status <> 'Draft'
 ORDER BY status = 'Deactivated', id DESC LIMIT 1`+lock, p.EmployerID, p.Mode, p.Reference)
}
