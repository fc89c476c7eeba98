package store

import (
	"context"
	"fmt"
)

// FillProfiles reads the profiles of candidates who applied before there were any, from the newest CV of each that has a
// text, up to limit candidates, and tells how many. Nobody is told of it, and no profile counts as confirmed by it.
func (s *Store) FillProfiles(ctx context.Context, limit int) (int, error) {
	var n int
	err := s.WithTx(ctx, func(ctx context.Context, tx *Tx) error {
		var ids []int64
		err := tx.list(ctx, &ids, `SELECT id FROM candidates WHERE profile_due ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED`, limit)
		if err != nil {
			return fmt.Errorf("find candidates without a profile: %w", err)
		}
		for _, id := range ids {
			if err := tx.fillProfile(ctx, id); err != nil {
				return err
			}
		}
		n = len(ids)
		return tx.enqueueMatching(ctx, matchOfCandidate, ids...)
	})
	return n, err
}

// fillProfile is of one candidate, who is locked.
func (tx *Tx) fillProfile(ctx context.Context, id int64) error {
	var text string
	err := tx.get(ctx, &text, `
SELECT coalesce((SELECT f.text FROM applications a JOIN files f ON f.id = a.cv_file_id
                  WHERE a.candidate_id = $1 AND f.text <> '' ORDER BY a.id DESC LIMIT 1), '')`, id)
	if err != nil {
		return fmt.Errorf("read the CV of a candidate: %w", err)
	}
	if err := tx.writeProfile(ctx, id, readProfile(text)); err != nil {
		return err
	}
	if _, err := tx.exec(ctx, `UPDATE candidates SET version = version + 1 WHERE id = $1`, id); err != nil {
		return fmt.Errorf("update candidate: %w", err)
	}
	return nil
}
