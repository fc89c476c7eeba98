package webhooks

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/webhooks/webhooktest"
)

const patience = 20 * time.Second // the timeout of what must happen; normally it happens much earlier

// localClient may connect to receivers on this machine. It resolves every host name to loopback,
// except "absent.example.com", which does not exist.
func localClient(t *testing.T, change func(*ClientOptions)) *Client {
	t.Helper()
	options := ClientOptions{
		Timeout:   patience,
		Guard:     Guard{AllowInsecure: true},
		UserAgent: "itmanagerjobs-test",
		Resolver: webhooktest.Resolver(func(host string) []netip.Addr {
			if strings.HasPrefix(host, "absent.") {
				return nil
			}
			return []netip.Addr{netip.MustParseAddr("127.0.0.1")}
		}),
		Now: time.Now,
	}
	if change != nil {
		change(&options)
	}
	c := NewClient(options)
	t.Cleanup(c.CloseIdle)
	return c
}

func TestSend(t *testing.T) {
	t.Parallel()
	receiver := webhooktest.NewTLS(t, time.Now)
	receiver.Script("/in", webhooktest.Reply(http.StatusAccepted, nil, "thank you"))
	client := localClient(t, func(o *ClientOptions) { o.RootCAs = receiver.RootCAs() })
	header := http.Header{"X-Webhook-Event": {"job.expired"}, "Content-Type": {"application/json"}}
	request := Request{
		URL:    fmt.Sprintf("https://example.com:%d/in?a=b", receiver.Addr().Port),
		Header: header, Body: []byte(`{"jobPostId":1}`),
	}

	first := client.Send(t.Context(), request)
	if first.Err != nil || first.Status != http.StatusAccepted || first.Excerpt != "thank you" || first.Reused {
		t.Fatalf("Send = %+v", first)
	}
	split := first.Timing
	for name, d := range map[string]time.Duration{
		"DNS": split.DNS, "connect": split.Connect, "TLS": split.TLS, "first byte": split.FirstByte,
	} {
		if d <= 0 || d > split.Total {
			t.Errorf("%s took %s of %s", name, d, split.Total)
		}
	}
	if sum := split.DNS + split.Connect + split.TLS + split.FirstByte; sum > split.Total {
		t.Errorf("the parts take %s, the whole %s", sum, split.Total)
	}

	second := client.Send(t.Context(), request)
	if second.Err != nil || !second.Reused || second.Timing.DNS+second.Timing.Connect+second.Timing.TLS != 0 {
		t.Errorf("second Send = %+v, want it on the same connection", second)
	}
	if n := receiver.Connections(); n != 1 {
		t.Errorf("%d connections, want 1", n)
	}

	got := receiver.Wait(t, 2, patience)[0]
	if got.Method != http.MethodPost || got.Path != "/in" || !strings.HasPrefix(got.Host, "example.com:") {
		t.Errorf("the receiver saw %s %s for %s", got.Method, got.Path, got.Host)
	}
	if diff := cmp.Diff(string(request.Body), string(got.Body)); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
	want := http.Header{
		"X-Webhook-Event": {"job.expired"}, "Content-Type": {"application/json"},
		"User-Agent": {"itmanagerjobs-test"}, "Content-Length": {"15"},
	}
	if diff := cmp.Diff(want, got.Header); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
	if len(header) != 2 {
		t.Errorf("Send changed the caller's headers: %v", header)
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	other := webhooktest.New(t, time.Now)
	receiver := webhooktest.New(t, time.Now)
	client := localClient(t, nil)
	for _, code := range []int{300, 301, 302, 303, 307, 308} {
		receiver.Script("/in", webhooktest.Redirect(code, other.URL("/elsewhere")))
		result := client.Send(t.Context(), Request{URL: receiver.URL("/in"), Body: []byte("{}")})
		if outcome, _ := Classify(result); result.Status != code || outcome != Retry {
			t.Errorf("Send = %+v, want a failure with %d", result, code)
		}
	}
	if n := len(other.Requests()); n != 0 {
		t.Errorf("%d requests reached the other host, want 0", n)
	}
	if n := len(receiver.Requests()); n != 6 {
		t.Errorf("%d requests, want 6", n)
	}
}

func TestStatuses(t *testing.T) {
	t.Parallel()
	receiver := webhooktest.New(t, time.Now)
	client := localClient(t, nil)
	tests := []struct {
		name       string
		answer     webhooktest.Answer
		status     int
		retryAfter time.Duration
	}{
		{"no content", webhooktest.Status(204), 204, 0},
		{"busy", webhooktest.RetryAfter(429, "120"), 429, 2 * time.Minute},
		{"unavailable for very long", webhooktest.RetryAfter(503, "99999999999"), 503, 366 * 24 * time.Hour},
		{"success needs no Retry-After", webhooktest.RetryAfter(200, "120"), 200, 0},
		{"switching protocols", webhooktest.Raw(func(ctx context.Context, conn net.Conn) {
			_, _ = conn.Write([]byte("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n"))
			webhooktest.Mute(ctx, conn)
		}), 101, 0},
		{"broken off within the body", webhooktest.RawBytes("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nshort"), 200, 0},
		{"unknown", webhooktest.RawBytes("HTTP/1.1 799 Strange\r\n\r\n"), 799, 0},
	}
	for i, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			path := fmt.Sprintf("/%d", i)
			receiver.Script(path, tc.answer)
			result := client.Send(t.Context(), Request{URL: receiver.URL(path), Body: []byte("{}")})
			if result.Err != nil || result.Status != tc.status || result.RetryAfter != tc.retryAfter {
				t.Errorf("Send = %+v, want status %d, Retry-After %s", result, tc.status, tc.retryAfter)
			}
		})
	}
}

