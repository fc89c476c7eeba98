package site

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"itmanagerjobs/store/board"
)

type fakePlatform struct {
	packages []board.Package
	err      error
	got      board.ContactRequest
	address  string
}

func (f *fakePlatform) Packages(context.Context) ([]board.Package, error) { return f.packages, f.err }

func (f *fakePlatform) Contact(_ context.Context, c board.ContactRequest, address string) (string, error) {
	f.got, f.address = c, address
	return "T-12", f.err
}

func platformSite(t *testing.T, f *fakePlatform) *Site {
	t.Helper()
	s := newSite(t, &fakeJobs{}, io.Discard)
	s.Platform = f
	return s
}

func TestPricingShowsWhatIsForSale(t *testing.T) {
	t.Parallel()
	s := platformSite(t, &fakePlatform{packages: []board.Package{{Code: "job-1", Name: "One job", PriceMinor: 19900, Currency: "GBP", JobPosting: 1}}})
	wants(t, get(t, s, "/pricing"), http.StatusOK, "<h1>Pricing</h1>", "One job", "£199.00", "plus VAT", `href="/employer/billing/buy/job-1"`, `rel="canonical" href="https://jobs.example.com/pricing"`)
	wants(t, get(t, platformSite(t, &fakePlatform{}), "/pricing"), http.StatusOK, "<h1>Pricing</h1>", "/contact")
	wants(t, get(t, platformSite(t, &fakePlatform{err: io.ErrUnexpectedEOF}), "/pricing"), http.StatusInternalServerError, "Something went wrong")
}

// send sends the form of the page Contact as a browser does, from a page of the given origin.
func send(t *testing.T, s http.Handler, origin string, form url.Values) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/contact", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", origin)
	r.RemoteAddr = "203.0.113.7:4711"
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func TestContact(t *testing.T) {
	t.Parallel()
	message := url.Values{"name": {"Bo"}, "email": {"bo@example.com"}, "company": {""}, "message": {"How much?\r\n\r\nFor <ten>."}}
	const home = "https://jobs.example.com"

	f := &fakePlatform{}
	s := platformSite(t, f)
	wants(t, get(t, s, "/contact"), http.StatusOK, "<h1>Contact</h1>", `action="/contact"`, "We answer to this address.", "data-once", "pages.js") // the script that keeps a second click from sending it twice
	wants(t, send(t, s, home, message), http.StatusCreated, "Your message has arrived", "T-12")
	if f.got.Name != "Bo" || f.got.Email != "bo@example.com" || !strings.Contains(f.got.Message, "For <ten>.") || f.address != "203.0.113.7" {
		t.Errorf("kept %+v from %q", f.got, f.address)
	}

	f = &fakePlatform{}
	wants(t, send(t, platformSite(t, f), home, url.Values{"name": {"Bo"}, "message": {strings.Repeat("x", 1<<20)}}), http.StatusRequestEntityTooLarge, "This form is too large")
	longest := url.Values{"name": {"Bo"}, "message": {strings.Repeat("🚀", board.MaxContactMessage)}}
	wants(t, send(t, platformSite(t, f), home, longest), http.StatusCreated)

	f = &fakePlatform{}
	wants(t, send(t, platformSite(t, f), "https://evil.example", message), http.StatusForbidden, "This request came from another website")
	if f.got.Name != "" {
		t.Error("a form of another site was kept")
	}

	f = &fakePlatform{err: board.Invalid(board.FieldError{Field: "email", Code: board.FieldInvalidFormat, Message: "must be an email address such as jobs@example.com"})}
	wants(t, send(t, platformSite(t, f), home, message), http.StatusUnprocessableEntity, "Enter an email address such as", `value="Bo"`, "For <ten>.")

	f = &fakePlatform{err: board.Invalid(board.FieldError{Field: "name", Code: board.FieldTooShort, Message: "must not be empty"}, board.FieldError{Field: "message", Code: board.FieldTooShort, Message: "must not be empty"})}
	wants(t, send(t, platformSite(t, f), home, message), http.StatusUnprocessableEntity, "Enter your name", "Write your message")

	f = &fakePlatform{err: board.Errorf(board.CodeRateLimited, "We have got several messages from your network already. Try again in 9 min.")}
	wants(t, send(t, platformSite(t, f), home, message), http.StatusTooManyRequests, "Try again in 9 min.", `value="Bo"`)
}

// TestAnotherSiteSendsNothing sends every form of the route table from pages of other sites.
func TestAnotherSiteSendsNothing(t *testing.T) {
	t.Parallel()
	f := &fakePlatform{}
	s, forms := platformSite(t, f), 0
	for pattern := range s.table() {
		path, posts := strings.CutPrefix(pattern, "POST ")
		if !posts {
			continue
		}
		forms++
		for _, from := range []http.Header{{"Sec-Fetch-Site": {"cross-site"}}, {"Sec-Fetch-Site": {"same-site"}}, {"Origin": {"https://evil.example"}}, {"Origin": {"null"}}} {
			r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(url.Values{"name": {"Bo"}, "email": {"bo@example.com"}, "message": {"x"}, "theme": {"dark"}}.Encode()))
			r.Header = from.Clone()
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			wants(t, w, http.StatusForbidden, "This request came from another website")
			if w.Header().Get("Set-Cookie") != "" {
				t.Errorf("%s from %v sets a cookie", path, from)
			}
		}
	}
	if forms < 2 || f.got.Name != "" {
		t.Errorf("%d forms were sent, and %+v was kept", forms, f.got)
	}
}

func TestColoursLeadBackToThePage(t *testing.T) {
	t.Parallel()
	s := platformSite(t, &fakePlatform{})
	for next, want := range map[string]string{
		"/": "/", "/pricing": "/pricing", "/contact": "/contact", "/jobs/7": "/jobs/7", "/jobs?q=cio&page=2": "/jobs?q=cio&page=2",
		"": "/jobs", "https://evil.example/": "/jobs", "//evil.example/": "/jobs", "///evil.example": "/jobs", `/\evil.example`: `/%5Cevil.example`, "javascript:alert(1)": "/jobs", "pricing": "/jobs",
	} {
		r := httptest.NewRequest(http.MethodPost, "/site/theme", strings.NewReader(url.Values{"theme": {"dark"}, "next": {next}}.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if got := w.Header().Get("Location"); w.Code != http.StatusSeeOther || got != want {
			t.Errorf("from %q it is %d to %q, want %q", next, w.Code, got, want)
		}
	}
}
