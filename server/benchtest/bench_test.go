// Package benchtest measures the API against floors in the same run: a ratio holds when the machine's speed drifts,
// an absolute time does not. Run it with `make bench`; with -short it is small, and shows no more than that it runs.
package benchtest

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/labstack/echo/v4"
	"github.com/lib/pq"

	"itmanagerjobs/server"
	"itmanagerjobs/server/servertest"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/storetest"
)

const (
	clients = 8
	keys    = 64
)

// jobs is how many the database holds.
func jobs() int {
	if testing.Short() {
		return 100
	}
	return 2000
}

// burst is how long the requests of one measurement are sent.
func burst() time.Duration {
	if testing.Short() {
		return 20 * time.Millisecond
	}
	return 400 * time.Millisecond
}

// bench is one API and one bare Echo over the same database with the same jobs.
type bench struct {
	api   *servertest.API
	keys  []string
	ids   []int64
	floor *httptest.Server
	http  *http.Client
}

func setUp(b *testing.B) *bench {
	b.Helper()
	return setUpWith(b, false)
}

// setUpWith is setUp with a log of requests, as the program has it, if logs is set.
func setUpWith(b *testing.B, logs bool) *bench {
	b.Helper()
	url := storetest.URL(b)
	options := storetest.Options(storetest.NewClock())
	options.Now, options.LimitsByNow = time.Now, false
	s := storetest.Open(b, url, options)
	var requests *server.RequestLog
	if logs {
		requests = server.StartRequestLog(server.RequestLogConfig{
			Write: s.Accounts.LogRequests, Log: slog.New(slog.DiscardHandler), Ticks: func(every time.Duration) (<-chan time.Time, func()) {
				t := time.NewTicker(every)
				return t.C, t.Stop
			},
		})
		b.Cleanup(requests.Stop)
	}
	api := servertest.OverWith(b, s, time.Now, requests)
	f := &bench{api: api, http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}}
	tenant, _ := api.Employer(b, "Northwind", 1_000_000, board.ScopeJobPosting)
	if err := api.Store.Accounts.SetLimit(b.Context(), tenant.EmployerID, board.FamilyJobs, 1_000_000); err != nil {
		b.Fatal(err)
	}
	for i := range keys {
		f.keys = append(f.keys, api.Key(b, account.NewKey{Tenant: tenant, Name: fmt.Sprintf("key %d", i), Scopes: []board.Scope{board.ScopeJobPosting}, Approve: true}))
	}
	description := "<p>" + strings.Repeat("Lead the team that runs the platform, with a budget of your own. ", 30) + "</p>"
	for range jobs() / 100 {
		patches := make([]board.JobPatch, 100)
		for i := range patches {
			patches[i] = board.JobPatch{
				Title: board.Set("Head of Platform Engineering"), Description: board.Set(description), City: board.Set("London"), Country: board.Set("United Kingdom"),
				EmploymentType: board.Set(board.FullTime), RemoteType: board.Set(board.HybridRemote), Seniority: board.Set(board.Lead),
				ApplyMethod: board.Set(board.ApplyByEmail), ApplyEmailAddress: board.Set("jobs@northwind.example"),
				RequiredSkills: board.Set([]string{"Kubernetes", "Go", "PostgreSQL"}),
			}
		}
		results, err := api.Store.Jobs.CreateJobs(b.Context(), tenant, patches, make([]error, len(patches)))
		if err != nil {
			b.Fatal(err)
		}
		for _, r := range results {
			f.ids = append(f.ids, r.Job.ID)
		}
	}
	f.floor = httptest.NewServer(floor(b, url, tenant))
	analyze(b, url)
	b.Cleanup(f.floor.Close)
	return f
}

// analyze does what autovacuum does within a minute of such a load.
func analyze(b *testing.B, url string) {
	b.Helper()
	db := sqlx.MustOpen("postgres", url)
	defer db.Close()
	if _, err := db.ExecContext(b.Context(), `ANALYZE`); err != nil {
		b.Fatal(err)
	}
}

