package portal_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"itmanagerjobs/server/pagestest"
	"itmanagerjobs/server/portal/portaltest"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pipeline"
	"itmanagerjobs/store/storetest/fixture"
)

// hostile is a name that is markup, is written from right to left in its middle, has pictures in it, and goes on without a blank.
var hostile = `<script>document.title="taken"</script>` + "عليgnp.evil🚀👩🏽" + strings.Repeat("W", 30)

// furnished is an account with something on every page, whose names are hostile, and the ids of it all by the part of the path
// before them.
func furnished(t *testing.T) (*portaltest.Site, *portaltest.Browser, map[string]string) {
	t.Helper()
	s := portaltest.New(t)
	b, j := s.Hire()
	tenant := board.Tenant{EmployerID: 1, Mode: board.ModeLive}
	b.AddWebhook("https://ats.example/"+strings.Repeat("w", 200), "job.created")
	b.Post("/employer/team", url.Values{"email": {"bo@northwind.example"}, "role": {"Viewer"}}).Wants(t, http.StatusCreated)
	b.Post("/employer/account", url.Values{"name": {hostile}}).Wants(t, http.StatusOK)
	b.Post("/employer/company", url.Values{"name": {hostile}}).Wants(t, http.StatusOK)
	b.Post("/employer/keys", b.KeyForm(hostile)).Wants(t, http.StatusCreated)
	b.Post("/employer/jobs/1", b.JobValues("/employer/jobs/1/edit", "title", hostile, "city", hostile)).Wants(t, http.StatusOK)
	fixture.Apply(t, s.Store, pipeline.ApplyParams{
		Mode: board.ModeLive, JobID: j.ID, Source: board.SourceForm, PublicURL: s.URL,
		Applicant: board.Applicant{FirstName: hostile, LastName: hostile, Email: "grace@people.example", CoverLetter: hostile},
		CV:        &board.Upload{Name: "cv.txt", Bytes: []byte(hostile)},
	})
	page := b.Get("/employer/interviews/new?application=1")
	b.Post("/employer/interviews", url.Values{
		"form": {portaltest.HiddenForm.FindStringSubmatch(page.Body)[1]}, "application": {"1"}, "startsAt": {"2026-07-01T10:00"}, "durationMinutes": {"45"}, "timeZone": {"UTC"}, "location": {hostile},
	}).Wants(t, http.StatusOK)
	b.Post("/employer/applications/1/notes", url.Values{"text": {hostile}}).Wants(t, http.StatusOK)
	b.Post("/employer/search/saved", url.Values{"name": {hostile}, "search": {"q=x"}}).Wants(t, http.StatusOK)
	form := url.Values{"form": {b.FormID("/employer/billing/buy/team")}, "company": {hostile}, "address": {"Leeds"}, "country": {"GB"}}
	b.Post("/employer/billing/buy/team", form).Wants(t, http.StatusOK)
	if _, err := s.Store.Jobs.CreateJob(t.Context(), tenant, board.JobPatch{Title: board.Set(hostile)}); err != nil {
		t.Fatal(err)
	}
	if err := s.Store.Accounts.LogRequests(t.Context(), []account.APIRequest{{Tenant: tenant, KeyID: 1, RequestID: "req-1", Method: "GET", Route: "/api/v1/jobs", Status: 200, At: s.Clock.Now()}}); err != nil {
		t.Fatal(err)
	}
	a, err := s.Store.Pipeline.Application(t.Context(), tenant, 1)
	if err != nil {
		t.Fatal(err)
	}
	s.Propose(tenant, fixture.Create(t, s.Store, tenant, fixture.Complete(hostile)).ID)
	find := func(path, pattern string) string {
		t.Helper()
		m := regexp.MustCompile(pattern).FindStringSubmatch(b.Get(path).Body)
		if m == nil {
			t.Fatalf("%s has no %s", path, pattern)
		}
		return m[1]
	}
	b.Post("/employer/webhooks/1/replays", url.Values{"form": {b.FormID("/employer/webhooks/1/replays")}, "since": {"24h"}})
	return s, b, map[string]string{
		"keys": "1", "team": "2", "jobs": "1", "applications": "1", "interviews": "1", "webhooks": "1", "orders": "1", "saved": "1", "replays": "1", "buy": "team",
		"candidates": strconv.FormatInt(a.CandidateID, 10), "deliveries": find("/employer/webhooks/1", `/employer/webhooks/1/deliveries/(\d+)`),
		"events": find("/employer/events", `/employer/events/(\d+)`), "requests": find("/employer/requests", `/employer/requests/(\d+)`), "sessions": "1", "passkeys": "1", "rejections": "1", "templates": "1", "mail-templates": "1", "inboxes": "1", "notes": "1", "proposals": "1",
	}
}

