//go:build soak

package programtest

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// relief is what requests of one kind cost the primary, each.
type relief struct{ statements, milliseconds float64 }

// TestSoakStandbyRelieves counts what pages of the public and searches ask of the primary, with a standby for reads and without.
func TestSoakStandbyRelieves(t *testing.T) {
	const port, requests = 5433, 300
	c := newCluster(t)
	c.shell(t, nil, `echo "shared_preload_libraries = 'pg_stat_statements'" >>data/postgresql.conf`)
	c.stop(t, "fast")
	c.start(t, "data")
	db := c.open(t, c.url("itmanagerjobs", 5432))
	if _, err := db.ExecContext(t.Context(), `CREATE EXTENSION pg_stat_statements`); err != nil {
		t.Fatal(err)
	}
	c.addStandby(t, "standby", port)
	env := []string{"DATABASE_URL=" + c.url("itmanagerjobs", 5432), "SECRET_KEY=" + testSecretKey(), "LOG_LEVEL=error"}
	without := startServing(t, env, "serve")
	with := startServing(t, slices.Concat(env, []string{"DATABASE_READ_URL=" + c.url("itmanagerjobs", port)}), "serve")
	employer := admin[employerAnswer](t, env, "create-employer", "--name", "Acme", "--email", "it@acme.example", "--trusted")
	id := strconv.FormatInt(employer.ID, 10)
	admin[map[string]any](t, env, "grant-credits", "--employer", id, "--job-posting", "1000")
	for _, family := range []string{"jobs", "search"} {
		admin[map[string]any](t, env, "set-limit", "--employer", id, "--family", family, "--per-minute", "1000000")
	}
	key := admin[keyAnswer](t, env, "mint-key", "--employer", id, "--name", "Test", "--scopes", "JobPosting,CvSearch", "--approve").Key
	for i := range 60 {
		made := sendWrite(without.url, http.MethodPost, "/api/v1/jobs", key, "", fmt.Sprintf(`{"title":"Engineer %d","description":"<p>Lead.</p>","country":"GB","city":"Leeds","employmentType":"FullTime","applyMethod":"DirectApply"}`, i))
		if made.status != http.StatusCreated {
			t.Fatalf("%+v", made)
		}
		if did := sendWrite(without.url, http.MethodPost, fmt.Sprintf("/api/v1/jobs/%d/publish", i+1), key, "", ""); did.status != http.StatusOK {
			t.Fatalf("%+v", did)
		}
	}
	var people strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&people, `{"firstName":"Grace %d","lastName":"Ndlovu","email":"grace%[1]d@example.com","title":"Platform Engineer","skills":["Kubernetes","Terraform"],"city":"Leeds","country":"United Kingdom"}`+"\n", i)
	}
	file := filepath.Join(t.TempDir(), "people.ndjson")
	if err := os.WriteFile(file, []byte(people.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	admin[map[string]any](t, env, "import-candidates", "--file", file)
	spent := func() (r relief) {
		t.Helper()
		if err := db.QueryRowContext(t.Context(), `SELECT sum(calls), sum(total_exec_time) FROM pg_stat_statements`).Scan(&r.statements, &r.milliseconds); err != nil {
			t.Fatal(err)
		}
		return r
	}
	ask := func(url, path string) (r relief) {
		t.Helper()
		before := spent()
		for range requests {
			if read := sendWrite(url, http.MethodGet, path, key, "", ""); read.status != http.StatusOK {
				t.Fatalf("%s: %+v", path, read)
			}
		}
		after := spent()
		return relief{(after.statements - before.statements) / requests, (after.milliseconds - before.milliseconds) / requests}
	}
	for path, least := range map[string]float64{"/": 0.5, "/jobs": 0.5, "/jobs?q=engineer": 0.5, "/jobs/1": 0.3, "/feeds/jobs.xml": 0.5, "/sitemap.xml": 0.3, "/api/v1/candidates/search?q=engineer": 0.5} {
		ask(with.url, path) // what is prepared once
		alone, relieved := ask(without.url, path), ask(with.url, path)
		t.Logf("%s: %.1f statements, %.2f ms of the primary without a standby; %.1f, %.2f ms with one", path, alone.statements, alone.milliseconds, relieved.statements, relieved.milliseconds)
		if alone.statements-relieved.statements < least {
			t.Errorf("%s: the standby takes %.1f statements of %.1f", path, alone.statements-relieved.statements, alone.statements)
		}
	}
}
