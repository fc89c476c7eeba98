package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/server/servertest"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
)

// example is the body of the first call in the contract's description.
func example() map[string]any {
	return map[string]any{
		"title": "Senior Platform Engineer", "reference": "PL-001", "description": "Build and run the platform...",
		"city": "London", "country": "United Kingdom", "employmentType": "FullTime", "remoteType": "HybridRemote",
		"applyMethod": "EmailApply", "applyEmailAddress": "jobs@northwind.example",
	}
}

type jobAnswer struct {
	ID          int64
	Status      string
	Title       string
	Reference   *string
	City        *string
	Description *string
	PostedDate  *time.Time
	ExpiryDate  *time.Time
}

func path(id int64, suffix string) string { return jobs + "/" + strconv.FormatInt(id, 10) + suffix }

func createJob(t *testing.T, api *servertest.API, key string, body any) jobAnswer {
	t.Helper()
	var job jobAnswer
	api.Want(t, http.StatusCreated, servertest.Request{Method: http.MethodPost, Path: jobs, Key: key, Body: body}).JSON(t, &job)
	return job
}

func credits(t *testing.T, api *servertest.API, key string) int {
	t.Helper()
	var me struct{ Credits struct{ JobPosting int } }
	api.Want(t, http.StatusOK, servertest.Request{Method: http.MethodGet, Path: "/api/v1/me", Key: key}).JSON(t, &me)
	return me.Credits.JobPosting
}

func TestTheLifeOfAJob(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	_, key := api.Employer(t, "Northwind", 2, apikey.ScopeJobPosting)
	call := func(status int, method, path string, body any) (job jobAnswer) {
		t.Helper()
		api.Want(t, status, servertest.Request{Method: method, Path: path, Key: key, Body: body}).JSON(t, &job)
		return job
	}

	empty := api.Want(t, 200, servertest.Request{Method: http.MethodGet, Path: jobs, Key: key})
	if diff := cmp.Diff(`{"total":0,"page":1,"pageSize":50,"items":[]}`, strings.TrimSpace(string(empty.Body))); diff != "" {
		t.Errorf("empty list (-want +got):\n%s", diff)
	}
	job := createJob(t, api, key, example())
	if job.Status != "Draft" || job.PostedDate != nil {
		t.Errorf("created %+v, want a draft", job)
	}
	patched := call(200, http.MethodPut, path(job.ID, ""), map[string]any{"title": "Lead Platform Engineer", "reference": nil})
	if patched.Title != "Lead Platform Engineer" || patched.Reference != nil || patched.City == nil {
		t.Errorf("patched %+v, want the title changed, the reference cleared, the city untouched", patched)
	}
	expiry := api.Clock.Now().Add(48 * time.Hour)
	published := call(200, http.MethodPost, path(job.ID, "/publish"), map[string]any{"expiryDate": expiry})
	if published.Status != "Active" || !published.ExpiryDate.Equal(expiry) || !published.PostedDate.Equal(api.Clock.Now()) {
		t.Errorf("published %+v", published)
	}
	if n := credits(t, api, key); n != 1 {
		t.Errorf("%d credits after publishing, want 1", n)
	}
	var e struct{ Code string }
	api.Want(t, 400, servertest.Request{Method: http.MethodPost, Path: path(job.ID, "/publish"), Key: key}).JSON(t, &e)
	if e.Code != "invalid_state" || credits(t, api, key) != 1 {
		t.Errorf("publishing an active job: %s with %d credits, want invalid_state and 1", e.Code, credits(t, api, key))
	}

	api.Clock.Advance(48 * time.Hour)
	if n, err := api.Store.Jobs.ExpireDue(t.Context(), 10); n != 1 || err != nil {
		t.Fatalf("expired %d, %v", n, err)
	}
	if j := call(200, http.MethodGet, path(job.ID, ""), nil); j.Status != "Expired" {
		t.Errorf("status %s after the expiry date", j.Status)
	}
	if j := call(200, http.MethodPost, path(job.ID, "/publish"), nil); j.Status != "Active" || !j.ExpiryDate.Equal(api.Clock.Now().Add(30*24*time.Hour)) {
		t.Errorf("published again %+v, want 30 days", j)
	}
	if n := credits(t, api, key); n != 0 {
		t.Errorf("%d credits after publishing again, want 0", n)
	}
	for range 2 {
		if j := call(200, http.MethodDelete, path(job.ID, ""), nil); j.Status != "Deactivated" {
			t.Errorf("deleted %+v", j)
		}
	}
	other := createJob(t, api, key, example())
	api.Want(t, 402, servertest.Request{Method: http.MethodPost, Path: path(other.ID, "/publish"), Key: key}).JSON(t, &e)
	if e.Code != "no_credits" {
		t.Errorf("code %s without credits", e.Code)
	}
}

