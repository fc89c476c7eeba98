package job

import (
	"context"
	"errors"
	"fmt"
	"time"

	"itmanagerjobs/store/account"
	"itmanagerjobs/store/batch"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
)

// together bounds the transactions of a tenant in which jobs are created that come one by one, and those in which jobs are published. The events of a tenant and its audit
// log have gap-free numbers, so its transactions commit one after the other anyway: those that would wait go into the next one, all of
// them, and the disk is waited for once. A transaction that takes longer than a lock is waited for does not wait for another.
var together = batch.Options{Patience: 10 * time.Second, AtOnce: 2, Most: 100, Within: 30 * time.Second}

// creation is a job that is to be created, and who creates it.
type creation struct {
	patch board.JobPatch
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
		var err error
		if result, err = s.creates.Do(ctx, t, creation{p, act}); err != nil {
			return board.Job{}, err
		}
	}
	return result.Job, result.Err
}

// createTogether creates jobs of a tenant in one transaction. It fails only when nothing of it is kept.
func (s *Store) createTogether(ctx context.Context, t board.Tenant, all []creation) ([]Result, error) {
	return pg.Together(pg.For(ctx, t.EmployerID), s.db, len(all), failed, func(ctx context.Context, tx *pg.Tx) ([]Result, error) {
		results := make([]Result, len(all))
		drafts, at := make([]board.Job, 0, len(all)), make([]int, 0, len(all))
		for i, c := range all {
			draft, err := board.NewJob(t.EmployerID, t.Mode, c.patch, tx.Now)
			if err != nil {
				results[i].Err = err
				continue
			}
			drafts, at = append(drafts, draft), append(at, i)
		}
		made, err := created(ctx, tx, t, drafts)
		if err != nil {
			return nil, err
		}
		for n, i := range at {
			if results[i] = made[n]; results[i].Err == nil && all[i].act != nil {
				act := *all[i].act
				act.Objects = []string{fmt.Sprintf("jobs/%d", results[i].Job.ID)}
				account.WriteAct(tx, act)
			}
		}
		return results, nil
	})
}

// failed is the result of what failed with the whole transaction.
func failed(err error) Result { return Result{Err: err} }

// created inserts drafts with their events. The result of each is its job, or a conflict.
func created(ctx context.Context, tx *pg.Tx, t board.Tenant, drafts []board.Job) ([]Result, error) {
	if len(drafts) == 0 {
		return nil, nil
	}
	made, err := insertJobs(ctx, tx, drafts)
	if err != nil {
		return nil, err
	}
	results := make([]Result, len(made))
	for i, job := range made {
		if job.ID != 0 {
			results[i].Job = job
			outbox.Emit(tx, t, board.JobCreatedEvent(job))
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
