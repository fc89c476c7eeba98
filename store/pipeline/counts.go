package pipeline

import (
	"context"
	"fmt"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
)

// JobApplications are how many people applied for a job, and how many of the applications nobody has looked at.
type JobApplications struct {
	All    int
	Unseen int
}

// CountByJob counts the applications for those of a tenant's jobs that have one of the ids.
func (s *Store) CountByJob(ctx context.Context, t board.Tenant, ids []int64) (map[int64]JobApplications, error) {
	if len(ids) == 0 {
		return map[int64]JobApplications{}, nil
	}
	var rows []struct {
		JobID  int64 `db:"job_id"`
		All    int   `db:"all_of_them"`
		Unseen int   `db:"unseen"`
	}
	err := s.db.Reader(ctx).List(ctx, &rows, `
SELECT job_id, count(*) AS all_of_them, count(*) FILTER (WHERE status = 'New') AS unseen
  FROM applications WHERE job_id = ANY ($1) AND employer_id = $2 AND mode = $3 GROUP BY job_id`, pq.Int64Array(ids), t.EmployerID, t.Mode)
	if err != nil {
		return nil, fmt.Errorf("count applications by job: %w", err)
	}
	counts := make(map[int64]JobApplications, len(rows))
	for _, r := range rows {
		counts[r.JobID] = JobApplications{All: r.All, Unseen: r.Unseen}
	}
	return counts, nil
}

// CountUnseen counts a tenant's applications that nobody has looked at. It counts no further than most.
func (s *Store) CountUnseen(ctx context.Context, t board.Tenant, most int) (int, error) {
	var n int
	err := s.db.Reader(ctx).Get(ctx, &n, `
SELECT count(*) FROM (SELECT 1 FROM applications WHERE employer_id = $1 AND mode = $2 AND status = 'New' LIMIT $3) a`, t.EmployerID, t.Mode, most)
	if err != nil {
		return 0, fmt.Errorf("count new applications: %w", err)
	}
	return n, nil
}