func TestExpiryDatesAtTheirBounds(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	_, key := api.Employer(t, "Northwind", 10, apikey.ScopeJobPosting)
	now := api.Clock.Now()
	for name, tt := range map[string]struct {
		expiry any
		status int
	}{
		"now":            {now, 400},
		"past":           {now.Add(-time.Hour), 400},
		"a year":         {now.Add(365 * 24 * time.Hour), 200},
		"over a year":    {now.Add(365*24*time.Hour + time.Second), 400},
		"no such day":    {"2030-02-31T00:00:00Z", 400},
		"far year":       {"300000-01-01T00:00:00Z", 400},
		"date alone":     {"2026-06-01", 400},
		"another zone":   {now.Add(time.Hour).In(time.FixedZone("", 3*3600)).Format(time.RFC3339), 200},
		"a number":       {1780272000, 400},
		"empty":          {"", 400},
		"null is absent": {nil, 200},
	} {
		body := example()
		delete(body, "reference")
		job := createJob(t, api, key, body)
		res := api.Do(t, servertest.Request{Method: http.MethodPost, Path: path(job.ID, "/publish"), Key: key, Body: map[string]any{"expiryDate": tt.expiry}})
		if res.Status != tt.status {
			t.Errorf("%s: status %d, want %d\n%s", name, res.Status, tt.status, res.Body)
		}
	}
}

func TestOneIdempotencyKeyOneJobOneCredit(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	tenant, key := api.Employer(t, "Northwind", 5, apikey.ScopeJobPosting)
	if err := api.Store.Accounts.SetLimit(t.Context(), tenant.EmployerID, board.FamilyJobs, 1000); err != nil {
		t.Fatal(err)
	}
	job := createJob(t, api, key, example())
	q := servertest.Request{Method: http.MethodPost, Path: path(job.ID, "/publish"), Key: key, Header: map[string]string{"Idempotency-Key": "publish-1"}}

	var wg sync.WaitGroup
	answers := make([]servertest.Response, 100)
	for i := range answers {
		wg.Go(func() { answers[i] = api.Do(t, q) })
	}
	wg.Wait()
	replayed := 0
	for _, a := range answers {
		if a.Status != 200 || string(a.Body) != string(answers[0].Body) || a.Header.Get("ETag") != answers[0].Header.Get("ETag") {
			t.Errorf("status %d, body %s; want 100 equal answers", a.Status, a.Body)
		}
		if a.Header.Get("Idempotency-Replayed") == "true" {
			replayed++
		}
	}
	if replayed != 99 || credits(t, api, key) != 4 {
		t.Errorf("%d replayed, %d credits left; want 99 and 4", replayed, credits(t, api, key))
	}

	q.Body = map[string]any{"expiryDate": api.Clock.Now().Add(time.Hour)}
	api.Want(t, 422, q)
	q.Path, q.Body = jobs, example()
	api.Want(t, 422, q)
	q.Header = map[string]string{"Idempotency-Key": strings.Repeat("k", 256)}
	api.Want(t, 400, q)

	q.Header = map[string]string{"Idempotency-Key": "taken-reference"}
	first := api.Want(t, 409, q)
	if again := api.Want(t, 409, q); string(again.Body) != string(first.Body) || again.Header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("a refusal again: %s, want %s", again.Body, first.Body)
	}
}

