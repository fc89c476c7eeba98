package outbox

import (
	"context"
	"fmt"

	"github.com/lib/pq"

	"itmanagerjobs/store/pg"
)

// ErrServerDown says that the database server is not running, or starts or stops.
var ErrServerDown = pg.ErrServerDown

// Presence is the sign of life of a worker: a lock that the database frees when it sees the worker's connection end. It tells
// a worker that was killed, whose lanes others can take at once, from one that hangs, whose lease they must wait for.
type Presence interface {
	// Lost is closed when the connection has ended, and the lock with it.
	Lost() <-chan struct{}
	// Release ends the connection.
	Release()
}

// HoldPresence gives the worker a presence. From then on other workers take its lanes when they see it missing, see Missing.
// The lease counts as before. Errors: ErrNotLive when the worker has been removed, ErrServerDown.
func (q *Queue) HoldPresence(ctx context.Context, workerID int64) (Presence, error) {
	held, err := q.db.HoldSessionLock(ctx, pg.LockWorker, workerID)
	if err != nil {
		return nil, fmt.Errorf("presence: %w", err)
	}
	err = q.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		done, err := tx.Exec(ctx, `UPDATE workers SET present_on = pg_postmaster_start_time() WHERE id = $1`, workerID)
		if err != nil {
			return err
		}
		if done == 0 {
			return ErrNotLive
		}
		return nil
	})
	if err != nil {
		held.Release()
		return nil, fmt.Errorf("presence: %w", err)
	}
	return held, nil
}

// Missing returns the workers with a lease but without the presence that they had. A server that was started since says
// nothing about them: its start has ended the sessions of all. A worker that has lost its connection may be about to hold
// its presence anew, so it must be missing twice, some time apart, before RemoveMissing.
func (q *Queue) Missing(ctx context.Context) (workers []int64, err error) {
	err = q.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		var present []int64
		if err := tx.List(ctx, &present, `SELECT id FROM workers WHERE present_on = pg_postmaster_start_time() ORDER BY id`); err != nil {
			return err
		}
		workers, err = tx.TryLocksOf(ctx, pg.LockWorker, present)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("missing workers: %w", err)
	}
	return workers, nil
}

// RemoveMissing removes those of the workers that are still missing, and frees their lanes. A worker that comes back late finds
// that it was removed, and so does the record of its attempts.
func (q *Queue) RemoveMissing(ctx context.Context, workers []int64) error {
	err := q.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		if err := tx.Durable(ctx); err != nil {
			return err
		}
		missing, err := tx.TryLocksOf(ctx, pg.LockWorker, workers)
		if err != nil {
			return err
		}
		return removeWorkers(ctx, tx, `w.present_on = pg_postmaster_start_time() AND w.id = ANY ($1)`, pq.Int64Array(missing))
	})
	if err != nil {
		return fmt.Errorf("remove missing workers: %w", err)
	}
	return nil
}

// removeWorkers removes the workers that a condition names and frees their lanes. Once the row is gone, a late renewal
// finds nothing to renew; a renewal that is running has locked the row, which is then skipped.
func removeWorkers(ctx context.Context, tx *pg.Tx, condition string, args ...any) error {
	var removed pq.Int64Array
	err := tx.List(ctx, (*[]int64)(&removed), `
DELETE FROM workers d
 USING (SELECT w.id FROM workers w WHERE `+condition+` ORDER BY w.id FOR UPDATE SKIP LOCKED) w
 WHERE d.id = w.id
RETURNING d.id`, args...)
	if err != nil || len(removed) == 0 {
		return err
	}
	return freeLanes(ctx, tx, `owner = ANY ($1)`, removed)
}
