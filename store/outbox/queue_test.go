package outbox_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

// emailLanes are there from the start.
const emailLanes = 4

func queue(t *testing.T, s *store.Store) *store.Queue {
	t.Helper()
	q, err := s.OpenQueue(outbox.QueueOptions{})
	if err != nil {
		t.Fatalf("open queue: %v", err)
	}
	t.Cleanup(func() {
		if err := q.Close(); err != nil {
			t.Errorf("close queue: %v", err)
		}
	})
	return q
}

func TestADeliveryGoesThroughItsAttempts(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	ctx := context.Background()
	tenant := fixture.Account(t, s, "attempts@northwind.example", 1)
	sub, secret := fixture.Subscribe(t, s, tenant)
	q := queue(t, s)
	worker, lanes := fixture.TakeAll(t, q)
	lane := fixture.LaneOf(t, lanes, sub)
	want := outbox.Lane{ID: lane.ID, Epoch: 1, Kind: outbox.LaneWebhook, Tenant: tenant,
		Endpoint: &outbox.Endpoint{SubscriptionID: sub.ID, URL: fixture.HookURL, Profile: "native", Secret: secret, Version: 1}}
	if diff := cmp.Diff(want, lane); diff != "" || len(lanes) != 1+emailLanes {
		t.Errorf("%d lanes, that of the webhook (-want +got):\n%s", len(lanes), diff)
	}
	fixture.Create(t, s, tenant, fixture.Complete("IT Manager"))
	rows := fixture.Fetch(t, q, worker, lane)
	if len(rows) != 1 {
		t.Fatalf("fetched %+v, want one row", rows)
	}
	found, err := q.Events(ctx, append(rows, rows...))
	if diff := cmp.Diff(map[int64]outbox.Event{rows[0].SubjectID: fixture.Events(t, s, tenant).Events[0]}, found); diff != "" || err != nil {
		t.Errorf("the event (-want +got), %v:\n%s", err, diff)
	}

	failed := fixture.Attempt(rows[0], lane, delivery.AttemptFailed)
	failed.RetryAt = clock.Now().Add(time.Minute)
	fixture.Record(t, q, 1, failed)
	if rows := fixture.Fetch(t, q, worker, lane); len(rows) != 0 {
		t.Errorf("fetched before it is due: %+v", rows)
	}
	due, err := q.Due(ctx, []outbox.LaneWant{{LaneID: lane.ID}})
	if diff := cmp.Diff([]outbox.LaneDue{{LaneID: lane.ID, DueAt: failed.RetryAt}}, due); diff != "" || err != nil {
		t.Errorf("next due (-want +got), %v:\n%s", err, diff)
	}
	clock.Advance(time.Minute)
	retry := fixture.Fetch(t, q, worker, lane)
	if len(retry) != 1 || retry[0].Attempts != 1 || retry[0].Base != 0 || retry[0].DeliveryID != rows[0].DeliveryID {
		t.Fatalf("the retry: %+v", retry)
	}
	if now, err := q.Lanes(ctx, worker); err != nil || !slices.ContainsFunc(now, func(l outbox.Lane) bool { return l.ID == lane.ID && l.Failures == 1 }) {
		t.Errorf("lanes: %+v, %v; want a failure counted", now, err)
	}
	fixture.Record(t, q, 1, fixture.Attempt(retry[0], lane, delivery.AttemptDead))
	dead, _, err := s.Outbox.Delivery(ctx, tenant, rows[0].DeliveryID)
	if err != nil || dead.Status != delivery.DeadLetter || dead.Attempts != 2 || dead.NextAttemptAt != nil {
		t.Errorf("dead: %+v, %v", dead, err)
	}
	if diff := cmp.Diff([]outbox.Delivery{dead}, deliveries(t, s, sub, delivery.DeadLetter)); diff != "" {
		t.Errorf("dead letters (-want +got):\n%s", diff)
	}

	resent, err := s.Outbox.ResendDelivery(ctx, tenant, dead.ID, board.Precondition{})
	if err != nil || resent.ID != dead.ID || resent.Status != delivery.Pending || resent.Attempts != 2 {
		t.Errorf("resent: %+v, %v", resent, err)
	}
	if _, err := s.Outbox.ResendDelivery(ctx, tenant, dead.ID, board.Precondition{}); fixture.CodeOf(err) != board.CodeInvalidState {
		t.Errorf("resent again: %v, want conflict", err)
	}
	again := fixture.Fetch(t, q, worker, lane)
	if len(again) != 1 || again[0].Attempts != 2 || again[0].Base != 2 {
		t.Fatalf("resent row: %+v, want the schedule to begin anew", again)
	}
	last := fixture.Attempt(again[0], lane, delivery.AttemptDelivered)
	last.Error = "no text: \x00\xff"
	fixture.Record(t, q, 1, last)
	done, log, err := s.Outbox.Delivery(ctx, tenant, dead.ID)
	if err != nil || done.Status != delivery.Delivered || len(log) != 3 {
		t.Fatalf("in the end: %+v, %+v, %v", done, log, err)
	}
	wantLog := outbox.DeliveryAttempt{
		Number: 3, StartedAt: clock.Now(), Outcome: delivery.AttemptDelivered, Status: 200, Excerpt: `{"ok":true}, "quoted"`, Error: "no text: \uFFFD",
		DNS: time.Millisecond, Connect: 2 * time.Millisecond, TLS: 3 * time.Millisecond, FirstByte: 4 * time.Millisecond, Total: 10 * time.Millisecond,
	}
	if diff := cmp.Diff(wantLog, log[2]); diff != "" {
		t.Errorf("last attempt (-want +got):\n%s", diff)
	}
	for status, want := range map[delivery.Status]int{delivery.Delivered: 1, delivery.DeadLetter: 0, delivery.Cancelled: 0, delivery.Pending: 0} {
		if n := len(deliveries(t, s, sub, status)); n != want {
			t.Errorf("%d deliveries with the status %q, want %d", n, status, want)
		}
	}
}

