package server_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/server/servertest"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
)

const jobs = "/api/v1/jobs"

func TestAKeyIsAcceptedInEitherHeader(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	tenant, key := api.Employer(t, "Northwind", 1, apikey.ScopeJobPosting)
	other := api.Key(t, account.NewKey{Tenant: tenant, Name: "second", Scopes: []apikey.Scope{apikey.ScopeJobPosting}, Approve: true})
	for name, tt := range map[string]struct {
		header map[string]string
		want   int
	}{
		"bearer":          {map[string]string{"Authorization": "Bearer " + key}, 200},
		"lower case":      {map[string]string{"Authorization": "bearer " + key}, 200},
		"x-api-key":       {map[string]string{"X-Api-Key": key}, 200},
		"the same twice":  {map[string]string{"Authorization": "Bearer " + key, "X-Api-Key": key}, 200},
		"two different":   {map[string]string{"Authorization": "Bearer " + key, "X-Api-Key": other}, 400},
		"none":            {nil, 401},
		"basic":           {map[string]string{"Authorization": "Basic " + key}, 401},
		"no token":        {map[string]string{"Authorization": "Bearer"}, 401},
		"unknown":         {map[string]string{"Authorization": "Bearer pk_live_" + key[8:20]}, 401},
		"trailing spaces": {map[string]string{"X-Api-Key": " " + key + " "}, 200},
	} {
		res := api.Do(t, servertest.Request{Method: http.MethodGet, Path: jobs, Header: tt.header})
		if res.Status != tt.want {
			t.Errorf("%s: status %d, want %d\n%s", name, res.Status, tt.want, res.Body)
		}
		if res.Status == http.StatusUnauthorized && (len(res.Body) != 0 || res.Header.Get("WWW-Authenticate") != "Bearer") {
			t.Errorf("%s: a 401 with body %q and WWW-Authenticate %q", name, res.Body, res.Header.Get("WWW-Authenticate"))
		}
		if res.Header.Get("X-Request-ID") == "" {
			t.Errorf("%s: no X-Request-Id", name)
		}
	}
}

func TestAnswersHaveTheRateLimit(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	tenant, key := api.Employer(t, "Northwind", 1, apikey.ScopeJobPosting)
	if err := api.Store.Accounts.SetLimit(t.Context(), tenant.EmployerID, board.FamilyJobs, 2); err != nil {
		t.Fatal(err)
	}
	q := servertest.Request{Method: http.MethodGet, Path: jobs, Key: key}
	first := api.Want(t, 200, q)
	if diff := cmp.Diff([]string{`"jobs";r=1;t=60`, `"jobs";q=2;w=60`}, []string{first.Header.Get("Ratelimit"), first.Header.Get("Ratelimit-Policy")}); diff != "" {
		t.Errorf("limit headers (-want +got):\n%s", diff)
	}
	api.Clock.Advance(15 * time.Second)
	api.Want(t, 200, q)
	refused := api.Want(t, 429, q)
	if after, _ := strconv.Atoi(refused.Header.Get("Retry-After")); after != 45 {
		t.Errorf("Retry-After %q, want 45", refused.Header.Get("Retry-After"))
	}
	api.Clock.Advance(45 * time.Second)
	api.Want(t, 200, q)
}

func TestARequestCostsTwoRoundTripsAtMost(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	_, key := api.Employer(t, "Northwind", 1, apikey.ScopeJobPosting)
	created := api.Want(t, 201, servertest.Request{Method: http.MethodPost, Path: jobs, Key: key, Body: map[string]any{"title": "CIO"}})
	var job struct{ ID int64 }
	created.JSON(t, &job)
	for path, want := range map[string]int64{
		jobs: 2, jobs + "?status=Draft&q=cio&sort=-updatedAt": 2, "/api/v1/me": 2,
		jobs + "/" + strconv.FormatInt(job.ID, 10): 1, // it has not changed since it was read
	} {
		q := servertest.Request{Method: http.MethodGet, Path: path, Key: key}
		api.Want(t, 200, q)
		before := api.Store.RoundTrips()
		api.Want(t, 200, q)
		if n := api.Store.RoundTrips() - before; n != want {
			t.Errorf("GET %s took %d round trips to the database, want %d", path, n, want)
		}
	}
}

