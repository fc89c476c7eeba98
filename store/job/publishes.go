package job

import (
	"context"
	"time"

	"github.com/lib/pq"

	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/match"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
)

// publishing is a job that is to be published, and who publishes it.
type publishing struct {
	jobID  int64
	expiry *time.Time
	pre    board.Precondition
	keyID  int64
	act    *board.Act
	// place is where its result goes.
	place int
}

// published is a job after its publication.
type published struct {
	board.Job

	keyID int64
	// at is the place of its result.
	at int
}

func (p published) bought() account.Publication {
	return account.Publication{JobID: p.ID, Number: p.Publications, KeyID: p.keyID}
}

// Publish makes a draft or expired job Active and charges one job posting credit, in one transaction with what is published for the
// tenant at the same time; each of them is published or refused for itself. In test mode and under a running contract
// it charges none. Both happen, or neither. The job runs until expiry; nil means board.DefaultRun from now.
// Errors: not_found; precondition_failed; invalid_state; invalid_request; no_credits.
func (s *Store) Publish(ctx context.Context, p account.Principal, id int64, expiry *time.Time, pre board.Precondition) (board.Job, error) {
	act, other := account.ActOf(ctx)
	one := publishing{jobID: id, expiry: expiry, pre: pre, keyID: p.KeyID}
	if s.db.Joined(ctx) == nil && !other {
		one.act = act
		result, err := s.publishes.Do(ctx, p.Tenant, one)
		if err != nil {
			return board.Job{}, err
		}
		return result.Job, result.Err
	}
	var job board.Job
	err := s.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		results, err := s.publish(ctx, tx, p.Tenant, []publishing{one})
		if err != nil {
			return err
		}
		job = results[0].Job
		return results[0].Err
	})
	return job, err
}

// publishTogether publishes jobs of a tenant in one transaction. It fails only when none of it is kept.
func (s *Store) publishTogether(ctx context.Context, t board.Tenant, all []publishing) ([]Result, error) {
	return pg.Together(pg.For(ctx, t.EmployerID), s.db, len(all), failed, func(ctx context.Context, tx *pg.Tx) ([]Result, error) {
		results := make([]Result, len(all))
		for i := range all {
			all[i].place = i
		}
		for rest := all; len(rest) > 0; {
			// A job that several requests name is published for the first of them. The others find it Active, if it could be paid for.
			var now []publishing
			now, rest = eachOnce(rest)
			done, err := s.publish(ctx, tx, t, now)
			if err != nil {
				return nil, err
			}
			for i, p := range now {
				results[p.place] = done[i]
			}
		}
		for i, p := range all {
			if results[i].Err == nil && p.act != nil {
				account.WriteAct(tx, *p.act)
			}
		}
		return results, nil
	})
}

// eachOnce takes the first publication of each job out of a list.
func eachOnce(all []publishing) (first, rest []publishing) {
	seen := map[int64]bool{}
	for _, p := range all {
		if seen[p.jobID] {
			rest = append(rest, p)
		} else {
			first = append(first, p)
		}
		seen[p.jobID] = true
	}
	return first, rest
}

// publish publishes jobs, each of which is named once: it locks them in the order of their ids, pays for as many as there are
// credits for, and writes them with their events. Each has a result. The locks of the balance and of the heads come last.
func (s *Store) publish(ctx context.Context, tx *pg.Tx, t board.Tenant, all []publishing) ([]Result, error) {
	jobs, employer, err := lockAll(ctx, tx, t, pg.Column[pq.Int64Array](all, func(p publishing) int64 { return p.jobID }))
	if err != nil {
		return nil, err
	}
	results := make([]Result, len(all))
	var wanted []published
	for i, p := range all {
		job, found := jobs[p.jobID]
		if !found {
			results[i].Err = ErrNoJob
			continue
		}
		if results[i].Err = p.pre.Check("job", job.Version); results[i].Err != nil {
			continue
		}
		if results[i].Err = job.Publish(tx.Now, p.expiry); results[i].Err != nil {
			continue
		}
		results[i].Job = job
		wanted = append(wanted, published{job, p.keyID, i})
	}
	paid, err := s.accounts.SpendOnPublications(ctx, tx, t, employer.ContractUntil, pg.Column[[]account.Publication](wanted, published.bought))
	if err != nil {
		return nil, err
	}
	for _, w := range wanted[paid:] {
		results[w.at] = Result{Err: board.NoCredits(board.CreditJobPosting)}
	}
	wanted = wanted[:paid]
	if err := writePublished(ctx, tx, t, employer.Company, wanted); err != nil {
		return nil, err
	}
	for _, w := range wanted {
		outbox.Emit(tx, t, event.NewJobPublished(w.Job))
	}
	return results, match.Enqueue(ctx, tx, match.OfJob, pg.Column[[]int64](wanted, func(w published) int64 { return w.ID })...)
}
