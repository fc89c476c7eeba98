package webhooks

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lib/pq"

	"itmanagerjobs/store"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/webhooks/webhooktest"
)

// rig is a database, a receiver, and employers with subscriptions to it.
type rig struct {
	url      string
	now      func() time.Time
	store    *store.Store
	db       *sql.DB
	receiver *webhooktest.Receiver
	tenant   board.Tenant
}

func newRig(t testing.TB, now func() time.Time) *rig {
	t.Helper()
	return newRigOn(t, storetest.URL(t), now)
}

func newRigOn(t testing.TB, databaseURL string, now func() time.Time) *rig {
	t.Helper()
	r := &rig{url: databaseURL, now: now}
	var err error
	if r.store, err = store.Open(databaseURL, storeOptions(now)); err != nil {
		t.Fatalf("open store: %v", err)
	}
	t.Cleanup(func() { _ = r.store.Close() }) // it fails when a test broke connections
	db, err := storetest.OpenDB(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	r.db = db
	r.receiver = webhooktest.New(t, now)
	r.tenant = r.employer(t, "Acme")
	return r
}

func storeOptions(now func() time.Time) store.Options {
	return store.Options{Now: now, Rand: rand.Reader, SecretKey: storetest.SecretKey, Connector: storetest.Connector}
}

func (r *rig) employer(t testing.TB, name string) board.Tenant {
	t.Helper()
	id, _, err := r.store.Accounts.CreateEmployer(t.Context(), account.NewEmployer{
		Name: name, Email: rand.Text() + "@example.com",
	})
	if err != nil {
		t.Fatalf("create employer: %v", err)
	}
	return board.Tenant{EmployerID: id, Mode: board.ModeLive}
}

// subscribe makes a subscription of an employer to job.created. It also returns the secret.
func (r *rig) subscribe(t testing.TB, tenant board.Tenant, path string) (outbox.Subscription, string) {
	t.Helper()
	return r.subscribeTo(t, tenant, r.receiver.URL(path), event.JobCreated)
}

func (r *rig) subscribeTo(t testing.TB, tenant board.Tenant, url string, events ...event.Type) (outbox.Subscription, string) {
	t.Helper()
	sub, secret, err := r.store.Outbox.CreateSubscription(t.Context(), tenant, "native", delivery.SubscriptionPatch{
		URL: board.Set(url), Events: board.Set(events),
	})
	if err != nil {
		t.Fatalf("subscribe: %v", err)
	}
	return sub, secret
}

// emit writes n events of an employer without a notification. The sweep finds their deliveries.
func (r *rig) emit(t testing.TB, tenant board.Tenant, n int) {
	t.Helper()
	if err := emitEvents(t.Context(), r.db, tenant, n, r.now()); err != nil {
		t.Fatalf("emit: %v", err)
	}
}

func emitEvents(ctx context.Context, db *sql.DB, tenant board.Tenant, n int, now time.Time) error {
	const batch = 1000
	for done := 0; done < n; done += batch {
		k := min(batch, n-done)
		employers, modes, types, data := make(pq.Int64Array, k), make(pq.StringArray, k), make(pq.StringArray, k), make(pq.StringArray, k)
		for i := range k {
			employers[i], modes[i], types[i] = tenant.EmployerID, string(tenant.Mode), string(event.JobCreated)
			data[i] = fmt.Sprintf(`{"jobPostId":%d,"reference":"PL-%06d","jobTitle":"Platform Engineer","status":"Draft","createdAt":"2026-03-02T09:30:00Z"}`, done+i, done+i)
		}
		if _, err := db.ExecContext(ctx, `SELECT emit_events($1, $2, $3, $4, $5)`, employers, modes, types, data, now); err != nil {
			return err
		}
	}
	return nil
}

// createJob creates a job as the API does: its event is written in the same transaction, and a notification follows.
func (r *rig) createJob(t testing.TB, tenant board.Tenant) {
	t.Helper()
	if _, err := r.store.Jobs.CreateJob(t.Context(), tenant, board.JobPatch{Title: board.Set("Platform Engineer")}); err != nil {
		t.Fatalf("create job: %v", err)
	}
}

func (r *rig) queue(t testing.TB) *store.Queue {
	t.Helper()
	q, err := r.store.OpenQueue(outbox.QueueOptions{})
	if err != nil {
		t.Fatalf("open queue: %v", err)
	}
	t.Cleanup(func() { _ = q.Close() })
	return q
}

func testClient(timeout time.Duration) *Client {
	return NewClient(ClientOptions{Guard: Guard{AllowInsecure: true}, Timeout: timeout, UserAgent: "itmanagerjobs-test", Now: time.Now})
}

// testConfig has short intervals, so that tests are fast.
func (r *rig) testConfig(q Queue) Config {
	return Config{
		Queue: q, Client: testClient(patience), Now: r.now, Monotonic: time.Now, Jitter: func() float64 { return 0 },
		SweepEvery: 10 * time.Millisecond, RenewEvery: 100 * time.Millisecond,
	}
}

// start runs an engine until the test ends, or until it is stopped.
func (r *rig) start(t testing.TB, change func(*Config)) *Engine {
	t.Helper()
	c := r.testConfig(r.queue(t))
	if change != nil {
		change(&c)
	}
	e, err := New(c)
	if err != nil {
		t.Fatalf("new engine: %v", err)
	}
	e.Start()
	t.Cleanup(e.Stop)
	return e
}

// count runs a query that answers one number.
func (r *rig) count(t testing.TB, query string, args ...any) int {
	t.Helper()
	var n int
	if err := r.db.QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

const (
	pendingSQL   = `SELECT count(*) FROM delivery_queue`
	attemptsSQL  = `SELECT count(*) FROM delivery_attempts`
	deliveredSQL = `SELECT count(*) FROM delivery_attempts WHERE outcome = 'Delivered'`
)

// until polls until done returns true.
func until(t testing.TB, what string, done func() bool) {
	t.Helper()
	late := time.NewTimer(patience)
	defer late.Stop()
	look := time.NewTicker(2 * time.Millisecond)
	defer look.Stop()
	for !done() {
		select {
		case <-look.C:
		case <-late.C:
			t.Fatalf("waited %s for %s", patience, what)
		}
	}
}

// untilCount waits until a query answers n.
func (r *rig) untilCount(t testing.TB, n int, query string, args ...any) {
	t.Helper()
	until(t, fmt.Sprintf("%q to answer %d", query, n), func() bool { return r.count(t, query, args...) == n })
}

// countingQueue counts the sweeps of the engine.
type countingQueue struct {
	Queue

	sweeps atomic.Int64
}

func (q *countingQueue) Due(ctx context.Context, wants []outbox.LaneWant) ([]outbox.LaneDue, error) {
	defer q.sweeps.Add(1)
	return q.Queue.Due(ctx, wants)
}

// untilSwept waits for three sweeps, so that the engine has also handled the result of one that began after the call.
func (q *countingQueue) untilSwept(t testing.TB) {
	t.Helper()
	from := q.sweeps.Load()
	until(t, "the sweeps", func() bool { return q.sweeps.Load() >= from+3 })
}
