package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

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
