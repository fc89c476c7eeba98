// Package webhooktest has receivers for tests of deliveries. They follow a script, which may be that of a
// hostile receiver, and record what they get. Only tests import it, and it must not import what they
// test.
package webhooktest

import (
	"context"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// Request is a request as the receiver saw it.
type Request struct {
	At     time.Time // by the receiver's clock, when its headers had arrived
	Method string
	Path   string
	Host   string
	Header http.Header
	Body   []byte
	// Nth counts the requests to the same path from 1.
	Nth int
}

// Receiver is a scripted endpoint on a loopback port. Its methods are safe for
// concurrent use. It closes with the test that made it.
type Receiver struct {
	server *httptest.Server
	now    func() time.Time
	closed chan struct{}

	mu          sync.Mutex
	scripts     map[string][]Answer
	requests    []Request
	perPath     map[string]int
	inFlight    map[string]int
	maxInFlight map[string]int
	connections int
	changed     chan struct{} // closed and replaced whenever something above changes
}

// all is the key of the counters of all paths together. No path is empty.
const all = ""

// New starts a receiver that speaks plain HTTP. now dates the requests; pass the same
// clock as to the code under test.
func New(t testing.TB, now func() time.Time) *Receiver {
	t.Helper()
	return start(t, now, (*httptest.Server).Start)
}

// NewTLS starts a receiver that speaks HTTPS with a certificate for 127.0.0.1 and example.com, which only
// clients with RootCAs trust.
func NewTLS(t testing.TB, now func() time.Time) *Receiver {
	t.Helper()
	return start(t, now, (*httptest.Server).StartTLS)
}

func start(t testing.TB, now func() time.Time, run func(*httptest.Server)) *Receiver {
	t.Helper()
	r := &Receiver{
		now: now, closed: make(chan struct{}), changed: make(chan struct{}),
		scripts: map[string][]Answer{}, perPath: map[string]int{},
		inFlight: map[string]int{}, maxInFlight: map[string]int{},
	}
	r.server = httptest.NewUnstartedServer(http.HandlerFunc(r.serve))
	r.server.Config.ErrorLog = log.New(io.Discard, "", 0) // failed handshakes are often the point
	r.server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			r.update(func() { r.connections++ })
		}
	}
	run(r.server)
	t.Cleanup(func() {
		close(r.closed) // releases gates and drips, or Close would wait for them
		r.server.CloseClientConnections()
		r.server.Close()
	})
	return r
}

// URL returns the URL of a path, which begins with a slash.
func (r *Receiver) URL(path string) string { return r.server.URL + path }

// Addr returns the address that the receiver listens on.
func (r *Receiver) Addr() *net.TCPAddr { return tcpAddr(r.server.Listener) }

// RootCAs returns the authorities that trust the certificate of a receiver made by NewTLS.
func (r *Receiver) RootCAs() *x509.CertPool {
	pool := x509.NewCertPool()
	if cert := r.server.Certificate(); cert != nil {
		pool.AddCert(cert)
	}
	return pool
}

// Script sets the answers of a path: the next request gets the first answer and so on, and the last
// answer repeats. A path without a script answers 200.
func (r *Receiver) Script(path string, answers ...Answer) {
	r.update(func() {
		r.scripts[path] = append([]Answer(nil), answers...)
	})
}

func (r *Receiver) serve(w http.ResponseWriter, req *http.Request) {
	got := Request{
		At: r.now(), Method: req.Method, Path: req.URL.Path, Host: req.Host, Header: req.Header.Clone(),
	}
	r.enter(got.Path)
	defer r.leave(got.Path)
	got.Body, _ = io.ReadAll(req.Body) // the part of a broken request that arrived is recorded, too

	answer := Status(http.StatusOK)
	r.update(func() {
		r.perPath[got.Path]++
		got.Nth = r.perPath[got.Path]
		r.requests = append(r.requests, got)
		if script := r.scripts[got.Path]; len(script) > 0 {
			answer = script[0]
			if len(script) > 1 {
				r.scripts[got.Path] = script[1:]
			}
		}
	})

	ctx, cancel := context.WithCancel(req.Context())
	defer cancel()
	go func() {
		select {
		case <-r.closed:
			cancel()
		case <-ctx.Done():
		}
	}()
	answer(ctx, w)
}

func (r *Receiver) enter(path string) {
	r.update(func() {
		for _, key := range []string{all, path} {
			r.inFlight[key]++
			r.maxInFlight[key] = max(r.maxInFlight[key], r.inFlight[key])
		}
	})
}

func (r *Receiver) leave(path string) {
	r.update(func() {
		r.inFlight[all]--
		r.inFlight[path]--
	})
}

func (r *Receiver) update(change func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change()
	close(r.changed)
	r.changed = make(chan struct{})
}

// Requests returns the requests so far, in order of arrival.
func (r *Receiver) Requests() []Request {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Request(nil), r.requests...)
}

// RequestsTo returns the requests to one path.
func (r *Receiver) RequestsTo(path string) []Request {
	var to []Request
	for _, req := range r.Requests() {
		if req.Path == path {
			to = append(to, req)
		}
	}
	return to
}

// InFlight returns how many requests are being answered now.
func (r *Receiver) InFlight() int { return r.read(func() int { return r.inFlight[all] }) }

// InFlightTo is InFlight for one path.
func (r *Receiver) InFlightTo(path string) int { return r.read(func() int { return r.inFlight[path] }) }

// MaxInFlight returns the largest number of requests that were being answered at once.
func (r *Receiver) MaxInFlight() int { return r.read(func() int { return r.maxInFlight[all] }) }

// MaxInFlightTo is MaxInFlight for one path.
func (r *Receiver) MaxInFlightTo(path string) int {
	return r.read(func() int { return r.maxInFlight[path] })
}

// Connections returns how many connections were accepted.
func (r *Receiver) Connections() int { return r.read(func() int { return r.connections }) }

func (r *Receiver) read(value func() int) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return value()
}

// Wait blocks until n requests have arrived in all, and fails the test when that takes
// longer than timeout.
func (r *Receiver) Wait(t testing.TB, n int, timeout time.Duration) []Request {
	t.Helper()
	r.waitFor(t, timeout, fmt.Sprintf("%d requests", n), func() bool { return len(r.requests) >= n })
	return r.Requests()
}

// WaitTo is Wait for one path.
func (r *Receiver) WaitTo(t testing.TB, path string, n int, timeout time.Duration) []Request {
	t.Helper()
	r.waitFor(t, timeout, fmt.Sprintf("%d requests to %s", n, path), func() bool { return r.perPath[path] >= n })
	return r.RequestsTo(path)
}

// WaitInFlight blocks until exactly n requests are being answered.
func (r *Receiver) WaitInFlight(t testing.TB, n int, timeout time.Duration) {
	t.Helper()
	r.waitFor(t, timeout, fmt.Sprintf("%d in flight", n), func() bool { return r.inFlight[all] == n })
}

// waitFor blocks until done returns true. It calls done under the receiver's lock after every change, so
// done must only read fields.
func (r *Receiver) waitFor(t testing.TB, timeout time.Duration, what string, done func() bool) {
	t.Helper()
	late := time.NewTimer(timeout)
	defer late.Stop()
	for {
		r.mu.Lock()
		ok, changed := done(), r.changed
		r.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-changed:
		case <-late.C:
			t.Fatalf("waited %s for %s; got %s", timeout, what, r.state())
		}
	}
}

func (r *Receiver) state() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return fmt.Sprintf("%d requests, %d in flight, %d connections", len(r.requests), r.inFlight[all], r.connections)
}
