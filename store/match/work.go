package match

import (
	"context"
	"fmt"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
	"slices"

	"github.com/lib/pq"
)

// jobsAtOnce is how many jobs are taken at once: each is compared with the whole CV database.
const jobsAtOnce = 4

// matchKind is what is to be matched anew.
type Kind string

const (
	OfJob       Kind = "job"
	OfCandidate Kind = "candidate"    // of an employer's pipeline
	OfCV        Kind = "cv_candidate" // of the CV database
)

// enqueueMatching has matches computed anew for what this transaction changes: of jobs that become Active, are changed
// while they are, or cease to be; of candidates that come, go, or change in what a score is made of.
func Enqueue(ctx context.Context, tx *pg.Tx, kind Kind, ids ...int64) error {
	if len(ids) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, `INSERT INTO match_work (kind, subject_id) SELECT $1, unnest($2::bigint[])`, kind, pq.Int64Array(ids))
	if err != nil {
		return fmt.Errorf("enqueue matching: %w", err)
	}
	return nil
}

// enqueueJob does that for a changed job that is, or was, Active.
func EnqueueJob(ctx context.Context, tx *pg.Tx, before board.JobStatus, job board.Job) error {
	if before != board.JobActive && job.Status != board.JobActive {
		return nil
	}
	return Enqueue(ctx, tx, OfJob, job.ID)
}

// forgetMatches takes away the matches of candidates that nobody may see any more. It waits for a batch that is under
// way, which may have read them before and would bring them back; enqueue them as well, for what else there is of them.
func Forget(ctx context.Context, tx *pg.Tx, candidateIDs ...int64) error {
	if err := tx.Lock(ctx, pg.LockMatching); err != nil {
		return fmt.Errorf("wait for matching: %w", err)
	}
	if _, err := tx.Exec(ctx, `DELETE FROM matches WHERE candidate_id = ANY ($1)`, pq.Int64Array(candidateIDs)); err != nil {
		return fmt.Errorf("forget matches: %w", err)
	}
	return nil
}

// forgetNotices forgets, beside the matches of candidates that are erased, whom they were told to.
func ForgetNotices(ctx context.Context, tx *pg.Tx, candidateIDs ...int64) error {
	if _, err := tx.Exec(ctx, `DELETE FROM match_notices WHERE candidate_id = ANY ($1)`, pq.Int64Array(candidateIDs)); err != nil {
		return fmt.Errorf("forget notices of matches: %w", err)
	}
	return nil
}

// ComputeMatches works off a batch of what has changed, up to limit candidates or a few jobs, in one transaction, and
// tells how much that was: 0 when there is nothing, or when another copy of the program is at it.
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
		// Jobs first: their employers wait for them, while a load of candidates takes minutes.
		jobs, rows, err := takeMatchWork(ctx, tx, takeJobsSQL, jobsAtOnce)
		if err != nil {
			return err
		}
		if done = rows; done > 0 {
			return matchJobs(ctx, tx, jobs[OfJob])
		}
		candidates, rows, err := takeMatchWork(ctx, tx, takeCandidatesSQL, limit)
		if err != nil {
			return err
		}
		done = rows
		return matchCandidates(ctx, tx, candidates[OfCandidate], candidates[OfCV])
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
func takeMatchWork(ctx context.Context, tx *pg.Tx, query string, limit int) (subjects map[Kind][]int64, rows int, err error) {
	var taken []struct {
		Kind      Kind  `db:"kind"`
		SubjectID int64 `db:"subject_id"`
	}
	if err := tx.List(ctx, &taken, query, limit); err != nil {
		return nil, 0, fmt.Errorf("take work: %w", err)
	}
	subjects = map[Kind][]int64{}
	for _, w := range taken {
		subjects[w.Kind] = append(subjects[w.Kind], w.SubjectID)
	}
	for kind, ids := range subjects {
		slices.Sort(ids)
		subjects[kind] = slices.Compact(ids)
	}
	return subjects, len(taken), nil
}
