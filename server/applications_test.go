package server_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/server/servertest"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
	"itmanagerjobs/store/pipeline"
)

const applications = "/api/v1/applications"

type applicationAnswer struct {
	ID                 int64
	Status             string
	JobID, CandidateID int64
	JobTitle           string
	ApplicationType    string
	Applicant          *struct{ FirstName, LastName, Email string }
	CV                 *struct {
		Name, MediaType, Sha256 string
		Size                    int64
		TextProblem             *string
	}
	Push    *struct{ Status string }
	History []struct {
		FromStatus *string
		ToStatus   string
		Reason     *string
		Actor      struct {
			Type string
			ID   *int64
		}
	}
}

type applicationListAnswer struct {
	Total      int
	Items      []applicationAnswer
	NextCursor string
}

func application(t *testing.T, api *servertest.API, key string, id int64) (a applicationAnswer) {
	t.Helper()
	api.Want(t, 200, servertest.Request{Method: http.MethodGet, Path: fmt.Sprintf("%s/%d", applications, id), Key: key}).JSON(t, &a)
	return a
}

func move(id int64, key string, body any) servertest.Request {
	return servertest.Request{Method: http.MethodPost, Path: fmt.Sprintf("%s/%d/status", applications, id), Key: key, Body: body}
}

func TestTheLifeOfAnApplication(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	tenant, key := api.Employer(t, "Northwind", 5, apikey.ScopeJobPosting, apikey.ScopeCVSearch)
	job := api.OpenJob(t, tenant)
	id := servertest.ApplicationID(t, api.Want(t, 201, servertest.Applying(t, job.ID, append(servertest.Ada(), servertest.Part{"cv", "Ada's CV.txt", "I run platforms."})...)))

	a := application(t, api, key, id)
	if a.Status != "New" || a.JobID != job.ID || a.ApplicationType != "DirectApply" || a.Applicant.Email != "ada@example.com" || a.CV.Size != 16 || len(a.History) != 1 {
		t.Errorf("arrived as %+v", a)
	}
	api.Want(t, 409, move(id, key, map[string]any{"status": "Screened", "fromStatus": "Offered"}))
	api.Want(t, 200, move(id, key, map[string]any{"status": "Interviewed", "fromStatus": "New", "reason": "Ten years"}))
	api.Want(t, 400, move(id, key, map[string]any{"status": "New"})) // two steps back
	api.Want(t, 200, move(id, key, map[string]any{"status": "Rejected"}))
	api.Want(t, 400, move(id, key, map[string]any{"status": "Interviewed"})) // without a reason
	api.Want(t, 400, move(id, key, map[string]any{"status": "Lost"}))
	var moved applicationAnswer
	api.Want(t, 200, move(id, key, map[string]any{"status": "Interviewed", "reason": "A mistake"})).JSON(t, &moved)
	var steps []string
	for _, h := range moved.History {
		from, reason := "", ""
		if h.FromStatus != nil {
			from = *h.FromStatus
		}
		if h.Reason != nil {
			reason = *h.Reason
		}
		steps = append(steps, strings.Join([]string{from, h.ToStatus, reason, h.Actor.Type}, "|"))
	}
	if diff := cmp.Diff([]string{"|New||Candidate", "New|Interviewed|Ten years|Key", "Interviewed|Rejected||Key", "Rejected|Interviewed|A mistake|Key"}, steps); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}

	// Another employer sees nothing of it.
	_, other := api.Employer(t, "Contoso", 0, apikey.ScopeJobPosting, apikey.ScopeCVSearch)
	test := api.Key(t, account.NewKey{Tenant: board.Tenant{EmployerID: tenant.EmployerID, Mode: board.ModeTest}, Name: "test", Scopes: []apikey.Scope{apikey.ScopeJobPosting, apikey.ScopeCVSearch}, Approve: true})
	for _, stranger := range []string{other, test} {
		for _, q := range []servertest.Request{
			{Method: "GET", Path: fmt.Sprintf("%s/%d", applications, id)}, {Method: "GET", Path: fmt.Sprintf("%s/%d/cv", applications, id)},
			{Method: "GET", Path: fmt.Sprintf("/api/v1/jobs/%d/applications", job.ID)}, {Method: "GET", Path: fmt.Sprintf("/api/v1/jobs/%d/applicant-regions", job.ID)},
			{Method: "PUT", Path: fmt.Sprintf("/api/v1/jobs/%d/applicant-regions", job.ID), Body: map[string]any{"countries": []string{"GB"}}},
			{Method: "DELETE", Path: fmt.Sprintf("/api/v1/candidates/%d", a.CandidateID)}, move(id, "", map[string]any{"status": "Hired"}),
		} {
			q.Key = stranger
			api.Want(t, 404, q)
		}
		var l applicationListAnswer
		api.Want(t, 200, servertest.Request{Method: "GET", Path: applications, Key: stranger}).JSON(t, &l)
		if l.Total != 0 || len(l.Items) != 0 {
			t.Errorf("a stranger sees %+v", l)
		}
	}

	erase := servertest.Request{Method: http.MethodDelete, Path: fmt.Sprintf("/api/v1/candidates/%d", a.CandidateID), Key: key}
	var receipt struct{ Applications, Files int }
	api.Want(t, 200, erase).JSON(t, &receipt)
	if receipt.Applications != 1 || receipt.Files != 1 {
		t.Errorf("receipt %+v", receipt)
	}
	api.Want(t, 404, erase)
	api.Want(t, 404, servertest.Request{Method: http.MethodGet, Path: fmt.Sprintf("%s/%d/cv", applications, id), Key: key})
	if a := application(t, api, key, id); a.Applicant != nil || a.CV != nil || a.Status != "Interviewed" {
		t.Errorf("erased: %+v", a)
	}
}

