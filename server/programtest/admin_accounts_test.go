package programtest

import (
	"database/sql"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"itmanagerjobs/store/board/apikey"
	"itmanagerjobs/store/storetest"
)

// TestAUserOfAnOperatorSetsAPassword follows the link that create-employer prints, on a running server.
func TestAUserOfAnOperatorSetsAPassword(t *testing.T) {
	t.Parallel()
	type answer = employerAnswer
	env := []string{"DATABASE_URL=" + storetest.URL(t), "SECRET_KEY=" + testSecretKey()}
	made := admin[answer](t, env, "create-employer", "--name", "Acme", "--email", "it@acme.example", "--public-url", "https://jobs.example.com/")
	if !strings.HasPrefix(made.Link, "https://jobs.example.com/employer/reset/") {
		t.Fatalf("create-employer printed the link %q", made.Link)
	}
	srv := startServing(t, env, "serve")
	if got := signInAt(t, srv.url, strings.TrimPrefix(made.Link, "https://jobs.example.com"), "correct horse battery"); !strings.Contains(got, "Acme") {
		t.Errorf("with the password of the link:\n%s", got)
	}
	if again := admin[answer](t, env, "set-password", "--email", "IT@acme.example", "--password", "operator's choice"); again.Link != "" {
		t.Errorf("set-password with a password printed a link: %q", again.Link)
	}
	if got := signInAt(t, srv.url, "", "operator's choice"); !strings.Contains(got, "Acme") {
		t.Errorf("with the password of set-password:\n%s", got)
	}
	link := admin[answer](t, env, "set-password", "--email", "it@acme.example").Link
	if mails := admin[[]map[string]any](t, env, "list-emails"); !strings.Contains(fmt.Sprint(mails[0]["text"]), link) {
		t.Errorf("the newest email lacks the link %q:\n%s", link, mails[0]["text"])
	}
	if o := runProgram(t, env, "admin", "set-password", "--email", "nobody@acme.example"); o.code != 1 || !strings.Contains(o.stderr, "no user with the address") {
		t.Errorf("for somebody who is not there: %d, %s", o.code, o.stderr)
	}
}

// TestAnOperatorPassesTheLimitOfKeysOnPurpose has an employer with as many keys as it may have.
func TestAnOperatorPassesTheLimitOfKeysOnPurpose(t *testing.T) {
	t.Parallel()
	address := storetest.URL(t)
	env := []string{"DATABASE_URL=" + address, "SECRET_KEY=" + testSecretKey()}
	admin[employerAnswer](t, env, "create-employer", "--name", "Acme", "--email", "it@acme.example")
	mint := []string{"mint-key", "--employer", "1", "--name", "One more", "--scopes", "JobPosting", "--mode", "test"}
	admin[keyAnswer](t, env, mint...)
	db, err := sql.Open("postgres", address)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	_, err = db.ExecContext(t.Context(), `
INSERT INTO api_keys (employer_id, mode, key_id, name, prefix, last_four, hash, scopes, read_only, status, created_at)
SELECT employer_id, mode, 'many' || n, name, prefix, last_four, decode(md5(n::text), 'hex'), scopes, read_only, status, created_at FROM api_keys, generate_series(2, 100) n`)
	if err != nil {
		t.Fatal(err)
	}
	if o := runProgram(t, env, append([]string{"admin"}, mint...)...); o.code != 1 || !strings.Contains(o.stderr, "has 100 keys already") || !strings.Contains(o.stderr, "--approve") {
		t.Errorf("one key too many: %d, %s", o.code, o.stderr)
	}
	if k := admin[keyAnswer](t, env, append(mint, "--approve")...); k.Status != apikey.Active {
		t.Errorf("the key of an operator is %s", k.Status)
	}
}

