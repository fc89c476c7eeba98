//go:build soak

package programtest

import (
	"bytes"
	"crypto/rand"
	"database/sql"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"itmanagerjobs/store"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/storetest"
)

// What copies are measured with: employers, keys and webhooks of each, events of each that are delivered to all of its webhooks, clients at
// once, and how long they send.
const (
	copiesEmployers = 8
	copiesKeys      = 8
	copiesJobs      = 100
	copiesWebhooks  = 4
	copiesEvents    = 400
	copiesClients   = 32
	copiesBurst     = 4 * time.Second
	copiesTurns     = 2
)

// copiesRig is a PostgreSQL with employers, and what is measured of the copies on it.
type copiesRig struct {
	t         *testing.T
	cluster   *cluster
	env       []string
	db        *sql.DB
	keys      []string // of all employers in turn
	jobs      []int64  // jobs[n] is one of the employer of keys[n % len(keys)]
	client    *http.Client
	on        processors
	postgres  int // the process
	receiver  *counter
	delivered int
	created   atomic.Int64
}

// counter is a receiver that knows how often each delivery has come.
type counter struct {
	mu   sync.Mutex
	seen map[string]int
	want int
	done chan struct{}
}

func (c *counter) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen[r.Header.Get("X-Webhook-Delivery-Id")]++
	if len(c.seen) == c.want {
		close(c.done)
	}
}

// expect says how many more deliveries come, and gives what tells that they have.
func (c *counter) expect(more int) <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.want, c.done = len(c.seen)+more, make(chan struct{})
	return c.done
}

// phase is what a number of copies did of one kind: how much, how long, and what it took of the processors.
type phase struct {
	done             int
	took             time.Duration
	copies, postgres time.Duration
}

func (p *phase) add(more phase) {
	p.done, p.took, p.copies, p.postgres = p.done+more.done, p.took+more.took, p.copies+more.copies, p.postgres+more.postgres
}

func (p *phase) String() string {
	each := func(d time.Duration) float64 { return float64(d.Microseconds()) / float64(max(p.done, 1)) }
	return fmt.Sprintf("%7.0f/s, %4.0f µs of copies, %4.0f of PostgreSQL", float64(p.done)/p.took.Seconds(), each(p.copies), each(p.postgres))
}

// TestSoakCopies has 1, 2 and 4 copies of the program on one PostgreSQL answer reads and creations and deliver events, in turns, and tells how many
// a second, and what one takes of the processors. All are answered, and each event is delivered once.
func TestSoakCopies(t *testing.T) {
	counts := []int{1, 2, 4}
	p := newCopiesRig(t, slices.Max(counts))
	total := map[int]*[3]phase{}
	for range copiesTurns {
		for _, n := range counts {
			if total[n] == nil {
				total[n] = &[3]phase{}
			}
			for i, measured := range p.with(n) {
				total[n][i].add(measured)
			}
		}
	}
	for i, kind := range []string{"reads by id", "creations", "deliveries"} {
		for _, n := range counts {
			t.Logf("%-12s %d copies: %v", kind, n, &total[n][i])
		}
	}
	p.judge()
}

func newCopiesRig(t *testing.T, copies int) *copiesRig {
	t.Helper()
	p := &copiesRig{t: t, cluster: newCluster(t), on: apart(runtime.NumCPU(), copies), receiver: &counter{seen: map[string]int{}}}
	if len(p.on.copies) == 0 {
		t.Logf("%d processors, fewer than the %d that copies, PostgreSQL and clients need to have their own: all share all, rates cannot grow, and what a copy more costs shows in the time of the processors", runtime.NumCPU(), copies+2)
	} else {
		t.Logf("processors: %+v", p.on)
	}
	pinClients(t, p.on.clients)
	url := p.cluster.url("itmanagerjobs", 5432)
	p.env = []string{"DATABASE_URL=" + url, "SECRET_KEY=" + testSecretKey(), "LOG_LEVEL=error", "WEBHOOK_ALLOW_INSECURE=true"}
	if did := runProgram(t, p.env, "migrate", "up"); did.code != 0 {
		t.Fatalf("migrate: %+v", did)
	}
	p.db = p.cluster.open(t, url)
	var err error
	if p.postgres, err = strconv.Atoi(strings.TrimSpace(one[string](t, p.db, `SELECT split_part(pg_read_file('postmaster.pid'), E'\n', 1)`))); err != nil {
		t.Fatal(err)
	}
	pin(t, p.postgres, p.on.postgres)
	p.client = &http.Client{Timeout: patience, Transport: &http.Transport{MaxIdleConnsPerHost: copiesClients}}
	receiver := httptest.NewServer(p.receiver)
	t.Cleanup(receiver.Close)
	p.furnish(storetest.Open(t, url, store.Options{Now: time.Now, Rand: rand.Reader, SecretKey: bytes.Repeat([]byte{7}, 32)}), receiver.URL)
	return p
}