func TestApplicationsWalkByPageAndByCursor(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	tenant, key := api.Employer(t, "Northwind", 5, apikey.ScopeJobPosting)
	jobs := []board.Job{api.OpenJob(t, tenant), api.OpenJob(t, tenant)}
	for i := range 5 {
		_, err := api.Store.Pipeline.Apply(t.Context(), pipeline.ApplyParams{
			Mode: board.ModeLive, JobID: jobs[i%2].ID, Source: board.SourceForm,
			Applicant: board.Applicant{FirstName: "A", LastName: "B", Email: fmt.Sprintf("a%d@example.com", i)},
		})
		if err != nil {
			t.Fatal(err)
		}
		api.Clock.Advance(time.Minute)
	}
	api.Want(t, 200, move(2, key, map[string]any{"status": "Hired"}))
	for query, want := range map[string][]int64{
		"":                   {5, 4, 3, 2, 1},
		"?sort=createdAt":    {1, 2, 3, 4, 5},
		"?sort=-updatedAt":   {2, 5, 4, 3, 1},
		"?status=Hired":      {2},
		"?jobId=1":           {5, 3, 1},
		"?jobId=99":          nil,
		"?pageSize=2&page=2": {3, 2},
		"?updatedSince=" + url.QueryEscape(api.Clock.Now().Add(-time.Minute).Format(time.RFC3339)): {5, 2},
	} {
		for _, size := range []string{"", "1"} {
			if size != "" && strings.Contains(query, "page") {
				continue
			}
			next := query
			if size != "" {
				next += map[bool]string{true: "?", false: "&"}[query == ""] + "pageSize=1"
			}
			var got []int64
			for cursor := ""; ; {
				var l applicationListAnswer
				api.Want(t, 200, servertest.Request{Method: "GET", Path: applications + next + cursor, Key: key}).JSON(t, &l)
				for _, a := range l.Items {
					got = append(got, a.ID)
				}
				if l.NextCursor == "" || size == "" {
					break
				}
				cursor = "&cursor=" + l.NextCursor
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", next, diff)
			}
		}
	}
	var l applicationListAnswer
	res := api.Want(t, 200, servertest.Request{Method: "GET", Path: "/api/v1/jobs/2/applications?pageSize=1", Key: key})
	res.JSON(t, &l)
	if l.Total != 2 || !strings.Contains(res.Header.Get("Link"), servertest.PublicURL+"/api/v1/jobs/2/applications?page=2") {
		t.Errorf("of a job: %+v, %s", l, res.Header.Get("Link"))
	}
	api.Want(t, 400, servertest.Request{Method: "GET", Path: "/api/v1/jobs?cursor=" + l.NextCursor, Key: key}) // a cursor of another list
}

