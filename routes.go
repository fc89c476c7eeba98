package main

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	_ "embed" // for the change log
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"

	"itmanagerjobs/docs"
	"itmanagerjobs/openapi"
	"itmanagerjobs/server"
	"itmanagerjobs/server/address"
	"itmanagerjobs/server/certificate"
	"itmanagerjobs/server/company"
	"itmanagerjobs/server/desk"
	guide "itmanagerjobs/server/docs"
	"itmanagerjobs/server/drain"
	"itmanagerjobs/server/mcp"
	"itmanagerjobs/server/portal"
	"itmanagerjobs/server/requestlog"
	"itmanagerjobs/server/site"
	"itmanagerjobs/server/styleguide"
	"itmanagerjobs/store"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/upkeep"
)

//go:embed CHANGELOG.md
var changelog []byte

// handlers are what is served on the one address.
type handlers struct {
	api    *server.Server
	portal *portal.Portal
	desk   *desk.Desk
	site   http.Handler
	docs   http.Handler
	// agents are the tools of the API for agents, and what they find it by.
	agents http.Handler
	// company is who sends requests, with keys and without.
	company *company.Company
	// styles is the style guide, which the demo alone has; else it is nil.
	styles http.Handler
}

func (a *app) handlers(s *store.Store, publicURL string, countryOf func(string) string, requests *requestlog.Log, registerer prometheus.Registerer) (*handlers, error) {
	measured, there := server.NewMetrics(registerer), company.New()
	public, err := site.New(site.Config{
		Jobs: s.Jobs, Platform: platform{s}, Log: a.log, Observe: measured.Observe, Now: a.now, Wall: time.Now, NewID: newRequestID, PublicURL: publicURL,
		Notices: a.cfg.Notices,
	})
	if err != nil {
		return nil, err
	}
	employers, err := portal.New(portal.Config{
		Store: s, Log: a.log, Observe: measured.Observe, Now: a.now, NewID: newRequestID, PublicURL: publicURL, Seller: a.cfg.Seller, CheckURL: a.addresses(publicURL).CheckURL, Provider: a.provider(),
		KeepsMail: a.cfg.SMTPURL == nil, Notices: a.cfg.Notices,
	})
	if err != nil {
		return nil, err
	}
	reviewers, err := desk.New(desk.Config{
		Store: s, Log: a.log, Observe: measured.Observe, Now: a.now, Wall: time.Now, NewID: newRequestID, Tick: ticks, PublicURL: publicURL, Version: programVersion(),
		KeepsMail: a.cfg.SMTPURL == nil, Notices: a.cfg.Notices,
	})
	if err != nil {
		return nil, err
	}
	api, err := server.New(server.Config{
		Store: s, CursorKey: s.CursorKey(), Log: a.log, Now: a.now, NewRequestID: newRequestID, PublicURL: publicURL, Metrics: measured,
		CheckURL: a.addresses(publicURL).CheckURL, CountryOf: countryOf, Pages: public, Requests: requests,
		Company: there,
	})
	if err != nil {
		return nil, err
	}
	documents := guide.OnDemand(guide.Config{
		Files: docs.Files, Contract: openapi.V1, Contract31: openapi.V1In31, ContractChanges: openapi.V1Changelog, Changelog: changelog, Log: a.log, Observe: measured.Observe, Now: a.now, NewID: newRequestID, PublicURL: publicURL,
		Notices: a.cfg.Notices,
	})
	h := &handlers{company: there, api: api, portal: employers, desk: reviewers, site: public, docs: documents}
	if h.agents, err = mcp.New(mcp.Config{API: api, Log: a.log, Version: programVersion(), PublicURL: publicURL}); err != nil {
		return nil, err
	}
	if a.guided {
		if h.styles, err = styleguide.New(styleguide.Config{Log: a.log, Now: a.now, NewID: newRequestID}); err != nil {
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
	give(h.portal, "/employer", "/employer/*")
	give(h.desk, "/platform", "/platform/*")
	give(mayLag(h.site), "/", "/robots.txt", "/sitemap.xml", "/favicon.ico", "/jobs", "/jobs/*", "/feeds/*", "/site/*", "/pricing", "/contact")
	give(h.docs, "/docs", "/docs/*", "/llms.txt", "/llms-full.txt", "/swagger/v1/changelog.json", "/.well-known/api-catalog", "/.well-known/security.txt")
	give(numbered(h.agents), mcp.Path, mcp.CardPath, mcp.SkillsPath+"*")
	if h.styles != nil {
		give(h.styles, "/styleguide", "/styleguide/*")
	}
	give(h.api, "/jobs/:id/apply")
	give(h.nobodys(), "/*")
	// What has no path, such as the target of CONNECT, is nobody's: the API says so in the envelope.
	e.HTTPErrorHandler = func(_ error, c echo.Context) { h.api.ServeHTTP(c.Response().Writer, c.Request()) }
	return h.company.Bodies(networkOf, company.Refusals{Late: server.ErrManyLarge, Slow: server.ErrSlowBody, Stopped: server.ErrStoppedBody}, h.company.Networks(network, e))
}

// network is where a request comes from whose sender has turns by it; "" for calls of the API with a key, which have those of their employer, and for
// load balancers that look whether this copy is alive: one that had to wait would take it for dead.
func network(r *http.Request) string {
	path := r.URL.Path
	if strings.HasPrefix(path, "/healthz/") {
		return ""
	}
	for _, called := range []string{"/api/", "/v1/", "/apply/"} {
		if strings.HasPrefix(path, called) && (r.Header.Get(echo.HeaderAuthorization) != "" || r.Header.Get("X-Api-Key") != "") {
			return ""
		}
	}
	return networkOf(r)
}

// networkOf is the network that a request comes from.
func networkOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	return board.Network(host)
}

// nobodys has the API answer what no page is at, in the envelope. Only somebody who reads gets a page: who has typed an address that is
// not there.
func (h *handlers) nobodys() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ours := slices.ContainsFunc([]string{"/api", "/v1", "/swagger", "/healthz", "/apply", "/applications", "/inbox", "/.well-known"}, func(prefix string) bool {
			return r.URL.Path == prefix || strings.HasPrefix(r.URL.Path, prefix+"/")
		})
		if !ours && (r.Method == http.MethodGet || r.Method == http.MethodHead) && strings.Contains(r.Header.Get(echo.HeaderAccept), echo.MIMETextHTML) {
			h.site.ServeHTTP(w, r)
			return
		}
		h.api.ServeHTTP(w, r)
	})
}

