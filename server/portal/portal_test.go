package portal_test

import (
	"bytes"
	"fmt"
	"html"
	"io"
	"log/slog"
	"maps"
	"math"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"itmanagerjobs/server/portal"
	"itmanagerjobs/store"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/webhooks"
)

const password = "correct horse battery"

// site is a portal on an address of its own, with its store, clock and log.
type site struct {
	t     *testing.T
	url   string
	store *store.Store
	clock *storetest.Clock
	log   *logBuffer
}

// logBuffer is written by the server and read by the test.
type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func newSite(t *testing.T) *site {
	t.Helper()
	s, clock := storetest.New(t)
	return newSiteOver(t, s, clock)
}

func newSiteOver(t *testing.T, s *store.Store, clock *storetest.Clock) *site {
	t.Helper()
	log := &logBuffer{}
	srv := httptest.NewUnstartedServer(nil)
	address := "http://" + srv.Listener.Addr().String()
	srv.Config.Handler = newPortal(t, s, clock, log, address)
	srv.Start()
	t.Cleanup(srv.Close)
	return &site{t: t, url: address, store: s, clock: clock, log: log}
}

func newPortal(t *testing.T, s *store.Store, clock *storetest.Clock, log io.Writer, publicURL string) *portal.Portal {
	t.Helper()
	return portalWith(t, s, clock, log, publicURL, func(*portal.Config) {})
}

// portalWith is newPortal with other settings.
func portalWith(t *testing.T, s *store.Store, clock *storetest.Clock, log io.Writer, publicURL string, set func(*portal.Config)) *portal.Portal {
	t.Helper()
	var ids atomic.Int64
	c := portal.Config{
		Store: s, Log: slog.New(slog.NewJSONHandler(log, nil)), Now: clock.Now,
		NewID: func() string { return fmt.Sprintf("id-%d", ids.Add(1)) }, PublicURL: publicURL,
		Seller: board.Seller{Name: "ITManagerJobs", Country: "GB", VATPermille: 200}, CheckURL: webhooks.Addresses{Live: webhooks.Guard{AllowInsecure: true}, Test: webhooks.Guard{AllowInsecure: true}}.CheckURL,
	}
	set(&c)
	p, err := portal.New(c)
	if err != nil {
		t.Fatalf("portal: %v", err)
	}
	return p
}

// browser is a person's: it keeps cookies, and follows redirects as one does.
type browser struct {
	*site

	client *http.Client
	// employer is the one whose pages were looked at last, which forms carry along.
	employer string
	mu       sync.Mutex
}

func (s *site) browser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return &browser{site: s, client: &http.Client{Jar: jar}}
}

// answer is a page as it arrived; path is where the redirects ended.
type answer struct {
	status int
	path   string
	header http.Header
	body   string
}

func (b *browser) do(req *http.Request) answer {
	b.t.Helper()
	resp, err := b.client.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	if m := hiddenEmployer.FindStringSubmatch(string(body)); m != nil {
		b.mu.Lock()
		b.employer = m[1]
		b.mu.Unlock()
	}
	return answer{resp.StatusCode, resp.Request.URL.Path, resp.Header, string(body)}
}

var hiddenEmployer = regexp.MustCompile(`name="employer" value="(\d+)"`)

