package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"itmanagerjobs/store"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

// createMany makes n jobs, a second apart, and tells the events of their creation.
func createMany(t *testing.T, s *store.Store, clock *storetest.Clock, tenant board.Tenant, n int) []outbox.Event {
	t.Helper()
	before := fixture.Events(t, s, tenant).Next
	for i := range n {
		fixture.Create(t, s, tenant, fixture.Complete(fmt.Sprint("Job ", i)))
		clock.Advance(time.Second)
	}
	page, err := s.Outbox.Events(context.Background(), tenant, before, n, nil)
	if err != nil || len(page.Events) != n {
		t.Fatalf("%d events, %v; want %d", len(page.Events), err, n)
	}
	return page.Events
}

func TestAReplaySendsTheSameDeliveriesOnceMore(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	tenant := fixture.Account(t, s, "replay@northwind.example", 1)
	all, _ := fixture.Subscribe(t, s, tenant, event.JobCreated, event.JobUpdated)
	q := queue(t, s)
	worker, lanes := fixture.TakeAll(t, q)
	lane := fixture.LaneOf(t, lanes, all)
	made := createMany(t, s, clock, tenant, 6)
	first := fixture.DeliverAll(t, q, worker, lane)
	late, _ := fixture.Subscribe(t, s, tenant, event.JobCreated) // has missed them all
	from, to := made[1].Seq, made[4].Seq

	asked := delivery.ReplayRequest{FromSequence: &from, ToSequence: &to}
	preview, err := s.Outbox.PreviewReplay(t.Context(), tenant, asked)
	want := []outbox.ReplayedSubscription{{ID: all.ID, Total: 4}, {ID: late.ID, Total: 4}}
	if diff := cmp.Diff(want, preview); diff != "" || err != nil {
		t.Errorf("preview (-want +got), %v:\n%s", err, diff)
	}
	r := fixture.Replay(t, s, tenant, asked)
	if diff := cmp.Diff(want, r.Subscriptions); diff != "" || r.Status != delivery.ReplayRunning {
		t.Errorf("%s (-want +got):\n%s", r.Status, diff)
	}
	createMany(t, s, clock, tenant, 1) // not part of it; it waits in both lanes
	fixture.StepAll(t, s)
	want = []outbox.ReplayedSubscription{{ID: all.ID, Total: 4, Queued: 4}, {ID: late.ID, Total: 4, Queued: 4}}
	if diff := cmp.Diff(want, fixture.Finished(t, s, r)); diff != "" {
		t.Errorf("after all steps (-want +got):\n%s", diff)
	}
	clock.Advance(time.Minute)
	var again []outbox.Queued
	for _, row := range fixture.Fetch(t, q, worker, lane) {
		if row.SubjectID <= made[5].ID {
			again = append(again, row)
		}
	}
	for i := range again {
		if again[i].Attempts != 1 || again[i].Base != 1 {
			t.Errorf("%+v: want the numbers to go on and the schedule to begin anew", again[i])
		}
	}
	if diff := cmp.Diff(first[1:5], again, cmpopts.IgnoreFields(outbox.Queued{}, "Attempts", "Base", "DueAt")); diff != "" {
		t.Errorf("the same deliveries (-want +got):\n%s", diff)
	}

	// A delivery that waits already is not queued again by another replay.
	second := fixture.Replay(t, s, tenant, delivery.ReplayRequest{SubscriptionID: &all.ID, EventIDs: []int64{made[5].ID, made[0].ID, made[2].ID}})
	fixture.StepAll(t, s)
	if diff := cmp.Diff([]outbox.ReplayedSubscription{{ID: all.ID, Total: 3, Queued: 2, Skipped: 1}}, fixture.Finished(t, s, second)); diff != "" {
		t.Errorf("by ids (-want +got):\n%s", diff)
	}
	clock.Advance(time.Second)
	if n := len(fixture.DeliverAll(t, q, worker, lane)); n != 7 {
		t.Errorf("%d wait, want 7", n)
	}
	for _, d := range deliveries(t, s, all, delivery.Delivered) {
		if want := 2; d.EventID <= made[5].ID && d.Attempts != want {
			t.Errorf("%+v: want %d attempts", d, want)
		}
	}

	since, until := made[2].CreatedAt, made[4].CreatedAt
	third := fixture.Replay(t, s, tenant, delivery.ReplayRequest{SubscriptionID: &all.ID, Since: &since, Until: &until})
	fixture.StepAll(t, s)
	if diff := cmp.Diff([]outbox.ReplayedSubscription{{ID: all.ID, Total: 2, Queued: 2}}, fixture.Finished(t, s, third)); diff != "" {
		t.Errorf("by time (-want +got):\n%s", diff)
	}
	page, err := s.Outbox.Replays(t.Context(), tenant, outbox.ReplayQuery{Limit: 2})
	if err != nil || page.Total != 3 || !page.More || page.Items[0].ID != third.ID || len(page.Items[1].Subscriptions) != 1 {
		t.Errorf("the list: %+v, %v", page, err)
	}
}

