package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"itmanagerjobs/server"
	"itmanagerjobs/server/address"
	"itmanagerjobs/server/certificate"
	"itmanagerjobs/server/contract"
	"itmanagerjobs/server/drain"
	"itmanagerjobs/server/geo"
	"itmanagerjobs/server/inbound"
	"itmanagerjobs/server/memory"
	"itmanagerjobs/server/openid"
	"itmanagerjobs/server/requestlog"
	"itmanagerjobs/store"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/demo"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/upkeep"
	"itmanagerjobs/webhooks"
	"itmanagerjobs/webhooks/mail"
)

// serveGCPercent is twice the default: collections cost a tenth of a delivery, and the heap is small.
const serveGCPercent = 200

// setGCPercent sets GOGC unless the operator has.
func setGCPercent(percent int) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(percent)
	}
}

type serveCmd struct{}

// Run serves until the context ends.
func (serveCmd) Run(ctx context.Context, a *app) error {
	return a.serve(ctx, func(*store.Store, database, string) (string, error) { return "", nil })
}

type demoCmd struct{}

// demoPatience is for the text of a CV of the demo, before which PDFium may have to be compiled.
const demoPatience = 2 * time.Minute

// Run serves with demo data until the context ends.
func (demoCmd) Run(ctx context.Context, a *app) error {
	a.guided = true
	return a.serve(ctx, func(_ *store.Store, db database, publicURL string) (string, error) {
		secret, err := a.secretKey()
		if err != nil {
			return "", err
		}
		account, err := demo.Fill(ctx, demo.Options{
			Open: func(random io.Reader, now func() time.Time) (*store.Store, error) {
				return a.openStore(db, secret, random, now, demoPatience)
			},
			SecretKey: secret, Now: a.now(), Rand: a.rand, HashPassword: hashPassword, SendsEmail: a.cfg.SMTPURL != nil,
		})
		if err != nil {
			return "", err
		}
		return account.Greeting(publicURL), nil
	})
}

