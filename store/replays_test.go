package store_test

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
	"itmanagerjobs/store/storetest"
)

// createMany makes n jobs, a second apart, and tells the events of their creation.
func createMany(t *testing.T, s *store.Store, clock *storetest.Clock, tenant store.Tenant, n int) []store.Event {
	t.Helper()
	before := events(t, s, tenant).Next
	for i := range n {
		create(t, s, tenant, complete(fmt.Sprint("Job ", i)))
		clock.Advance(time.Second)
	}
	page, err := s.ListEvents(context.Background(), tenant, before, n, nil)
	if err != nil || len(page.Events) != n {
		t.Fatalf("%d events, %v; want %d", len(page.Events), err, n)
	}
	return page.Events
}

// deliverAll delivers what waits in a lane.
func deliverAll(t *testing.T, q *store.Queue, worker int64, lane store.Lane) []store.Queued {
	t.Helper()
	rows := fetch(t, q, worker, lane)
	attempts := make([]store.Attempt, len(rows))
	for i, row := range rows {
		attempts[i] = attempt(row, lane, board.AttemptDelivered)
	}
	record(t, q, len(rows), attempts...)
	return rows
}

func replay(t *testing.T, s *store.Store, tenant store.Tenant, r board.ReplayRequest) store.Replay {
	t.Helper()
	made, err := s.CreateReplay(context.Background(), tenant, r)
	if err != nil {
		t.Fatalf("create replay: %v", err)
	}
	return made
}

// stepAll lets replays do what they may do at this moment.
func stepAll(t *testing.T, s *store.Store) {
	t.Helper()
	for {
		moved, err := s.StepReplays(context.Background())
		if err != nil {
			t.Fatalf("step: %v", err)
		}
		if moved == 0 {
			return
		}
	}
}

// finished gives a replay that must have completed.
func finished(t *testing.T, s *store.Store, r store.Replay) []store.ReplayedSubscription {
	t.Helper()
	r, err := s.GetReplay(context.Background(), r.Tenant, r.ID)
	if err != nil || r.Status != board.ReplayCompleted || r.FinishedAt == nil {
		t.Fatalf("%+v, %v; want it to be Completed", r, err)
	}
	return r.Subscriptions
}

