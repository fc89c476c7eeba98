package drain

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"sync/atomic"
)

// framedConn watches what a client sends for a header with both Content-Length and Transfer-Encoding. Programs in front of this one
// may end such a request elsewhere than net/http does, which drops Content-Length without a word, so that a second request is
// smuggled in (RFC 9112, sections 6.1 and 11.2).
type framedConn struct {
	net.Conn

	// Of the block of lines that is being read: the beginning of the present line, and what the lines before it say.
	line             []byte
	longLine         bool
	length, encoding bool
	// ambiguous is set once a block had both.
	ambiguous atomic.Bool
}

// longestName is more than the names looked for have, with their colons.
const longestName = 32

// Read reads, and looks at what was read. It is called by one goroutine at a time.
func (c *framedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.look(p[:n])
	return n, err //nolint:wrapcheck // net/http looks at the connection's own errors.
}

func (c *framedConn) look(p []byte) {
	for len(p) > 0 {
		end := bytes.IndexByte(p, '\n')
		if end < 0 {
			c.keep(p)
			return
		}
		c.keep(p[:end])
		c.endLine()
		p = p[end+1:]
	}
}

// keep notes the beginning of a line.
func (c *framedConn) keep(p []byte) {
	room := longestName - len(c.line)
	if len(p) > room {
		p, c.longLine = p[:room], true
	}
	c.line = append(c.line, p...)
}

func (c *framedConn) endLine() {
	name, _, isField := bytes.Cut(c.line, []byte(":"))
	switch name = bytes.TrimSpace(name); {
	case len(name) == 0 && !isField && !c.longLine:
		c.length, c.encoding = false, false
	case isField && bytes.EqualFold(name, []byte("Content-Length")):
		c.length = true
	case isField && bytes.EqualFold(name, []byte("Transfer-Encoding")):
		c.encoding = true
	}
	if c.length && c.encoding {
		c.ambiguous.Store(true)
	}
	c.line, c.longLine = c.line[:0], false
}

type framedConnKey struct{}

// withConn hands the connection on to refuseAmbiguous.
func withConn(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, framedConnKey{}, c)
}

// refuseAmbiguous has refuse answer a request in chunks on a connection that had a header with both fields, and closes the
// connection.
func refuseAmbiguous(h, refuse http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, watched := r.Context().Value(framedConnKey{}).(*framedConn)
		if watched {
			withTLS(r, c)
		}
		if len(r.TransferEncoding) == 0 || !watched || !c.ambiguous.Load() {
			h.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Connection", "close")
		refuse.ServeHTTP(w, r)
	})
}
