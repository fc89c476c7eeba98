// Package portal is the pages under /employer: sign-up, sign-in, a person's account, an employer's overview, API keys, team and
// company.
//
// Pages are rendered on the server and work without a script; the one script adds comfort. Every page is one call or
// two of the store, bound to the employer of the person who is signed in. No SQL and no rule of the job board belongs
// here, and nothing of the partner API: that is package server, which this one must not import.
package portal

import (
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"itmanagerjobs/openapi"
	"itmanagerjobs/server/pages"
	"itmanagerjobs/server/session"
	"itmanagerjobs/store"
	"itmanagerjobs/store/billing"
	"itmanagerjobs/store/board"
)

// The parts of a form, as the portal's pages build them.
type (
	form   = pages.Form
	field  = pages.Field
	option = pages.Option
)

// Config is what a Portal needs. Every field but Payments is required.
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
	// Seller writes the invoices.
	Seller board.Seller
	// Payments takes payments; nil where the platform marks orders as paid.
	Payments billing.Provider
	// CheckURL tells whether the address of a webhook may be called, see server.Config.
	CheckURL func(m board.Mode, raw string) (code, message string)
}

// Portal serves the pages. It is safe for concurrent use, and keeps nothing: several copies may serve one visitor.
type Portal struct {
	store     *store.Store
	log       *slog.Logger
	now       func() time.Time
	newID     func() string
	publicURL string
	seller    board.Seller
	payments  billing.Provider
	checkURL  func(m board.Mode, raw string) (code, message string)
	catalogue map[board.EventType]sampleEvent
	sessions  *session.Sessions
	passwords *session.Passwords
	views     *pages.Views
	handler   http.Handler
	// served are the patterns that routes has, so that the navigation leads only to pages that are there.
	served map[string]bool
}

// New builds the portal. It serves "/employer" and everything below "/employer/". Its errors are faults of the
// program, not of the environment.
func New(cfg Config) (*Portal, error) {
	p := &Portal{
		store: cfg.Store, log: cfg.Log, now: cfg.Now, newID: cfg.NewID,
		publicURL: strings.TrimSuffix(cfg.PublicURL, "/"), seller: cfg.Seller, payments: cfg.Payments, checkURL: cfg.CheckURL,
		served: map[string]bool{},
	}
	var err error
	if p.views, err = newViews(cfg.Now); err != nil {
		return nil, fmt.Errorf("parse templates: %w", err)
	}
	if p.catalogue, err = readCatalogue(openapi.V1); err != nil {
		return nil, err
	}
	if p.passwords, err = session.NewPasswords(); err != nil {
		return nil, err
	}
	p.sessions = session.New(cfg.Store, cookieName, strings.HasPrefix(p.publicURL, "https://"))
	if p.handler, err = p.protected(p.routes()); err != nil {
		return nil, err
	}
	return p, nil
}

// ServeHTTP answers one request.
func (p *Portal) ServeHTTP(w http.ResponseWriter, r *http.Request) { p.handler.ServeHTTP(w, r) }
