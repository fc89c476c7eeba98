package cv

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"itmanagerjobs/store/pg"
)

// recountEvery is how old the counts of the partitions become before CountPartitions counts again.
const recountEvery = time.Hour

// CountPartitions counts the people of each partition, unless a copy of the program has counted them within an hour. Counts go
// wrong with time: an import adds its people beforehand, and people who leave are not subtracted.
func (s *Store) CountPartitions(ctx context.Context) error {
	var fresh bool
	err := s.db.Reader(ctx).Get(ctx, &fresh, `SELECT EXISTS (SELECT FROM cv_slots WHERE counted_at > $1)`, s.db.Now().Add(-recountEvery))
	if err != nil {
		return fmt.Errorf("look when the partitions were counted: %w", err)
	}
	if fresh {
		return nil
	}
	return s.recount(ctx)
}

// recounted is the new count of a partition, with the values that it corrects.
type recounted struct {
	People int   `db:"people"`
	Weeks  int64 `db:"weeks"`
	Count  int   `db:"n"`
	slot   int
}

// recount counts the people of each partition, unless another copy of the program is counting. An import waits only for the short
// end of it: the people are counted without the lock of imports, and each count is corrected by a difference, so that nobody who
// arrives meanwhile is lost.
func (s *Store) recount(ctx context.Context) error {
	return s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		if free, err := tx.TryLock(ctx, pg.LockCVCounts); err != nil || !free {
			return err
		}
		list, err := countPartitions(ctx, tx)
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
				return fmt.Errorf("correct the count of a partition: %w", err)
			}
		}
		if _, err := tx.Exec(ctx, `UPDATE cv_slots SET counted_at = $1`, tx.Now); err != nil {
			return fmt.Errorf("note when the partitions were counted: %w", err)
		}
		return nil
	})
}

// countPartitions gives the partitions whose counts are wrong. It counts at least one person where there was one: people who are
// being written are not visible yet, and a search leaves out an empty partition.
func countPartitions(ctx context.Context, tx *pg.Tx) ([]recounted, error) {
	var wrong []recounted
	for slot := testPartition; slot <= lastLivePartition; slot++ {
		var c []recounted
		// By the name of the partition PostgreSQL reads its index alone. One statement sees one snapshot.
		err := tx.List(ctx, &c, `
SELECT s.people, s.weeks, c.n FROM cv_slots s, (SELECT greatest(count(*), 1) AS n FROM cv_index_`+strconv.Itoa(slot)+`) c
 WHERE s.slot = $1 AND s.people > 0 AND s.people <> c.n`, slot)
		if err != nil {
			return nil, fmt.Errorf("count a partition: %w", err)
		}
		for _, one := range c {
			one.slot = slot
			wrong = append(wrong, one)
		}
	}
	return wrong, nil
}
