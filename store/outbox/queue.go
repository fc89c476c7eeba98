package outbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/lib/pq"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
)

// defaultQueueConns is enough for one fetch, one record, one renewal and one look for work at a time.
const defaultQueueConns = 4

// queueSettings are the settings of a Queue's sessions in addition to those of all sessions. Commits are asynchronous,
// because an attempt that a crash of the database loses is a delivery made twice, which at-least-once allows; transactions
// that must not be lost call Tx.Durable. A queue is empty in one minute and long in the next, and outdated statistics would
// make the planner read whole tables: every statement of a Queue follows an index, and the settings exclude other plans.
//
// A copy of the program that stops in the middle of a transaction, as on a paused machine, must not keep its locks, because
// nobody could take its lanes: the server ends such a session.
const queueSettings = `; SET synchronous_commit = off; SET enable_seqscan = off; SET enable_bitmapscan = off;
SET enable_hashjoin = off; SET enable_mergejoin = off; SET idle_in_transaction_session_timeout = '3s'`

// QueueOptions configure OpenQueue.
type QueueOptions struct {
	// MaxConns bounds the connections to the database; 0 means 4.
	MaxConns int
}

// Queue is what the delivery engine works with: pending deliveries, over a small pool of its own. It is safe for concurrent
// use.
//
// The engine joins as a worker, takes lanes, fetches their deliveries without changing a row, and records attempts in
// batches. Leases use the clock of the database, which all copies of the program share; due times use that of the store.
type Queue struct {
	db     *pg.DB
	outbox *Store
}

// OpenQueue opens a Queue on the database of the outbox, with its clock and its keys.
func (s *Store) OpenQueue(o QueueOptions) (*Queue, error) {
	if o.MaxConns == 0 {
		o.MaxConns = defaultQueueConns
	}
	db, err := pg.Open(s.db.DirectURL(), pg.Options{
		Log: s.log, Now: s.db.Now, MaxConns: o.MaxConns, Settings: queueSettings, TextParameters: true, Unavailable: board.ErrUnavailable,
		Connector: s.db.Opens(),
	})
	if err != nil {
		return nil, err
	}
	emitted.Write(db, s.writeEvents)
	return &Queue{db: db, outbox: s}, nil
}

// DB is the pool of the Queue, for the engine's access to other rooms.
func (q *Queue) DB() *pg.DB { return q.db }

// Close closes the connections. It does not end the worker, see Leave.
func (q *Queue) Close() error { return q.db.Close() }

// RoundTrips counts the statements of the Queue, see Store.RoundTrips.
func (q *Queue) RoundTrips() int64 { return q.db.RoundTrips() }

// Join makes the caller a worker with a lease.
func (q *Queue) Join(ctx context.Context, lease time.Duration) (workerID int64, err error) {
	err = q.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		if err := tx.Durable(ctx); err != nil {
			return err
		}
		return tx.Get(ctx, &workerID, `
INSERT INTO workers (started_at, renewed_at, lease_until)
SELECT $2, c.now, c.now + make_interval(secs => $1) FROM clock_timestamp() AS c (now) RETURNING id`, lease.Seconds(), tx.Now)
	})
	if err != nil {
		return 0, fmt.Errorf("join: %w", err)
	}
	return workerID, nil
}

// WorkerStatus is what a worker learns when it renews its lease.
type WorkerStatus struct {
	// Live is false when the lease had expired. It can't be renewed any more: other workers take the lanes.
	Live bool `db:"live"`
	// Workers counts the workers with a lease, and Lanes the lanes that are not paused, with or without an owner.
	Workers int `db:"workers"`
	Lanes   int `db:"lanes"`
}