// A part of a salary can be changed alone; what is left out stays (RFC 7396).
func TestAPartOfASalaryIsChangedAlone(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	_, key := api.Employer(t, "Northwind", 0, apikey.ScopeJobPosting)
	id := createJob(t, api, key, map[string]any{"title": "CIO", "reference": "CIO-1", "salary": map[string]any{"min": 5, "max": 7.5, "currency": "GBP", "period": "Hour"}}).ID
	byReference := jobs + "/by-reference/CIO-1"
	for _, step := range []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"PATCH", path(id, ""), `{"salary":{"max":9}}`, 200, `{"currency":"GBP","max":9,"min":5,"period":"Hour"}`},
		{"PUT", path(id, ""), `{"salary":{"min":null}}`, 200, `{"currency":"GBP","max":9,"min":null,"period":"Hour"}`},
		{"PUT", byReference, `{"salary":{"period":"Day","min":1.25}}`, 200, `{"currency":"GBP","max":9,"min":1.25,"period":"Day"}`},
		{"PATCH", path(id, ""), `{"salary":{}}`, 200, `{"currency":"GBP","max":9,"min":1.25,"period":"Day"}`},
		{"PATCH", path(id, ""), `{"salary":{"max":1}}`, 400, `salary.min`},
		{"PATCH", path(id, ""), `{"salary":{"max":1.255}}`, 400, `salary.max`},
		{"PATCH", path(id, ""), `{"salary":{"currency":null}}`, 400, `salary.currency`},
		{"PATCH", path(id, ""), `{"salary":null}`, 200, `null`},
		{"PATCH", path(id, ""), `{"salary":{"max":9}}`, 400, `salary.period`},
		{"PUT", jobs + "/by-reference/CIO-2", `{"title":"CIO","salary":{"max":9}}`, 400, `salary.currency`},
		{"PUT", jobs + "/by-reference/CIO-2", `{"title":"CIO","salary":{"max":9,"currency":"GBP","period":"Hour"}}`, 201, `{"currency":"GBP","max":9,"min":null,"period":"Hour"}`},
	} {
		res := api.Want(t, step.status, servertest.Request{Method: step.method, Path: step.path, Key: key, Body: json.RawMessage(step.body)})
		var job struct{ Salary json.RawMessage }
		if step.status == 400 {
			job.Salary = res.Body
		} else {
			res.JSON(t, &job)
		}
		if !strings.Contains(string(job.Salary), step.want) {
			t.Errorf("%s %s %s gives %s, want %s", step.method, step.path, step.body, job.Salary, step.want)
		}
	}
}

func TestEntityTagsGuardAgainstLostUpdates(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	_, key := api.Employer(t, "Northwind", 1, apikey.ScopeJobPosting)
	job := createJob(t, api, key, example())
	do := func(status int, method, path string, header map[string]string, body any) servertest.Response {
		t.Helper()
		return api.Want(t, status, servertest.Request{Method: method, Path: path, Key: key, Header: header, Body: body})
	}
	p := path(job.ID, "")
	etag := do(200, http.MethodGet, p, nil, nil).Header.Get("ETag")
	not := do(304, http.MethodGet, p, map[string]string{"If-None-Match": `"other", W/` + etag}, nil)
	do(304, http.MethodGet, p, map[string]string{"If-None-Match": strings.TrimSuffix(etag, `"`) + `-gzip"`}, nil)
	if len(not.Body) != 0 || not.Header.Get("ETag") != etag {
		t.Errorf("304 with body %q and tag %s", not.Body, not.Header.Get("ETag"))
	}
	do(200, http.MethodPatch, p, map[string]string{"If-Match": etag}, map[string]any{"city": "Leeds"})
	do(412, http.MethodPatch, p, map[string]string{"If-Match": etag}, map[string]any{"city": "York"})
	do(412, http.MethodDelete, p, map[string]string{"If-Match": etag}, nil)
	do(412, http.MethodPost, p+"/publish", map[string]string{"If-Match": "W/" + etag}, nil)
	do(400, http.MethodPatch, p, map[string]string{"If-Match": "2"}, map[string]any{"city": "York"})
	do(200, http.MethodPatch, p, map[string]string{"If-Match": "*"}, map[string]any{"city": "York"})
	do(412, http.MethodPut, jobs+"/by-reference/NEW", map[string]string{"If-Match": "*"}, map[string]any{"title": "CIO"})

	before := do(200, http.MethodGet, p, nil, nil).Header.Get("ETag")
	do(200, http.MethodPatch, p, nil, map[string]any{"city": "York"})
	if after := do(200, http.MethodGet, p, nil, nil).Header.Get("ETag"); after != before {
		t.Errorf("a patch that changes nothing moved the tag from %s to %s", before, after)
	}
	list := do(200, http.MethodGet, jobs, nil, nil).Header.Get("ETag")
	do(304, http.MethodGet, jobs, map[string]string{"If-None-Match": list}, nil)
	do(200, http.MethodPatch, p, nil, map[string]any{"city": "Hull"})
	do(200, http.MethodGet, jobs, map[string]string{"If-None-Match": list}, nil)
}

