package cv

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
)

// The parts of cv_index, see migration 17: one for the test mode, and those that the live one fills in turn.
const (
	testSlot      = 0
	firstLiveSlot = 1
	lastLiveSlot  = 16
)

// The ages of which parts are filled: whoever was heard of within 16 weeks, within a year, or before. So most of those
// who are newer stand in other parts than the rest, in whatever order they come in.
const (
	ages   = 3
	lately = 16 * 7 * 24 * time.Hour
	aYear  = 365 * 24 * time.Hour
)

func ageOf(updatedAt, now time.Time) int {
	switch age := now.Sub(updatedAt); {
	case age <= lately:
		return 0
	case age <= aYear:
		return 1
	default:
		return 2
	}
}

// slotsOf are the numbers of the first and the last part of a mode.
func slotsOf(mode board.Mode) slotRange {
	if mode == board.ModeTest {
		return slotRange{testSlot, testSlot}
	}
	return slotRange{firstLiveSlot, lastLiveSlot}
}

type slotRange struct{ first, last int }

// arrival is how many of one age come in, and the sum of their dates in weeks.
type arrival struct {
	people int
	weeks  int64
}

// reserveSlots chooses the part that people of each age at now come into, and counts them in. It is a transaction of its own,
// before the people come in: a part that counts somebody who did not come does no harm, and nobody waits for an import
// that is at work.
func (s *Store) reserveSlots(ctx context.Context, mode board.Mode, now time.Time, updated []time.Time) (slot [ages]int, err error) {
	var in [ages]arrival
	for _, at := range updated {
		a := &in[ageOf(at, now)]
		a.people++
		a.weeks += weekOf(at)
	}
	err = s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		if err := tx.Lock(ctx, pg.LockCVSlots); err != nil {
			return fmt.Errorf("wait for other imports: %w", err)
		}
		for age, a := range in {
			if a.people == 0 {
				continue
			}
			var err error
			slot[age] = testSlot
			if mode == board.ModeLive {
				slot[age], err = s.slotFor(ctx, tx, age)
			}
			if err != nil {
				return err
			}
			_, err = tx.Exec(ctx, `UPDATE cv_slots SET people = people + $2, weeks = weeks + $3, room = room - $2 WHERE slot = $1`, slot[age], a.people, a.weeks)
			if err != nil {
				return fmt.Errorf("count people in: %w", err)
			}
		}
		return nil
	})
	return slot, err
}

// slotFor is the part that is filled with people of an age. When it is full, the one with the fewest people is next.
func (s *Store) slotFor(ctx context.Context, tx *pg.Tx, age int) (int, error) {
	var open []int
	if err := tx.List(ctx, &open, `SELECT slot FROM cv_slots WHERE age = $1 AND room > 0`, age); err != nil {
		return 0, fmt.Errorf("look for an open part: %w", err)
	}
	if len(open) > 0 {
		return open[0], nil
	}
	var empty bool
	if err := tx.Get(ctx, &empty, `SELECT EXISTS (SELECT FROM cv_slots WHERE mode = $1 AND age IS NULL AND people = 0)`, board.ModeLive); err != nil {
		return 0, fmt.Errorf("look for an empty part: %w", err)
	}
	if !empty {
		if err := countSlots(ctx, tx); err != nil {
			return 0, err
		}
	}
	if _, err := tx.Exec(ctx, `UPDATE cv_slots SET age = NULL WHERE age = $1`, age); err != nil {
		return 0, fmt.Errorf("close a part: %w", err)
	}
	var slot int
	err := tx.Get(ctx, &slot, `
UPDATE cv_slots SET age = $1, room = greatest($3 - people, $3 / 4 + 1)
 WHERE slot = (SELECT slot FROM cv_slots WHERE mode = $2 AND age IS NULL ORDER BY people, slot LIMIT 1) RETURNING slot`,
		age, board.ModeLive, s.plan.slotSize)
	if err != nil {
		return 0, fmt.Errorf("open a part: %w", err)
	}
	return slot, nil
}

// CountCvSlots counts who is in each part: who comes in is counted beforehand, and who leaves is not taken off. It is
// called every hour, and when one of many parts is to be chosen.
func (s *Store) CountSlots(ctx context.Context) error {
	return s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		if err := tx.Lock(ctx, pg.LockCVSlots); err != nil {
			return fmt.Errorf("wait for imports: %w", err)
		}
		return countSlots(ctx, tx)
	})
}

// countSlots counts at least one where there was somebody: those who are being brought in are not to be seen yet, and a
// search leaves out a part of nobody.
func countSlots(ctx context.Context, tx *pg.Tx) error {
	for slot := testSlot; slot <= lastLiveSlot; slot++ {
		// The name of the part, for its index alone is read so.
		_, err := tx.Exec(ctx, `
UPDATE cv_slots s SET people = c.n, weeks = s.weeks / s.people * c.n
  FROM (SELECT greatest(count(*), 1) AS n FROM cv_index_`+strconv.Itoa(slot)+`) c WHERE s.slot = $1 AND s.people > 0 AND s.people <> c.n`, slot)
		if err != nil {
			return fmt.Errorf("count a part: %w", err)
		}
	}
	return nil
}

// slotShare is a part of cv_index and about how many people it has.
type slotShare struct {
	Slot   int   `db:"slot"`
	People int   `db:"people"`
	Weeks  int64 `db:"weeks"`
}

// slots are the parts of a mode that have people, those with the newest first.
func (c *collector) slots(ctx context.Context) (list []slotShare, people int, err error) {
	in := slotsOf(c.q.mode)
	err = c.s.db.Reader(ctx).List(ctx, &list, `SELECT slot, people, weeks FROM cv_slots WHERE slot BETWEEN $1 AND $2 AND people > 0`, in.first, in.last)
	if err != nil {
		return nil, 0, fmt.Errorf("list the parts: %w", err)
	}
	slices.SortFunc(list, func(a, b slotShare) int {
		return cmp.Or(cmp.Compare(b.Weeks/int64(b.People), a.Weeks/int64(a.People)), a.Slot-b.Slot)
	})
	for _, s := range list {
		people += s.People
	}
	return list, people, nil
}
