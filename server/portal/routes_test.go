package portal_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"itmanagerjobs/server/openid"
	"itmanagerjobs/server/portal"
	"itmanagerjobs/server/portal/portaltest"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/storetest/fixture"
)

// followForms are pages that are there only after a form was sent that is not sent here.
var followForms = []string{
	"GET /employer/account/second-factor/app", "GET /employer/account/second-factor/app.png", "GET /employer/applications/reject", "GET /employer/interviews/new",
	"GET /employer/account/passkeys/{id}", "GET /employer/webhooks/{id}/certify", "GET /employer/test/inboxes/{id}", "GET /employer/test/inboxes/{id}/live", "GET /employer/test/inboxes/{id}/requests/{req}",
}

// TestAnotherSiteSendsNothing sends every form of the route tables from pages of other sites, in the browser of an admin.
func TestAnotherSiteSendsNothing(t *testing.T) {
	t.Parallel()
	s, ada, ids := furnished(t)
	p := portaltest.NewPortal(t, s.Store, s.Clock, &portaltest.LogBuffer{}, s.URL, func(c *portal.Config) {
		c.Provider = openid.New(openid.Config{Issuer: "https://login.example", ClientID: "x", ClientSecret: "x", Name: "Login", Now: time.Now})
	})
	ids["invitation"], ids["confirm"], ids["reset"], ids["address"], ids["stop"] = "x", "x", "x", "x", "x"
	before, forms := len(auditOf(s)), 0
	for _, pattern := range p.Patterns() {
		method, path, _ := filledIn(t, pattern, ids)
		if method != http.MethodPost {
			continue
		}
		forms++
		for _, from := range []http.Header{{"Sec-Fetch-Site": {"cross-site"}}, {"Sec-Fetch-Site": {"same-site"}}, {"Origin": {"https://evil.example"}}, {"Origin": {"null"}}} {
			form := url.Values{"employer": {"1"}, "opened": {"live"}, "name": {"Taken"}, "confirm": {"erase"}, "text": {"Taken"}, "role": {"Viewer"}, "mode": {"test"}, "form": {"x"}}
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+path, strings.NewReader(form.Encode()))
			if err != nil {
				t.Fatal(err)
			}
			req.Header = from.Clone()
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			if a := ada.Do(req); a.Status != http.StatusForbidden || !strings.Contains(a.Body, "This request came from another website") {
				t.Errorf("%s from %v: %d at %s", pattern, from, a.Status, a.Path)
			}
		}
	}
	if forms < 60 {
		t.Errorf("only %d forms were sent", forms)
	}
	if n := len(auditOf(s)); n != before {
		t.Errorf("%d entries were added to the log", n-before)
	}
	if a := ada.Get("/employer"); a.Path != "/employer" || strings.Contains(a.Body, "You are looking at test data") {
		t.Errorf("the admin is at %s, in another mode or signed out", a.Path)
	}
}

// TestEveryPageTakesAFixedNumberOfStatements compares every page of the route table with few rows and with many.
func TestEveryPageTakesAFixedNumberOfStatements(t *testing.T) {
	t.Parallel()
	s, ada, ids := furnished(t)
	p := portaltest.NewPortal(t, s.Store, s.Clock, &portaltest.LogBuffer{}, s.URL)
	paths := []string{"/employer/applications?view=list", "/employer/applications?q=w", "/employer/applications?view=list&q=hopper", "/employer/search?q=manager", "/employer/events?type=job.published", "/employer/jobs?q=manager"}
	for pattern := range p.Rights() {
		method, path, _ := filledIn(t, pattern, ids)
		if method != http.MethodGet || slices.Contains(followForms, pattern) {
			continue
		}
		switch a := ada.Get(path); {
		case a.Status == http.StatusOK:
			paths = append(paths, path)
		case a.Status != http.StatusForbidden || !strings.Contains(a.Body, "Test mode only"):
			t.Errorf("%s is not there: %d", path, a.Status)
		}
	}
	q := fixture.OpenQueue(t, s.Store) // the delivery that is looked at has an attempt before and after
	worker, lanes := fixture.TakeAll(t, q)
	for _, lane := range lanes {
		fixture.DeliverAll(t, q, worker, lane)
	}
	fixture.Create(t, s.Store, board.Tenant{EmployerID: 1, Mode: board.ModeLive}, board.JobPatch{Title: board.Set("A manager")})
	few := map[string]int64{}
	for _, path := range paths {
		few[path] = ada.Statements(path)
	}
	s.Fill(30)
	for i := range 12 {
		name := fmt.Sprintf("Another %d", i)
		for path, form := range map[string]url.Values{
			"/employer/team": {"email": {fmt.Sprintf("more%d@northwind.example", i)}, "role": {"Viewer"}}, "/employer/keys": ada.KeyForm(name),
			"/employer/mail-templates": {"form": {name}, "name": {name}, "subject": {"x"}, "body": {"x"}}, "/employer/applications/1/notes": {"text": {name}},
			"/employer/search/saved": {"name": {name}, "search": {"q=y"}}, "/employer/webhooks/1/replays": {"form": {name}, "since": {"24h"}},
			"/employer/billing/buy/team": {"form": {name}, "company": {"Northwind"}, "address": {"Leeds"}, "country": {"GB"}},
		} {
			if a := ada.Post(path, form); a.Status >= http.StatusBadRequest {
				t.Fatalf("%s: %d\n%s", path, a.Status, a.Body)
			}
		}
		ada.AddWebhook("https://ats.example/more", "job.created")
		s.Browser().SignIn("ada@northwind.example", portaltest.Password)
	}
	for _, path := range paths {
		if many := ada.Statements(path); many != few[path] {
			t.Errorf("%s takes %d statements with many rows, and %d with few", path, many, few[path])
		}
	}
}

// TestEveryRightOpensSomething: a right that no page asks for promises what nobody gets. Those of the platform are the desk's.
func TestEveryRightOpensSomething(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	asked := map[board.Right]bool{board.RightReviewKeys: true}
	for _, right := range s.Portal.Rights() {
		asked[right] = true
	}
	for _, right := range board.AllRights() {
		if !asked[right] {
			t.Errorf("no page asks for the right %s", right)
		}
	}
}