// serve opens everything, serves until ctx ends, and closes everything in the reverse order. prepare runs when the
// database is there, with it and the public address; what it returns is printed once connections are accepted.
func (a *app) serve(ctx context.Context, prepare func(s *store.Store, db database, publicURL string) (string, error)) (err error) {
	setGCPercent(serveGCPercent)
	// It is the slowest part of the start; meanwhile the database is opened. An error comes back where the contract is used.
	go func() { _, _ = contract.Published() }()
	// First, so that a second copy on the same address fails before it does anything.
	l, err := listen("LISTEN_ADDR", a.cfg.ListenAddr)
	if err != nil {
		return err
	}
	defer l.Close()
	a.local = a.guided && isLoopback(l.Addr())
	known, err := a.countries()
	if err != nil {
		return err
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), a.counts.spent, a.counts.waited)
	a.readText = a.measureReadings(a.cvs.ReadWithin, registry)
	stopMetrics, err := a.serveMetrics(registry)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stopMetrics()) }()
	certificates, err := certificate.Open(a.cfg.TLS, filepath.Join(a.cfg.DataDir, "acme"))
	if err != nil {
		return settingError("TLS_CERT_FILE", err)
	}
	trace, stopTracing, err := a.startTracing(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stopTracing()) }()

	err = a.withStore(ctx, func(s *store.Store, db database) (err error) {
		poolMetrics(s.PoolStats, registry)
		local := localURL(a.cfg.scheme(), l.Addr())
		public := a.cfg.PublicURL
		if public == "" {
			public = local
		}
		// Before the first event: a partition cannot be made over rows that the default one has meanwhile taken in.
		if err := errors.Join(s.Outbox.MaintainPartitions(ctx), s.Accounts.MaintainPartitions(ctx)); err != nil {
			return err
		}
		if err := demo.FillTestMode(ctx, s, a.now()); err != nil {
			return err
		}
		announcement, err := prepare(s, db, public)
		if err != nil {
			return err
		}
		requests := requestlog.Start(requestlog.Config{Write: s.Accounts.LogRequests, Log: a.log, Ticks: ticks})
		defer requests.Stop() // after the last request
		h, err := a.handlers(s, public, known.Of, requests, registry)
		if err != nil {
			return err
		}
		defer h.desk.Close()
		db.started()
		stopInbound, err := a.startInbound(s, public, registry)
		if err != nil {
			return err
		}
		chores := append(upkeep.Chores(s), a.standbyChores(s, registry)...)
		chores = append(chores, a.clockChore(s.ClockDifference, registry), waitingChore(s.Pipeline.WaitingCVs, registry), overdueChore(s.Outbox.Overdue, registry))
		stopRedirect, err := a.startRedirect(public, certificates)
		if err != nil {
			return errors.Join(err, stopInbound())
		}
		defer func() { err = errors.Join(err, stopRedirect()) }()
		stopUpkeep := upkeep.Start(a.log, append(chores, a.certificateChores(certificates, registry)...), ticks)
		stopDeliveries, err := a.startDeliveries(s, public, registry)
		if err != nil {
			stopUpkeep()
			return errors.Join(err, stopInbound())
		}
		// Beside the last requests, not after them: orchestrators do not wait for both in turn. What those requests
		// bring about is delivered by another copy, or after the next start.
		context.AfterFunc(ctx, func() { _ = stopDeliveries() })
		stopInbound = sync.OnceValue(stopInbound)
		context.AfterFunc(ctx, func() { _ = stopInbound() })
		go func() {
			// The first time it is compiled, which may take a while: the text of a PDF file that comes meanwhile is read afterwards.
			a.cvs.Load(ctx)
			memory.GiveBack()
		}()
		a.log.Info(a.cfg.TrustedProxies.String())
		if a.cfg.PublicURL == "" && len(a.cfg.TrustedProxies) > 0 {
			// Emails, webhooks and feeds are written while nobody calls: an address that a request has come by would be in some links only.
			a.log.Warn("TRUSTED_PROXIES is set and PUBLIC_URL is empty: links on pages and in emails begin with " + local + ", which nobody reaches through the proxy. Set PUBLIC_URL to the address that people call, such as https://jobs.example.com")
		}
		err = drain.Serve(ctx, l, drain.Service{
			Handler: a.cfg.TrustedProxies.Handler(trace(secure(public, h.routes()))), Ambiguous: server.Ambiguous(newRequestID), Unreadable: server.Unreadable(newRequestID, drain.MaxHeaderBytes), Drain: func() { h.api.Drain(); h.portal.Drain() }, Log: a.log, Proxy: a.cfg.TrustedProxies.Has,
			TLS: tlsOf(certificates),
			Listening: func() error {
				go a.obtain(ctx, certificates)
				_, err := fmt.Fprintf(a.stdout, "itmanagerjobs is listening on %s\n%s", local, announcement)
				return err
			},
		})
		stopUpkeep()
		return errors.Join(err, s.Jobs.FlushViews(context.WithoutCancel(ctx)), stopInbound(), stopDeliveries())
	})
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil // stopped while it was starting
	}
	return err
}

// localURL is where this machine reaches the listener: an address that means every interface is no place to go to.
func localURL(scheme string, addr net.Addr) string {
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return scheme + addr.String()
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return scheme + net.JoinHostPort(host, port)
}

// isLoopback tells whether only this machine reaches an address.
func isLoopback(addr net.Addr) bool {
	host, _, err := net.SplitHostPort(addr.String())
	ip := net.ParseIP(host)
	return err == nil && ip != nil && ip.IsLoopback()
}

// listen opens the address of a setting.
func listen(env, addr string) (*drain.Listener, error) {
	l, err := drain.Listen(addr)
	if err != nil {
		return nil, settingError(env, err)
	}
	return l, nil
}

// countries reads the file of GEOIP_FILE; without one no country is known.
func (a *app) countries() (*geo.Countries, error) {
	known, err := geo.Open(a.cfg.GeoIPFile)
	if err != nil {
		return nil, settingError("GEOIP_FILE", err)
	}
	return known, nil
}

// ticks are those of the real clock.
func ticks(every time.Duration) (<-chan time.Time, func()) {
	t := time.NewTicker(every)
	return t.C, t.Stop
}

