// Package desk is the pages under /platform, for the people who run the platform: reviews of keys, employers, orders, deliveries
// that were given up, emails, messages of people, the CV database, the health of the system, and who has done what.
//
// Only a PlatformReviewer may sign in, who belongs to no employer. Every page is a few calls of the store. Every change runs
// through Desk.act, which writes down who has made it, in the same transaction. No SQL and no rule of the job board belongs here.
package desk

import (
	"context"
	"embed"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"strings"
	"sync"
	"time"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/server/personal"
	"itmanagerjobs/server/session"
	"itmanagerjobs/store"
)

// The parts of a form, as the desk's pages build them.
type (
	form   = pages.Form
	field  = pages.Field
	option = pages.Option
)

// Config is what a Desk needs. Every field is required but KeepsMail and PasswordCost.
type Config struct {
	Store   *store.Store
	Log     *slog.Logger
	Observe pages.Observe
	// Now measures how long requests take, and is what "5 minutes ago" counts from.
	Now func() time.Time
	// Wall is the clock of the network, whose deadlines know no other: time.Now, in tests too.
	Wall func() time.Time
	// NewID names requests and forms; no two may be alike.
	NewID func() string
	// Tick makes ticks, at which the progress of an import is kept.
	Tick func(every time.Duration) (ticks <-chan time.Time, stop func())
	// PublicURL is the address that people reach the desk at. With https cookies are sent over https alone.
	PublicURL string
	// Notices are what is published elsewhere.
	Notices pages.Notices
	// Version is that of the program, for the page of the system.
	Version string
	// KeepsMail tells that no email is sent, so that its text is to be read here: links in it open accounts, so it is not shown
	// where emails reach the people whom they are for.
	KeepsMail bool
	// PasswordCost is that of comparing with nobody's password, see session.Cost.
	PasswordCost session.Cost
}

// Desk serves the pages. It is safe for concurrent use.
type Desk struct {
	Config

	sessions  *session.Sessions
	passwords *session.Passwords
	personal  *personal.Pages
	views     *pages.Views
	mux       *http.ServeMux
	handler   http.Handler

	// running are the imports of this copy, which end with ctx.
	running sync.WaitGroup
	ctx     context.Context //nolint:containedctx // of what runs on after a request
	stop    context.CancelFunc
}

//go:embed templates/*.html
var files embed.FS

// New builds the desk. It serves "/platform" and everything below it. Its errors are faults of the program.
func New(c Config) (*Desk, error) {
	c.PublicURL = strings.TrimSuffix(c.PublicURL, "/")
	d := &Desk{Config: c}
	var err error
	if d.views, err = pages.NewViews(files, "/platform/static/", c.Notices.Funcs()); err != nil {
		return nil, fmt.Errorf("parse templates: %w", err)
	}
	if err = d.views.Add(personal.Templates(), nil); err != nil {
		return nil, fmt.Errorf("parse templates: %w", err)
	}
	d.passwords = session.NewPasswords(c.PasswordCost)
	d.sessions = session.New(c.Store, "platform_session", strings.HasPrefix(c.PublicURL, "https://"))
	if d.personal, err = d.newPersonal(); err != nil {
		return nil, err
	}
	d.mux = d.routes()
	if d.handler, err = d.protected(d.mux); err != nil {
		return nil, err
	}
	d.ctx, d.stop = context.WithCancel(context.Background())
	return d, nil
}

// Close ends the imports that run, and waits for them.
func (d *Desk) Close() {
	d.stop()
	d.running.Wait()
}

// Wait returns when the imports that run have ended by themselves.
func (d *Desk) Wait() { d.running.Wait() }

// ServeHTTP answers one request.
func (d *Desk) ServeHTTP(w http.ResponseWriter, r *http.Request) { d.handler.ServeHTTP(w, r) }

const (
	// maxForm is in bytes; the longest form has a few hundred.
	maxForm = 64 << 10
	// maxImport is the size of a file that is imported here, in bytes; larger ones are imported by the command.
	maxImport = 256 << 20
)

// contentSecurityPolicy lets a page load the style sheet, the font, the script and the icon, show an email in a frame, send forms
// to the desk, and nothing else.
const contentSecurityPolicy = "default-src 'none'; style-src 'self'; font-src 'self'; script-src 'self'; img-src 'self'; frame-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"

