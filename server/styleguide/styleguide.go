// Package styleguide is the page /styleguide of the demo: every component of server/pages in every state, for the people
// who build pages and for the tests that look at them. It holds no data and does nothing.
package styleguide

import (
	"embed"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"time"

	"itmanagerjobs/server/pages"
)

//go:embed templates/*.html
var files embed.FS

// contentSecurityPolicy is that of the portal.
const contentSecurityPolicy = "default-src 'none'; style-src 'self'; font-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; " +
	"base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"

const maxBody = 64 << 10 // bytes

// Config is what the page needs. Every field is required.
type Config struct {
	Log   *slog.Logger
	Now   func() time.Time
	NewID func() string
}

type guide struct {
	views *pages.Views
	now   func() time.Time
}

// New serves "/styleguide" and everything below it. Its errors are faults of the program.
func New(c Config) (http.Handler, error) {
	g := &guide{now: c.Now}
	var err error
	if g.views, err = pages.NewViews(files, "/styleguide/static/", template.FuncMap{"icons": pages.Icons}); err != nil {
		return nil, fmt.Errorf("parse templates: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /styleguide", g.show)
	mux.HandleFunc("GET /styleguide/static/{file}", g.views.ServeStatic)
	mux.HandleFunc("POST /styleguide/theme", func(w http.ResponseWriter, r *http.Request) {
		pages.SetTheme(w, r, false)
		http.Redirect(w, r, pages.LocalTarget(r.PostFormValue("next"), "/styleguide"), http.StatusSeeOther) //nolint:gosec // LocalTarget leads nowhere else
	})
	mux.Handle("POST /styleguide", http.RedirectHandler("/styleguide", http.StatusSeeOther))
	return pages.Frame{
		Log: c.Log, Message: "style guide request", Now: c.Now, NewID: c.NewID, Policy: contentSecurityPolicy, MaxBody: maxBody, Routes: mux,
		Fault: func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, pages.FaultText(w), http.StatusInternalServerError)
		},
	}.Wrap(mux), nil
}

// page is what the frame "shell" shows.
type page struct {
	Title   string
	Failed  bool
	Notice  string
	Caution *pages.Notice
	Theme   pages.Theme
	Shell   *pages.Shell
	Main    samples
}

func (g *guide) show(w http.ResponseWriter, r *http.Request) {
	pg := page{Title: "Style guide", Notice: "The job “Head of IT” is published.", Theme: pages.ThemeOf(r, "/styleguide/theme"), Shell: shell(), Main: sampleAll(g.now())}
	if err := g.views.Render(w, http.StatusOK, "styleguide", pg); err != nil {
		pages.VisitOf(r.Context()).Fault = err
		http.Error(w, pages.FaultText(w), http.StatusInternalServerError)
	}
}

func shell() *pages.Shell {
	return &pages.Shell{
		Name: "for employers", Home: "/styleguide", Company: "Northwind Talent", Person: "dana@northwind.example", SignOut: "/styleguide",
		Modes: &pages.ModeSwitch{Test: true, Action: "/styleguide", Next: "/styleguide"},
		Groups: []pages.NavGroup{
			{Items: []pages.NavItem{
				{Text: "Home", Path: "/styleguide", Icon: "home", Current: true},
				{Text: "Jobs", Path: "#tables", Icon: "job", Count: "9"},
				{Text: "Applications", Path: "#forms", Icon: "inbox", Count: "14 new"},
			}},
			{Name: "Developers", Items: []pages.NavItem{
				{Text: "API keys", Path: "#code", Icon: "key"},
				{Text: "Webhooks", Path: "#stats", Icon: "webhook", Count: "1 failing", Bad: true},
			}},
			{Name: "Account", Items: []pages.NavItem{{Text: "Billing & credits", Path: "#dialogs", Icon: "card"}, {Text: "Team", Path: "#lists", Icon: "people"}}},
		},
	}
}