// startInbound takes applications by email on an address of its own. stop returns when no message is being taken.
func (a *app) startInbound(s *store.Store, publicURL string, r prometheus.Registerer) (stop func() error, err error) {
	if a.cfg.InboundSMTPAddr == "" {
		return func() error { return nil }, nil
	}
	domain := a.cfg.InboundDomain
	if domain == "" {
		u, err := url.Parse(publicURL)
		if err != nil {
			return nil, settingError("PUBLIC_URL", address.WithoutURL(err))
		}
		domain = u.Hostname()
	}
	l, err := listen("INBOUND_SMTP_ADDR", a.cfg.InboundSMTPAddr)
	if err != nil {
		return nil, err
	}
	return inbound.Start(l, inbound.Config{
		Deliverer: inbound.Delivery{Store: s, PublicURL: publicURL}, Log: a.log, Now: time.Now, Domain: domain, Count: countInbound(r),
	}), nil
}

// senderAddress is where emails come from when SMTP_URL names no user that is an address.
const senderAddress = "no-reply@itmanagerjobs.example"

// guard judges where deliveries may go, for the engine that sends them and for the API that takes their addresses.
func (a *app) guard() webhooks.Guard {
	return webhooks.Guard{AllowInsecure: a.cfg.Webhook.AllowInsecure}
}

// testGuard judges where deliveries of test data may go: on a machine that serves itself with demo data, to that machine as well.
func (a *app) testGuard() webhooks.Guard {
	g := a.guard()
	g.AllowLoopback = a.local
	return g
}

// addresses judges the addresses of webhooks. public is the address of this platform.
func (a *app) addresses(public string) webhooks.Addresses {
	return webhooks.Addresses{Live: a.guard(), Test: a.testGuard(), InboxPrefix: public + server.InboxPath}
}

// provider signs people in besides their passwords; nil for none.
func (a *app) provider() *openid.Provider {
	c := a.cfg.OIDC
	if c.Issuer == "" {
		return nil
	}
	return openid.New(openid.Config{Issuer: c.Issuer, ClientID: c.ClientID, ClientSecret: c.ClientSecret, Name: c.Name, Now: a.now})
}

// startDeliveries runs the engine of this copy. stop returns when what was on its way is recorded and other copies may
// go on with the rest; it may be called twice. public is the address of this platform.
func (a *app) startDeliveries(s *store.Store, public string, registerer prometheus.Registerer) (stop func() error, err error) {
	address, err := url.Parse(public)
	if err != nil {
		return nil, fmt.Errorf("PUBLIC_URL: %w", err)
	}
	queue, err := s.OpenQueue(outbox.QueueOptions{})
	if err != nil {
		return nil, err
	}
	config := webhooks.Config{
		Queue: queue,
		Client: webhooks.NewClient(webhooks.ClientOptions{
			Timeout: a.cfg.Webhook.Timeout, Guard: a.guard(), TestGuard: new(a.testGuard()), UserAgent: delivery.UserAgent, Now: time.Now,
			InboxPrefix: public + server.InboxPath, Receive: s.Outbox.Receive,
		}),
		Log: a.log, Registerer: registerer, Tracer: a.tracer, Now: a.now, Monotonic: time.Now, Jitter: rand.Float64,
		InFlight: a.cfg.Webhook.InFlight, Origin: address.Hostname(), PublicURL: public,
		Schedules: webhooks.Schedules(
			webhooks.Schedule{Delays: a.cfg.Webhook.Delays, MaxAttempts: a.cfg.Webhook.MaxAttempts},
			a.cfg.Webhook.ProfileDelays, a.cfg.Webhook.ProfileMaxAttempts,
		),
		PushSchedule: webhooks.Schedule{Delays: a.cfg.Webhook.PushDelays, MaxAttempts: a.cfg.Webhook.PushMaxAttempts},
		// What is on its way ends within its timeout, and a little is left for recording it.
		Grace: a.cfg.Webhook.Timeout + time.Second,
	}
	if a.cfg.SMTPURL != nil {
		smtp, err := mail.NewSMTP(a.cfg.SMTPURL, senderAddress)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("SMTP_URL: %w", err), queue.Close())
		}
		config.Mail = smtp
	}
	engine, err := webhooks.New(config)
	if err != nil {
		return nil, errors.Join(err, queue.Close())
	}
	engine.Start()
	certifier := webhooks.Certifier{Queue: s.Outbox, Client: config.Client, Now: a.now, PublicURL: public}
	stopCertifier := upkeep.Start(a.log, []upkeep.Chore{{Name: "certify receivers", Every: time.Second, Do: certifier.Work}}, ticks)
	return sync.OnceValue(func() error {
		stopCertifier()
		engine.Stop()
		return queue.Close()
	}), nil
}