// filledIn puts the ids into the path of a route.
func filledIn(t *testing.T, pattern string, ids map[string]string) (method, path string, has bool) {
	t.Helper()
	method, path, _ = strings.Cut(pattern, " ")
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if strings.HasPrefix(part, "{") {
			id, known := ids[parts[i-1]]
			if !known {
				t.Fatalf("%s: the test knows no %s", pattern, parts[i-1])
			}
			parts[i], has = id, true
		}
	}
	return method, strings.Join(parts, "/"), has
}

// TestAnotherEmployersAdminReachesNothing asks for every page of one employer, and sends every form, as the admin of another one. The
// pages are there for their own admin, never kept by the browser, and what is hostile in their names is text.
func TestAnotherEmployersAdminReachesNothing(t *testing.T) {
	t.Parallel()
	s, ada, ids := furnished(t)
	eve := s.Browser().SignUp("Southwind", "eve@southwind.example")
	p := portaltest.NewPortal(t, s.Store, s.Clock, &portaltest.LogBuffer{}, s.URL)
	before := len(auditOf(s))
	notThere := []string{"GET /employer/account/second-factor/app", "GET /employer/account/second-factor/app.png", "GET /employer/applications/reject", "GET /employer/interviews/new", "GET /employer/account/passkeys/{id}",
		"GET /employer/mail-templates/{id}", "GET /employer/applications/{id}/notes/{note}", "GET /employer/webhooks/{id}/certify", "GET /employer/test/inboxes/{id}", "GET /employer/test/inboxes/{id}/live", "GET /employer/test/inboxes/{id}/requests/{req}"} // they follow a form
	for pattern := range p.Rights() {
		method, path, has := filledIn(t, pattern, ids)
		if method == http.MethodGet {
			a := ada.Get(path)
			if a.Status != http.StatusOK && !slices.Contains(notThere, pattern) {
				t.Errorf("%s is not there for its own admin: %d", path, a.Status)
			}
			if a.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s is kept by the browser: %q", path, a.Header.Get("Cache-Control"))
			}
			if strings.Contains(a.Body, hostile[:30]) && strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
				t.Errorf("%s has a name as markup", path)
			}
		}
		if strings.HasPrefix(path, "/employer/billing/buy/") || strings.HasSuffix(path, "/sessions/1/end") || path == "/employer/account/sessions/end" {
			continue // a package is nobody's; sessions are tried where they are listed
		}
		if method == http.MethodPost && !has {
			continue // a form about one's own account
		}
		var a portaltest.Answer
		if method == http.MethodGet {
			a = eve.Get(path)
		} else {
			a = eve.Post(path, url.Values{"employer": {"2"}, "name": {"x"}, "confirm": {"erase"}, "status": {"Screened"}, "fromStatus": {"New"}, "text": {"x"}, "role": {"Viewer"}, "version": {"1"}, "rating": {"3"}, "overlap": {"1h"}, "form": {"eve-" + pattern}})
		}
		if has && a.Status != http.StatusNotFound {
			t.Errorf("%s answers another employer's admin %d at %s", pattern, a.Status, a.Path)
		}
		if strings.Contains(a.Body, "northwind.example") || strings.Contains(a.Body, "gnp.evil") {
			t.Errorf("%s shows another employer's admin what is not theirs", pattern)
		}
	}
	if n := len(auditOf(s)); n != before {
		t.Errorf("%d entries were added to the log of the employer", n-before)
	}
}

