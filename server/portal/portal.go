// Package portal is the pages under /employer: sign-up, sign-in, an employer's overview, API keys, team and company.
//
// Pages are rendered on the server and work without a script; the one script adds comfort. Every page is one call or
// two of the store, bound to the employer of the person who is signed in. No SQL and no rule of the job board belongs
// here, and nothing of the partner API: that is package server, which this one must not import.
package portal

import (
	"crypto/rand"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"runtime"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"

	"itmanagerjobs/openapi"
	"itmanagerjobs/server/pages"
	"itmanagerjobs/store"
	"itmanagerjobs/store/board"
)

// The parts of a form, as the portal's pages build them.
type (
	form   = pages.Form
	field  = pages.Field
	option = pages.Option
)

// Config is what a Portal needs. Every field is required.
type Config struct {
	Store *store.Store
	Log   *slog.Logger
	// Now measures how long requests take, and is what "5 minutes ago" counts from.
	Now func() time.Time
	// NewID names requests and forms; no two may be alike.
	NewID func() string
	// PublicURL is the address that people reach the portal at, without a slash at its end. With https cookies are
	// sent over https alone.
	PublicURL string
	// CheckURL tells whether the address of a webhook may be called, see server.Config.
	CheckURL func(raw string) (code, message string)
}

// Portal serves the pages. It is safe for concurrent use, and keeps nothing: several copies may serve one visitor.
type Portal struct {
	store     *store.Store
	log       *slog.Logger
	now       func() time.Time
	newID     func() string
	publicURL string
	checkURL  func(raw string) (code, message string)
	catalogue map[board.EventType]sampleEvent
	sessions  *scs.SessionManager
	views     *pages.Views
	handler   http.Handler
	// served are the patterns that routes has, so that the navigation leads only to pages that are there.
	served map[string]bool

	// hashing bounds how many passwords are hashed at once, for each takes 19 MiB.
	hashing chan struct{}
	// nobodysHash is compared with when there is no such account, so that the answer takes as long as for one.
	nobodysHash string
}

// New builds the portal. It serves "/employer" and everything below "/employer/". Its errors are faults of the
// program, not of the environment.
func New(cfg Config) (*Portal, error) {
	p := &Portal{
		store: cfg.Store, log: cfg.Log, now: cfg.Now, newID: cfg.NewID,
		publicURL: strings.TrimSuffix(cfg.PublicURL, "/"), checkURL: cfg.CheckURL,
		hashing: make(chan struct{}, runtime.GOMAXPROCS(0)), served: map[string]bool{},
	}
	var err error
	if p.views, err = newViews(cfg.Now); err != nil {
		return nil, fmt.Errorf("parse templates: %w", err)
	}
	if p.catalogue, err = readCatalogue(openapi.V1); err != nil {
		return nil, err
	}
	if p.nobodysHash, err = HashPassword(rand.Text()); err != nil {
		return nil, err
	}
	p.sessions = newSessions(cfg.Store, strings.HasPrefix(p.publicURL, "https://"))
	if p.handler, err = p.protected(p.routes()); err != nil {
		return nil, err
	}
	return p, nil
}

// ServeHTTP answers one request.
func (p *Portal) ServeHTTP(w http.ResponseWriter, r *http.Request) { p.handler.ServeHTTP(w, r) }

func (p *Portal) routes() *http.ServeMux {
	mux := http.NewServeMux()
	all := map[string]handler{
		"GET /employer/sign-up":             p.showSignUp,
		"POST /employer/sign-up":            p.signUp,
		"GET /employer/sign-in":             p.showSignIn,
		"POST /employer/sign-in":            p.signIn,
		"POST /employer/sign-out":           p.signOut,
		"POST /employer/theme":              p.chooseTheme,
		"GET /employer/invitation/{token}":  p.showInvitation,
		"POST /employer/invitation/{token}": p.acceptInvitation,

		"GET /employer":                      p.member(p.showOverview),
		"POST /employer/mode":                p.member(p.chooseMode),
		"GET /employer/jobs":                 p.member(p.showJobs),
		"POST /employer/jobs":                p.editor(p.createJob),
		"GET /employer/jobs/new":             p.editor(p.showNewJob),
		"GET /employer/jobs/{id}":            p.member(p.showJob),
		"POST /employer/jobs/{id}":           p.editor(p.updateJob),
		"GET /employer/jobs/{id}/edit":       p.editor(p.showJobEditor),
		"POST /employer/jobs/{id}/publish":   p.editor(p.publishJob),
		"POST /employer/jobs/{id}/extend":    p.editor(p.extendJob),
		"POST /employer/jobs/{id}/close":     p.editor(p.closeJob),
		"POST /employer/jobs/{id}/duplicate": p.editor(p.duplicateJob),

		"GET /employer/keys":              p.member(p.showKeys),
		"GET /employer/keys/new":          p.member(p.showNewKey),
		"POST /employer/keys":             p.member(p.createKey),
		"POST /employer/keys/{id}/revoke": p.member(p.revokeKey),
		"POST /employer/keys/{id}/roll":   p.member(p.rollKey),
		"GET /employer/team":              p.member(p.showTeam),
		"POST /employer/team":             p.member(p.invite),
		"POST /employer/team/{id}/link":   p.member(p.renewInvitation),
		"GET /employer/company":           p.member(p.showCompany),
		"POST /employer/company":          p.member(p.editCompany),

		"/employer/": func(http.ResponseWriter, *http.Request) error { return errNoPage },
	}
	maps.Copy(all, p.developerPages())
	for pattern, h := range all {
		mux.Handle(pattern, p.page(h))
		p.served[pattern] = true
	}
	mux.Handle("GET /employer/{$}", http.RedirectHandler("/employer", http.StatusMovedPermanently))
	mux.HandleFunc("GET /employer/static/{file}", p.views.ServeStatic)
	return mux
}
