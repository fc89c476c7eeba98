// Package site is the pages for everybody: the list of jobs, the page of each job with its apply form, and the feed of
// all jobs for aggregators.
//
// Pages are rendered on the server and need no script. What they show comes through the interface Jobs; no SQL and no
// rule of the job board belongs here, nothing of the partner API, and no session: all visitors are alike.
package site

import (
	"cmp"
	"context"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"maps"
	"net/http"
	"strings"
	"time"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/publication"
	"itmanagerjobs/store/turns"
)

// Jobs is what the pages show; live jobs alone, for the public sees nothing of test mode.
type Jobs interface {
	// SearchJobs finds jobs that are open.
	SearchJobs(ctx context.Context, q publication.Search) (publication.SearchPage, error)
	// SitemapEntries lists open jobs in the order of their ids: up to limit, those after the given id.
	SitemapEntries(ctx context.Context, after int64, limit int) ([]publication.SitemapEntry, error)
	// SitemapPart tells the last of limit open jobs after an id, and whether others follow.
	SitemapPart(ctx context.Context, after int64, limit int) (last int64, more bool, err error)
	// PublicJob reads a job that is open, or was. Errors: not_found, for a draft too.
	PublicJob(ctx context.Context, id int64) (publication.Listing, error)
	// CountView counts that somebody with a network address and a user agent has opened the page of a job.
	CountView(jobID int64, address, agent string)
	// FeedState tells whether the feed has changed.
	FeedState(ctx context.Context) (publication.FeedState, error)
	// FeedPage reads open jobs in the order of their ids: up to limit, those after the given id.
	FeedPage(ctx context.Context, after int64, limit int) ([]publication.Listing, error)
}

// Platform is what the pages about the platform itself show and take.
type Platform interface {
	// Packages lists what is for sale, cheapest first.
	Packages(ctx context.Context) ([]board.Package, error)
	// Contact keeps what somebody has written, from a network address, and returns the number of the ticket. Errors:
	// invalid_request; rate_limited.
	Contact(ctx context.Context, c board.ContactRequest, address string) (ticket string, err error)
}

// Config is what a Site needs. Every field is required.
type Config struct {
	Jobs     Jobs
	Platform Platform
	Log      *slog.Logger
	Observe  pages.Observe
	// Now is the clock by which jobs expire.
	Now func() time.Time
	// Wall is the clock of the network, whose deadlines know no other: time.Now, in tests too.
	Wall func() time.Time
	// NewID names requests; no two may be alike.
	NewID func() string
	// PublicURL is the address that people reach the site at, without a slash at its end.
	PublicURL string
	// Notices are what is published elsewhere.
	Notices pages.Notices
}

// Site serves the pages. It is safe for concurrent use, and keeps nothing.
type Site struct {
	Config

	views   *pages.Views
	feeding *turns.Gate // of feeds that are being written
	handler http.Handler
}

//go:embed templates/*.html
var files embed.FS

// contentSecurityPolicy lets a page load the style sheet, the font, the icon and the script, send its form to us, and nothing else. JSON-LD
// in a script element is data, which no policy is asked about.
const contentSecurityPolicy = "default-src 'none'; style-src 'self'; font-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// maxBody is in bytes. The longest form is a message of board.MaxContactMessage characters; an application goes to the API.
const maxBody = 128 << 10

// New builds the site. It serves "/", "/robots.txt", "/sitemap.xml", "/favicon.ico", "/jobs", "/feeds/", "/pricing", "/contact", and everything below "/jobs/" and "/site/". Its errors are faults
// of the program, not of the environment.
func New(c Config) (*Site, error) {
	c.PublicURL = strings.TrimSuffix(c.PublicURL, "/")
	s := &Site{Config: c, feeding: turns.New(turns.Options{AtOnce: maxFeeds, Each: maxFeedsEach, Company: feedCompany})}
	var err error
	funcs := c.Notices.Funcs()
	maps.Copy(funcs, template.FuncMap{
		"day": day, "lastDay": lastDay, "machine": machine, "place": pages.Place, "siteName": pages.SiteName, "facts": pages.Facts,
		"salary": func(s *board.Salary) string { return pages.SalaryText(*s) },
		"moment": func(t *time.Time) *pages.Moment { return pages.MomentOrNil(t, c.Now()) },
	})
	if s.views, err = pages.NewViews(files, "/site/static/", funcs); err != nil {
		return nil, fmt.Errorf("parse templates: %w", err)
	}
	routes := s.routes()
	guarded, err := s.guarded(routes)
	if err != nil {
		return nil, err
	}
	s.handler = pages.Frame{
		Log: c.Log, Observe: c.Observe, Message: "site request", Now: c.Now, NewID: c.NewID, Policy: contentSecurityPolicy, MaxBody: maxBody, Fault: s.showFault, Routes: routes,
	}.Wrap(guarded)
	return s, nil
}

