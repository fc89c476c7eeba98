//go:build soak

package programtest

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"itmanagerjobs/store/storetest"
)

// TestSoakMemory keeps one copy busy for a minute with what partners and the public do, beyond what it can answer in time, and holds its
// largest resident set against 200 MiB.
func TestSoakMemory(t *testing.T) {
	const jobs, people, lasts, most = 3000, 20_000, time.Minute, 200
	env := []string{"DATABASE_URL=" + storetest.EmptyURL(t), "SECRET_KEY=" + testSecretKey(), "LOG_LEVEL=error", "WEBHOOK_ALLOW_INSECURE=true"}
	s := startServing(t, env, "serve")
	var told atomic.Int64
	receiver := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { told.Add(1) }))
	t.Cleanup(receiver.Close)
	employer := admin[employerAnswer](t, env, "create-employer", "--name", "Acme", "--email", "it@acme.example", "--trusted")
	id := strconv.FormatInt(employer.ID, 10)
	admin[map[string]any](t, env, "grant-credits", "--employer", id, "--job-posting", "1000")
	for _, family := range []string{"jobs", "search"} {
		admin[map[string]any](t, env, "set-limit", "--employer", id, "--family", family, "--per-minute", "1000000")
	}
	key := admin[keyAnswer](t, env, "mint-key", "--employer", id, "--name", "Test", "--scopes", "JobPosting,CvSearch,Webhooks", "--approve").Key
	if made := sendWrite(s.url, http.MethodPost, "/api/v1/webhooks", key, "", fmt.Sprintf(`{"url":%q,"events":["job.created"]}`, receiver.URL)); made.status != http.StatusCreated {
		t.Fatalf("a webhook: %+v", made)
	}
	description := "<p>" + strings.Repeat("Lead the team that runs the platform, with a budget of your own. ", 30) + "</p>"
	job := func(n int64) string {
		return fmt.Sprintf(`{"title":"Engineer %d","description":%q,"country":"GB","city":"Leeds","employmentType":"FullTime","applyMethod":"DirectApply"}`, n, description)
	}
	for i := range int64(jobs) {
		if made := sendWrite(s.url, http.MethodPost, "/api/v1/jobs", key, "", job(i)); made.status != http.StatusCreated {
			t.Fatalf("%+v", made)
		}
		if i < 1000 {
			if did := sendWrite(s.url, http.MethodPost, fmt.Sprintf("/api/v1/jobs/%d/publish", i+1), key, "", ""); did.status != http.StatusOK {
				t.Fatalf("%+v", did)
			}
		}
	}
	var lines strings.Builder
	for i := range people {
		fmt.Fprintf(&lines, `{"firstName":"Grace %d","lastName":"Ndlovu","email":"grace%[1]d@example.com","title":"Platform Engineer","skills":["Kubernetes","Terraform"],"city":"Leeds","country":"United Kingdom"}`+"\n", i)
	}
	file := filepath.Join(t.TempDir(), "people.ndjson")
	if err := os.WriteFile(file, []byte(lines.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	if did := runProgram(t, env, "admin", "import-candidates", "--file", file); did.code != 0 {
		t.Fatalf("import: %+v", did)
	}
	s.signal(syscall.SIGTERM)
	if code := s.wait(); code != 0 {
		t.Fatalf("exit status %d", code)
	}

	s = startServing(t, env, "serve")
	if status, body := get(t, s.url+"/healthz/ready"); status != http.StatusOK {
		t.Fatalf("ready: %d %s", status, body)
	}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 200}}
	defer client.CloseIdleConnections()
	var clients sync.WaitGroup
	over := time.Now().Add(lasts)
	answers := map[string]*atomic.Int64{}
	for _, kind := range []struct {
		name    string
		clients int
		request func(n int64) (method, path, body string)
	}{
		{"job", 64, func(n int64) (string, string, string) {
			return http.MethodGet, fmt.Sprintf("/api/v1/jobs/%d", n%jobs+1), ""
		}},
		{"list", 16, func(n int64) (string, string, string) {
			return http.MethodGet, fmt.Sprintf("/api/v1/jobs?pageSize=100&page=%d", n%20+1), ""
		}},
		{"creation", 16, func(n int64) (string, string, string) { return http.MethodPost, "/api/v1/jobs", job(n) }},
		{"search of people", 16, func(n int64) (string, string, string) {
			return http.MethodGet, fmt.Sprintf("/api/v1/candidates/search?q=engineer+OR+grace+%d&pageSize=100", n%1000), ""
		}},
		{"search of jobs", 8, func(n int64) (string, string, string) {
			return http.MethodGet, fmt.Sprintf("/jobs?q=engineer+%d", n%1000), ""
		}},
		{"feed", 4, func(int64) (string, string, string) { return http.MethodGet, "/feeds/jobs.xml", "" }},
		{"documentation", 2, func(int64) (string, string, string) { return http.MethodGet, "/swagger/v1/swagger.json", "" }},
	} {
		answered := &atomic.Int64{}
		answers[kind.name] = answered
		for c := range kind.clients {
			clients.Go(func() {
				for n := int64(c); time.Now().Before(over); n += int64(kind.clients) {
					method, path, body := kind.request(n)
					req, err := http.NewRequestWithContext(t.Context(), method, s.url+path, strings.NewReader(body))
					if err != nil {
						t.Error(err)
						return
					}
					req.Header.Set("X-Api-Key", key)
					req.Header.Set("Content-Type", "application/json")
					res, err := client.Do(req)
					if err != nil {
						t.Errorf("%s: %v", path, err)
						return
					}
					_, err = io.Copy(io.Discard, res.Body)
					if res.Body.Close(); err != nil {
						t.Errorf("%s: %v", path, err)
						return
					}
					if busy := res.StatusCode == http.StatusServiceUnavailable && res.Header.Get("Retry-After") != ""; res.StatusCode/100 != 2 && !busy {
						t.Errorf("%s: %s", path, res.Status)
						return
					}
					answered.Add(1)
				}
			})
		}
	}
	clients.Wait()
	for name, n := range answers {
		t.Logf("%s: %d answers", name, n.Load())
		if n.Load() == 0 {
			t.Errorf("%s: no answer", name)
		}
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	kib, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		t.Fatal(err)
	}
	peak := kib / 1024
	t.Logf("%d deliveries; the largest resident set was %d MiB", told.Load(), peak)
	if peak > most {
		t.Errorf("it held %d MiB, want at most %d", peak, most)
	}
}
