package server_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/server/servertest"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/outbox"
)

// write is an operation that changes an object whose GET has an entity tag.
type write struct {
	method string
	// object is where the object is read, action what follows in the path of the operation.
	object, action string
	// path is that of an operation that is not below the object.
	path string
	// bodies are those of two writers who change the object in different ways.
	bodies [2]any
	status int
	// gone says that there is no object after it.
	gone bool
}

// everyWrite makes an object for each operation.
func everyWrite(t *testing.T, api *servertest.API) (key string, writes map[string]write) {
	t.Helper()
	tenant, key := api.Employer(t, "Northwind", 50, allScopes...)
	if err := api.Store.Accounts.SetLimit(t.Context(), tenant.EmployerID, board.FamilyJobs, 1000); err != nil {
		t.Fatal(err)
	}
	post := func(status int, path string, body any) servertest.Response {
		t.Helper()
		return api.Want(t, status, servertest.Request{Method: http.MethodPost, Path: path, Key: key, Body: body})
	}
	// Before there are emails, which Attempt does not deliver.
	post(202, hookPath(createWebhook(t, api, key, "job.created").ID, "/test"), nil)
	api.Attempt(t, outbox.Attempt{Outcome: delivery.AttemptDelivered, Status: 200})
	job := func() string { return path(createJob(t, api, key, map[string]any{"title": "Platform Lead"}).ID, "") }
	complete := func(reference string) string {
		body := example()
		body["reference"] = reference
		return path(createJob(t, api, key, body).ID, "")
	}
	open := api.OpenJob(t, tenant)
	ada := applied(t, api, open, "ada.lovelace@example.com", "Kubernetes")
	candidate := func(email string) string { return candidatePath(applied(t, api, open, email, "Kubernetes")) }
	interview, call := anInterview(t, api, key, ada, open.ID), aCall(t, api, key, ada)
	hook := func(ready string) string {
		at := hookPath(createWebhook(t, api, key, "job.expired").ID, "")
		if ready != "" {
			post(200, at+ready, nil)
		}
		return at
	}
	endpoint := func() string {
		made := post(201, endpoints, map[string]any{"url": hookURL, "events": []string{"job.expired"}})
		return strings.TrimPrefix(made.Header.Get("Location"), servertest.PublicURL)
	}
	post(202, "/api/v1/events/replay", map[string]any{"fromSequence": 1, "toSequence": 1000})

	two := func(field string, a, b any) [2]any { return [2]any{map[string]any{field: a}, map[string]any{field: b}} }
	cities, moves, notes := two("city", "Leeds", "York"), two("status", "Screened", "Interviewed"), two("description", "One", "Two")
	return key, map[string]write{
		"PUT of a job":            {method: "PUT", object: job(), bodies: cities, status: 200},
		"PATCH of a job":          {method: "PATCH", object: job(), bodies: cities, status: 200},
		"DELETE of a job":         {method: "DELETE", object: job(), status: 200},
		"closing a job":           {method: "POST", object: job(), action: "/close", status: 200},
		"publishing a job":        {method: "POST", object: complete("P-1"), action: "/publish", status: 200},
		"PUT by reference":        {method: "PUT", object: complete("P-2"), path: jobs + "/by-reference/P-2", bodies: cities, status: 200},
		"DELETE by reference":     {method: "DELETE", object: complete("P-3"), path: jobs + "/by-reference/P-3", status: 200},
		"regions":                 {method: "PUT", object: job() + "/applicant-regions", bodies: two("countries", []string{"GB"}, []string{"IE"}), status: 200},
		"moving an application":   {method: "POST", object: applications + "/1", action: "/status", bodies: moves, status: 200},
		"moving a candidate":      {method: "POST", object: candidate("grace.hopper@example.com"), action: "/status", bodies: moves, status: 200},
		"erasing a candidate":     {method: "DELETE", object: candidate("joan.clarke@example.com"), status: 200, gone: true},
		"PATCH of an interview":   {method: "PATCH", object: fmt.Sprintf("%s/%d", interviews, interview), bodies: two("notes", "One", "Two"), status: 200},
		"PATCH of a call":         {method: "PATCH", object: fmt.Sprintf("%s/%d", calls, call), bodies: two("outcome", "One", "Two"), status: 200},
		"PUT of a webhook":        {method: "PUT", object: hook(""), bodies: notes, status: 200},
		"PATCH of a webhook":      {method: "PATCH", object: hook(""), bodies: notes, status: 200},
		"DELETE of a webhook":     {method: "DELETE", object: hook(""), status: 204, gone: true},
		"disabling a webhook":     {method: "POST", object: hook(""), action: "/disable", status: 200},
		"enabling a webhook":      {method: "POST", object: hook("/disable"), action: "/enable", status: 200},
		"a webhook's next secret": {method: "POST", object: hook(""), action: "/secret/next", status: 200},
		"activating a secret":     {method: "POST", object: hook("/secret/next"), action: "/secret/activate", status: 200},
		"PUT of an endpoint":      {method: "PUT", object: endpoint(), bodies: notes, status: 200},
		"PATCH of an endpoint":    {method: "PATCH", object: endpoint(), bodies: notes, status: 200},
		"DELETE of an endpoint":   {method: "DELETE", object: endpoint(), status: 204, gone: true},
		"resending a delivery":    {method: "POST", object: "/api/v1/deliveries/1", action: "/resend", status: 202},
		"cancelling a replay":     {method: "POST", object: "/api/v1/events/replays/1", action: "/cancel", status: 200},
	}
}