// numbered gives an answer the number by which a caller can ask us about it, as all others have one.
func numbered(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(echo.HeaderXRequestID, newRequestID())
		h.ServeHTTP(w, r)
	})
}

// mayLag lets what the public reads come from a standby.
func mayLag(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			r = r.WithContext(pg.MayLag(r.Context()))
		}
		h.ServeHTTP(w, r)
	})
}

// strictTransport is how long browsers shall come by https alone, in seconds: a year (RFC 6797).
const strictTransport = "max-age=31536000"

// secure has browsers keep to https when the public address begins with it.
func secure(publicURL string, h http.Handler) http.Handler {
	if !strings.HasPrefix(publicURL, "https://") {
		return h
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(echo.HeaderStrictTransportSecurity, strictTransport)
		h.ServeHTTP(w, r)
	})
}

// scheme is what addresses of this program begin with when PUBLIC_URL does not say.
func (c Config) scheme() string {
	if c.TLS.Wanted() {
		return "https://"
	}
	return "http://"
}

func (c Config) checkRedirect() error {
	switch {
	case c.RedirectAddr == "":
		return nil
	case !c.TLS.Wanted():
		return errors.New("is set, but this program speaks no TLS to send readers to: set TLS_CERT_FILE or ACME_HOSTS, too")
	}
	return address.CheckListen(c.RedirectAddr, "0.0.0.0:80")
}

