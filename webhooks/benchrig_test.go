package webhooks

import (
	"bufio"
	"context"
	"crypto/x509"
	"fmt"
	"io"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/embedded"
	"itmanagerjobs/webhooks/profile"
)

// receiverEnv makes the test binary a receiver in a process of its own, so that its work is not counted as ours.
const receiverEnv = "WEBHOOKS_TEST_RECEIVER"

// runReceiver answers 200 to everything, by HTTPS as all endpoints do, until its parent is gone. It prints its address.
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
	server := httptest.NewTLSServer(nil) // all have the same certificate
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

// benchServer is a PostgreSQL server that syncs to disk as in production.
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

// newBenchRig empties the queue of earlier benchmarks and makes its own employers and subscriptions, 50 each.
func newBenchRig(b *testing.B) *rig {
	b.Helper()
	server, err := benchServer()
	if err != nil {
		b.Fatalf("the benchmarks need a PostgreSQL server of their own: %v", err)
	}
	r := newRigOn(b, server.URL(), time.Now)
	for _, sql := range []string{
		`TRUNCATE subscriptions, lanes, delivery_queue, deliveries, delivery_attempts, events, event_heads, workers, messages`,
		`INSERT INTO lanes (kind) SELECT 'email' FROM generate_series(1, 4)`,
	} {
		if _, err := r.db.ExecContext(b.Context(), sql); err != nil {
			b.Fatal(err)
		}
	}
	if err := r.store.MaintainPartitions(b.Context()); err != nil {
		b.Fatal(err)
	}
	return r
}

// subscribers makes n subscriptions to a URL, 50 for each employer, and returns the employers.
func (r *rig) subscribers(b *testing.B, n int, url func(i int) string) []board.Tenant {
	b.Helper()
	var tenants []board.Tenant
	for i := range n {
		if i%board.MaxSubscriptions == 0 {
			tenants = append(tenants, r.employer(b, "Employer "+strconv.Itoa(i)))
		}
		r.subscribeTo(b, tenants[len(tenants)-1], url(i), board.EventJobCreated)
	}
	return tenants
}

// measuredQueue counts what is recorded.
type measuredQueue struct {
	*outbox.Queue

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

// usage is what was used so far.
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

// postgresCPU is that of the server's process, of those that live, and of those that have ended.
func (r *rig) postgresCPU(b *testing.B) time.Duration {
	b.Helper()
	var file string
	if err := r.db.QueryRowContext(b.Context(), `SELECT pg_read_file('postmaster.pid')`).Scan(&file); err != nil {
		b.Fatal(err)
	}
	postmaster, _, _ := strings.Cut(file, "\n")
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		b.Fatal(err)
	}
	ticks := 0
	for _, name := range stats {
		text, err := os.ReadFile(name)
		if err != nil {
			continue // it has ended
		}
		_, rest, _ := strings.Cut(string(text), ") ")
		fields := strings.Fields(rest) // from the third on
		isPostmaster := name == "/proc/"+postmaster+"/stat"
		if !isPostmaster && fields[1] != postmaster {
			continue
		}
		used := fields[11:13] // user and system time
		if isPostmaster {
			used = fields[11:15] // and those of children that have ended
		}
		for _, f := range used {
			n, err := strconv.Atoi(f)
			if err != nil {
				b.Fatal(err)
			}
			ticks += n
		}
	}
	return time.Duration(ticks) * (time.Second / 100)
}

// floor signs and posts n deliveries in a loop, with as many at once as the engine would have, and gives their rate:
// what no sender on this machine can be faster than.
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
