package server_test

import (
	"net/http"
	"strings"
	"testing"

	"itmanagerjobs/server/servertest"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board/apikey"
)

func TestRequestsAreLoggedForTheirOwners(t *testing.T) {
	t.Parallel()
	api, requests := servertest.NewWithRequestLog(t)
	tenant, key := api.Employer(t, "Northwind", 1, apikey.ScopeJobPosting)
	api.Do(t, servertest.Request{Method: http.MethodGet, Path: jobs + "?reference=SECRET-REFERENCE", Key: key, Header: map[string]string{"X-Request-Id": "mine-1"}})
	api.Do(t, servertest.Request{Method: http.MethodGet, Path: jobs + "/987654", Key: key})
	api.Do(t, servertest.Request{Method: http.MethodGet, Path: "/api/v1/webhooks", Key: key})
	api.Do(t, servertest.Request{Method: http.MethodPost, Path: jobs, Key: key, Body: `{"title":"SECRET TITLE"}`})
	api.Do(t, servertest.Request{Method: http.MethodGet, Path: jobs})
	requests.Stop()
	found, more, err := api.Store.Accounts.Requests(t.Context(), tenant, account.RequestFilter{Limit: 10})
	if err != nil || more || len(found) != 4 {
		t.Fatalf("%d requests, more %v, %v; want the 4 with a key", len(found), more, err)
	}
	for i, want := range []struct {
		method, route, code string
		status              int
	}{
		{"POST", jobs, "", 201}, {"GET", "/api/v1/webhooks", "insufficient_scope", 403}, {"GET", jobs + "/:id", "not_found", 404}, {"GET", jobs, "", 200},
	} {
		got := found[i]
		if got.Method != want.method || got.Route != want.route || got.Code != want.code || got.Status != want.status || got.KeyName != "Northwind key" {
			t.Errorf("request %d is %+v, want %+v", i, got, want)
		}
		if strings.Contains(got.Route+got.RequestID, "SECRET") {
			t.Errorf("the log has what the request said: %+v", got)
		}
	}
	if found[3].RequestID != "mine-1" {
		t.Errorf("the request id is %q", found[3].RequestID)
	}
}
