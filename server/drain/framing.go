package drain

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"strconv"
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

	// unreadable is Service.Unreadable; nil leaves the answers of net/http as they are.
	unreadable func(status int) (http.Header, []byte)
}

// refusalFields is what net/http writes behind the status of a request that it refuses before any handler. It writes such an answer at
// once, and no other answer is without a Date.
const refusalFields = "\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n"

// Write writes; in place of an answer with which net/http refuses what it can't read it writes ours.
func (c *framedConn) Write(p []byte) (int, error) {
	status, refused := refusal(p)
	if !refused || c.unreadable == nil {
		return c.Conn.Write(p) //nolint:wrapcheck // net/http looks at the connection's own errors.
	}
	h, body := c.unreadable(status)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Connection", "close")
	var answer bytes.Buffer
	fmt.Fprintf(&answer, "HTTP/1.1 %d %s\r\n", status, http.StatusText(status))
	_ = h.Write(&answer) // a buffer takes everything
	answer.WriteString("\r\n")
	answer.Write(body)
	if _, err := c.Conn.Write(answer.Bytes()); err != nil {
		return 0, err //nolint:wrapcheck // net/http looks at the connection's own errors.
	}
	return len(p), nil
}

// refusal tells whether these bytes are a refusal of net/http, and with which status.
func refusal(p []byte) (status int, ok bool) {
	text, ok := bytes.CutPrefix(p, []byte("HTTP/1.1 "))
	if !ok || len(text) < 3 || text[0] < '4' {
		return 0, false
	}
	line, _, ok := bytes.Cut(text, []byte("\r\n"))
	if !ok || !bytes.HasPrefix(text[len(line):], []byte(refusalFields)) {
		return 0, false
	}
	status, err := strconv.Atoi(string(text[:3]))
	return status, err == nil
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

// withConn hands the connection on to refuseAmbiguous, and tells it how to refuse what net/http can't read.
func withConn(unreadable func(status int) (http.Header, []byte)) func(ctx context.Context, c net.Conn) context.Context {
	return func(ctx context.Context, c net.Conn) context.Context {
		if framed, ok := c.(*framedConn); ok {
			framed.unreadable = unreadable
		}
		return context.WithValue(ctx, framedConnKey{}, c)
	}
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
