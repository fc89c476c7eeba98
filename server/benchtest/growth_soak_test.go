//go:build soak

package benchtest

import (
	"database/sql"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"itmanagerjobs/server"
	"itmanagerjobs/server/servertest"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/embedded"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
	"itmanagerjobs/webhooks"
)

// The whole size is 10,000,000 jobs of 10,000 employers, and an event for each application within 30 days. So many employers are filled together.
const (
	wholeEmployers = 10_000
	jobsOfEach     = 1000
	days           = 30
	together       = 100
)

// grown is an API over a database of a size, with the delivery engine over it.
type grown struct {
	name    string
	api     *servertest.API
	public  http.Handler // the pages of the public
	key     string
	lists   []listed
	arrived chan int64 // numbers of jobs whose event has arrived
	// times are how long requests took, and cpu what PostgreSQL had of the processors for them.
	times, cpu map[string][]time.Duration
	db         *sqlx.DB
	sessions   []string
}

// TestSoakGrowth compares a database with one that is many times as large: lists, reads, admissions and the way of an event to its
// receiver must take no more than twice as long in 99 of 100 cases. GROWTH is the part of the whole size, 0.002 when it is not set: 20
// employers with 20,000 jobs and 200,000 applications, events and requests, against one of them.
func TestSoakGrowth(t *testing.T) {
	part := 0.002
	if text := os.Getenv("GROWTH"); text != "" {
		var err error
		if part, err = strconv.ParseFloat(text, 64); err != nil || part <= 0 || part > 1 {
			t.Fatalf("GROWTH is %q; give a part of the whole size, such as 0.01", text)
		}
	}
	postgres := buffered(t)
	small, large := grow(t, postgres, "small", 1), grow(t, postgres, "large", max(2, int(part*wholeEmployers)))
	const rounds = 400
	for i := range rounds {
		for _, g := range []*grown{small, large} {
			g.sessions = sessionsOf(t, g.db)
			g.readAll(t)
			g.create(t)
		}
		if i%50 == 0 {
			t.Logf("%d of %d rounds", i, rounds)
		}
	}
	compare(t, small, large)
}

// compare holds each request over the large database against the same over the small one. What only a time says, and the work of
// PostgreSQL does not, may be the machine's, which has other things to do: a request has grown whose median takes more than twice as long (see
// listed.most), or whose p99 does while PostgreSQL's own p99 has more than twice the time of the processors.
func compare(t *testing.T, small, large *grown) {
	t.Helper()
	// What takes less than that is told by the machine's moods.
	const noise, cpuNoise = 2.0, 0.5
	for _, l := range slices.Concat(small.lists, []listed{{name: creation, most: usualMost}, {name: arrival, most: usualMost}}) {
		times, grown, cpu, cpuGrown := small.times[l.name], large.times[l.name], small.cpu[l.name], large.cpu[l.name]
		p50, p99, p50Grown, p99Grown := percentile(times, 50), percentile(times, 99), percentile(grown, 50), percentile(grown, 99)
		t.Logf("%-60s p50 %7.2f ms, %7.2f; p99 %7.2f ms, %7.2f: %.2f; PostgreSQL p50 %6.2f ms, %6.2f; p99 %6.2f ms, %6.2f", l.name, p50, p50Grown, p99, p99Grown, p99Grown/p99,
			percentile(cpu, 50), percentile(cpuGrown, 50), percentile(cpu, 99), percentile(cpuGrown, 99))
		if p50Grown > l.most*p50+noise || p99Grown > l.most*p99+noise && percentile(cpuGrown, 99) > l.most*percentile(cpu, 99)+cpuNoise {
			t.Errorf("%s: p50 %.2f ms and p99 %.2f ms, and %.2f ms and %.2f ms in the large database", l.name, p50, p99, p50Grown, p99Grown)
		}
	}
}

