package webhooks

import (
	"encoding/json"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/webhooks/webhooktest"
)

func TestDeliversWhatHappens(t *testing.T) {
	t.Parallel()
	r := newRig(t, time.Now)
	sub, secret := r.subscribe(t, r.tenant, "/in")
	e := r.start(t, func(c *Config) { c.SweepEvery = time.Hour }) // only the notification can cause the delivery
	r.createJob(t, r.tenant)
	got := r.receiver.Wait(t, 1, patience)[0]
	e.Stop()
	e.Stop()

	if err := webhooktest.VerifySignature(secret, got.Header.Get("X-Webhook-Signature"), got.Body, time.Now()); err != nil {
		t.Error(err)
	}
	if got.Header.Get("X-Webhook-Event") != "job.created" || got.Header.Get("X-Webhook-Attempt") != "1" {
		t.Errorf("headers: %v", got.Header)
	}
	var id, status int
	var outcome string
	var body []byte
	err := r.db.QueryRowContext(t.Context(), `
SELECT a.delivery_id, a.status, a.outcome, e.data FROM delivery_attempts a JOIN events e ON e.id = a.subject_id WHERE a.subscription_id = $1`, sub.ID).
		Scan(&id, &status, &outcome, &body)
	if err != nil {
		t.Fatal(err)
	}
	if got.Header.Get("X-Webhook-Delivery-Id") != strconv.Itoa(id) || status != 200 || outcome != "Delivered" {
		t.Errorf("delivery %d: %d %s, headers %v", id, status, outcome, got.Header)
	}
	if diff := cmp.Diff(string(body), string(got.Body)); diff != "" {
		t.Errorf("body (-recorded +got):\n%s", diff)
	}
	if n := r.count(t, `SELECT count(*) FROM lanes WHERE owner IS NOT NULL`) + r.count(t, `SELECT count(*) FROM workers`) + r.count(t, pendingSQL); n != 0 {
		t.Errorf("%d rows are left of a stopped engine", n)
	}
}

// TestAttemptsFollowTheSchedule goes through all eight attempts: each comes when it is due, to the microsecond not
// before, and after the last failure the delivery is dead.
func TestAttemptsFollowTheSchedule(t *testing.T) {
	t.Parallel()
	clock := storetest.NewClock()
	r := newRig(t, clock.Now)
	_, secret := r.subscribe(t, r.tenant, "/in")
	r.receiver.Script("/in", webhooktest.Status(500))
	q := &countingQueue{Queue: r.queue(t)}
	r.start(t, func(c *Config) { c.Queue = q })
	r.emit(t, r.tenant, 1)

	gaps := []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 6 * time.Hour, 24 * time.Hour, 24 * time.Hour}
	r.receiver.Wait(t, 1, patience)
	want := []time.Time{clock.Now()}
	for i, gap := range gaps {
		r.untilCount(t, i+1, attemptsSQL)
		clock.Advance(gap - time.Microsecond)
		q.untilSwept(t)
		if n := len(r.receiver.Requests()); n != i+1 {
			t.Fatalf("attempt %d came before it was due", n)
		}
		clock.Advance(time.Microsecond)
		r.receiver.Wait(t, i+2, patience)
		want = append(want, clock.Now())
	}
	r.untilCount(t, 1, `SELECT count(*) FROM delivery_attempts WHERE outcome = 'DeadLetter' AND number = 8`)
	clock.Advance(72 * time.Hour)
	q.untilSwept(t)

	var at []time.Time
	ids, bodies := map[string]bool{}, map[string]bool{}
	for i, got := range r.receiver.Requests() {
		at = append(at, got.At)
		ids[got.Header.Get("X-Webhook-Delivery-Id")] = true
		bodies[string(got.Body)] = true
		if n := got.Header.Get("X-Webhook-Attempt"); n != strconv.Itoa(i+1) {
			t.Errorf("attempt %d says that it is %s", i+1, n)
		}
		if err := webhooktest.VerifySignature(secret, got.Header.Get("X-Webhook-Signature"), got.Body, got.At); err != nil {
			t.Errorf("attempt %d: %v", i+1, err)
		}
	}
	if diff := cmp.Diff(want, at); diff != "" {
		t.Errorf("times of the attempts (-want +got):\n%s", diff)
	}
	if len(ids) != 1 || len(bodies) != 1 {
		t.Errorf("the attempts have the delivery ids %v and the bodies %v, want one of each", ids, bodies)
	}
	if n := r.count(t, pendingSQL); n != 0 {
		t.Errorf("%d deliveries wait after the last attempt", n)
	}
}

