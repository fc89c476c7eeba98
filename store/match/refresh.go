package match

import (
	"context"
	"fmt"
	"time"

	"itmanagerjobs/store/pg"
)

// maxAge is how old the matches of a job become before they are computed anew: the points for recency change with
// nothing but time.
const maxAge = 24 * time.Hour

// Refresh queues jobs whose matches are older than a day, up to limit of them, the oldest first, and returns how many. It
// queues none while others wait, so that a new job never waits behind many old ones.
func (s *Store) Refresh(ctx context.Context, limit int) (int, error) {
	var ids []int64
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		//house:tenant a chore over all tenants
		err := tx.List(ctx, &ids, `
WITH old AS (
    SELECT n.job_id, j.employer_id FROM match_jobs n JOIN jobs j ON j.id = n.job_id
     WHERE n.computed_at <= $1 AND j.status = 'Active' AND NOT EXISTS (SELECT FROM match_work WHERE kind = 'job')
     ORDER BY n.computed_at, n.job_id LIMIT $2)
INSERT INTO match_work (kind, subject_id, employer_id) SELECT 'job', job_id, employer_id FROM old RETURNING subject_id`, tx.Now.Add(-maxAge), limit)
		if err != nil {
			return fmt.Errorf("enqueue jobs whose matches are old: %w", err)
		}
		return nil
	})
	return len(ids), err
}
