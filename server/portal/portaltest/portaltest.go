// Package portaltest is the portal in tests: on an address of its own, over a database of its own, with people who look at its
// pages as a browser does. What people do on the pages of one room is in a file of the room's name.
package portaltest

import (
	"bytes"
	"database/sql"
	"fmt"
	"html"
	"io"
	"log/slog"
	"maps"
	"math"
	"net"
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
	"itmanagerjobs/server/session"
	"itmanagerjobs/store"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
	"itmanagerjobs/webhooks"
)

// Password is everybody's.
const Password = "correct horse battery"

// Site is a portal on an address of its own, with its store, clock and log.
type Site struct {
	T     testing.TB
	URL   string
	Store *store.Store
	Clock *storetest.Clock
	Log   *LogBuffer
	// Portal is what serves it.
	Portal *portal.Portal

	db *sql.DB // nil after NewOver
}

// LogBuffer is written by the server and read by the test.
type LogBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *LogBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *LogBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// New is a portal over a new database. set changes its settings.
func New(t testing.TB, set ...func(*portal.Config)) *Site {
	t.Helper()
	clock, url := storetest.NewClock(), storetest.URL(t)
	site := NewOver(t, storetest.Open(t, url, storetest.Options(clock)), clock, set...)
	site.db = fixture.Raw(t, url)
	return site
}

// NewOver is a portal over a database that is there.
func NewOver(t testing.TB, s *store.Store, clock *storetest.Clock, set ...func(*portal.Config)) *Site {
	t.Helper()
	log := &LogBuffer{}
	srv := httptest.NewUnstartedServer(nil)
	// By a name, for browsers know no passkeys at an address of numbers.
	_, port, err := net.SplitHostPort(srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	address := "http://localhost:" + port
	p := NewPortal(t, s, clock, log, address, set...)
	srv.Config.Handler = p
	srv.Start()
	t.Cleanup(func() { p.Drain(); srv.Close() })
	return &Site{T: t, URL: address, Store: s, Clock: clock, Log: log, Portal: p}
}

// NewPortal is the pages alone, without an address. Passwords cost next to nothing.
func NewPortal(t testing.TB, s *store.Store, clock *storetest.Clock, log io.Writer, publicURL string, set ...func(*portal.Config)) *portal.Portal {
	t.Helper()
	var ids atomic.Int64
	c := portal.Config{
		Store: s, Log: slog.New(slog.NewJSONHandler(log, nil)), Now: clock.Now,
		NewID: func() string { return fmt.Sprintf("id-%d", ids.Add(1)) }, PublicURL: publicURL,
		Seller: board.Seller{Name: "ITManagerJobs", Country: "GB", VATPermille: 200}, CheckURL: webhooks.Addresses{Live: webhooks.Guard{AllowInsecure: true}, Test: webhooks.Guard{AllowInsecure: true}}.CheckURL,
		PasswordCost: session.Cost{MemoryKiB: 8, Passes: 1},
	}
	for _, change := range set {
		change(&c)
	}
	p, err := portal.New(c)
	if err != nil {
		t.Fatalf("portal: %v", err)
	}
	return p
}

// Browser is a person's: it keeps cookies, and follows redirects as one does.
type Browser struct {
	*Site

	Client *http.Client
	// Employer is the one whose pages were looked at last, which forms carry along.
	Employer string
	// Mode is that of the data on them.
	Mode string
	mu   sync.Mutex
}

// Browser is that of somebody who has not signed in.
func (s *Site) Browser() *Browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.T.Fatal(err)
	}
	return &Browser{Site: s, Client: &http.Client{Jar: jar}}
}

// Answer is a page as it arrived; Path is where the redirects ended.
type Answer struct {
	Status int
	Path   string
	Header http.Header
	Body   string
}

// Do sends a request with the cookies of the browser.
func (b *Browser) Do(req *http.Request) Answer {
	b.T.Helper()
	resp, err := b.Client.Do(req)
	if err != nil {
		b.T.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		b.T.Fatal(err)
	}
	if m := HiddenEmployer.FindStringSubmatch(string(body)); m != nil {
		b.mu.Lock()
		b.Employer = m[1]
		if m := hiddenMode.FindStringSubmatch(string(body)); m != nil {
			b.Mode = m[1]
		}
		b.mu.Unlock()
	}
	return Answer{resp.StatusCode, resp.Request.URL.Path, resp.Header, string(body)}
}

var hiddenMode = regexp.MustCompile(`name="opened" value="(\w+)"`)

// HiddenEmployer finds the employer for whom a form was opened.
var HiddenEmployer = regexp.MustCompile(`name="employer" value="(\d+)"`)

// Get opens a page.
func (b *Browser) Get(path string) Answer {
	b.T.Helper()
	req, err := http.NewRequestWithContext(b.T.Context(), http.MethodGet, b.URL+path, nil)
	if err != nil {
		b.T.Fatal(err)
	}
	return b.Do(req)
}

// Statements counts what the page at path asks the database. It is the least of some readings: a notification of an earlier write
// may be sent meanwhile, and is counted too.
func (b *Browser) Statements(path string) int64 {
	b.T.Helper()
	least := int64(math.MaxInt64)
	for range 4 {
		before := b.Store.RoundTrips()
		b.Get(path).Wants(b.T, http.StatusOK)
		least = min(least, b.Store.RoundTrips()-before)
	}
	return least
}