func TestUnknownPathsAndMethodsAnswerInTheEnvelope(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	_, key := api.Employer(t, "Northwind", 1, apikey.ScopeJobPosting)
	for _, tt := range []struct {
		method, path string
		status       int
		code         string
	}{
		{http.MethodGet, "/api/v1/nothing", 404, "not_found"},
		{http.MethodGet, "/api/v2/jobs", 404, "not_found"},
		{http.MethodGet, "/api/", 404, "not_found"},
		{http.MethodPost, "/api/v1/me", 405, "method_not_allowed"},
		{http.MethodDelete, "/api/v1/jobs", 405, "method_not_allowed"},
		{http.MethodGet, "/api/v1/jobs/abc", 404, "not_found"},
		{http.MethodGet, "/api/v1/jobs/batch", 405, "method_not_allowed"},
		{http.MethodPost, "/api/v1/candidates/search", 405, "method_not_allowed"},
		{http.MethodPut, "/api/v1/candidates/search", 405, "method_not_allowed"},
		{http.MethodPatch, "/api/v1/candidates/search", 405, "method_not_allowed"},
		{http.MethodDelete, "/api/v1/candidates/search", 405, "method_not_allowed"},
		{http.MethodGet, "/api/v1/jobs/99999999999999999999", 404, "not_found"},
		{http.MethodGet, "/api/v1/jobs/-1", 404, "not_found"},
	} {
		res := api.Want(t, tt.status, servertest.Request{Method: tt.method, Path: tt.path, Key: key})
		var envelope struct{ Code, Message, RequestID string }
		res.JSON(t, &envelope)
		if envelope.Code != tt.code || envelope.Message == "" || envelope.RequestID != res.Header.Get("X-Request-ID") {
			t.Errorf("%s %s: %s, want code %s", tt.method, tt.path, res.Body, tt.code)
		}
		if allow := res.Header.Get("Allow"); tt.status == 405 && (allow == "" || strings.Contains(allow, tt.method)) {
			t.Errorf("%s %s: Allow %q", tt.method, tt.path, allow)
		} else if strings.Contains(allow, "GET") != strings.Contains(allow, "HEAD") {
			t.Errorf("%s %s: Allow %q, though HEAD is answered as GET is", tt.method, tt.path, allow)
		}
	}
}

// Allow names what an address takes and nothing else, whatever method it was asked with.
func TestAllowNamesTheMethodsThatAreTaken(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	for path, want := range map[string]string{
		"/api/v1/candidates/search": "OPTIONS, GET, HEAD",
		"/api/v1/jobs/batch":        "OPTIONS, POST",
		"/api/v1/jobs":              "OPTIONS, GET, HEAD, POST",
		"/api/v1/me":                "OPTIONS, GET, HEAD",
	} {
		for _, method := range []string{http.MethodDelete, http.MethodTrace, "BREW"} {
			req := httptest.NewRequestWithContext(t.Context(), method, path, nil)
			rec := httptest.NewRecorder()
			api.Handler.ServeHTTP(rec, req)
			if got := rec.Header().Get("Allow"); rec.Code != http.StatusMethodNotAllowed || got != want {
				t.Errorf("%s %s: %d, Allow %q, want 405 and %q", method, path, rec.Code, got, want)
			}
		}
	}
}

func TestAForeignJobIsAnsweredLikeAnAbsentOne(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	_, mine := api.Employer(t, "Mine", 1, apikey.ScopeJobPosting)
	_, other := api.Employer(t, "Other", 1, apikey.ScopeJobPosting)
	var job struct{ ID int64 }
	api.Want(t, 201, servertest.Request{Method: http.MethodPost, Path: jobs, Key: mine, Body: map[string]any{"title": "CIO"}}).JSON(t, &job)
	for _, call := range []struct{ method, suffix string }{
		{http.MethodGet, ""}, {http.MethodPatch, ""}, {http.MethodPut, ""}, {http.MethodDelete, ""}, {http.MethodPost, "/publish"}, {http.MethodPost, "/preview"},
	} {
		ask := func(id int64) string {
			q := servertest.Request{Method: call.method, Path: jobs + "/" + strconv.FormatInt(id, 10) + call.suffix, Key: other, Header: map[string]string{"X-Request-Id": "same"}}
			if call.method == http.MethodPatch || call.method == http.MethodPut {
				q.Body = map[string]any{"title": "Mine now"}
			}
			res := api.Want(t, 404, q)
			res.Header.Del("Date")
			// The remaining number of requests differs.
			res.Header.Del("Ratelimit")
			return fmt.Sprint(res.Header) + string(res.Body)
		}
		if diff := cmp.Diff(ask(job.ID+1000), ask(job.ID)); diff != "" {
			t.Errorf("%s %s: absent and another's differ (-absent +another's):\n%s", call.method, call.suffix, diff)
		}
	}
}

func TestAKeyIsBoundToNetworks(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	tenant, _ := api.Employer(t, "Northwind", 1, apikey.ScopeJobPosting)
	key := func(name string, networks ...string) string {
		return api.Key(t, account.NewKey{Tenant: tenant, Name: name, Scopes: []apikey.Scope{apikey.ScopeJobPosting}, Allowed: networks, Approve: true})
	}
	here, elsewhere := key("here", "192.0.2.0/24", "127.0.0.0/8"), key("elsewhere", "192.0.2.0/24", "2001:db8::/32")
	for _, path := range []string{jobs, "/api/v1/me"} {
		if res := api.Do(t, servertest.Request{Method: http.MethodGet, Path: path, Key: here}); res.Status != http.StatusOK {
			t.Errorf("%s from an allowed network: %d\n%s", path, res.Status, res.Body)
		}
		res := api.Do(t, servertest.Request{Method: http.MethodGet, Path: path, Key: elsewhere, Header: map[string]string{"X-Forwarded-For": "192.0.2.7"}})
		if res.Status != http.StatusForbidden || !strings.Contains(string(res.Body), `"address_not_allowed"`) {
			t.Errorf("%s from elsewhere: %d\n%s", path, res.Status, res.Body)
		}
	}
}
