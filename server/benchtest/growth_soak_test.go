//go:build soak

package benchtest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"testing"
	"time"

	"itmanagerjobs/server/servertest"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
	"itmanagerjobs/webhooks"
)

// The whole size is 10,000,000 jobs of 10,000 employers, and an event for each application within 30 days.
const (
	wholeEmployers = 10_000
	jobsOfEach     = 1000
	days           = 30
)

// grown is an API over a database of a size, with the delivery engine over it.
type grown struct {
	name    string
	api     *servertest.API
	key     string
	tenant  board.Tenant
	arrived chan int64 // numbers of jobs whose event has arrived
	times   map[string][]time.Duration
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
	small, large := grow(t, "small", 1), grow(t, "large", max(2, int(part*wholeEmployers)))
	const rounds = 400
	for i := range rounds {
		for _, g := range []*grown{small, large} {
			g.readAll(t)
			g.create(t)
		}
		if i%50 == 0 {
			t.Logf("%d of %d rounds", i, rounds)
		}
	}
	for name := range small.times {
		before, after := percentile(small.times[name], 99), percentile(large.times[name], 99)
		t.Logf("%-60s p50 %7.2f ms, %7.2f; p99 %7.2f ms, %7.2f: %.2f", name, percentile(small.times[name], 50), percentile(large.times[name], 50), before, after, after/before)
		// What takes less than that is told by the machine's moods.
		const noise = 2.0
		if after > 2*before+noise {
			t.Errorf("%s: p99 %.2f ms, and %.2f ms in the large database", name, before, after)
		}
	}
}

func grow(t *testing.T, name string, employers int) *grown {
	t.Helper()
	url, clock := storetest.URL(t), storetest.NewClock()
	clock.Advance(time.Until(clock.Now()))
	options := storetest.Options(clock)
	options.Now, options.LimitsByNow = time.Now, false
	fixture.PastPartitions(t, url, clock)
	s := storetest.Open(t, url, options)
	g := &grown{name: name, api: servertest.Over(t, s, time.Now), arrived: make(chan int64, 1), times: map[string][]time.Duration{}}
	receiver := httptest.NewServer(http.HandlerFunc(g.receive))
	t.Cleanup(receiver.Close)
	db := fixture.Raw(t, url)
	every := days * 24 * time.Hour / (10 * jobsOfEach)
	for i := range employers {
		scopes := []board.Scope{board.ScopeJobPosting, board.ScopeCVSearch, board.ScopeWebhooks}
		tenant, key := g.api.Employer(t, fmt.Sprintf("Northwind %d", i), 1_000_000, scopes...)
		principal, err := s.Accounts.Admit(t.Context(), key, account.Need{Family: board.FamilyJobs})
		if err != nil {
			t.Fatal(err)
		}
		sub, _, err := s.Outbox.CreateSubscription(t.Context(), tenant, "native", board.SubscriptionPatch{
			URL: board.Set(receiver.URL), Events: board.Set([]board.EventType{board.EventJobCreated}),
		})
		if err != nil {
			t.Fatal(err)
		}
		fixture.FillAccount(t, db, fixture.AccountRows{EmployerID: tenant.EmployerID, SubscriptionID: sub.ID, KeyID: principal.KeyID, Jobs: jobsOfEach, Now: time.Now().Add(-time.Minute), EventEvery: every})
		// The employer in the middle is looked at.
		if i == employers/2 {
			g.tenant, g.key = tenant, key
			for _, family := range board.AllLimitFamilies() {
				if err := s.Accounts.SetLimit(t.Context(), tenant.EmployerID, family, 1_000_000); err != nil {
					t.Fatal(err)
				}
			}
		}
		if i%10 == 0 {
			t.Logf("%s: %d of %d employers", name, i, employers)
		}
	}
	fixture.MustExec(t, db, `VACUUM ANALYZE`)
	g.deliver(t)
	return g
}

// lists are requests whose cost could grow with the database.
var lists = []string{
	"/api/v1/me", "/api/v1/jobs", "/api/v1/jobs?status=Active&sort=-updatedAt", "/api/v1/jobs?q=manager", "/api/v1/jobs?reference=REF-700",
	"/api/v1/applications", "/api/v1/applications?status=Hired", "/api/v1/candidates", "/api/v1/candidates?q=hopper", "/api/v1/interviews",
	"/api/v1/events", "/api/v1/webhooks", "/api/v1/audit", "/api/v1/me/requests", "/api/v1/matches",
}

func (g *grown) readAll(t *testing.T) {
	t.Helper()
	for _, path := range lists {
		began := time.Now()
		res := g.api.Do(t, servertest.Request{Method: http.MethodGet, Path: path, Key: g.key})
		took := time.Since(began)
		if res.Status != http.StatusOK {
			t.Fatalf("%s: %d\n%s", path, res.Status, res.Body)
		}
		g.times["GET "+path] = append(g.times["GET "+path], took)
	}
}

// create makes a job and waits for its event.
func (g *grown) create(t *testing.T) {
	t.Helper()
	began := time.Now()
	var job struct{ ID int64 }
	g.api.Want(t, http.StatusCreated, servertest.Request{Method: http.MethodPost, Path: "/api/v1/jobs", Key: g.key, Body: map[string]any{"title": "CIO"}}).JSON(t, &job)
	g.times["POST /api/v1/jobs"] = append(g.times["POST /api/v1/jobs"], time.Since(began))
	select {
	case id := <-g.arrived:
		if id != job.ID {
			t.Fatalf("%s: the event of job %d arrived, want %d", g.name, id, job.ID)
		}
	case <-time.After(time.Minute):
		t.Fatalf("%s: no event of job %d within a minute", g.name, job.ID)
	}
	g.times["to its event at the receiver"] = append(g.times["to its event at the receiver"], time.Since(began))
}

func (g *grown) receive(_ http.ResponseWriter, r *http.Request) {
	var event struct {
		JobPostID int64 `json:"jobPostId"`
	}
	body, _ := io.ReadAll(r.Body)
	if json.Unmarshal(body, &event) == nil {
		g.arrived <- event.JobPostID
	}
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
		Client: webhooks.NewClient(webhooks.ClientOptions{Guard: webhooks.Guard{AllowInsecure: true}, Timeout: 10 * time.Second, UserAgent: board.WebhookUserAgent, Now: time.Now}),
	})
	if err != nil {
		t.Fatal(err)
	}
	engine.Start()
	t.Cleanup(engine.Stop)
}