func TestALateCopyChangesNothing(t *testing.T) {
	t.Parallel()
	clock := storetest.NewClock()
	url := storetest.URL(t)
	s, db := storetest.Open(t, url, storetest.Options(clock)), fixture.Raw(t, url)
	ctx := context.Background()
	tenant := fixture.Account(t, s, "late@northwind.example", 1)
	sub, _ := fixture.Subscribe(t, s, tenant)
	fixture.Create(t, s, tenant, fixture.Complete("One"))
	fixture.Create(t, s, tenant, fixture.Complete("Two"))
	stopped, running := queue(t, s), queue(t, s)
	old, lanes := fixture.TakeAll(t, stopped)
	oldLane := fixture.LaneOf(t, lanes, sub)
	rows := fixture.Fetch(t, stopped, old, oldLane)

	fixture.MustExec(t, db, `UPDATE workers SET lease_until = clock_timestamp() - interval '1 second'`)
	worker, err := running.Join(ctx, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	lanes = fixture.Take(t, running, worker)
	lane := fixture.LaneOf(t, lanes, sub)
	if lane.Epoch != 2 || len(lanes) != 1+emailLanes {
		t.Fatalf("took over %+v", lanes)
	}
	if got := fixture.Fetch(t, stopped, old, oldLane); len(got) != 0 {
		t.Errorf("the former owner fetches %+v", got)
	}
	fixture.Record(t, stopped, 0, fixture.Attempt(rows[0], oldLane, delivery.AttemptDelivered), fixture.Attempt(rows[1], oldLane, delivery.AttemptDead))
	if disabled, err := stopped.Disable(ctx, lane.ID, oldLane.Epoch, "late", 10); disabled || err != nil {
		t.Errorf("the former owner disables: %t, %v", disabled, err)
	}
	if f, err := stopped.Renew(ctx, old, time.Hour); f.Live || f.Workers != 1 || f.Lanes != 1+emailLanes || err != nil {
		t.Errorf("the former owner renews: %+v, %v", f, err)
	}
	if _, err := stopped.TakeLanes(ctx, old, 10); !errors.Is(err, outbox.ErrNotLive) {
		t.Errorf("the former owner takes lanes: %v, want ErrNotLive", err)
	}
	if err := stopped.Release(ctx, old, []int64{lane.ID}); err != nil {
		t.Error(err)
	}
	if err := stopped.Leave(ctx, old); err != nil {
		t.Error(err)
	}
	if got := fixture.Fetch(t, running, worker, lane); !slices.Equal(got, rows) {
		t.Errorf("the owner fetches %+v, want what was there: %+v", got, rows)
	}

	// The number of the attempt fences where the epoch does not: what is recorded stays as it is.
	failed := fixture.Attempt(rows[0], lane, delivery.AttemptFailed)
	failed.RetryAt = clock.Now().Add(time.Minute)
	fixture.Record(t, running, 1, failed)
	fixture.Record(t, running, 0, fixture.Attempt(rows[0], lane, delivery.AttemptDelivered), failed)
	fixture.Record(t, running, 1, fixture.Attempt(rows[1], lane, delivery.AttemptDelivered), fixture.Attempt(rows[0], lane, delivery.AttemptDead))
	fixture.Record(t, running, 0, fixture.Attempt(rows[1], lane, delivery.AttemptDelivered))
	if n := fixture.Count(t, db, `SELECT count(*) FROM delivery_attempts`); n != 2 {
		t.Errorf("%d attempts in the log, want 2", n)
	}
}

func TestLanesAreTakenOnceAndHandedBack(t *testing.T) {
	t.Parallel()
	a, b, _ := fixture.AtOnce(t)
	ctx := context.Background()
	tenant := fixture.Account(t, a, "lanes@northwind.example", 1)
	for range 20 {
		fixture.Subscribe(t, a, tenant)
	}
	queues := []*store.Queue{queue(t, a), queue(t, b)}
	var mu sync.Mutex
	owner := map[int64]int64{}
	workers := make([]int64, 6)
	var wg sync.WaitGroup
	for i := range workers {
		q := queues[i%2]
		wg.Go(func() {
			var err error
			if workers[i], err = q.Join(ctx, time.Hour); err != nil {
				t.Errorf("join: %v", err)
			}
			for {
				lanes, err := q.TakeLanes(ctx, workers[i], 2)
				if err != nil {
					t.Errorf("take: %v", err)
				}
				if len(lanes) == 0 {
					return
				}
				mu.Lock()
				for _, l := range lanes {
					if o, taken := owner[l.ID]; taken || l.Epoch != 1 {
						t.Errorf("lane %d of worker %d is taken by %d, in epoch %d", l.ID, o, workers[i], l.Epoch)
					}
					owner[l.ID] = workers[i]
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	// A worker that found every free lane locked by another may have stopped early; nothing is left out all the same.
	q := queues[0]
	rest := fixture.Take(t, q, workers[0])
	if len(owner)+len(rest) != 20+emailLanes {
		t.Errorf("%d lanes have an owner, want %d", len(owner)+len(rest), 20+emailLanes)
	}
	for id := range rest {
		owner[id] = workers[0]
	}
	fleet, err := q.Renew(ctx, workers[0], time.Hour)
	if diff := cmp.Diff(outbox.WorkerStatus{Live: true, Workers: 6, Lanes: 20 + emailLanes}, fleet); diff != "" || err != nil {
		t.Errorf("fleet (-want +got), %v:\n%s", err, diff)
	}
	for i, w := range workers {
		if i == 0 {
			mine, err := q.Lanes(ctx, w)
			if err != nil {
				t.Fatal(err)
			}
			var ids []int64
			for _, l := range mine {
				ids = append(ids, l.ID)
			}
			if err := q.Release(ctx, w, ids); err != nil {
				t.Fatal(err)
			}
		} else if err := q.Leave(ctx, w); err != nil {
			t.Fatal(err)
		}
	}
	if again := fixture.Take(t, q, workers[0]); len(again) != 20+emailLanes {
		t.Errorf("%d lanes are free after they were handed back, want all", len(again))
	}
}

func TestASubscriptionIsDisabledOnceWithOneEmail(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	ctx := context.Background()
	tenant := fixture.Account(t, s, "admin@northwind.example", 1)
	sub, _ := fixture.Subscribe(t, s, tenant)
	fixture.Create(t, s, tenant, fixture.Complete("IT Manager"))
	q := queue(t, s)
	worker, lanes := fixture.TakeAll(t, q)
	lane := fixture.LaneOf(t, lanes, sub)
	rows := fixture.Fetch(t, q, worker, lane)
	var disabled atomic.Int64
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			ok, err := q.Disable(ctx, lane.ID, lane.Epoch, "Ten attempts in a row failed, the last one with 500 Internal Server Error.", 10)
			if err != nil {
				t.Errorf("disable: %v", err)
			}
			if ok {
				disabled.Add(1)
			}
		})
	}
	wg.Wait()
	if disabled.Load() != 1 {
		t.Errorf("disabled %d times, want once", disabled.Load())
	}
	got, err := s.Outbox.Subscription(ctx, tenant, sub.ID)
	if err != nil || got.Status != delivery.SubscriptionDisabled || got.DisabledAt == nil || !strings.HasPrefix(*got.DisabledReason, "Ten attempts") {
		t.Errorf("subscription: %+v, %v", got, err)
	}
	kept, err := s.Outbox.Messages(ctx, 10)
	if err != nil || len(kept) != 1 || kept[0].To != "admin@northwind.example" || kept[0].Status != delivery.Pending || !strings.Contains(kept[0].Text, "Ten attempts") {
		t.Errorf("emails: %+v, %v; want one to the admin", kept, err)
	}

	// What waits is not fetched any more, and what is in flight is still recorded.
	if rows := fixture.Fetch(t, q, worker, lane); len(rows) != 0 {
		t.Errorf("fetched from a paused lane: %+v", rows)
	}
	if due, err := q.Due(ctx, []outbox.LaneWant{{LaneID: lane.ID}}); err != nil || len(due) != 0 {
		t.Errorf("due in a paused lane: %+v, %v", due, err)
	}
	fixture.Record(t, q, 1, fixture.Attempt(rows[0], lane, delivery.AttemptDelivered))
	free := fixture.Take(t, q, worker)
	for id, l := range free {
		if l.Kind != outbox.LaneEmail || l.Tenant.EmployerID != tenant.EmployerID {
			t.Errorf("taken: %+v; want the lane of the employer's emails alone", l)
		}
		lanes[id] = l
	}
	if _, err := s.Outbox.ResendDelivery(ctx, tenant, rows[0].DeliveryID, board.Precondition{}); fixture.CodeOf(err) != board.CodeInvalidState {
		t.Errorf("resend to a Disabled one: %v, want invalid_state", err)
	}

	var emails []outbox.Lane
	for _, l := range lanes {
		if l.Kind == outbox.LaneEmail {
			emails = append(emails, l)
		}
	}
	queued := fixture.Fetch(t, q, worker, emails...)
	if len(queued) != 1 {
		t.Fatalf("queued emails: %+v", queued)
	}
	messages, err := q.Messages(ctx, queued)
	if m := messages[queued[0].SubjectID]; err != nil || m.Subject != kept[0].Subject || m.HTML != kept[0].HTML {
		t.Errorf("message: %+v, %v", messages, err)
	}
	fixture.Record(t, q, 1, fixture.Attempt(queued[0], lanes[queued[0].LaneID], delivery.AttemptDelivered))
	if kept, err := s.Outbox.Messages(ctx, 10); err != nil || kept[0].Status != delivery.Delivered {
		t.Errorf("emails: %+v, %v; want it delivered", kept, err)
	}

	if _, _, err := s.Outbox.EnableSubscription(ctx, tenant, sub.ID, true, board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	now, err := q.Lanes(ctx, worker)
	if err != nil || !slices.ContainsFunc(now, func(l outbox.Lane) bool { return l.ID == lane.ID && !l.Paused && l.Failures == 0 }) {
		t.Errorf("lanes after enabling: %+v, %v", now, err)
	}
}

func TestADeletedSubscriptionLeavesNothingToDeliver(t *testing.T) {
	t.Parallel()
	clock := storetest.NewClock()
	url := storetest.URL(t)
	s, db := storetest.Open(t, url, storetest.Options(clock)), fixture.Raw(t, url)
	ctx := context.Background()
	tenant := fixture.Account(t, s, "deleted@northwind.example", 1)
	sub, _ := fixture.Subscribe(t, s, tenant)
	fixture.Create(t, s, tenant, fixture.Complete("IT Manager"))
	q := queue(t, s)
	worker, lanes := fixture.TakeAll(t, q)
	lane := fixture.LaneOf(t, lanes, sub)
	rows := fixture.Fetch(t, q, worker, lane)
	if err := s.Outbox.DeleteSubscription(ctx, tenant, sub.ID, board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	fixture.Record(t, q, 0, fixture.Attempt(rows[0], lane, delivery.AttemptDelivered))
	if disabled, err := q.Disable(ctx, lane.ID, lane.Epoch, "gone", 1); disabled || err != nil {
		t.Errorf("disable: %t, %v", disabled, err)
	}
	if n := fixture.Count(t, db, `SELECT (SELECT count(*) FROM delivery_queue) + (SELECT count(*) FROM lanes WHERE kind = 'webhook')`); n != 0 {
		t.Errorf("%d rows of the queue and lanes are left", n)
	}
	if _, err := s.Outbox.ResendDelivery(ctx, tenant, rows[0].DeliveryID, board.Precondition{}); fixture.CodeOf(err) != board.CodeNotFound {
		t.Errorf("resend: %v, want not_found", err)
	}
}

func TestTheEngineIsWokenAfterTheCommit(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	tenant := fixture.Account(t, s, "wake@northwind.example", 1)
	sub, _ := fixture.Subscribe(t, s, tenant)
	q := queue(t, s)
	_, lanes := fixture.TakeAll(t, q)
	lane := fixture.LaneOf(t, lanes, sub)
	wakes := q.Listen(ctx)
	if first := <-wakes; !first.All || !first.Settings {
		t.Errorf("first wake: %+v, want everything", first)
	}
	for range 3 {
		fixture.Create(t, s, tenant, fixture.Complete("IT Manager"))
		if w := <-wakes; !slices.Contains(w.Lanes, lane.ID) && !w.Settings {
			t.Errorf("wake: %+v, want lane %d", w, lane.ID)
		}
	}
	if _, err := s.Outbox.UpdateSubscription(ctx, tenant, sub.ID, delivery.SubscriptionPatch{URL: board.Set("https://ats.example/v2")}, board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	for w := range wakes {
		if w.Settings {
			break
		}
	}
	cancel()
	for range wakes {
		continue // it must end
	}
}
