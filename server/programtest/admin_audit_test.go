package programtest

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

// TestCommandsLeaveEntriesThatAreVerified has an operator change an account, and then the database itself.
func TestCommandsLeaveEntriesThatAreVerified(t *testing.T) {
	t.Parallel()
	address := storetest.URL(t)
	env := []string{"DATABASE_URL=" + address, "SECRET_KEY=" + testSecretKey()}
	commands := [][]string{
		{"create-employer", "--name", "Acme", "--email", "it@acme.example"},
		{"grant-credits", "--employer", "1", "--job-posting", "2"},
		{"set-contract", "--employer", "1", "--until", "2030-01-31T00:00:00Z"},
		{"mint-key", "--employer", "1", "--name", "CV", "--scopes", "CvSearch"},
		{"approve-key", "--id", "1"},
		{"revoke-key", "--id", "1"},
		{"set-limit", "--employer", "1", "--family", "search", "--per-minute", "300"},
		{"careerjet-feed", "--employer", "1", "--allow-unsigned"},
		{"set-password", "--email", "it@acme.example", "--password", "operator's choice"},
		{"set-password", "--email", "it@acme.example"},
		{"drop-second-factor", "--email", "it@acme.example"},
	}
	for _, command := range commands {
		admin[any](t, env, command...)
	}
	want := map[string]any{"entries": float64(len(commands)), "faults": []any{}}
	if got := admin[map[string]any](t, env, "audit", "--verify"); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("verified %v, want %v", got, want)
	}
	db := fixture.Raw(t, address)
	for i, action := range []string{"createEmployer", "grantCredits", "setContract", "mintKey", "approveKey", "revokeKey", "setLimit", "careerjetFeed", "setPassword", "setPassword", "dropSecondFactor"} {
		if fixture.Count(t, db, `SELECT count(*) FROM audit_entries WHERE employer_id = 1 AND number = $1 AND action = $2 AND actor = 'Operator'`, i+1, action) != 1 {
			t.Errorf("entry %d is not %s", i+1, action)
		}
	}
	fixture.MustExec(t, db, `ALTER TABLE audit_entries DISABLE TRIGGER audit_entries_append_only`)
	fixture.MustExec(t, db, `UPDATE audit_entries SET action = 'nothing' WHERE number = 2`)
	o := runProgram(t, env, "admin", "audit", "--verify")
	if o.code != 1 || !strings.Contains(o.stdout, `"number":2`) || !strings.Contains(o.stderr, "is not what was written") {
		t.Errorf("a changed entry: %d\n%s\n%s", o.code, o.stdout, o.stderr)
	}
}

// TestDoctorSaysWhatToDo examines a database without steps, one with, and none at all.
func TestDoctorSaysWhatToDo(t *testing.T) {
	t.Parallel()
	type finding struct{ Check, State, Saw, Do string }
	states := func(o outcome) (all map[string]finding) {
		t.Helper()
		var findings []finding
		if err := json.Unmarshal([]byte(o.stdout), &findings); err != nil {
			t.Fatalf("printed %q: %v", o.stdout, err)
		}
		all = map[string]finding{}
		for _, f := range findings {
			all[f.Check] = f
		}
		return all
	}
	env := []string{"DATABASE_URL=" + storetest.URL(t), "SECRET_KEY=" + testSecretKey()}

	o := runProgram(t, env, "admin", "doctor")
	got := states(o)
	if got["migrations"].State != "ok" || got["partitions"].State != "wrong" || !strings.Contains(got["partitions"].Do, "Start a copy") || o.code != 1 || !strings.Contains(o.stderr, "something is wrong") {
		t.Errorf("before anything is served: exit status %d, %+v, %s", o.code, got, o.stderr)
	}

	if o = runProgram(t, []string{env[0] + "&default_transaction_read_only=on", env[1]}, "admin", "doctor"); !strings.Contains(o.stdout, "takes no writes") {
		t.Errorf("a database that takes no writes: %+v", o)
	}

	got = states(runProgram(t, append(env, "SMTP_URL=smtp://user:private@127.0.0.1:1"), "admin", "doctor"))
	if f := got["smtp"]; f.State != "wrong" || strings.Contains(f.Saw, "private") {
		t.Errorf("without a mail server at SMTP_URL: %+v", f)
	}

	o = runProgram(t, []string{"DATABASE_URL=postgres://user:private@127.0.0.1:1/none", "SECRET_KEY=" + testSecretKey()}, "admin", "doctor")
	got = states(o)
	if f := got["database"]; f.State != "wrong" || strings.Contains(f.Saw, "private") || o.code != 1 || got["smtp"].State != "ok" {
		t.Errorf("without a database: exit status %d, %+v", o.code, got)
	}
}

// dumped is all that a database holds, and what is set in it for accounts.
func dumped(t *testing.T, url string) string {
	t.Helper()
	data, err := exec.CommandContext(t.Context(), "pg_dump", "--dbname="+url, "--inserts", "--create").Output()
	if err != nil {
		t.Fatalf("pg_dump: %v", err)
	}
	// A token against injection is made anew for each dump.
	return regexp.MustCompile(`(?m)^\\(un)?restrict .*$`).ReplaceAllString(string(data), "")
}

func TestDoctorChangesNothing(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	env := []string{"DATABASE_URL=" + url, "SECRET_KEY=" + testSecretKey()}
	unchanged := func(moment string) {
		t.Helper()
		before := dumped(t, url)
		if !strings.Contains(before, "CREATE TABLE") {
			t.Fatalf("dumped %q", before)
		}
		runProgram(t, env, "admin", "doctor")
		if diff := cmp.Diff(before, dumped(t, url)); diff != "" {
			t.Errorf("%s is changed by admin doctor (-before +after):\n%s", moment, diff)
		}
	}
	unchanged("a database that has seen no key")
	partner(t, env, "it@acme.example")
	unchanged("a database with an employer")
	other := runProgram(t, []string{"DATABASE_URL=" + url, "SECRET_KEY=" + strings.Repeat("A", 43) + "="}, "admin", "doctor")
	if other.code != 1 || !strings.Contains(other.stdout, "SECRET_KEY") {
		t.Errorf("with another key: exit status %d, %s", other.code, other.stdout)
	}
	dir := dataDir(t)
	none := runProgram(t, []string{"DATA_DIR=" + dir}, "admin", "doctor")
	if none.code != 1 || !strings.Contains(none.stdout, "no database under "+dir) {
		t.Errorf("without any database: exit status %d, %s, %s", none.code, none.stdout, none.stderr)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("admin doctor has made %s: %v", dir, err)
	}
}
