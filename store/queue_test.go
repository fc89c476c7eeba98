package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/storetest"
)

// emailLanes are there from the start.
const emailLanes = 4

func queue(t *testing.T, s *store.Store) *store.Queue {
	t.Helper()
	q, err := s.OpenQueue(store.QueueOptions{})
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

// takeAll joins with a long lease and takes every lane.
func takeAll(t *testing.T, q *store.Queue) (int64, map[int64]store.Lane) {
	t.Helper()
	worker, err := q.Join(context.Background(), time.Hour)
	if err != nil {
		t.Fatalf("join: %v", err)
	}
	return worker, take(t, q, worker)
}

func take(t *testing.T, q *store.Queue, worker int64) map[int64]store.Lane {
	t.Helper()
	taken, err := q.TakeLanes(context.Background(), worker, 1000)
	if err != nil {
		t.Fatalf("take lanes: %v", err)
	}
	lanes := map[int64]store.Lane{}
	for _, l := range taken {
		lanes[l.ID] = l
	}
	return lanes
}

func laneOf(t *testing.T, lanes map[int64]store.Lane, sub store.Subscription) store.Lane {
	t.Helper()
	for _, l := range lanes {
		if l.Endpoint != nil && l.Endpoint.SubscriptionID == sub.ID {
			return l
		}
	}
	t.Fatalf("no lane of subscription %d in %+v", sub.ID, lanes)
	return store.Lane{}
}

func fetch(t *testing.T, q *store.Queue, worker int64, lanes ...store.Lane) []store.Queued {
	t.Helper()
	wants := make([]store.LaneWant, len(lanes))
	for i, l := range lanes {
		wants[i] = store.LaneWant{LaneID: l.ID, Limit: 100}
	}
	rows, err := q.Fetch(context.Background(), worker, wants)
	if err != nil {
		t.Fatalf("fetch: %v", err)
	}
	return rows
}

func attempt(row store.Queued, lane store.Lane, outcome board.AttemptOutcome) store.Attempt {
	a := store.Attempt{
		Queued: row, Epoch: lane.Epoch, StartedAt: row.DueAt, Outcome: outcome, Status: 200, Excerpt: `{"ok":true}, "quoted"`,
		DNS: time.Millisecond, Connect: 2 * time.Millisecond, TLS: 3 * time.Millisecond, FirstByte: 4 * time.Millisecond, Total: 10 * time.Millisecond,
	}
	if lane.Endpoint != nil {
		a.SubscriptionID = lane.Endpoint.SubscriptionID
	}
	if outcome != board.AttemptDelivered {
		a.Status, a.Error, a.LaneFailures = 500, "500 Internal Server Error", lane.Failures+1
	}
	return a
}

func record(t *testing.T, q *store.Queue, want int, attempts ...store.Attempt) {
	t.Helper()
	if n, err := q.Record(context.Background(), attempts); n != want || err != nil {
		t.Errorf("recorded %d of %d, %v; want %d", n, len(attempts), err, want)
	}
}

func TestADeliveryGoesThroughItsAttempts(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	ctx := context.Background()
	tenant := account(t, s, "attempts@northwind.example", 1)
	sub, secret := subscribe(t, s, tenant)
	q := queue(t, s)
	worker, lanes := takeAll(t, q)
	lane := laneOf(t, lanes, sub)
	want := store.Lane{ID: lane.ID, Epoch: 1, Kind: store.LaneWebhook, Tenant: tenant,
		Endpoint: &store.Endpoint{SubscriptionID: sub.ID, URL: hookURL, Profile: "native", Secret: secret, Version: 1}}
	if diff := cmp.Diff(want, lane); diff != "" || len(lanes) != 1+emailLanes {
		t.Errorf("%d lanes, that of the webhook (-want +got):\n%s", len(lanes), diff)
	}
	create(t, s, tenant, complete("IT Manager"))
	rows := fetch(t, q, worker, lane)
	if len(rows) != 1 {
		t.Fatalf("fetched %+v, want one row", rows)
	}
	found, err := q.Events(ctx, append(rows, rows...))
	if diff := cmp.Diff(map[int64]store.Event{rows[0].SubjectID: events(t, s, tenant).Events[0]}, found); diff != "" || err != nil {
		t.Errorf("the event (-want +got), %v:\n%s", err, diff)
	}

	failed := attempt(rows[0], lane, board.AttemptFailed)
	failed.RetryAt = clock.Now().Add(time.Minute)
	record(t, q, 1, failed)
	if rows := fetch(t, q, worker, lane); len(rows) != 0 {
		t.Errorf("fetched before it is due: %+v", rows)
	}
	due, err := q.Due(ctx, []store.LaneWant{{LaneID: lane.ID}})
	if diff := cmp.Diff([]store.LaneDue{{LaneID: lane.ID, DueAt: failed.RetryAt}}, due); diff != "" || err != nil {
		t.Errorf("next due (-want +got), %v:\n%s", err, diff)
	}
	clock.Advance(time.Minute)
	retry := fetch(t, q, worker, lane)
	if len(retry) != 1 || retry[0].Attempts != 1 || retry[0].Base != 0 || retry[0].DeliveryID != rows[0].DeliveryID {
		t.Fatalf("the retry: %+v", retry)
	}
	if now, err := q.Lanes(ctx, worker); err != nil || !slices.ContainsFunc(now, func(l store.Lane) bool { return l.ID == lane.ID && l.Failures == 1 }) {
		t.Errorf("lanes: %+v, %v; want a failure counted", now, err)
	}
	record(t, q, 1, attempt(retry[0], lane, board.AttemptDead))
	dead, _, err := s.GetDelivery(ctx, tenant, rows[0].DeliveryID)
	if err != nil || dead.Status != board.DeliveryDeadLetter || dead.Attempts != 2 || dead.NextAttemptAt != nil {
		t.Errorf("dead: %+v, %v", dead, err)
	}
	if diff := cmp.Diff([]store.Delivery{dead}, deliveries(t, s, sub, board.DeliveryDeadLetter)); diff != "" {
		t.Errorf("dead letters (-want +got):\n%s", diff)
	}

	resent, err := s.ResendDelivery(ctx, tenant, dead.ID)
	if err != nil || resent.ID != dead.ID || resent.Status != board.DeliveryPending || resent.Attempts != 2 {
		t.Errorf("resent: %+v, %v", resent, err)
	}
	if _, err := s.ResendDelivery(ctx, tenant, dead.ID); codeOf(err) != board.CodeConflict {
		t.Errorf("resent again: %v, want conflict", err)
	}
	again := fetch(t, q, worker, lane)
	if len(again) != 1 || again[0].Attempts != 2 || again[0].Base != 2 {
		t.Fatalf("resent row: %+v, want the schedule to begin anew", again)
	}
	last := attempt(again[0], lane, board.AttemptDelivered)
	last.Error = "no text: \x00\xff"
	record(t, q, 1, last)
	done, log, err := s.GetDelivery(ctx, tenant, dead.ID)
	if err != nil || done.Status != board.DeliveryDelivered || len(log) != 3 {
		t.Fatalf("in the end: %+v, %+v, %v", done, log, err)
	}
	wantLog := store.DeliveryAttempt{
		Number: 3, StartedAt: clock.Now(), Outcome: board.AttemptDelivered, Status: 200, Excerpt: `{"ok":true}, "quoted"`, Error: "no text: \uFFFD",
		DNS: time.Millisecond, Connect: 2 * time.Millisecond, TLS: 3 * time.Millisecond, FirstByte: 4 * time.Millisecond, Total: 10 * time.Millisecond,
	}
	if diff := cmp.Diff(wantLog, log[2]); diff != "" {
		t.Errorf("last attempt (-want +got):\n%s", diff)
	}
	for status, want := range map[board.DeliveryStatus]int{"": 1, board.DeliveryDelivered: 1, board.DeliveryDeadLetter: 0, board.DeliveryCancelled: 0, board.DeliveryPending: 0} {
		if n := len(deliveries(t, s, sub, status)); n != want {
			t.Errorf("%d deliveries with the status %q, want %d", n, status, want)
		}
	}
}

func TestALateCopyChangesNothing(t *testing.T) {
	t.Parallel()
	clock := storetest.NewClock()
	url := storetest.URL(t)
	s, db := storetest.Open(t, url, storetest.Options(clock)), raw(t, url)
	ctx := context.Background()
	tenant := account(t, s, "late@northwind.example", 1)
	sub, _ := subscribe(t, s, tenant)
	create(t, s, tenant, complete("One"))
	create(t, s, tenant, complete("Two"))
	stopped, running := queue(t, s), queue(t, s)
	old, lanes := takeAll(t, stopped)
	oldLane := laneOf(t, lanes, sub)
	rows := fetch(t, stopped, old, oldLane)

	mustExec(t, db, `UPDATE workers SET lease_until = clock_timestamp() - interval '1 second'`)
	worker, err := running.Join(ctx, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	lanes = take(t, running, worker)
	lane := laneOf(t, lanes, sub)
	if lane.Epoch != 2 || len(lanes) != 1+emailLanes {
		t.Fatalf("took over %+v", lanes)
	}
	if got := fetch(t, stopped, old, oldLane); len(got) != 0 {
		t.Errorf("the former owner fetches %+v", got)
	}
	record(t, stopped, 0, attempt(rows[0], oldLane, board.AttemptDelivered), attempt(rows[1], oldLane, board.AttemptDead))
	if disabled, err := stopped.Disable(ctx, lane.ID, oldLane.Epoch, "late", 10); disabled || err != nil {
		t.Errorf("the former owner disables: %t, %v", disabled, err)
	}
	if f, err := stopped.Renew(ctx, old, time.Hour); f.Live || f.Workers != 1 || f.Lanes != 1+emailLanes || err != nil {
		t.Errorf("the former owner renews: %+v, %v", f, err)
	}
	if _, err := stopped.TakeLanes(ctx, old, 10); !errors.Is(err, store.ErrNotLive) {
		t.Errorf("the former owner takes lanes: %v, want ErrNotLive", err)
	}
	if err := stopped.HandBack(ctx, old, []int64{lane.ID}); err != nil {
		t.Error(err)
	}
	if err := stopped.Leave(ctx, old); err != nil {
		t.Error(err)
	}
	if got := fetch(t, running, worker, lane); !slices.Equal(got, rows) {
		t.Errorf("the owner fetches %+v, want what was there: %+v", got, rows)
	}

	// The number of the attempt fences where the epoch does not: what is recorded stays as it is.
	failed := attempt(rows[0], lane, board.AttemptFailed)
	failed.RetryAt = clock.Now().Add(time.Minute)
	record(t, running, 1, failed)
	record(t, running, 0, attempt(rows[0], lane, board.AttemptDelivered), failed)
	record(t, running, 1, attempt(rows[1], lane, board.AttemptDelivered), attempt(rows[0], lane, board.AttemptDead))
	record(t, running, 0, attempt(rows[1], lane, board.AttemptDelivered))
	if n := count(t, db, `SELECT count(*) FROM delivery_attempts`); n != 2 {
		t.Errorf("%d attempts in the log, want 2", n)
	}
}

func TestLanesAreTakenOnceAndHandedBack(t *testing.T) {
	t.Parallel()
	a, b, _ := twins(t)
	ctx := context.Background()
	tenant := account(t, a, "lanes@northwind.example", 1)
	for range 20 {
		subscribe(t, a, tenant)
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
	rest := take(t, q, workers[0])
	if len(owner)+len(rest) != 20+emailLanes {
		t.Errorf("%d lanes have an owner, want %d", len(owner)+len(rest), 20+emailLanes)
	}
	for id := range rest {
		owner[id] = workers[0]
	}
	fleet, err := q.Renew(ctx, workers[0], time.Hour)
	if diff := cmp.Diff(store.Fleet{Live: true, Workers: 6, Lanes: 20 + emailLanes}, fleet); diff != "" || err != nil {
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
			if err := q.HandBack(ctx, w, ids); err != nil {
				t.Fatal(err)
			}
		} else if err := q.Leave(ctx, w); err != nil {
			t.Fatal(err)
		}
	}
	if again := take(t, q, workers[0]); len(again) != 20+emailLanes {
		t.Errorf("%d lanes are free after they were handed back, want all", len(again))
	}
}

func TestASubscriptionIsDisabledOnceWithOneEmail(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	ctx := context.Background()
	tenant := account(t, s, "admin@northwind.example", 1)
	sub, _ := subscribe(t, s, tenant)
	create(t, s, tenant, complete("IT Manager"))
	q := queue(t, s)
	worker, lanes := takeAll(t, q)
	lane := laneOf(t, lanes, sub)
	rows := fetch(t, q, worker, lane)
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
	got, err := s.Subscription(ctx, tenant, sub.ID)
	if err != nil || got.Status != board.SubscriptionDisabled || got.DisabledAt == nil || !strings.HasPrefix(*got.DisabledReason, "Ten attempts") {
		t.Errorf("subscription: %+v, %v", got, err)
	}
	kept, err := s.KeptMessages(ctx, 10)
	if err != nil || len(kept) != 1 || kept[0].To != "admin@northwind.example" || kept[0].Status != board.DeliveryPending || !strings.Contains(kept[0].Text, "Ten attempts") {
		t.Errorf("emails: %+v, %v; want one to the admin", kept, err)
	}

	// What waits is not fetched any more, and what is in flight is still recorded.
	if rows := fetch(t, q, worker, lane); len(rows) != 0 {
		t.Errorf("fetched from a paused lane: %+v", rows)
	}
	if due, err := q.Due(ctx, []store.LaneWant{{LaneID: lane.ID}}); err != nil || len(due) != 0 {
		t.Errorf("due in a paused lane: %+v, %v", due, err)
	}
	record(t, q, 1, attempt(rows[0], lane, board.AttemptDelivered))
	if free := take(t, q, worker); len(free) != 0 {
		t.Errorf("taken: %+v; want none", free)
	}
	if _, err := s.ResendDelivery(ctx, tenant, rows[0].DeliveryID); codeOf(err) != board.CodeInvalidState {
		t.Errorf("resend to a Disabled one: %v, want invalid_state", err)
	}

	var emails []store.Lane
	for _, l := range lanes {
		if l.Kind == store.LaneEmail {
			emails = append(emails, l)
		}
	}
	queued := fetch(t, q, worker, emails...)
	if len(queued) != 1 {
		t.Fatalf("queued emails: %+v", queued)
	}
	messages, err := q.Messages(ctx, queued)
	if m := messages[queued[0].SubjectID]; err != nil || m.Subject != kept[0].Subject || m.HTML != kept[0].HTML {
		t.Errorf("message: %+v, %v", messages, err)
	}
	record(t, q, 1, attempt(queued[0], lanes[queued[0].LaneID], board.AttemptDelivered))
	if kept, err := s.KeptMessages(ctx, 10); err != nil || kept[0].Status != board.DeliveryDelivered {
		t.Errorf("emails: %+v, %v; want it delivered", kept, err)
	}

	if _, _, err := s.EnableSubscription(ctx, tenant, sub.ID, true); err != nil {
		t.Fatal(err)
	}
	now, err := q.Lanes(ctx, worker)
	if err != nil || !slices.ContainsFunc(now, func(l store.Lane) bool { return l.ID == lane.ID && !l.Paused && l.Failures == 0 }) {
		t.Errorf("lanes after enabling: %+v, %v", now, err)
	}
}

func TestADeletedSubscriptionLeavesNothingToDeliver(t *testing.T) {
	t.Parallel()
	clock := storetest.NewClock()
	url := storetest.URL(t)
	s, db := storetest.Open(t, url, storetest.Options(clock)), raw(t, url)
	ctx := context.Background()
	tenant := account(t, s, "deleted@northwind.example", 1)
	sub, _ := subscribe(t, s, tenant)
	create(t, s, tenant, complete("IT Manager"))
	q := queue(t, s)
	worker, lanes := takeAll(t, q)
	lane := laneOf(t, lanes, sub)
	rows := fetch(t, q, worker, lane)
	if err := s.DeleteSubscription(ctx, tenant, sub.ID, store.Precondition{}); err != nil {
		t.Fatal(err)
	}
	record(t, q, 0, attempt(rows[0], lane, board.AttemptDelivered))
	if disabled, err := q.Disable(ctx, lane.ID, lane.Epoch, "gone", 1); disabled || err != nil {
		t.Errorf("disable: %t, %v", disabled, err)
	}
	if n := count(t, db, `SELECT (SELECT count(*) FROM delivery_queue) + (SELECT count(*) FROM lanes WHERE kind = 'webhook')`); n != 0 {
		t.Errorf("%d rows of the queue and lanes are left", n)
	}
	if _, err := s.ResendDelivery(ctx, tenant, rows[0].DeliveryID); codeOf(err) != board.CodeNotFound {
		t.Errorf("resend: %v, want not_found", err)
	}
}

func TestDeliveriesAreListedInPages(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	ctx := context.Background()
	tenant := account(t, s, "pages@northwind.example", 1)
	sub, _ := subscribe(t, s, tenant)
	for i := range 5 {
		create(t, s, tenant, complete(fmt.Sprint("Job ", i)))
	}
	all := deliveries(t, s, sub, "")
	for _, status := range []board.DeliveryStatus{"", board.DeliveryPending} {
		var walked []store.Delivery
		for query := (store.DeliveryQuery{Status: status, Limit: 2}); ; {
			page, err := s.ListDeliveries(ctx, tenant, sub.ID, query)
			if err != nil {
				t.Fatal(err)
			}
			walked = append(walked, page.Deliveries...)
			if !page.More {
				break
			}
			query.Before = walked[len(walked)-1].EventID
		}
		if diff := cmp.Diff(all, walked); diff != "" || len(all) != 5 {
			t.Errorf("status %q, walked in pages (-want +got):\n%s", status, diff)
		}
	}
}

func TestTheEngineIsWokenAfterTheCommit(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	tenant := account(t, s, "wake@northwind.example", 1)
	sub, _ := subscribe(t, s, tenant)
	q := queue(t, s)
	_, lanes := takeAll(t, q)
	lane := laneOf(t, lanes, sub)
	wakes := q.Listen(ctx)
	if first := <-wakes; !first.All || !first.Settings {
		t.Errorf("first wake: %+v, want everything", first)
	}
	for range 3 {
		create(t, s, tenant, complete("IT Manager"))
		if w := <-wakes; !slices.Contains(w.Lanes, lane.ID) && !w.Settings {
			t.Errorf("wake: %+v, want lane %d", w, lane.ID)
		}
	}
	if _, err := s.UpdateSubscription(ctx, tenant, sub.ID, board.SubscriptionPatch{URL: board.Set("https://ats.example/v2")}, store.Precondition{}); err != nil {
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