func (c Config) checkTLS() error {
	if c.TLS.Wanted() && strings.HasPrefix(c.PublicURL, "http://") {
		return settingError("PUBLIC_URL", fmt.Errorf("is \"%s\", but this program speaks TLS: write https://", c.PublicURL))
	}
	if setting, err := c.TLS.Check(); err != nil {
		return settingError(setting, err)
	}
	return nil
}

// startRedirect sends readers of plain HTTP to https, and answers an authority that certifies this server. stop may be called always.
func (a *app) startRedirect(publicURL string, certificates certificate.Source) (stop func() error, err error) {
	if a.cfg.RedirectAddr == "" {
		return func() error { return nil }, nil
	}
	l, err := listen("HTTP_REDIRECT_ADDR", a.cfg.RedirectAddr)
	if err != nil {
		return nil, err
	}
	h := certificate.Redirect(publicURL)
	if authority, ok := certificates.(*certificate.ACME); ok {
		h = authority.Plain(h)
	}
	srv := &http.Server{
		Handler: h, ReadHeaderTimeout: drain.ReadHeaderTimeout, ReadTimeout: drain.ReadHeaderTimeout, WriteTimeout: drain.ReadHeaderTimeout,
		MaxHeaderBytes: drain.MaxHeaderBytes, ErrorLog: slog.NewLogLogger(a.log.Handler(), slog.LevelDebug),
	}
	go func() {
		if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			a.log.Error("readers of plain HTTP are no longer sent to https", "error", err)
		}
	}()
	a.log.Info("sending readers of plain HTTP to https", "url", localURL("http://", l.Addr()))
	return srv.Close, nil
}

func tlsOf(certificates certificate.Source) *tls.Config {
	if certificates == nil {
		return nil
	}
	return certificates.TLS()
}

// renewEvery is how long a certificate that was renewed waits in its file.
const renewEvery = 10 * time.Second

// certificateChores keep certificates of files up to date, and have those of an authority renewed that nobody asks for.
func (a *app) certificateChores(certificates certificate.Source, r prometheus.Registerer) []upkeep.Chore {
	if certificates == nil {
		return nil
	}
	r.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "itmanagerjobs_certificate_expiry_timestamp_seconds", Help: "When the certificate ends that TLS is spoken with; 0 while there is none.",
	}, func() float64 {
		if end := certificates.Expiry(); !end.IsZero() {
			return float64(end.Unix())
		}
		return 0
	}))
	switch c := certificates.(type) {
	case *certificate.Files:
		return []upkeep.Chore{{Name: "renew the certificate", Every: renewEvery, Do: func(ctx context.Context) error {
			renewed, err := c.Renew()
			if err != nil {
				return settingError("TLS_CERT_FILE", err)
			}
			if renewed {
				a.log.InfoContext(ctx, "the certificate is renewed", "ends", c.Expiry())
			}
			return nil
		}}}
	case *certificate.ACME:
		return []upkeep.Chore{{Name: "obtain certificates", Every: time.Hour, Do: c.Obtain}}
	}
	return nil
}

// obtain has the certificates of an authority made, once the authority can look whether this server has the hosts.
func (a *app) obtain(ctx context.Context, certificates certificate.Source) {
	authority, ok := certificates.(*certificate.ACME)
	if !ok {
		return
	}
	if err := authority.Obtain(ctx); err != nil {
		a.log.ErrorContext(ctx, "a certificate is missing; it is tried again in an hour, and when a client asks for it", "error", err)
		return
	}
	a.log.InfoContext(ctx, "certificates are there", "first_ends", authority.Expiry())
}

func newRequestID() string { return "req_" + rand.Text() }

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