func TestAReplaySendsTheSameDeliveriesOnceMore(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	tenant := account(t, s, "replay@northwind.example", 1)
	all, _ := subscribe(t, s, tenant, board.EventJobCreated, board.EventJobUpdated)
	q := queue(t, s)
	worker, lanes := takeAll(t, q)
	lane := laneOf(t, lanes, all)
	made := createMany(t, s, clock, tenant, 6)
	first := deliverAll(t, q, worker, lane)
	late, _ := subscribe(t, s, tenant, board.EventJobCreated) // has missed them all
	from, to := made[1].Seq, made[4].Seq

	asked := board.ReplayRequest{FromSequence: &from, ToSequence: &to}
	preview, err := s.PreviewReplay(t.Context(), tenant, asked)
	want := []store.ReplayedSubscription{{ID: all.ID, Total: 4}, {ID: late.ID, Total: 4}}
	if diff := cmp.Diff(want, preview); diff != "" || err != nil {
		t.Errorf("preview (-want +got), %v:\n%s", err, diff)
	}
	r := replay(t, s, tenant, asked)
	if diff := cmp.Diff(want, r.Subscriptions); diff != "" || r.Status != board.ReplayRunning {
		t.Errorf("%s (-want +got):\n%s", r.Status, diff)
	}
	createMany(t, s, clock, tenant, 1) // not part of it; it waits in both lanes
	stepAll(t, s)
	want = []store.ReplayedSubscription{{ID: all.ID, Total: 4, Queued: 4}, {ID: late.ID, Total: 4, Queued: 4}}
	if diff := cmp.Diff(want, finished(t, s, r)); diff != "" {
		t.Errorf("after all steps (-want +got):\n%s", diff)
	}
	clock.Advance(time.Minute)
	var again []store.Queued
	for _, row := range fetch(t, q, worker, lane) {
		if row.SubjectID <= made[5].ID {
			again = append(again, row)
		}
	}
	for i := range again {
		if again[i].Attempts != 1 || again[i].Base != 1 {
			t.Errorf("%+v: want the numbers to go on and the schedule to begin anew", again[i])
		}
	}
	if diff := cmp.Diff(first[1:5], again, cmpopts.IgnoreFields(store.Queued{}, "Attempts", "Base", "DueAt")); diff != "" {
		t.Errorf("the same deliveries (-want +got):\n%s", diff)
	}

	// What waits already is not queued twice, whoever asks.
	second := replay(t, s, tenant, board.ReplayRequest{SubscriptionID: &all.ID, EventIDs: []int64{made[5].ID, made[0].ID, made[2].ID}})
	stepAll(t, s)
	if diff := cmp.Diff([]store.ReplayedSubscription{{ID: all.ID, Total: 3, Queued: 2, Skipped: 1}}, finished(t, s, second)); diff != "" {
		t.Errorf("by ids (-want +got):\n%s", diff)
	}
	clock.Advance(time.Second)
	if n := len(deliverAll(t, q, worker, lane)); n != 7 {
		t.Errorf("%d wait, want 7", n)
	}
	for _, d := range deliveries(t, s, all, board.DeliveryDelivered) {
		if want := 2; d.EventID <= made[5].ID && d.Attempts != want {
			t.Errorf("%+v: want %d attempts", d, want)
		}
	}

	since, until := made[2].CreatedAt, made[4].CreatedAt
	third := replay(t, s, tenant, board.ReplayRequest{SubscriptionID: &all.ID, Since: &since, Until: &until})
	stepAll(t, s)
	if diff := cmp.Diff([]store.ReplayedSubscription{{ID: all.ID, Total: 2, Queued: 2}}, finished(t, s, third)); diff != "" {
		t.Errorf("by time (-want +got):\n%s", diff)
	}
	page, err := s.ListReplays(t.Context(), tenant, store.ReplayQuery{Limit: 2})
	if err != nil || page.Total != 3 || !page.More || page.Replays[0].ID != third.ID || len(page.Replays[1].Subscriptions) != 1 {
		t.Errorf("the list: %+v, %v", page, err)
	}
}

