package main

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"itmanagerjobs/server/geo"
	"itmanagerjobs/server/pages"
	"itmanagerjobs/store"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

// routesOf is what a program serves on its one address.
func routesOf(t *testing.T, s *store.Store, a *app) http.Handler {
	t.Helper()
	a.log = slog.New(slog.DiscardHandler)
	h, err := a.handlers(s, "https://jobs.example.com", (&geo.Countries{}).Of, nil, prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	return h.routes()
}

// TestWhoAnswers asks the one address for what the API, the portal and the site serve.
func TestWhoAnswers(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	fixture.Posted(t, s, "routes")
	routes := routesOf(t, s, &app{now: clock.Now})
	form := func(email string) (contentType string, body io.Reader) {
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		for name, value := range map[string]string{"firstName": "Zoë", "lastName": "O'Neill", "email": email, "phone": "", "coverLetter": "Dear all"} {
			if err := w.WriteField(name, value); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return w.FormDataContentType(), &b
	}
	for _, tc := range []struct {
		method, path, accept, email string
		want                        int
		text                        string
	}{
		{"GET", "/", "text/html", "", 200, "Find your next job"},
		{"GET", "/robots.txt", "", "", 200, "Sitemap: https://jobs.example.com/sitemap.xml"},
		{"GET", "/sitemap.xml", "", "", 200, "<loc>https://jobs.example.com/jobs/1</loc>"},
		{"GET", "/favicon.ico", "", "", 302, ""},
		{"GET", "/jobs", "text/html", "", 200, "IT Manager"},
		{"GET", "/jobs/1", "text/html", "", 200, `action="/jobs/1/apply"`},
		{"GET", "/jobs/2", "text/html", "", 404, "<h1>Not found</h1>"},
		{"GET", "/feeds/jobs.xml", "", "", 200, "<![CDATA[IT Manager]]>"},
		{"GET", "/site/static/base.css", "", "", 200, "{"},
		{"GET", "/employer/sign-in", "text/html", "", 200, "Sign in"},
		{"GET", "/api/v1/nothing", "", "", 404, `"code":"not_found"`},
		{"GET", "/nothing", "", "", 404, `"code":"not_found"`},
		{"GET", "/feeds", "", "", 404, `"code":"not_found"`},
		{"GET", "/jobs/1/2/apply", "text/html", "", 404, "<h1>Not found</h1>"},
		{"PURGE", "/jobs", "text/html", "", 405, "It takes GET, HEAD, OPTIONS."},
		{"GET", "/nothing", "text/html,*/*", "", 404, "<h1>Not found</h1>"},
		{"GET", "/index.html", "text/html", "", 404, "<h1>Not found</h1>"},
		{"POST", "/nothing", "text/html", "", 404, `"code":"not_found"`},
		{"GET", "/api/nothing", "text/html", "", 404, `"code":"not_found"`},
		{"GET", "/swagger/nothing", "text/html", "", 404, `"code":"not_found"`},
		{"PURGE", "/nothing", "", "", 404, `"code":"not_found"`},
		{"GET", "/docs", "text/html", "", 200, "Developer guide"},
		{"GET", "/docs/changelog", "text/html", "", 200, "1.0.0-rc.1"},
		{"GET", "/docs/nothing", "text/html", "", 404, "<h1>Not found</h1>"},
		{"GET", "/docs/errors.md", "", "", 200, "# Errors"},
		{"GET", "/llms.txt", "", "", 200, "> "},
		{"GET", "/swagger/v1/changelog.json", "", "", 200, `"changelog"`},
		{"GET", "/.well-known/security.txt", "", "", 200, "Contact: https://jobs.example.com/contact"},
		{"GET", "/.well-known/api-catalog", "", "", 200, `"linkset"`},
		{"GET", "/.well-known/nothing", "", "", 404, `"code":"not_found"`},
		{"GET", "/healthz/live", "", "", 200, "ok"},
		{"POST", "/mcp", "", "", 401, "Send an API key"},
		{"GET", "/jobs/1/apply", "text/html", "", 303, ""},
		{"POST", "/jobs/1/apply", "text/html", "zoe", 400, `value="Zoë"`},
		{"POST", "/jobs/1/apply", "", "zoe", 400, `"field":"email"`},
		{"POST", "/jobs/1/apply", "text/html", "zoe@example.com", 303, ""},
		{"GET", "/jobs/1/applied", "text/html", "", 200, "<h1>Thank you</h1>"},
		{"POST", "/jobs/1/apply", "text/html", "zoe@example.com", 303, ""},
		{"GET", board.WithdrawPath + "?token=x", "text/html", "", 404, "<h1>Not found</h1>"},
	} {
		var body io.Reader
		contentType := ""
		if tc.method == http.MethodPost {
			contentType, body = form(tc.email)
		}
		r := httptest.NewRequest(tc.method, tc.path, body)
		r.Header.Set("Accept", tc.accept)
		if contentType != "" {
			r.Header.Set("Content-Type", contentType)
		}
		w := httptest.NewRecorder()
		routes.ServeHTTP(w, r)
		if w.Code != tc.want || !strings.Contains(w.Header().Get("Location")+w.Body.String(), tc.text) {
			t.Errorf("%s %s as %q: %d %s %s, want %d %q", tc.method, tc.path, tc.accept, w.Code, w.Header().Get("Location"), w.Body, tc.want, tc.text)
		}
		if w.Header().Get("X-Request-ID") == "" {
			t.Errorf("%s %s: the answer has no X-Request-Id", tc.method, tc.path)
		}
		if page := strings.Contains(w.Body.String(), "<!doctype html>"); page && strings.HasPrefix(tc.path, "/jobs") && !strings.Contains(w.Header().Get("Content-Security-Policy"), "style-src 'self'") {
			t.Errorf("%s %s: the page may not load its style: %q", tc.method, tc.path, w.Header().Get("Content-Security-Policy"))
		}
	}
}

// TestWhatHasNoPathIsAnsweredInTheEnvelope asks as a client of a proxy does.
func TestWhatHasNoPathIsAnsweredInTheEnvelope(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	connect := httptest.NewRequest(http.MethodConnect, "/", nil)
	connect.URL.Path = ""
	w := httptest.NewRecorder()
	routesOf(t, s, &app{now: clock.Now}).ServeHTTP(w, connect)
	var e struct{ Code, Message, RequestID string }
	if err := json.Unmarshal(w.Body.Bytes(), &e); err != nil || e.Code != "not_found" || e.Message == "" || e.RequestID == "" || e.RequestID != w.Header().Get("X-Request-ID") ||
		w.Header().Get("Content-Type") != "application/json" {
		t.Errorf("%s with %v, %v; want the envelope with not_found", w.Body, w.Header(), err)
	}
}

// TestWhoHasTurnsByNetwork asks whose requests wait for others of their network.
func TestWhoHasTurnsByNetwork(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ path, header, from, want string }{
		{"/jobs", "", "203.0.113.7:4711", "203.0.113.7"},
		{"/jobs", "Authorization", "203.0.113.7:4711", "203.0.113.7"}, // pages know no keys
		{"/employer/sign-in", "", "[2001:db8:1:2:3:4:5:6]:4711", "2001:db8:1:2::/64"},
		{"/api/v1/jobs", "", "203.0.113.7:4711", "203.0.113.7"},
		{"/api/v1/jobs", "Authorization", "203.0.113.7:4711", ""},
		{"/v1/job", "X-Api-Key", "203.0.113.7:4711", ""},
		{"/mcp", "Authorization", "203.0.113.7:4711", "203.0.113.7"}, // what its tools call has turns by the key
		{"/healthz/ready", "", "203.0.113.7:4711", ""},
	} {
		r := httptest.NewRequest(http.MethodGet, tc.path, nil)
		if r.RemoteAddr = tc.from; tc.header != "" {
			r.Header.Set(tc.header, "Bearer pk_live_x")
		}
		if got := network(r); got != tc.want {
			t.Errorf("%s with %q from %s: %q, want %q", tc.path, tc.header, tc.from, got, tc.want)
		}
	}
}

// TestTheFooterLeadsOnlyToPagesThatAreThere follows each link at the bottom of a public page.
func TestTheFooterLeadsOnlyToPagesThatAreThere(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	routes := routesOf(t, s, &app{now: clock.Now})
	get := func(path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		routes.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		return w
	}
	_, foot, _ := strings.Cut(get("/jobs").Body.String(), "<footer")
	links := regexp.MustCompile(`href="([^"]+)"`).FindAllStringSubmatch(foot, -1)
	if len(links) < 5 {
		t.Fatalf("the footer has %d links", len(links))
	}
	for _, link := range links {
		if w := get(link[1]); w.Code != http.StatusOK && w.Code != http.StatusSeeOther {
			t.Errorf("%s answers %d", link[1], w.Code)
		}
	}
}

// TestNoticesAreLedTo looks for what is published elsewhere, where the settings name it and where they do not.
func TestNoticesAreLedTo(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	fixture.Posted(t, s, "notices")
	const privacy, terms, status = `href="https://www.example.com/privacy?of=jobs"`, `href="https://www.example.com/terms"`, `href="https://status.example.com"`
	routes := []http.Handler{routesOf(t, s, &app{now: clock.Now}), routesOf(t, s, &app{now: clock.Now, cfg: Config{Notices: pages.Notices{
		Privacy: "https://www.example.com/privacy?of=jobs", Terms: "https://www.example.com/terms", Status: "https://status.example.com",
	}}})}
	for path, want := range map[string]map[string]int{ // how often each is led to
		"/jobs": {privacy: 1, terms: 1, status: 1}, "/jobs/1": {privacy: 2, terms: 1, status: 1}, "/docs": {privacy: 1, terms: 1, status: 1},
		"/employer/sign-up": {privacy: 2, terms: 2, status: 1}, "/platform/sign-in": {privacy: 1, terms: 1, status: 1},
	} {
		for link, times := range want {
			for i, times := range []int{0, times} {
				w := httptest.NewRecorder()
				routes[i].ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
				if got := strings.Count(w.Body.String(), link); w.Code != http.StatusOK || got != times {
					t.Errorf("%s answers %d and leads to %s %d times, want %d", path, w.Code, link, got, times)
				}
			}
		}
	}
}

// TestDocsLeadOnlyToWhatIsServed asks for what pages of the documentation link to outside of it. Links within it are followed by
// the tests of server/docs.
func TestDocsLeadOnlyToWhatIsServed(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	routes := routesOf(t, s, &app{now: clock.Now})
	get := func(path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		routes.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		return w
	}
	asked := map[string]bool{}
	for _, link := range regexp.MustCompile(`\]\((?:https://jobs\.example\.com)?(/[^)#]*)`).FindAllStringSubmatch(get("/llms-full.txt").Body.String(), -1) {
		path := link[1]
		if asked[path] || strings.HasPrefix(path, "/docs") {
			continue
		}
		asked[path] = true
		// Pages of the portal lead to signing in.
		if w := get(path); w.Code != http.StatusOK && w.Code != http.StatusSeeOther {
			t.Errorf("%s answers %d", path, w.Code)
		}
	}
	if len(asked) < 10 {
		t.Errorf("the documentation leads to %d other addresses", len(asked))
	}
}

// TestTheDemoAloneHasTheStyleGuide asks for the style guide with and without a demo.
func TestTheDemoAloneHasTheStyleGuide(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	for guided, want := range map[bool]int{true: http.StatusOK, false: http.StatusNotFound} {
		routes := routesOf(t, s, &app{now: clock.Now, guided: guided})
		w := httptest.NewRecorder()
		routes.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/styleguide", nil))
		if w.Code != want {
			t.Errorf("guided %t: %d, want %d", guided, w.Code, want)
		}
	}
}

func TestBrowsersKeepToHTTPS(t *testing.T) {
	t.Parallel()
	for public, want := range map[string]string{"https://jobs.example.com": "max-age=31536000", "http://127.0.0.1:8080": ""} {
		w := httptest.NewRecorder()
		secure(public, http.NotFoundHandler()).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
		if got := w.Header().Get("Strict-Transport-Security"); got != want {
			t.Errorf("at %s the header is %q, want %q", public, got, want)
		}
	}
}
