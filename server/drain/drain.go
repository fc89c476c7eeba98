// Package drain serves HTTP and stops without losing a request: clients are told to close their connections, connections
// that wait are still accepted, and requests under way are answered. It must know nothing of what is served.
package drain

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"time"
)

// Bounds of one connection.
const (
	// ReadHeaderTimeout is how long a client has to send the header of a request.
	ReadHeaderTimeout = 10 * time.Second
	// MaxHeaderBytes is how long a header may be.
	MaxHeaderBytes = 32 << 10

	readTimeout  = 60 * time.Second
	writeTimeout = 120 * time.Second // counts from the end of the header, so it holds reading and handling too
	idleTimeout  = 2 * time.Minute
)

// Bounds of a stop. Orchestrators kill after 30 s.
const (
	// farewell is how long clients that keep connections open have to send a request and be told to close them, once
	// before and once after the last connection is accepted.
	farewell       = time.Second
	requestsFinish = 25 * time.Second
)

// Service is what is served.
type Service struct {
	Handler http.Handler
	// Ambiguous answers requests with both Content-Length and Transfer-Encoding, which Handler does not get.
	Ambiguous http.Handler
	// Unreadable answers what is no HTTP, or has a header that is too long: with these fields and this body, and the status of net/http,
	// which finds it out before any handler. nil leaves that to net/http.
	Unreadable func(status int) (http.Header, []byte)
	// Drain has every answer from now on tell its client to close the connection. It is called once, when the stop begins.
	Drain func()
	// Listening is called once connections are accepted. Its error ends the service.
	Listening func() error
	// Proxy tells whether an address is that of a proxy, whose connections are those of many callers; all others have a part of the
	// connections each. nil is for no proxy.
	Proxy func(netip.Addr) bool
	// TLS is spoken when it is not nil; with HTTP/2 when its NextProtos have h2.
	TLS *tls.Config
	Log *slog.Logger
}

// Serve serves until ctx ends, and then until every request is answered. It closes the listener. Errors: the listener
// fails, Listening does, or requests are still under way 25 s after the end of ctx.
func Serve(ctx context.Context, l *Listener, s Service) error {
	open := newConnections()
	srv := &http.Server{
		Handler:           refuseAmbiguous(s.Handler, s.Ambiguous),
		ConnContext:       withConn(s.Unreadable),
		ReadHeaderTimeout: ReadHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    MaxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(s.Log.Handler(), slog.LevelWarn),
		ConnState:         open.follow,
	}
	l.share = newShare(s.Proxy)
	var listener net.Listener = l
	if s.TLS != nil {
		srv.TLSConfig = s.TLS.Clone() // net/http looks there whether HTTP/2 is wanted
		listener = newTLSListener(l, s.TLS)
	}
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(listener) }()
	if err := s.Listening(); err != nil {
		return errors.Join(err, srv.Close())
	}
	select {
	case err := <-ended:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}

	s.Log.Info("shutting down", "open_connections", open.count())
	s.Drain()
	open.wait(farewell)
	if err := l.stopAccepting(); err != nil {
		return errors.Join(fmt.Errorf("stop accepting: %w", err), srv.Close())
	}
	if err := <-ended; !errors.Is(err, net.ErrClosed) {
		return errors.Join(fmt.Errorf("serve: %w", err), srv.Close())
	}
	// Shutdown drops a request that it finds unread, so the connections accepted last get their time too.
	open.wait(farewell)
	finish, cancel := context.WithTimeout(context.WithoutCancel(ctx), requestsFinish)
	defer cancel()
	if err := srv.Shutdown(finish); err != nil {
		return errors.Join(fmt.Errorf("requests were still under way %s after the signal to stop: %w", requestsFinish, err), srv.Close())
	}
	s.Log.Info("every request is answered")
	return nil
}
