package webhooks

import (
	"bufio"
	"context"
	"crypto/x509"
	"database/sql"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"itmanagerjobs/store"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/embedded"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/webhooks/profile"
)

// receiverEnv makes the test binary a receiver in a process of its own, so that its CPU time is not counted as the engine's.
const receiverEnv = "WEBHOOKS_TEST_RECEIVER"

// runReceiver prints its URL and answers 200 to every request, by HTTPS as all endpoints do, until its parent has ended.
func runReceiver() error {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	fmt.Println(server.URL)
	_, err := io.Copy(io.Discard, os.Stdin)
	return err
}

// benchClient trusts the receivers of the benchmarks.
func benchClient(b *testing.B) *Client {
	b.Helper()
	server := httptest.NewTLSServer(nil) // all servers of httptest have the same certificate
	defer server.Close()
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	c := NewClient(ClientOptions{Guard: Guard{AllowInsecure: true}, UserAgent: "itmanagerjobs-bench", RootCAs: roots, Now: time.Now})
	b.Cleanup(c.CloseIdle)
	return c
}

func startReceiver(b *testing.B) (url string) {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), receiverEnv+"=1")
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = stdin.Close()
		_ = cmd.Wait()
	})
	url, err = bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	return strings.TrimSpace(url)
}

// benchServer is a PostgreSQL server that syncs to disk as in production. Its database is migrated and stays empty: it is the
// template of the databases of the benchmarks.
var benchServer = sync.OnceValues(func() (*embedded.Server, error) {
	dir, err := os.MkdirTemp("", "itmanagerjobs-bench-")
	if err != nil {
		return nil, err
	}
	server, err := embedded.Start(context.Background(), embedded.Options{Dir: dir, Temporary: true})
	if err != nil {
		return nil, err
	}
	_, err = pg.MigrateUp(context.Background(), server.URL())
	return server, err
})

// benchDatabases counts the databases, which gives each its name.
var benchDatabases atomic.Int64

// newBenchRig is a rig on a database of its own, which is dropped when the benchmark ends. A database that is new needs no list
// of tables to empty, and no rows, locks or statistics of another benchmark are in it.
func newBenchRig(b *testing.B) *rig {
	b.Helper()
	server, err := benchServer()
	if err != nil {
		b.Fatalf("the benchmarks need a PostgreSQL server of their own: %v", err)
	}
	template, err := url.Parse(server.URL())
	if err != nil {
		b.Fatal(err)
	}
	name := fmt.Sprintf("bench_%d", benchDatabases.Add(1))
	own, maintenance := *template, *template
	own.Path, maintenance.Path = "/"+name, "/postgres"
	db, err := sql.Open("postgres", maintenance.String())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	if _, err := db.ExecContext(b.Context(), `CREATE DATABASE `+name+` TEMPLATE `+strings.TrimPrefix(template.Path, "/")); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if _, err := db.ExecContext(context.Background(), `DROP DATABASE `+name+` WITH (FORCE)`); err != nil {
			b.Errorf("drop the benchmark's database: %v", err)
		}
	})
	r := newRigOn(b, own.String(), time.Now)
	if err := r.store.Outbox.MaintainPartitions(b.Context()); err != nil {
		b.Fatal(err)
	}
	return r
}

// size is how much of something a benchmark uses: with -short so little that all benchmarks together take a few seconds. Then
// the figures say nothing; the run proves that the benchmarks work.
func size(full, short int) int {
	if testing.Short() {
		return short
	}
	return full
}

// subscribers makes n subscriptions, 50 per employer, and returns the employers.
func (r *rig) subscribers(b *testing.B, n int, url func(i int) string) []board.Tenant {
	b.Helper()
	var tenants []board.Tenant
	for i := range n {
		if i%delivery.MaxSubscriptions == 0 {
			tenants = append(tenants, r.employer(b, "Employer "+strconv.Itoa(i)))
		}
		r.subscribeTo(b, tenants[len(tenants)-1], url(i), event.JobCreated)
	}
	return tenants
}

// measuredQueue counts the attempts that are recorded, and closes reached when there are target of them.
type measuredQueue struct {
	*store.Queue

	recorded atomic.Int64
	target   int64
	reached  chan struct{}
}

func (r *rig) measured(b *testing.B, target int) *measuredQueue {
	return &measuredQueue{Queue: r.queue(b), target: int64(target), reached: make(chan struct{})}
}

func (q *measuredQueue) Record(ctx context.Context, attempts []outbox.Attempt) (int, error) {
	n, err := q.Queue.Record(ctx, attempts)
	if total := q.recorded.Add(int64(n)); total >= q.target && total-int64(n) < q.target {
		close(q.reached)
	}
	return n, err
}

// usage is the resources used so far.
type usage struct {
	at         time.Time
	own        time.Duration // CPU of this process
	postgres   time.Duration // CPU of PostgreSQL
	wal        int64         // bytes
	statements int64
}

func (r *rig) usage(b *testing.B, q *measuredQueue) usage {
	b.Helper()
	u := usage{at: time.Now(), own: ownCPU(b), postgres: r.postgresCPU(b), statements: q.RoundTrips()}
	if err := r.db.QueryRowContext(b.Context(), `SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn`).Scan(&u.wal); err != nil {
		b.Fatal(err)
	}
	return u
}

func ownCPU(b *testing.B) time.Duration {
	b.Helper()
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		b.Fatal(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// postgresCPU is the CPU time of the server: of its main process, of its children, and of children that have ended.
func (r *rig) postgresCPU(b *testing.B) time.Duration {
	b.Helper()
	var file string
	if err := r.db.QueryRowContext(b.Context(), `SELECT pg_read_file('postmaster.pid')`).Scan(&file); err != nil {
		b.Fatal(err)
	}
	first, _, _ := strings.Cut(file, "\n")
	postmaster, err := strconv.Atoi(first)
	if err != nil {
		b.Fatal(err)
	}
	return storetest.ProcessorTime(b, postmaster)
}

// floor signs and posts n deliveries in a loop, atOnce at a time, and returns their rate. No sender on this machine can be faster.
func floor(b *testing.B, client *Client, url string, n, atOnce int) (perSecond float64) {
	b.Helper()
	native := profile.Native()
	body := []byte(`{"jobPostId":123456,"reference":"PL-123456","jobTitle":"Platform Engineer","status":"Draft","createdAt":"2026-03-02T09:30:00Z"}`)
	var next atomic.Int64
	var failed atomic.Int64
	var sending sync.WaitGroup
	began := time.Now()
	for range atOnce {
		sending.Go(func() {
			for i := next.Add(1); i <= int64(n); i = next.Add(1) {
				header, err := native.Headers(profile.Attempt{DeliveryID: i, EventType: "job.created", Number: 1, At: time.Now(), Secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}, body)
				if err != nil {
					failed.Add(1)
					continue
				}
				if result := client.Send(context.Background(), Request{URL: url, Header: header, Body: body}); result.Status != http.StatusOK {
					failed.Add(1)
				}
			}
		})
	}
	sending.Wait()
	if failed.Load() > 0 {
		b.Fatalf("%d of the floor's posts failed", failed.Load())
	}
	return float64(n) / time.Since(began).Seconds()
}