// furnish makes the employers.
func (p *copiesRig) furnish(s *store.Store, receiver string) {
	p.t.Helper()
	keys, jobs := make([][]string, copiesEmployers), make([][]int64, copiesEmployers)
	for i := range copiesEmployers {
		id, _, err := s.Accounts.CreateEmployer(p.t.Context(), account.NewEmployer{Name: "Acme", Email: fmt.Sprintf("it%d@acme.example", i)})
		if err == nil {
			err = s.Accounts.SetLimit(p.t.Context(), id, board.FamilyJobs, 1_000_000)
		}
		if err != nil {
			p.t.Fatal(err)
		}
		tenant := board.Tenant{EmployerID: id, Mode: board.ModeLive}
		for n := range copiesKeys {
			_, plain, err := s.Accounts.MintKey(p.t.Context(), account.NewKey{Tenant: tenant, Name: fmt.Sprintf("Key %d", n), Scopes: []apikey.Scope{apikey.ScopeJobPosting}, Approve: true})
			if err != nil {
				p.t.Fatal(err)
			}
			keys[i] = append(keys[i], plain)
		}
		for n := range copiesJobs {
			job, err := s.Jobs.CreateJob(p.t.Context(), tenant, board.JobPatch{Title: board.Set(fmt.Sprintf("IT Manager %d", n))})
			if err != nil {
				p.t.Fatal(err)
			}
			jobs[i] = append(jobs[i], job.ID)
		}
		for range copiesWebhooks {
			if _, _, err := s.Outbox.CreateSubscription(p.t.Context(), tenant, "native", delivery.SubscriptionPatch{URL: board.Set(receiver), Events: board.Set([]event.Type{event.JobUpdated})}); err != nil {
				p.t.Fatal(err)
			}
		}
	}
	for n := range copiesKeys * copiesEmployers {
		p.keys = append(p.keys, keys[n%copiesEmployers][n/copiesEmployers])
	}
	for n := range copiesJobs * copiesEmployers {
		p.jobs = append(p.jobs, jobs[n%copiesEmployers][n/copiesEmployers])
	}
	if _, err := p.db.ExecContext(p.t.Context(), `ANALYZE`); err != nil {
		p.t.Fatal(err)
	}
}

// with starts so many copies, measures them, and stops them.
func (p *copiesRig) with(copies int) (measured [3]phase) {
	p.t.Helper()
	running := make([]*serving, copies)
	for i := range running {
		env := p.env
		if len(p.on.copies) > 0 {
			env = append(slices.Clone(p.env), "GOMAXPROCS=1")
		}
		running[i] = startServing(p.t, env, "serve")
		if len(p.on.copies) > 0 {
			pin(p.t, running[i].cmd.Process.Pid, p.on.copies[i:i+1])
		}
	}
	p.untilShared(copies)
	measured[0] = p.measure(running, func() int { return p.requests(running, http.MethodGet) })
	measured[1] = p.measure(running, func() int { return p.requests(running, http.MethodPost) })
	measured[2] = p.measure(running, p.deliveries)
	for _, s := range running {
		s.signal(syscall.SIGTERM)
		if code := s.wait(); code != 0 {
			p.t.Errorf("exit status %d", code)
		}
	}
	return measured
}

func (p *copiesRig) measure(running []*serving, do func() int) phase {
	p.t.Helper()
	pids := make([]int, len(running))
	for i, s := range running {
		pids[i] = s.cmd.Process.Pid
	}
	copies, postgres, began := storetest.ProcessorTime(p.t, pids...), storetest.ProcessorTime(p.t, p.postgres), time.Now()
	done := do()
	return phase{done, time.Since(began), storetest.ProcessorTime(p.t, pids...) - copies, storetest.ProcessorTime(p.t, p.postgres) - postgres}
}

