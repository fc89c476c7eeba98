package match

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/lib/pq"

	"itmanagerjobs/store/pg"
)

// holds is how many locks people share: a batch may take all of them, and PostgreSQL has room for some thousands.
const holds = 1024

func holdOf(candidateID int64) int64 { return candidateID % holds }

// Hold keeps a batch of matching from writing matches of a candidate, and from telling anybody of them, until the transaction
// ends. It waits for a batch that is writing, which is short, but not for one that computes. The transaction is to hide or
// erase the candidate: a batch that computes passes over those who are held, and looks again who is there.
func Hold(ctx context.Context, tx *pg.Tx, candidateID int64) error {
	if err := tx.LockOf(ctx, pg.LockMatched, holdOf(candidateID)); err != nil {
		return fmt.Errorf("keep matching away: %w", err)
	}
	return nil
}

// Forget withdraws the matches of candidates that nobody may see any more, who are hidden or erased by this transaction, and
// holds them (see Hold). Enqueue them as well, to have them removed from the index.
func Forget(ctx context.Context, tx *pg.Tx, candidateIDs ...int64) error {
	ordered := slices.SortedFunc(slices.Values(candidateIDs), func(a, b int64) int { return int(holdOf(a) - holdOf(b)) })
	for _, id := range ordered {
		if err := Hold(ctx, tx, id); err != nil {
			return err
		}
	}
	//house:tenant a person of the CV database has matches of all employers
	if _, err := tx.Exec(ctx, `DELETE FROM matches WHERE candidate_id = ANY ($1)`, pq.Int64Array(candidateIDs)); err != nil {
		return fmt.Errorf("withdraw matches: %w", err)
	}
	return nil
}

// ForgetNotices deletes the record of who was told of candidates that are erased. It belongs to Forget.
func ForgetNotices(ctx context.Context, tx *pg.Tx, candidateIDs ...int64) error {
	if _, err := tx.Exec(ctx, `DELETE FROM match_notices WHERE candidate_id = ANY ($1)`, pq.Int64Array(candidateIDs)); err != nil {
		return fmt.Errorf("delete notices of matches: %w", err)
	}
	return nil
}

// peopleThereSQL finds the candidates that may be seen. They share their numbers, whichever table they are in.
const peopleThereSQL = `
SELECT id FROM cv_candidates WHERE id = ANY ($1) AND visibility = 'Visible'
 UNION ALL SELECT id FROM candidates WHERE id = ANY ($1) AND erased_at IS NULL`

// holdPeople keeps the people of pairs from being hidden or erased until the transaction ends, and waits for nobody. held are
// the pairs of those who may be seen and whom no other transaction holds; others are the rest of the people.
func holdPeople(ctx context.Context, tx *pg.Tx, pairs []pair) (held []pair, others map[Kind][]int64, err error) {
	locks := map[int64]bool{}
	for _, p := range pairs {
		locks[holdOf(p.candidate)] = false
	}
	got, err := tx.TryLockOfShared(ctx, pg.LockMatched, slices.Collect(maps.Keys(locks)))
	if err != nil {
		return nil, nil, err
	}
	for _, l := range got {
		locks[l] = true
	}
	var ids pq.Int64Array
	for _, p := range pairs {
		if locks[holdOf(p.candidate)] {
			ids = append(ids, p.candidate)
		}
	}
	slices.Sort(ids)
	// This statement sees that a person was hidden or erased before the locks were taken.
	var there []int64
	if err := tx.List(ctx, &there, peopleThereSQL, slices.Compact(ids)); err != nil {
		return nil, nil, fmt.Errorf("look again for the people of matches: %w", err)
	}
	slices.Sort(there)
	others = map[Kind][]int64{}
	for _, p := range pairs {
		if _, found := slices.BinarySearch(there, p.candidate); found {
			held = append(held, p)
		} else if !slices.Contains(others[p.kind()], p.candidate) {
			others[p.kind()] = append(others[p.kind()], p.candidate)
		}
	}
	return held, others, nil
}