func TestAReplaySendsOnlyWhatIsWanted(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	tenant := account(t, s, "wanted@northwind.example", 1)
	created, _ := subscribe(t, s, tenant, board.EventJobCreated)
	updated, _ := subscribe(t, s, tenant, board.EventJobUpdated)
	off, _ := subscribe(t, s, tenant)
	if _, err := s.DisableSubscription(t.Context(), tenant, off.ID, "by hand"); err != nil {
		t.Fatal(err)
	}
	other := account(t, s, "unwanted@northwind.example", 1)
	theirs := createMany(t, s, clock, other, 1)
	made := createMany(t, s, clock, tenant, 2)
	since := storetest.Epoch
	for name, tc := range map[string]struct {
		tenant  store.Tenant
		request board.ReplayRequest
		want    []store.ReplayedSubscription
		code    board.Code
		fields  []string
	}{
		"those who ask":       {tenant, board.ReplayRequest{Since: &since}, []store.ReplayedSubscription{{ID: created.ID, Total: 2}}, "", nil},
		"of types":            {tenant, board.ReplayRequest{Since: &since, Types: []board.EventType{board.EventJobUpdated}}, []store.ReplayedSubscription{}, "", nil},
		"one with nothing":    {tenant, board.ReplayRequest{Since: &since, SubscriptionID: &updated.ID}, []store.ReplayedSubscription{{ID: updated.ID}}, "", nil},
		"a disabled one":      {tenant, board.ReplayRequest{Since: &since, SubscriptionID: &off.ID}, nil, board.CodeInvalidState, nil},
		"another's":           {other, board.ReplayRequest{Since: &since, SubscriptionID: &created.ID}, nil, board.CodeNotFound, nil},
		"the other mode":      {store.Tenant{EmployerID: tenant.EmployerID, Mode: board.ModeTest}, board.ReplayRequest{Since: &since}, []store.ReplayedSubscription{}, "", nil},
		"events of another's": {tenant, board.ReplayRequest{EventIDs: []int64{made[0].ID, theirs[0].ID, 999}}, nil, board.CodeInvalidRequest, []string{"eventIds[1]", "eventIds[2]"}},
		"nothing":             {tenant, board.ReplayRequest{}, nil, board.CodeInvalidRequest, []string{"eventIds"}},
	} {
		got, err := s.PreviewReplay(t.Context(), tc.tenant, tc.request)
		if diff := cmp.Diff(tc.want, got, cmpopts.EquateEmpty()); diff != "" || codeOf(err) != tc.code || !slices.Equal(badFields(err), tc.fields) {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
		if _, err := s.CreateReplay(t.Context(), tc.tenant, tc.request); codeOf(err) != tc.code {
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
	tenant := account(t, s, "pace@northwind.example", 1)
	sub, _ := subscribe(t, s, tenant, board.EventJobCreated)
	q := queue(t, s)
	worker, lanes := takeAll(t, q)
	lane := laneOf(t, lanes, sub)
	createMany(t, s, clock, tenant, 40)
	deliverAll(t, q, worker, lane)
	since := storetest.Epoch
	r := replay(t, s, tenant, board.ReplayRequest{Since: &since, PerSecond: 5})
	begun := clock.Now()
	var due []time.Time
	for seconds := 0; len(due) < 40 && seconds < 20; seconds++ {
		stepAll(t, s)
		if seconds%3 != 1 { // a step that comes late changes nothing
			for _, row := range deliverAll(t, q, worker, lane) {
				due = append(due, row.DueAt)
			}
		}
		clock.Advance(time.Second)
	}
	finished(t, s, r)
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
	tenant := account(t, s, "cancel@northwind.example", 1)
	subscribe(t, s, tenant, board.EventJobCreated)
	createMany(t, s, clock, tenant, 20)
	second, _ := subscribe(t, s, tenant, board.EventJobCreated)
	since := storetest.Epoch
	r := replay(t, s, tenant, board.ReplayRequest{Since: &since, SubscriptionID: &second.ID, PerSecond: 1})
	stepAll(t, s)
	for range 2 {
		got, err := s.CancelReplay(t.Context(), tenant, r.ID)
		want := []store.ReplayedSubscription{{ID: second.ID, Total: 20, Queued: 2}}
		if diff := cmp.Diff(want, got.Subscriptions); diff != "" || err != nil || got.Status != board.ReplayCancelled || !got.FinishedAt.Equal(clock.Now()) {
			t.Errorf("cancelled: %+v, %v (-want +got):\n%s", got, err, diff)
		}
	}
	clock.Advance(time.Minute)
	stepAll(t, s)
	if n := len(deliveries(t, s, second, board.DeliveryPending)); n != 2 {
		t.Errorf("%d wait, want the 2 of before", n)
	}
	other := account(t, s, "cancels@northwind.example", 1)
	if _, err := s.CancelReplay(t.Context(), other, r.ID); codeOf(err) != board.CodeNotFound {
		t.Errorf("another's: %v", err)
	}
	if _, err := s.GetReplay(t.Context(), other, r.ID); codeOf(err) != board.CodeNotFound {
		t.Errorf("another's: %v", err)
	}
	done := replay(t, s, tenant, board.ReplayRequest{Since: &since, PerSecond: 1000})
	stepAll(t, s)
	if diff := cmp.Diff([]int64{40, 18, 22}, counts(finished(t, s, done))); diff != "" {
		t.Errorf("all of it (-want +got):\n%s", diff)
	}
	if _, err := s.CancelReplay(t.Context(), tenant, done.ID); codeOf(err) != board.CodeInvalidState {
		t.Errorf("a completed one: %v", err)
	}
	if n, err := s.PurgeReplays(t.Context(), 100); n != 0 || err != nil {
		t.Errorf("purged %d, %v", n, err)
	}
	clock.Advance(board.EventRetention + time.Second)
	if n, err := s.PurgeReplays(t.Context(), 100); n != 2 || err != nil {
		t.Errorf("purged %d, %v; want 2", n, err)
	}
}

func counts(list []store.ReplayedSubscription) []int64 {
	total, queued, skipped := store.Replay{Subscriptions: list}.Counts()
	return []int64{total, queued, skipped}
}

func TestAReplayAccountsForWhatItCannotSend(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	tenant := account(t, s, "cannot@northwind.example", 1)
	subscribe(t, s, tenant, board.EventJobCreated)
	createMany(t, s, clock, tenant, 10)
	clock.Advance(board.EventRetention / 2)
	createMany(t, s, clock, tenant, 10)
	off, _ := subscribe(t, s, tenant, board.EventJobCreated)
	gone, _ := subscribe(t, s, tenant, board.EventJobCreated)
	stays, _ := subscribe(t, s, tenant, board.EventJobCreated)
	since := storetest.Epoch
	var replays []store.Replay
	for _, sub := range []store.Subscription{off, gone, stays} {
		replays = append(replays, replay(t, s, tenant, board.ReplayRequest{Since: &since, SubscriptionID: &sub.ID, PerSecond: 1}))
	}
	stepAll(t, s)
	if _, err := s.DisableSubscription(t.Context(), tenant, off.ID, "by hand"); err != nil {
		t.Fatal(err)
	}
	if err := s.DeleteSubscription(t.Context(), tenant, gone.ID, store.Precondition{}); err != nil {
		t.Fatal(err)
	}
	// The older half is no longer kept, but for the two that were queued.
	clock.Advance(board.EventRetention / 2)
	for range 12 {
		stepAll(t, s)
		clock.Advance(time.Second)
	}
	for i, want := range [][]int64{{20, 2, 18}, {20, 2, 18}, {20, 12, 8}} {
		if diff := cmp.Diff(want, counts(finished(t, s, replays[i]))); diff != "" {
			t.Errorf("replay %d: total, queued, skipped (-want +got):\n%s", i, diff)
		}
	}
}

func TestOnlySomeReplaysRunAtOnce(t *testing.T) {
	t.Parallel()
	a, b, _ := twins(t)
	tenant := account(t, a, "many@northwind.example", 1)
	sub, _ := subscribe(t, a, tenant, board.EventJobCreated)
	since := storetest.Epoch
	errs := make(chan error, board.MaxRunningReplays+3)
	var wg sync.WaitGroup
	for i := range cap(errs) {
		wg.Go(func() {
			_, err := []*store.Store{a, b}[i%2].CreateReplay(context.Background(), tenant, board.ReplayRequest{Since: &since, SubscriptionID: &sub.ID})
			errs <- err
		})
	}
	wg.Wait()
	close(errs)
	refused := 0
	for err := range errs {
		if codeOf(err) == board.CodeInvalidState && strings.Contains(err.Error(), "cancel one") {
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
	a, b, clock := twins(t)
	tenant := account(t, a, "together@northwind.example", 1)
	sub, _ := subscribe(t, a, tenant, board.EventJobCreated)
	q := queue(t, a)
	worker, lanes := takeAll(t, q)
	lane := laneOf(t, lanes, sub)
	createMany(t, a, clock, tenant, 60)
	deliverAll(t, q, worker, lane)
	resent := deliveries(t, a, sub, board.DeliveryDelivered)
	since := storetest.Epoch
	r := replay(t, a, tenant, board.ReplayRequest{Since: &since, PerSecond: 7})
	r2 := replay(t, b, tenant, board.ReplayRequest{Since: &since, PerSecond: 11})
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for range 30 {
				if _, err := []*store.Store{a, b}[i%2].StepReplays(context.Background()); err != nil {
					t.Errorf("step: %v", err)
				}
				clock.Advance(200 * time.Millisecond)
			}
		})
	}
	wg.Go(func() {
		for _, d := range resent {
			if _, err := b.ResendDelivery(context.Background(), tenant, d.ID); err != nil && codeOf(err) != board.CodeConflict {
				t.Errorf("resend: %v", err)
			}
		}
	})
	wg.Wait()
	var queued int64
	for _, one := range []store.Replay{r, r2} {
		got := counts(finished(t, a, one))
		if got[0] != 60 || got[1]+got[2] != 60 {
			t.Errorf("total, queued, skipped: %v", got)
		}
		queued += got[1]
	}
	clock.Advance(time.Minute)
	if waiting := len(fetch(t, q, worker, lane)); waiting != 60 || queued > 60 {
		t.Errorf("%d wait, %d were queued by the replays; want 60 in all", waiting, queued)
	}
}
