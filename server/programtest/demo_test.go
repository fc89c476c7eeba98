package programtest

import (
	"encoding/json"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
	"itmanagerjobs/store/demo"
	"itmanagerjobs/store/storetest"
)

// What the demo has.
const (
	demoPeople       = 2000 // of the live mode
	testPeople       = 200  // of the test mode, which serve has too
	demoApplications = 12
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
	if first["Sign in"] != demo.Email || first["Password"] != demo.Password || first["Portal"] != s.url+"/employer/sign-in" ||
		first["Desk"] != s.url+"/platform/sign-in" || first["Reviewer"] != demo.ReviewerEmail+", password "+demo.ReviewerPassword {
		t.Errorf("the demo says %v", first)
	}
	live, test := first["Live key"], first["Test key"]
	if mode, _, ok := apikey.Parse(live); !ok || mode != board.ModeLive {
		t.Errorf("the live key is %q", live)
	}
	if mode, _, ok := apikey.Parse(test); !ok || mode != board.ModeTest {
		t.Errorf("the test key is %q", test)
	}
	if !strings.Contains(first["curl"], test) || !strings.HasSuffix(first["curl"], s.url+"/api/v1/jobs") {
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
		{"/api/v1/candidates", live, demoApplications},
		{"/api/v1/applications", live, demoApplications},
	} {
		var found searchAnswer
		if status := fetch(t, s.url+want.path, want.key, &found); status != http.StatusOK || found.Total < want.least {
			t.Errorf("%s answers %d with %d of %d", want.path, status, found.Total, want.least)
		}
	}
	if _, feed := get(t, s.url+"/feeds/jobs.xml"); strings.Count(feed, "<job>") < 200 {
		t.Errorf("the feed has %d jobs", strings.Count(feed, "<job>"))
	}
	// The command that the demo advises: here webhooks may go to this machine.
	var verified struct {
		WebhookID int64
		Verified  bool
	}
	o := runProgram(t, nil, "quickstart", "--json", "--key", test, "--server", s.url)
	if err := json.Unmarshal([]byte(o.stdout), &verified); err != nil || verified.WebhookID == 0 || !verified.Verified {
		t.Errorf("quickstart printed %q, %v; standard error %q", o.stdout, err, o.stderr)
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
