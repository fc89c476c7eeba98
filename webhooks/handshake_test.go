package webhooks

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/outbox"
)

// gatekeeper is an endpoint that answers handshakes.
type gatekeeper struct {
	server *httptest.Server

	mu     sync.Mutex
	answer http.HandlerFunc // to OPTIONS
	got    []seen
}

type seen struct {
	at     time.Time
	method string
	path   string
	origin string
}

func newGatekeeper(t *testing.T, answer http.HandlerFunc) *gatekeeper {
	t.Helper()
	g := &gatekeeper{answer: answer}
	g.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g.mu.Lock()
		g.got = append(g.got, seen{at: time.Now(), method: r.Method, path: r.URL.Path, origin: r.Header.Get("Webhook-Request-Origin")})
		answer := g.answer
		g.mu.Unlock()
		if r.Method == http.MethodOptions {
			answer(w, r)
		}
	}))
	t.Cleanup(g.server.Close)
	return g
}

func (g *gatekeeper) answers(answer http.HandlerFunc) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.answer = answer
}

func (g *gatekeeper) requests(method string) []seen {
	g.mu.Lock()
	defer g.mu.Unlock()
	var list []seen
	for _, s := range g.got {
		if s.method == method {
			list = append(list, s)
		}
	}
	return list
}

// allow answers a handshake with a status and headers.
func allow(status int, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
	}
}

const testOrigin = "jobs.example.com"

// subscribeWithHandshake makes a subscription whose profile has the handshake.
func (r *rig) subscribeWithHandshake(t *testing.T, url string) outbox.Subscription {
	t.Helper()
	sub, _, err := r.store.Outbox.CreateSubscription(t.Context(), r.tenant, "cloudevents", delivery.SubscriptionPatch{
		URL: board.Set(url), Events: board.Set([]event.Type{event.JobCreated}),
	})
	if err != nil {
		t.Fatalf("subscribe: %v", err)
	}
	return sub
}

func TestAnEndpointIsAskedBeforeTheFirstDelivery(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]http.HandlerFunc{
		"allows the origin":   allow(200, "WebHook-Allowed-Origin", testOrigin, "WebHook-Allowed-Rate", "*"),
		"allows every origin": allow(204, "Webhook-Allowed-Origin", "*"),
		"says nothing of it":  allow(200),
		"has no OPTIONS":      allow(405),
		"knows no OPTIONS":    allow(404),
		"cannot do it":        allow(501),
		"wants no body":       allow(400),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGatekeeper(t, answer)
			r := newRig(t, time.Now)
			r.subscribeWithHandshake(t, g.server.URL+"/in")
			r.start(t, func(c *Config) { c.Origin = testOrigin })
			r.emit(t, r.tenant, 40)
			r.untilCount(t, 40, deliveredSQL)
			asked := g.requests(http.MethodOptions)
			if len(asked) != 1 || asked[0].origin != testOrigin || asked[0].path != "/in" || len(g.requests(http.MethodPost)) != 40 {
				t.Errorf("asked %+v, then %d deliveries", asked, len(g.requests(http.MethodPost)))
			}
			if first := g.got[0]; first.method != http.MethodOptions {
				t.Errorf("the first request was %s", first.method)
			}
			if n := r.count(t, attemptsSQL); n != 40 {
				t.Errorf("%d attempts", n)
			}
		})
	}
}

