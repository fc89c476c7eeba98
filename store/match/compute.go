package match

import (
	"context"
	"fmt"
	"slices"

	"github.com/lib/pq"

	"itmanagerjobs/store/board/fit"
	"itmanagerjobs/store/pg"
)

// jobsAtOnce is how many jobs are taken at once: each is compared with the whole CV database, and with peopleAtOnce candidates of its
// employer, after which it waits for its next turn.
const (
	jobsAtOnce   = 4
	peopleAtOnce = 500
)

// Compute works off a batch of what has changed, by turns a few jobs and up to limit candidates, in one transaction: a load of either
// keeps the other waiting for a batch at a time. It returns how
// much of it is done: 0 when there is nothing, when another copy of the program is at it, or when other transactions hold
// everybody who is left.
func (s *Store) Compute(ctx context.Context, limit int) (int, error) {
	var waiting bool
	if err := s.db.Reader(ctx).Get(ctx, &waiting, `SELECT EXISTS (SELECT FROM match_work)`); err != nil || !waiting {
		return 0, err
	}
	var done int
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		if ours, err := tx.TryLock(ctx, pg.LockMatching); err != nil || !ours {
			return err
		}
		steps := []func() (int, error){
			func() (int, error) { return s.matchJobs(ctx, tx) },
			func() (int, error) { return s.matchSome(ctx, tx, limit) },
		}
		if s.peopleNext.Load() {
			slices.Reverse(steps)
		}
		for _, step := range steps {
			var err error
			if done, err = step(); done > 0 || err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("compute matches: %w", err)
	}
	s.peopleNext.Store(!s.peopleNext.Load())
	return done, nil
}

// matchSome matches candidates, as many as can be matched at once: where each of them fits many jobs, fewer than limit.
func (s *Store) matchSome(ctx context.Context, tx *pg.Tx, limit int) (done int, err error) {
	portion := limit
	if last := int(s.portion.Load()); last > 0 {
		portion = min(last, limit)
	}
	taken, err := takeTurns(ctx, tx, ofPeople, &s.peopleOf, portion)
	if err != nil {
		return 0, err
	}
	pipeline := subjectsOf(taken, OfCandidate)
	cv := subjectsOf(taken, OfCV)
	people := len(pipeline) + len(cv)
	left, postponed, err := matchCandidates(ctx, tx, pipeline, cv)
	if err != nil {
		return 0, err
	}
	done = max(people-left-postponed, 0)
	switch {
	case left > 0:
		s.portion.Store(int64(max(done, 1)))
	case len(taken) >= portion:
		s.portion.Store(int64(2 * portion))
	}
	return done, nil
}

// matchCandidates finds the jobs of candidates, and withdraws the matches of those who are erased or hidden. left is how many of them were
// put back into the queue because there was no room for their pairs, postponed how many because others held them (see savePairs).
func matchCandidates(ctx context.Context, tx *pg.Tx, pipeline, cv []int64) (left, postponed int, err error) {
	people, err := matchPeople(ctx, tx, pipelinePeopleSQL+`id = ANY ($1) ORDER BY id`, pq.Int64Array(pipeline))
	if err != nil {
		return 0, 0, err
	}
	visible, err := visiblePeople(ctx, tx, cv)
	if err != nil {
		return 0, 0, err
	}
	there := func(places []place) (map[place]bool, error) { return pairsThere(ctx, tx, places) }
	pairs, rest, err := pairsWithin(tx.Now, matchedJobs(ctx, tx, people, visible), slices.Concat(people, visible), there)
	if err != nil {
		return 0, 0, err
	}
	for _, p := range rest {
		if p.Population == fit.PopulationPipeline {
			pipeline = without(pipeline, p.ID)
		} else {
			cv = without(cv, p.ID)
		}
	}
	for kind, ids := range idsOf(rest) {
		if err := Enqueue(ctx, tx, kind, ids...); err != nil {
			return 0, 0, err
		}
	}
	visible = slices.DeleteFunc(visible, func(p person) bool { _, done := slices.BinarySearch(cv, p.ID); return !done })
	if err := indexPeople(ctx, tx, cv, visible); err != nil {
		return 0, 0, err
	}
	postponed, err = savePairs(ctx, tx, pairs, func(kept pairColumns) ([]int64, error) {
		return withdraw(ctx, tx, withdrawOfCandidatesSQL, pq.Int64Array(slices.Concat(pipeline, cv)), kept.jobs, kept.candidates)
	})
	return len(rest), postponed, err
}

// without is a sorted list without one of its ids.
func without(ids []int64, id int64) []int64 {
	if i, found := slices.BinarySearch(ids, id); found {
		return slices.Delete(ids, i, i+1)
	}
	return ids
}

func idsOf(people []person) map[Kind][]int64 {
	ids := map[Kind][]int64{}
	for _, p := range people {
		kind := pair{from: p.Population}.kind()
		ids[kind] = append(ids[kind], p.ID)
	}
	return ids
}
