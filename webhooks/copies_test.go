package webhooks

import (
	"context"
	"net/http"
	"testing"
	"time"

	"itmanagerjobs/webhooks/webhooktest"
)

// after answers after a time.
func after(d time.Duration, then webhooktest.Answer) webhooktest.Answer {
	return func(ctx context.Context, w http.ResponseWriter) {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
			then(ctx, w)
		case <-ctx.Done():
		}
	}
}

// TestCopiesShareTheLimit starts and stops engines while they deliver to the same subscriptions. The receiver never sees more than
// 50 deliveries in flight to one subscription, over all engines, and none twice.
func TestCopiesShareTheLimit(t *testing.T) {
	t.Parallel()
	const each = 1500
	r := newRig(t, time.Now)
	paths := []string{"/a", "/b", "/c", "/d", "/e"}
	for _, path := range paths {
		r.subscribe(t, r.tenant, path)
		r.receiver.Script(path, after(10*time.Millisecond, webhooktest.Status(200)))
	}
	r.emit(t, r.tenant, each)
	all := each * len(paths)
	first := r.start(t, nil)
	r.receiver.Wait(t, all/10, patience)
	second := r.start(t, nil)
	r.receiver.Wait(t, all*3/10, patience)
	r.start(t, nil)
	r.receiver.Wait(t, all*5/10, patience)
	first.Stop()
	r.receiver.Wait(t, all*7/10, patience)
	second.Stop()
	r.untilCount(t, 0, pendingSQL)

	for _, path := range paths {
		if most := r.receiver.MaxInFlightTo(path); most > 50 || most < 10 {
			t.Errorf("%s had %d in flight at once, want up to 50", path, most)
		}
	}
	if n := len(r.receiver.Requests()); n != all {
		t.Errorf("%d requests for %d deliveries", n, all)
	}
	if n := r.count(t, `SELECT max(epoch) FROM lanes`); n < 3 {
		t.Errorf("no lane had more than %d owners: the copies did not share", n)
	}
}

// TestLanesAreBalanced counts the lanes of each worker.
func TestLanesAreBalanced(t *testing.T) {
	t.Parallel()
	r := newRig(t, time.Now)
	for range 20 {
		r.subscribe(t, r.tenant, "/in")
	}
	// 24 lanes: 4 are for emails.
	const owners = `SELECT count(*) FROM (SELECT owner FROM lanes WHERE owner IS NOT NULL GROUP BY owner HAVING count(*) = $1) o`
	r.start(t, nil)
	r.untilCount(t, 1, owners, 24)
	second := r.start(t, nil)
	r.untilCount(t, 2, owners, 12)
	r.start(t, nil)
	r.untilCount(t, 3, owners, 8)
	second.Stop()
	r.untilCount(t, 2, owners, 12)
}

// TestAHangingReceiverDelaysNoOther has a subscription whose slots are all in use as long as the test runs.
func TestAHangingReceiverDelaysNoOther(t *testing.T) {
	t.Parallel()
	r := newRig(t, time.Now)
	r.subscribe(t, r.tenant, "/hang")
	r.receiver.Script("/hang", webhooktest.Hang())
	r.emit(t, r.tenant, 10_000)
	r.start(t, func(c *Config) {
		c.MaxInFlight, c.Burst, c.Grace = 50, 20, time.Millisecond
		c.Client = testClient(4 * patience) // no attempt ends before the test does
	})
	r.receiver.WaitInFlight(t, 50, patience)

	// All slots of the copy are in use, and still the subscriptions of another employer get their deliveries.
	other := r.employer(t, "Bright")
	r.subscribe(t, other, "/b1")
	r.subscribe(t, other, "/b2")
	r.emit(t, other, 200)
	r.receiver.WaitTo(t, "/b1", 200, patience)
	r.receiver.WaitTo(t, "/b2", 200, patience)
	if n := r.receiver.InFlightTo("/hang"); n != 50 {
		t.Errorf("%d in flight to the receiver that hangs", n)
	}
}

// TestHostileReceiversHoldNoSlot delivers to all hostile receivers at once: no attempt takes longer than the timeout and a second,
// and a normal receiver gets its deliveries meanwhile. (TestHostileReceivers has 50 requests at once to each.)
//
// It is not parallel: it measures time.
func TestHostileReceiversHoldNoSlot(t *testing.T) {
	const timeout, each = 2 * time.Second, 10
	r := newRig(t, time.Now)
	for path, answer := range map[string]webhooktest.Answer{
		"/drip": webhooktest.Drip(500, 20*time.Millisecond), "/hang": webhooktest.Hang(), "/endless": webhooktest.Endless(500),
		"/bomb": webhooktest.GzipBomb(500, 8<<20), "/huge": webhooktest.HugeHeaders(200, 1<<20), "/early": webhooktest.Early(),
		"/reset": webhooktest.Reset(), "/good": webhooktest.Status(200),
	} {
		r.receiver.Script(path, answer)
		r.subscribe(t, r.tenant, path)
	}
	r.emit(t, r.tenant, each)
	r.start(t, func(c *Config) { c.Client = testClient(timeout) })
	r.untilCount(t, 8*each, attemptsSQL)
	if n := r.count(t, `SELECT max(total_us) FROM delivery_attempts`); time.Duration(n)*time.Microsecond > timeout+time.Second {
		t.Errorf("an attempt held its slot for %d µs", n)
	}
	if n := r.count(t, deliveredSQL); n != each {
		t.Errorf("%d were delivered, want the %d to the good receiver", n, each)
	}
	if n := r.count(t, `SELECT count(*) FROM subscriptions WHERE status = 'Disabled'`); n != 0 {
		t.Errorf("%d subscriptions were disabled: failures in flight together are one", n)
	}
}
