package cv

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
)

// The index, cv_index, is cut into partitions by its column slot, each with a GIN index of its own. One partition is for the test
// mode; the others are for the live mode and fill up in turn.
const (
	testPartition      = 0
	firstLivePartition = 1
	lastLivePartition  = 16
)

// The recency bands (the column age of cv_slots): people who were updated within 16 weeks, within a year, or before. Each band
// fills a partition of its own, so that newer people stand in other partitions than older ones, in whatever order they come in.
const (
	bands      = 3
	recentAge  = 16 * 7 * 24 * time.Hour
	currentAge = 365 * 24 * time.Hour
)

func bandOf(updatedAt, now time.Time) int {
	switch age := now.Sub(updatedAt); {
	case age <= recentAge:
		return 0
	case age <= currentAge:
		return 1
	default:
		return 2
	}
}

// partitionRange is the partitions from the first to the last, by the values of the column slot.
type partitionRange struct{ first, last int }

// partitionsOf are the partitions of a mode.
func partitionsOf(mode board.Mode) partitionRange {
	if mode == board.ModeTest {
		return partitionRange{testPartition, testPartition}
	}
	return partitionRange{firstLivePartition, lastLivePartition}
}

// arrivals are how many people of one band come in, and the sum of their dates in weeks since 1970.
type arrivals struct {
	people int
	weeks  int64
}

// errStaleCounts tells that a partition must be chosen among used ones, whose counts may be wrong.
var errStaleCounts = errors.New("the counts of the partitions may be wrong")

// reserve chooses the partition that new people of each band come into, and adds the people to its count. It is a transaction
// of its own, before the people come in: a partition that counts people who did not come does no harm, and no import waits for
// another one that is at work.
func (s *Store) reserve(ctx context.Context, mode board.Mode, now time.Time, updated []time.Time) ([bands]int, error) {
	var in [bands]arrivals
	for _, at := range updated {
		a := &in[bandOf(at, now)]
		a.people++
		a.weeks += weekOf(at)
	}
	partitions, err := s.tryReserve(ctx, mode, in, false)
	if !errors.Is(err, errStaleCounts) {
		return partitions, err
	}
	// Not under the lock that other imports wait for.
	if err := s.recount(ctx); err != nil {
		return partitions, err
	}
	return s.tryReserve(ctx, mode, in, true)
}

// tryReserve is reserve. Errors: errStaleCounts, unless the partitions were just counted.
func (s *Store) tryReserve(ctx context.Context, mode board.Mode, in [bands]arrivals, counted bool) (partitions [bands]int, err error) {
	err = s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		if err := tx.Lock(ctx, pg.LockCVSlots); err != nil {
			return fmt.Errorf("wait for other imports: %w", err)
		}
		for band, a := range in {
			if a.people == 0 || mode == board.ModeTest {
				continue // the zero value is testPartition
			}
			if partitions[band], err = s.partitionFor(ctx, tx, band, counted); err != nil {
				return err
			}
		}
		for band, a := range in {
			if a.people == 0 {
				continue
			}
			_, err := tx.Exec(ctx, `UPDATE cv_slots SET people = people + $2, weeks = weeks + $3, room = room - $2 WHERE slot = $1`, partitions[band], a.people, a.weeks)
			if err != nil {
				return fmt.Errorf("count people in: %w", err)
			}
		}
		return nil
	})
	return partitions, err
}

// partitionFor is the partition that people of a band come into. When it is full, the one with the fewest people is next.
// Errors: errStaleCounts.
func (s *Store) partitionFor(ctx context.Context, tx *pg.Tx, band int, counted bool) (int, error) {
	var open []int
	if err := tx.List(ctx, &open, `SELECT slot FROM cv_slots WHERE age = $1 AND room > 0`, band); err != nil {
		return 0, fmt.Errorf("look for an open partition: %w", err)
	}
	if len(open) > 0 {
		return open[0], nil
	}
	if !counted {
		var empty bool
		if err := tx.Get(ctx, &empty, `SELECT EXISTS (SELECT FROM cv_slots WHERE mode = $1 AND age IS NULL AND people = 0)`, board.ModeLive); err != nil {
			return 0, fmt.Errorf("look for an empty partition: %w", err)
		}
		if !empty {
			return 0, errStaleCounts
		}
	}
	if _, err := tx.Exec(ctx, `UPDATE cv_slots SET age = NULL WHERE age = $1`, band); err != nil {
		return 0, fmt.Errorf("close a partition: %w", err)
	}
	var partition int
	err := tx.Get(ctx, &partition, `
UPDATE cv_slots SET age = $1, room = greatest($3 - people, $3 / 4 + 1)
 WHERE slot = (SELECT slot FROM cv_slots WHERE mode = $2 AND age IS NULL ORDER BY people, slot LIMIT 1) RETURNING slot`,
		band, board.ModeLive, s.plan.partitionSize)
	if err != nil {
		return 0, fmt.Errorf("open a partition: %w", err)
	}
	return partition, nil
}

// partition is a partition of the index with about how many people it has.
type partition struct {
	Slot   int   `db:"slot"`
	People int   `db:"people"`
	Weeks  int64 `db:"weeks"` // the sum of their dates, in weeks since 1970
}

// partitions are the partitions of a mode that have people, those with the newest people first.
func (c *collector) partitions(ctx context.Context) (list []partition, people int, err error) {
	in := partitionsOf(c.q.mode)
	err = c.s.db.Reader(ctx).List(ctx, &list, `SELECT slot, people, weeks FROM cv_slots WHERE slot BETWEEN $1 AND $2 AND people > 0`, in.first, in.last)
	if err != nil {
		return nil, 0, fmt.Errorf("list the partitions: %w", err)
	}
	slices.SortFunc(list, func(a, b partition) int {
		return cmp.Or(cmp.Compare(b.Weeks/int64(b.People), a.Weeks/int64(a.People)), a.Slot-b.Slot)
	})
	for _, s := range list {
		people += s.People
	}
	return list, people, nil
}

// weekOf is the number of the week that t is in, from 1970 on.
func weekOf(t time.Time) int64 {
	const week = 7 * 24 * 60 * 60
	return t.Unix() / week
}