// Post sends a form from a page of the portal.
func (b *Browser) Post(path string, form url.Values) Answer {
	b.T.Helper()
	return b.PostFrom("same-origin", path, form)
}

// PostFrom sends a form the way a browser does that is on a page of the same or another site. The form is for the employer
// whose pages were looked at last, unless it says for whom it is.
func (b *Browser) PostFrom(fetchSite, path string, form url.Values) Answer {
	b.T.Helper()
	b.mu.Lock()
	employer, mode := b.Employer, b.Mode
	b.mu.Unlock()
	if !form.Has("employer") && employer != "" {
		form = maps.Clone(form)
		if form == nil {
			form = url.Values{}
		}
		form.Set("employer", employer)
		if !form.Has("opened") {
			form.Set("opened", mode)
		}
	}
	req, err := http.NewRequestWithContext(b.T.Context(), http.MethodPost, b.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.T.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", fetchSite)
	return b.Do(req)
}

// SignUp makes an account and confirms the address.
func (b *Browser) SignUp(company, email string) *Browser {
	b.T.Helper()
	b.SignUpOnly(company, email)
	if a := b.Post(b.Mailed(email, "confirm"), nil); a.Path != "/employer" || !strings.Contains(a.Body, "is confirmed") {
		b.T.Fatalf("confirm: %d at %s\n%s", a.Status, a.Path, a.Body)
	}
	return b
}

// SignUpOnly makes an account whose address waits for confirmation.
func (b *Browser) SignUpOnly(company, email string) Answer {
	b.T.Helper()
	a := b.Post("/employer/sign-up", url.Values{"company": {company}, "name": {"Ada Admin"}, "email": {email}, "password": {Password}})
	if a.Status != http.StatusCreated || a.Path != "/employer/sign-up" || !strings.Contains(a.Body, "pk_test_") {
		b.T.Fatalf("sign up: %d at %s\n%s", a.Status, a.Path, a.Body)
	}
	b.withoutFirstKey()
	b.Get("/employer/account") // whose forms it is for
	return a
}

// withoutFirstKey takes the key of the sign-up away: tests of keys begin with none, and number theirs from 1.
func (s *Site) withoutFirstKey() {
	s.T.Helper()
	if s.db == nil {
		return
	}
	for _, statement := range []string{
		`DELETE FROM api_keys WHERE name = 'First test key'`,
		`SELECT setval('api_keys_id_seq', coalesce((SELECT max(id) FROM api_keys), 0) + 1, false)`,
	} {
		if _, err := s.db.ExecContext(s.T.Context(), statement); err != nil {
			s.T.Fatal(err)
		}
	}
}

// Mails are those to an address, the newest first.
func (s *Site) Mails(to string) []outbox.Message {
	s.T.Helper()
	all, err := s.Store.Outbox.Messages(s.T.Context(), 100)
	if err != nil {
		s.T.Fatal(err)
	}
	return slices.DeleteFunc(all, func(m outbox.Message) bool { return m.To != to })
}

// Mailed is the link to a page of the portal in the newest email to an address.
func (s *Site) Mailed(to, page string) string {
	s.T.Helper()
	mails := s.Mails(to)
	if len(mails) == 0 {
		s.T.Fatalf("no email to %s", to)
	}
	link := regexp.MustCompile(`/employer/` + page + `/[\w-]+`).FindString(mails[0].Text)
	if link == "" || !strings.Contains(mails[0].Text, s.URL+link) {
		s.T.Fatalf("the email to %s has no link to %s:\n%s", to, page, mails[0].Text)
	}
	return link
}

// SignIn signs somebody in who has an account.
func (b *Browser) SignIn(email, password string) Answer {
	b.T.Helper()
	a := b.Post("/employer/sign-in", url.Values{"email": {email}, "password": {password}})
	if a.Path == "/employer" {
		b.Get("/employer/account")
	}
	return a
}

// Join signs another member in, who is invited by an admin.
func (s *Site) Join(role board.Role, admin *Browser, email string) *Browser {
	s.T.Helper()
	if a := admin.Post("/employer/team", url.Values{"email": {email}, "role": {string(role)}}); a.Status != http.StatusCreated {
		s.T.Fatalf("invite: %d\n%s", a.Status, a.Body)
	}
	b := s.Browser()
	if a := b.Post(s.Mailed(email, "invitation"), url.Values{"name": {"Bo Member"}, "password": {Password}}); a.Path != "/employer" {
		s.T.Fatalf("accept: %d at %s\n%s", a.Status, a.Path, a.Body)
	}
	b.Get("/employer/account")
	return b
}

// HiddenForm finds the id of a form.
var HiddenForm = regexp.MustCompile(`name="form" value="([^"]+)"`)

// Wants fails the test unless the answer has the status and says the texts.
func (a Answer) Wants(t testing.TB, status int, texts ...string) {
	t.Helper()
	if a.Status != status {
		t.Errorf("status %d at %s, want %d", a.Status, a.Path, status)
	}
	for _, text := range texts {
		if !strings.Contains(html.UnescapeString(a.Body), text) {
			t.Errorf("%s does not say %q:\n%s", a.Path, text, a.Body)
		}
	}
}
