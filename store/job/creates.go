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

// creates bounds the transactions of a tenant in which jobs are created that come one by one. The events of a tenant and its audit
// log have gap-free numbers, so its transactions commit one after the other anyway: those that would wait go into the next one, all of
// them, and the disk is waited for once. A transaction that takes longer than a lock is waited for does not wait for another.
var creates = batch.Options{Patience: 10 * time.Second, AtOnce: 2, Most: 100, Within: 30 * time.Second}

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
func (s *Store) createTogether(ctx context.Context, t board.Tenant, batch []creation) ([]Result, error) {
	var results []Result
	err := s.db.WithTx(pg.Detach(ctx), func(ctx context.Context, tx *pg.Tx) error {
		results = make([]Result, len(batch))
		drafts, at := make([]board.Job, 0, len(batch)), make([]int, 0, len(batch))
		for i, c := range batch {
			draft, err := board.NewJob(t.EmployerID, t.Mode, c.patch, tx.Now)
			if err != nil {
				results[i].Err = err
				continue
			}
			drafts, at = append(drafts, draft), append(at, i)
		}
		made, err := created(ctx, tx, t, drafts)
		if err != nil {
			return err
		}
		for n, i := range at {
			if results[i] = made[n]; results[i].Err == nil && batch[i].act != nil {
				act := *batch[i].act
				act.Objects = []string{fmt.Sprintf("jobs/%d", results[i].Job.ID)}
				account.WriteAct(tx, act)
			}
		}
		return nil
	})
	if pg.Undone(err) {
		return nil, err // because of one of them: each is tried by itself
	}
	if err != nil {
		// The commit may have been done, so that nothing may be tried again.
		results = make([]Result, len(batch))
		for i := range results {
			results[i].Err = err
		}
	}
	return results, nil
}

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
