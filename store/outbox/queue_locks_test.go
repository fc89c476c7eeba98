package outbox_test

import (
	"context"
	"testing"
	"time"

	"itmanagerjobs/store"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

// TestABatchOfAttemptsAndWhoFreesItsLanesNeverBlockEachOther: both lock several lanes of a worker, whose rows may stand in any order.
func TestABatchOfAttemptsAndWhoFreesItsLanesNeverBlockEachOther(t *testing.T) {
	t.Parallel()
	for name, free := range map[string]func(t *testing.T, q *store.Queue, worker int64) error{
		"the worker leaves": func(t *testing.T, q *store.Queue, worker int64) error {
			t.Helper()
			return q.Leave(t.Context(), worker)
		},
		"another one finds it dead": func(t *testing.T, q *store.Queue, _ int64) error {
			t.Helper()
			other, err := q.Join(t.Context(), time.Hour)
			if err != nil {
				return err
			}
			_, err = q.TakeLanes(t.Context(), other, 10)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := storetest.URL(t)
			clock := storetest.NewClock()
			s := storetest.Open(t, url, storetest.Options(clock))
			db := fixture.Raw(t, url)
			tenant := fixture.Account(t, s, "lanes@northwind.example", 1)
			first, _ := fixture.Subscribe(t, s, tenant, event.ApplicationSubmitted)
			second, _ := fixture.Subscribe(t, s, tenant, event.ApplicationSubmitted)
			fixture.Apply(t, s, fixture.Ada(fixture.Active(t, s, tenant, nil)))
			q, err := s.OpenQueue(outbox.QueueOptions{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = q.Close() })
			worker, taken := fixture.TakeAll(t, q)
			var attempts []outbox.Attempt
			var lanes []int64
			for _, sub := range []outbox.Subscription{first, second} {
				lane := fixture.LaneOf(t, taken, sub)
				lanes = append(lanes, lane.ID)
				a := fixture.Attempt(fixture.FetchOne(t, q, worker, lane), lane, delivery.AttemptFailed)
				a.RetryAt = clock.Now()
				attempts = append(attempts, a)
			}
			// The row of the first lane comes to stand behind that of the second.
			for fixture.Count(t, db, `SELECT count(*) FROM lanes a JOIN lanes b ON a.ctid > b.ctid WHERE a.id = $1 AND b.id = $2`, lanes[0], lanes[1]) == 0 {
				fixture.MustExec(t, db, `UPDATE lanes SET settings_seen = settings_seen WHERE id = $1`, lanes[0])
			}
			if name == "another one finds it dead" {
				fixture.MustExec(t, db, `UPDATE workers SET lease_until = clock_timestamp() - interval '1 hour' WHERE id = $1`, worker)
			}
			fixture.Meet(t, db, `SELECT FROM lanes WHERE id = $1 FOR UPDATE`, []any{lanes[0]},
				func(ctx context.Context) error {
					_, err := q.Record(ctx, attempts)
					return err
				},
				func(context.Context) error { return free(t, q, worker) })
		})
	}
}

// TestThePurgeOfTheQueueHoldsNothingWhileItWaits for the first of several deliveries: all others lock them in the order of their numbers, too.
func TestThePurgeOfTheQueueHoldsNothingWhileItWaits(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	clock := storetest.NewClock()
	s := storetest.Open(t, url, storetest.Options(clock))
	db := fixture.Raw(t, url)
	tenant := fixture.Account(t, s, "purge@northwind.example", 1)
	for range 2 {
		fixture.Subscribe(t, s, tenant, event.ApplicationSubmitted)
	}
	fixture.Apply(t, s, fixture.Ada(fixture.Active(t, s, tenant, nil)))
	const first, last = `(SELECT min(delivery_id) FROM delivery_queue)`, `(SELECT max(delivery_id) FROM delivery_queue)`
	for fixture.Count(t, db, `SELECT count(*) FROM delivery_queue a JOIN delivery_queue b ON a.ctid > b.ctid WHERE a.delivery_id = `+first+` AND b.delivery_id = `+last) == 0 {
		fixture.MustExec(t, db, `UPDATE delivery_queue SET base = base WHERE delivery_id = `+first)
	}
	clock.Advance(event.Retention + 48*time.Hour)
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.ExecContext(t.Context(), `SELECT FROM delivery_queue WHERE delivery_id = `+first+` FOR UPDATE`); err != nil {
		t.Fatal(err)
	}
	purged := make(chan error, 1)
	go func() { purged <- s.Outbox.MaintainPartitions(t.Context()) }()
	fixture.UntilWaiting(t, db, 1)
	if _, err := tx.ExecContext(t.Context(), `SELECT FROM delivery_queue WHERE delivery_id = `+last+` FOR UPDATE NOWAIT`); err != nil {
		t.Errorf("the purge waits for the first delivery and holds the last: %v", err)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := <-purged; err != nil {
		t.Error(err)
	}
}