// ServeHTTP answers one request.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// handler answers a request, or returns an error that page turns into a page.
type handler func(w http.ResponseWriter, r *http.Request) error

func (s *Site) routes() *http.ServeMux {
	mux := http.NewServeMux()
	for pattern, h := range s.table() {
		mux.Handle(pattern, s.page(h))
	}
	mux.Handle("GET /jobs/{$}", http.RedirectHandler("/jobs", http.StatusMovedPermanently))
	mux.HandleFunc("GET /site/static/{file}", s.views.ServeStatic)
	mux.Handle("GET /favicon.ico", http.RedirectHandler("/site/static/icon.svg", http.StatusFound))
	return mux
}

// table has the pages by their patterns.
func (s *Site) table() map[string]handler {
	return map[string]handler{
		"GET /{$}":               s.showHome,
		"GET /robots.txt":        s.showRobots,
		"GET /sitemap.xml":       s.showSitemaps,
		"GET /jobs":              s.showJobs,
		"GET /jobs/{id}":         s.showJobPage,
		"GET /jobs/{id}/applied": s.showApplied,
		"GET /feeds/jobs.xml":    s.serveFeed,
		"GET /pricing":           s.showPricing,
		"GET /contact":           s.showContact,
		"POST /contact":          s.contact,
		"POST /site/theme":       s.chooseTheme,
		"/":                      func(http.ResponseWriter, *http.Request) error { return errNoPage },
	}
}

func (s *Site) page(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// What is shown may be over in the next moment; keeping it is fine, showing it unasked is not.
		w.Header().Set("Cache-Control", "no-cache")
		if err := h(w, r); err != nil {
			s.answerError(w, r, err)
		}
	})
}

// page is what the layout shows around the main part.
type page struct {
	Title string
	// Description is for search engines; empty for none.
	Description string
	// Canonical is the address under which search engines shall know the page; empty when they shall not.
	Canonical string
	// Failed puts the failure first in the title, where a screen reader begins.
	Failed bool
	Main   any

	// Theme is filled in when the page is rendered.
	Theme pages.Theme
}

func (s *Site) render(w http.ResponseWriter, r *http.Request, status int, name string, pg page) error {
	pg.Theme = pages.ThemeOf(r, "/site/theme")
	return s.views.Render(w, status, name, pg)
}

// chooseTheme keeps the colours that a visitor wants, and leads back.
func (s *Site) chooseTheme(w http.ResponseWriter, r *http.Request) error {
	pages.SetTheme(w, r, strings.HasPrefix(s.PublicURL, "https://"))
	next := cmp.Or(pages.LocalTarget(r.PostFormValue("next"), ""), "/jobs")
	http.Redirect(w, r, next, http.StatusSeeOther) //nolint:gosec // LocalTarget leads nowhere else
	return nil
}

var errNoPage = board.Errorf(board.CodeNotFound, "There is no such page.")

// answerError turns the error of a handler into a page.
func (s *Site) answerError(w http.ResponseWriter, r *http.Request, err error) {
	f := pages.FailureOf(err, pages.FaultText(w))
	if errors.Is(err, errFeedBusy) {
		f.Logged = false
	}
	f.Answer(w, r, err, s.showError)
}

func (s *Site) showFault(w http.ResponseWriter, r *http.Request) {
	s.showError(w, r, http.StatusInternalServerError, "Something went wrong", pages.FaultText(w))
}

func (s *Site) showError(w http.ResponseWriter, r *http.Request, status int, title, message string) {
	if err := s.render(w, r, status, "error", page{Title: title, Failed: true, Main: message}); err != nil {
		pages.VisitOf(r.Context()).Fault = err
	}
}