// floor is what the API is measured against: Echo and one prepared SELECT, without key, limit, contract or conversion.
func floor(b *testing.B, url string, tenant board.Tenant) http.Handler {
	b.Helper()
	db := sqlx.MustOpen("postgres", url)
	db.SetMaxOpenConns(8)
	db.SetMaxIdleConns(8)
	b.Cleanup(func() { _ = db.Close() })
	one, err := db.Preparex(`SELECT title FROM jobs WHERE id = $1`)
	if err != nil {
		b.Fatal(err)
	}
	// The statement that the API runs for its first page, total included.
	page, err := db.Preparex(`
SELECT c.total, p.* FROM (SELECT count(*) AS total FROM jobs WHERE employer_id = $1 AND mode = $2) c
  LEFT JOIN (SELECT id, status, title, reference, city, country_code, employment_type, remote_type, seniority, apply_method,
       apply_email_address, apply_url, apply_push_url, salary_min, salary_max, salary_currency, salary_period,
       required_skills, optional_skills, created_at, updated_at, posted_date, expiry_date
  FROM jobs WHERE employer_id = $1 AND mode = $2 ORDER BY id DESC LIMIT 51) p ON true ORDER BY id DESC`)
	if err != nil {
		b.Fatal(err)
	}
	e := echo.New()
	e.GET("/one/:id", func(c echo.Context) error {
		var title string
		if err := one.GetContext(c.Request().Context(), &title, c.Param("id")); err != nil {
			return err
		}
		return c.JSONBlob(http.StatusOK, []byte(`{"status":"ok"}`))
	})
	e.GET("/page", func(c echo.Context) error {
		var rows []pageRow
		if err := page.SelectContext(c.Request().Context(), &rows, tenant.EmployerID, tenant.Mode); err != nil {
			return err
		}
		return c.JSON(http.StatusOK, map[string]any{"total": rows[0].Total, "page": 1, "pageSize": 50, "items": rows[:50]})
	})
	return e
}

type pageRow struct {
	Total             int64          `db:"total"               json:"-"`
	SalaryMin         *int64         `db:"salary_min"          json:"salaryMin"`
	SalaryMax         *int64         `db:"salary_max"          json:"salaryMax"`
	SalaryCurrency    *string        `db:"salary_currency"     json:"salaryCurrency"`
	SalaryPeriod      *string        `db:"salary_period"       json:"salaryPeriod"`
	RequiredSkills    pq.StringArray `db:"required_skills"     json:"requiredSkills"`
	OptionalSkills    pq.StringArray `db:"optional_skills"     json:"optionalSkills"`
	ID                int64          `db:"id"                  json:"id"`
	Status            string         `db:"status"              json:"status"`
	Title             string         `db:"title"               json:"title"`
	Reference         *string        `db:"reference"           json:"reference"`
	City              *string        `db:"city"                json:"city"`
	CountryCode       *string        `db:"country_code"        json:"countryCode"`
	EmploymentType    *string        `db:"employment_type"     json:"employmentType"`
	RemoteType        *string        `db:"remote_type"         json:"remoteType"`
	Seniority         *string        `db:"seniority"           json:"seniority"`
	ApplyMethod       *string        `db:"apply_method"        json:"applyMethod"`
	ApplyEmailAddress *string        `db:"apply_email_address" json:"applyEmailAddress"`
	ApplyURL          *string        `db:"apply_url"           json:"applyUrl"`
	ApplyPushURL      *string        `db:"apply_push_url"      json:"applyPushUrl"`
	CreatedAt         time.Time      `db:"created_at"          json:"createdAt"`
	UpdatedAt         time.Time      `db:"updated_at"          json:"updatedAt"`
	PostedDate        *time.Time     `db:"posted_date"         json:"postedDate"`
	ExpiryDate        *time.Time     `db:"expiry_date"         json:"expiryDate"`
}

