package match

import (
	"context"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
)

// ScoresOf gives the scores that are worth keeping of everybody in the CV database with a job, one by one and without
// the index, and the bounds that the index gives.
func (s *Store) ScoresOf(ctx context.Context, jobID int64) (scores, bounds map[int64]int, err error) {
	scores, bounds = map[int64]int{}, map[int64]int{}
	err = s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		jobs, err := jobsToMatch(ctx, tx, `j.id = $2`, jobID)
		if err != nil {
			return err
		}
		var ids []int64
		if err := tx.List(ctx, &ids, `SELECT id FROM cv_candidates WHERE mode = $1`, jobs[0].tenant.Mode); err != nil {
			return err
		}
		people, err := visiblePeople(ctx, tx, ids)
		if err != nil {
			return err
		}
		for _, p := range people {
			if n := board.Points(jobs[0].MatchJob, p.MatchCandidate, tx.Now); n >= board.MatchKeep && board.Fits(jobs[0].MatchJob, p.MatchCandidate) {
				scores[p.ID] = n
			}
		}
		byBound, err := bounded(ctx, tx, newBound(jobs[0].MatchJob, jobs[0].tenant.Mode, tx.Now))
		for bound, ids := range byBound {
			for _, id := range ids {
				bounds[id] = bound
			}
		}
		return err
	})
	return scores, bounds, err
}
