package benchtest

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
)

// usual is how many clients a benchmark has that is not run with various numbers of them.
const usual = 8

// burst is how long the requests of one measurement are sent.
func burst() time.Duration {
	if testing.Short() {
		return 20 * time.Millisecond
	}
	return 400 * time.Millisecond
}

// measured is what the requests of a burst took.
type measured struct {
	perSecond float64
	times     []time.Duration
	// cpu is what a request took of the processors: client, server and PostgreSQL together; postgres is the last one alone.
	cpu, postgres time.Duration
}

// load sends requests from a number of clients for a burst.
func (f *bench) load(b *testing.B, clients, want int, request func(n int64) *http.Request) measured {
	b.Helper()
	var (
		m    measured
		wg   sync.WaitGroup
		mu   sync.Mutex
		next atomic.Int64
	)
	own, postgres := f.cpu(b)
	start, whole := time.Now(), burst()
	for range clients {
		wg.Go(func() {
			var mine []time.Duration
			for time.Since(start) < whole {
				r := request(next.Add(1))
				sent := time.Now()
				res, err := f.http.Do(r)
				if err != nil {
					b.Error(err)
					return
				}
				_, _ = io.Copy(io.Discard, res.Body)
				_ = res.Body.Close()
				if res.StatusCode != want {
					b.Errorf("%s %s: status %d", r.Method, r.URL, res.StatusCode)
					return
				}
				mine = append(mine, time.Since(sent))
			}
			mu.Lock()
			m.times = append(m.times, mine...)
			mu.Unlock()
		})
	}
	wg.Wait()
	m.perSecond = float64(len(m.times)) / time.Since(start).Seconds()
	ownAfter, postgresAfter := f.cpu(b)
	n := time.Duration(max(len(m.times), 1))
	m.postgres = (postgresAfter - postgres) / n
	m.cpu = (ownAfter-own)/n + m.postgres
	return m
}

// against runs both in turn and reports the median of the ratios: of-floor of the rates, and of-floor-cpu of the CPU times of a
// request, which holds on a busy machine too.
func (f *bench) against(b *testing.B, clients, want int, ours, floor func(n int64) *http.Request) {
	b.Helper()
	var ratios, cpuRatios, rates, floors, cpus, postgres []float64
	var times, floorTimes []time.Duration
	for turn := 0; b.Loop(); turn++ {
		var m, low measured
		// Who comes first changes, so that a drift of the machine favours neither.
		if turn%2 == 0 {
			low = f.load(b, clients, http.StatusOK, floor)
			m = f.load(b, clients, want, ours)
		} else {
			m = f.load(b, clients, want, ours)
			low = f.load(b, clients, http.StatusOK, floor)
		}
		if b.Failed() {
			b.FailNow()
		}
		ratios, rates, floors = append(ratios, m.perSecond/low.perSecond), append(rates, m.perSecond), append(floors, low.perSecond)
		cpus, cpuRatios = append(cpus, float64(m.cpu.Microseconds())), append(cpuRatios, float64(low.cpu)/float64(m.cpu))
		postgres = append(postgres, float64(m.postgres.Microseconds()))
		times, floorTimes = append(times, m.times...), append(floorTimes, low.times...)
	}
	b.ReportMetric(median(ratios), "of-floor")
	b.ReportMetric(median(cpuRatios), "of-floor-cpu")
	b.ReportMetric(median(rates), "req/s")
	b.ReportMetric(median(floors), "floor-req/s")
	b.ReportMetric(median(cpus), "cpu-µs/req")
	b.ReportMetric(median(postgres), "postgres-µs/req")
	b.ReportMetric(percentile(times, 50), "p50-ms")
	b.ReportMetric(percentile(floorTimes, 50), "floor-p50-ms")
	b.ReportMetric(percentile(times, 99), "p99-ms")
	b.ReportMetric(0, "ns/op")
}

func median(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}

func percentile(times []time.Duration, p int) (ms float64) {
	slices.Sort(times)
	return float64(times[len(times)*p/100].Microseconds()) / 1000
}

// cpu is the CPU time of this process and of the sessions of its database, as far as the system tells it.
func (f *bench) cpu(b *testing.B) (own, postgres time.Duration) {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	own = time.Duration(used.Utime.Nano() + used.Stime.Nano())
	return own, cpuOf(b, sessionsOf(b, f.db))
}

// sessionsOf are the processes of the sessions of a database, but for the one that asks.
func sessionsOf(t testing.TB, db *sqlx.DB) (pids []string) {
	t.Helper()
	if err := db.SelectContext(t.Context(), &pids, `SELECT pid::text FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`); err != nil {
		t.Fatal(err)
	}
	return pids
}

// cpuOf is the CPU time of processes, as far as the system tells it.
func cpuOf(t testing.TB, pids []string) (spent time.Duration) {
	t.Helper()
	for _, pid := range pids {
		text, err := os.ReadFile(filepath.Join("/proc", pid, "schedstat")) // nanoseconds on a processor, and others
		if err != nil {
			continue // it has ended, or this is no Linux
		}
		first, _, _ := strings.Cut(string(text), " ")
		n, err := strconv.ParseInt(first, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		spent += time.Duration(n)
	}
	return spent
}
