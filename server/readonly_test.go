package server_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"itmanagerjobs/server/servertest"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
)

// TestAReadOnlyKeyReadsEverythingAndWritesNothing calls every operation of the contract, so that it covers new ones as
// well.
func TestAReadOnlyKeyReadsEverythingAndWritesNothing(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	tenant, _ := api.Employer(t, "Northwind", 5, apikey.ScopeJobPosting)
	reads, writes := 0, 0
	for path, item := range servertest.Document().Paths.Map() {
		for method, op := range item.Operations() {
			if len(*op.Security) == 0 {
				continue
			}
			mode := board.ModeLive
			if op.Extensions["x-test-mode-only"] == true {
				mode = board.ModeTest
			}
			q := servertest.Request{Method: method, Path: strings.NewReplacer("{id}", "999999", "{reference}", "X").Replace(path), Key: modeKey(t, api, tenant, mode, true)}
			if method == http.MethodGet {
				reads++
				if res := api.Do(t, q); res.Status != 200 && res.Status != 404 {
					t.Errorf("%s %s: %d", method, path, res.Status)
				}
				continue
			}
			writes++
			res := api.Want(t, 403, q)
			if !strings.Contains(string(res.Body), `"code":"insufficient_scope"`) || !strings.Contains(string(res.Body), "read-only") {
				t.Errorf("%s %s: %s", method, path, res.Body)
			}
		}
	}
	if reads < 20 || writes < 20 {
		t.Errorf("%d reads and %d writes: the contract was not gone through", reads, writes)
	}
}

// TestLimitsOfTheFamilies checks that each family has a limit of its own, and that a read-only key has one for all.
func TestLimitsOfTheFamilies(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	tenant, _ := api.Employer(t, "Northwind", 5, apikey.ScopeJobPosting)
	id := applied(t, api, api.OpenJob(t, tenant), "ada.lovelace@example.com", "Kubernetes")
	key, reader := modeKey(t, api, tenant, board.ModeLive, false), modeKey(t, api, tenant, board.ModeLive, true)
	exhaust := func(key string, limit int, family string, paths ...string) {
		t.Helper()
		for i := range limit {
			api.Want(t, 200, get(paths[i%len(paths)], key))
		}
		for _, path := range paths {
			res := api.Want(t, 429, get(path, key))
			if res.Header.Get("Retry-After") == "" || !strings.HasPrefix(res.Header.Get("Ratelimit"), `"`+family+`";r=0`) {
				t.Errorf("%s: %v", path, res.Header)
			}
		}
	}
	exhaust(key, 30, "search", search)
	exhaust(key, 60, "candidate", candidatePath(id), candidatePath(id)+"/cv")
	exhaust(key, 100, "jobs", candidates, "/api/v1/matches", interviews, calls, candidatePath(id)+"/export", "/api/v1/jobs", "/api/v1/me")
	exhaust(reader, 100, "readonly", search, candidatePath(id), "/api/v1/jobs", "/api/v1/matches", "/api/v1/events")

	var me struct {
		Key struct {
			KeyID    string
			ReadOnly bool
		}
		Limits map[string]int
	}
	res := api.Want(t, 200, get("/api/v1/me", modeKey(t, api, tenant, board.ModeLive, true)))
	if err := json.Unmarshal(res.Body, &me); err != nil || me.Key.KeyID == "" || !me.Key.ReadOnly || me.Limits["search"] != 100 {
		t.Errorf("%v, %s", err, res.Body)
	}
}
