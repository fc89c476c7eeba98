package webhooks

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptrace"
	"time"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"itmanagerjobs/store/board"
)

// Limits of one attempt.
const (
	// DefaultTimeout is how long an attempt may take in all, including the body of the answer. The contract promises it.
	DefaultTimeout = 10 * time.Second
	// stageTimeout limits resolving and connecting together, and also the TLS handshake.
	stageTimeout = 5 * time.Second
	// maxBody is how many bytes of an answer's body are read. The connection of a longer one is
	// closed.
	maxBody = 16 << 10
	// maxHeaders is how many bytes the headers of an answer may have, including those of
	// informational answers.
	maxHeaders = 32 << 10
	// maxExcerpt is how many bytes of the body the delivery log keeps.
	maxExcerpt = 1 << 10
)

const (
	// Many subscriptions can share a host, for example that of an ATS. With a small limit per host most deliveries would begin
	// with a TLS handshake.
	maxIdlePerHost = 512
	maxIdle        = 2000
	// Node and Apache close idle connections after 5 s. A POST that is sent in that moment is
	// lost, and the transport must not repeat it silently. So the client closes first.
	idleTimeout = 4 * time.Second
	tlsSessions = 2000
)

// ClientOptions configure a Client. Now is required; the other fields have defaults.
type ClientOptions struct {
	// Timeout is the limit of one attempt in all; DefaultTimeout when zero.
	Timeout time.Duration
	// Guard checks URLs and addresses. The zero Guard is the strict one.
	Guard Guard
	// TestGuard is for deliveries of test data; nil means Guard.
	TestGuard *Guard
	// InboxPrefix is what the addresses of inboxes begin with, whose deliveries Receive takes; empty when there are none.
	InboxPrefix string
	Receive     ReceiveInbox
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
// concurrent use and keeps connections. A process needs one.
type Client struct {
	addresses Addresses
	receive   ReceiveInbox
	timeout   time.Duration
	userAgent string
	now       func() time.Time
	// Each guard has connections of its own: one that a stricter guard would refuse must not be reused.
	live, test *http.Transport
}

// Request is one request, a POST unless Method says otherwise. Send copies Header; Body
// must not be changed afterwards, as an aborted connection may still be writing it.
type Request struct {
	Method string
	URL    string
	Header http.Header
	Body   []byte

	// Tenant is whose data is sent, SubscriptionID and DeliveryID what sends it.
	Tenant                     board.Tenant
	SubscriptionID, DeliveryID int64
}

// NewClient builds a Client.
//
// It uses HTTP/1.1 only, where a request has a connection to itself. So closing the connection
// ends everything the receiver can send, limits on headers are exact, and a receiver cannot delay
// its other deliveries by stream limits, flow control or floods of control frames on a shared
// connection. The cost is up to 50 connections per endpoint.
func NewClient(o ClientOptions) *Client {
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	if o.Resolver == nil {
		// The C library's resolver holds a thread per lookup and reads forms such as
		// "0177.1" as addresses.
		o.Resolver = &net.Resolver{PreferGo: true}
	}
	c := &Client{
		addresses: Addresses{Live: o.Guard, Test: o.Guard, InboxPrefix: o.InboxPrefix}, receive: o.Receive,
		timeout: o.Timeout, userAgent: o.UserAgent, now: o.Now, live: newTransport(o, o.Guard),
	}
	c.test = c.live
	if o.TestGuard != nil {
		c.addresses.Test, c.test = *o.TestGuard, newTransport(o, *o.TestGuard)
	}
	return c
}

// newTransport makes connections that a guard permits.
func newTransport(o ClientOptions, g Guard) *http.Transport {
	dialer := &net.Dialer{
		Timeout:        stageTimeout,
		ControlContext: g.Control,
		Resolver:       o.Resolver,
	}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Transport{
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
	}
}

// transport is that of a mode.
func (c *Client) transport(m board.Mode) *http.Transport {
	if m == board.ModeTest {
		return c.test
	}
	return c.live
}

// CloseIdle closes the connections that no attempt is using.
func (c *Client) CloseIdle() {
	c.live.CloseIdleConnections()
	c.test.CloseIdleConnections()
}

// Send makes one attempt. Every failure is reported in the Result. Send takes no longer than the
// timeout, and returns at once when ctx is done (StageCanceled).
//
// The status decides: a 2xx whose body then stalls or breaks off is still a 2xx, since sending
// again would only give the receiver a duplicate.
func (c *Client) Send(ctx context.Context, r Request) Result {
	start := c.now()
	measured := &tracer{now: c.now}
	result := c.send(ctx, r, measured)
	result.Timing, result.Reused = measured.timing()
	result.Timing.Total = c.now().Sub(start)
	return result
}

func (c *Client) send(parent context.Context, r Request, measured *tracer) Result {
	if _, message := c.addresses.CheckURL(r.Tenant.Mode, r.URL); message != "" {
		return Result{Err: &SendError{Stage: StageBlocked, Message: message}}
	}
	if r.Method == "" {
		r.Method = http.MethodPost
	}
	if token, ok := c.addresses.inbox(r.URL); ok {
		return c.toInbox(parent, token, r)
	}
	ctx, cancel := context.WithTimeout(parent, c.timeout)
	// Cancelling also closes a connection whose answer was not read to the end.
	defer cancel()
	req, err := http.NewRequestWithContext(httptrace.WithClientTrace(ctx, measured.hooks()),
		r.Method, r.URL, bytes.NewReader(r.Body))
	if err != nil {
		return Result{Err: &SendError{Stage: StageBlocked, Message: "The URL is not valid.", cause: err}}
	}
	if r.Header != nil {
		req.Header = maps.Clone(r.Header) // nothing changes the values
	}
	if c.userAgent != "" && req.Header.Get("User-Agent") == "" {
		req.Header.Set("User-Agent", c.userAgent)
	}

	if trace.SpanContextFromContext(parent).IsSampled() {
		propagation.TraceContext{}.Inject(parent, propagation.HeaderCarrier(req.Header))
	}

	// The transport is used without an http.Client: it follows no redirect and keeps no cookie.
	resp, err := c.transport(r.Tenant.Mode).RoundTrip(req)
	if err != nil {
		return Result{Err: c.failure(parent, ctx, measured, err)}
	}
	result := Result{Status: resp.StatusCode, Header: resp.Header}
	if resp.StatusCode/100 != 2 {
		result.RetryAfter = parseRetryAfter(resp.Header.Get("Retry-After"), c.now())
	}
	if resp.StatusCode != http.StatusSwitchingProtocols { // its body would be the bare connection
		result.Excerpt = readExcerpt(resp)
	}
	cancel() // before Close, which might otherwise read on to keep the connection
	_ = resp.Body.Close()
	return result
}

// readExcerpt reads up to maxBody bytes of a body and returns the beginning. A body that ends within
// the limit leaves its connection usable. An error shortens the excerpt.
func readExcerpt(resp *http.Response) string {
	if resp.ContentLength == 0 {
		return ""
	}
	size := int64(maxExcerpt)
	if resp.ContentLength > 0 {
		size = min(size, resp.ContentLength+1) // one more, to see the end
	}
	buf := make([]byte, size)
	n, err := io.ReadFull(resp.Body, buf)
	if err == nil {
		_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, maxBody-maxExcerpt))
	}
	return excerpt(buf[:n], errors.Is(err, io.ErrUnexpectedEOF))
}
