package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
)

// matchLock is the advisory lock of whoever works off match_work: one batch at a time over all copies of the program, so
// that no batch writes what it has read before another one, and that matching leaves most of the machine to others.
const matchLock = 7_340_213

// matchJobs is how many jobs are taken at once: each is compared with the whole CV database.
const matchJobs = 4

// matchKind is what is to be matched anew.
type matchKind string

const (
	matchOfJob       matchKind = "job"
	matchOfCandidate matchKind = "candidate"    // of an employer's pipeline
	matchOfCv        matchKind = "cv_candidate" // of the CV database
)

// enqueueMatching has matches computed anew for what this transaction changes: of jobs that become Active, are changed
// while they are, or cease to be; of candidates that come, go, or change in what a score is made of.
func (tx *Tx) enqueueMatching(ctx context.Context, kind matchKind, ids ...int64) error {
	if len(ids) == 0 {
		return nil
	}
	_, err := tx.exec(ctx, `INSERT INTO match_work (kind, subject_id) SELECT $1, unnest($2::bigint[])`, kind, pq.Int64Array(ids))
	if err != nil {
		return fmt.Errorf("enqueue matching: %w", err)
	}
	return nil
}

// enqueueJob does that for a changed job that is, or was, Active.
func (tx *Tx) enqueueJob(ctx context.Context, before board.JobStatus, job board.Job) error {
	if before != board.JobActive && job.Status != board.JobActive {
		return nil
	}
	return tx.enqueueMatching(ctx, matchOfJob, job.ID)
}

// forgetMatches takes away the matches of candidates that nobody may see any more. It waits for a batch that is under
// way, which may have read them before and would bring them back; enqueue them as well, for what else there is of them.
func (tx *Tx) forgetMatches(ctx context.Context, candidateIDs ...int64) error {
	if _, err := tx.exec(ctx, `SELECT pg_advisory_xact_lock($1)`, matchLock); err != nil {
		return fmt.Errorf("wait for matching: %w", err)
	}
	if _, err := tx.exec(ctx, `DELETE FROM matches WHERE candidate_id = ANY ($1)`, pq.Int64Array(candidateIDs)); err != nil {
		return fmt.Errorf("forget matches: %w", err)
	}
	return nil
}

// forgetNotices forgets, beside the matches of candidates that are erased, whom they were told to.
func (tx *Tx) forgetNotices(ctx context.Context, candidateIDs ...int64) error {
	if _, err := tx.exec(ctx, `DELETE FROM match_notices WHERE candidate_id = ANY ($1)`, pq.Int64Array(candidateIDs)); err != nil {
		return fmt.Errorf("forget notices of matches: %w", err)
	}
	return nil
}

// ComputeMatches works off a batch of what has changed, up to limit candidates or a few jobs, in one transaction, and
// tells how much that was: 0 when there is nothing, or when another copy of the program is at it.
func (s *Store) ComputeMatches(ctx context.Context, limit int) (int, error) {
	var waiting bool
	if err := s.reader(ctx).GetContext(ctx, &waiting, `SELECT EXISTS (SELECT FROM match_work)`); err != nil || !waiting {
		return 0, err
	}
	var done int
	err := s.WithTx(ctx, func(ctx context.Context, tx *Tx) error {
		var ours bool
		if err := tx.get(ctx, &ours, `SELECT pg_try_advisory_xact_lock($1)`, matchLock); err != nil || !ours {
			return err
		}
		// Jobs first: their employers wait for them, while a load of candidates takes minutes.
		jobs, rows, err := tx.takeMatchWork(ctx, takeJobsSQL, matchJobs)
		if err != nil {
			return err
		}
		if done = rows; done > 0 {
			return tx.matchJobs(ctx, jobs[matchOfJob])
		}
		candidates, rows, err := tx.takeMatchWork(ctx, takeCandidatesSQL, limit)
		if err != nil {
			return err
		}
		done = rows
		return tx.matchCandidates(ctx, candidates[matchOfCandidate], candidates[matchOfCv])
	})
	if err != nil {
		return 0, fmt.Errorf("compute matches: %w", err)
	}
	return done, nil
}

const (
	takeJobsSQL = `
WITH first AS (SELECT seq, kind, subject_id FROM match_work WHERE kind = 'job' ORDER BY seq LIMIT $1 FOR UPDATE SKIP LOCKED)
DELETE FROM match_work w USING first f WHERE w.seq = f.seq RETURNING w.kind, w.subject_id`
	takeCandidatesSQL = `
WITH first AS (SELECT seq, kind, subject_id FROM match_work WHERE kind <> 'job' ORDER BY seq LIMIT $1 FOR UPDATE SKIP LOCKED)
DELETE FROM match_work w USING first f WHERE w.seq = f.seq RETURNING w.kind, w.subject_id`
)

// takeMatchWork takes the oldest rows away and gives their subjects, each once.
func (tx *Tx) takeMatchWork(ctx context.Context, query string, limit int) (subjects map[matchKind][]int64, rows int, err error) {
	var taken []struct {
		Kind      matchKind `db:"kind"`
		SubjectID int64     `db:"subject_id"`
	}
	if err := tx.list(ctx, &taken, query, limit); err != nil {
		return nil, 0, fmt.Errorf("take work: %w", err)
	}
	subjects = map[matchKind][]int64{}
	for _, w := range taken {
		subjects[w.Kind] = append(subjects[w.Kind], w.SubjectID)
	}
	for kind, ids := range subjects {
		slices.Sort(ids)
		subjects[kind] = slices.Compact(ids)
	}
	return subjects, len(taken), nil
}
