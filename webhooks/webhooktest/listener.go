package webhooktest

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
)

// Listener accepts TCP connections and gives each to a function that misbehaves. It closes with the test
// that made it.
type Listener struct {
	listener net.Listener
	accepted atomic.Int64
}

// Listen starts a Listener on a loopback port. It closes a connection when handle returns. ctx ends with
// the test.
func Listen(t testing.TB, handle func(ctx context.Context, conn net.Conn)) *Listener {
	t.Helper()
	return ListenOn(t, "127.0.0.1:0", handle)
}

// ListenOn is Listen on another address.
func ListenOn(t testing.TB, address string, handle func(ctx context.Context, conn net.Conn)) *Listener {
	t.Helper()
	inner, err := new(net.ListenConfig).Listen(t.Context(), "tcp", address)
	if err != nil {
		t.Fatalf("listen on %s: %v", address, err)
	}
	l := &Listener{listener: inner}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		for {
			conn, err := inner.Accept()
			if err != nil {
				return // closed
			}
			l.accepted.Add(1)
			running.Go(func() {
				stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
				defer stop()
				defer func() { _ = conn.Close() }()
				handle(ctx, conn)
			})
		}
	})
	t.Cleanup(func() {
		cancel()
		_ = inner.Close()
		running.Wait()
	})
	return l
}

// Addr returns the address that the Listener listens on.
func (l *Listener) Addr() *net.TCPAddr { return tcpAddr(l.listener) }

func tcpAddr(l net.Listener) *net.TCPAddr {
	addr, ok := l.Addr().(*net.TCPAddr)
	if !ok {
		panic("webhooktest: a listener for TCP has another kind of address")
	}
	return addr
}

// URL returns the URL of a path, with the given scheme.
func (l *Listener) URL(scheme, path string) string { return scheme + "://" + l.Addr().String() + path }

// Accepted returns how many connections were accepted.
func (l *Listener) Accepted() int { return int(l.accepted.Load()) }

// Mute reads everything and writes nothing. For a TLS client it is a handshake that never ends.
func Mute(_ context.Context, conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }

// NoTLS answers a TLS client in plain text.
func NoTLS(_ context.Context, conn net.Conn) {
	_, _ = conn.Read(make([]byte, 1))
	_, _ = io.WriteString(conn, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
	_, _ = io.Copy(io.Discard, conn) // closing with unread data would reset what was written
}

var errNoCertificate = errors.New("webhooktest: no certificate")

// RefuseTLS ends every handshake with an alert, as it has no certificate.
func RefuseTLS(ctx context.Context, conn net.Conn) {
	refuse := &tls.Config{
		MinVersion:     tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return nil, errNoCertificate },
	}
	_ = tls.Server(conn, refuse).HandshakeContext(ctx)
	_, _ = io.Copy(io.Discard, conn)
}

// Reject resets the connection after the first byte of the client.
func Reject(_ context.Context, conn net.Conn) {
	_, _ = conn.Read(make([]byte, 1))
	reset(conn)
}
