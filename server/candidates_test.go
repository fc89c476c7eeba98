package server_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/server/servertest"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
	"itmanagerjobs/store/pipeline"
)

const candidates = "/api/v1/candidates"

type candidateAnswer struct {
	ID                         int64
	Status                     *string
	Population                 string
	FirstName, LastName, Email string
	Title, Summary             *string
	Skills                     []string
	ApplicationCount           int
	Applications               []struct{ ID, JobID int64 }
	Matches                    []matchAnswer
	Unlock                     *struct {
		Required  bool
		Price     int
		ExpiresAt *time.Time
	}
	HasCV bool
}

type candidateListAnswer struct {
	Total      int
	Items      []candidateAnswer
	NextCursor string
}

func get(path, key string) servertest.Request {
	return servertest.Request{Method: http.MethodGet, Path: path, Key: key}
}

func candidatePath(id int64) string { return fmt.Sprintf("%s/%d", candidates, id) }

// applied sends an application for a job, with a CV unless cv is empty, and returns the id of the candidate.
func applied(t testing.TB, api *servertest.API, job board.Job, email, cv string) int64 {
	t.Helper()
	first, last, _ := strings.Cut(strings.Split(email, "@")[0], ".")
	p := pipeline.ApplyParams{Mode: job.Mode, JobID: job.ID, Source: board.SourceForm, Applicant: board.Applicant{FirstName: first, LastName: last, Email: email}}
	if cv != "" {
		p.CV = &board.Upload{Name: "cv.txt", Bytes: []byte(cv)}
	}
	a, err := api.Store.Pipeline.Apply(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	return a.CandidateID
}

// modeKey mints a key of the employer with all scopes for a mode.
func modeKey(t testing.TB, api *servertest.API, tenant board.Tenant, mode board.Mode, readOnly bool) string {
	t.Helper()
	tenant.Mode = mode
	return api.Key(t, account.NewKey{
		Tenant: tenant, Name: "key", ReadOnly: readOnly, Approve: true,
		Scopes: []apikey.Scope{apikey.ScopeJobPosting, apikey.ScopeCVSearch, apikey.ScopeWebhooks},
	})
}

var requestID = regexp.MustCompile(`"requestId":"[^"]*"`)

// sameAnswer fails unless two requests get the same bytes, apart from the request id.
func sameAnswer(t testing.TB, api *servertest.API, a, b servertest.Request) {
	t.Helper()
	one, other := api.Do(t, a), api.Do(t, b)
	if one.Status != other.Status {
		t.Errorf("%s %s: %d, and %s: %d", a.Method, a.Path, one.Status, b.Path, other.Status)
	}
	if diff := cmp.Diff(requestID.ReplaceAllString(string(one.Body), ""), requestID.ReplaceAllString(string(other.Body), "")); diff != "" {
		t.Errorf("%s %s and %s are answered differently:\n%s", a.Method, a.Path, b.Path, diff)
	}
}

func TestTheLifeOfACandidate(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	tenant, key := api.Employer(t, "Northwind", 5, apikey.ScopeJobPosting, apikey.ScopeCVSearch)
	job := api.OpenJob(t, tenant)
	id := applied(t, api, job, "ada.lovelace@example.com", "Ada Lovelace\nSenior Platform Engineer\nLondon\nKubernetes, Go")
	read := func() (c candidateAnswer) {
		t.Helper()
		api.Want(t, 200, get(candidatePath(id), key)).JSON(t, &c)
		return c
	}
	c := read()
	if c.Population != "Pipeline" || *c.Status != "New" || c.Email != "ada.lovelace@example.com" || c.ApplicationCount != 1 ||
		len(c.Applications) != 1 || !c.HasCV || c.Unlock != nil || !slices.Contains(c.Skills, "Kubernetes") {
		t.Errorf("arrived as %+v", c)
	}
	cv := api.Want(t, 200, get(candidatePath(id)+"/cv", key))
	if !strings.HasPrefix(string(cv.Body), "Ada Lovelace\n") || cv.Header.Get("Content-Security-Policy") != "sandbox; default-src 'none'" {
		t.Errorf("CV: %v %s", cv.Header, cv.Body)
	}

	move := func(status int, body any) servertest.Response {
		t.Helper()
		return api.Want(t, status, servertest.Request{Method: http.MethodPost, Path: candidatePath(id) + "/status", Key: key, Body: body})
	}
	move(200, map[string]any{"status": "Interviewed", "fromStatus": "New"})
	move(409, map[string]any{"status": "Offered", "fromStatus": "New"})
	move(200, map[string]any{"status": "Rejected", "reason": "No visa"})
	move(400, map[string]any{"status": "Offered"}) // without a reason
	var moved candidateAnswer
	move(200, map[string]any{"status": "Offered", "reason": "A visa after all"}).JSON(t, &moved)
	if *moved.Status != "Offered" || *read().Status != "Offered" {
		t.Errorf("moved to %s, read %s", *moved.Status, *read().Status)
	}

	var export struct {
		Candidate    struct{ Email string }
		History      []struct{ FromStatus, ToStatus, Reason *string }
		Applications []struct{ History []any }
		Files        []struct{ Name string }
		Events       []struct{ Type string }
	}
	api.Want(t, 200, get(candidatePath(id)+"/export", key)).JSON(t, &export)
	var types []string
	for _, e := range export.Events {
		types = append(types, e.Type)
	}
	if export.Candidate.Email != c.Email || len(export.History) != 4 || *export.History[3].Reason != "A visa after all" ||
		len(export.Applications) != 1 || len(export.Applications[0].History) != 1 || len(export.Files) != 1 ||
		!slices.Contains(types, "application.submitted") || !slices.Contains(types, "candidate.status_changed") {
		t.Errorf("export %+v", export)
	}

	// It is the same for whom nothing has changed since, although it is put together anew.
	conditional := func(want int, tag string) servertest.Response {
		t.Helper()
		api.Clock.Advance(time.Hour)
		return api.Want(t, want, servertest.Request{Path: candidatePath(id) + "/export", Key: key, Header: map[string]string{"If-None-Match": tag}})
	}
	tag := conditional(200, `"other"`).Header.Get("ETag")
	conditional(304, tag)
	if !strings.HasPrefix(tag, `W/"`) {
		t.Errorf("the tag of answers that differ in their bytes is strong: %s", tag)
	}
	conditional(304, strings.TrimPrefix(tag, "W/"))
	move(200, map[string]any{"status": "Interviewed", "reason": "Called"})
	if changed := conditional(200, tag).Header.Get("ETag"); changed == tag {
		t.Errorf("what was changed has the same tag %s", tag)
	}

	api.Want(t, 200, servertest.Request{Method: http.MethodDelete, Path: candidatePath(id), Key: key})
	for _, path := range []string{"", "/cv", "/export"} {
		sameAnswer(t, api, get(candidatePath(id)+path, key), get(candidatePath(999)+path, key))
	}
	move(404, map[string]any{"status": "New", "reason": "Again"})
}

func TestCandidatesWalkByPageAndByCursor(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	tenant, key := api.Employer(t, "Northwind", 5, apikey.ScopeJobPosting, apikey.ScopeCVSearch)
	jobs := []board.Job{api.OpenJob(t, tenant), api.OpenJob(t, tenant)}
	for i := range 5 {
		applied(t, api, jobs[i%2], fmt.Sprintf("a%d.smith@example.com", i+1), []string{"", "Docker, Kubernetes and C++", "Kubernetes"}[i%3])
		api.Clock.Advance(time.Minute)
	}
	api.Want(t, 200, servertest.Request{Method: http.MethodPost, Path: candidatePath(2) + "/status", Key: key, Body: map[string]any{"status": "Hired"}})
	for query, want := range map[string][]int64{
		"":                                   {5, 4, 3, 2, 1},
		"?sort=createdAt":                    {1, 2, 3, 4, 5},
		"?sort=-updatedAt":                   {2, 5, 4, 3, 1},
		"?status=Hired":                      {2},
		"?jobId=1":                           {5, 3, 1},
		"?jobId=99":                          nil,
		"?q=smith+a3":                        {3},
		"?q=nobody":                          nil,
		"?skills=k8s":                        {5, 3, 2},
		"?skills=Kubernetes,C%2B%2B":         {5, 2},
		"?skills=Kubernetes&status=Hired":    {2},
		"?skills=Kubernetes,C%2B%2B&jobId=1": {5},
		"?updatedSince=" + url.QueryEscape(api.Clock.Now().Add(-time.Minute).Format(time.RFC3339)): {5, 2},
	} {
		var whole candidateListAnswer
		api.Want(t, 200, get(candidates+query, key)).JSON(t, &whole)
		if diff := cmp.Diff(want, ids(whole.Items)); diff != "" || whole.Total != len(want) {
			t.Errorf("%s: total %d (-want +got):\n%s", query, whole.Total, diff)
		}
		var walked []int64
		next := candidates + query + map[bool]string{true: "?", false: "&"}[query == ""] + "pageSize=2"
		for cursor := ""; ; {
			var l candidateListAnswer
			api.Want(t, 200, get(next+cursor, key)).JSON(t, &l)
			walked = append(walked, ids(l.Items)...)
			if l.NextCursor == "" {
				break
			}
			cursor = "&cursor=" + l.NextCursor
		}
		if diff := cmp.Diff(want, walked); diff != "" {
			t.Errorf("%s by cursor (-want +got):\n%s", query, diff)
		}
	}
	res := api.Want(t, 200, get(candidates+"?skills=Kubernetes&pageSize=1&page=2", key))
	if link := res.Header.Get("Link"); !strings.Contains(link, servertest.PublicURL+candidates+"?page=3&pageSize=1&skills=Kubernetes>; rel=\"next\"") {
		t.Errorf("Link: %s", link)
	}
}

func ids(list []candidateAnswer) (all []int64) {
	for _, c := range list {
		all = append(all, c.ID)
	}
	return all
}

// TestCandidatesAreTheirEmployers checks that an employer's candidates, and everything that belongs to them, look to
// other employers as if they did not exist.
func TestCandidatesAreTheirEmployers(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	tenant, key := api.Employer(t, "Northwind", 5, apikey.ScopeJobPosting, apikey.ScopeCVSearch)
	job := api.OpenJob(t, tenant)
	id := applied(t, api, job, "ada.lovelace@example.com", "Kubernetes")
	interview, call := anInterview(t, api, key, id, job.ID), aCall(t, api, key, id)
	_, other := api.Employer(t, "Contoso", 5, apikey.ScopeJobPosting, apikey.ScopeCVSearch)
	for _, stranger := range []string{other, modeKey(t, api, tenant, board.ModeTest, false)} {
		for _, q := range []struct {
			method, path string
			id           int64
			body         any
		}{
			{"GET", candidates + "/%d", id, nil},
			{"GET", candidates + "/%d/cv", id, nil},
			{"GET", candidates + "/%d/export", id, nil},
			{"POST", candidates + "/%d/status", id, map[string]any{"status": "Hired"}},
			{"DELETE", candidates + "/%d", id, nil},
			{"GET", "/api/v1/interviews/%d", interview, nil},
			{"PATCH", "/api/v1/interviews/%d", interview, map[string]any{"status": "Completed"}},
			{"GET", "/api/v1/ai-calls/%d", call, nil},
			{"PATCH", "/api/v1/ai-calls/%d", call, map[string]any{"status": "Completed"}},
		} {
			theirs := servertest.Request{Method: q.method, Path: fmt.Sprintf(q.path, q.id), Key: stranger, Body: q.body}
			absent := theirs
			absent.Path = fmt.Sprintf(q.path, 999_999)
			api.Want(t, 404, theirs)
			sameAnswer(t, api, theirs, absent)
		}
		for path, body := range map[string]func(candidate int64) any{
			"/api/v1/interviews": func(id int64) any {
				return map[string]any{"candidateId": id, "jobId": job.ID, "startsAt": api.Clock.Now().Add(time.Hour)}
			},
			"/api/v1/ai-calls": func(id int64) any { return map[string]any{"candidateId": id, "purpose": "Screening"} },
		} {
			sameAnswer(t, api, servertest.Request{Method: "POST", Path: path, Key: stranger, Body: body(id)},
				servertest.Request{Method: "POST", Path: path, Key: stranger, Body: body(999_999)})
		}
		for _, path := range []string{candidates, "/api/v1/interviews", "/api/v1/ai-calls", "/api/v1/matches"} {
			var l candidateListAnswer
			api.Want(t, 200, get(path, stranger)).JSON(t, &l)
			if l.Total != 0 || len(l.Items) != 0 {
				t.Errorf("%s shows a stranger %+v", path, l)
			}
		}
	}
}