func TestRetries(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		answer webhooktest.Answer
		jitter float64
		after  time.Duration // of the next attempt
		error  string
	}{
		{"an error", webhooktest.Status(503), 0, time.Minute, "503 Service Unavailable"},
		{"Retry-After", webhooktest.RetryAfter(429, "120"), 0, 2 * time.Minute, "429 Too Many Requests"},
		{"a short Retry-After", webhooktest.RetryAfter(503, "1"), 0, time.Minute, "503 Service Unavailable"},
		{"Retry-After and jitter", webhooktest.RetryAfter(503, "120"), 0.5, 126 * time.Second, "503 Service Unavailable"},
		{"a redirect", webhooktest.Redirect(307, "http://127.0.0.1:1/"), 0, time.Minute, "307 Temporary Redirect: redirects are not followed; enter the final URL."},
		{"a reset", webhooktest.Reset(), 0, time.Minute, "The connection was closed before an answer came."},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			clock := storetest.NewClock()
			r := newRig(t, clock.Now)
			r.subscribe(t, r.tenant, "/in")
			r.receiver.Script("/in", tc.answer, webhooktest.Status(200))
			r.start(t, func(c *Config) { c.Jitter = func() float64 { return tc.jitter } })
			r.emit(t, r.tenant, 1)
			r.untilCount(t, 1, attemptsSQL)
			var due time.Time
			var text string
			if err := r.db.QueryRowContext(t.Context(), `SELECT q.due_at, a.error FROM delivery_queue q JOIN delivery_attempts a USING (delivery_id)`).Scan(&due, &text); err != nil {
				t.Fatal(err)
			}
			if got := due.Sub(clock.Now()); got != tc.after || text != tc.error {
				t.Errorf("next attempt after %s, error %q; want %s, %q", got, text, tc.after, tc.error)
			}
			clock.Advance(tc.after)
			r.untilCount(t, 1, deliveredSQL)
			if n := len(r.receiver.Requests()); n != 2 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

func TestGoneDisables(t *testing.T) {
	t.Parallel()
	r := newRig(t, time.Now)
	sub, _ := r.subscribe(t, r.tenant, "/in")
	r.receiver.Script("/in", webhooktest.Status(410))
	r.emit(t, r.tenant, 3)
	r.start(t, func(c *Config) { c.InFlight = 1 })
	r.untilCount(t, 1, `SELECT count(*) FROM subscriptions WHERE id = $1 AND status = 'Disabled' AND disabled_reason LIKE '410 Gone%'`, sub.ID)
	r.untilCount(t, 1, `SELECT count(*) FROM messages`)
	r.untilCount(t, 1, deliveredSQL) // the email, which is kept
	if n := len(r.receiver.Requests()); n != 1 {
		t.Errorf("%d requests after 410", n)
	}
}

// TestTenFailuresDisableOnce fails 50 deliveries that are in flight together, which is one failure, and nine more one by one.
func TestTenFailuresDisableOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t, time.Now)
	sub, _ := r.subscribe(t, r.tenant, "/in")
	gate := make(chan struct{})
	r.receiver.Script("/in", webhooktest.Gated(gate, webhooktest.Status(500)))
	r.emit(t, r.tenant, 200)
	r.start(t, nil)
	r.receiver.WaitInFlight(t, 50, patience)
	close(gate)
	r.untilCount(t, 1, `SELECT count(*) FROM subscriptions WHERE id = $1 AND status = 'Disabled'`, sub.ID)
	r.untilCount(t, 1, `SELECT count(*) FROM messages`)
	// The owner releases the lane when nothing is in flight.
	r.untilCount(t, 0, `SELECT count(*) FROM lanes WHERE kind = 'webhook' AND owner IS NOT NULL`)
	if n := len(r.receiver.Requests()); n != 59 {
		t.Errorf("%d requests, want 59: the 50 in flight are one failure, 9 more follow one by one", n)
	}
	if n := r.count(t, `SELECT count(*) FROM delivery_attempts WHERE subscription_id = $1`, sub.ID); n != 59 {
		t.Errorf("%d attempts are recorded", n)
	}
	if n := r.count(t, `SELECT failures FROM lanes WHERE kind = 'webhook'`); n != 10 {
		t.Errorf("%d failures are recorded", n)
	}
	// The email about it may be queued as well.
	if n := r.count(t, pendingSQL+` WHERE attempt = 0 AND lane_id = (SELECT lane_id FROM subscriptions WHERE id = $1)`, sub.ID); n != 200-59 {
		t.Errorf("%d deliveries wait for the subscription to be enabled, want %d", n, 200-59)
	}
}

