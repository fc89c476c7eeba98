package server_test

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/server/servertest"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
)

const (
	simulated = "/api/v1/test/applications"
	testData  = "/api/v1/test/data"
)

// testKeyOf mints a test key with all scopes.
func testKeyOf(t *testing.T, api *servertest.API, employerID int64) string {
	t.Helper()
	return api.Key(t, account.NewKey{Tenant: board.Tenant{EmployerID: employerID, Mode: board.ModeTest}, Name: "Try it", Scopes: allScopes})
}

type simulatedApplication struct {
	ID, CandidateID int64
	Status          string
	Applicant       struct{ FirstName, LastName, Email string }
	CV              struct {
		Name, MediaType string
		TextProblem     *string
	}
	History []struct {
		ToStatus string
		Actor    struct{ Type string }
	}
}

// TestSimulation: a newcomer with nothing but a test key sees somebody apply, the application move and the job expire, and the
// events that a webhook would get.
func TestSimulation(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	tenant, live := api.Employer(t, "Northwind", 5, allScopes...)
	key := testKeyOf(t, api, tenant.EmployerID)
	job := createJob(t, api, key, example())
	call := func(status int, path string, body any) servertest.Response {
		t.Helper()
		return api.Want(t, status, servertest.Request{Method: http.MethodPost, Path: path, Key: key, Body: body})
	}
	call(200, path(job.ID, "/publish"), map[string]any{})

	var people []simulatedApplication
	emails, kinds := map[string]bool{}, map[string]bool{}
	for range 8 {
		var a simulatedApplication
		call(201, simulated, map[string]any{"jobId": job.ID}).JSON(t, &a)
		people, emails[a.Applicant.Email], kinds[a.CV.MediaType] = append(people, a), true, true
		if a.CV.TextProblem != nil {
			t.Errorf("the CV %s can't be read: %s", a.CV.Name, *a.CV.TextProblem)
		}
		file := api.Want(t, 200, get(fmt.Sprintf("/api/v1/applications/%d/cv", a.ID), key))
		if !bytes.HasPrefix(file.Body, []byte("%PDF")) && !bytes.HasPrefix(file.Body, []byte("PK")) {
			t.Errorf("%s begins with %.10q", a.CV.Name, file.Body)
		}
		// What the CV says has been read from it.
		var c struct {
			Title  *string
			Skills []string
		}
		api.Want(t, 200, get(candidatePath(a.CandidateID), key)).JSON(t, &c)
		if c.Title == nil || len(c.Skills) < 2 {
			t.Errorf("of %s %s the title %v and the skills %v are known", a.Applicant.FirstName, a.Applicant.LastName, c.Title, c.Skills)
		}
	}
	if len(emails) != 8 || len(kinds) != 2 {
		t.Errorf("%d people with files of the kinds %v", len(emails), kinds)
	}

	var moved simulatedApplication
	call(200, fmt.Sprintf("%s/%d/status", simulated, people[0].ID), map[string]any{"status": "Interviewed"}).JSON(t, &moved)
	call(200, fmt.Sprintf("%s/%d/status", simulated, people[0].ID), map[string]any{"status": "Withdrawn"}).JSON(t, &moved)
	var actors []string
	for _, h := range moved.History {
		actors = append(actors, h.Actor.Type)
	}
	if diff := cmp.Diff([]string{"Candidate", "System", "Candidate"}, actors); diff != "" {
		t.Errorf("who moved it (-want +got):\n%s", diff)
	}
	call(200, fmt.Sprintf("/api/v1/test/jobs/%d/expire", job.ID), nil)
	events := eventTypes(t, api, key, "")
	for _, want := range []string{"application.submitted", "application.status_changed", "application.withdrawn", "job.expired"} {
		if !slices.Contains(events, want) {
			t.Errorf("no event %s among %v", want, events)
		}
	}
	if live := eventTypes(t, api, live, ""); len(live) != 0 {
		t.Errorf("live events %v", live)
	}
	res := call(400, simulated, map[string]any{"jobId": job.ID})
	if !strings.Contains(string(res.Body), "Publish it again") {
		t.Errorf("an expired job: %s", res.Body)
	}
}

// TestALiveKeyMakesNothingUp: each operation of test mode says why a live key is refused, and what to do.
func TestALiveKeyMakesNothingUp(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	tenant, live := api.Employer(t, "Northwind", 5, allScopes...)
	job := api.OpenJob(t, tenant)
	n := 0
	for path, item := range servertest.Document().Paths.Map() {
		for method, op := range item.Operations() {
			if op.Extensions["x-test-mode-only"] != true {
				continue
			}
			n++
			q := servertest.Request{Method: method, Path: strings.ReplaceAll(path, "{id}", "1"), Key: live}
			res := api.Want(t, 403, q)
			if text := string(res.Body); !strings.Contains(text, `"code":"test_mode_only"`) || !strings.Contains(text, "pk_test_") {
				t.Errorf("%s %s: %s", method, path, text)
			}
		}
	}
	if n < 4 {
		t.Errorf("%d operations are for test mode", n)
	}
	if again, err := api.Store.Jobs.Job(t.Context(), tenant, job.ID); err != nil || again.Version != job.Version {
		t.Errorf("the live job is %+v, %v", again, err)
	}
}

