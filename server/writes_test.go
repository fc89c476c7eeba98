package server_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/server/servertest"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
	"itmanagerjobs/store/storetest/fixture"
)

// allScopes are those that a key needs for every write.
var allScopes = []apikey.Scope{apikey.ScopeJobPosting, apikey.ScopeCVSearch, apikey.ScopeWebhooks}

const endpoints = "/v1/webhooks"

// PUT, PATCH and DELETE are done once under an Idempotency-Key, however many copies of the program are asked.
func TestOneIdempotencyKeyOneWrite(t *testing.T) {
	t.Parallel()
	hook := map[string]any{"url": hookURL, "events": []string{"job.expired"}}
	for name, tt := range map[string]struct {
		status int
		// prepare makes an object and returns the request that changes it.
		prepare func(t *testing.T, api *servertest.API, key string) servertest.Request
		etag    string
		events  []string
	}{
		"PUT": {200, func(t *testing.T, api *servertest.API, key string) servertest.Request {
			t.Helper()
			return servertest.Request{Method: http.MethodPut, Path: path(createJob(t, api, key, example()).ID, ""), Body: map[string]any{"city": "Leeds"}}
		}, `"2"`, []string{"job.created", "job.updated"}},
		"PUT that creates": {201, func(*testing.T, *servertest.API, string) servertest.Request {
			return servertest.Request{Method: http.MethodPut, Path: jobs + "/by-reference/NEW", Body: map[string]any{"title": "CTO"}}
		}, `"1"`, []string{"job.created"}},
		"PATCH with If-Match": {200, func(t *testing.T, api *servertest.API, key string) servertest.Request {
			t.Helper()
			return servertest.Request{
				Method: http.MethodPatch, Path: path(createJob(t, api, key, example()).ID, ""), Body: map[string]any{"city": "Leeds"}, Header: map[string]string{"If-Match": `"1"`},
			}
		}, `"2"`, []string{"job.created", "job.updated"}},
		"DELETE of a job": {200, func(t *testing.T, api *servertest.API, key string) servertest.Request {
			t.Helper()
			return servertest.Request{Method: http.MethodDelete, Path: path(createJob(t, api, key, example()).ID, "")}
		}, `"2"`, []string{"job.created", "job.deleted"}},
		"DELETE without an answer's body": {204, func(t *testing.T, api *servertest.API, key string) servertest.Request {
			t.Helper()
			return servertest.Request{Method: http.MethodDelete, Path: hookPath(createWebhook(t, api, key, "job.expired").ID, "")}
		}, "", nil},
		"PATCH of an endpoint": {200, func(t *testing.T, api *servertest.API, key string) servertest.Request {
			t.Helper()
			api.Want(t, 201, servertest.Request{Method: http.MethodPost, Path: endpoints, Key: key, Body: hook})
			return servertest.Request{Method: http.MethodPatch, Path: endpoints + "/wh_1", Body: map[string]any{"description": "Staging"}}
		}, `"2"`, nil},
		"DELETE of an endpoint": {204, func(t *testing.T, api *servertest.API, key string) servertest.Request {
			t.Helper()
			api.Want(t, 201, servertest.Request{Method: http.MethodPost, Path: endpoints, Key: key, Body: hook})
			return servertest.Request{Method: http.MethodDelete, Path: endpoints + "/wh_1"}
		}, "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b, clock := fixture.AtOnce(t)
			copies := []*servertest.API{servertest.Over(t, a, clock.Now), servertest.Over(t, b, clock.Now)}
			tenant, key := copies[0].Employer(t, "Northwind", 5, allScopes...)
			if err := a.Accounts.SetLimit(t.Context(), tenant.EmployerID, board.FamilyJobs, 1000); err != nil {
				t.Fatal(err)
			}
			q := tt.prepare(t, copies[0], key)
			q.Key = key
			if q.Header == nil {
				q.Header = map[string]string{}
			}
			q.Header["Idempotency-Key"] = "write-1"

			answers := inParallel(100, func(i int) servertest.Response { return copies[i%2].Do(t, q) })
			replayed := 0
			for _, r := range answers {
				if r.Status != tt.status || string(r.Body) != string(answers[0].Body) || r.Header.Get("ETag") != tt.etag || r.Header.Get("Location") != answers[0].Header.Get("Location") {
					t.Errorf("status %d, ETag %s, body %s; want 100 equal answers", r.Status, r.Header.Get("ETag"), r.Body)
				}
				if r.Header.Get("Idempotency-Replayed") == "true" {
					replayed++
				}
			}
			if replayed != 99 {
				t.Errorf("%d replayed, want 99", replayed)
			}
			if diff := cmp.Diff(tt.events, eventTypes(t, copies[0], key, "")); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
		})
	}
}

// inParallel sends n requests at once.
func inParallel(n int, do func(i int) servertest.Response) []servertest.Response {
	var wg sync.WaitGroup
	answers := make([]servertest.Response, n)
	for i := range answers {
		wg.Go(func() { answers[i] = do(i) })
	}
	wg.Wait()
	return answers
}

func TestAnIdempotencyKeyIsOfOneRequest(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	tenant, key := api.Employer(t, "Northwind", 5, allScopes...)
	job := createJob(t, api, key, example())
	first := servertest.Request{
		Method: http.MethodPatch, Path: path(job.ID, ""), Key: key, Body: map[string]any{"city": "Leeds"},
		Header: map[string]string{"Idempotency-Key": "change-1", "If-Match": `"1"`},
	}
	api.Want(t, 200, first)
	for name, change := range map[string]func(*servertest.Request){
		"method":      func(q *servertest.Request) { q.Method = http.MethodPut },
		"path":        func(q *servertest.Request) { q.Path = path(job.ID+1, "") },
		"body":        func(q *servertest.Request) { q.Body = map[string]any{"city": "York"} },
		"If-Match":    func(q *servertest.Request) { q.Header["If-Match"] = `"2"` },
		"no If-Match": func(q *servertest.Request) { delete(q.Header, "If-Match") },
	} {
		q := first
		q.Header = map[string]string{"Idempotency-Key": "change-1", "If-Match": `"1"`}
		change(&q)
		if res := api.Do(t, q); res.Status != http.StatusUnprocessableEntity || !strings.Contains(string(res.Body), "idempotency_key_reused") {
			t.Errorf("another %s: %d %s", name, res.Status, res.Body)
		}
	}
	// A refusal is kept like any other answer: the precondition that failed once fails again.
	stale := first
	stale.Header = map[string]string{"Idempotency-Key": "change-2", "If-Match": `"1"`}
	api.Want(t, 412, stale)
	if again := api.Want(t, 412, stale); again.Header.Get("Idempotency-Replayed") != "true" {
		t.Error("a refused change was tried again")
	}

	// What an erasure answers tells of nobody, so that it is kept.
	id := applied(t, api, api.OpenJob(t, tenant), "ada.lovelace@example.com", "Kubernetes")
	erase := servertest.Request{Method: http.MethodDelete, Path: candidatePath(id), Key: key, Header: map[string]string{"Idempotency-Key": "erase-1"}}
	receipt := api.Want(t, 200, erase)
	if again := api.Want(t, 200, erase); string(again.Body) != string(receipt.Body) || again.Header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("erased again: %s, want %s", again.Body, receipt.Body)
	}
}