// TestFailures checks every reason for which no answer comes.
func TestFailures(t *testing.T) {
	t.Parallel()
	plain := webhooktest.New(t, time.Now)
	secure := webhooktest.NewTLS(t, time.Now)
	secureURL := func(host string) string {
		return "https://" + net.JoinHostPort(host, strconv.Itoa(secure.Addr().Port)) + "/"
	}
	old := webhooktest.Listen(t, func(ctx context.Context, conn net.Conn) {
		config := &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11, GetCertificate: noCertificate}
		_ = tls.Server(conn, config).HandshakeContext(ctx)
		webhooktest.Mute(ctx, conn)
	})
	gone := webhooktest.Listen(t, webhooktest.Mute)
	trusting := func(o *ClientOptions) { o.RootCAs = secure.RootCAs() }
	hasty := func(o *ClientOptions) { o.Timeout = time.Second }
	scripted := func(path string, answer webhooktest.Answer) string {
		plain.Script(path, answer)
		return plain.URL(path)
	}
	closedURL := closed(t)

	tests := []struct {
		name    string
		change  func(*ClientOptions)
		url     string
		stage   Stage
		message string
	}{
		{"unknown name", nil, "http://absent.example.com/", StageDNS, "does not exist"},
		{"refused", nil, closedURL, StageConnect, "refused"},
		{"blocked URL", nil, "http://169.254.169.254/", StageBlocked, "link-local"},
		{"http in production", func(o *ClientOptions) { o.Guard = Guard{} }, plain.URL("/"), StageBlocked, "https"},
		{"unknown authority", nil, secureURL("127.0.0.1"), StageTLS, "unknown authority"},
		{"another host's certificate", trusting, secureURL("example.org"), StageTLS, "not valid for this host"},
		{"no TLS", nil, webhooktest.Listen(t, webhooktest.NoTLS).URL("https", "/"), StageTLS, "does not speak TLS"},
		{"handshake refused", nil, webhooktest.Listen(t, webhooktest.RefuseTLS).URL("https", "/"), StageTLS, "refused the TLS handshake"},
		{"TLS 1.1", nil, old.URL("https", "/"), StageTLS, "protocol version"},
		{"reset in the handshake", nil, webhooktest.Listen(t, webhooktest.Reject).URL("https", "/"), StageTLS, "failed"},
		{"handshake stalls", hasty, gone.URL("https", "/"), StageTLS, "in time"},
		{"resolver stalls", func(o *ClientOptions) {
			hasty(o)
			o.Resolver = webhooktest.SilentResolver()
		}, "http://example.com/", StageDNS, "in time"},
		{"no answer", hasty, scripted("/hang", webhooktest.Hang()), StageTimeout, "No answer within 1s"},
		{"reset", nil, scripted("/reset", webhooktest.Reset()), StageResponse, "closed before an answer"},
		{"closed", nil, scripted("/closed", webhooktest.RawBytes("")), StageResponse, "closed before an answer"},
		{"huge header", nil, scripted("/huge", webhooktest.HugeHeaders(200, 1<<20)), StageResponse, "larger than 32 KiB"},
		{"many headers", nil, scripted("/many", webhooktest.ManyHeaders(200, 5000)), StageResponse, "larger than 32 KiB"},
		{"endless early hints", nil, scripted("/early", webhooktest.Early()), StageResponse, "larger than 32 KiB"},
		{"not HTTP", nil, scripted("/ssh", webhooktest.RawBytes("SSH-2.0-OpenSSH_9.2\r\n")), StageResponse, "not valid HTTP"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			result := localClient(t, tc.change).Send(t.Context(), Request{URL: tc.url, Body: []byte("{}")})
			if result.Err == nil || result.Err.Stage != tc.stage || !strings.Contains(result.Err.Message, tc.message) {
				t.Fatalf("Send = %+v (%v), want stage %s and %q", result, result.Err, tc.stage, tc.message)
			}
			if strings.Contains(result.Err.Message, "127.0.0.1") {
				t.Errorf("the message shows an address: %q", result.Err.Message)
			}
			if outcome, _ := Classify(result); outcome != Retry {
				t.Errorf("outcome %d, want a retry", outcome)
			}
		})
	}
}

func noCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error) { return nil, errNoCertificate }

var errNoCertificate = errors.New("no certificate")

// closed returns the URL of a port on which nothing listens.
func closed(t *testing.T) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return "http://" + l.Addr().String() + "/"
}

func TestCancel(t *testing.T) {
	t.Parallel()
	receiver := webhooktest.New(t, time.Now)
	receiver.Script("/in", webhooktest.Hang())
	client := localClient(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan Result, 1)
	go func() { done <- client.Send(ctx, Request{URL: receiver.URL("/in"), Body: []byte("{}")}) }()
	receiver.WaitInFlight(t, 1, patience)
	cancel()
	select {
	case result := <-done:
		if outcome, _ := Classify(result); outcome != Aborted || result.Err.Stage != StageCanceled {
			t.Errorf("Send = %+v, want it canceled", result)
		}
	case <-time.After(patience / 2):
		t.Fatal("Send went on after its context had ended")
	}
	receiver.WaitInFlight(t, 0, patience) // the receiver is told, too
}

// TestTransportRepeatsNoRequest checks that an attempt reaches the receiver once: net/http repeats
// some requests by itself when a connection that was kept breaks.
func TestTransportRepeatsNoRequest(t *testing.T) {
	t.Parallel()
	receiver := webhooktest.New(t, time.Now)
	receiver.Script("/in", webhooktest.Status(200), webhooktest.Reset(), webhooktest.Status(200), webhooktest.RawBytes(""))
	client := localClient(t, nil)
	var statuses []int
	for range 4 {
		statuses = append(statuses, client.Send(t.Context(), Request{URL: receiver.URL("/in"), Body: []byte("{}")}).Status)
	}
	if diff := cmp.Diff([]int{200, 0, 200, 0}, statuses); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
	if n := len(receiver.Requests()); n != 4 {
		t.Errorf("%d requests arrived for 4 attempts", n)
	}
}

// TestBodies checks that a connection is kept if its answer was read to the end, and only then.
func TestBodies(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		answer  webhooktest.Answer
		reused  bool
		excerpt string
	}{
		{"empty", webhooktest.Reply(200, nil, ""), true, ""},
		{"as long as the excerpt", webhooktest.Reply(200, nil, strings.Repeat("a", maxExcerpt)), true, strings.Repeat("a", maxExcerpt)},
		{"longer than the excerpt", webhooktest.Reply(200, nil, strings.Repeat("a", maxBody-1)), true, strings.Repeat("a", maxExcerpt)},
		{"longer than is read", webhooktest.Reply(200, nil, strings.Repeat("a", 1<<20)), false, strings.Repeat("a", maxExcerpt)},
		{"endless", webhooktest.Endless(200), false, strings.Repeat("all work and no play ", 49)[:maxExcerpt]},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			receiver := webhooktest.New(t, time.Now)
			receiver.Script("/in", tc.answer)
			client := localClient(t, nil)
			request := Request{URL: receiver.URL("/in"), Body: []byte("{}")}
			first, second := client.Send(t.Context(), request), client.Send(t.Context(), request)
			if first.Status != 200 || second.Status != 200 || second.Reused != tc.reused {
				t.Errorf("Send = %+v, then %+v, want reused = %v", first, second, tc.reused)
			}
			if diff := cmp.Diff(tc.excerpt, first.Excerpt); diff != "" {
				t.Errorf("excerpt (-want +got):\n%s", diff)
			}
		})
	}
}

// TestPool sends 50 requests at once to each of several receivers, twice. The second round needs no
// new connections.
func TestPool(t *testing.T) {
	t.Parallel()
	const receivers, atOnce = 4, 50
	client := localClient(t, nil)
	gates := make([]chan struct{}, 2)
	for i := range gates {
		gates[i] = make(chan struct{})
	}
	all := make([]*webhooktest.Receiver, receivers)
	for i := range all {
		all[i] = webhooktest.New(t, time.Now)
	}
	for _, gate := range gates {
		var sending sync.WaitGroup
		for _, receiver := range all {
			receiver.Script("/in", webhooktest.Gated(gate, webhooktest.Status(200)))
			for range atOnce {
				sending.Go(func() {
					if r := client.Send(t.Context(), Request{URL: receiver.URL("/in"), Body: []byte("{}")}); r.Status != 200 {
						t.Errorf("Send = %+v", r)
					}
				})
			}
		}
		for _, receiver := range all {
			receiver.WaitInFlight(t, atOnce, patience)
		}
		close(gate)
		sending.Wait()
	}
	for _, receiver := range all {
		if n := receiver.Connections(); n != atOnce {
			t.Errorf("%d connections for two rounds of %d, want %d", n, atOnce, atOnce)
		}
		if n := receiver.MaxInFlightTo("/in"); n != atOnce {
			t.Errorf("%d in flight at most, want %d", n, atOnce)
		}
	}
}