func TestACVIsDownloadedAsItWasSent(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	tenant, key := api.Employer(t, "Northwind", 5, apikey.ScopeJobPosting)
	job := api.OpenJob(t, tenant)
	cv := "%PDF-1.7\n" + strings.Repeat("0123456789", 60_000)
	id := servertest.ApplicationID(t, api.Want(t, 201, servertest.Applying(t, job.ID, append(servertest.Ada(), servertest.Part{"cv", "Lebenslauf Zoë.pdf", cv})...)))
	get := func(status int, header map[string]string) servertest.Response {
		t.Helper()
		return api.Want(t, status, servertest.Request{Method: http.MethodGet, Path: fmt.Sprintf("%s/%d/cv", applications, id), Key: key, Header: header})
	}
	whole := get(200, nil)
	etag := whole.Header.Get("ETag")
	for name, want := range map[string]string{
		"Content-Type": "application/pdf", "Content-Disposition": "attachment; filename*=utf-8''Lebenslauf%20Zo%C3%AB.pdf", "X-Content-Type-Options": "nosniff",
		"Content-Security-Policy": "sandbox; default-src 'none'", "Accept-Ranges": "bytes", "Content-Length": strconv.Itoa(len(cv)),
	} {
		if got := whole.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if string(whole.Body) != cv || !strings.HasPrefix(whole.Header.Get("Repr-Digest"), "sha-256=:") || etag != `"`+application(t, api, key, id).CV.Sha256+`"` {
		t.Errorf("%d bytes, ETag %s, Repr-Digest %s", len(whole.Body), etag, whole.Header.Get("Repr-Digest"))
	}
	for _, tt := range []struct {
		ranges, want string
		status       int
	}{
		{"bytes=0-3", cv[:4], 206}, {"bytes=-5", cv[len(cv)-5:], 206}, {"bytes=262140-262150", cv[262140:262151], 206},
		{"bytes=600000-", cv[600000:], 206}, {"bytes=0-1,5-6", cv, 200},
	} {
		part := get(tt.status, map[string]string{"Range": tt.ranges})
		if string(part.Body) != tt.want || part.Header.Get("ETag") != etag {
			t.Errorf("%s: %d bytes, want %d", tt.ranges, len(part.Body), len(tt.want))
		}
	}
	beyond := get(416, map[string]string{"Range": "bytes=9000000-"})
	if beyond.Header.Get("Content-Range") != fmt.Sprintf("bytes */%d", len(cv)) || !json.Valid(beyond.Body) {
		t.Errorf("beyond the end: %s %s", beyond.Header.Get("Content-Range"), beyond.Body)
	}
	if same := get(304, map[string]string{"If-None-Match": etag}); len(same.Body) != 0 {
		t.Errorf("unchanged: %q", same.Body)
	}
	if stale := get(200, map[string]string{"Range": "bytes=0-3", "If-Range": `"another"`}); len(stale.Body) != len(cv) {
		t.Errorf("a range of another file: %d bytes", len(stale.Body))
	}
	without := servertest.ApplicationID(t, api.Want(t, 201, servertest.Applying(t, api.OpenJob(t, tenant).ID, servertest.Ada()...)))
	api.Want(t, 404, servertest.Request{Method: http.MethodGet, Path: fmt.Sprintf("%s/%d/cv", applications, without), Key: key})
}

func TestOneOfTwoMovesAtOnceIsRefused(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	tenant, key := api.Employer(t, "Northwind", 5, apikey.ScopeJobPosting)
	job := api.OpenJob(t, tenant)
	id := servertest.ApplicationID(t, api.Want(t, 201, servertest.Applying(t, job.ID, servertest.Ada()...)))
	var wg sync.WaitGroup
	statuses := make([]int, 10)
	for i := range statuses {
		to := []string{"Screened", "Rejected"}[i%2]
		wg.Go(func() {
			statuses[i] = api.Do(t, move(id, key, map[string]any{"status": to, "fromStatus": "New"})).Status
		})
	}
	wg.Wait()
	count := map[int]int{}
	for _, s := range statuses {
		count[s]++
	}
	if diff := cmp.Diff(map[int]int{200: 1, 409: 9}, count); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRegionsOfAJob(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	tenant, key := api.Employer(t, "Northwind", 5, apikey.ScopeJobPosting)
	job := api.OpenJob(t, tenant)
	path := fmt.Sprintf("/api/v1/jobs/%d/applicant-regions", job.ID)
	put := func(status int, countries ...string) servertest.Response {
		t.Helper()
		return api.Want(t, status, servertest.Request{Method: http.MethodPut, Path: path, Key: key, Body: map[string]any{"countries": append([]string{}, countries...)}})
	}
	for _, tt := range []struct {
		in   []string
		want string
	}{{nil, `[]`}, {[]string{"gb", "IE", "GB"}, `["GB","IE"]`}, {nil, `[]`}} {
		res := put(200, tt.in...)
		again := api.Want(t, 200, servertest.Request{Method: http.MethodGet, Path: path, Key: key})
		if want := `{"countries":` + tt.want + "}\n"; string(res.Body) != want || string(again.Body) != want {
			t.Errorf("%q: %s, read %s", tt.in, res.Body, again.Body)
		}
	}
	put(400, "G8")
	put(400, "GBR")
	if res := put(400, "GB", "zz"); !strings.Contains(string(res.Body), `"field":"countries[1]"`) || !strings.Contains(string(res.Body), "ZZ is the code of none") {
		t.Errorf("a code that no country has: %s", res.Body)
	}
	if _, err := api.Store.Jobs.SetRegions(context.Background(), tenant, job.ID, []string{"GB"}, board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	// An application from an unknown country is accepted.
	api.Want(t, 201, servertest.Applying(t, job.ID, servertest.Ada()...))
}
