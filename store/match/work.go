package match

import (
	"context"
	"fmt"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
)

// Kind is the kind of a subject that is to be matched anew.
type Kind string

// The kinds.
const (
	OfJob       Kind = "job"
	OfCandidate Kind = "candidate"    // of an employer's pipeline
	OfCV        Kind = "cv_candidate" // of the CV database
)

// employerOf finds the employer of a subject s.id, in whose turn it is matched.
var employerOf = map[Kind]string{
	OfJob:       `(SELECT j.employer_id FROM jobs j WHERE j.id = s.id)`,
	OfCandidate: `(SELECT c.employer_id FROM candidates c WHERE c.id = s.id)`,
	OfCV:        `0`,
}

// Enqueue queues subjects that this transaction changes, whose matches are to be computed anew: jobs that become Active, are
// changed while they are, or cease to be; candidates that come, go, or change in what a score is made of.
func Enqueue(ctx context.Context, tx *pg.Tx, kind Kind, ids ...int64) error {
	if len(ids) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, `INSERT INTO match_work (kind, subject_id, employer_id) SELECT $1, s.id, coalesce(`+employerOf[kind]+`, 0) FROM unnest($2::bigint[]) AS s (id)`,
		kind, pq.Int64Array(ids))
	if err != nil {
		return fmt.Errorf("enqueue matching: %w", err)
	}
	return nil
}

// EnqueueJob queues a changed job that is Active, or was before.
func EnqueueJob(ctx context.Context, tx *pg.Tx, before board.JobStatus, job board.Job) error {
	if before != board.JobActive && job.Status != board.JobActive {
		return nil
	}
	return Enqueue(ctx, tx, OfJob, job.ID)
}