func (b *browser) get(path string) answer {
	b.t.Helper()
	req, err := http.NewRequest(http.MethodGet, b.url+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.do(req)
}

// statements counts what the page at path asks the database. It is the least of some readings: a notification of an earlier write
// may be sent meanwhile, and is counted too.
func (b *browser) statements(path string) int64 {
	b.t.Helper()
	least := int64(math.MaxInt64)
	for range 4 {
		before := b.store.RoundTrips()
		b.get(path).wants(b.t, http.StatusOK)
		least = min(least, b.store.RoundTrips()-before)
	}
	return least
}

func (b *browser) post(path string, form url.Values) answer {
	b.t.Helper()
	return b.postFrom("same-origin", path, form)
}

// postFrom sends a form the way a browser does that is on a page of the same or another site. The form is for the employer
// whose pages were looked at last, unless it says for whom it is.
func (b *browser) postFrom(fetchSite, path string, form url.Values) answer {
	b.t.Helper()
	b.mu.Lock()
	employer := b.employer
	b.mu.Unlock()
	if !form.Has("employer") && employer != "" {
		form = maps.Clone(form)
		if form == nil {
			form = url.Values{}
		}
		form.Set("employer", employer)
	}
	req, err := http.NewRequest(http.MethodPost, b.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", fetchSite)
	return b.do(req)
}

// signUp makes an account and confirms the address.
func (b *browser) signUp(company, email string) *browser {
	b.t.Helper()
	b.signUpOnly(company, email)
	if a := b.post(b.mailed(email, "confirm"), nil); a.path != "/employer" || !strings.Contains(a.body, "is confirmed") {
		b.t.Fatalf("confirm: %d at %s\n%s", a.status, a.path, a.body)
	}
	return b
}

// signUpOnly makes an account whose address waits for confirmation.
func (b *browser) signUpOnly(company, email string) answer {
	b.t.Helper()
	a := b.post("/employer/sign-up", url.Values{"company": {company}, "name": {"Ada Admin"}, "email": {email}, "password": {password}})
	if a.status != http.StatusOK || a.path != "/employer" {
		b.t.Fatalf("sign up: %d at %s\n%s", a.status, a.path, a.body)
	}
	b.get("/employer/account") // whose forms it is for
	return a
}

// mails are those to an address, the newest first.
func (s *site) mails(to string) []outbox.Message {
	s.t.Helper()
	all, err := s.store.Outbox.Messages(s.t.Context(), 100)
	if err != nil {
		s.t.Fatal(err)
	}
	return slices.DeleteFunc(all, func(m outbox.Message) bool { return m.To != to })
}

// mailed is the link to a page of the portal in the newest email to an address.
func (s *site) mailed(to, page string) string {
	s.t.Helper()
	mails := s.mails(to)
	if len(mails) == 0 {
		s.t.Fatalf("no email to %s", to)
	}
	link := regexp.MustCompile(`/employer/` + page + `/[\w-]+`).FindString(mails[0].Text)
	if link == "" || !strings.Contains(mails[0].Text, s.url+link) {
		s.t.Fatalf("the email to %s has no link to %s:\n%s", to, page, mails[0].Text)
	}
	return link
}

func (b *browser) signIn(email, password string) answer {
	b.t.Helper()
	a := b.post("/employer/sign-in", url.Values{"email": {email}, "password": {password}})
	if a.path == "/employer" {
		b.get("/employer/account")
	}
	return a
}

// join signs another member in, who is invited by an admin.
func (s *site) join(role board.Role, admin *browser, email string) *browser {
	s.t.Helper()
	if a := admin.post("/employer/team", url.Values{"email": {email}, "role": {string(role)}}); a.status != http.StatusCreated {
		s.t.Fatalf("invite: %d\n%s", a.status, a.body)
	}
	b := s.browser()
	if a := b.post(s.mailed(email, "invitation"), url.Values{"name": {"Bo Member"}, "password": {password}}); a.path != "/employer" {
		s.t.Fatalf("accept: %d at %s\n%s", a.status, a.path, a.body)
	}
	b.get("/employer/account")
	return b
}

var hiddenForm = regexp.MustCompile(`name="form" value="([^"]+)"`)

// keyForm is the form of a new key, as the page offers it, with a name and a scope.
func (b *browser) keyForm(name string) url.Values {
	b.t.Helper()
	m := hiddenForm.FindStringSubmatch(b.get("/employer/keys/new").body)
	if m == nil {
		b.t.Fatal("the page has no form")
	}
	return url.Values{"form": {m[1]}, "name": {name}, "scopes": {"JobPosting"}, "mode": {"live"}}
}

var plainKey = regexp.MustCompile(`[pr]k_(live|test)_[0-9A-Za-z]{38}`)

func (a answer) wants(t *testing.T, status int, texts ...string) {
	t.Helper()
	if a.status != status {
		t.Errorf("status %d at %s, want %d", a.status, a.path, status)
	}
	for _, text := range texts {
		if !strings.Contains(html.UnescapeString(a.body), text) {
			t.Errorf("%s does not say %q:\n%s", a.path, text, a.body)
		}
	}
}