// protected puts around all pages what holds for each of them.
func (d *Desk) protected(mux *http.ServeMux) (http.Handler, error) {
	guard, err := session.Guard(d.PublicURL, func(w http.ResponseWriter, r *http.Request) {
		d.showError(w, r, http.StatusForbidden, "This request came from another website", "Open the page at the desk itself and try again. Nothing was changed.")
	})
	if err != nil {
		return nil, err
	}
	return pages.Frame{
		Log: d.Log, Observe: d.Observe, Message: "desk request", Now: d.Now, NewID: d.NewID, Policy: contentSecurityPolicy, MaxBody: maxImport, Fault: d.showFault, Routes: mux,
	}.Wrap(guard.Handler(mux)), nil
}

func (d *Desk) routes() *http.ServeMux {
	mux := http.NewServeMux()
	for pattern, h := range d.publicRoutes() {
		mux.Handle(pattern, d.page(maxForm, h))
	}
	mux.Handle("/platform/", d.page(maxForm, func(http.ResponseWriter, *http.Request) error { return errNoPage }))
	for pattern, route := range d.personal.Routes() {
		mux.Handle(pattern, d.page(maxForm, d.reviewer(d.ownRoute(route))))
	}
	for pattern, h := range d.reviewerRoutes() {
		most := int64(maxForm)
		if pattern == importPattern {
			most = maxImport
		}
		mux.Handle(pattern, d.page(most, d.reviewer(h)))
	}
	mux.Handle("GET /platform/{$}", http.RedirectHandler("/platform", http.StatusMovedPermanently))
	mux.HandleFunc("GET /platform/static/{file}", d.views.ServeStatic)
	return mux
}

// publicRoutes are the pages for people who are not signed in, or not yet.
func (d *Desk) publicRoutes() map[string]session.Handler {
	routes := map[string]session.Handler{
		"GET /platform/sign-in":   d.showSignIn,
		"POST /platform/sign-in":  d.signIn,
		"POST /platform/sign-out": d.signOut,
		"POST /platform/theme":    d.chooseTheme,
	}
	maps.Copy(routes, d.personal.Public())
	return routes
}

const importPattern = "POST /platform/cv/imports"

// reviewerRoutes are the pages for which one must be signed in.
func (d *Desk) reviewerRoutes() map[string]reviewerHandler {
	return map[string]reviewerHandler{
		"GET /platform":                           d.showHome,
		"GET /platform/keys":                      d.showKeys,
		"GET /platform/keys/{id}":                 d.showKey,
		"POST /platform/keys/{id}/approve":        d.approveKey,
		"POST /platform/keys/{id}/refuse":         d.refuseKey,
		"GET /platform/employers":                 d.showEmployers,
		"GET /platform/employers/{id}":            d.showEmployer,
		"POST /platform/employers/{id}/trusted":   d.proven(d.setTrusted),
		"POST /platform/employers/{id}/contract":  d.proven(d.setContract),
		"POST /platform/employers/{id}/credits":   d.proven(d.changeCredits),
		"POST /platform/employers/{id}/limits":    d.setLimits,
		"GET /platform/orders":                    d.showOrders,
		"GET /platform/orders/{id}":               d.showOrder,
		"POST /platform/orders/{id}/paid":         d.proven(d.markPaid),
		"POST /platform/orders/{id}/cancel":       d.cancelOrder,
		"GET /platform/dead-letters":              d.showDeadLetters,
		"POST /platform/dead-letters/{id}/resend": d.resend,
		"GET /platform/mails":                     d.showMails,
		"GET /platform/mails/{id}":                d.showMail,
		"GET /platform/mails/{id}/html":           d.serveMailHTML,
		"GET /platform/messages":                  d.showMessages,
		"POST /platform/messages/{id}/close":      d.closeMessage,
		"GET /platform/cv":                        d.showCV,
		importPattern:                             d.importCV,
		"GET /platform/cv/imports/{id}":           d.showImport,
		"POST /platform/cv/people":                d.findPerson,
		"GET /platform/cv/people/{id}":            d.showPerson,
		"POST /platform/cv/people/{id}/visible":   d.setVisibility,
		"POST /platform/cv/people/{id}/erase":     d.erasePerson,
		"GET /platform/system":                    d.showSystem,
		"GET /platform/audit":                     d.showAudit,
	}
}