// TestAKeyIsReviewedByCommands lists a key that waits, refuses it, and approves the next.
func TestAKeyIsReviewedByCommands(t *testing.T) {
	t.Parallel()
	env := []string{"DATABASE_URL=" + storetest.URL(t), "SECRET_KEY=" + testSecretKey()}
	admin[employerAnswer](t, env, "create-employer", "--name", "Acme", "--email", "it@acme.example")
	admin[employerAnswer](t, env, "create-employer", "--name", "Beta", "--email", "it@beta.example")
	mint := func(name string) keyAnswer {
		return admin[keyAnswer](t, env, "mint-key", "--employer", "1", "--name", name, "--scopes", "CvSearch")
	}
	type review struct {
		keyAnswer

		Employer             string
		JobPosting, CVSearch int64
		CreatedAt            string
	}
	waiting := func() (names []string) {
		for _, r := range admin[[]review](t, env, "list-keys", "--pending") {
			names = append(names, r.Employer+"/"+r.Name)
		}
		return names
	}
	first, second := mint("Search"), mint("Matching")
	if first.Status != apikey.Pending {
		t.Fatalf("a key that searches CVs is %s, want %s", first.Status, apikey.Pending)
	}
	if got := fmt.Sprint(waiting()); got != "[Acme/Search Acme/Matching]" {
		t.Errorf("there wait %s", got)
	}
	id := func(k keyAnswer) string { return strconv.FormatInt(k.ID, 10) }
	if k := admin[keyAnswer](t, env, "refuse-key", "--id", id(first), "--reason", "No contract yet"); k.Status == apikey.Pending || k.Status == apikey.Active {
		t.Errorf("the refused key is %s", k.Status)
	}
	if k := admin[keyAnswer](t, env, "approve-key", "--id", id(second)); k.Status != apikey.Active {
		t.Errorf("the approved key is %s", k.Status)
	}
	if left := waiting(); len(left) != 0 {
		t.Errorf("there still wait %v", left)
	}
	if mails := fmt.Sprint(admin[[]map[string]any](t, env, "list-emails")); !strings.Contains(mails, "No contract yet") {
		t.Errorf("no email has the reason: %s", mails)
	}
	if o := runProgram(t, env, "admin", "refuse-key", "--id", id(first), "--reason", "Again"); o.code != 1 || o.stderr == "" {
		t.Errorf("a second refusal ends with %d, %q", o.code, o.stderr)
	}
	type employer struct {
		ID            int64
		Name          string
		Admins        []string
		PendingKeys   int
		Trusted       bool
		ContractUntil *string
		JobPosting    int64
		CVSearch      int64
		OpenJobs      int
		CreatedAt     string
	}
	all := admin[[]employer](t, env, "list-employers")
	if len(all) != 2 || all[0].Name != "Beta" || all[1].Name != "Acme" {
		t.Errorf("the employers are %+v, want the newest first", all)
	}
	if found := admin[[]employer](t, env, "list-employers", "--search", "IT@acme.example"); len(found) != 1 || found[0].ID != 1 || found[0].Admins[0] != "it@acme.example" {
		t.Errorf("by address there is %+v", found)
	}
	if o := runProgram(t, env, "admin", "list-employers", "--limit", "0"); o.code != 1 || !strings.Contains(o.stderr, "--limit") {
		t.Errorf("without a limit: %d, %q", o.code, o.stderr)
	}
}

// signInAt sets a password by a link, if there is one, signs in with it, and returns the page.
func signInAt(t *testing.T, base, link, password string) string {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar}
	post := func(path string, form url.Values) string {
		t.Helper()
		resp, err := client.PostForm(base+path, form)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(body)
	}
	if link != "" {
		post(link, url.Values{"password": {password}})
	}
	return post("/employer/sign-in", url.Values{"email": {"it@acme.example"}, "password": {password}})
}

// TestAReviewerIsLedToTheDesk follows the link that create-reviewer prints: it is of the portal, where a reviewer has no account.
func TestAReviewerIsLedToTheDesk(t *testing.T) {
	t.Parallel()
	env := []string{"DATABASE_URL=" + storetest.URL(t), "SECRET_KEY=" + testSecretKey()}
	srv := startServing(t, env, "serve")
	link := admin[employerAnswer](t, env, "create-reviewer", "--email", "rae@platform.example", "--public-url", srv.url).Link
	resp, err := http.PostForm(link, url.Values{"password": {"correct horse battery"}})
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if at := resp.Request.URL.Path; err != nil || at != "/platform/sign-in" || !strings.Contains(string(body), "Your password is changed") {
		t.Errorf("with a password a reviewer is at %s: %v\n%s", at, err, body)
	}
}
