package job

import (
	"context"
	"fmt"

	"itmanagerjobs/store/board"
)

// Name is what people know a job by. Reference is "" when it has none.
type Name struct {
	ID        int64  `db:"id"`
	Title     string `db:"title"`
	Reference string `db:"reference"`
}

// Names are the newest of a tenant's jobs, up to most, and one more by its id when it is not among them and is the tenant's; 0 is none.
func (s *Store) Names(ctx context.Context, t board.Tenant, most int, with int64) ([]Name, error) {
	var names []Name
	err := s.db.Reader(ctx).List(ctx, &names, `
SELECT id, title, coalesce(reference, '') AS reference FROM (
       (SELECT id, title, reference FROM jobs WHERE employer_id = $1 AND mode = $2 ORDER BY id DESC LIMIT $3)
       UNION
       SELECT id, title, reference FROM jobs WHERE employer_id = $1 AND mode = $2 AND id = $4) j
 ORDER BY id DESC`, t.EmployerID, t.Mode, most, with)
	if err != nil {
		return nil, fmt.Errorf("read the names of jobs: %w", err)
	}
	return names, nil
}