// until waits until a question to the database is answered by true.
func (p *copiesRig) until(question string) {
	p.t.Helper()
	tick, over := time.NewTicker(20*time.Millisecond), time.NewTimer(patience)
	defer tick.Stop()
	defer over.Stop()
	for !one[bool](p.t, p.db, question) {
		select {
		case <-tick.C:
		case <-over.C:
			p.t.Fatalf("not within %s: %s", patience, question)
		}
	}
}

// untilShared waits until each copy has its share of the lanes.
func (p *copiesRig) untilShared(copies int) {
	p.t.Helper()
	p.until(fmt.Sprintf(`SELECT count(*) = count(owner) AND count(DISTINCT owner) = %d
		AND (SELECT max(n) <= (sum(n) + %[1]d - 1) / %[1]d FROM (SELECT count(*) AS n FROM lanes GROUP BY owner) o) FROM lanes`, copies))
}

// requests has clients ask all copies in turn, for a while, and tells how many were answered.
func (p *copiesRig) requests(running []*serving, method string) int {
	p.t.Helper()
	var next, done atomic.Int64
	var clients sync.WaitGroup
	over := time.Now().Add(copiesBurst)
	for range copiesClients {
		clients.Go(func() {
			for time.Now().Before(over) {
				n := next.Add(1)
				if err := p.request(running[n%int64(len(running))].url, method, int(n/int64(len(running)))); err != nil {
					p.t.Errorf("%s: %v", method, err)
					return
				}
				done.Add(1)
			}
		})
	}
	clients.Wait()
	return int(done.Load())
}

// request is one by the n-th key: a read of a job of its employer, or a creation.
func (p *copiesRig) request(url, method string, n int) error {
	path, body, status, has := "/api/v1/jobs", `{"title":"CIO"}`, http.StatusCreated, `"CIO"`
	if method == http.MethodGet {
		id := strconv.FormatInt(p.jobs[n%len(p.jobs)], 10)
		path, body, status, has = path+"/"+id, "", http.StatusOK, `"id":`+id+`,`
	}
	r, err := http.NewRequestWithContext(p.t.Context(), method, url+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("X-Api-Key", p.keys[n%len(p.keys)])
	r.Header.Set("Content-Type", "application/json")
	res, err := p.client.Do(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode != status || !strings.Contains(string(answer), has) {
		return fmt.Errorf("%s: %s", res.Status, answer)
	}
	if method == http.MethodPost {
		p.created.Add(1)
	}
	return nil
}

// deliveries writes events for all webhooks at once and waits until the last delivery has come and all are recorded.
func (p *copiesRig) deliveries() int {
	p.t.Helper()
	const n = copiesEmployers * copiesEvents * copiesWebhooks
	come := p.receiver.expect(n)
	if _, err := p.db.ExecContext(p.t.Context(), `
SELECT pg_notify('delivery_work', string_agg(DISTINCT w.lane::text, ','))
  FROM (SELECT array_agg(e.id) AS employers, array_agg('live'::text) AS modes, array_agg('job.updated'::text) AS types, array_agg('{"jobPostId":1}'::text) AS data
          FROM generate_series(1, $1::integer), employers e) x, emit_events(x.employers, x.modes, x.types, x.data, clock_timestamp()) w`, copiesEvents); err != nil {
		p.t.Fatal(err)
	}
	p.delivered += n
	over := time.NewTimer(patience)
	defer over.Stop()
	select {
	case <-come:
	case <-over.C:
		p.t.Fatalf("not all of %d deliveries within %s", n, patience)
	}
	p.until(`SELECT NOT EXISTS (SELECT FROM delivery_queue)`)
	return n
}

// judge looks for a request or a delivery that was lost or done twice.
func (p *copiesRig) judge() {
	p.t.Helper()
	if n, want := one[int64](p.t, p.db, `SELECT count(*) FROM jobs`), p.created.Load()+copiesEmployers*copiesJobs; n != want {
		p.t.Errorf("%d jobs are there, %d were created", n, want)
	}
	gapFree(p.t, p.db)
	if len(p.receiver.seen) != p.delivered {
		p.t.Errorf("%d deliveries came, want %d", len(p.receiver.seen), p.delivered)
	}
	for id, times := range p.receiver.seen {
		if times != 1 {
			p.t.Errorf("delivery %s came %d times", id, times)
		}
	}
	if n := one[int](p.t, p.db, `SELECT count(*) FROM delivery_attempts WHERE outcome = 'Delivered' AND number = 1`); n != p.delivered {
		p.t.Errorf("%d deliveries are recorded as delivered at once, want %d", n, p.delivered)
	}
}
