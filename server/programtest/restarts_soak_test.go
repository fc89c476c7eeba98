//go:build soak

package programtest

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"itmanagerjobs/store/storetest"
)

// TestSoakRollingRestarts restarts three copies twenty times in turn, at 300 requests a second, half of them writes. No request fails: a
// copy that stops answers what it has taken, and a proxy takes another when nobody listens any more.
func TestSoakRollingRestarts(t *testing.T) {
	const restarts, perSecond = 20, 300
	url := storetest.EmptyURL(t)
	env := []string{"DATABASE_URL=" + url, "SECRET_KEY=" + testSecretKey(), "LOG_LEVEL=error"}
	copies := [3]atomic.Pointer[string]{}
	running := [3]*serving{}
	run := func(i int) {
		running[i] = startServing(t, env, "serve")
		copies[i].Store(&running[i].url)
	}
	for i := range running {
		run(i)
	}
	key := partner(t, env, "it@acme.example")

	client := &http.Client{Timeout: patience, Transport: &http.Transport{MaxIdleConnsPerHost: 100}}
	var all, created, refused, late atomic.Int64
	ask := func(n int64) error {
		method, path, body := http.MethodGet, "/api/v1/jobs?pageSize=1", ""
		if n%2 == 0 {
			method, path, body = http.MethodPost, "/api/v1/jobs", fmt.Sprintf(`{"title":"Job %d"}`, n)
		}
		for attempt := n; attempt < n+10; attempt++ {
			req, err := http.NewRequestWithContext(t.Context(), method, *copies[attempt%3].Load()+path, bytes.NewReader([]byte(body)))
			if err != nil {
				return err
			}
			req.Header.Set("X-Api-Key", key)
			if body != "" {
				req.Header.Set("Content-Type", "application/json")
				req.Header.Set("Idempotency-Key", fmt.Sprintf("restart-%d", n))
			}
			res, err := client.Do(req)
			if _, dialled := errors.AsType[*net.OpError](err); dialled && errors.Is(err, syscall.ECONNREFUSED) {
				refused.Add(1)
				continue
			}
			if err != nil {
				return err
			}
			res.Body.Close()
			if res.StatusCode/100 != 2 {
				return fmt.Errorf("%s %s: %s", method, path, res.Status)
			}
			if body != "" {
				created.Add(1)
			}
			return nil
		}
		return errors.New("no copy listens")
	}
	over, asked := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(asked)
		var requests sync.WaitGroup
		defer requests.Wait()
		for tick := time.NewTicker(time.Second / perSecond); ; {
			select {
			case <-over:
				return
			case <-tick.C:
				n := all.Add(1)
				requests.Go(func() {
					began := time.Now()
					if err := ask(n); err != nil {
						t.Error(err)
					}
					if time.Since(began) > time.Second {
						late.Add(1)
					}
				})
			}
		}
	}()
	began := time.Now()
	for n := range restarts {
		i := n % len(running)
		running[i].signal(syscall.SIGTERM)
		if code := running[i].wait(); code != 0 {
			t.Errorf("exit status %d", code)
		}
		run(i)
	}
	close(over)
	<-asked
	t.Logf("%d restarts in %s, %d requests, of them %d writes; %d connections were refused, %d requests took more than a second",
		restarts, time.Since(began).Round(time.Second), all.Load(), created.Load(), refused.Load(), late.Load())
	db := (&cluster{}).open(t, url)
	if n := one[int64](t, db, `SELECT count(*) FROM jobs`); n != created.Load() {
		t.Errorf("%d jobs are there, %d were created", n, created.Load())
	}
	gapFree(t, db)
}
