package outbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
	"time"

	"github.com/lib/pq"
)

// defaultQueueConns is enough for one fetch, one record, one renewal and one look for work at a time.
const defaultQueueConns = 4

// queueSettings are what a Queue's sessions have on top of sessionSettings. A completion that a crash of the database
// forgets is a delivery made twice, which at-least-once allows; what must not be forgotten asks for it, see durable.
// A queue is empty in one minute and long in the next, and statistics from the wrong minute would make the planner
// read whole tables: every statement of a Queue is a walk along an index, and no other plan is left to choose.
//
// A copy that is stopped in the middle of a transaction, as a paused machine is, must not keep what it has locked, or
// nobody could take its lanes: the server ends such a session.
const queueSettings = `; SET synchronous_commit = off; SET enable_seqscan = off; SET enable_bitmapscan = off;
SET enable_hashjoin = off; SET enable_mergejoin = off; SET idle_in_transaction_session_timeout = '3s'`

// QueueOptions configure OpenQueue.
type QueueOptions struct {
	// MaxConns bounds the connections to the database; 0 means 4.
	MaxConns int
}

// Queue is the delivery engine's access to what is to be delivered, over a small pool of its own. It is safe for
// concurrent use.
//
// The engine joins as a worker, takes lanes, fetches their deliveries without changing a row, and records attempts in
// batches. Leases go by the database's clock, which all copies share; what is due goes by the store's.
type Queue struct {
	db     *pg.DB
	outbox *Store
}

// OpenQueue opens a Queue on the database of the outbox, with its clock and its keys.
func (s *Store) OpenQueue(o QueueOptions) (*Queue, error) {
	if o.MaxConns == 0 {
		o.MaxConns = defaultQueueConns
	}
	db, err := pg.Open(s.db.URL(), pg.Options{
		Log: s.log, Now: s.db.Now, MaxConns: o.MaxConns, Settings: queueSettings, TextParameters: true,
	})
	if err != nil {
		return nil, err
	}
	emitted.Write(db, s.writeEvents)
	return &Queue{db: db, outbox: s}, nil
}

// DB is the pool of the Queue, for what other rooms add to the engine's access.
func (q *Queue) DB() *pg.DB { return q.db }

// Close closes the Queue's connections. It does not leave: see Leave.
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
INSERT INTO workers (started_at, lease_until) VALUES ($2, clock_timestamp() + make_interval(secs => $1)) RETURNING id`, lease.Seconds(), tx.Now)
	})
	if err != nil {
		return 0, fmt.Errorf("join: %w", err)
	}
	return workerID, nil
}

// Fleet is what a worker learns when it renews its lease.
type Fleet struct {
	// Live is false when the lease had run out. It can't be revived: the lanes are, or will be, another's.
	Live bool `db:"live"`
	// Workers counts those with a lease, and Lanes the lanes that want an owner, owned or not.
	Workers int `db:"workers"`
	Lanes   int `db:"lanes"`
}

// Renew extends the worker's lease, and so its hold on all its lanes, to a time from now on.
func (q *Queue) Renew(ctx context.Context, workerID int64, lease time.Duration) (Fleet, error) {
	var f Fleet
	err := q.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		if err := tx.Durable(ctx); err != nil {
			return err
		}
		return tx.Get(ctx, &f, `
WITH renewed AS (
    UPDATE workers SET lease_until = clock_timestamp() + make_interval(secs => $2)
     WHERE id = $1 AND lease_until > clock_timestamp() RETURNING id)
SELECT EXISTS (SELECT FROM renewed) AS live,
       (SELECT count(*) FROM workers WHERE lease_until > clock_timestamp()) AS workers,
       (SELECT count(*) FROM lanes WHERE NOT paused) AS lanes`, workerID, lease.Seconds())
	})
	if err != nil {
		return Fleet{}, fmt.Errorf("renew the lease: %w", err)
	}
	return f, nil
}

// Leave ends a worker and hands all its lanes back.
func (q *Queue) Leave(ctx context.Context, workerID int64) error {
	err := q.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		if err := tx.Durable(ctx); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM workers WHERE id = $1`, workerID); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `UPDATE lanes SET owner = NULL WHERE owner = $1`, workerID)
		return err
	})
	if err != nil {
		return fmt.Errorf("leave: %w", err)
	}
	return nil
}

