//go:build soak

package programtest

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"syscall"
	"testing"
)

// TestSoakFailover has a primary with a synchronous standby, crashes the primary among writes and promotes the standby: the program goes on
// without a restart, and everything that was answered is there.
func TestSoakFailover(t *testing.T) {
	const primaryPort, standbyPort = 5432, 5433
	c := newCluster(t)
	c.addStandby(t, "standby", standbyPort)
	c.shell(t, nil, `echo "synchronous_standby_names = 'standby'" >>data/postgresql.conf; pg_ctl --pgdata=data reload`)

	both := fmt.Sprintf("postgres://itmanagerjobs@/itmanagerjobs?host=%s,%s&port=%d,%d&sslmode=disable&target_session_attrs=read-write", c.dir, c.dir, primaryPort, standbyPort)
	env := []string{"DATABASE_URL=" + both, "SECRET_KEY=" + testSecretKey(), "WEBHOOK_ALLOW_INSECURE=true", "WEBHOOK_DELAYS=1s", "LOG_LEVEL=error"}
	s := startServing(t, env, "serve")
	p := newPartnerWithReceiver(t, env, s.url)
	ch := &chaos{t: t, client: http.DefaultClient, copies: make([]atomic.Pointer[string], 1)}
	ch.copies[0].Store(&s.url)

	var before, all atomic.Int64
	var crashed atomic.Bool
	ready, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for after := 0; after < 50; {
			w := ch.until(http.MethodPost, "/api/v1/jobs", p.key, fmt.Sprintf(`{"title":"Job %d"}`, all.Load()+1), true)
			if w.status != http.StatusCreated {
				t.Errorf("%+v", w)
				return
			}
			switch {
			case crashed.Load():
				after++
			case before.Add(1) == 50:
				close(ready)
			}
			all.Add(1)
		}
	}()
	<-ready
	c.stop(t, "immediate")
	crashed.Store(true)
	c.shell(t, nil, "pg_ctl --pgdata=standby --wait promote")
	<-done

	db := c.open(t, c.url("itmanagerjobs", standbyPort))
	if n := one[int64](t, db, `SELECT count(DISTINCT title) FROM jobs WHERE title LIKE 'Job %'`); n != all.Load() {
		t.Errorf("%d jobs are there, %d were created", n, all.Load())
	}
	if n := one[int64](t, db, `SELECT count(*) FROM jobs WHERE title LIKE 'Job %'`); n != all.Load() {
		t.Errorf("%d jobs are there, %d were created", n, all.Load())
	}
	gapFree(t, db)
	t.Logf("%d jobs, %d of them before the crash; %d requests were sent again", all.Load(), before.Load(), ch.again.Load())
	s.signal(syscall.SIGTERM)
	if code := s.wait(); code != 0 {
		t.Errorf("exit status %d", code)
	}
}
