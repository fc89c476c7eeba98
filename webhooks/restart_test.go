package webhooks

import (
	"context"
	"database/sql"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"itmanagerjobs/store/embedded"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/webhooks/webhooktest"
)

// TestPostgresRestartsUnderLoad crashes the database while events are written and delivered: nothing that was committed
// is lost, and the engine delivers again within 5 s after the database answers.
func TestPostgresRestartsUnderLoad(t *testing.T) {
	t.Parallel()
	server, err := embedded.Start(t.Context(), embedded.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatalf("this test needs a PostgreSQL server of its own: %v", err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Errorf("stop the server: %v", err)
		}
	})
	if _, err := pg.MigrateUp(t.Context(), server.URL()); err != nil {
		t.Fatal(err)
	}
	r := newRigOn(t, server.URL(), time.Now)
	r.subscribe(t, r.tenant, "/in")
	r.receiver.Script("/in", after(2*time.Millisecond, webhooktest.Status(200)))
	r.start(t, func(c *Config) { c.RenewEvery, c.SweepEvery = 0, 0 })

	load := startLoad(r)
	for range 3 {
		r.receiver.Wait(t, len(r.receiver.Requests())+200, patience)
		r.crashPostgres(t)
		back := time.Now()
		r.receiver.Wait(t, len(r.receiver.Requests())+1, patience)
		if took := time.Since(back); took > 5*time.Second {
			t.Errorf("at work again %s after the database was back, want at most 5 s", took)
		} else {
			t.Logf("at work again after %s", took)
		}
	}
	committed := load()
	r.untilCount(t, 0, pendingSQL)

	seen := map[string]bool{}
	for _, got := range r.receiver.Requests() {
		seen[got.Header.Get("X-Webhook-Delivery-Id")] = true
	}
	if n := r.count(t, `SELECT count(*) FROM events`); n < committed || len(seen) != n {
		t.Errorf("%d events were committed, %d are there, %d deliveries arrived", committed, n, len(seen))
	}
	t.Logf("%d events, %d requests", committed, len(r.receiver.Requests()))
}

// startLoad writes events until the function it returns is called, which returns how many are certainly committed.
func startLoad(r *rig) func() int {
	ctx, cancel := context.WithCancel(context.Background())
	committed := 0
	var writing sync.WaitGroup
	writing.Go(func() {
		tick := time.NewTicker(2 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				if emitEvents(ctx, r.db, r.tenant, 1, r.now()) == nil {
					committed++
				}
			case <-ctx.Done():
				return
			}
		}
	})
	return func() int {
		cancel()
		writing.Wait()
		return committed
	}
}

// crashPostgres kills the server without a checkpoint, and returns when it answers again.
func (r *rig) crashPostgres(t *testing.T) {
	t.Helper()
	var file string
	if err := r.db.QueryRowContext(t.Context(), `SELECT pg_read_file('postmaster.pid')`).Scan(&file); err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(file, "\n")
	pid, err := strconv.Atoi(first)
	if err != nil {
		t.Fatal(err)
	}
	started := r.startOfServer(t)
	if err := syscall.Kill(pid, syscall.SIGQUIT); err != nil {
		t.Fatal(err)
	}
	until(t, "the database to be back", func() bool {
		at, err := postmasterStart(t.Context(), r.db)
		return err == nil && at.After(started)
	})
}

func (r *rig) startOfServer(t *testing.T) time.Time {
	t.Helper()
	at, err := postmasterStart(t.Context(), r.db)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func postmasterStart(ctx context.Context, db *sql.DB) (at time.Time, err error) {
	err = db.QueryRowContext(ctx, `SELECT pg_postmaster_start_time()`).Scan(&at)
	return at, err
}
