package desk_test

import (
	"bytes"
	"context"
	"fmt"
	"html"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"itmanagerjobs/server/desk"
	"itmanagerjobs/server/portal"
	"itmanagerjobs/server/session"
	"itmanagerjobs/store"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
	"itmanagerjobs/store/storetest"
)

const (
	password = "correct horse battery"
	reviewer = "rita@platform.example"
	admin    = "ada@northwind.example"
)

// cheap is what a password costs here.
var cheap = session.Cost{MemoryKiB: 8, Passes: 1}

var seller = board.Seller{Name: "ITManagerJobs Ltd", Address: "1 Platform Road\nLondon", Country: "GB", VATNumber: "GB999999973", VATPermille: 200}

// site is a desk and a portal on one address, with one reviewer and one employer.
type site struct {
	t        *testing.T
	url      string
	database string // its address
	store    *store.Store
	clock    *storetest.Clock
	desk     *desk.Desk
	log      *bytes.Buffer
	employer board.Tenant
}

func newSite(t *testing.T, keepsMail bool) *site {
	t.Helper()
	address, clock := storetest.URL(t), storetest.NewClock()
	s := storetest.Open(t, address, storetest.Options(clock))
	srv := httptest.NewUnstartedServer(nil)
	_, port, err := net.SplitHostPort(srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	public := "http://localhost:" + port
	var ids atomic.Int64
	newID := func() string { return fmt.Sprintf("id-%d", ids.Add(1)) }
	log := &bytes.Buffer{}
	d, err := desk.New(desk.Config{
		Store: s, Log: slog.New(slog.NewJSONHandler(log, nil)), Now: clock.Now, Wall: time.Now, NewID: newID, PublicURL: public, Version: "test", KeepsMail: keepsMail, PasswordCost: cheap,
		Tick: func(time.Duration) (<-chan time.Time, func()) {
			always := make(chan time.Time)
			close(always)
			return always, func() {}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	p, err := portal.New(portal.Config{Store: s, Log: slog.New(slog.DiscardHandler), Now: clock.Now, NewID: newID, PublicURL: public, Seller: seller, PasswordCost: cheap})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/platform", d)
	mux.Handle("/platform/", d)
	mux.Handle("/employer", p)
	mux.Handle("/employer/", p)
	srv.Config.Handler = mux
	srv.Start()
	t.Cleanup(func() { srv.Close(); d.Close() })
	hash, err := cheap.Hash(password)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Accounts.CreateReviewer(t.Context(), account.NewReviewer{Email: reviewer, Name: "Rita Reviewer", PasswordHash: hash}); err != nil {
		t.Fatal(err)
	}
	id, _, err := s.Accounts.CreateEmployer(t.Context(), account.NewEmployer{Name: "Northwind Recruitment", Email: admin, PasswordHash: hash})
	if err != nil {
		t.Fatal(err)
	}
	return &site{t: t, url: public, database: address, store: s, clock: clock, desk: d, log: log, employer: board.Tenant{EmployerID: id, Mode: board.ModeLive}}
}

// pendingKey makes a key that waits for review.
func (s *site) pendingKey(name string) account.Key {
	s.t.Helper()
	k, _, err := s.store.Accounts.MintKey(context.Background(), account.NewKey{Tenant: s.employer, Name: name, Scopes: []apikey.Scope{apikey.ScopeCVSearch}})
	if err != nil || k.Status != apikey.Pending {
		s.t.Fatalf("key %+v: %v", k, err)
	}
	return k
}

// mailed are the subjects of the emails to the admin, the newest first.
func (s *site) mailed() string {
	s.t.Helper()
	all, err := s.store.Outbox.Messages(context.Background(), 100)
	if err != nil {
		s.t.Fatal(err)
	}
	var subjects []string
	for _, m := range all {
		if m.To == admin {
			subjects = append(subjects, m.Subject)
		}
	}
	return strings.Join(subjects, "\n")
}

// browser is a person's: it keeps cookies, and follows redirects as one does.
type browser struct {
	*site

	client *http.Client
	last   string // the page that was looked at last
}

func (s *site) browser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return &browser{site: s, client: &http.Client{Jar: jar}}
}

// signedIn is a browser in which somebody has signed in at root, /platform or /employer.
func (s *site) signedIn(root, email string) *browser {
	s.t.Helper()
	b := s.browser()
	if a := b.post(root+"/sign-in", url.Values{"email": {email}, "password": {password}}); a.path != root {
		s.t.Fatalf("sign in: %d at %s\n%s", a.status, a.path, a.body)
	}
	return b
}

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
	b.last = string(body)
	return answer{resp.StatusCode, resp.Request.URL.Path, resp.Header, string(body)}
}

func (b *browser) get(path string) answer {
	b.t.Helper()
	req, err := http.NewRequest(http.MethodGet, b.url+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.do(req)
}

func (b *browser) post(path string, form url.Values) answer {
	b.t.Helper()
	return b.postFrom("same-origin", path, form)
}

var hidden = regexp.MustCompile(`name="(form|employer|opened)" value="([^"]+)"`)

// postFrom sends a form as a browser does that is on a page of the same or another site, with what the page that was looked at last
// has hidden in it.
func (b *browser) postFrom(fetchSite, path string, form url.Values) answer {
	b.t.Helper()
	return b.postWith(http.Header{"Sec-Fetch-Site": {fetchSite}}, path, form)
}

// postWith sends a form with the headers by which a browser tells from where.
func (b *browser) postWith(from http.Header, path string, form url.Values) answer {
	b.t.Helper()
	values := url.Values{}
	for _, m := range hidden.FindAllStringSubmatch(b.last, -1) {
		values.Set(m[1], m[2])
	}
	maps.Copy(values, form)
	req, err := http.NewRequest(http.MethodPost, b.url+path, strings.NewReader(values.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header = from.Clone()
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.do(req)
}

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

// actions are what the audit log has, the newest first.
func (s *site) actions() string {
	s.t.Helper()
	all, err := s.store.Accounts.PlatformActions(context.Background(), 0, 100)
	if err != nil {
		s.t.Fatal(err)
	}
	var names []string
	for _, a := range all {
		names = append(names, a.Action)
	}
	return strings.Join(names, ", ")
}
