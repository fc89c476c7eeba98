package drain

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// tlsListener hands out connections whose handshake is over. It makes the handshakes itself, so that what comes out of TLS
// can be watched like a plain connection: net/http does that only for connections that it believes to be plain. HTTP/2 knows no
// Transfer-Encoding and has its lengths checked by net/http, so its connections need no watching.
type tlsListener struct {
	*Listener

	config     *tls.Config
	accepted   chan acceptedConn
	closed     chan struct{}
	close      func()
	handshakes sync.WaitGroup
	start      func()
}

type acceptedConn struct {
	conn net.Conn
	err  error
}

func newTLSListener(l *Listener, config *tls.Config) *tlsListener {
	t := &tlsListener{Listener: l, config: config, accepted: make(chan acceptedConn), closed: make(chan struct{})}
	t.close = sync.OnceFunc(func() { close(t.closed) })
	t.start = sync.OnceFunc(func() { go t.acceptAll() })
	return t
}

// Accept waits for the next connection.
func (t *tlsListener) Accept() (net.Conn, error) {
	t.start()
	select {
	case a := <-t.accepted:
		return a.conn, a.err
	case <-t.closed:
		return nil, net.ErrClosed
	}
}

// Close ends handshakes, too.
func (t *tlsListener) Close() error {
	t.close()
	return t.Listener.Close()
}

func (t *tlsListener) acceptAll() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	for {
		conn, err := t.acceptPlain()
		if err == nil {
			t.handshakes.Go(func() { t.shakeHands(ctx, conn) })
			continue
		}
		if errors.Is(err, net.ErrClosed) {
			// Those that have begun are accepted, but a client that says nothing holds no stop up.
			patience := time.AfterFunc(farewell, cancel)
			t.handshakes.Wait()
			patience.Stop()
		}
		// The server pauses after an error such as that of too many open files, before it accepts again.
		if !t.handOut(acceptedConn{err: err}) || errors.Is(err, net.ErrClosed) {
			return
		}
	}
}

// handOut tells whether somebody has taken it.
func (t *tlsListener) handOut(a acceptedConn) bool {
	select {
	case t.accepted <- a:
		return true
	case <-t.closed:
		return false
	}
}

func (t *tlsListener) shakeHands(ctx context.Context, plain net.Conn) {
	ctx, cancel := context.WithTimeout(ctx, ReadHeaderTimeout)
	defer cancel()
	conn := tls.Server(plain, t.config)
	// Nothing is logged: most handshakes that fail are those of scanners.
	if err := conn.HandshakeContext(ctx); err != nil {
		if e, ok := errors.AsType[tls.RecordHeaderError](err); ok && e.Conn != nil && looksLikeHTTP(e.RecordHeader) {
			_, _ = io.WriteString(e.Conn, plainRefusal)
		}
		_ = plain.Close()
		return
	}
	var ready net.Conn = conn
	if conn.ConnectionState().NegotiatedProtocol != "h2" {
		ready = &framedConn{Conn: conn}
	}
	if !t.handOut(acceptedConn{conn: ready}) {
		_ = ready.Close()
	}
}

// plainRefusal answers HTTP on a port of TLS. What it was asked is not read.
const plainRefusal = "HTTP/1.0 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n" +
	"Only https is spoken on this port: write https:// in the address.\n"

// looksLikeHTTP tells whether a connection begins with a method instead of a record of TLS.
func looksLikeHTTP(header [5]byte) bool {
	switch string(header[:]) {
	case "GET /", "HEAD ", "POST ", "PUT /", "OPTIO", "PATCH", "DELET":
		return true
	}
	return false
}

// withTLS tells a handler of the TLS of its connection, which net/http does only when it has made the handshake itself.
func withTLS(r *http.Request, c *framedConn) {
	if conn, ok := c.Conn.(*tls.Conn); ok && r.TLS == nil {
		r.TLS = new(conn.ConnectionState())
	}
}
