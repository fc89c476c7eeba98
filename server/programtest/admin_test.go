package programtest

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
	"itmanagerjobs/store/storetest"
)

type employerAnswer struct {
	ID     int64  `json:"id"`
	UserID int64  `json:"userId"`
	Name   string `json:"name"`
	Email  string `json:"email"`
	Link   string `json:"link"` // without a password
}

func TestAdminCommands(t *testing.T) {
	t.Parallel()
	env := []string{"DATABASE_URL=" + storetest.URL(t), "SECRET_KEY=" + testSecretKey()}
	type credits struct {
		JobPosting int64 `json:"jobPosting"`
		CVSearch   int64 `json:"cvSearch"`
	}
	employer := admin[employerAnswer](t, env, "create-employer", "--name", "Acme & Sons", "--email", "it@acme.example", "--password", "correct horse")
	if diff := cmp.Diff(employerAnswer{ID: employer.ID, UserID: employer.UserID, Name: "Acme & Sons", Email: "it@acme.example"}, employer); diff != "" || employer.ID == 0 || employer.UserID == 0 {
		t.Errorf("create-employer (-want +got):\n%s", diff)
	}
	id := strconv.FormatInt(employer.ID, 10)

	pending := admin[keyAnswer](t, env, "mint-key", "--employer", id, "--name", "CV", "--scopes", "JobPosting,CvSearch", "--expires", "2999-01-31T01:00:00+01:00")
	expires := time.Date(2999, 1, 31, 0, 0, 0, 0, time.UTC)
	want := keyAnswer{
		ID: pending.ID, KeyID: pending.KeyID, Key: pending.Key, Status: apikey.Pending, EmployerID: employer.ID, Name: "CV",
		Scopes: []apikey.Scope{apikey.ScopeJobPosting, apikey.ScopeCVSearch}, Mode: board.ModeLive, ExpiresAt: &expires,
	}
	if diff := cmp.Diff(want, pending); diff != "" {
		t.Errorf("mint-key (-want +got):\n%s", diff)
	}
	if mode, readOnly, ok := apikey.Parse(pending.Key); !ok || readOnly || mode != board.ModeLive {
		t.Errorf("mint-key printed the key %q", pending.Key)
	}
	keyID := strconv.FormatInt(pending.ID, 10)
	want.Key, want.Status = "", apikey.Active
	if diff := cmp.Diff(want, admin[keyAnswer](t, env, "approve-key", "--id", keyID)); diff != "" {
		t.Errorf("approve-key (-want +got):\n%s", diff)
	}
	want.Status = apikey.Revoked
	if diff := cmp.Diff(want, admin[keyAnswer](t, env, "revoke-key", "--id", keyID)); diff != "" {
		t.Errorf("revoke-key (-want +got):\n%s", diff)
	}

	admin[credits](t, env, "grant-credits", "--employer", id, "--job-posting", "2")
	if diff := cmp.Diff(credits{5, 7}, admin[credits](t, env, "grant-credits", "--employer", id, "--job-posting", "3", "--cv-search", "7")); diff != "" {
		t.Errorf("grant-credits (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(credits{0, 1}, admin[credits](t, env, "grant-credits", "--employer", id, "--cv-search", "1", "--mode", "test")); diff != "" {
		t.Errorf("grant-credits --mode test (-want +got):\n%s", diff)
	}
	if key := admin[keyAnswer](t, env, "mint-key", "--employer", id, "--name", "Jobs", "--scopes", "JobPosting"); key.Status != apikey.Active {
		t.Errorf("a JobPosting key of an account with credits is %s", key.Status)
	}
	if key := admin[keyAnswer](t, env, "mint-key", "--employer", id, "--name", "Reader", "--scopes", "CvSearch", "--mode", "test", "--read-only"); !strings.HasPrefix(key.Key, "rk_test_") || !key.ReadOnly {
		t.Errorf("mint-key --mode test --read-only printed %+v", key)
	}
	if o := runProgram(t, env, "admin", "mint-key", "--employer", id, "--name", "Both", "--scopes", "JobPosting", "--read-only", "--propose-only"); o.code != 1 || !strings.Contains(o.stderr, "read-only or only proposes, not both") {
		t.Errorf("mint-key --read-only --propose-only ends with %d, %q", o.code, o.stderr)
	}

	if got := admin[map[string]any](t, env, "set-contract", "--employer", id, "--until", "2030-01-31T00:00:00+02:00"); !cmp.Equal(got, map[string]any{"employerId": float64(employer.ID), "contractUntil": "2030-01-30T22:00:00Z"}) {
		t.Errorf("set-contract printed %v", got)
	}
	if got := admin[map[string]any](t, env, "set-limit", "--employer", id, "--family", "search", "--per-minute", "300"); !cmp.Equal(got, map[string]any{"employerId": float64(employer.ID), "family": "search", "perMinute": 300.0}) {
		t.Errorf("set-limit printed %v", got)
	}
	type feed struct {
		EmployerID    int64  `json:"employerId"`
		Secret        string `json:"secret"`
		AllowUnsigned bool   `json:"allowUnsigned"`
		URL           string `json:"url"`
	}
	made := admin[feed](t, env, "careerjet-feed", "--employer", id)
	if diff := cmp.Diff(feed{EmployerID: employer.ID, Secret: made.Secret}, made); diff != "" || len(made.Secret) != 48 {
		t.Errorf("careerjet-feed makes %q (-want +got):\n%s", made.Secret, diff)
	}
	for _, step := range []struct {
		args []string
		want feed
	}{
		{nil, feed{EmployerID: employer.ID, Secret: made.Secret}},
		{[]string{"--allow-unsigned"}, feed{EmployerID: employer.ID, Secret: made.Secret, AllowUnsigned: true}},
		{[]string{"--secret", "from Careerjet"}, feed{EmployerID: employer.ID, Secret: "from Careerjet", AllowUnsigned: true}},
		{
			[]string{"--allow-unsigned=false", "--public-url", "https://jobs.example.com/"},
			feed{EmployerID: employer.ID, Secret: "from Careerjet", URL: "https://jobs.example.com/apply/careerjet"},
		},
	} {
		if diff := cmp.Diff(step.want, admin[feed](t, env, append([]string{"careerjet-feed", "--employer", id}, step.args...)...)); diff != "" {
			t.Errorf("careerjet-feed %v (-want +got):\n%s", step.args, diff)
		}
	}
	if got := admin[map[string]string](t, env, "database-url"); !strings.HasPrefix(got["url"], "postgres") || len(got) != 1 {
		t.Errorf("database-url printed %v", got)
	}

	for _, tc := range []struct {
		args []string
		want []string
	}{
		{[]string{"create-employer", "--name", "", "--email", "it@acme"}, []string{"name: must not be empty", "email: must be an email address"}},
		{[]string{"create-employer", "--name", "B", "--email", "IT@acme.example"}, []string{"has an account already"}},
		{[]string{"mint-key", "--employer", id, "--name", "", "--scopes", "Jobs,JobPosting,JobPosting"}, []string{"name: ", "scopes[0]: must be one of: JobPosting, CvSearch, Webhooks", "scopes[2]: "}},
		{[]string{"mint-key", "--employer", "999", "--name", "A", "--scopes", "JobPosting"}, []string{"There is no employer 999."}},
		{[]string{"grant-credits", "--employer", "999", "--job-posting", "1"}, []string{"There is no employer 999."}},
		{[]string{"set-limit", "--employer", id, "--family", "job", "--per-minute", "0"}, []string{"family: must be one of: jobs, search, candidate", "perMinute: "}},
		{[]string{"careerjet-feed", "--employer", "999"}, []string{"There is no employer 999."}},
		{[]string{"list-webhooks", "--employer", "999"}, []string{"There is no employer 999."}},
		{[]string{"careerjet-feed", "--employer", id, "--secret", "short"}, []string{"secret: "}},
		{[]string{"approve-key", "--id", keyID}, []string{"is revoked and can't be approved"}},
		{[]string{"revoke-key", "--id", "999"}, []string{"There is no key 999."}},
	} {
		o := runProgram(t, env, append([]string{"admin"}, tc.args...)...)
		if o.code != 1 || o.stdout != "" || strings.Count(o.stderr, "\n") != 1 {
			t.Errorf("admin %v: exit status %d, standard output %q, standard error %q", tc.args, o.code, o.stdout, o.stderr)
		}
		for _, want := range tc.want {
			if !strings.Contains(o.stderr, want) {
				t.Errorf("admin %v: %q lacks %q", tc.args, o.stderr, want)
			}
		}
	}
}

func TestMigrateCommands(t *testing.T) {
	t.Parallel()
	env := []string{"DATABASE_URL=" + storetest.EmptyURL(t)}
	for _, step := range []struct {
		args string
		want func(lines string) bool
	}{
		{"status", func(s string) bool { return strings.Contains(s, `"appliedAt":null`) && !strings.Contains(s, `Z"`) }},
		{"up", func(s string) bool { return strings.Contains(s, `"version":1`) && strings.Contains(s, `"version":3`) }},
		{"up", func(s string) bool { return s == "[]\n" }},
		{"status", func(s string) bool { return !strings.Contains(s, `"appliedAt":null`) }},
		{"down", func(s string) bool { return strings.Count(s, `"version"`) == 1 }},
		{"up", func(s string) bool { return strings.Count(s, `"version"`) == 1 }},
	} {
		if o := runProgram(t, env, "migrate", step.args); o.code != 0 || o.stderr != "" || !step.want(o.stdout) {
			t.Errorf("migrate %s: exit status %d, standard output %q, standard error %q", step.args, o.code, o.stdout, o.stderr)
		}
	}
}

// keyAnswer is a key as the commands print it.
type keyAnswer struct {
	ID          int64          `json:"id"`
	KeyID       string         `json:"keyId"`
	Key         string         `json:"key"` // in the answer to mint-key alone
	Status      apikey.Status  `json:"status"`
	EmployerID  int64          `json:"employerId"`
	Name        string         `json:"name"`
	Scopes      []apikey.Scope `json:"scopes"`
	Mode        board.Mode     `json:"mode"`
	ReadOnly    bool           `json:"readOnly"`
	ProposeOnly bool           `json:"proposeOnly"`
	ExpiresAt   *time.Time     `json:"expiresAt"`
}
