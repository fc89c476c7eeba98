//go:build soak

package programtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"itmanagerjobs/store/storetest"
)

// nextMigration is a step as those of releases after the first are: it adds a column that the release before does not know, and an
// index without a lock.
const nextMigration = `-- store/job owns the column that this step adds.
-- +goose NO TRANSACTION
-- +goose Up
ALTER TABLE jobs ADD COLUMN next_release text NOT NULL DEFAULT 'none';
CREATE INDEX CONCURRENTLY jobs_next_release ON jobs (next_release, id);
-- +goose Down
DROP INDEX CONCURRENTLY jobs_next_release;
ALTER TABLE jobs DROP COLUMN next_release;
`

// nextRelease builds the program with one migration more.
func nextRelease(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	step, overlay, next := filepath.Join(dir, "step.sql"), filepath.Join(dir, "overlay.json"), filepath.Join(dir, "itmanagerjobs")
	migrations, err := filepath.Abs(filepath.Join(top, "migrations"))
	if err != nil {
		t.Fatal(err)
	}
	replace, err := json.Marshal(map[string]map[string]string{"Replace": {filepath.Join(migrations, "00099_next_release.sql"): step}})
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{step: []byte(nextMigration), overlay: replace} {
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), "go", "build", "-overlay", overlay, "-o", next, ".")
	cmd.Dir = top
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build the next release: %v\n%s", err, out)
	}
	return next
}

// TestSoakRollingUpgrade replaces two copies of this release by copies of a next one, whose migration runs while clients write, and
// goes back to this release afterwards. There is no release yet, so the next one is this program with one migration more.
func TestSoakRollingUpgrade(t *testing.T) {
	next := nextRelease(t)
	url := storetest.EmptyURL(t)
	env := []string{"DATABASE_URL=" + url, "SECRET_KEY=" + testSecretKey(), "LOG_LEVEL=error"}
	old := []*serving{startServing(t, env, "serve"), startServing(t, env, "serve")}
	key := partner(t, env, "it@acme.example")

	// The copies that a proxy sends requests to.
	var (
		mu     sync.Mutex
		copies = []string{old[0].url, old[1].url}
	)
	use := func(urls ...string) {
		mu.Lock()
		defer mu.Unlock()
		copies = urls
	}
	var (
		writers                   sync.WaitGroup
		over                      atomic.Bool
		created, busy, reset, all atomic.Int64
	)
	client := &http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
	write := func(n int64) error {
		for attempt := n; ; attempt++ {
			all.Add(1)
			mu.Lock()
			copyURL := copies[attempt%int64(len(copies))]
			mu.Unlock()
			req, err := http.NewRequest(http.MethodPost, copyURL+"/api/v1/jobs", bytes.NewReader(fmt.Appendf(nil, `{"title":"Job %d"}`, n)))
			if err != nil {
				return err
			}
			req.Header.Set("X-Api-Key", key)
			req.Header.Set("Content-Type", "application/json")
			req.Header.Set("Idempotency-Key", fmt.Sprintf("upgrade-%d", n))
			res, err := client.Do(req)
			if errors.Is(err, syscall.ECONNREFUSED) {
				continue // it has stopped; a proxy takes another
			}
			if errors.Is(err, syscall.ECONNRESET) {
				reset.Add(1) // see TestTerminationAnswersNewConnections
				continue
			}
			if err != nil {
				return err
			}
			res.Body.Close()
			switch {
			case res.StatusCode == http.StatusCreated:
				created.Add(1)
				return nil
			case res.StatusCode == http.StatusServiceUnavailable && res.Header.Get("Retry-After") != "":
				busy.Add(1)
			default:
				return fmt.Errorf("job %d: %s", n, res.Status)
			}
		}
	}
	var numbers atomic.Int64
	steps := make(chan struct{})
	for range 6 {
		writers.Go(func() {
			for !over.Load() {
				n := numbers.Add(1)
				if err := write(n); err != nil {
					t.Error(err)
					return
				}
				if n%100 == 0 {
					select {
					case steps <- struct{}{}:
					case <-time.After(time.Millisecond):
					}
				}
			}
		})
	}
	stop := func(s *serving) {
		t.Helper()
		s.signal(syscall.SIGTERM)
		if code := s.wait(); code != 0 {
			t.Errorf("exit status %d", code)
		}
	}
	meanwhile := func() { // a hundred writes and more
		t.Helper()
		for range 2 {
			select {
			case <-steps:
			case <-time.After(patience):
				t.Fatal("nothing is written any more")
			}
		}
	}
	meanwhile()
	first := startServingBy(t, next, env, "serve") // it migrates
	use(old[0].url, old[1].url, first.url)
	meanwhile()
	use(old[1].url, first.url)
	stop(old[0])
	second := startServingBy(t, next, env, "serve")
	use(old[1].url, first.url, second.url)
	meanwhile()
	use(first.url, second.url)
	stop(old[1])
	meanwhile()
	back := startServing(t, env, "serve") // this release, on the schema of the next
	use(first.url, second.url, back.url)
	meanwhile()
	use(back.url)
	stop(first)
	stop(second)
	meanwhile()
	over.Store(true)
	writers.Wait()
	stop(back)
	t.Logf("%d jobs by %d requests; %d answers 503, %d connections reset", created.Load(), all.Load(), busy.Load(), reset.Load())

	db := (&cluster{}).open(t, url)
	if n := one[int64](t, db, `SELECT count(*) FROM jobs WHERE next_release = 'none'`); n != created.Load() {
		t.Errorf("%d jobs are there, %d were created", n, created.Load())
	}
	if n := one[int64](t, db, `SELECT count(DISTINCT title) FROM jobs`); n != created.Load() {
		t.Errorf("%d jobs differ, %d were created", n, created.Load())
	}
	if n := one[int](t, db, `SELECT count(*) FROM pg_index WHERE indexrelid = 'jobs_next_release'::regclass AND indisvalid`); n != 1 {
		t.Error("the index is not valid")
	}
	if reset.Load() > 3 { // one for each stop
		t.Errorf("%d connections were reset", reset.Load())
	}
	gapFree(t, db)
}