// buffered is a PostgreSQL of this test's own, with the buffers of a server, and not with those of a test: of 128 MB most pages of the
// large database would be read anew for each request.
func buffered(t *testing.T) *embedded.Server {
	t.Helper()
	s, err := embedded.StartForTests(t.Context(), "shared_buffers=2GB", "max_wal_size=4GB")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// databaseFor makes a database of a name, with all migrations.
func databaseFor(t *testing.T, postgres *embedded.Server, name string) (address string) {
	t.Helper()
	fixture.MustExec(t, fixture.Raw(t, postgres.URL()), `CREATE DATABASE `+name)
	u, err := url.Parse(postgres.URL())
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	if _, err := pg.MigrateUp(t.Context(), u.String()); err != nil {
		t.Fatal(err)
	}
	return u.String()
}

// grow makes a database with so many employers, of which the one in the middle is looked at.
func grow(t *testing.T, postgres *embedded.Server, name string, employers int) *grown {
	t.Helper()
	address, clock := databaseFor(t, postgres, name), storetest.NewClock()
	clock.Advance(time.Since(clock.Now()))
	options := storetest.Options(clock)
	options.Now, options.LimitsByNow = time.Now, false
	fixture.PastPartitions(t, address, clock)
	s := storetest.Open(t, address, options)
	g := &grown{name: name, arrived: make(chan int64, 1), times: map[string][]time.Duration{}, cpu: map[string][]time.Duration{}}
	g.api = servertest.OverWith(t, s, time.Now, nil, func(c *server.Config) { g.public, _ = c.Pages.(http.Handler) })
	receiver := httptest.NewServer(http.HandlerFunc(g.receive))
	t.Cleanup(receiver.Close)
	db := fixture.Raw(t, address)
	g.db = sqlx.NewDb(db, "postgres")
	rows := fixture.AccountRows{Jobs: jobsOfEach, Now: time.Now().Add(-time.Minute), EventEvery: days * 24 * time.Hour / (10 * jobsOfEach)}
	var middle fixture.Filled
	began := time.Now()
	for first := 0; first < employers; first += together {
		rows.Accounts = nil
		for i := first; i < min(first+together, employers); i++ {
			filled, key := g.employer(t, i, receiver.URL)
			rows.Accounts = append(rows.Accounts, filled)
			if i == employers/2 {
				middle, g.key = filled, key
			}
		}
		fixture.FillAccounts(t, db, rows)
		t.Logf("%s: %d of %d employers after %s", name, first+len(rows.Accounts), employers, time.Since(began).Round(time.Second))
	}
	fixture.MustExec(t, db, `VACUUM ANALYZE`)
	t.Logf("%s: %s, vacuumed after %s", name, sizeOf(t, db), time.Since(began).Round(time.Second))
	g.lists = listsOf(t, db, middle, g.key, g.lookAt(t, middle))
	g.deliver(t)
	return g
}

// employer makes one with a webhook and a key.
func (g *grown) employer(t *testing.T, i int, receiver string) (filled fixture.Filled, key string) {
	t.Helper()
	scopes := []apikey.Scope{apikey.ScopeJobPosting, apikey.ScopeCVSearch, apikey.ScopeWebhooks}
	tenant, key := g.api.Employer(t, fmt.Sprintf("Northwind %d", i), 1_000_000, scopes...)
	principal, err := g.api.Store.Accounts.Admit(t.Context(), key, account.Need{Family: board.FamilyJobs})
	if err != nil {
		t.Fatal(err)
	}
	sub, _, err := g.api.Store.Outbox.CreateSubscription(t.Context(), tenant, "native", delivery.SubscriptionPatch{
		URL: board.Set(receiver), Events: board.Set([]event.Type{event.JobCreated}),
	})
	if err != nil {
		t.Fatal(err)
	}
	return fixture.Filled{EmployerID: tenant.EmployerID, SubscriptionID: sub.ID, KeyID: principal.KeyID}, key
}

// lookAt gives an employer limits that it does not reach, and makes a key for its test half.
func (g *grown) lookAt(t *testing.T, f fixture.Filled) (testKey string) {
	t.Helper()
	for _, family := range board.AllLimitFamilies() {
		if err := g.api.Store.Accounts.SetLimit(t.Context(), f.EmployerID, family, 1_000_000); err != nil {
			t.Fatal(err)
		}
	}
	return g.api.Key(t, account.NewKey{
		Tenant: board.Tenant{EmployerID: f.EmployerID, Mode: board.ModeTest}, Name: "Test", Scopes: []apikey.Scope{apikey.ScopeWebhooks}, Approve: true,
	})
}

func sizeOf(t *testing.T, db *sql.DB) (size string) {
	t.Helper()
	if err := db.QueryRowContext(t.Context(), `SELECT pg_size_pretty(pg_database_size(current_database()))`).Scan(&size); err != nil {
		t.Fatal(err)
	}
	return size
}

// deliver runs the delivery engine until the test ends.
func (g *grown) deliver(t *testing.T) {
	t.Helper()
	queue, err := g.api.Store.OpenQueue(outbox.QueueOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = queue.Close() })
	engine, err := webhooks.New(webhooks.Config{
		Queue: queue, Now: time.Now, Monotonic: time.Now, Jitter: func() float64 { return 0 },
		Client: webhooks.NewClient(webhooks.ClientOptions{Guard: webhooks.Guard{AllowInsecure: true}, Timeout: 10 * time.Second, UserAgent: delivery.UserAgent, Now: time.Now}),
	})
	if err != nil {
		t.Fatal(err)
	}
	engine.Start()
	t.Cleanup(engine.Stop)
}