// ErrNotLive answers a worker whose lease has run out.
var ErrNotLive = errors.New("the worker's lease has run out")

// TakeLanes makes the worker the owner of up to n lanes that have none, or whose owner's lease has run out, each with
// its epoch one higher. Workers that call it at once get different lanes. Errors: ErrNotLive.
func (q *Queue) TakeLanes(ctx context.Context, workerID int64, n int) ([]Lane, error) {
	var lanes []Lane
	err := q.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		if err := tx.Durable(ctx); err != nil {
			return err
		}
		if err := liveWorker(ctx, tx, workerID); err != nil {
			return err
		}
		if err := buryWorkers(ctx, tx); err != nil {
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

// liveWorker keeps the worker from being buried until the transaction ends, without holding up its renewals.
func liveWorker(ctx context.Context, tx *pg.Tx, id int64) error {
	var live bool
	err := tx.Get(ctx, &live, `SELECT lease_until > clock_timestamp() FROM workers WHERE id = $1 FOR KEY SHARE`, id)
	if errors.Is(err, sql.ErrNoRows) || err == nil && !live {
		return ErrNotLive
	}
	return err
}

// buryWorkers removes the workers whose lease has run out and frees their lanes. To remove the row is what makes it
// final: a renewal that was late by a hair finds nothing to renew, and one under way has the row locked, and is spared.
func buryWorkers(ctx context.Context, tx *pg.Tx) error {
	var dead pq.Int64Array
	err := tx.List(ctx, (*[]int64)(&dead), `
DELETE FROM workers w
 USING (SELECT id FROM workers WHERE lease_until <= clock_timestamp() ORDER BY id FOR UPDATE SKIP LOCKED) d
 WHERE w.id = d.id
RETURNING w.id`)
	if err != nil || len(dead) == 0 {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE lanes SET owner = NULL WHERE owner = ANY ($1)`, dead)
	return err
}

// HandBack frees lanes of the worker. It must have nothing in flight on them any more.
func (q *Queue) HandBack(ctx context.Context, workerID int64, laneIDs []int64) error {
	err := q.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE lanes SET owner = NULL WHERE owner = $1 AND id = ANY ($2)`, workerID, pq.Int64Array(laneIDs))
		return err
	})
	if err != nil {
		return fmt.Errorf("hand lanes back: %w", err)
	}
	return nil
}

// LaneKind is what a lane delivers.
type LaneKind string

// The kinds of lanes.
const (
	LaneWebhook LaneKind = "webhook"
	LaneEmail   LaneKind = "email"
	LanePush    LaneKind = "push"
)

// Lane is a row of deliveries that one worker at a time works on.
type Lane struct {
	ID    int64
	Epoch int64
	Kind  LaneKind
	// Failures counts the failed attempts since the last success.
	Failures int
	// Paused lanes have nothing to fetch. The owner hands one back when nothing is in flight on it.
	Paused bool
	// Tenant is that of a webhook's or a push lane, Endpoint that of a webhook's.
	Tenant   board.Tenant
	Endpoint *Endpoint
}

// Endpoint is what a subscription's deliveries are sent with. It holds secrets: it is not for logs.
type Endpoint struct {
	SubscriptionID int64
	URL            string
	Profile        string
	Secret         string
	// NextSecret signs beside Secret while a rotation is under way (R14); empty otherwise.
	NextSecret string
	// PreviousSecret signs beside Secret after a rotation, until PreviousUntil; empty otherwise.
	PreviousSecret string
	PreviousUntil  time.Time
	// Version is that of the subscription: what is signed by a later one knows of every secret before.
	Version int64
}