// TestADoubleSubmitIsDoneOnce sends each form that makes something twice.
func TestADoubleSubmitIsDoneOnce(t *testing.T) {
	t.Parallel()
	ada, _ := portaltest.New(t).Hire("Grace")
	interview := url.Values{"form": {ada.FormID("/employer/interviews/new?application=1")}, "application": {"1"}, "startsAt": {"2026-07-01T10:00"}, "durationMinutes": {"45"}, "timeZone": {"UTC"}}
	order := url.Values{"form": {ada.FormID("/employer/billing/buy/team")}, "company": {"Northwind"}, "address": {"Leeds"}, "country": {"GB"}}
	for _, tt := range []struct {
		path, list, shows string
		form              url.Values
	}{
		{"/employer/jobs", "/employer/jobs", "Once Only", ada.JobValues("/employer/jobs/new", "title", "Once Only")},
		{"/employer/interviews", "/employer/interviews", `href="/employer/interviews/`, interview},
		{"/employer/webhooks", "/employer/webhooks", `href="/employer/webhooks/2"`, ada.WebhookForm("https://ats.example/once", "job.created")},
		{"/employer/billing/buy/team", "/employer/billing", `href="/employer/billing/orders/2"`, order},
	} {
		first, second := ada.Post(tt.path, tt.form), ada.Post(tt.path, tt.form)
		if first.Status >= http.StatusBadRequest || second.Status >= http.StatusInternalServerError {
			t.Errorf("%s: %d, and again %d", tt.path, first.Status, second.Status)
		}
		most := 1
		if strings.HasSuffix(tt.shows, `2"`) {
			most = 0
		}
		if n := strings.Count(ada.Get(tt.list).Body, tt.shows); n > most && tt.path != "/employer/jobs" || tt.path == "/employer/jobs" && strings.Contains(ada.Get("/employer/jobs/3").Body, tt.shows) {
			t.Errorf("%s was done twice: %s says %s %d times", tt.path, tt.list, tt.shows, n)
		}
	}
}

// TestHostileNamesFitOnAPhone opens every list with hostile names in a real browser: nothing runs, and nothing is wider than the
// screen. Then somebody signs out, and the button that leads back shows nothing.
func TestHostileNamesFitOnAPhone(t *testing.T) {
	t.Parallel()
	b := pagestest.NewTab(t)
	s, _, _ := furnished(t)
	b.Do("sign in", chromedp.Navigate(s.URL+"/employer/sign-in"), chromedp.WaitVisible("#email"))
	b.TabTo("#email")
	b.Do("email", chromedp.KeyEvent("ada@northwind.example"))
	b.TabTo("#password")
	b.Do("password", chromedp.KeyEvent(portaltest.Password), pagestest.Enter(), chromedp.WaitVisible(".stats"))
	b.Do("a phone", chromedp.EmulateViewport(320, 640))
	for _, path := range []string{
		"/employer", "/employer/jobs", "/employer/jobs/1", "/employer/applications", "/employer/applications?view=list", "/employer/applications/1", "/employer/candidates/1", "/employer/interviews", "/employer/interviews/1",
		"/employer/search", "/employer/keys", "/employer/webhooks", "/employer/webhooks/1", "/employer/events", "/employer/requests", "/employer/billing", "/employer/billing/orders/1", "/employer/proposals", "/employer/proposals/1", "/employer/team", "/employer/audit", "/employer/account",
	} {
		b.Do(path, chromedp.Navigate(s.URL+path), chromedp.WaitVisible("main"))
		if wide := pagestest.Ask(b, "width", chromedp.Evaluate[int64](`document.documentElement.scrollWidth`)); wide > 320 {
			t.Errorf("%s is %d px wide", path, wide)
		}
		if title := pagestest.Ask(b, "title", chromedp.Evaluate[string](`document.title`)); title == "taken" {
			t.Errorf("a name has run on %s", path)
		}
	}
	b.Do("sign out", chromedp.Evaluate[pagestest.Void](`document.querySelector('form[action="/employer/sign-out"]').requestSubmit()`), chromedp.WaitVisible("#password"))
	b.Do("back", chromedp.Evaluate[pagestest.Void](`history.back()`), chromedp.WaitVisible("#password"))
	if at := pagestest.Ask(b, "address", chromedp.Evaluate[string](`location.pathname`)); at != "/employer/sign-in" {
		t.Errorf("the button that leads back shows %s", at)
	}
}
