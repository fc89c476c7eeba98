package job

import (
	"context"
	"fmt"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
)

// ByID reads those of a tenant's jobs that have one of the ids.
func ByID(ctx context.Context, q pg.Reader, t board.Tenant, ids []int64) (map[int64]board.Job, error) {
	if len(ids) == 0 {
		return map[int64]board.Job{}, nil
	}
	var rows []row
	err := q.List(ctx, &rows, `SELECT `+columns+` FROM jobs WHERE id = ANY ($1) AND employer_id = $2 AND mode = $3`, pq.Int64Array(ids), t.EmployerID, t.Mode)
	if err != nil {
		return nil, fmt.Errorf("look jobs up: %w", err)
	}
	jobs := make(map[int64]board.Job, len(rows))
	for _, r := range rows {
		jobs[r.ID] = r.job()
	}
	return jobs, nil
}