func TestAnEndpointThatDoesNotAllowDeliveriesGetsNone(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		answer        http.HandlerFunc
		stage, reason string
		status        int
	}{
		"another origin":  {allow(200, "WebHook-Allowed-Origin", "other.example"), "handshake", `does not allow deliveries from jobs.example.com: its answer to OPTIONS names Webhook-Allowed-Origin "other.example"`, 0},
		"it is forbidden": {allow(403), "handshake", "does not allow deliveries from jobs.example.com: it answered OPTIONS with 403 Forbidden", 0},
		"it knows nobody": {allow(401, "WebHook-Allowed-Origin", "*"), "handshake", "it answered OPTIONS with 401 Unauthorized", 0},
		"it is down":      {allow(503), "", "The handshake (OPTIONS) was answered with 503 Service Unavailable", 503},
		"it redirects":    {allow(302, "Location", "https://example.com/"), "", "The handshake (OPTIONS) was answered with 302 Found: redirects are not followed", 302},
		"too many":        {allow(429, "Retry-After", "120"), "", "429", 429},
		"it hangs up": {func(w http.ResponseWriter, _ *http.Request) {
			conn, _, _ := w.(http.Hijacker).Hijack()
			_ = conn.Close()
		}, "response", "The handshake (OPTIONS) failed: The connection was closed", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGatekeeper(t, tc.answer)
			r := newRig(t, time.Now)
			sub := r.subscribeWithHandshake(t, g.server.URL)
			q := &countingQueue{Queue: r.queue(t)}
			r.start(t, func(c *Config) { c.Origin, c.Queue = testOrigin, q })
			r.emit(t, r.tenant, 1)
			r.untilCount(t, 1, attemptsSQL)
			var stage, reason string
			var status int
			err := r.db.QueryRowContext(t.Context(), `SELECT stage, error, status FROM delivery_attempts WHERE outcome = 'Failed'`).Scan(&stage, &reason, &status)
			if err != nil || stage != tc.stage || !strings.Contains(reason, tc.reason) || status != tc.status {
				t.Errorf("%q, %q, %d, %v", stage, reason, status, err)
			}
			if n := r.count(t, `SELECT failures FROM lanes l JOIN subscriptions s ON s.lane_id = l.id`); n != 1 {
				t.Errorf("%d failures are counted", n)
			}
			g.answers(allow(200, "WebHook-Allowed-Origin", "*"))
			if n := len(g.requests(http.MethodPost)); n != 0 {
				t.Errorf("%d deliveries came", n)
			}
			// The next attempt asks again.
			if _, err := r.db.ExecContext(t.Context(), `UPDATE delivery_queue SET due_at = now()`); err != nil {
				t.Fatal(err)
			}
			r.untilCount(t, 1, deliveredSQL)
			// So does the first delivery to another address.
			if _, err := r.store.Outbox.UpdateSubscription(t.Context(), r.tenant, sub.ID, delivery.SubscriptionPatch{URL: board.Set(g.server.URL + "/moved")}, board.Precondition{}); err != nil {
				t.Fatal(err)
			}
			until(t, "the other address", func() bool {
				r.emit(t, r.tenant, 1)
				return slices.ContainsFunc(g.requests(http.MethodPost), func(s seen) bool { return s.path == "/moved" })
			})
			if n := len(g.requests(http.MethodOptions)); n != 3 {
				t.Errorf("asked %d times, want 3", n)
			}
		})
	}
}

func TestAnEndpointThatIsGoneIsNotAskedAgain(t *testing.T) {
	t.Parallel()
	g := newGatekeeper(t, allow(410))
	r := newRig(t, time.Now)
	r.subscribeWithHandshake(t, g.server.URL)
	r.start(t, nil)
	r.emit(t, r.tenant, 3)
	r.untilCount(t, 1, `SELECT count(*) FROM subscriptions WHERE status = 'Disabled'`)
	if n := len(g.requests(http.MethodPost)); n != 0 {
		t.Errorf("%d deliveries came", n)
	}
}

// TestTheAllowedRateIsKept allows 6,000 deliveries per minute, which is one per 10 ms.
func TestTheAllowedRateIsKept(t *testing.T) {
	t.Parallel()
	const gap, n = 10 * time.Millisecond, 60
	g := newGatekeeper(t, allow(200, "WebHook-Allowed-Origin", "*", "WebHook-Allowed-Rate", "6000"))
	r := newRig(t, time.Now)
	r.subscribeWithHandshake(t, g.server.URL)
	_, _ = r.subscribe(t, r.tenant, "/free")
	r.start(t, nil)
	r.emit(t, r.tenant, n)
	r.receiver.WaitTo(t, "/free", n, patience)
	if held := len(g.requests(http.MethodPost)); held == n {
		t.Error("the other subscription was as slow")
	}
	r.untilCount(t, 2*n, deliveredSQL)
	posts := g.requests(http.MethodPost)
	if took := posts[n-1].at.Sub(posts[0].at); took < (n-2)*gap {
		t.Errorf("%d deliveries within %s, want at least %s", n, took, (n-2)*gap)
	}
}

func TestAllowedGap(t *testing.T) {
	t.Parallel()
	for rate, want := range map[string]time.Duration{
		"": 0, "*": 0, "many": 0, "0": 0, "-5": 0, "60": time.Second, "120": time.Second / 2, "1": time.Minute, "99999999999999999": 1,
	} {
		if got := allowedGap(rate); got != want {
			t.Errorf("%q: %s, want %s", rate, got, want)
		}
	}
}
