package webhooks

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/event"
)

// benchEngine is an engine as in production. It formats its log, too, and discards it.
func (r *rig) benchEngine(b *testing.B, q Queue, change func(*Config)) *Engine {
	b.Helper()
	c := Config{
		Queue: q, Client: benchClient(b), Now: time.Now, Monotonic: time.Now, Jitter: func() float64 { return 0 },
		Log: slog.New(slog.NewJSONHandler(io.Discard, nil)), //nolint:sloglint // it formats lines, as in production
	}
	if change != nil {
		change(&c)
	}
	e, err := New(c)
	if err != nil {
		b.Fatal(err)
	}
	return e
}

// BenchmarkThroughput delivers a backlog as fast as possible. It compares with the floor, which it measures before and after.
func BenchmarkThroughput(b *testing.B) {
	for _, bench := range []struct {
		name          string
		subscriptions int
		held          bool
	}{
		{"1-subscription", 1, false},
		{"1000-subscriptions", size(1000, 60), false},
		{"1-subscription-held-transaction", 1, true},
		{"1000-subscriptions-held-transaction", size(1000, 60), true},
	} {
		b.Run(bench.name, func(b *testing.B) {
			defer debug.SetGCPercent(debug.SetGCPercent(200)) // as `serve` does; it holds for the floor, too
			// Before and after together as many posts as deliveries, so that the handshakes of both weigh the same.
			pending, floorPosts := size(100_000, 600), size(50_000, 300)
			url := startReceiver(b)
			r := newBenchRig(b)
			tenants := r.subscribers(b, bench.subscriptions, func(int) string { return url })
			for _, tenant := range tenants {
				r.emit(b, tenant, pending/bench.subscriptions)
			}
			if _, err := r.db.ExecContext(b.Context(), `VACUUM ANALYZE`); err != nil {
				b.Fatal(err)
			}
			if bench.held {
				r.holdTransaction(b)
			}
			for b.Loop() {
				client := benchClient(b)
				idle := ownCPU(b)
				before := floor(b, client, url, floorPosts, 64)
				b.ReportMetric(float64((ownCPU(b)-idle).Microseconds())/float64(floorPosts), "floor-cpu-µs")
				q := r.measured(b, pending)
				from := r.usage(b, q)
				e := r.benchEngine(b, q, nil)
				e.Start()
				<-q.reached
				to := r.usage(b, q)
				e.Stop()
				after := floor(b, client, url, floorPosts, 64)
				perSecond := float64(pending) / to.at.Sub(from.at).Seconds()
				b.ReportMetric(perSecond, "deliveries/s")
				b.ReportMetric((before+after)/2, "floor/s")
				b.ReportMetric(perSecond/((before+after)/2), "of-floor")
				b.ReportMetric(float64((to.own-from.own).Microseconds())/float64(pending), "own-cpu-µs/delivery")
				b.ReportMetric(float64((to.postgres-from.postgres).Microseconds())/float64(pending), "pg-cpu-µs/delivery")
				b.ReportMetric(float64(to.statements-from.statements)/float64(pending), "statements/delivery")
				b.ReportMetric(float64(to.wal-from.wal)/float64(pending), "wal-B/delivery")
			}
		})
	}
}

