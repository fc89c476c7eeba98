package main

import (
	"context"
	crand "crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"itmanagerjobs/store"
)

// Bounds of one connection. A handler's own bound is the statement timeout of the store, 30 s.
const (
	readHeaderTimeout = 10 * time.Second
	readTimeout       = 60 * time.Second
	writeTimeout      = 120 * time.Second // counts from the end of the header, so it holds reading and handling too
	idleTimeout       = 2 * time.Minute
	maxHeaderBytes    = 32 << 10
)

// Bounds of a shutdown. Orchestrators kill after 30 s.
const (
	// farewell is how long clients that keep connections open have to send a request and be told to close them, once
	// before and once after the last connection is accepted.
	farewell       = time.Second
	farewellStep   = 5 * time.Millisecond
	requestsFinish = 25 * time.Second
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
	return a.serve(ctx, func(*store.Store, string, string) (string, error) { return "", nil })
}

// serve opens everything, serves until ctx ends, and closes everything in the reverse order. prepare runs when the
// database is there, with its address and the public one; what it returns is printed once connections are accepted.
func (a *app) serve(ctx context.Context, prepare func(s *store.Store, databaseURL, publicURL string) (string, error)) (err error) {
	setGCPercent(serveGCPercent)
	// First, so that a second copy on the same address fails before it does anything.
	l, err := listen("LISTEN_ADDR", a.cfg.ListenAddr)
	if err != nil {
		return err
	}
	defer l.Close()
	known, err := openCountries(a.cfg.GeoIPFile)
	if err != nil {
		return err
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	stopMetrics, err := a.serveMetrics(registry)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stopMetrics()) }()
	trace, stopTracing, err := a.startTracing(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stopTracing()) }()

	err = a.withStore(ctx, func(s *store.Store, db database) error {
		local := localURL(l.Addr())
		public := a.cfg.PublicURL
		if public == "" {
			public = local
		}
		// Before the first event: a partition cannot be made over rows that the default one has meanwhile taken in.
		if err := s.Outbox.MaintainPartitions(ctx); err != nil {
			return err
		}
		if err := fillTestMode(ctx, s, a.now()); err != nil {
			return err
		}
		announcement, err := prepare(s, db.url, public)
		if err != nil {
			return err
		}
		handlers, err := a.handlers(s, public, known.of, registry)
		if err != nil {
			return err
		}
		db.started()
		stopInbound, err := a.startInbound(s, public)
		if err != nil {
			return err
		}
		stopUpkeep := startUpkeep(a.log, chores(s), realTicker)
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
		err = a.serveHTTP(ctx, l, handlers.api, trace(handlers), fmt.Sprintf("itmanagerjobs is listening on %s\n%s", local, announcement))
		stopUpkeep()
		return errors.Join(err, stopInbound(), stopDeliveries())
	})
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil // stopped while it was starting
	}
	return err
}

func newRequestID() string { return "req_" + crand.Text() }

// localURL is where this machine reaches the listener: an address that means every interface is no place to go to.
func localURL(addr net.Addr) string {
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return "http://" + addr.String()
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// drainer is a server that can tell its clients to go.
type drainer interface{ Drain() }

// serveHTTP serves until ctx ends and then loses no request: clients are told to close their connections, connections
// that wait are still accepted, and requests under way are answered.
func (a *app) serveHTTP(ctx context.Context, l *listener, api drainer, handler http.Handler, announcement string) error {
	var open atomic.Int64
	srv := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(a.log.Handler(), slog.LevelWarn),
		ConnState: func(_ net.Conn, state http.ConnState) {
			switch state {
			case http.StateNew:
				open.Add(1)
			case http.StateClosed, http.StateHijacked:
				open.Add(-1)
			case http.StateActive, http.StateIdle:
			}
		},
	}
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(l) }()
	if _, err := fmt.Fprint(a.stdout, announcement); err != nil {
		return errors.Join(err, srv.Close())
	}
	select {
	case err := <-ended:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}

	a.log.Info("shutting down", "open_connections", open.Load())
	api.Drain()
	untilClosed(&open)
	if err := l.stopAccepting(); err != nil {
		return errors.Join(fmt.Errorf("stop accepting: %w", err), srv.Close())
	}
	if err := <-ended; !errors.Is(err, net.ErrClosed) {
		return errors.Join(fmt.Errorf("serve: %w", err), srv.Close())
	}
	// Shutdown drops a request that it finds unread, so the connections accepted last get their time too.
	untilClosed(&open)
	finish, cancel := context.WithTimeout(context.WithoutCancel(ctx), requestsFinish)
	defer cancel()
	if err := srv.Shutdown(finish); err != nil {
		return errors.Join(fmt.Errorf("requests were still under way %s after the signal to stop: %w", requestsFinish, err), srv.Close())
	}
	a.log.Info("every request is answered")
	return nil
}

// untilClosed waits until no connection is open, and no longer than farewell.
func untilClosed(open *atomic.Int64) {
	deadline := time.NewTimer(farewell)
	defer deadline.Stop()
	tick := time.NewTicker(farewellStep)
	defer tick.Stop()
	for open.Load() > 0 {
		select {
		case <-deadline.C:
			return
		case <-tick.C:
		}
	}
}

// serveMetrics serves them on an address of their own: they are not for partners.
func (a *app) serveMetrics(registry *prometheus.Registry) (stop func() error, err error) {
	if a.cfg.MetricsAddr == "" {
		return func() error { return nil }, nil
	}
	l, err := listen("METRICS_ADDR", a.cfg.MetricsAddr)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{Registry: registry}))
	srv := &http.Server{Handler: mux, ReadHeaderTimeout: readHeaderTimeout, MaxHeaderBytes: maxHeaderBytes}
	go func() {
		if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			a.log.Error("metrics are no longer served", "error", err)
		}
	}()
	a.log.Info("serving metrics", "url", localURL(l.Addr())+"/metrics")
	return srv.Close, nil
}
