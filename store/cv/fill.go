package cv

import (
	"context"
	"fmt"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
)

// Fill imports people into the CV database of a mode that has nobody: once, however many copies of the program start at the same
// time. It tells whether it did.
func (s *Store) Fill(ctx context.Context, mode board.Mode, people func() ([]board.CVCandidate, error)) (filled bool, err error) {
	const inhabited = `SELECT EXISTS (SELECT 1 FROM cv_candidates WHERE mode = $1)`
	var there bool
	if err := s.db.Reader(ctx).Get(ctx, &there, inhabited, mode); err != nil {
		return false, fmt.Errorf("look for people: %w", err)
	}
	if there {
		return false, nil
	}
	err = s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		if err := tx.Lock(ctx, pg.LockCVFill); err != nil {
			return err
		}
		if err := tx.Get(ctx, &there, inhabited, mode); err != nil || there {
			return err
		}
		all, err := people()
		if err != nil {
			return err
		}
		for len(all) > 0 {
			n := min(ImportBatch, len(all))
			if _, err := s.Import(ctx, mode, all[:n]); err != nil {
				return err
			}
			all = all[n:]
		}
		filled = true
		return nil
	})
	return filled && err == nil, err
}
