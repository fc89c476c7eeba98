package benchtest

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"itmanagerjobs/docs"
	"itmanagerjobs/openapi"
	"itmanagerjobs/server"
	"itmanagerjobs/server/company"
	guide "itmanagerjobs/server/docs"
	"itmanagerjobs/server/mcp"
	"itmanagerjobs/server/servertest"
	"itmanagerjobs/server/session"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
)

// A bystander sends a request every pace, whether those before are answered or not, so that what waits is counted from when it was due.
const pace = 10 * time.Millisecond

// bystander reads jobs of the last tenant, and returns how long each read took from when it was due.
func (f *bench) bystander(b *testing.B, reads int) []time.Duration {
	b.Helper()
	times := make([]time.Duration, reads)
	own := f.callers[len(f.callers)-1]
	var wg sync.WaitGroup
	start := time.Now()
	for i := range reads {
		due := start.Add(time.Duration(i) * pace)
		time.Sleep(time.Until(due))
		wg.Go(func() {
			r, err := http.NewRequest(http.MethodGet, fmt.Sprintf("%s/api/v1/jobs/%d", f.api.URL, own.jobs[i%len(own.jobs)]), nil)
			if err != nil {
				panic(err)
			}
			r.Header.Set("Authorization", "Bearer "+own.key)
			res, err := f.http.Do(r)
			if err != nil {
				b.Error(err)
				return
			}
			_, _ = io.Copy(io.Discard, res.Body)
			_ = res.Body.Close()
			if res.StatusCode != http.StatusOK {
				b.Errorf("the bystander was answered %d", res.StatusCode)
			}
			times[i] = time.Since(due)
		})
	}
	wg.Wait()
	return times
}

// flood is what a tenant sends to harm another: so many clients, one request of each after the other. pause is from one request of all
// to the next; 0 is for as fast as they can.
type flood struct {
	name    string
	clients int
	pause   time.Duration
	want    []int
	request func(n int64) *http.Request
}

// floods are of the first tenant, whose keys are the first half of all.
func floods(b *testing.B, f *bench) []flood {
	b.Helper()
	one := map[string]any{
		"title": "IT Manager", "description": "<p>Run the team.</p>", "city": "Leeds", "country": "United Kingdom",
		"employmentType": "FullTime", "applyMethod": "EmailApply", "applyEmailAddress": "jobs@northwind.example",
	}
	encoded := func(v any) []byte {
		body, err := json.Marshal(v)
		if err != nil {
			b.Fatal(err)
		}
		return body
	}
	single, batch := encoded(one), encoded(map[string]any{"jobs": slices.Repeat([]any{one}, 100)})
	keys := int64(len(f.callers) / 2)
	batches := func(n int64) *http.Request { return f.request(http.MethodPost, "/api/v1/jobs/batch", n%keys, batch) }
	lists := func(n int64) *http.Request {
		return f.request(http.MethodGet, "/api/v1/jobs?pageSize=100&sort=-updatedAt&q=platform", n%keys, nil)
	}
	// A tenant whose only key has the usual limit, and whose clients do not heed that they are refused.
	deaf, _ := f.api.Employer(b, "Southwind", 0, apikey.ScopeJobPosting)
	key := f.api.Key(b, account.NewKey{Tenant: deaf, Name: "deaf", Scopes: []apikey.Scope{apikey.ScopeJobPosting}, Approve: true})
	with := func(key string) *http.Request {
		r := f.request(http.MethodGet, "/api/v1/jobs", 0, nil)
		r.Header.Set("Authorization", "Bearer "+key)
		return r
	}
	// As fast as the limits of 20 keys allow.
	limited := board.LimitWindow / time.Duration(20*board.DefaultLimit(board.FamilyJobs))
	return []flood{
		{"batches-within-limits", 20, limited, []int{http.StatusMultiStatus}, batches},
		{"batches", 20, 0, []int{http.StatusMultiStatus}, batches},
		{"lists-within-limits", 20, limited, []int{http.StatusOK}, lists},
		{"lists", 20, 0, []int{http.StatusOK}, lists},
		{"creations", 60, 0, []int{http.StatusCreated}, func(n int64) *http.Request { return f.request(http.MethodPost, "/api/v1/jobs", n%keys, single) }},
		{"reads", 60, 0, []int{http.StatusOK}, func(n int64) *http.Request { return f.readJob(n % keys) }},
		{"refused", 60, 0, []int{http.StatusOK, http.StatusTooManyRequests}, func(int64) *http.Request { return with(key) }},
		{"unknown", 60, 0, []int{http.StatusUnauthorized}, func(n int64) *http.Request { return with(fmt.Sprintf("%s%04d", key[:len(key)-4], n%10_000)) }},
		// Some 100 MB a second.
		{"mail-over-http", 20, 240 * time.Millisecond, []int{http.StatusNotFound}, f.mailOverHTTP(b, keys)},
	}
}

