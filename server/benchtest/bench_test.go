// Package benchtest measures the API against floors in the same run: a ratio holds when the machine's speed drifts,
// an absolute time does not. Run it with `make bench`; with -short it is small, and shows no more than that it runs.
package benchtest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
)

// BenchmarkGetJob has the goals 0.6 of Echo with one primary-key SELECT at 32 clients, and 0.45 at 8.
func BenchmarkGetJob(b *testing.B) {
	for _, who := range []struct {
		name          string
		tenants, keys int
	}{{"one-key", 1, 1}, {"one-tenant", 1, 64}, {"hundred-tenants", 100, 100}} {
		b.Run(who.name, func(b *testing.B) {
			f := setUp(b, rig{tenants: who.tenants, keys: who.keys})
			for _, clients := range []int{1, 8, 32, 128} {
				b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) {
					f.against(b, clients, http.StatusOK, f.readJob, f.one)
				})
			}
		})
	}
}

// BenchmarkGetJobLogged is BenchmarkGetJob with the log of requests, which must cost next to nothing: the floor is the same
// API without it, over a database of its own.
func BenchmarkGetJobLogged(b *testing.B) {
	f, plain := setUp(b, rig{tenants: 1, keys: 64, logs: true}), setUp(b, rig{tenants: 1, keys: 64})
	f.against(b, usual, http.StatusOK, f.readJob, plain.readJob)
}

// BenchmarkListJobs has the goal 0.85 of a bare handler that runs the same SELECT and encodes the same JSON.
func BenchmarkListJobs(b *testing.B) {
	f := setUp(b, rig{tenants: 1, keys: 64})
	f.against(b, usual, http.StatusOK, func(n int64) *http.Request { return f.request(http.MethodGet, "/api/v1/jobs", n, nil) },
		func(int64) *http.Request { return f.floorRequest("/page") })
}

// BenchmarkGetJobHandler is what one GET costs the program itself, PostgreSQL's answers included: time and memory without a
// connection to a client.
func BenchmarkGetJobHandler(b *testing.B) {
	f := setUp(b, rig{tenants: 1, keys: 64})
	b.ReportAllocs()
	b.SetParallelism(16)
	b.ResetTimer()
	var next atomic.Int64
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			w := httptest.NewRecorder()
			if f.api.Handler.ServeHTTP(w, f.readJob(next.Add(1))); w.Code != http.StatusOK {
				b.Errorf("status %d", w.Code)
				return
			}
		}
	})
}
