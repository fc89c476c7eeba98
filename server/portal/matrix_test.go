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

// hostile is a name that every field takes.
var hostile = pagestest.Hostile(80)

// furnished is an account with something on every page, whose names are hostile, and the ids of it all by the part of the path
// before them.
func furnished(t *testing.T) (*portaltest.Site, *portaltest.Browser, map[string]string) {
	t.Helper()
	s := portaltest.New(t)
	b, j := s.Hire()
	tenant := board.Tenant{EmployerID: 1, Mode: board.ModeLive}
	webhook := b.WebhookForm("https://ats.example/"+strings.Repeat("w", 200), "job.created")
	webhook.Set("description", pagestest.Hostile(200))
	b.Post("/employer/webhooks", webhook).Wants(t, http.StatusCreated)
	b.Post("/employer/team", url.Values{"email": {"bo@northwind.example"}, "role": {"Viewer"}}).Wants(t, http.StatusCreated)
	b.Post("/employer/account", url.Values{"name": {pagestest.Hostile(100)}}).Wants(t, http.StatusOK)
	b.Post("/employer/company", url.Values{"name": {pagestest.Hostile(200)}}).Wants(t, http.StatusOK)
	b.Post("/employer/keys", b.KeyForm(pagestest.Hostile(100))).Wants(t, http.StatusCreated)
	b.Post("/employer/jobs/1", b.JobValues("/employer/jobs/1/edit", "title", pagestest.Hostile(200), "city", pagestest.Hostile(100), "reference", strings.Repeat("R", 100))).Wants(t, http.StatusOK)
	fixture.Apply(t, s.Store, pipeline.ApplyParams{
		Mode: board.ModeLive, JobID: j.ID, Source: board.SourceForm, PublicURL: s.URL,
		Applicant: board.Applicant{FirstName: pagestest.Hostile(100), LastName: pagestest.Hostile(100), Email: "grace@people.example", CoverLetter: hostile},
		CV:        &board.Upload{Name: pagestest.Hostile(200) + ".txt", Bytes: []byte(hostile)},
	})
	page := b.Get("/employer/interviews/new?application=1")
	b.Post("/employer/interviews", url.Values{
		"form": {portaltest.HiddenForm.FindStringSubmatch(page.Body)[1]}, "application": {"1"}, "startsAt": {"2026-07-01T10:00"}, "durationMinutes": {"45"}, "timeZone": {"UTC"}, "location": {pagestest.Hostile(200)},
	}).Wants(t, http.StatusOK)
	b.Post("/employer/applications/1/notes", url.Values{"text": {hostile}}).Wants(t, http.StatusOK)
	b.Post("/employer/mail-templates", url.Values{"form": {"template"}, "name": {pagestest.Hostile(80)}, "subject": {pagestest.Hostile(150)}, "body": {pagestest.Hostile(255)}}).Wants(t, http.StatusOK)
	b.Post("/employer/search/saved", url.Values{"name": {pagestest.Hostile(100)}, "search": {"q=x"}}).Wants(t, http.StatusOK)
	form := url.Values{"form": {b.FormID("/employer/billing/buy/team")}, "company": {pagestest.Hostile(200)}, "address": {"Leeds"}, "country": {"GB"}}
	b.Post("/employer/billing/buy/team", form).Wants(t, http.StatusOK)
	if _, err := s.Store.Jobs.CreateJob(t.Context(), tenant, board.JobPatch{Title: board.Set(pagestest.Hostile(200))}); err != nil {
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
	for pattern := range p.Rights() {
		method, path, has := filledIn(t, pattern, ids)
		if method == http.MethodGet {
			a := ada.Get(path)
			if a.Status != http.StatusOK && !slices.Contains(followForms, pattern) {
				t.Errorf("%s is not there for its own admin: %d", path, a.Status)
			}
			if a.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s is kept by the browser: %q", path, a.Header.Get("Cache-Control"))
			}
			if strings.Contains(a.Body, pagestest.HostileMarkup) && strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
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
		if strings.Contains(a.Body, "northwind.example") || strings.Contains(a.Body, pagestest.HostileText) {
			t.Errorf("%s shows another employer's admin what is not theirs", pattern)
		}
	}
	if n := len(auditOf(s)); n != before {
		t.Errorf("%d entries were added to the log of the employer", n-before)
	}
}

// TestHostileNamesFitOnAPhone opens every page of the route table in a real browser, with names that are hostile and as long as they may
// be: nothing runs, and nothing is wider than the screen. Then somebody signs out, and the button that leads back shows nothing.
func TestHostileNamesFitOnAPhone(t *testing.T) {
	t.Parallel()
	b := pagestest.NewTab(t)
	s, _, ids := furnished(t)
	p := portaltest.NewPortal(t, s.Store, s.Clock, &portaltest.LogBuffer{}, s.URL)
	b.Do("sign in", chromedp.Navigate(s.URL+"/employer/sign-in"), chromedp.WaitVisible("#email"))
	b.TabTo("#email")
	b.Do("email", chromedp.KeyEvent("ada@northwind.example"))
	b.TabTo("#password")
	b.Do("password", chromedp.KeyEvent(portaltest.Password), pagestest.Enter(), chromedp.WaitVisible(".stats"))
	b.Phone()
	files := []string{"/cv", "/export", ".csv", ".png"}
	for _, path := range []string{"/employer/applications?view=list", "/employer/applications/reject?id=1:New", "/employer/interviews/new?application=1", "/employer/search?q=x"} {
		b.Harmless(t, s.URL+path)
	}
	for pattern := range p.Rights() {
		method, path, _ := filledIn(t, pattern, ids)
		if method == http.MethodGet && !slices.Contains(followForms, pattern) && !slices.ContainsFunc(files, func(end string) bool { return strings.HasSuffix(path, end) }) {
			b.Harmless(t, s.URL+path)
		}
	}
	b.Do("sign out", chromedp.Evaluate[pagestest.Void](`document.querySelector('form[action="/employer/sign-out"]').requestSubmit()`), chromedp.WaitVisible("#password"))
	// The page is marked, so that the one before is waited for; and it is left after the browser has answered that it will be.
	b.Do("back", chromedp.Evaluate[pagestest.Void](`document.body.id = 'left'; setTimeout(() => history.back())`), chromedp.WaitVisible("body:not(#left) #password"))
	if at := pagestest.Ask(b, "address", chromedp.Evaluate[string](`location.pathname`)); at != "/employer/sign-in" {
		t.Errorf("the button that leads back shows %s", at)
	}
}

var postedForm = regexp.MustCompile(`(?s)<form[^>]*method="post"[^>]*action="([^"]*)"[^>]*>(.*?)</form>`)

// TestEveryFormOnEveryPageSaysForWhomItIs looks at the forms as a browser sends them, for one that does not say it changes nothing.
func TestEveryFormOnEveryPageSaysForWhomItIs(t *testing.T) {
	t.Parallel()
	s, ada, ids := furnished(t)
	asks := map[string]string{"/employer/search": "?q=IT", "/employer/interviews/new": "?application=1", "/employer/applications/reject": "?id=1:New"}
	ofNobody := []string{"/employer/sign-out", "/employer/theme"}
	forms := 0
	for pattern := range portaltest.NewPortal(t, s.Store, s.Clock, &portaltest.LogBuffer{}, s.URL).Rights() {
		method, path, _ := filledIn(t, pattern, ids)
		if method != http.MethodGet || strings.HasSuffix(path, "/live") {
			continue
		}
		for _, m := range postedForm.FindAllStringSubmatch(ada.Get(path+asks[path]).Body, -1) {
			if slices.Contains(ofNobody, m[1]) {
				continue
			}
			if forms++; !portaltest.HiddenEmployer.MatchString(m[2]) {
				t.Errorf("%s: the form to %s does not say for whom it is", path, m[1])
			}
		}
	}
	if forms < 80 {
		t.Errorf("%d forms were looked at", forms)
	}
}