// version is the part of an entity tag that If-Match compares.
func version(etag string) string {
	v, _, _ := strings.Cut(strings.Trim(etag, `"`), "-")
	return v
}

// Of two writers who have read one version of an object, one changes it, and the other is told. Every operation that changes an
// object with an entity tag keeps to that, and TestContractsKeepTheHouseRules says which they are.
func TestOfTwoWritersOneIsTold(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	key, writes := everyWrite(t, api)
	for name, w := range writes {
		path := w.object + w.action
		if w.path != "" {
			path = w.path
		}
		tag := api.Want(t, 200, get(w.object, key)).Header.Get("ETag")
		send := func(ifMatch string, body any) servertest.Response {
			return api.Do(t, servertest.Request{Method: w.method, Path: path, Key: key, Header: map[string]string{"If-Match": ifMatch}, Body: body})
		}
		if stale := send(`"999999", "of-somebody-else"`, w.bodies[0]); stale.Status != http.StatusPreconditionFailed || !strings.Contains(string(stale.Body), "precondition_failed") {
			t.Errorf("%s of another version: %d %s", name, stale.Status, stale.Body)
			continue
		}
		// The one has the tag as it was sent, the other as a proxy has weakened it, in a list.
		tags := []string{tag, `"999999", W/` + tag}
		answers := inParallel(2, func(i int) servertest.Response { return send(tags[i], w.bodies[i]) })
		slices.SortFunc(answers, func(a, b servertest.Response) int { return a.Status - b.Status })
		refused := http.StatusPreconditionFailed
		if w.gone {
			refused = http.StatusNotFound
		}
		if diff := cmp.Diff([]int{w.status, refused}, []int{answers[0].Status, answers[1].Status}); diff != "" {
			t.Errorf("%s by two (-want +got):\n%s\n%s\n%s", name, diff, answers[0].Body, answers[1].Body)
			continue
		}
		if w.gone {
			continue
		}
		now, answered := api.Want(t, 200, get(w.object, key)).Header.Get("ETag"), answers[0].Header.Get("ETag")
		if version(now) != version(answered) || version(now) == version(tag) {
			t.Errorf("%s: read %s, answered %s, read again %s", name, tag, answered, now)
		}
	}
}

// A star matches every object that is there.
func TestAStarMatchesAnyVersion(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	key, writes := everyWrite(t, api)
	for name, w := range writes {
		path := w.object + w.action
		if w.path != "" {
			path = w.path
		}
		q := servertest.Request{Method: w.method, Path: path, Key: key, Header: map[string]string{"If-Match": "*"}, Body: w.bodies[0]}
		if res := api.Do(t, q); res.Status != w.status {
			t.Errorf("%s: %d %s", name, res.Status, res.Body)
		}
		q.Header = map[string]string{"If-Match": "1"}
		if res := api.Do(t, q); res.Status != http.StatusBadRequest || !strings.Contains(string(res.Body), "If-Match") {
			t.Errorf("%s with what is no tag: %d %s", name, res.Status, res.Body)
		}
	}
}

// A list of tags may come in several lines, which is one list (RFC 9110 section 5.3).
func TestIfMatchInSeveralLines(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	_, key := api.Employer(t, "Northwind", 0, apikey.ScopeJobPosting)
	job := createJob(t, api, key, example())
	patch := func(city string, lines ...string) int {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPatch, path(job.ID, ""), strings.NewReader(`{"city":"`+city+`"}`))
		r.Header = http.Header{"Authorization": {"Bearer " + key}, "Content-Type": {"application/json"}, "If-Match": lines}
		w := httptest.NewRecorder()
		api.Handler.ServeHTTP(w, r)
		return w.Code
	}
	for _, tt := range []struct {
		city  string
		lines []string
		want  int
	}{
		{"Leeds", []string{`"999999"`, `"1"`}, http.StatusOK},
		{"York", []string{`"1"`, `"999999"`}, http.StatusPreconditionFailed},
		{"York", []string{`"1"`, `2`}, http.StatusBadRequest},
		{"York", []string{`"1", "999999"`, `W/"2"`}, http.StatusOK},
		{"Bath", []string{`W/"3;gzip"`}, http.StatusOK}, // of a proxy that has compressed the answer
		{"Hull", []string{`"4--gzip"`}, http.StatusOK},
		{"York", []string{`"4-br"`}, http.StatusPreconditionFailed},
	} {
		if got := patch(tt.city, tt.lines...); got != tt.want {
			t.Errorf("If-Match %q: %d, want %d", tt.lines, got, tt.want)
		}
	}
}