// load sends requests from all clients for a burst and returns the rate and each request's time.
func (f *bench) load(b *testing.B, want int, request func(n int64) *http.Request) (perSecond float64, took []time.Duration) {
	b.Helper()
	var (
		wg   sync.WaitGroup
		mu   sync.Mutex
		next atomic.Int64
	)
	start, whole := time.Now(), burst()
	for range clients {
		wg.Go(func() {
			var mine []time.Duration
			for time.Since(start) < whole {
				r := request(next.Add(1))
				sent := time.Now()
				res, err := f.http.Do(r)
				if err != nil {
					b.Error(err)
					return
				}
				_, _ = io.Copy(io.Discard, res.Body)
				_ = res.Body.Close()
				if res.StatusCode != want {
					b.Errorf("%s %s: status %d", r.Method, r.URL, res.StatusCode)
					return
				}
				mine = append(mine, time.Since(sent))
			}
			mu.Lock()
			took = append(took, mine...)
			mu.Unlock()
		})
	}
	wg.Wait()
	return float64(len(took)) / time.Since(start).Seconds(), took
}

// against runs both in turn and reports the median of the ratios.
func (f *bench) against(b *testing.B, want int, ours, floor func(n int64) *http.Request) {
	b.Helper()
	var ratios, rates, floors []float64
	var took []time.Duration
	for b.Loop() {
		floorRate, _ := f.load(b, http.StatusOK, floor)
		rate, times := f.load(b, want, ours)
		ratios, rates, floors = append(ratios, rate/floorRate), append(rates, rate), append(floors, floorRate)
		took = append(took, times...)
	}
	slices.Sort(took)
	b.ReportMetric(median(ratios), "of-floor")
	b.ReportMetric(median(rates), "req/s")
	b.ReportMetric(median(floors), "floor-req/s")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(0, "ns/op")
}

func median(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}

func (f *bench) request(method, path string, n int64, body []byte) *http.Request {
	r, err := http.NewRequest(method, f.api.URL+path, strings.NewReader(string(body)))
	if err != nil {
		panic(err)
	}
	r.Header.Set("Authorization", "Bearer "+f.keys[n%keys])
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	return r
}

func (f *bench) floorRequest(path string) *http.Request {
	r, err := http.NewRequest(http.MethodGet, f.floor.URL+path, nil)
	if err != nil {
		panic(err)
	}
	return r
}

func (f *bench) one(n int64) *http.Request {
	return f.floorRequest(fmt.Sprintf("/one/%d", f.ids[int(n)%len(f.ids)]))
}

// BenchmarkGetJob has the goal 0.5 of Echo with one primary-key SELECT.
func BenchmarkGetJob(b *testing.B) {
	f := setUp(b)
	f.against(b, http.StatusOK, func(n int64) *http.Request {
		return f.request(http.MethodGet, fmt.Sprintf("/api/v1/jobs/%d", f.ids[int(n)%len(f.ids)]), n, nil)
	}, f.one)
}

// BenchmarkGetJobLogged is BenchmarkGetJob with the log of requests, which must cost next to nothing: the floor is the same
// API without it, over a database of its own.
func BenchmarkGetJobLogged(b *testing.B) {
	f, plain := setUpWith(b, true), setUp(b)
	read := func(of *bench) func(n int64) *http.Request {
		return func(n int64) *http.Request {
			return of.request(http.MethodGet, fmt.Sprintf("/api/v1/jobs/%d", of.ids[int(n)%len(of.ids)]), n, nil)
		}
	}
	f.against(b, http.StatusOK, read(f), read(plain))
}

// BenchmarkListJobs has the goal 0.5 of a bare handler that runs the same SELECT and encodes the same JSON.
func BenchmarkListJobs(b *testing.B) {
	f := setUp(b)
	f.against(b, http.StatusOK, func(n int64) *http.Request { return f.request(http.MethodGet, "/api/v1/jobs", n, nil) },
		func(int64) *http.Request { return f.floorRequest("/page") })
}

// BenchmarkCreateJob is a write with a durable commit; the floor is a read.
func BenchmarkCreateJob(b *testing.B) {
	f := setUp(b)
	body, err := json.Marshal(map[string]any{
		"title": "IT Manager", "description": "<p>Run the team.</p>", "city": "Leeds", "country": "United Kingdom",
		"employmentType": "FullTime", "applyMethod": "EmailApply", "applyEmailAddress": "jobs@northwind.example",
	})
	if err != nil {
		b.Fatal(err)
	}
	f.against(b, http.StatusCreated, func(n int64) *http.Request { return f.request(http.MethodPost, "/api/v1/jobs", n, body) }, f.one)
}