func TestSuccessResetsTheCount(t *testing.T) {
	t.Parallel()
	r := newRig(t, time.Now)
	sub, _ := r.subscribe(t, r.tenant, "/in")
	var script []webhooktest.Answer
	for range 3 {
		for range 9 {
			script = append(script, webhooktest.Status(500))
		}
		script = append(script, webhooktest.Status(204))
	}
	r.receiver.Script("/in", append(script, webhooktest.Status(200))...)
	r.emit(t, r.tenant, 40)
	r.start(t, func(c *Config) { c.InFlight = 1 })
	r.untilCount(t, 13, deliveredSQL)
	if n := r.count(t, `SELECT count(*) FROM subscriptions WHERE id = $1 AND status = 'Active'`, sub.ID); n != 1 {
		t.Error("27 failures, never ten in a row, disabled the subscription")
	}
	if n := r.count(t, `SELECT failures FROM lanes WHERE kind = 'webhook'`); n != 0 {
		t.Errorf("%d failures are recorded", n)
	}
}

// TestNewSettingsApplyAtOnce changes the URL of a subscription while its lane is owned.
func TestNewSettingsApplyAtOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t, time.Now)
	r.start(t, func(c *Config) { c.RenewEvery = 3 * time.Second })
	sub, _ := r.subscribe(t, r.tenant, "/old") // the lane is taken at once, too
	r.createJob(t, r.tenant)
	r.receiver.WaitTo(t, "/old", 1, patience)
	patch := delivery.SubscriptionPatch{URL: board.Set(r.receiver.URL("/new"))}
	if _, err := r.store.Outbox.UpdateSubscription(t.Context(), r.tenant, sub.ID, patch, board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	until(t, "the new URL", func() bool {
		r.createJob(t, r.tenant)
		return len(r.receiver.RequestsTo("/new")) > 0
	})
}

func TestEngineStopsBeforeItStarts(t *testing.T) {
	t.Parallel()
	r := newRig(t, time.Now)
	e, err := New(r.testConfig(r.queue(t)))
	if err != nil {
		t.Fatal(err)
	}
	e.Stop()
	e.Start()
	e.Start()
	r.untilCount(t, 1, `SELECT count(*) FROM workers`)
	e.Stop()
	r.untilCount(t, 0, `SELECT count(*) FROM workers`)
	e.Start()
	r.untilCount(t, 1, `SELECT count(*) FROM workers`)
	e.Stop()
}

// TestStopWaitsForAnswers stops while deliveries are in flight: their answers are awaited and recorded.
func TestStopWaitsForAnswers(t *testing.T) {
	t.Parallel()
	r := newRig(t, time.Now)
	r.subscribe(t, r.tenant, "/in")
	gate := make(chan struct{})
	r.receiver.Script("/in", webhooktest.Gated(gate, webhooktest.Status(200)))
	r.emit(t, r.tenant, 2000)
	e := r.start(t, nil)
	r.receiver.WaitInFlight(t, 50, patience)
	stopped := make(chan struct{})
	go func() { defer close(stopped); e.Stop() }()
	select {
	case <-stopped:
		t.Fatal("Stop did not wait")
	default:
	}
	close(gate)
	<-stopped
	sent := len(r.receiver.Requests())
	if n := r.count(t, deliveredSQL); n != sent || sent < 50 {
		t.Errorf("%d deliveries are recorded of %d that were sent", n, sent)
	}
	if n := r.count(t, pendingSQL); n != 2000-sent || n == 0 {
		t.Errorf("%d deliveries wait, want %d", n, 2000-sent)
	}
}

