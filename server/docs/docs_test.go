package docs

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"itmanagerjobs/docs"
	"itmanagerjobs/openapi"
)

const publicURL = "https://jobs.example.com"

func now() time.Time { return time.Date(2026, 4, 1, 9, 30, 0, 0, time.UTC) }

var changelog = sync.OnceValues(func() ([]byte, error) { return os.ReadFile("../../CHANGELOG.md") })

func newDocs(t *testing.T) *Docs {
	t.Helper()
	changes, err := changelog()
	if err != nil {
		t.Fatal(err)
	}
	var n atomic.Int64
	d, err := New(Config{
		Files: docs.Files, Contract: openapi.V1, Contract31: openapi.V1In31, ContractChanges: openapi.V1Changelog, Changelog: changes, Log: slog.New(slog.DiscardHandler), Now: now,
		NewID: func() string { return fmt.Sprintf("req-%d", n.Add(1)) }, PublicURL: publicURL + "/",
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func get(t *testing.T, d http.Handler, address string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, address, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	return w
}

var (
	hrefs = regexp.MustCompile(`(?:href|src)="([^"]*)"`)
	ids   = regexp.MustCompile(` id="([^"]*)"`)
)

// elsewhere are the beginnings of addresses that other parts of the program serve; TestDocsLeadOnlyToWhatIsServed of the
// program asks for them.
var elsewhere = []string{"/employer", "/pricing", "/contact", "/jobs", "/swagger/", "/healthz/", "/feeds/"}

// TestEveryLinkLeadsSomewhere follows every link from the first page on, and looks for the anchors that links name. What is
// reached in this way are all pages.
func TestEveryLinkLeadsSomewhere(t *testing.T) {
	t.Parallel()
	d := newDocs(t)
	bodies := map[string]string{}
	var visit func(address string)
	visit = func(address string) {
		if _, seen := bodies[address]; seen {
			return
		}
		w := get(t, d, address)
		bodies[address] = w.Body.String()
		if w.Code != http.StatusOK {
			t.Errorf("%s answers %d", address, w.Code)
			return
		}
		if !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
			return
		}
		for _, m := range hrefs.FindAllStringSubmatch(bodies[address], -1) {
			target, anchor, _ := strings.Cut(m[1], "#")
			if target == "" {
				target = address
			}
			if strings.HasPrefix(target, "https://") || isElsewhere(target) {
				continue
			}
			visit(target)
			if anchor != "" && !strings.Contains(bodies[target], ` id="`+anchor+`"`) {
				t.Errorf("%s has a link to %s, and that page has no such place", address, m[1])
			}
		}
	}
	visit("/docs")
	for _, p := range d.book.pages {
		if _, reached := bodies[p.Address]; !reached {
			t.Errorf("no link leads to %s", p.Address)
		}
		if n := len(ids.FindAllString(bodies[p.Address], -1)); n == 0 {
			t.Errorf("%s has no places to link to", p.Address)
		}
	}
	if len(d.book.pages) < 60 {
		t.Errorf("the book has %d pages", len(d.book.pages))
	}
}

func isElsewhere(target string) bool {
	for _, beginning := range elsewhere {
		if target == beginning || strings.HasPrefix(target, strings.TrimSuffix(beginning, "/")+"/") {
			return true
		}
	}
	return false
}

// TestEveryPageIsInTheNavigation goes along the navigation alone.
func TestEveryPageIsInTheNavigation(t *testing.T) {
	t.Parallel()
	d := newDocs(t)
	shown := map[string]bool{}
	var look func(p *page)
	look = func(p *page) {
		for _, g := range d.book.navFor(p) {
			for _, item := range g.Items {
				for _, i := range append([]navItem{item}, item.Items...) {
					if !shown[i.Path] {
						shown[i.Path] = true
						look(d.book.byAddress[i.Path])
					}
				}
			}
		}
	}
	look(d.book.pages[0])
	for _, p := range d.book.pages {
		if !shown[p.Address] {
			t.Errorf("the navigation does not lead to %s", p.Address)
		}
	}
}

// TestEveryErrorHasItsPage takes the codes from the contract.
func TestEveryErrorHasItsPage(t *testing.T) {
	t.Parallel()
	d := newDocs(t)
	g, err := newGenerator(d.Config)
	if err != nil {
		t.Fatal(err)
	}
	codes, err := g.contract.codes()
	if err != nil || len(codes) < 19 {
		t.Fatalf("codes %v, %v", codes, err)
	}
	for _, c := range codes {
		w := get(t, d, "/docs/errors/"+c.code)
		for _, want := range []string{"<h1><code>" + c.code + "</code></h1>", `id="why-it-happens"`, `id="what-to-do"`, "The status is <code>" + c.status + "</code>"} {
			if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), want) {
				t.Errorf("the page of %s answers %d, and lacks %s", c.code, w.Code, want)
			}
		}
	}
	for _, p := range d.book.pages {
		if code, ok := strings.CutPrefix(p.Address, "/docs/errors/"); ok && !strings.Contains(string(openapi.V1), `"`+code+`"`) {
			t.Errorf("there is a page of %s, and the contract has no such code", code)
		}
	}
}

// TestEveryEventHasItsPage takes the events from the contract.
func TestEveryEventHasItsPage(t *testing.T) {
	t.Parallel()
	d := newDocs(t)
	g, err := newGenerator(d.Config)
	if err != nil {
		t.Fatal(err)
	}
	for event := range g.contract.Events {
		if w := get(t, d, "/docs/events/"+event); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `id="examples"`) || strings.Count(w.Body.String(), "<pre") == 0 {
			t.Errorf("the page of %s answers %d, or has no example", event, w.Code)
		}
	}
}
