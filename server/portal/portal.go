// Package portal is the pages under /employer. It wires the rooms together, and has the pages of the account itself: sign-up, sign-in,
// a person's account, the overview, team, company, billing and the audit log. What the pages of all rooms stand on is in
// package member; jobs and everything about candidates are in package hiring, keys and webhooks in package developers.
//
// Pages are rendered on the server and work without a script; the one script adds comfort. Every page is one call or
// two of the store, bound to the employer of the person who is signed in. No SQL and no rule of the job board belongs
// here, and nothing of the partner API: that is package server, which this one must not import.
package portal

import (
	"embed"
	"html/template"
	"log/slog"
	"net/http"
	"time"

	"itmanagerjobs/server/openid"
	"itmanagerjobs/server/pages"
	"itmanagerjobs/server/personal"
	"itmanagerjobs/server/portal/developers"
	"itmanagerjobs/server/portal/hiring"
	"itmanagerjobs/server/portal/member"
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

// Config is what a Portal needs. Every field but Notices, Payments, Provider and PasswordCost is required.
type Config struct {
	Store   *store.Store
	Log     *slog.Logger
	Observe pages.Observe
	// Now measures how long requests take, and is what "5 minutes ago" counts from.
	Now func() time.Time
	// NewID names requests and forms; no two may be alike.
	NewID func() string
	// PublicURL is the address that people reach the portal at, without a slash at its end. With https cookies are
	// sent over https alone.
	PublicURL string
	// Notices are what is published elsewhere.
	Notices pages.Notices
	// Seller writes the invoices.
	Seller board.Seller
	// Payments takes payments; nil where the platform marks orders as paid.
	Payments billing.Provider
	// CheckURL tells whether the address of a webhook may be called, see server.Config.
	CheckURL func(m board.Mode, raw string) (code, message string)
	// KeepsMail says that no email leaves the installation: they are read at the desk.
	KeepsMail bool
	// Provider signs people in, besides their passwords; nil for none.
	Provider *openid.Provider
	// PasswordCost is that of the passwords that people choose, see session.Cost.
	PasswordCost session.Cost
}

// Portal serves the pages. It is safe for concurrent use, and keeps nothing: several copies may serve one visitor.
type Portal struct {
	*member.Base

	hiring     *hiring.Pages
	developers *developers.Pages

	log       *slog.Logger
	observe   pages.Observe
	seller    board.Seller
	payments  billing.Provider
	passwords *session.Passwords
	personal  *personal.Pages
	provider  *openid.Provider
	mux       *http.ServeMux
	handler   http.Handler
}

//go:embed templates/*.html
var files embed.FS

// New builds the portal. It serves "/employer" and everything below "/employer/". Its errors are faults of the
// program, not of the environment.
func New(cfg Config) (*Portal, error) {
	base, err := member.New(cfg.Store, cfg.PublicURL, cfg.Now, cfg.NewID, cfg.Notices)
	if err != nil {
		return nil, err
	}
	base.CheckURL, base.KeepsMail = cfg.CheckURL, cfg.KeepsMail
	p := &Portal{Base: base, log: cfg.Log, observe: cfg.Observe, seller: cfg.Seller, payments: cfg.Payments, provider: cfg.Provider}
	if err := base.AddTemplates(files, template.FuncMap{"roleName": roleName}); err != nil {
		return nil, err
	}
	if p.hiring, err = hiring.New(base); err != nil {
		return nil, err
	}
	if p.developers, err = developers.New(base); err != nil {
		return nil, err
	}
	p.passwords = session.NewPasswords(cfg.PasswordCost)
	if p.personal, err = p.newPersonal(); err != nil {
		return nil, err
	}
	p.mux = p.routes()
	if p.handler, err = p.protected(p.mux); err != nil {
		return nil, err
	}
	return p, nil
}

// Drain ends what is answered little by little, so that the program can stop. Other requests are still served.
func (p *Portal) Drain() { p.developers.Drain() }

// ServeHTTP answers one request.
func (p *Portal) ServeHTTP(w http.ResponseWriter, r *http.Request) { p.handler.ServeHTTP(w, r) }
