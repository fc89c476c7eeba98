package webhooks

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"time"
)

// Limits of one attempt.
const (
	// DefaultTimeout is how long an attempt may take in all, the body included (0.40).
	DefaultTimeout = 10 * time.Second
	// stageTimeout limits resolving and connecting together, and the TLS handshake.
	stageTimeout = 5 * time.Second
	// maxBody is how much of an answer's body is read. A longer one costs its
	// connection, not our memory.
	maxBody = 16 << 10
	// maxHeaders is how large the headers of an answer may be, interim ones included.
	maxHeaders = 32 << 10
	// maxExcerpt is how much of the body the delivery log keeps, in bytes.
	maxExcerpt = 1 << 10
)

const (
	// Many subscriptions can share a host, an ATS's own: with a connection for each of a few only, every delivery would
	// begin with a TLS handshake.
	maxIdlePerHost = 512
	maxIdle        = 2000
	// Node and Apache close idle connections after 5 s, often without a word. A POST
	// sent into that moment is lost and must not be repeated silently, so we let go
	// of a connection first.
	idleTimeout = 4 * time.Second
	tlsSessions = 2000
)

// ClientOptions configures a Client. Now is required; everything else has a default.
type ClientOptions struct {
	// Timeout of one attempt in all; DefaultTimeout when zero.
	Timeout time.Duration
	// Guard judges URLs and addresses. The zero Guard is the strict one.
	Guard Guard
	// UserAgent is sent when a request has none of its own.
	UserAgent string
	// RootCAs replaces the system's certificate authorities, in tests.
	RootCAs *x509.CertPool
	// Resolver replaces Go's own resolver, in tests.
	Resolver *net.Resolver
	// Now measures latencies and dates Retry-After. It should carry Go's monotonic
	// reading, as time.Now does.
	Now func() time.Time
}

// Client sends single requests to endpoints that are not trusted. It is safe for
// concurrent use and keeps connections; one per process is enough.
type Client struct {
	guard     Guard
	timeout   time.Duration
	userAgent string
	now       func() time.Time
	transport *http.Transport
}

// Request is one request, a POST unless Method says otherwise. Send copies Header; Body
// must not be changed afterwards, as an aborted connection may still be writing it.
type Request struct {
	Method string
	URL    string
	Header http.Header
	Body   []byte
}

// NewClient builds a Client.
//
// It speaks HTTP/1.1 only. There one request owns one connection, so that breaking
// it off ends every byte the receiver can send us, limits on headers hold exactly,
// and a receiver cannot hold up its other deliveries with stream limits, flow
// control or floods of control frames on a connection they share. The price, up to
// 50 connections per endpoint, is small.
func NewClient(o ClientOptions) *Client {
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	if o.Resolver == nil {
		// The C library's resolver holds a thread per lookup and reads forms such as
		// "0177.1" as addresses.
		o.Resolver = &net.Resolver{PreferGo: true}
	}
	dialer := &net.Dialer{
		Timeout:        stageTimeout,
		ControlContext: o.Guard.Control,
		Resolver:       o.Resolver,
	}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &Client{
		guard:     o.Guard,
		timeout:   o.Timeout,
		userAgent: o.UserAgent,
		now:       o.Now,
		transport: &http.Transport{
			Proxy:       nil, // a proxy from the environment would see every body and defeat the guard
			DialContext: dialer.DialContext,
			TLSClientConfig: &tls.Config{
				MinVersion:         tls.VersionTLS12,
				RootCAs:            o.RootCAs,
				ClientSessionCache: tls.NewLRUClientSessionCache(tlsSessions),
			},
			TLSHandshakeTimeout:    stageTimeout,
			DisableCompression:     true, // an answer is never unpacked, so it cannot be a bomb
			MaxResponseHeaderBytes: maxHeaders,
			MaxIdleConns:           maxIdle,
			MaxIdleConnsPerHost:    maxIdlePerHost,
			IdleConnTimeout:        idleTimeout,
			Protocols:              protocols,
		},
	}
}

// CloseIdle closes the connections that no attempt is using.
func (c *Client) CloseIdle() { c.transport.CloseIdleConnections() }

// Send makes one attempt. It never fails in any other way than by its Result, takes
// no longer than the timeout, and returns at once when ctx is done (StageCanceled).
//
// The status decides: a 2xx whose body then stalls or breaks is still a 2xx, since
// sending again would only give the receiver a duplicate.
func (c *Client) Send(ctx context.Context, r Request) Result {
	start := c.now()
	trace := &tracer{now: c.now}
	result := c.send(ctx, r, trace)
	result.Timing, result.Reused = trace.timing()
	result.Timing.Total = c.now().Sub(start)
	return result
}

func (c *Client) send(parent context.Context, r Request, trace *tracer) Result {
	if _, message := c.guard.CheckURL(r.URL); message != "" {
		return Result{Err: &SendError{Stage: StageBlocked, Message: message}}
	}
	if r.Method == "" {
		r.Method = http.MethodPost
	}
	ctx, cancel := context.WithTimeout(parent, c.timeout)
	// Cancelling is also what drops a connection whose body was not read to its end.
	defer cancel()
	req, err := http.NewRequestWithContext(httptrace.WithClientTrace(ctx, trace.hooks()),
		r.Method, r.URL, bytes.NewReader(r.Body))
	if err != nil {
		return Result{Err: &SendError{Stage: StageBlocked, Message: "The URL is not valid.", cause: err}}
	}
	if r.Header != nil {
		req.Header = r.Header.Clone()
	}
	if c.userAgent != "" && req.Header.Get("User-Agent") == "" {
		req.Header.Set("User-Agent", c.userAgent)
	}

	// The transport itself rather than an http.Client: it follows no redirect and
	// keeps no cookie by construction.
	resp, err := c.transport.RoundTrip(req)
	if err != nil {
		return Result{Err: c.failure(parent, ctx, trace, err)}
	}
	result := Result{Status: resp.StatusCode, Header: resp.Header}
	if resp.StatusCode/100 != 2 {
		result.RetryAfter = parseRetryAfter(resp.Header.Get("Retry-After"), c.now())
	}
	if resp.StatusCode != http.StatusSwitchingProtocols { // its body would be the bare connection
		result.Excerpt = readExcerpt(resp.Body)
	}
	cancel() // before Close, which might otherwise read on to save the connection
	_ = resp.Body.Close()
	return result
}

// readExcerpt reads a body up to the cap and keeps its beginning. A body that ends
// within the cap leaves its connection fit for use; errors only cut it short.
func readExcerpt(body io.Reader) string {
	buf := make([]byte, maxExcerpt)
	n, err := io.ReadFull(body, buf)
	if err == nil {
		_, _ = io.Copy(io.Discard, io.LimitReader(body, maxBody-maxExcerpt))
	}
	return excerpt(buf[:n], errors.Is(err, io.ErrUnexpectedEOF))
}
