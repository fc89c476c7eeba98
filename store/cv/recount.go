package cv

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"itmanagerjobs/store/pg"
)

// recountEvery is how old the counts of the segments become before CountSegments counts again.
const recountEvery = time.Hour

// CountSegments counts the people of each segment, when no copy of the program has counted them for an hour. An import adds
// its people to the counts beforehand, and nobody who leaves is subtracted.
func (s *Store) CountSegments(ctx context.Context) error {
	var fresh bool
	err := s.db.Reader(ctx).Get(ctx, &fresh, `SELECT EXISTS (SELECT FROM cv_slots WHERE counted_at > $1)`, s.db.Now().Add(-recountEvery))
	if err != nil {
		return fmt.Errorf("look when the segments were counted: %w", err)
	}
	if fresh {
		return nil
	}
	return s.recount(ctx)
}

// recounted is the count of a segment, and what it corrects.
type recounted struct {
	People int   `db:"people"`
	Weeks  int64 `db:"weeks"`
	Count  int   `db:"n"`
	slot   int
}

// recount counts the people of each segment, unless another copy of the program is counting. An import waits for the short end
// of it alone: counts are read without the lock of imports, and corrected by a difference, so that no arrival of meanwhile is
// lost.
func (s *Store) recount(ctx context.Context) error {
	return s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		if free, err := tx.TryLock(ctx, pg.LockCVCounts); err != nil || !free {
			return err
		}
		list, err := countSegments(ctx, tx)
		if err != nil {
			return err
		}
		if err := tx.Lock(ctx, pg.LockCVSlots); err != nil {
			return fmt.Errorf("wait for imports: %w", err)
		}
		for _, c := range list {
			_, err := tx.Exec(ctx, `UPDATE cv_slots SET people = people + $2, weeks = weeks + $3 WHERE slot = $1`,
				c.slot, c.Count-c.People, c.Weeks/int64(c.People)*int64(c.Count)-c.Weeks)
			if err != nil {
				return fmt.Errorf("correct the count of a segment: %w", err)
			}
		}
		if _, err := tx.Exec(ctx, `UPDATE cv_slots SET counted_at = $1`, tx.Now); err != nil {
			return fmt.Errorf("note when the segments were counted: %w", err)
		}
		return nil
	})
}

// countSegments gives the segments whose counts are wrong. It counts at least one where there was somebody: people who are being
// written are not to be seen yet, and a search leaves out a segment of nobody.
func countSegments(ctx context.Context, tx *pg.Tx) ([]recounted, error) {
	var wrong []recounted
	for slot := testSegment; slot <= lastLiveSegment; slot++ {
		var c []recounted
		// The name of the partition, because its index alone is read so. One statement sees one moment.
		err := tx.List(ctx, &c, `
SELECT s.people, s.weeks, c.n FROM cv_slots s, (SELECT greatest(count(*), 1) AS n FROM cv_index_`+strconv.Itoa(slot)+`) c
 WHERE s.slot = $1 AND s.people > 0 AND s.people <> c.n`, slot)
		if err != nil {
			return nil, fmt.Errorf("count a segment: %w", err)
		}
		for _, one := range c {
			one.slot = slot
			wrong = append(wrong, one)
		}
	}
	return wrong, nil
}