func TestAReplaySendsOnlyWhatIsWanted(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	tenant := fixture.Account(t, s, "wanted@northwind.example", 1)
	created, _ := fixture.Subscribe(t, s, tenant, event.JobCreated)
	updated, _ := fixture.Subscribe(t, s, tenant, event.JobUpdated)
	off, _ := fixture.Subscribe(t, s, tenant)
	if _, err := s.Outbox.DisableSubscription(t.Context(), tenant, off.ID, "by hand", board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	other := fixture.Account(t, s, "unwanted@northwind.example", 1)
	theirs := createMany(t, s, clock, other, 1)
	made := createMany(t, s, clock, tenant, 2)
	since := storetest.Epoch
	for name, tc := range map[string]struct {
		tenant  board.Tenant
		request delivery.ReplayRequest
		want    []outbox.ReplayedSubscription
		code    board.Code
		fields  []string
	}{
		"those who ask":       {tenant, delivery.ReplayRequest{Since: &since}, []outbox.ReplayedSubscription{{ID: created.ID, Total: 2}}, "", nil},
		"of types":            {tenant, delivery.ReplayRequest{Since: &since, Types: []event.Type{event.JobUpdated}}, []outbox.ReplayedSubscription{}, "", nil},
		"one with nothing":    {tenant, delivery.ReplayRequest{Since: &since, SubscriptionID: &updated.ID}, []outbox.ReplayedSubscription{{ID: updated.ID}}, "", nil},
		"a disabled one":      {tenant, delivery.ReplayRequest{Since: &since, SubscriptionID: &off.ID}, nil, board.CodeInvalidState, nil},
		"another's":           {other, delivery.ReplayRequest{Since: &since, SubscriptionID: &created.ID}, nil, board.CodeNotFound, nil},
		"the other mode":      {board.Tenant{EmployerID: tenant.EmployerID, Mode: board.ModeTest}, delivery.ReplayRequest{Since: &since}, []outbox.ReplayedSubscription{}, "", nil},
		"events of another's": {tenant, delivery.ReplayRequest{EventIDs: []int64{made[0].ID, theirs[0].ID, 999}}, nil, board.CodeInvalidRequest, []string{"eventIds[1]", "eventIds[2]"}},
		"nothing":             {tenant, delivery.ReplayRequest{}, nil, board.CodeInvalidRequest, []string{"eventIds"}},
	} {
		got, err := s.Outbox.PreviewReplay(t.Context(), tc.tenant, tc.request)
		if diff := cmp.Diff(tc.want, got, cmpopts.EquateEmpty()); diff != "" || fixture.CodeOf(err) != tc.code || !slices.Equal(badFields(err), tc.fields) {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
		if _, err := s.Outbox.CreateReplay(t.Context(), tc.tenant, tc.request); fixture.CodeOf(err) != tc.code {
			t.Errorf("%s: created with %v, want %q", name, err, tc.code)
		}
	}
}

func badFields(err error) []string {
	bad, ok := errors.AsType[*board.Error](err)
	if !ok {
		return nil
	}
	var names []string
	for _, f := range bad.Fields {
		names = append(names, f.Field)
	}
	return names
}

func TestAReplayKeepsItsPace(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	tenant := fixture.Account(t, s, "pace@northwind.example", 1)
	sub, _ := fixture.Subscribe(t, s, tenant, event.JobCreated)
	q := queue(t, s)
	worker, lanes := fixture.TakeAll(t, q)
	lane := fixture.LaneOf(t, lanes, sub)
	createMany(t, s, clock, tenant, 40)
	fixture.DeliverAll(t, q, worker, lane)
	since := storetest.Epoch
	r := fixture.Replay(t, s, tenant, delivery.ReplayRequest{Since: &since, PerSecond: 5})
	begun := clock.Now()
	var due []time.Time
	for seconds := 0; len(due) < 40 && seconds < 20; seconds++ {
		fixture.StepAll(t, s)
		if seconds%3 != 1 { // a step that comes late changes nothing
			for _, row := range fixture.DeliverAll(t, q, worker, lane) {
				due = append(due, row.DueAt)
			}
		}
		clock.Advance(time.Second)
	}
	fixture.Finished(t, s, r)
	want := make([]time.Time, 40)
	for i := range want {
		want[i] = begun.Add(time.Duration(i) * 200 * time.Millisecond)
	}
	if diff := cmp.Diff(want, due); diff != "" {
		t.Errorf("due (-want +got):\n%s", diff)
	}
}

func TestAReplayIsCancelled(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	tenant := fixture.Account(t, s, "cancel@northwind.example", 1)
	fixture.Subscribe(t, s, tenant, event.JobCreated)
	createMany(t, s, clock, tenant, 20)
	second, _ := fixture.Subscribe(t, s, tenant, event.JobCreated)
	since := storetest.Epoch
	r := fixture.Replay(t, s, tenant, delivery.ReplayRequest{Since: &since, SubscriptionID: &second.ID, PerSecond: 1})
	fixture.StepAll(t, s)
	for range 2 {
		got, err := s.Outbox.CancelReplay(t.Context(), tenant, r.ID, board.Precondition{})
		want := []outbox.ReplayedSubscription{{ID: second.ID, Total: 20, Queued: 2}}
		if diff := cmp.Diff(want, got.Subscriptions); diff != "" || err != nil || got.Status != delivery.ReplayCancelled || !got.FinishedAt.Equal(clock.Now()) {
			t.Errorf("cancelled: %+v, %v (-want +got):\n%s", got, err, diff)
		}
	}
	clock.Advance(time.Minute)
	fixture.StepAll(t, s)
	if n := len(deliveries(t, s, second, delivery.Pending)); n != 2 {
		t.Errorf("%d wait, want the 2 of before", n)
	}
	other := fixture.Account(t, s, "cancels@northwind.example", 1)
	if _, err := s.Outbox.CancelReplay(t.Context(), other, r.ID, board.Precondition{}); fixture.CodeOf(err) != board.CodeNotFound {
		t.Errorf("another's: %v", err)
	}
	if _, err := s.Outbox.Replay(t.Context(), other, r.ID); fixture.CodeOf(err) != board.CodeNotFound {
		t.Errorf("another's: %v", err)
	}
	done := fixture.Replay(t, s, tenant, delivery.ReplayRequest{Since: &since, PerSecond: 1000})
	fixture.StepAll(t, s)
	if diff := cmp.Diff([]int64{40, 18, 22}, fixture.Counts(fixture.Finished(t, s, done))); diff != "" {
		t.Errorf("all of it (-want +got):\n%s", diff)
	}
	if _, err := s.Outbox.CancelReplay(t.Context(), tenant, done.ID, board.Precondition{}); fixture.CodeOf(err) != board.CodeInvalidState {
		t.Errorf("a completed one: %v", err)
	}
	if n, err := s.Outbox.PurgeReplays(t.Context(), 100); n != 0 || err != nil {
		t.Errorf("purged %d, %v", n, err)
	}
	clock.Advance(event.Retention + time.Second)
	if n, err := s.Outbox.PurgeReplays(t.Context(), 100); n != 2 || err != nil {
		t.Errorf("purged %d, %v; want 2", n, err)
	}
}

func TestAReplayAccountsForWhatItCannotSend(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	tenant := fixture.Account(t, s, "cannot@northwind.example", 1)
	fixture.Subscribe(t, s, tenant, event.JobCreated)
	createMany(t, s, clock, tenant, 10)
	clock.Advance(event.Retention / 2)
	createMany(t, s, clock, tenant, 10)
	off, _ := fixture.Subscribe(t, s, tenant, event.JobCreated)
	gone, _ := fixture.Subscribe(t, s, tenant, event.JobCreated)
	stays, _ := fixture.Subscribe(t, s, tenant, event.JobCreated)
	since := storetest.Epoch
	var replays []outbox.Replay
	for _, sub := range []outbox.Subscription{off, gone, stays} {
		replays = append(replays, fixture.Replay(t, s, tenant, delivery.ReplayRequest{Since: &since, SubscriptionID: &sub.ID, PerSecond: 1}))
	}
	fixture.StepAll(t, s)
	if _, err := s.Outbox.DisableSubscription(t.Context(), tenant, off.ID, "by hand", board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	if err := s.Outbox.DeleteSubscription(t.Context(), tenant, gone.ID, board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	// The older half is no longer kept, but for the two that were queued.
	clock.Advance(event.Retention / 2)
	for range 12 {
		fixture.StepAll(t, s)
		clock.Advance(time.Second)
	}
	for i, want := range [][]int64{{20, 2, 18}, {20, 2, 18}, {20, 12, 8}} {
		if diff := cmp.Diff(want, fixture.Counts(fixture.Finished(t, s, replays[i]))); diff != "" {
			t.Errorf("replay %d: total, queued, skipped (-want +got):\n%s", i, diff)
		}
	}
}

func TestOnlySomeReplaysRunAtOnce(t *testing.T) {
	t.Parallel()
	a, b, _ := fixture.AtOnce(t)
	tenant := fixture.Account(t, a, "many@northwind.example", 1)
	sub, _ := fixture.Subscribe(t, a, tenant, event.JobCreated)
	since := storetest.Epoch
	errs := make(chan error, delivery.MaxRunningReplays+3)
	var wg sync.WaitGroup
	for i := range cap(errs) {
		wg.Go(func() {
			_, err := []*store.Store{a, b}[i%2].Outbox.CreateReplay(context.Background(), tenant, delivery.ReplayRequest{Since: &since, SubscriptionID: &sub.ID})
			errs <- err
		})
	}
	wg.Wait()
	close(errs)
	refused := 0
	for err := range errs {
		if fixture.CodeOf(err) == board.CodeInvalidState && strings.Contains(err.Error(), "cancel one") {
			refused++
		} else if err != nil {
			t.Error(err)
		}
	}
	if refused != 3 {
		t.Errorf("%d refused, want 3", refused)
	}
}

// TestCopiesStepAReplayTogether has copies of the program take steps at once, while deliveries are made and resent.
func TestCopiesStepAReplayTogether(t *testing.T) {
	t.Parallel()
	a, b, clock := fixture.AtOnce(t)
	tenant := fixture.Account(t, a, "together@northwind.example", 1)
	sub, _ := fixture.Subscribe(t, a, tenant, event.JobCreated)
	q := queue(t, a)
	worker, lanes := fixture.TakeAll(t, q)
	lane := fixture.LaneOf(t, lanes, sub)
	createMany(t, a, clock, tenant, 60)
	fixture.DeliverAll(t, q, worker, lane)
	resent := deliveries(t, a, sub, delivery.Delivered)
	since := storetest.Epoch
	r := fixture.Replay(t, a, tenant, delivery.ReplayRequest{Since: &since, PerSecond: 7})
	r2 := fixture.Replay(t, b, tenant, delivery.ReplayRequest{Since: &since, PerSecond: 11})
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for range 30 {
				if _, err := []*store.Store{a, b}[i%2].Outbox.StepReplays(context.Background()); err != nil {
					t.Errorf("step: %v", err)
				}
				clock.Advance(200 * time.Millisecond)
			}
		})
	}
	wg.Go(func() {
		for _, d := range resent {
			if _, err := b.Outbox.ResendDelivery(context.Background(), tenant, d.ID, board.Precondition{}); err != nil && fixture.CodeOf(err) != board.CodeInvalidState {
				t.Errorf("resend: %v", err)
			}
		}
	})
	wg.Wait()
	var queued int64
	for _, one := range []outbox.Replay{r, r2} {
		got := fixture.Counts(fixture.Finished(t, a, one))
		if got[0] != 60 || got[1]+got[2] != 60 {
			t.Errorf("total, queued, skipped: %v", got)
		}
		queued += got[1]
	}
	clock.Advance(time.Minute)
	if waiting := len(fixture.Fetch(t, q, worker, lane)); waiting != 60 || queued > 60 {
		t.Errorf("%d wait, %d were queued by the replays; want 60 in all", waiting, queued)
	}
}
