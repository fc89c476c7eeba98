package server_test

import (
	"context"
	"database/sql"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/lib/pq"

	"itmanagerjobs/server/servertest"
	"itmanagerjobs/store"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board/apikey"
	"itmanagerjobs/store/embedded"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

// soon is how long readiness may take to tell that the database went away or came back.
const soon = 2 * time.Second

// ready reads readiness until it is as wanted, for as long as that may take.
func ready(t *testing.T, api *servertest.API, status int, reason string) {
	t.Helper()
	until, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	for {
		got, _, body := outsideContract(t, api, servertest.Request{Method: http.MethodGet, Path: "/healthz/ready"})
		if got == status && strings.Contains(body, reason) {
			return
		}
		if until.Err() != nil {
			t.Fatalf("after %s ready is %d %s, want %d %q", soon, got, body, status, reason)
		}
	}
}

// unavailable sends a request that must be answered 503, in the envelope, with the time to try again.
func unavailable(t *testing.T, api *servertest.API, q servertest.Request) {
	t.Helper()
	res := api.Want(t, http.StatusServiceUnavailable, q) // checked against the contract
	if !strings.Contains(string(res.Body), `"unavailable"`) || strings.Contains(string(res.Body), "pq:") || res.Header.Get("Retry-After") == "" {
		t.Errorf("%s %s: %v %s; want unavailable and Retry-After", q.Method, q.Path, res.Header, res.Body)
	}
}

// changed sets something for all new sessions of a database; with end it ends the others.
func changed(t *testing.T, address, set string, end bool) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	raw := beside(t, address)
	raw.SetMaxOpenConns(1)
	fixture.MustExec(t, raw, `SET default_transaction_read_only = off`)
	fixture.MustExec(t, raw, `ALTER DATABASE `+strings.TrimPrefix(u.Path, "/")+` `+set)
	if end {
		fixture.MustExec(t, raw, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`)
	}
}

// beside opens connections beside those of the program, which the test may break.
func beside(t *testing.T, address string) *sql.DB {
	t.Helper()
	db, err := sql.Open("postgres", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() }) // a connection that the server has broken complains
	return db
}

func TestADatabaseThatTakesNoWrites(t *testing.T) {
	t.Parallel()
	address := storetest.URL(t)
	clock := storetest.NewClock()
	api := servertest.Over(t, storetest.Open(t, address, storetest.Options(clock)), clock.Now)
	_, key := api.Employer(t, "Northwind", 1, apikey.ScopeJobPosting)
	list := servertest.Request{Method: http.MethodGet, Path: jobs, Key: key}
	create := servertest.Request{
		Method: http.MethodPost, Path: jobs, Key: key, Body: map[string]any{"title": "CIO"}, Header: map[string]string{"Idempotency-Key": "1"},
	}
	ready(t, api, http.StatusOK, "ok")

	changed(t, address, "SET default_transaction_read_only = on", true)
	ready(t, api, http.StatusServiceUnavailable, "takes no writes")
	unavailable(t, api, list) // its admission writes
	unavailable(t, api, create)

	// A standby that is promoted keeps its sessions; those that did not write are not used again.
	changed(t, address, "RESET default_transaction_read_only", false)
	ready(t, api, http.StatusOK, "ok")
	api.Want(t, 200, list)
	if res := api.Want(t, 201, create); res.Header.Get("Idempotency-Replayed") != "" {
		t.Error("a request that was answered 503 was recorded")
	}
	if log := api.Log.String(); strings.Contains(log, `"level":"ERROR"`) {
		t.Errorf("a database that is away was logged as a fault of ours:\n%s", log)
	}
}

func TestADatabaseWithoutRoom(t *testing.T) {
	t.Parallel()
	address := storetest.URL(t)
	clock := storetest.NewClock()
	api := servertest.Over(t, storetest.Open(t, address, storetest.Options(clock)), clock.Now)
	changed(t, address, "SET temp_file_limit = 0", true)
	ready(t, api, http.StatusServiceUnavailable, "no disk space")
	changed(t, address, "RESET temp_file_limit", true)
	ready(t, api, http.StatusOK, "ok")
}

// goesMeanwhile has a caller go who is waiting for the database: that is no fault of ours. One who goes before the request has arrived is
// not noticed, and so the next one waits twice as long.
func goesMeanwhile(t *testing.T, api *servertest.API, key string) {
	t.Helper()
	for stays := 50 * time.Millisecond; !strings.Contains(api.Log.String(), `"status":499`); stays *= 2 {
		if stays > time.Minute {
			t.Fatalf("a caller who has gone is not in the log:\n%s", api.Log.String())
		}
		comesAndGoes(t, api, key, stays)
	}
	if log := api.Log.String(); strings.Contains(log, `"level":"ERROR"`) {
		t.Errorf("a caller who has gone was logged as a fault of ours:\n%s", log)
	}
}

func comesAndGoes(t *testing.T, api *servertest.API, key string, stays time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), stays)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, api.URL+jobs, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Api-Key", key)
	if res, err := http.DefaultClient.Do(r); err == nil {
		res.Body.Close()
		t.Fatal("it is answered")
	}
}

func TestADatabaseThatIsLocked(t *testing.T) {
	t.Parallel()
	address := storetest.URL(t)
	clock := storetest.NewClock()
	api := servertest.Over(t, storetest.Open(t, address, storetest.Options(clock)), clock.Now)
	_, key := api.Employer(t, "Northwind", 1, apikey.ScopeJobPosting)
	tx, err := fixture.Raw(t, address).BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.ExecContext(t.Context(), `LOCK TABLE key_usage IN ACCESS EXCLUSIVE MODE`); err != nil {
		t.Fatal(err)
	}
	ready(t, api, http.StatusServiceUnavailable, "does not answer")
	goesMeanwhile(t, api, key)
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	ready(t, api, http.StatusOK, "ok")
}

// A server of the test's own stands still and goes on, and is stopped.
func TestADatabaseThatStandsStillAndIsStopped(t *testing.T) {
	t.Parallel()
	db, err := embedded.StartForTests(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	stop := sync.OnceValue(db.Stop)
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	if _, err := pg.MigrateUp(t.Context(), db.URL()); err != nil {
		t.Fatal(err)
	}
	clock := storetest.NewClock()
	api := servertest.Over(t, storetest.Open(t, db.URL(), storetest.Options(clock)), clock.Now)
	_, key := api.Employer(t, "Northwind", 1, apikey.ScopeJobPosting)
	ready(t, api, http.StatusOK, "ok")

	processes := processesOf(t, beside(t, db.URL()))
	signal := func(s syscall.Signal) {
		t.Helper()
		for _, pid := range processes {
			if err := syscall.Kill(pid, s); err != nil {
				t.Fatal(err)
			}
		}
	}
	signal(syscall.SIGSTOP)
	t.Cleanup(func() {
		for _, pid := range processes {
			_ = syscall.Kill(pid, syscall.SIGCONT)
		}
	})
	ready(t, api, http.StatusServiceUnavailable, "does not answer")
	unavailable(t, api, servertest.Request{Method: http.MethodGet, Path: jobs, Key: key})
	signal(syscall.SIGCONT)
	ready(t, api, http.StatusOK, "ok")

	if err := stop(); err != nil {
		t.Fatal(err)
	}
	ready(t, api, http.StatusServiceUnavailable, "does not answer")
	unavailable(t, api, servertest.Request{Method: http.MethodGet, Path: jobs, Key: key})
}

// processesOf lists the processes of a server: the first, which starts the others, and those of its sessions.
func processesOf(t *testing.T, raw *sql.DB) []int {
	t.Helper()
	var data string
	var sessions pq.Int64Array
	err := raw.QueryRowContext(t.Context(), `
SELECT current_setting('data_directory'), array_agg(pid) FROM pg_stat_activity WHERE backend_type = 'client backend'`).Scan(&data, &sessions)
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(filepath.Join(data, "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(string(file), "\n")
	pid, err := strconv.Atoi(first)
	if err != nil {
		t.Fatal(err)
	}
	processes := []int{pid}
	for _, session := range sessions {
		processes = append(processes, int(session))
	}
	return processes
}

// An employer's slow requests under keys, more of them than there are connections, and their twins: others do not notice, and the
// copy stays ready.
func TestSlowRequestsUnderKeysHoldNobodyUp(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	slow, _ := api.Employer(t, "Slow", 0, apikey.ScopeJobPosting)
	_, key := api.Employer(t, "Northwind", 1, apikey.ScopeJobPosting)
	list := servertest.Request{Method: http.MethodGet, Path: jobs, Key: key}
	p95 := func() time.Duration {
		api.Clock.Advance(time.Minute)
		took := make([]time.Duration, 60)
		for i := range took {
			begun := time.Now()
			api.Want(t, 200, list)
			took[i] = time.Since(begun)
		}
		slices.Sort(took)
		return took[len(took)*95/100]
	}
	p95()
	baseline := p95()

	const requests, twins = store.DefaultConns + 1, 3
	release := make(chan struct{})
	var begun, ended sync.WaitGroup
	var once sync.Once
	begun.Add(1)
	for i := range requests * twins {
		ended.Go(func() {
			n := i % requests
			_, _, err := api.Store.Idempotent(context.Background(), account.Principal{Tenant: slow}, strconv.Itoa(n), []byte("f"), func(context.Context) (store.Reply, error) {
				once.Do(begun.Done)
				<-release
				return store.Reply{}, nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	begun.Wait()
	during := min(p95(), p95(), p95()) // other tests take the processor now and then, slow requests would be there all the time
	ready(t, api, http.StatusOK, "ok")
	close(release)
	ended.Wait()
	// 5 ms are what a busy machine adds by chance.
	if during > 2*baseline+5*time.Millisecond {
		t.Errorf("p95 of a bystander is %s, and %s without them", during, baseline)
	}
	t.Logf("p95 of a bystander: %s without, %s with slow requests", baseline, during)
}
