package webhooktest

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// Answer answers one request. ctx ends when the client closes the connection or the receiver closes. A slow
// answer must stop then.
type Answer func(ctx context.Context, w http.ResponseWriter)

// Status answers with a status and a short body.
func Status(code int) Answer { return Reply(code, nil, http.StatusText(code)) }

// Reply answers with a status, headers and a body.
func Reply(code int, header http.Header, body string) Answer {
	return func(_ context.Context, w http.ResponseWriter) {
		setHeader(w, header)
		w.WriteHeader(code)
		if code >= 200 && code != http.StatusNoContent && code != http.StatusNotModified {
			_, _ = io.WriteString(w, body)
		}
	}
}

func setHeader(w http.ResponseWriter, header http.Header) {
	for name, values := range header {
		w.Header()[http.CanonicalHeaderKey(name)] = values
	}
}

// RetryAfter answers with a status and a Retry-After header.
func RetryAfter(code int, value string) Answer {
	return Reply(code, http.Header{"Retry-After": {value}}, "")
}

// Redirect answers with a redirect to another URL.
func Redirect(code int, to string) Answer {
	return Reply(code, http.Header{"Location": {to}}, "")
}

// Gated delays an answer until the channel is closed or has a value.
func Gated(gate <-chan struct{}, then Answer) Answer {
	return func(ctx context.Context, w http.ResponseWriter) {
		select {
		case <-gate:
			then(ctx, w)
		case <-ctx.Done():
		}
	}
}

// Hang never answers.
func Hang() Answer { return Gated(nil, nil) }

// Drip answers with a status at once, and then sends one byte of body per interval, without end.
func Drip(code int, interval time.Duration) Answer {
	return func(ctx context.Context, w http.ResponseWriter) {
		w.WriteHeader(code)
		tick := time.NewTicker(interval)
		defer tick.Stop()
		for {
			if _, err := w.Write([]byte{'.'}); err != nil || http.NewResponseController(w).Flush() != nil {
				return
			}
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
		}
	}
}

var filler = bytes.Repeat([]byte("all work and no play "), 3<<10)

// Endless answers with a status and a body without end.
func Endless(code int) Answer {
	return func(ctx context.Context, w http.ResponseWriter) {
		w.WriteHeader(code)
		for ctx.Err() == nil {
			if _, err := w.Write(filler); err != nil {
				return
			}
		}
	}
}

// GzipBomb answers with a compressed body that unpacks to size bytes, about a thousand times its length.
func GzipBomb(code, size int) Answer {
	var packed bytes.Buffer
	z, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression) // the level is valid
	zeros := make([]byte, 64<<10)
	for left := size; left > 0; left -= len(zeros) {
		_, _ = z.Write(zeros[:min(left, len(zeros))])
	}
	_ = z.Close()
	return Reply(code, http.Header{"Content-Encoding": {"gzip"}, "Content-Type": {"application/json"}}, packed.String())
}

// HugeHeaders answers with one header of size bytes.
func HugeHeaders(code, size int) Answer {
	return Reply(code, http.Header{"X-Filler": {strings.Repeat("a", size)}}, "")
}

// ManyHeaders answers with n headers.
func ManyHeaders(code, n int) Answer {
	return Reply(code, http.Header{"X-Filler": strings.Split(strings.Repeat("a,", n), ",")}, "")
}

// Early sends informational answers until the client closes the connection.
func Early() Answer {
	hint := "HTTP/1.1 103 Early Hints\r\nLink: </" + strings.Repeat("a", 512) + ">; rel=preload\r\n\r\n"
	return Raw(func(_ context.Context, conn net.Conn) {
		for {
			if _, err := io.WriteString(conn, hint); err != nil {
				return
			}
		}
	})
}

// Reset breaks the connection off with a TCP reset instead of an answer.
func Reset() Answer {
	return Raw(func(_ context.Context, conn net.Conn) { reset(conn) })
}

// Raw gives the connection to a function, and closes it afterwards.
func Raw(handle func(ctx context.Context, conn net.Conn)) Answer {
	return func(ctx context.Context, w http.ResponseWriter) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return // closed meanwhile
		}
		defer func() { _ = conn.Close() }()
		handle(ctx, conn)
	}
}

// RawBytes answers with exactly these bytes and closes the connection.
func RawBytes(text string) Answer {
	return Raw(func(_ context.Context, conn net.Conn) { _, _ = io.WriteString(conn, text) })
}

// reset makes the kernel send RST instead of FIN.
func reset(conn net.Conn) {
	if secure, ok := conn.(interface{ NetConn() net.Conn }); ok {
		conn = secure.NetConn()
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}