func TestUpsertByReference(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	_, key := api.Employer(t, "Northwind", 1, apikey.ScopeJobPosting)
	put := func(status int, reference string, body any) servertest.Response {
		t.Helper()
		return api.Want(t, status, servertest.Request{Method: http.MethodPut, Path: jobs + "/by-reference/" + url.PathEscape(reference), Key: key, Body: body})
	}
	for _, reference := range []string{"PL-001", "with blank", "with/slash", "100%", "größe"} {
		var made, again jobAnswer
		res := put(201, reference, map[string]any{"title": "CIO"})
		res.JSON(t, &made)
		if want := servertest.PublicURL + path(made.ID, ""); res.Header.Get("Location") != want {
			t.Errorf("%s: Location %q, want %q", reference, res.Header.Get("Location"), want)
		}
		put(200, reference, map[string]any{"city": "Leeds"}).JSON(t, &again)
		if again.ID != made.ID || again.Title != "CIO" || *again.Reference != reference {
			t.Errorf("%s: second upsert %+v, want job %d patched", reference, again, made.ID)
		}
	}
	put(400, "NEW", map[string]any{"city": "Leeds"})
	put(400, "PL-001", map[string]any{"reference": "PL-002"})
	put(400, "PL-001", map[string]any{"reference": nil})
	put(200, "PL-001", map[string]any{"reference": "PL-001"})
}

func TestABatchChecksEachJobOnItsOwn(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	_, key := api.Employer(t, "Northwind", 1, apikey.ScopeJobPosting)
	createJob(t, api, key, example())
	fresh := func(reference string) map[string]any {
		job := example()
		job["reference"] = reference
		return job
	}
	res := api.Want(t, 207, servertest.Request{Method: http.MethodPost, Path: jobs + "/batch", Key: key, Body: map[string]any{"jobs": []any{
		fresh("B-1"), fresh("PL-001"), map[string]any{"title": ""}, map[string]any{"title": 5, "colour": "red"}, fresh("B-1"), map[string]any{"title": "No reference"}, map[string]any{},
	}}})
	var answer struct {
		Items []struct {
			Status int
			Job    *jobAnswer
			Error  *struct {
				Code   string
				Errors []struct{ Field string }
			}
		}
	}
	res.JSON(t, &answer)
	got := make([]string, len(answer.Items))
	for i, item := range answer.Items {
		got[i] = strconv.Itoa(item.Status)
		if item.Error != nil {
			got[i] += " " + item.Error.Code
			for _, f := range item.Error.Errors {
				got[i] += " " + f.Field
			}
		} else if item.Job == nil || item.Job.ID == 0 {
			t.Errorf("item %d has neither job nor error", i)
		}
	}
	want := []string{
		"201", "409 conflict reference", "400 invalid_request title", "400 invalid_request colour title", "409 conflict reference", "201", "400 invalid_request title",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("items (-want +got):\n%s\n%s", diff, res.Body)
	}
	many := make([]any, 101)
	for i := range many {
		many[i] = map[string]any{"title": "CIO"}
	}
	api.Want(t, 400, servertest.Request{Method: http.MethodPost, Path: jobs + "/batch", Key: key, Body: map[string]any{"jobs": many}})
	api.Want(t, 207, servertest.Request{Method: http.MethodPost, Path: jobs + "/batch", Key: key, Body: map[string]any{"jobs": many[:100]}})
	api.Want(t, 400, servertest.Request{Method: http.MethodPost, Path: jobs + "/batch", Key: key, Body: map[string]any{"jobs": []any{}}})
}

func TestListsWalkByPageAndByCursor(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	_, key := api.Employer(t, "Northwind", 1, apikey.ScopeJobPosting)
	for i := range 7 {
		createJob(t, api, key, map[string]any{"title": fmt.Sprintf("Job %d", i)})
	}
	type list struct {
		Total, Page, PageSize int
		Items                 []struct {
			ID          int64
			Description json.RawMessage
		}
		NextCursor string
	}
	get := func(query string) (l list, link string) {
		t.Helper()
		res := api.Want(t, 200, servertest.Request{Method: http.MethodGet, Path: jobs + query, Key: key})
		res.JSON(t, &l)
		return l, res.Header.Get("Link")
	}
	var byPage, byCursor []int64
	for page := 1; page <= 3; page++ {
		l, link := get(fmt.Sprintf("?pageSize=3&page=%d", page))
		if l.Total != 7 || l.Page != page || (page < 3) != strings.Contains(link, `rel="next"`) || (page > 1) != strings.Contains(link, `rel="prev"`) {
			t.Errorf("page %d: %+v, Link %s", page, l, link)
		}
		for _, item := range l.Items {
			byPage = append(byPage, item.ID)
			if item.Description != nil {
				t.Error("a list carries descriptions")
			}
		}
	}
	for l, _ := get("?pageSize=3"); ; l, _ = get("?pageSize=3&cursor=" + l.NextCursor) {
		for _, item := range l.Items {
			byCursor = append(byCursor, item.ID)
		}
		if l.NextCursor == "" {
			break
		}
	}
	if diff := cmp.Diff(byPage, byCursor); diff != "" || len(byPage) != 7 {
		t.Errorf("pages and cursors differ (-pages +cursors):\n%s", diff)
	}
	for _, bad := range []string{
		"?page=0", "?page=1000000000000000000", "?pageSize=201", "?pageSize=0", "?page=one", "?status=Open", "?sort=salary", "?colour=red", "?page=1&page=2",
		"?cursor=abc", "?cursor=MSAtY3JlYXRlZEF0IDEgMQ&page=1", "?updatedSince=yesterday", "?updatedSince=2030-02-31T00:00:00Z", "?q=", "?cursor=MSB1cGRhdGVkQXQgMSAx",
	} {
		var e struct {
			Code   string
			Errors []struct{ Field, Message string }
		}
		api.Want(t, 400, servertest.Request{Method: http.MethodGet, Path: jobs + bad, Key: key}).JSON(t, &e)
		if e.Code != "invalid_query" || len(e.Errors) == 0 {
			t.Errorf("%s: %+v, want invalid_query with its parameter", bad, e)
		}
	}
	if l, _ := get("?page=1000000"); l.Total != 7 || len(l.Items) != 0 {
		t.Errorf("a page beyond the end: %+v", l)
	}
}

