// Package docs is the pages for people who integrate: the guide at /docs with its search, the reference of the API, and what
// programs look for at known addresses (/llms.txt, /.well-known).
//
// Pages are made once, when somebody first asks for one, from the Markdown files of the package docs and from the contract. Nothing
// here asks a database, and all visitors are alike.
package docs

import (
	"embed"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"

	"itmanagerjobs/server/document"
	"itmanagerjobs/server/pages"
)

// Config is what the pages need. Every field is required.
type Config struct {
	// Files has the folders guide and webhooks.
	Files fs.FS
	// Contract is the OpenAPI 3.0 document of the native API.
	Contract []byte
	// Contract31 says the same in OpenAPI 3.1, for the reference.
	Contract31 []byte
	// ContractChanges says what the contract has changed since its releases, as oasdiff sees it.
	ContractChanges []byte
	// Changelog is what partners and operators read of each release, in Markdown.
	Changelog []byte
	Log       *slog.Logger
	Observe   pages.Observe
	Now       func() time.Time
	// NewID names requests; no two may be alike.
	NewID func() string
	// PublicURL is the address that people reach the site at, without a slash at its end.
	PublicURL string
	// Notices are what is published elsewhere.
	Notices pages.Notices
}

// Docs serves the pages. It is safe for concurrent use, and keeps nothing.
type Docs struct {
	Config

	views   *pages.Views
	book    *book
	files   map[string]*document.Document
	handler http.Handler
}

//go:embed templates/*.html static
var files embed.FS

// contentSecurityPolicy lets a page load the style sheet, the font, the icon, two scripts, and the index of the search from us,
// and nothing else.
const contentSecurityPolicy = "default-src 'none'; style-src 'self'; font-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"

const maxBody = 64 << 10 // bytes: the form that chooses the colours

// New makes all pages. It serves "/docs", "/llms.txt", "/llms-full.txt", everything below "/docs/", and the two addresses below
// "/.well-known/". Its errors are faults of the program, not of the environment.
func New(c Config) (*Docs, error) {
	c.PublicURL = strings.TrimSuffix(c.PublicURL, "/")
	d := &Docs{Config: c}
	var err error
	if d.views, err = pages.NewViews(files, "/docs/static/", c.Notices.Funcs()); err != nil {
		return nil, fmt.Errorf("parse templates: %w", err)
	}
	if d.book, err = readBook(c); err != nil {
		return nil, err
	}
	if d.files, err = d.makeFiles(); err != nil {
		return nil, err
	}
	routes := d.routes()
	d.handler = pages.Frame{
		Log: c.Log, Observe: c.Observe, Message: "docs request", Now: c.Now, NewID: c.NewID, Policy: contentSecurityPolicy, MaxBody: maxBody, Fault: d.showFault, Routes: routes,
	}.Wrap(routes)
	return d, nil
}

// OnDemand serves what New makes, which it makes for the first visitor: it takes a tenth of a second and some megabytes, which neither a
// start nor a copy that nobody reads at should pay for.
func OnDemand(c Config) http.Handler {
	made := sync.OnceValues(func() (*Docs, error) { return New(c) })
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d, err := made()
		if err != nil {
			c.Log.LogAttrs(r.Context(), slog.LevelError, "the documentation can't be made", slog.String("error", err.Error()))
			http.Error(w, "Something went wrong on our side. Please try again later.", http.StatusInternalServerError)
			return
		}
		d.ServeHTTP(w, r)
	})
}

// ServeHTTP answers one request.
func (d *Docs) ServeHTTP(w http.ResponseWriter, r *http.Request) { d.handler.ServeHTTP(w, r) }

func (d *Docs) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /docs", d.showPage)
	mux.HandleFunc("GET /docs/{path...}", d.showPage)
	mux.HandleFunc("GET /docs/reference", d.showReference)
	mux.HandleFunc("GET /docs/search", d.showSearch)
	mux.HandleFunc("GET /docs/static/{file}", d.views.ServeStatic)
	mux.HandleFunc("POST /docs/theme", d.chooseTheme)
	mux.HandleFunc("GET /.well-known/security.txt", d.serveSecurity)
	for address := range d.files {
		mux.HandleFunc("GET "+address, d.serveFile)
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { d.showMissing(w, r) })
	return mux
}

// frame is what the layout shows around the main part.
type frame struct {
	Title  string
	Failed bool
	// Description is for search engines; empty for none.
	Description string
	// Canonical is the address under which search engines shall know the page; empty when they shall not.
	Canonical string
	// Markdown is the address of the same page as Markdown; empty when there is none.
	Markdown string
	Nav      []navGroup
	// Query is what was searched for.
	Query string
	Main  any

	// Theme is filled in when the page is rendered.
	Theme pages.Theme
}

func (d *Docs) render(w http.ResponseWriter, r *http.Request, status int, name string, f frame) {
	f.Theme = pages.ThemeOf(r, "/docs/theme")
	// The colours are the visitor's, so the page is looked at anew each time.
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Add("Link", `</.well-known/api-catalog>; rel="api-catalog"`)
	if f.Markdown != "" {
		w.Header().Add("Link", "<"+f.Markdown+`>; rel="alternate"; type="text/markdown"`)
	}
	if err := d.views.Render(w, status, name, f); err != nil {
		pages.VisitOf(r.Context()).Fault = err
	}
}

// showPage shows a page of the book.
func (d *Docs) showPage(w http.ResponseWriter, r *http.Request) {
	address := path.Join("/docs", r.PathValue("path"))
	if address != r.URL.Path {
		http.Redirect(w, r, address, http.StatusMovedPermanently) //nolint:gosec // below /docs
		return
	}
	p, found := d.book.byAddress[address]
	if !found {
		d.showMissing(w, r)
		return
	}
	d.render(w, r, http.StatusOK, "page", frame{
		Title: p.Title, Description: p.Summary, Canonical: d.PublicURL + p.Address, Markdown: p.MarkdownAddress(), Nav: d.book.navFor(p), Main: p,
	})
}

func (d *Docs) showMissing(w http.ResponseWriter, r *http.Request) {
	d.render(w, r, http.StatusNotFound, "missing", frame{Title: "Not found", Failed: true, Nav: d.book.navFor(nil), Main: r.URL.Path})
}

func (d *Docs) showFault(w http.ResponseWriter, r *http.Request) {
	d.render(w, r, http.StatusInternalServerError, "fault", frame{Title: "Something went wrong", Failed: true, Main: pages.FaultText(w)})
}

// chooseTheme keeps the colours that a visitor wants, and leads back.
func (d *Docs) chooseTheme(w http.ResponseWriter, r *http.Request) {
	pages.SetTheme(w, r, strings.HasPrefix(d.PublicURL, "https://"))
	http.Redirect(w, r, pages.LocalTarget(r.PostFormValue("next"), "/docs"), http.StatusSeeOther) //nolint:gosec // LocalTarget leads nowhere else
}