// TestStopAbortsAfterItsGrace has a receiver that does not answer: Stop aborts the attempts before their timeout, and they are not
// counted.
func TestStopAbortsAfterItsGrace(t *testing.T) {
	t.Parallel()
	r := newRig(t, time.Now)
	r.subscribe(t, r.tenant, "/in")
	r.receiver.Script("/in", webhooktest.Hang())
	r.emit(t, r.tenant, 5)
	e := r.start(t, func(c *Config) { c.Grace = 10 * time.Millisecond })
	r.receiver.WaitInFlight(t, 5, patience)
	e.Stop()
	r.receiver.WaitInFlight(t, 0, patience)
	if n := r.count(t, attemptsSQL); n != 0 {
		t.Errorf("%d attempts are recorded", n)
	}
	if n := r.count(t, pendingSQL+` WHERE attempt = 0`); n != 5 {
		t.Errorf("%d deliveries wait, want 5", n)
	}
}

func TestNewChecksItsConfig(t *testing.T) {
	t.Parallel()
	r := newRig(t, time.Now)
	good := r.testConfig(r.queue(t))
	for name, change := range map[string]func(*Config){
		"no queue":               func(c *Config) { c.Queue = nil },
		"no client":              func(c *Config) { c.Client = nil },
		"no clock":               func(c *Config) { c.Now = nil },
		"renewals too far apart": func(c *Config) { c.RenewEvery = 7 * time.Second },
	} {
		c := good
		change(&c)
		if _, err := New(c); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

// TestAttemptsAreLogged expects one line with what an operator needs, and without secrets and personal data.
func TestAttemptsAreLogged(t *testing.T) {
	t.Parallel()
	r := newRig(t, time.Now)
	_, secret := r.subscribeTo(t, r.tenant, r.receiver.URL("/in/path-secret?token=query-secret"), event.JobCreated)
	r.receiver.Script("/in/path-secret", webhooktest.Reply(500, nil, "body-secret"))
	var log lockedBuffer
	e := r.start(t, func(c *Config) { c.Log = slog.New(slog.NewJSONHandler(&log, nil)) })
	r.emit(t, r.tenant, 1)
	r.untilCount(t, 1, attemptsSQL)
	e.Stop()
	text := log.String()
	for _, secret := range []string{secret, "path-secret", "query-secret", "body-secret", "Platform Engineer"} {
		if strings.Contains(text, secret) {
			t.Errorf("the log holds %q:\n%s", secret, text)
		}
	}
	var lines []map[string]any
	for line := range strings.Lines(text) {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Fatal(err)
		}
		if fields["msg"] == "attempt" {
			lines = append(lines, fields)
		}
	}
	if len(lines) != 1 {
		t.Fatalf("%d lines:\n%s", len(lines), text)
	}
	for key, want := range map[string]any{
		"kind": "webhook", "outcome": "Failed", "status": 500.0, "attempt": 1.0, "type": "job.created", "profile": "native",
		"mode": "live", "host": r.receiver.Addr().String(), "error": "500 Internal Server Error",
	} {
		if lines[0][key] != want {
			t.Errorf("%s is %v, want %v", key, lines[0][key], want)
		}
	}
	for _, key := range []string{"delivery", "event", "subscription", "employer", "lane", "lag", "total", "first_byte", "retry_at"} {
		if _, ok := lines[0][key]; !ok {
			t.Errorf("%s is missing:\n%s", key, text)
		}
	}
}

// An operator who wants warnings only gets no line for each attempt.
func TestAttemptsAreNoWarnings(t *testing.T) {
	t.Parallel()
	r := newRig(t, time.Now)
	r.subscribeTo(t, r.tenant, r.receiver.URL("/quiet"), event.JobCreated)
	var log lockedBuffer
	e := r.start(t, func(c *Config) {
		c.Log = slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn}))
	})
	r.emit(t, r.tenant, 1)
	r.untilCount(t, 1, attemptsSQL)
	e.Stop()
	if text := log.String(); strings.Contains(text, `"attempt"`) {
		t.Errorf("logged:\n%s", text)
	}
}

// lockedBuffer may be written by several goroutines.
type lockedBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
