package store

import (
	"context"
	"fmt"

	"itmanagerjobs/store/board"
)

// fillLock is the advisory lock of whoever looks whether the CV database is empty.
const fillLock = 7_340_214

// FillCvCandidates takes people into the CV database of a mode that has nobody, once however many copies of the program
// start at the same time. It tells whether it did.
func (s *Store) FillCvCandidates(ctx context.Context, mode board.Mode, people func() ([]board.CvCandidate, error)) (filled bool, err error) {
	const inhabited = `SELECT EXISTS (SELECT 1 FROM cv_candidates WHERE mode = $1)`
	var there bool
	if err := s.reader(ctx).GetContext(ctx, &there, inhabited, mode); err != nil {
		return false, fmt.Errorf("look for people: %w", err)
	}
	if there {
		return false, nil
	}
	err = s.WithTx(ctx, func(ctx context.Context, tx *Tx) error {
		if _, err := tx.exec(ctx, `SELECT pg_advisory_xact_lock($1)`, fillLock); err != nil {
			return fmt.Errorf("wait for other copies: %w", err)
		}
		if err := tx.get(ctx, &there, inhabited, mode); err != nil || there {
			return err
		}
		all, err := people()
		if err != nil {
			return err
		}
		for len(all) > 0 {
			n := min(CvImportBatch, len(all))
			if _, err := s.ImportCvCandidates(ctx, mode, all[:n]); err != nil {
				return err
			}
			all = all[n:]
		}
		filled = true
		return nil
	})
	return filled && err == nil, err
}