// Renew extends the worker's lease, and with it the ownership of all its lanes: it ends after the given time. Leases of others that were
// renewed in the future, because the clock of the database was set back, begin now: those who live renew them soon, and no dead
// one keeps its lanes for longer than its lease.
func (q *Queue) Renew(ctx context.Context, workerID int64, lease time.Duration) (WorkerStatus, error) {
	var status WorkerStatus
	err := q.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		if err := tx.Durable(ctx); err != nil {
			return err
		}
		return tx.Get(ctx, &status, `
WITH renewed AS (
    UPDATE workers SET renewed_at = clock_timestamp(), lease_until = clock_timestamp() + make_interval(secs => $2)
     WHERE id = $1 AND lease_until > clock_timestamp() RETURNING id
), ahead AS MATERIALIZED (
    -- The reference to renewed makes it run first: who waits for the own row holds no other.
    SELECT w.id FROM workers w WHERE w.renewed_at > clock_timestamp() AND w.id <> $1 AND (SELECT count(*) FROM renewed) >= 0
       FOR NO KEY UPDATE SKIP LOCKED
), moved AS (
    UPDATE workers w SET renewed_at = clock_timestamp(), lease_until = clock_timestamp() + (w.lease_until - w.renewed_at) FROM ahead a WHERE w.id = a.id)
SELECT EXISTS (SELECT FROM renewed) AS live,
       (SELECT count(*) FROM workers WHERE lease_until > clock_timestamp()) AS workers,
       (SELECT count(*) FROM lanes WHERE NOT paused) AS lanes`, workerID, lease.Seconds())
	})
	if err != nil {
		return WorkerStatus{}, fmt.Errorf("renew the lease: %w", err)
	}
	return status, nil
}

// Leave removes a worker and frees all its lanes.
func (q *Queue) Leave(ctx context.Context, workerID int64) error {
	err := q.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		if err := tx.Durable(ctx); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM workers WHERE id = $1`, workerID); err != nil {
			return err
		}
		return freeLanes(ctx, tx, `owner = $1`, workerID)
	})
	if err != nil {
		return fmt.Errorf("leave: %w", err)
	}
	return nil
}

// ErrNotLive is the error for a worker whose lease has expired.
var ErrNotLive = errors.New("the worker's lease has expired")

// TakeLanes makes the worker the owner of up to n lanes that have no owner, or whose owner's lease has expired, and increments
// the epoch of each. Workers that call it at the same time get different lanes. Errors: ErrNotLive.
func (q *Queue) TakeLanes(ctx context.Context, workerID int64, n int) ([]Lane, error) {
	var lanes []Lane
	err := q.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		if err := tx.Durable(ctx); err != nil {
			return err
		}
		if err := liveWorker(ctx, tx, workerID); err != nil {
			return err
		}
		if err := removeExpiredWorkers(ctx, tx); err != nil {
			return err
		}
		var ids pq.Int64Array
		err := tx.List(ctx, (*[]int64)(&ids), `
UPDATE lanes l SET owner = $1, epoch = l.epoch + 1
  FROM (SELECT id FROM lanes WHERE owner IS NULL AND NOT paused ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED) free
 WHERE l.id = free.id
RETURNING l.id`, workerID, n)
		if err != nil || len(ids) == 0 {
			return err
		}
		lanes, err = q.outbox.lanes(ctx, tx, workerID, ids)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("take lanes: %w", err)
	}
	return lanes, nil
}

// liveWorker keeps others from removing the worker until the transaction ends, without blocking its renewals.
func liveWorker(ctx context.Context, tx *pg.Tx, id int64) error {
	var live bool
	err := tx.Get(ctx, &live, `SELECT lease_until > clock_timestamp() FROM workers WHERE id = $1 FOR KEY SHARE`, id)
	if errors.Is(err, sql.ErrNoRows) || err == nil && !live {
		return ErrNotLive
	}
	return err
}

// removeExpiredWorkers removes the workers whose lease has expired and frees their lanes.
func removeExpiredWorkers(ctx context.Context, tx *pg.Tx) error {
	return removeWorkers(ctx, tx, `w.lease_until <= clock_timestamp()`)
}

// freeLanes takes the lanes that a condition names from their owners. It locks them in the order of their numbers, as batches of attempts
// do: a batch may be under way of a worker that leaves, or is taken for dead.
func freeLanes(ctx context.Context, tx *pg.Tx, condition string, args ...any) error {
	_, err := tx.Exec(ctx, `
WITH locked AS MATERIALIZED (SELECT id FROM lanes WHERE `+condition+` ORDER BY id FOR NO KEY UPDATE)
UPDATE lanes l SET owner = NULL FROM locked WHERE l.id = locked.id`, args...)
	return err
}

// Release gives up lanes of the worker, which must have nothing in flight on them.
func (q *Queue) Release(ctx context.Context, workerID int64, laneIDs []int64) error {
	err := q.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		return freeLanes(ctx, tx, `owner = $1 AND id = ANY ($2)`, workerID, pq.Int64Array(laneIDs))
	})
	if err != nil {
		return fmt.Errorf("release lanes: %w", err)
	}
	return nil
}
