//go:build soak

package benchtest

import (
	"database/sql"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"itmanagerjobs/server/servertest"
	"itmanagerjobs/store/storetest/fixture"
)

// listed is a request whose cost could grow with the database.
type listed struct {
	name, path, key string
	public          bool
	// most is how many times as long it may take over the large database.
	most float64
}

// A list that is counted by what only the rows have, words or skills, reads the page of each hit: twenty hits stand on one page when there is
// one employer, and one when there are twenty or more. More employers than that make no difference, and it shows where the hits are thousands.
const (
	usualMost     = 2
	scatteredMost = 3
)

// The names of what takes time beside the lists.
const (
	creation = "POST /api/v1/jobs"
	arrival  = "to its event at the receiver"
)

// listsOf are all lists of the contract, of an employer, with a few of their filters; reads of one of each kind; and the public lists.
// The search of CVs is compared elsewhere, at up to 1,000,000 people.
func listsOf(t *testing.T, db *sql.DB, f fixture.Filled, key, testKey string) []listed {
	t.Helper()
	ids := strings.NewReplacer(
		"{webhook}", strconv.FormatInt(f.SubscriptionID, 10),
		"{job}", id(t, db, `SELECT max(id) FROM jobs WHERE employer_id = $1`, f.EmployerID),
		"{open}", id(t, db, `SELECT max(id) FROM jobs WHERE employer_id = $1 AND status = 'Active'`, f.EmployerID),
		"{application}", id(t, db, `SELECT min(id) FROM applications WHERE employer_id = $1`, f.EmployerID),
		"{candidate}", id(t, db, `SELECT candidate_id FROM interviews WHERE employer_id = $1 ORDER BY id LIMIT 1`, f.EmployerID),
		"{interview}", id(t, db, `SELECT max(id) FROM interviews WHERE employer_id = $1`, f.EmployerID),
		"{call}", id(t, db, `SELECT max(id) FROM ai_calls WHERE employer_id = $1`, f.EmployerID),
		"{event}", id(t, db, `SELECT last - 50 FROM event_heads WHERE employer_id = $1`, f.EmployerID),
		"{replay}", id(t, db, `SELECT max(id) FROM replays WHERE employer_id = $1`, f.EmployerID),
		"{delivery}", id(t, db, `SELECT max(id) FROM deliveries WHERE subscription_id = $1`, f.SubscriptionID),
		"{inbox}", id(t, db, `SELECT max(id) FROM inboxes WHERE employer_id = $1`, f.EmployerID))
	var all []listed
	add := func(key string, public bool, most float64, paths ...string) {
		for _, path := range paths {
			all = append(all, listed{name: "GET " + path, path: ids.Replace(path), key: key, public: public, most: most})
		}
	}
	add(key, false, usualMost,
		"/api/v1/me", "/api/v1/me/requests", "/api/v1/me/requests?status=4xx", "/api/v1/me/deprecations", "/api/v1/audit", "/api/v1/audit?action=publishJob",
		"/api/v1/jobs", "/api/v1/jobs?page=10", "/api/v1/jobs?status=Active&sort=-updatedAt", "/api/v1/jobs?q=manager", "/api/v1/jobs?reference=REF-700",
		"/api/v1/jobs/by-reference/REF-700", "/api/v1/jobs/{job}", "/api/v1/jobs/{job}/applications", "/api/v1/jobs/{job}/applicant-regions",
		"/api/v1/applications", "/api/v1/applications?page=100", "/api/v1/applications?status=Hired", "/api/v1/applications?jobId={job}", "/api/v1/applications/{application}",
		"/api/v1/candidates", "/api/v1/candidates?q=person12", "/api/v1/candidates?skills=Azure", "/api/v1/candidates/{candidate}", "/api/v1/candidates/{candidate}/export",
		"/api/v1/matches", "/api/v1/matches?jobId={open}", "/api/v1/matches?candidateId={candidate}",
		"/api/v1/interviews", "/api/v1/interviews?candidateId={candidate}", "/api/v1/interviews/{interview}",
		"/api/v1/ai-calls", "/api/v1/ai-calls?candidateId={candidate}", "/api/v1/ai-calls/{call}",
		"/api/v1/webhooks", "/api/v1/webhooks/{webhook}", "/api/v1/webhooks/{webhook}/deliveries", "/api/v1/webhooks/{webhook}/deliveries?status=DeadLetter", "/api/v1/deliveries/{delivery}",
		"/api/v1/events", "/api/v1/events?after={event}", "/api/v1/events?type=job.published", "/api/v1/events/replays", "/api/v1/events/replays/{replay}")
	add(key, false, scatteredMost, "/api/v1/candidates?q=hopper")
	add(testKey, false, usualMost, "/api/v1/test/inboxes", "/api/v1/test/inboxes/{inbox}/requests")
	add("", true, usualMost, "/jobs", "/jobs/{open}")
	return all
}

func id(t *testing.T, db *sql.DB, query string, of int64) (found string) {
	t.Helper()
	if err := db.QueryRowContext(t.Context(), query, of).Scan(&found); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return found
}

func (g *grown) readAll(t *testing.T) {
	t.Helper()
	for _, l := range g.lists {
		taken := g.measure(t)
		if l.public {
			g.readPage(t, l.path)
		} else {
			g.api.Want(t, http.StatusOK, servertest.Request{Method: http.MethodGet, Path: l.path, Key: l.key})
		}
		taken(l.name)
	}
}

// measure begins to measure; what it gives ends it, under a name.
func (g *grown) measure(t *testing.T) func(name string) {
	t.Helper()
	cpu, began := cpuOf(t, g.sessions), time.Now()
	return func(name string) {
		g.times[name] = append(g.times[name], time.Since(began))
		g.cpu[name] = append(g.cpu[name], cpuOf(t, g.sessions)-cpu)
	}
}

// readPage reads a page that is not of the contract.
func (g *grown) readPage(t *testing.T, path string) {
	t.Helper()
	answer := httptest.NewRecorder()
	g.public.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, path, nil))
	if answer.Code != http.StatusOK {
		t.Fatalf("%s: %d", path, answer.Code)
	}
}

// create makes a job and waits for its event.
func (g *grown) create(t *testing.T) {
	t.Helper()
	taken := g.measure(t)
	var job struct{ ID int64 }
	g.api.Want(t, http.StatusCreated, servertest.Request{Method: http.MethodPost, Path: "/api/v1/jobs", Key: g.key, Body: map[string]any{"title": "CIO"}}).JSON(t, &job)
	taken(creation)
	select {
	case id := <-g.arrived:
		if id != job.ID {
			t.Fatalf("%s: the event of job %d arrived, want %d", g.name, id, job.ID)
		}
	case <-time.After(time.Minute):
		t.Fatalf("%s: no event of job %d within a minute", g.name, job.ID)
	}
	taken(arrival)
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
