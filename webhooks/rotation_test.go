package webhooks

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/webhooks/webhooktest"
)

// holder is a receiver that has one secret and accepts a delivery when either signature header is valid by it. It answers slowly,
// so that a delivery is always in flight.
type holder struct {
	server   *httptest.Server
	secret   atomic.Pointer[string]
	accepted atomic.Int64
	refused  atomic.Int64
}

func newHolder(t *testing.T, takes time.Duration) *holder {
	t.Helper()
	h := &holder{}
	h.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		wait(r.Context(), takes)
		secret := *h.secret.Load() // read as late as possible
		for _, name := range []string{"X-Webhook-Signature", "X-Webhook-Signature-Next"} {
			if webhooktest.VerifySignature(secret, r.Header.Get(name), body, time.Now()) == nil {
				h.accepted.Add(1)
				return
			}
		}
		h.refused.Add(1)
		w.WriteHeader(http.StatusUnauthorized)
	}))
	t.Cleanup(h.server.Close)
	return h
}

// TestRotationUnderLoad rotates the secret several times, as fast as possible, while deliveries are sent.
func TestRotationUnderLoad(t *testing.T) {
	t.Parallel()
	rotateUnderLoad(t, 1000, 4)
}

func rotateUnderLoad(t *testing.T, deliveries, rotations int) {
	t.Helper()
	const inFlight = 10
	r := newRig(t, time.Now)
	h := newHolder(t, 15*time.Millisecond)
	sub, secret := r.subscribeTo(t, r.tenant, h.server.URL, event.JobCreated)
	h.secret.Store(&secret)
	// Two engines, so that the lane may get another owner meanwhile.
	for range 2 {
		r.start(t, func(c *Config) { c.InFlight = inFlight })
	}
	r.emit(t, r.tenant, deliveries)
	each := int64(deliveries / (rotations + 1))
	for i := range rotations {
		until(t, "deliveries", func() bool { return h.accepted.Load() >= int64(i)*each+each/2 })
		_, next, err := r.store.Outbox.NextSecret(t.Context(), r.tenant, sub.ID, board.Precondition{})
		if err != nil {
			t.Fatal(err)
		}
		r.activate(t, sub.ID)
		if i%2 == 1 { // an endpoint that takes the new secret late
			seen := h.accepted.Load()
			until(t, "a late switch", func() bool { return h.accepted.Load() >= min(seen+each/3, int64(deliveries)) })
		}
		h.secret.Store(&next)
	}
	r.untilCount(t, 0, pendingSQL)
	if refused, accepted := h.refused.Load(), h.accepted.Load(); refused != 0 || accepted < int64(deliveries) {
		t.Errorf("%d deliveries were refused and %d accepted, want 0 and %d", refused, accepted, deliveries)
	}
	if n := r.count(t, attemptsSQL); n != deliveries {
		t.Errorf("%d attempts for %d deliveries", n, deliveries)
	}
}

func (r *rig) activate(t *testing.T, id int64) {
	t.Helper()
	begun := time.Now()
	sub, err := r.store.Outbox.ActivateSecret(t.Context(), r.tenant, id, board.Precondition{})
	if err != nil {
		t.Fatalf("activate: %v", err)
	}
	if sub.Activating {
		until(t, "the activation", func() bool {
			sub, err = r.store.Outbox.Subscription(t.Context(), r.tenant, id)
			return err != nil || !sub.Activating
		})
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("activated within %s", time.Since(begun).Round(time.Millisecond))
}

// silentQueue is a queue whose notifications are lost.
type silentQueue struct{ Queue }

func (silentQueue) Listen(ctx context.Context) <-chan outbox.Wake {
	wakes := make(chan outbox.Wake)
	context.AfterFunc(ctx, func() { close(wakes) })
	return wakes
}

// TestSettingsAreReadWithoutNotification stands for a copy that dies between its commit and its notification.
func TestSettingsAreReadWithoutNotification(t *testing.T) {
	t.Parallel()
	r := newRig(t, time.Now)
	sub, _ := r.subscribe(t, r.tenant, "/old")
	q := r.queue(t)
	r.start(t, func(c *Config) { c.Queue = silentQueue{q} })
	r.emit(t, r.tenant, 1)
	r.receiver.WaitTo(t, "/old", 1, patience)
	if _, err := r.db.ExecContext(t.Context(), `UPDATE subscriptions SET url = $2, version = version + 1 WHERE id = $1`, sub.ID, r.receiver.URL("/new")); err != nil {
		t.Fatal(err)
	}
	until(t, "the new address", func() bool {
		r.emit(t, r.tenant, 1)
		return len(r.receiver.RequestsTo("/new")) > 0
	})
}

// TestAnEventAfterTheSwitchIsSignedByTheNewSecret: the copy that sends has not heard of the switch, for notifications are lost.
func TestAnEventAfterTheSwitchIsSignedByTheNewSecret(t *testing.T) {
	t.Parallel()
	r := newRig(t, time.Now)
	sub, _ := r.subscribe(t, r.tenant, "/hook")
	q := r.queue(t)
	r.start(t, func(c *Config) { c.Queue = silentQueue{q} })
	r.emit(t, r.tenant, 1)
	r.receiver.WaitTo(t, "/hook", 1, patience)
	rotating, next, err := r.store.Outbox.NextSecret(t.Context(), r.tenant, sub.ID, board.Precondition{})
	if err != nil {
		t.Fatal(err)
	}
	until(t, "the next secret in use", func() bool {
		return r.count(t, `SELECT settings_seen FROM lanes l JOIN subscriptions s ON s.lane_id = l.id`) >= int(rotating.Version)
	})
	if sub, err := r.store.Outbox.ActivateSecret(t.Context(), r.tenant, sub.ID, board.Precondition{}); err != nil || sub.Rotating {
		t.Fatalf("activated %+v, %v; want it done at once", sub, err)
	}
	r.emit(t, r.tenant, 1)
	last := r.receiver.WaitTo(t, "/hook", 2, patience)[1]
	if err := webhooktest.VerifySignature(next, last.Header.Get("X-Webhook-Signature"), last.Body, time.Now()); err != nil {
		t.Errorf("the first header is not by the new secret: %v", err)
	}
}
