//go:build soak

package programtest

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// addStandby makes a standby of the cluster's server, on a port, and starts it.
func (c *cluster) addStandby(t *testing.T, name string, port int) {
	t.Helper()
	c.shell(t, []string{"DATABASE_URL=" + c.url("itmanagerjobs", 5432)}, fmt.Sprintf(`pg_basebackup --dbname="$DATABASE_URL&application_name=%s" --pgdata=%[1]s --checkpoint=fast --write-recovery-conf
		echo "port = %d" >>%[1]s/postgresql.conf`, name, port))
	c.start(t, name)
}

// TestSoakStandby reads at a standby what may lag, while that is behind, crashes, and comes back: no reader sees an error.
func TestSoakStandby(t *testing.T) {
	const port = 5433
	c := newCluster(t)
	c.addStandby(t, "standby", port)
	env := []string{"DATABASE_URL=" + c.url("itmanagerjobs", 5432), "SECRET_KEY=" + testSecretKey(), "LOG_LEVEL=error"}
	metrics := freeAddress(t)
	withStandby := slices.Concat(env, []string{"DATABASE_READ_URL=" + c.url("itmanagerjobs", port), "METRICS_ADDR=" + metrics})
	s := startServing(t, withStandby, "serve")
	employer := admin[employerAnswer](t, env, "create-employer", "--name", "Acme", "--email", "it@acme.example", "--trusted")
	id := strconv.FormatInt(employer.ID, 10)
	admin[map[string]any](t, env, "grant-credits", "--employer", id, "--job-posting", "1000", "--cv-search", "10")
	for _, family := range []string{"jobs", "search"} {
		admin[map[string]any](t, env, "set-limit", "--employer", id, "--family", family, "--per-minute", "1000000")
	}
	key := admin[keyAnswer](t, env, "mint-key", "--employer", id, "--name", "Test", "--scopes", "JobPosting,CvSearch", "--approve").Key
	published := 0
	publish := func() (path string) {
		t.Helper()
		made := sendWrite(s.url, http.MethodPost, "/api/v1/jobs", key, "", fmt.Sprintf(`{"title":"Engineer %d","description":"<p>Lead.</p>","country":"GB","city":"Leeds","employmentType":"FullTime","applyMethod":"DirectApply"}`, published))
		if made.status != http.StatusCreated {
			t.Fatalf("a job: %+v", made)
		}
		published++
		jobID := regexp.MustCompile(`"id":(\d+)`).FindStringSubmatch(made.all)[1]
		if did := sendWrite(s.url, http.MethodPost, "/api/v1/jobs/"+jobID+"/publish", key, "", ""); did.status != http.StatusOK {
			t.Fatalf("publish: %+v", did)
		}
		return "/jobs/" + jobID
	}
	page := publish()
	paths := []string{"/", "/jobs", "/jobs?q=engineer", page, "/feeds/jobs.xml", "/sitemap.xml"}

	metric := func(name string) (v float64) {
		t.Helper()
		_, body := get(t, "http://"+metrics+"/metrics")
		match := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(name) + ` (\S+)$`).FindStringSubmatch(body)
		if match == nil {
			t.Fatalf("no metric %s", name)
		}
		var err error
		v, err = strconv.ParseFloat(match[1], 64)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	const atStandby, atPrimary, repeated = `itmanagerjobs_lagging_reads_total{server="standby"}`, `itmanagerjobs_lagging_reads_total{server="primary"}`, `itmanagerjobs_lagging_reads_total{server="repeated"}`
	until := func(serves float64) {
		t.Helper()
		for metric("itmanagerjobs_standby_serves") != serves {
			if t.Context().Err() != nil {
				t.Fatal("in vain")
			}
		}
	}
	search := func() {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/api/v1/candidates/search?q=engineer+AND+NOT+sales", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+key)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if res.StatusCode != http.StatusOK {
			t.Errorf("a search: %s", res.Status)
		}
	}

	until(1)
	reads, elsewhere := metric(atStandby), metric(atPrimary)
	for _, path := range paths {
		if status, _ := get(t, s.url+path); status != http.StatusOK {
			t.Errorf("%s: %d", path, status)
		}
	}
	search()
	if now := metric(atStandby); now < reads+float64(len(paths))+1 || metric(atPrimary) != elsewhere || metric(repeated) != 0 {
		t.Errorf("%g reads are made at the standby, %g at the primary, %g again", now-reads, metric(atPrimary)-elsewhere, metric(repeated))
	}
	if o := runProgram(t, withStandby, "admin", "doctor"); !strings.Contains(o.stdout, "The standby had what the primary has after") {
		t.Errorf("the doctor says nothing of the standby: %s%s", o.stdout, o.stderr)
	}

	// Readers all the time, from here to the end.
	ctx, cancel := context.WithCancel(t.Context())
	var readers sync.WaitGroup
	var answered, failed atomic.Int64
	for range 4 {
		readers.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				res, err := http.Get(s.url + paths[i%len(paths)])
				if err != nil {
					t.Error(err)
					return
				}
				res.Body.Close()
				if res.StatusCode == http.StatusOK {
					answered.Add(1)
				} else {
					failed.Add(1)
				}
			}
		})
	}
	standby := c.open(t, c.url("itmanagerjobs", port))
	if _, err := standby.ExecContext(t.Context(), `SELECT pg_wal_replay_pause()`); err != nil {
		t.Fatal(err)
	}
	late := publish()
	began := time.Now()
	if status, _ := get(t, s.url+late); status != http.StatusOK {
		t.Errorf("a job that the standby does not have: %d", status)
	}
	until(0)
	t.Logf("a standby whose replay was stopped served for %s", time.Since(began).Round(100*time.Millisecond))
	if _, body := get(t, s.url+"/feeds/jobs.xml"); !strings.Contains(body, s.url+late) {
		t.Error("the feed of the primary lacks the job")
	}
	if _, err := standby.ExecContext(t.Context(), `SELECT pg_wal_replay_resume()`); err != nil {
		t.Fatal(err)
	}
	until(1)

	before := metric(atStandby)
	c.shell(t, nil, "pg_ctl --pgdata=standby --mode=immediate --wait stop")
	until(0)
	if metric(atStandby) == before {
		t.Error("nobody was reading there when the standby crashed")
	}
	if status, body := get(t, s.url+"/healthz/ready"); status != http.StatusOK {
		t.Errorf("without the standby: %d %s", status, body)
	}
	if o := runProgram(t, withStandby, "admin", "doctor"); !strings.Contains(o.stdout, "Nothing is read at the standby") || strings.Contains(o.stdout, `"check":"standby","state":"wrong"`) {
		t.Errorf("the doctor of a lost standby: %s%s", o.stdout, o.stderr)
	}
	began = time.Now()
	c.start(t, "standby")
	until(1)
	t.Logf("one that was started again served after %s", time.Since(began).Round(100*time.Millisecond))

	c.shell(t, nil, "pg_ctl --pgdata=standby --wait promote")
	until(0)
	cancel()
	readers.Wait()
	t.Logf("%d requests of readers were answered, %g reads at the standby, %g at the primary, %g at both", answered.Load(), metric(atStandby), metric(atPrimary), metric(repeated))
	if failed.Load() > 0 {
		t.Errorf("%d requests of readers failed", failed.Load())
	}
	s.signal(syscall.SIGTERM)
	if code := s.wait(); code != 0 {
		t.Errorf("exit status %d", code)
	}
}
