package main

import (
	"context"
	"crypto/rand"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"

	"itmanagerjobs/server"
	"itmanagerjobs/server/desk"
	"itmanagerjobs/server/portal"
	"itmanagerjobs/server/site"
	"itmanagerjobs/server/styleguide"
	"itmanagerjobs/store"
	"itmanagerjobs/store/board"
)

// handlers are what is served on the one address.
type handlers struct {
	api    *server.Server
	portal http.Handler
	desk   *desk.Desk
	site   http.Handler
	// guide is the style guide, which the demo alone has; else it is nil.
	guide http.Handler
}

func (a *app) handlers(s *store.Store, publicURL string, countryOf func(string) string, requests *server.RequestLog, registerer prometheus.Registerer) (*handlers, error) {
	public, err := site.New(site.Config{
		Jobs: s.Jobs, Platform: platform{s}, Log: a.log, Now: a.now, Wall: time.Now, NewID: newRequestID, PublicURL: publicURL,
	})
	if err != nil {
		return nil, err
	}
	employers, err := portal.New(portal.Config{
		Store: s, Log: a.log, Now: a.now, NewID: newRequestID, PublicURL: publicURL, Seller: a.cfg.Seller, CheckURL: a.guard().CheckURL, Provider: a.provider(),
	})
	if err != nil {
		return nil, err
	}
	reviewers, err := desk.New(desk.Config{
		Store: s, Log: a.log, Now: a.now, Wall: time.Now, NewID: newRequestID, Tick: ticks, PublicURL: publicURL, Version: programVersion(),
		KeepsMail: a.cfg.SMTPURL == nil,
	})
	if err != nil {
		return nil, err
	}
	api, err := server.New(server.Config{
		Store: s, CursorKey: s.CursorKey(), Log: a.log, Now: a.now, NewRequestID: newRequestID, PublicURL: publicURL, Registerer: registerer,
		CheckURL: a.guard().CheckURL, CountryOf: countryOf, Pages: public, Requests: requests,
	})
	if err != nil {
		return nil, err
	}
	h := &handlers{api: api, portal: employers, desk: reviewers, site: public}
	if a.guided {
		if h.guide, err = styleguide.New(styleguide.Config{Log: a.log, Now: a.now, NewID: newRequestID}); err != nil {
			return nil, err
		}
	}
	return h, nil
}

// routes gives portal, desk and site their pages and the API everything else, so that an unknown address answers in the envelope.
// What is done with a job, by people and programs alike, is the API's.
func (h *handlers) routes() http.Handler {
	e := echo.New()
	give := func(to http.Handler, paths ...string) {
		for _, path := range paths {
			// Not e.Any, which knows a list of methods: an unknown method is answered by the owner of the path, too.
			e.RouteNotFound(path, func(c echo.Context) error {
				to.ServeHTTP(c.Response().Writer, c.Request())
				return nil
			})
		}
	}
	give(http.RedirectHandler("/employer", http.StatusFound), "/")
	give(h.portal, "/employer", "/employer/*")
	give(h.desk, "/platform", "/platform/*")
	give(h.site, "/jobs", "/jobs/*", "/feeds/*", "/site/*", "/pricing", "/contact")
	if h.guide != nil {
		give(h.guide, "/styleguide", "/styleguide/*")
	}
	give(h.api, "/jobs/:id/apply", "/*")
	return e
}

func newRequestID() string { return "req_" + rand.Text() }

// programVersion is that of the module, or the commit that it was built from.
func programVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	version := info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && (version == "" || version == "(devel)") {
			version = s.Value
		}
	}
	return version + ", " + info.GoVersion
}

// platform is what the public pages show of the platform itself, and where its messages go.
type platform struct{ store *store.Store }

// Packages lists what is for sale, cheapest first.
func (p platform) Packages(ctx context.Context) ([]board.Package, error) {
	return p.store.Billing.Packages(ctx)
}

// Contact keeps what somebody has written.
func (p platform) Contact(ctx context.Context, c board.ContactRequest, address string) (ticket string, err error) {
	r, err := p.store.Accounts.CreateContactRequest(ctx, c, address)
	return r.Ticket(), err
}