// SecondSecret is what signs beside Secret at a time, "" when nothing does.
func (e *Endpoint) SecondSecret(now time.Time) string {
	if e.NextSecret == "" && now.Before(e.PreviousUntil) {
		return e.PreviousSecret
	}
	return e.NextSecret
}

// Lanes reads the lanes of the worker with their settings as they are now.
func (q *Queue) Lanes(ctx context.Context, workerID int64) ([]Lane, error) {
	var lanes []Lane
	err := q.db.WithTx(ctx, func(ctx context.Context, tx *pg.Tx) error {
		var err error
		lanes, err = q.outbox.lanes(ctx, tx, workerID, nil)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read lanes: %w", err)
	}
	return lanes, nil
}

type laneRow struct {
	ID               int64       `db:"id"`
	Epoch            int64       `db:"epoch"`
	Kind             LaneKind    `db:"kind"`
	Failures         int         `db:"failures"`
	Paused           bool        `db:"paused"`
	SubscriptionID   *int64      `db:"subscription_id"`
	EmployerID       *int64      `db:"employer_id"`
	Mode             *board.Mode `db:"mode"`
	URL              *string     `db:"url"`
	Profile          *string     `db:"profile"`
	SecretSealed     []byte      `db:"secret_sealed"`
	NextSecretSealed []byte      `db:"next_secret_sealed"`
	PreviousSealed   []byte      `db:"previous_secret_sealed"`
	PreviousUntil    *time.Time  `db:"previous_secret_until"`
	Version          *int64      `db:"version"`
}

// lanes reads the worker's lanes, those of ids alone when ids is not nil.
func (s *Store) lanes(ctx context.Context, tx *pg.Tx, workerID int64, ids pq.Int64Array) ([]Lane, error) {
	var rows []laneRow
	err := tx.List(ctx, &rows, `
SELECT l.id, l.epoch, l.kind, l.failures, l.paused, s.id AS subscription_id, coalesce(s.employer_id, p.employer_id) AS employer_id,
       coalesce(s.mode, p.mode) AS mode, s.url, s.profile, s.secret_sealed, s.next_secret_sealed, s.previous_secret_sealed, s.previous_secret_until, s.version
  FROM lanes l LEFT JOIN subscriptions s ON s.lane_id = l.id LEFT JOIN push_lanes p ON p.lane_id = l.id
 WHERE l.owner = $1 AND ($2::bigint[] IS NULL OR l.id = ANY ($2))
 ORDER BY l.id`, workerID, ids)
	if err != nil {
		return nil, err
	}
	lanes := make([]Lane, len(rows))
	for i, r := range rows {
		lanes[i] = Lane{ID: r.ID, Epoch: r.Epoch, Kind: r.Kind, Failures: r.Failures, Paused: r.Paused}
		if r.EmployerID == nil {
			continue // of emails
		}
		lanes[i].Tenant = board.Tenant{EmployerID: *r.EmployerID, Mode: *r.Mode}
		if r.SubscriptionID == nil {
			continue
		}
		if lanes[i].Endpoint, err = s.endpoint(r); err != nil {
			return nil, err
		}
	}
	return lanes, nil
}

func (s *Store) endpoint(r laneRow) (*Endpoint, error) {
	e := Endpoint{SubscriptionID: *r.SubscriptionID, URL: *r.URL, Profile: *r.Profile, Version: *r.Version}
	if r.PreviousUntil != nil {
		e.PreviousUntil = r.PreviousUntil.UTC()
	}
	for _, secret := range []struct {
		name   string
		sealed []byte
		opened *string
	}{{"secret", r.SecretSealed, &e.Secret}, {"next secret", r.NextSecretSealed, &e.NextSecret}, {"former secret", r.PreviousSealed, &e.PreviousSecret}} {
		if secret.sealed == nil {
			continue
		}
		var err error
		if *secret.opened, err = s.secrets.Open(secret.sealed, *r.EmployerID, e.SubscriptionID); err != nil {
			return nil, fmt.Errorf("%s of subscription %d: %w", secret.name, e.SubscriptionID, err)
		}
	}
	return &e, nil
}
