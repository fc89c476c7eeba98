package benchtest

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"itmanagerjobs/server"
	"itmanagerjobs/server/company"
	"itmanagerjobs/server/requestlog"
	"itmanagerjobs/server/servertest"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
	"itmanagerjobs/store/storetest"
)

// rig is what a bench is set up with. The keys and jobs are spread over the tenants. logs is a log of requests, as the program has it.
// durable is a database whose commits wait for the disk, as the program's own does.
type rig struct {
	tenants, keys int
	logs          bool
	durable       bool
	// company is who else sends requests to the same program; nil for nobody.
	company *company.Company
}

// jobs is how many the database holds.
func jobs() int {
	if testing.Short() {
		return 100
	}
	return 2000
}

// caller is a key, and the jobs that it may read.
type caller struct {
	key  string
	jobs []int64
}

// bench is one API and one bare Echo over the same database with the same jobs.
type bench struct {
	api     *servertest.API
	tenant  board.Tenant // the first
	callers []caller
	ids     []int64
	floor   *httptest.Server
	http    *http.Client
	db      *sqlx.DB
	url     string // of the database
}

func setUp(b *testing.B, r rig) *bench {
	b.Helper()
	percent := debug.SetGCPercent(200) // as serve does; it holds for the floor and the clients, too
	b.Cleanup(func() { debug.SetGCPercent(percent) })
	url := r.url(b)
	options := storetest.Options(storetest.NewClock())
	options.Now, options.LimitsByNow = time.Now, false
	s := storetest.Open(b, url, options)
	f := &bench{
		api:  servertest.OverWith(b, s, time.Now, requestLog(b, r, s.Accounts), configured(b, r.company)),
		http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 128}}, db: sqlx.MustOpen("postgres", url), url: url,
	}
	b.Cleanup(func() { _ = f.db.Close() })
	for i := range r.tenants {
		tenant, _ := f.api.Employer(b, fmt.Sprintf("Northwind %d", i), 1_000_000, apikey.ScopeJobPosting)
		if i == 0 {
			f.tenant = tenant
		}
		f.fill(b, tenant, r.keys/r.tenants, jobs()/r.tenants)
	}
	f.floor = httptest.NewServer(floor(b, url, f.tenant))
	b.Cleanup(f.floor.Close)
	// What autovacuum does within a minute of such a load.
	if _, err := f.db.ExecContext(b.Context(), `ANALYZE`); err != nil {
		b.Fatal(err)
	}
	return f
}

func requestLog(b *testing.B, r rig, accounts *account.Store) *requestlog.Log {
	b.Helper()
	if !r.logs {
		return nil
	}
	requests := requestlog.Start(requestlog.Config{
		Write: accounts.LogRequests, Log: slog.New(slog.DiscardHandler), Ticks: func(every time.Duration) (<-chan time.Time, func()) {
			t := time.NewTicker(every)
			return t.C, t.Stop
		},
	})
	b.Cleanup(requests.Stop)
	return requests
}

// configured writes each line of the program's log as it is, where it takes no room.
func configured(b *testing.B, there *company.Company) func(*server.Config) {
	b.Helper()
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = null.Close() })
	return func(c *server.Config) { c.Log, c.Company = slog.New(slog.NewJSONHandler(null, nil)), there }
}

// fill makes keys and jobs of a tenant.
func (f *bench) fill(b *testing.B, tenant board.Tenant, keys, jobs int) {
	b.Helper()
	if err := f.api.Store.Accounts.SetLimit(b.Context(), tenant.EmployerID, board.FamilyJobs, 1_000_000); err != nil {
		b.Fatal(err)
	}
	patches := make([]board.JobPatch, jobs)
	for i := range patches {
		patches[i] = board.JobPatch{
			Title: board.Set("Head of Platform Engineering"), Description: board.Set(description), City: board.Set("London"), Country: board.Set("United Kingdom"),
			EmploymentType: board.Set(board.FullTime), RemoteType: board.Set(board.HybridRemote), Seniority: board.Set(board.Lead),
			ApplyMethod: board.Set(board.ApplyByEmail), ApplyEmailAddress: board.Set("jobs@northwind.example"),
			RequiredSkills: board.Set([]string{"Kubernetes", "Go", "PostgreSQL"}),
		}
	}
	results, err := f.api.Store.Jobs.CreateJobs(b.Context(), tenant, patches, make([]error, len(patches)))
	if err != nil {
		b.Fatal(err)
	}
	ids := make([]int64, len(results))
	for i, r := range results {
		ids[i] = r.Job.ID
	}
	f.ids = append(f.ids, ids...)
	for i := range keys {
		key := f.api.Key(b, account.NewKey{Tenant: tenant, Name: fmt.Sprintf("key %d", i), Scopes: []apikey.Scope{apikey.ScopeJobPosting}, Approve: true})
		f.callers = append(f.callers, caller{key, ids})
	}
}

var description = "<p>" + strings.Repeat("Lead the team that runs the platform, with a budget of your own. ", 30) + "</p>"

// caller takes turns.
func (f *bench) caller(n int64) caller { return f.callers[n%int64(len(f.callers))] }

func (f *bench) request(method, path string, n int64, body []byte) *http.Request {
	r, err := http.NewRequest(method, f.api.URL+path, strings.NewReader(string(body)))
	if err != nil {
		panic(err)
	}
	r.Header.Set("Authorization", "Bearer "+f.caller(n).key)
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	return r
}

// readJob reads a job of the caller whose turn it is.
func (f *bench) readJob(n int64) *http.Request {
	own := f.caller(n).jobs
	return f.request(http.MethodGet, fmt.Sprintf("/api/v1/jobs/%d", own[int(n)%len(own)]), n, nil)
}

func (f *bench) floorRequest(path string) *http.Request {
	r, err := http.NewRequest(http.MethodGet, f.floor.URL+path, nil)
	if err != nil {
		panic(err)
	}
	return r
}

func (f *bench) floorPost(path string, body []byte) *http.Request {
	r, err := http.NewRequest(http.MethodPost, f.floor.URL+path, strings.NewReader(string(body)))
	if err != nil {
		panic(err)
	}
	r.Header.Set("Content-Type", "application/json")
	return r
}

// one reads a job from the floor.
func (f *bench) one(n int64) *http.Request {
	return f.floorRequest(fmt.Sprintf("/one/%d", f.ids[int(n)%len(f.ids)]))
}
