package server_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/server"
	"itmanagerjobs/server/contract"
	"itmanagerjobs/server/servertest"
	"itmanagerjobs/store/board"
)

type loggedRequest struct {
	Operation, Method, Path, Code string
	Status                        int
	RequestID                     string
}

func TestAKeySeesWhatItHasAsked(t *testing.T) {
	t.Parallel()
	api, log := servertest.NewWithRequestLog(t)
	tenant, key := api.Employer(t, "Northwind", 5, allScopes...)
	other := modeKey(t, api, tenant, board.ModeLive, false)
	job := createJob(t, api, key, example())
	api.Want(t, 200, get(path(job.ID, ""), key))
	api.Want(t, 404, get(path(999, ""), key))
	api.Want(t, 200, get(jobs, other))
	api.Want(t, 404, get("/api/v1/offices", key))
	log.Stop()

	read := func(query string) []loggedRequest {
		t.Helper()
		var all []loggedRequest
		for next := "?pageSize=2" + query; ; {
			var page struct {
				Items      []loggedRequest
				NextCursor string
			}
			api.Want(t, 200, get("/api/v1/me/requests"+next, key)).JSON(t, &page)
			all = append(all, page.Items...)
			if page.NextCursor == "" {
				return all
			}
			next = "?pageSize=2" + query + "&cursor=" + page.NextCursor
		}
	}
	operations := func(of []loggedRequest) (names []string) {
		for _, r := range of {
			names = append(names, r.Operation)
		}
		return names
	}
	all := read("")
	if diff := cmp.Diff([]string{"getJob", "getJob", "createJob"}, operations(all)); diff != "" {
		t.Fatalf("requests (-want +got):\n%s", diff)
	}
	if first := all[0]; first.Path != "/api/v1/jobs/{id}" || first.Status != 404 || first.Code != "not_found" || first.Method != http.MethodGet || first.RequestID == "" {
		t.Errorf("the last is %+v", first)
	}
	for query, want := range map[string][]string{
		"&status=4xx": {"getJob"}, "&operation=createJob": {"createJob"}, "&method=POST": {"createJob"}, "&operation=getJob&status=2xx": {"getJob"},
		"&since=" + api.Clock.Now().Add(time.Hour).Format("2006-01-02T15:04:05Z"): nil,
	} {
		if diff := cmp.Diff(want, operations(read(query))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", query, diff)
		}
	}
	api.Want(t, 400, get("/api/v1/me/requests?operation=getJob&method=POST", key))
	api.Want(t, 400, get("/api/v1/me/requests?operation=getOffice", key))
}

// TestAKeySeesWhatItUsesThatWillGo: version 1 has nothing that is deprecated, so the contract is one that has.
func TestAKeySeesWhatItUsesThatWillGo(t *testing.T) {
	t.Parallel()
	published, err := contract.Published()
	if err != nil {
		t.Fatal(err)
	}
	published.Operations = slices.Clone(published.Operations)
	for i, op := range published.Operations {
		published.Operations[i].Deprecated = op.ID == "listJobs" || op.ID == "closeJob"
	}
	api, log := servertest.NewWithRequestLog(t, func(c *server.Config) { c.Contract = &published })
	tenant, key := api.Employer(t, "Northwind", 5, allScopes...)
	other := modeKey(t, api, tenant, board.ModeLive, false)
	for range 3 {
		api.Want(t, 200, get(jobs, key))
	}
	api.Clock.Advance(26 * time.Hour)
	api.Want(t, 200, get(jobs, key))
	api.Want(t, 200, get("/api/v1/applications", key))
	api.Want(t, 200, get(jobs, other))
	log.Stop()

	type use struct {
		Operation, Method, Path string
		Calls                   int
		LastUsedAt              time.Time
	}
	read := func(key string) []use {
		t.Helper()
		var body struct{ Items []use }
		api.Want(t, 200, get("/api/v1/me/deprecations", key)).JSON(t, &body)
		return body.Items
	}
	if diff := cmp.Diff([]use{{"listJobs", "GET", "/api/v1/jobs", 4, api.Clock.Now()}}, read(key)); diff != "" {
		t.Errorf("what the key uses (-want +got):\n%s", diff)
	}
	if mine := read(other); len(mine) != 1 || mine[0].Calls != 1 {
		t.Errorf("another key uses %+v", mine)
	}
	api.Clock.Advance(30 * 24 * time.Hour)
	if left := read(key); len(left) != 1 || left[0].Calls != 1 {
		t.Errorf("after 30 days %+v", left)
	}
	api.Clock.Advance(2 * 24 * time.Hour)
	if left := read(key); len(left) != 0 {
		t.Errorf("after 32 days %+v", left)
	}
	if n, err := api.Store.Accounts.PurgeDeprecatedCalls(t.Context(), 100); err != nil || n != 3 {
		t.Errorf("%d counts are purged, %v", n, err)
	}
}
