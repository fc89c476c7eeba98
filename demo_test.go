package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/cvsample"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/taxonomy"
)

// greeted starts a demo and reads what it prints below its address, label by label.
func greeted(t *testing.T, env []string) (*serving, map[string]string) {
	t.Helper()
	s := startServing(t, env, "demo")
	said := map[string]string{}
	for said["curl"] == "" {
		line, err := s.out.ReadString('\n')
		if err != nil {
			t.Fatalf("the demo said no more than %v: %v", said, err)
		}
		label, value, ok := strings.Cut(strings.TrimSpace(line), "  ")
		if ok {
			said[label] = strings.TrimSpace(value)
		}
		if strings.HasPrefix(label, "curl ") {
			said["curl"] = label
		}
	}
	return s, said
}

func terminate(s *serving) {
	s.t.Helper()
	s.signal(syscall.SIGTERM)
	if code := s.wait(); code != 0 {
		s.t.Errorf("exit status %d", code)
	}
}

func countJobs(t *testing.T, url, key string) (status, total int, states map[string]int) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/api/v1/jobs", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+key)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return res.StatusCode, 0, nil
	}
	var page struct {
		Total int                       `json:"total"`
		Items []struct{ Status string } `json:"items"`
	}
	if err := json.NewDecoder(res.Body).Decode(&page); err != nil {
		t.Fatal(err)
	}
	states = map[string]int{}
	for _, item := range page.Items {
		states[item.Status]++
	}
	return res.StatusCode, page.Total, states
}

func TestDemo(t *testing.T) {
	t.Parallel()
	env := []string{"DATABASE_URL=" + storetest.URL(t), "SECRET_KEY=" + testSecretKey()}

	s, first := greeted(t, env)
	if first["Sign in"] != demoEmail || first["Password"] != demoPassword || first["Portal"] != s.url+"/employer/sign-in" {
		t.Errorf("the demo says %v", first)
	}
	live, test := first["Live key"], first["Test key"]
	if mode, _, ok := board.ParseKey(live); !ok || mode != board.ModeLive {
		t.Errorf("the live key is %q", live)
	}
	if mode, _, ok := board.ParseKey(test); !ok || mode != board.ModeTest {
		t.Errorf("the test key is %q", test)
	}
	if !strings.Contains(first["curl"], live) || !strings.HasSuffix(first["curl"], s.url+"/api/v1/jobs") {
		t.Errorf("the command is %q", first["curl"])
	}
	if status, total, states := countJobs(t, s.url, live); status != http.StatusOK || total != 12 || states["Draft"] == 0 || states["Active"] == 0 || states["Deactivated"] == 0 {
		t.Errorf("the live key gets %d with %d jobs: %v", status, total, states)
	}
	if status, total, _ := countJobs(t, s.url, test); status != http.StatusOK || total != 2 {
		t.Errorf("the test key gets %d with %d jobs", status, total)
	}
	for _, want := range []struct {
		path, key string
		least     int
	}{
		{"/api/v1/candidates/search?q=k8s", live, 20},
		{"/api/v1/candidates/search?pageSize=1", live, demoPeople},
		{"/api/v1/candidates/search?pageSize=1", test, testPeople},
		{"/api/v1/candidates", live, demoApplicants * len(demoApplied)},
		{"/api/v1/applications", live, demoApplicants * len(demoApplied)},
	} {
		var found searchAnswer
		if status := fetch(t, s.url+want.path, want.key, &found); status != http.StatusOK || found.Total < want.least {
			t.Errorf("%s answers %d with %d of %d", want.path, status, found.Total, want.least)
		}
	}
	if _, feed := get(t, s.url+"/feeds/jobs.xml"); strings.Count(feed, "<job>") < 200 {
		t.Errorf("the feed has %d jobs", strings.Count(feed, "<job>"))
	}
	terminate(s)

	s, second := greeted(t, env)
	if second["Live key"] != live || second["Test key"] != test {
		t.Errorf("the second start says %v, the first said %v", second, first)
	}
	if _, total, _ := countJobs(t, s.url, live); total != 12 {
		t.Errorf("after the second start there are %d jobs", total)
	}
	admin[keyAnswer](t, env, "revoke-key", "--id", "1")
	if status, _, _ := countJobs(t, s.url, live); status != http.StatusUnauthorized {
		t.Errorf("the revoked key gets %d", status)
	}
	terminate(s)

	s, third := greeted(t, env)
	if status, total, _ := countJobs(t, s.url, third["Live key"]); third["Live key"] == live || third["Test key"] != test || status != http.StatusOK || total != 12 {
		t.Errorf("after a revocation the demo says %v; its live key gets %d with %d jobs", third, status, total)
	}
	terminate(s)
}

func TestEveryDemoJobIsComplete(t *testing.T) {
	t.Parallel()
	references := map[string]bool{}
	for _, j := range demoJobs() {
		if problems := j.patch().Check(); len(problems) > 0 {
			t.Errorf("%s: %v", j.reference, problems)
		}
		if references[j.reference] {
			t.Errorf("%s stands twice", j.reference)
		}
		references[j.reference] = true
		if diff := cmp.Diff(j.description, board.SanitizeDescription(j.description)); diff != "" {
			t.Errorf("%s: sanitising changes the description (-want +got):\n%s", j.reference, diff)
		}
	}
	for j := range cvsample.Jobs(demoMarketSeed, demoMarketJobs) {
		m := marketJob(j)
		if problems := m.patch().Check(); len(problems) > 0 {
			t.Errorf("%s: %v", m.reference, problems)
		}
		if diff := cmp.Diff(m.description, board.SanitizeDescription(m.description)); diff != "" {
			t.Errorf("%s: sanitising changes the description (-want +got):\n%s", m.reference, diff)
		}
	}
}

func TestTheDemoHasApplicants(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, applied := range demoApplied {
		people := demoApplicantsWith(applied.titles, now)
		if len(people) != demoApplicants {
			t.Errorf("%d people apply for %s", len(people), applied.reference)
		}
		for _, p := range people {
			if read := taxonomy.Read(plainCV(p)); read.Title != p.Truth.Title || read.City == nil || read.City.Name != p.City || len(read.Skills) < 4 {
				t.Errorf("the CV of a %s in %s is read as %+v", p.Truth.Title, p.City, read)
			}
		}
	}
}