func TestBadBodiesAreRefusedAndNamed(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	tenant, key := api.Employer(t, "Northwind", 1, apikey.ScopeJobPosting)
	if err := api.Store.Accounts.SetLimit(t.Context(), tenant.EmployerID, board.FamilyJobs, 1000); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		body   any
		status int
		fields string
	}{
		"none":                {"", 400, "body"},
		"truncated":           {`{"title":"CIO"`, 400, "body"},
		"trailing junk":       {`{"title":"CIO"} x`, 400, "body"},
		"an array":            {`[]`, 400, "body"},
		"NUL":                 {"{\"title\":\"a\\u0000b\"}", 400, "title"},
		"invalid UTF-8":       {"{\"title\":\"\xff\"}", 400, "body"},
		"duplicate names":     {`{"title":"CIO","title":"CTO"}`, 400, "title"},
		"unknown field":       {`{"title":"CIO","salary":1}`, 400, "salary"},
		"wrong case":          {`{"Title":"CIO"}`, 400, "Title title"},
		"number as string":    {`{"title":"CIO","salary":{"min":"5","currency":"GBP","period":"Year"}}`, 400, "salary.min"},
		"many at once":        {`{"title":"","remoteType":"Home","applyUrl":"ftp://x","salary":{"min":9,"max":1,"currency":"XYZ","period":"Year"},"requiredSkills":["a","A"]}`, 400, "applyUrl remoteType requiredSkills[1] salary.currency salary.min title"},
		"unknown enum":        {`{"title":"CIO","employmentType":"Forever"}`, 400, "employmentType"},
		"null title":          {`{"title":null}`, 400, "title"},
		"a 10,000 char title": {map[string]any{"title": strings.Repeat("x", 10_000)}, 400, "title"},
		"5 MB":                {map[string]any{"title": strings.Repeat("x", 5<<20)}, 413, ""},
	} {
		var e struct {
			Code, Message string
			Errors        []struct{ Field, Message string }
		}
		api.Want(t, tt.status, servertest.Request{Method: http.MethodPost, Path: jobs, Key: key, Body: tt.body}).JSON(t, &e)
		var fields []string
		for _, f := range e.Errors {
			fields = append(fields, f.Field)
		}
		slices.Sort(fields)
		if got := strings.Join(fields, " "); got != tt.fields || e.Message == "" {
			t.Errorf("%s: fields %q, want %q (%s %v)", name, got, tt.fields, e.Message, e.Errors)
		}
	}
	for _, mediaType := range []string{"", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/json; charset=latin1"} {
		api.Want(t, 415, servertest.Request{Method: http.MethodPost, Path: jobs, Key: key, Body: `{"title":"CIO"}`, Header: map[string]string{"Content-Type": mediaType}})
	}
	if n := credits(t, api, key); n != 1 {
		t.Errorf("bad input cost credits: %d left", n)
	}
	job := createJob(t, api, key, map[string]any{"title": "<b>CIO</b> & co", "description": `<p onclick="x()">Hi<script>alert(1)</script> <a href="javascript:x">y</a></p>`})
	if d := *job.Description; strings.Contains(d, "script") || strings.Contains(d, "onclick") || !strings.Contains(d, "Hi") {
		t.Errorf("description %q is not clean", d)
	}
}
