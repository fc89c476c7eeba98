//go:build soak

package programtest

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestSoakNoRoom fills the disk of PostgreSQL while clients write: readiness says so, writes are answered 503 or done, and when there is
// room again all that was answered is there, without a restart of the program.
func TestSoakNoRoom(t *testing.T) {
	cl := newClusterIn(t, 300)
	url := cl.url("itmanagerjobs", 5432)
	env := []string{"DATABASE_URL=" + url, "SECRET_KEY=" + testSecretKey(), "LOG_LEVEL=error"}
	s := startServing(t, env, "serve")
	key := partner(t, env, "it@acme.example")

	var (
		over            atomic.Bool
		created, turned atomic.Int64
		clients         sync.WaitGroup
	)
	for client := range 4 {
		clients.Go(func() {
			for n := 0; !over.Load(); n++ {
				for !over.Load() {
					made := sendWrite(s.url, http.MethodPost, "/api/v1/jobs", key, fmt.Sprintf("room-%d-%d", client, n), publishable)
					if made.status == http.StatusCreated {
						created.Add(1)
						break
					}
					if made.status != http.StatusServiceUnavailable {
						t.Errorf("a job: %+v", made)
						return
					}
					turned.Add(1)
				}
			}
		})
	}
	until := func(want int, what string) time.Duration {
		began := time.Now()
		for time.Since(began) < patience {
			if status, _ := get(t, s.url+"/healthz/ready"); status == want {
				return time.Since(began).Round(time.Millisecond)
			}
		}
		t.Fatalf("not ready %d when %s", want, what)
		return 0
	}
	more := func(of *atomic.Int64) {
		for began, n := time.Now(), of.Load(); of.Load() < n+5; _, _ = get(t, s.url+"/healthz/live") {
			if time.Since(began) > patience {
				t.Fatal("nothing is answered")
			}
		}
	}
	more(&created)
	before := created.Load()
	cl.shell(t, nil, filled)
	full := until(http.StatusServiceUnavailable, "the disk is full")
	more(&turned)
	cl.shell(t, nil, emptied)
	back := until(http.StatusOK, "there is room")
	more(&created)
	over.Store(true)
	clients.Wait()
	t.Logf("not ready %s after the disk was full, ready %s after it had room; %d jobs, of them %d later, and %d answers 503", full, back, created.Load(), created.Load()-before, turned.Load())
	const soon = 2 * time.Second
	if full > soon || back > soon {
		t.Errorf("readiness took %s and %s, want %s at most", full, back, soon)
	}
	db := cl.open(t, url)
	if n := one[int64](t, db, `SELECT count(*) FROM jobs`); n < created.Load() {
		t.Errorf("%d jobs are there, %d were created", n, created.Load())
	}
	gapFree(t, db)
}