// visited is what the program serves to visitors and agents: the documentation, the tools of the API for agents, and a door that
// compares passwords as a sign-in does.
func visited(b *testing.B, f *bench, there *company.Company) *httptest.Server {
	b.Helper()
	log := slog.New(slog.DiscardHandler)
	agents, err := mcp.New(mcp.Config{API: f.api.Handler, Log: log, Version: "1", PublicURL: servertest.PublicURL})
	if err != nil {
		b.Fatal(err)
	}
	changelog, err := os.ReadFile("../../CHANGELOG.md")
	if err != nil {
		b.Fatal(err)
	}
	passwords := session.NewPasswords(session.Cost{})
	mux := http.NewServeMux()
	mux.Handle("/docs/", guide.OnDemand(guide.Config{
		Files: docs.Files, Contract: openapi.V1, Contract31: openapi.V1In31, ContractChanges: openapi.V1Changelog, Changelog: changelog, Log: log, Observe: server.NewMetrics(nil).Observe, Now: time.Now,
		NewID: func() string { return "req_1" }, PublicURL: servertest.PublicURL,
	}))
	mux.Handle(mcp.Path, agents)
	mux.Handle("/jobs/", f.api.Handler)
	mux.HandleFunc("/password", func(w http.ResponseWriter, r *http.Request) {
		if _, err := passwords.Match(r.Context(), "wrong", ""); err != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	served := httptest.NewServer(there.Networks(func(*http.Request) string { return "192.0.2.0" }, mux))
	b.Cleanup(served.Close)
	return served
}

// visitors are of one network.
func visitors(b *testing.B, f *bench, url string) []flood {
	b.Helper()
	load := func(method, path, body string) func(int64) *http.Request {
		return func(n int64) *http.Request {
			r := f.request(method, "", n%int64(len(f.callers)/2), []byte(body))
			r.Header.Set("Accept", "application/json, text/event-stream")
			var err error
			if r.URL, err = r.URL.Parse(url + path); err != nil {
				panic(err)
			}
			return r
		}
	}
	return []flood{
		{"documentation", 60, 0, []int{http.StatusOK}, load(http.MethodGet, "/docs/webhooks", "")},
		{"agents", 60, 0, []int{http.StatusOK}, load(http.MethodPost, mcp.Path, `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`)},
		{"passwords", 60, 0, []int{http.StatusOK, http.StatusServiceUnavailable}, load(http.MethodGet, "/password", "")},
		{"applications", 60, 0, []int{http.StatusNotFound, http.StatusTooManyRequests}, tooManyApplications(b, url)},
	}
}

// send sends until the returned function is called, which says how many requests were answered.
func (l flood) send(b *testing.B, f *bench) (stop func() int64) {
	b.Helper()
	done := make(chan struct{})
	turns := make(chan struct{})
	var wg sync.WaitGroup
	var sent, answered atomic.Int64
	if l.pause == 0 {
		close(turns) // it is always somebody's turn
	} else {
		wg.Go(func() {
			tick := time.NewTicker(l.pause)
			defer tick.Stop()
			for {
				select {
				case <-tick.C:
				case <-done:
					return
				}
				select {
				case turns <- struct{}{}:
				default: // all clients wait for answers
				}
			}
		})
	}
	for range l.clients {
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				case <-turns:
				}
				res, err := f.http.Do(l.request(sent.Add(1)))
				if err != nil {
					b.Error(err)
					return
				}
				_, _ = io.Copy(io.Discard, res.Body)
				_ = res.Body.Close()
				if !slices.Contains(l.want, res.StatusCode) {
					b.Errorf("%s: status %d", l.name, res.StatusCode)
					return
				}
				answered.Add(1)
			}
		})
	}
	return func() int64 {
		close(done)
		wg.Wait()
		return answered.Load()
	}
}

// BenchmarkNeighbours has the goal that a tenant's reads take no more than twice as long in 95 of 100 cases while another tenant sends as
// much as its limits allow, or as its clients can under limits that stop nobody, while somebody without limits asks for what takes
// a processor and hardly anything else, and while three networks send large mail. Client, server and PostgreSQL share the processors, and
// so what the machine can do is divided, too.
func BenchmarkNeighbours(b *testing.B) {
	there := company.New()
	f := setUp(b, rig{tenants: 2, keys: 40, company: there})
	visited := visited(b, f, there)
	reads := 250
	if testing.Short() {
		reads = 20
	}
	type load struct {
		name string
		send func(*testing.B) (stop func() int64)
	}
	loads := []load{{"mail", mailed(b, f).send}}
	for _, l := range append(floods(b, f), visitors(b, f, visited.URL)...) {
		loads = append(loads, load{l.name, func(b *testing.B) func() int64 { return l.send(b, f) }})
	}
	for _, l := range loads {
		b.Run(l.name, func(b *testing.B) {
			var alone, beside []time.Duration
			var answered int64
			var took time.Duration
			for b.Loop() {
				alone = append(alone, f.bystander(b, reads)...)
				start := time.Now()
				stop := l.send(b)
				beside = append(beside, f.bystander(b, reads)...)
				answered += stop()
				took += time.Since(start)
			}
			b.ReportMetric(percentile(beside, 95)/percentile(alone, 95), "p95-of-alone")
			b.ReportMetric(percentile(alone, 95), "alone-p95-ms")
			b.ReportMetric(percentile(beside, 95), "p95-ms")
			b.ReportMetric(percentile(beside, 50), "p50-ms")
			b.ReportMetric(float64(answered)/took.Seconds(), "flood/s")
			b.ReportMetric(0, "ns/op")
		})
	}
}
