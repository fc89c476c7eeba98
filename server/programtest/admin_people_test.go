package programtest

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store/storetest"
)

// fetch reads an address with a key.
func fetch(t *testing.T, url, key string, into any) (status int) {
	t.Helper()
	return request(t, http.MethodGet, url, key, into)
}

// request sends a request without a body, and decodes its answer when that is 200.
func request(t *testing.T, method, url, key string, into any) (status int) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+key)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if into != nil && res.StatusCode == http.StatusOK {
		if err := json.NewDecoder(res.Body).Decode(into); err != nil {
			t.Fatal(err)
		}
	}
	return res.StatusCode
}

type searchAnswer struct {
	Total int                  `json:"total"`
	Items []struct{ ID int64 } `json:"items"`
}

func TestAdminOfTheCVDatabase(t *testing.T) {
	t.Parallel()
	env := []string{"DATABASE_URL=" + storetest.URL(t), "SECRET_KEY=" + testSecretKey()}
	s := startServing(t, env, "serve")
	employer := strconv.FormatInt(admin[employerAnswer](t, env, "create-employer", "--name", "Acme", "--email", "it@acme.example").ID, 10)
	admin[map[string]int64](t, env, "grant-credits", "--employer", employer, "--cv-search", "5")
	key := admin[keyAnswer](t, env, "mint-key", "--employer", employer, "--name", "CV", "--scopes", "CvSearch", "--approve").Key
	test := admin[keyAnswer](t, env, "mint-key", "--employer", employer, "--name", "Test", "--scopes", "CvSearch", "--approve", "--mode", "test").Key

	importing(t, env, person("ada@example.org", `,"skills":["Kubernetes"]`), false)
	var found searchAnswer
	if status := fetch(t, s.url+"/api/v1/candidates/search?q=k8s", key, &found); status != http.StatusOK || found.Total != 1 {
		t.Fatalf("the search answers %d with %+v", status, found)
	}
	if status := fetch(t, s.url+"/api/v1/candidates/search", test, &found); status != http.StatusOK || found.Total != testPeople {
		t.Errorf("a test key gets %d with %d people, not %d", status, found.Total, testPeople)
	}
	fetch(t, s.url+"/api/v1/candidates/search?q=k8s", key, &found)
	id := strconv.FormatInt(found.Items[0].ID, 10)
	profile := s.url + "/api/v1/candidates/" + id

	refund := func() outcome {
		return runProgram(t, env, "admin", "refund-unlock", "--employer", employer, "--candidate", id)
	}
	if o := refund(); o.code != 1 || !strings.Contains(o.stderr, "not unlocked") {
		t.Errorf("a refund of nothing: %+v", o)
	}
	if status := request(t, http.MethodPost, profile+"/unlock", key, nil); status != http.StatusOK {
		t.Fatalf("the unlock answers %d", status)
	}
	if o := refund(); o.code != 0 || !strings.Contains(o.stdout, `"cvSearch":5`) {
		t.Errorf("a refund: %+v", o)
	}
	if o := refund(); o.code != 1 || !strings.Contains(o.stderr, "refunded already") {
		t.Errorf("a second refund: %+v", o)
	}

	export := admin[map[string]any](t, env, "export-candidate", "--id", id)
	if export["email"] != "ada@example.org" || export["openedBy"] == nil {
		t.Errorf("export-candidate printed %v", export)
	}
	for _, step := range []struct {
		visibility string
		status     int
	}{{"Hidden", http.StatusNotFound}, {"Visible", http.StatusOK}} {
		if got := admin[map[string]any](t, env, "set-visibility", "--id", id, "--visibility", step.visibility); got["visibility"] != step.visibility {
			t.Errorf("set-visibility printed %v", got)
		}
		if status := fetch(t, profile, key, nil); status != step.status {
			t.Errorf("somebody %s answers %d, want %d", step.visibility, status, step.status)
		}
	}
	if receipt := admin[map[string]any](t, env, "erase-candidate", "--id", id); receipt["candidateId"] != float64(found.Items[0].ID) {
		t.Errorf("erase-candidate printed %v", receipt)
	}
	if status := fetch(t, profile, key, nil); status != http.StatusNotFound {
		t.Errorf("somebody erased answers %d", status)
	}
	if got, said := importing(t, env, person("ada@example.org", ""), false); got != (importAnswer{Skipped: 1}) || !strings.HasPrefix(said, "line 1: this person was erased") {
		t.Errorf("the import of somebody erased: %+v, %q", got, said)
	}
	for _, args := range [][]string{
		{"export-candidate", "--id", id},
		{"erase-candidate", "--id", id},
		{"set-visibility", "--id", id, "--visibility", "Hidden"},
		{"set-visibility", "--id", id, "--visibility", "hidden"},
		{"import-candidates"},
	} {
		if o := runProgram(t, env, append([]string{"admin"}, args...)...); o.code != 1 || o.stdout != "" || o.stderr == "" {
			t.Errorf("admin %v: %+v", args, o)
		}
	}
	terminate(s)
}

// TestAnAccountIsClosedBesideARunningServer closes the account of an employer whose key is in use.
func TestAnAccountIsClosedBesideARunningServer(t *testing.T) {
	t.Parallel()
	env := []string{"DATABASE_URL=" + storetest.URL(t), "SECRET_KEY=" + testSecretKey()}
	s := startServing(t, env, "serve")
	admin[employerAnswer](t, env, "create-employer", "--name", "Acme", "--email", "it@acme.example")
	key := admin[keyAnswer](t, env, "mint-key", "--employer", "1", "--name", "Jobs", "--scopes", "JobPosting", "--approve").Key
	jobs := func() int { return fetch(t, s.url+"/api/v1/jobs", key, nil) }
	if status := jobs(); status != http.StatusOK {
		t.Fatalf("the key gets %d", status)
	}
	if o := runProgram(t, env, "admin", "close-employer", "--employer", "1", "--name", "acme"); o.code != 1 || !strings.Contains(o.stderr, `is called "Acme"`) {
		t.Errorf("with another name: %+v", o)
	}
	if status := jobs(); status != http.StatusOK {
		t.Errorf("an account that was not closed: %d", status)
	}
	for range 2 { // the same command finishes a run that was interrupted
		if got := admin[map[string]any](t, env, "close-employer", "--employer", "1", "--name", "Acme"); got["employerId"] != float64(1) || got["closedAt"] == "" {
			t.Errorf("close-employer printed %v", got)
		}
	}
	if status := jobs(); status != http.StatusUnauthorized {
		t.Errorf("the key of a closed account gets %d", status)
	}
	for _, args := range [][]string{
		{"mint-key", "--employer", "1", "--name", "Jobs", "--scopes", "JobPosting"},
		{"set-password", "--email", "it@acme.example"},
	} {
		if o := runProgram(t, env, append([]string{"admin"}, args...)...); o.code != 1 || o.stdout != "" {
			t.Errorf("admin %v of a closed account: %+v", args, o)
		}
	}
	want := map[string]any{"entries": float64(3), "faults": []any{}}
	if diff := cmp.Diff(want, admin[map[string]any](t, env, "audit", "--verify")); diff != "" {
		t.Errorf("the audit log (-want +got):\n%s", diff)
	}
	terminate(s)
}
