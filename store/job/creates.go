package job

import (
	"context"
	"errors"
	"fmt"
	"time"

	"itmanagerjobs/store/account"
	"itmanagerjobs/store/batch"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
)

// together bounds the transactions that create, or publish, jobs for several requests of a tenant at once. The events of a tenant and its
// audit log have gap-free numbers, so its transactions commit one after the other anyway: requests that would wait share the next
// transaction, and wait for the disk once. When a transaction takes longer than a lock is waited for, the next one begins beside it.
var together = batch.Options{Patience: 10 * time.Second, AtOnce: 2, Most: 100, Within: 30 * time.Second, Company: 20 * time.Millisecond}

// creation is a draft that is to be written, and who creates it.
type creation struct {
	draft board.Job
	act   *board.Act
}

// CreateJob creates a draft, in one transaction with what is created for the tenant at the same time; each of them is made or
// refused for itself. Errors: invalid_request; conflict when another job has the reference.
func (s *Store) CreateJob(ctx context.Context, t board.Tenant, p board.JobPatch) (board.Job, error) {
	var result Result
	act, other := account.ActOf(ctx)
	if s.db.Joined(ctx) != nil || other {
		results, err := s.CreateJobs(ctx, t, []board.JobPatch{p}, []error{nil})
		if err != nil {
			return board.Job{}, err
		}
		result = results[0]
	} else {
		// Made here, so that the transaction, for which others wait, has only to write it.
		draft, err := board.NewJob(t.EmployerID, t.Mode, p, s.db.Now())
		if err != nil {
			return board.Job{}, err
		}
		if result, err = s.creates.Do(ctx, t, creation{draft, act}); err != nil {
			return board.Job{}, err
		}
	}
	return result.Job, result.Err
}

// createTogether creates jobs of a tenant in one transaction. It fails only when none of them is kept.
func (s *Store) createTogether(ctx context.Context, t board.Tenant, all []creation) ([]Result, error) {
	return pg.Together(pg.For(ctx, t.EmployerID), s.db, len(all), failed, func(ctx context.Context, tx *pg.Tx) ([]Result, error) {
		results, err := created(ctx, tx, t, pg.Column[[]board.Job](all, func(c creation) board.Job { return c.draft }))
		if err != nil {
			return nil, err
		}
		for i, c := range all {
			if results[i].Err == nil && c.act != nil {
				act := *c.act
				act.Objects = []string{fmt.Sprintf("jobs/%d", results[i].Job.ID)}
				account.WriteAct(tx, act)
			}
		}
		return results, nil
	})
}

// failed is the result of what failed with the whole transaction.
func failed(err error) Result { return Result{Err: err} }

// created inserts drafts with their events, at the time of the transaction. The result of each is its job, or a conflict.
func created(ctx context.Context, tx *pg.Tx, t board.Tenant, drafts []board.Job) ([]Result, error) {
	if len(drafts) == 0 {
		return nil, nil
	}
	for i := range drafts {
		drafts[i].CreatedAt, drafts[i].UpdatedAt = board.Moment(tx.Now), board.Moment(tx.Now)
	}
	made, err := insertJobs(ctx, tx, drafts)
	if err != nil {
		return nil, err
	}
	results := make([]Result, len(made))
	for i, job := range made {
		if job.ID != 0 {
			results[i].Job = job
			outbox.Emit(tx, t, event.NewJobCreated(job))
			continue
		}
		taken := referenceTaken(ctx, tx, t, *drafts[i].Reference)
		if _, ok := errors.AsType[*board.Error](taken); !ok {
			return nil, taken
		}
		results[i].Err = taken
	}
	return results, nil
}
