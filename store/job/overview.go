package job

import (
	"context"
	"fmt"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/pg"
)

// Counts are how many jobs of a tenant are in each state. Expiring are those of Active that expire by the time that was
// asked for.
type Counts struct {
	Draft       int `db:"draft"`
	Active      int `db:"active"`
	Expired     int `db:"expired"`
	Deactivated int `db:"deactivated"`
	Expiring    int `db:"expiring"`
}

// Counts counts a tenant's jobs by state.
func (s *Store) Counts(ctx context.Context, t board.Tenant, expiringBy time.Time) (Counts, error) {
	var c Counts
	err := s.db.Reader(ctx).Get(ctx, &c, `
SELECT count(*) FILTER (WHERE status = 'Draft') AS draft, count(*) FILTER (WHERE status = 'Active') AS active,
       count(*) FILTER (WHERE status = 'Expired') AS expired, count(*) FILTER (WHERE status = 'Deactivated') AS deactivated,
       count(*) FILTER (WHERE status = 'Active' AND expiry_date <= $3) AS expiring
  FROM jobs WHERE employer_id = $1 AND mode = $2`, t.EmployerID, t.Mode, expiringBy)
	if err != nil {
		return Counts{}, fmt.Errorf("count jobs: %w", err)
	}
	return c, nil
}

// Expiring lists up to limit Active jobs of a tenant that expire by a time, the next one first, without their descriptions.
func (s *Store) Expiring(ctx context.Context, t board.Tenant, by time.Time, limit int) ([]board.Job, error) {
	var rows []row
	err := s.db.Reader(ctx).List(ctx, &rows, `
SELECT `+summaryColumns+` FROM jobs WHERE employer_id = $1 AND mode = $2 AND status = 'Active' AND expiry_date <= $3
 ORDER BY expiry_date, id LIMIT $4`, t.EmployerID, t.Mode, by, limit)
	if err != nil {
		return nil, fmt.Errorf("list expiring jobs: %w", err)
	}
	return pg.Column[[]board.Job](rows, row.job), nil
}

// Extend lets an Active job run until a later time; it costs nothing. Errors: not_found; precondition_failed; those of
// board.Job.Extend.
func (s *Store) Extend(ctx context.Context, t board.Tenant, id int64, until time.Time, pre board.Precondition) (board.Job, error) {
	return s.changeJob(ctx, t, id, pre, event.NewJobUpdated, func(_ context.Context, tx *pg.Tx, job *board.Job) (bool, error) {
		return job.Extend(tx.Now, until)
	})
}
