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

// The index is cut into segments: partitions of cv_index by its column slot, each with a GIN index of its own. One segment is
// for the test mode, the others are for the live mode and fill up in turn.
const (
	testSegment      = 0
	firstLiveSegment = 1
	lastLiveSegment  = 16
)

// The tiers of recency: people who were updated within 16 weeks, within a year, or before. Each tier fills a segment of its
// own, so that newer people stand in other segments than older ones, in whatever order they come in.
const (
	tiers      = 3
	recentAge  = 16 * 7 * 24 * time.Hour
	currentAge = 365 * 24 * time.Hour
)

func tierOf(updatedAt, now time.Time) int {
	switch age := now.Sub(updatedAt); {
	case age <= recentAge:
		return 0
	case age <= currentAge:
		return 1
	default:
		return 2
	}
}

// segmentRange is the segments from the first to the last.
type segmentRange struct{ first, last int }

// segmentsOf are the segments of a mode.
func segmentsOf(mode board.Mode) segmentRange {
	if mode == board.ModeTest {
		return segmentRange{testSegment, testSegment}
	}
	return segmentRange{firstLiveSegment, lastLiveSegment}
}

// arrivals are how many people of one tier come in, and the sum of their dates in weeks since 1970.
type arrivals struct {
	people int
	weeks  int64
}

// errStaleCounts tells that a segment must be chosen among used ones, whose counts may be wrong.
var errStaleCounts = errors.New("the counts of the segments may be wrong")

// reserve chooses the segment that new people of each tier come into, and adds the people to its count. It is a transaction
// of its own, before the people come in: a segment that counts people who did not come does no harm, and no import waits for
// another one that is at work.
func (s *Store) reserve(ctx context.Context, mode board.Mode, now time.Time, updated []time.Time) ([tiers]int, error) {
	var in [tiers]arrivals
	for _, at := range updated {
		a := &in[tierOf(at, now)]
		a.people++
		a.weeks += weekOf(at)
	}
	segments, err := s.tryReserve(ctx, mode, in, false)
	if !errors.Is(err, errStaleCounts) {
		return segments, err
	}
	// Not under the lock that other imports wait for.
	if err := s.recount(ctx); err != nil {
		return segments, err
	}
	return s.tryReserve(ctx, mode, in, true)
}

// tryReserve is reserve. Errors: errStaleCounts, unless the segments were just counted.
func (s *Store) tryReserve(ctx context.Context, mode board.Mode, in [tiers]arrivals, counted bool) (segments [tiers]int, err error) {
	err = s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		if err := tx.Lock(ctx, pg.LockCVSlots); err != nil {
			return fmt.Errorf("wait for other imports: %w", err)
		}
		for tier, a := range in {
			if a.people == 0 || mode == board.ModeTest {
				continue // the zero value is testSegment
			}
			if segments[tier], err = s.segmentFor(ctx, tx, tier, counted); err != nil {
				return err
			}
		}
		for tier, a := range in {
			if a.people == 0 {
				continue
			}
			_, err := tx.Exec(ctx, `UPDATE cv_slots SET people = people + $2, weeks = weeks + $3, room = room - $2 WHERE slot = $1`, segments[tier], a.people, a.weeks)
			if err != nil {
				return fmt.Errorf("count people in: %w", err)
			}
		}
		return nil
	})
	return segments, err
}

// segmentFor is the segment that people of a tier come into. When it is full, the one with the fewest people is next.
// Errors: errStaleCounts.
func (s *Store) segmentFor(ctx context.Context, tx *pg.Tx, tier int, counted bool) (int, error) {
	var open []int
	if err := tx.List(ctx, &open, `SELECT slot FROM cv_slots WHERE age = $1 AND room > 0`, tier); err != nil {
		return 0, fmt.Errorf("look for an open segment: %w", err)
	}
	if len(open) > 0 {
		return open[0], nil
	}
	if !counted {
		var empty bool
		if err := tx.Get(ctx, &empty, `SELECT EXISTS (SELECT FROM cv_slots WHERE mode = $1 AND age IS NULL AND people = 0)`, board.ModeLive); err != nil {
			return 0, fmt.Errorf("look for an empty segment: %w", err)
		}
		if !empty {
			return 0, errStaleCounts
		}
	}
	if _, err := tx.Exec(ctx, `UPDATE cv_slots SET age = NULL WHERE age = $1`, tier); err != nil {
		return 0, fmt.Errorf("close a segment: %w", err)
	}
	var segment int
	err := tx.Get(ctx, &segment, `
UPDATE cv_slots SET age = $1, room = greatest($3 - people, $3 / 4 + 1)
 WHERE slot = (SELECT slot FROM cv_slots WHERE mode = $2 AND age IS NULL ORDER BY people, slot LIMIT 1) RETURNING slot`,
		tier, board.ModeLive, s.plan.segmentSize)
	if err != nil {
		return 0, fmt.Errorf("open a segment: %w", err)
	}
	return segment, nil
}

// segment is a segment of the index and about how many people it has.
type segment struct {
	Slot   int   `db:"slot"`
	People int   `db:"people"`
	Weeks  int64 `db:"weeks"` // the sum of their dates, in weeks since 1970
}

// segments are the segments of a mode that have people, those with the newest people first.
func (c *collector) segments(ctx context.Context) (list []segment, people int, err error) {
	in := segmentsOf(c.q.mode)
	err = c.s.db.Reader(ctx).List(ctx, &list, `SELECT slot, people, weeks FROM cv_slots WHERE slot BETWEEN $1 AND $2 AND people > 0`, in.first, in.last)
	if err != nil {
		return nil, 0, fmt.Errorf("list the segments: %w", err)
	}
	slices.SortFunc(list, func(a, b segment) int {
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
