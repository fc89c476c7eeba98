package job

import (
	"context"
	"fmt"
	"time"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
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

// Titles reads the titles of those of a tenant's jobs that have one of the ids.
func (s *Store) Titles(ctx context.Context, t board.Tenant, ids []int64) (map[int64]string, error) {
	if len(ids) == 0 {
		return map[int64]string{}, nil
	}
	var rows []struct {
		ID    int64  `db:"id"`
		Title string `db:"title"`
	}
	err := s.db.Reader(ctx).List(ctx, &rows, `SELECT id, title FROM jobs WHERE id = ANY ($1) AND employer_id = $2 AND mode = $3`,
		pq.Int64Array(ids), t.EmployerID, t.Mode)
	if err != nil {
		return nil, fmt.Errorf("read titles: %w", err)
	}
	titles := make(map[int64]string, len(rows))
	for _, r := range rows {
		titles[r.ID] = r.Title
	}
	return titles, nil
}

// Extend lets an Active job run until a later time; it costs nothing. Errors: not_found; precondition_failed; those of
// board.Job.Extend.
func (s *Store) Extend(ctx context.Context, t board.Tenant, id int64, until time.Time, pre board.Precondition) (board.Job, error) {
	return s.changeJob(ctx, t, id, pre, board.JobUpdatedEvent, func(_ context.Context, tx *pg.Tx, job *board.Job) (bool, error) {
		return job.Extend(tx.Now, until)
	})
}