// TestSimulationOnce: under an Idempotency-Key one person applies, however often the request is sent.
func TestSimulationOnce(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	tenant, _ := api.Employer(t, "Northwind", 5, allScopes...)
	key := testKeyOf(t, api, tenant.EmployerID)
	job := api.OpenJob(t, board.Tenant{EmployerID: tenant.EmployerID, Mode: board.ModeTest})
	q := servertest.Request{
		Method: http.MethodPost, Path: simulated, Key: key, Body: map[string]any{"jobId": job.ID}, Header: map[string]string{"Idempotency-Key": "once"},
	}
	first := api.Want(t, 201, q)
	for range 3 {
		if again := api.Want(t, 201, q); string(again.Body) != string(first.Body) {
			t.Errorf("again %s, first %s", again.Body, first.Body)
		}
	}
	var list struct{ Total int }
	api.Want(t, 200, get("/api/v1/applications", key)).JSON(t, &list)
	if list.Total != 1 {
		t.Errorf("%d have applied", list.Total)
	}
}

// TestTestDataIsCleared: everything that was made in test mode goes, and nothing else of anybody.
func TestTestDataIsCleared(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	tenant, live := api.Employer(t, "Northwind", 5, allScopes...)
	other, _ := api.Employer(t, "Southwind", 5, allScopes...)
	key, otherKey := testKeyOf(t, api, tenant.EmployerID), testKeyOf(t, api, other.EmployerID)
	fill := func(key string) int64 {
		t.Helper()
		post := func(status int, path string, body any, header map[string]string) servertest.Response {
			t.Helper()
			return api.Want(t, status, servertest.Request{Method: http.MethodPost, Path: path, Key: key, Body: body, Header: header})
		}
		createWebhook(t, api, key, "job.published", "application.submitted")
		job := createJob(t, api, key, example())
		post(200, path(job.ID, "/publish"), map[string]any{}, map[string]string{"Idempotency-Key": "publish"})
		return job.ID
	}
	job := fill(key)
	kept, liveJob := fill(otherKey), fill(live)
	for _, k := range []struct {
		key string
		job int64
	}{{key, job}, {otherKey, kept}} {
		var a simulatedApplication
		api.Want(t, 201, servertest.Request{Method: http.MethodPost, Path: simulated, Key: k.key, Body: map[string]any{"jobId": k.job}}).JSON(t, &a)
		api.Want(t, 201, servertest.Request{Method: http.MethodPost, Path: interviews, Key: k.key, Body: map[string]any{
			"candidateId": a.CandidateID, "jobId": k.job, "startsAt": "2026-04-09T13:00:00Z",
		}})
		api.Want(t, 201, servertest.Request{Method: http.MethodPost, Path: calls, Key: k.key, Body: map[string]any{"candidateId": a.CandidateID, "provider": "vapi", "purpose": "Screening"}})
		api.Want(t, 200, servertest.Request{Method: http.MethodPost, Path: candidatePath(a.CandidateID) + "/status", Key: k.key, Body: map[string]any{"status": "Screened"}})
		api.Want(t, 202, servertest.Request{Method: http.MethodPost, Path: "/api/v1/events/replay", Key: k.key, Body: map[string]any{"since": "2026-03-01T00:00:00Z"}})
	}
	last := lastEvent(t, api, key)
	clearing := servertest.Request{Method: http.MethodDelete, Path: testData, Key: key, Header: map[string]string{"Idempotency-Key": "clear"}}
	var done map[string]any
	api.Want(t, 200, clearing).JSON(t, &done)
	for _, what := range []string{"jobs", "applications", "candidates", "interviews", "aiCalls", "events", "deliveries"} {
		if n, _ := done[what].(float64); n < 1 {
			t.Errorf("%v %s are cleared", done[what], what)
		}
	}
	if again := api.Want(t, 200, clearing); again.Header.Get("Idempotency-Replayed") != "true" {
		t.Error("the clearing itself is forgotten")
	}
	for _, list := range []string{jobs, "/api/v1/applications", candidates, interviews, calls, "/api/v1/matches", "/api/v1/events/replays"} {
		var mine, others struct{ Total int }
		api.Want(t, 200, get(list, key)).JSON(t, &mine)
		api.Want(t, 200, get(list, otherKey)).JSON(t, &others)
		if mine.Total != 0 || others.Total == 0 && list != "/api/v1/matches" {
			t.Errorf("%s has %d, that of the other employer %d", list, mine.Total, others.Total)
		}
	}
	api.Want(t, 200, get(path(liveJob, ""), live))
	api.Want(t, 200, get("/api/v1/webhooks/1", key))
	if got := eventTypes(t, api, key, ""); len(got) != 0 {
		t.Errorf("events %v", got)
	}
	// The log goes on behind what was cleared, and a request that was answered before is done anew.
	again := fill(key)
	if after := lastEvent(t, api, key); after <= last {
		t.Errorf("the last event is %d, and was %d", after, last)
	}
	api.Want(t, 201, servertest.Request{Method: http.MethodPost, Path: simulated, Key: key, Body: map[string]any{"jobId": again}})
}

// lastEvent is the number of the last event.
func lastEvent(t *testing.T, api *servertest.API, key string) int64 {
	t.Helper()
	var page struct{ Items []struct{ Sequence int64 } }
	api.Want(t, 200, get("/api/v1/events?pageSize=200", key)).JSON(t, &page)
	if len(page.Items) == 0 {
		return 0
	}
	return page.Items[len(page.Items)-1].Sequence
}