// holdTransaction keeps a snapshot open until the benchmark ends.
func (r *rig) holdTransaction(b *testing.B) {
	b.Helper()
	conn, err := r.db.Conn(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	ctx := context.Background()
	for _, sql := range []string{`BEGIN ISOLATION LEVEL REPEATABLE READ`, `SELECT txid_current(), count(*) FROM lanes`} {
		if _, err := conn.ExecContext(ctx, sql); err != nil {
			b.Fatal(err)
		}
	}
	b.Cleanup(func() {
		_, _ = conn.ExecContext(ctx, `ROLLBACK`)
		_ = conn.Close()
	})
}

// BenchmarkLatency creates jobs at a steady rate and measures, for each, the time from its commit to the first byte of
// its event at the receiver.
func BenchmarkLatency(b *testing.B) {
	for _, rate := range []int{200, 1000} {
		b.Run(strconv.Itoa(rate)+"-per-second", func(b *testing.B) {
			seconds, warmUp := size(12, 1), time.Duration(size(2, 0))*time.Second
			r := newBenchRig(b)
			arrivals := newArrivals(b)
			tenants := r.subscribers(b, size(1000, 60), func(int) string { return arrivals.url + "/others" })
			for i := range tenants { // one timed subscription beside 50 others
				tenants[i] = r.employer(b, "Latency "+strconv.Itoa(i))
				r.subscribeTo(b, tenants[i], arrivals.url+"/timed", event.JobCreated)
			}
			q := r.measured(b, rate*seconds)
			e := r.benchEngine(b, q, nil)
			e.Start()
			for b.Loop() {
				from := r.usage(b, q)
				committed := r.createJobs(b, tenants, rate, seconds)
				<-q.reached
				to := r.usage(b, q)
				var took []time.Duration
				for id, at := range committed {
					if at.After(from.at.Add(warmUp)) {
						took = append(took, arrivals.at(b, id).Sub(at))
					}
				}
				slices.Sort(took)
				for _, p := range []int{50, 95, 99} {
					b.ReportMetric(float64(took[len(took)*p/100].Microseconds())/1000, "p"+strconv.Itoa(p)+"-ms")
				}
				b.ReportMetric(float64(len(committed))/float64(seconds), "events/s")
				b.ReportMetric(float64((to.statements-from.statements))/float64(len(committed)), "statements/delivery")
			}
			e.Stop()
		})
	}
}

// createJobs commits jobs at a steady rate, spread over the employers, and returns when each was committed.
func (r *rig) createJobs(b *testing.B, tenants []board.Tenant, rate, seconds int) map[int64]time.Time {
	b.Helper()
	var mu sync.Mutex
	committed := make(map[int64]time.Time, rate*seconds)
	var writing sync.WaitGroup
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	began, sent := time.Now(), 0
	for sent < rate*seconds {
		<-tick.C
		for due := min(rate*seconds, int(time.Since(began).Seconds()*float64(rate))); sent < due; sent++ {
			tenant := tenants[sent%len(tenants)]
			writing.Go(func() {
				job, err := r.store.Jobs.CreateJob(context.Background(), tenant, board.JobPatch{Title: board.Set("Platform Engineer")})
				now := time.Now()
				if err != nil {
					b.Error(err)
					return
				}
				mu.Lock()
				defer mu.Unlock()
				committed[job.ID] = now
			})
		}
	}
	writing.Wait()
	return committed
}

// arrivals is a receiver that notes when the first byte of each job's event arrived.
type arrivals struct {
	url string

	mu    sync.Mutex
	first map[int64]time.Time
}

func newArrivals(b *testing.B) *arrivals {
	b.Helper()
	a := &arrivals{first: map[int64]time.Time{}}
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		now := time.Now()
		var event struct {
			JobPostID int64 `json:"jobPostId"`
		}
		if json.NewDecoder(req.Body).Decode(&event) != nil || !strings.HasPrefix(req.URL.Path, "/timed") {
			return
		}
		a.mu.Lock()
		defer a.mu.Unlock()
		if _, again := a.first[event.JobPostID]; !again {
			a.first[event.JobPostID] = now
		}
	}))
	b.Cleanup(server.Close)
	a.url = server.URL
	return a
}

func (a *arrivals) at(b *testing.B, id int64) time.Time {
	b.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	at, ok := a.first[id]
	if !ok {
		b.Fatalf("the event of job %d did not arrive", id)
	}
	return at
}

// BenchmarkIsolation delivers to 20 subscriptions: alone, and beside a subscription that hangs with 100,000 deliveries pending.
func BenchmarkIsolation(b *testing.B) {
	each := size(2000, 20)
	run := func(b *testing.B, hanging bool) (perSecond float64, p99 time.Duration) {
		b.Helper()
		url := startReceiver(b)
		r := newBenchRig(b)
		if hanging {
			hang := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
				_, _ = io.Copy(io.Discard, req.Body) // or the server would not notice that the client has gone
				<-req.Context().Done()
			}))
			defer hang.Close()
			tenant := r.employer(b, "Hanging")
			r.subscribeTo(b, tenant, hang.URL, event.JobCreated)
			r.emit(b, tenant, size(100_000, 1000))
		}
		tenants := make([]board.Tenant, 20)
		for i := range tenants {
			tenants[i] = r.employer(b, "Employer "+strconv.Itoa(i))
			r.subscribeTo(b, tenants[i], url, event.JobCreated)
			r.emit(b, tenants[i], each)
		}
		q := r.measured(b, each*len(tenants))
		e := r.benchEngine(b, q, func(c *Config) { c.Grace = time.Millisecond })
		began := time.Now()
		e.Start()
		<-q.reached
		took := time.Since(began)
		var us int64
		err := r.db.QueryRowContext(b.Context(), `
SELECT percentile_disc(0.99) WITHIN GROUP (ORDER BY (extract(epoch FROM started_at - $1) * 1000000)::bigint + total_us)
  FROM delivery_attempts WHERE outcome = 'Delivered'`, began).Scan(&us)
		if err != nil {
			b.Fatal(err)
		}
		e.Stop()
		return float64(each*len(tenants)) / took.Seconds(), time.Duration(us) * time.Microsecond
	}
	for b.Loop() {
		alone, p99Alone := run(b, false)
		beside, p99Beside := run(b, true)
		b.ReportMetric(alone, "alone/s")
		b.ReportMetric(beside, "beside/s")
		b.ReportMetric(beside/alone, "of-alone")
		b.ReportMetric(float64(p99Beside)/float64(p99Alone), "p99-ratio")
	}
}
