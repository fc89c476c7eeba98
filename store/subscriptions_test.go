package store_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/storetest"
)

const hookURL = "https://ats.example/hook"

// subscribe makes a subscription to types, all of them when none is named.
func subscribe(t *testing.T, s *store.Store, tenant store.Tenant, types ...board.EventType) (store.Subscription, string) {
	t.Helper()
	if types == nil {
		types = board.AllEventTypes()
	}
	sub, secret, err := s.CreateSubscription(context.Background(), tenant, "native", board.SubscriptionPatch{URL: board.Set(hookURL), Events: board.Set(types)})
	if err != nil {
		t.Fatalf("subscribe: %v", err)
	}
	return sub, secret
}

func deliveries(t *testing.T, s *store.Store, sub store.Subscription, status board.DeliveryStatus) []store.Delivery {
	t.Helper()
	page, err := s.ListDeliveries(context.Background(), sub.Tenant, sub.ID, store.DeliveryQuery{Status: status, Limit: 100})
	if err != nil {
		t.Fatalf("list deliveries: %v", err)
	}
	return page.Deliveries
}

// eventIDs are those of deliveries, the oldest first.
func eventIDs(list []store.Delivery) []int64 {
	ids := make([]int64, len(list))
	for i, d := range list {
		ids[len(list)-1-i] = d.EventID
	}
	return ids
}

func TestASubscriptionComesBackAsItWasMade(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	ctx := context.Background()
	tenant := account(t, s, "sub@northwind.example", 1)
	made, secret := subscribe(t, s, tenant, board.EventJobCreated, board.EventJobExpired)
	if !strings.HasPrefix(secret, "whsec_") || len(secret) != len("whsec_")+44 {
		t.Errorf("secret %q, want whsec_ and the base64 of 32 bytes", secret)
	}
	read, err := s.Subscription(ctx, tenant, made.ID)
	if diff := cmp.Diff(fmt.Sprintf("%+v", made), fmt.Sprintf("%+v", read)); diff != "" || err != nil {
		t.Errorf("made and read differ (-want +got), %v:\n%s", err, diff)
	}

	clock.Advance(time.Minute)
	patch := board.SubscriptionPatch{URL: board.Set("https://ats.example/v2"), Description: board.Set("ATS")}
	updated, err := s.UpdateSubscription(ctx, tenant, made.ID, patch, store.Precondition{Set: true, Versions: []int64{1}})
	if err != nil || updated.URL != "https://ats.example/v2" || *updated.Description != "ATS" || updated.Version != 2 || !updated.UpdatedAt.Equal(clock.Now()) || len(updated.Events) != 2 {
		t.Errorf("updated: %+v, %v", updated, err)
	}
	if same, err := s.UpdateSubscription(ctx, tenant, made.ID, patch, store.Precondition{}); err != nil || same.Version != 2 {
		t.Errorf("updated to the same: version %d, %v; want 2", same.Version, err)
	}
	if _, err := s.UpdateSubscription(ctx, tenant, made.ID, patch, store.Precondition{Set: true, Versions: []int64{1}}); codeOf(err) != board.CodePreconditionFailed || !strings.Contains(err.Error(), "webhook") {
		t.Errorf("update of an old version: %v, want precondition_failed", err)
	}
	if err := s.DeleteSubscription(ctx, tenant, made.ID, store.Precondition{}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Subscription(ctx, tenant, made.ID); codeOf(err) != board.CodeNotFound {
		t.Errorf("read after delete: %v, want not_found", err)
	}
	if list, err := s.Subscriptions(ctx, tenant); err != nil || len(list) != 0 {
		t.Errorf("list after delete: %+v, %v", list, err)
	}
}

func TestASubscriptionNeedsURLAndEventsAndRoom(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	ctx := context.Background()
	tenant := account(t, s, "room@northwind.example", 1)
	if _, _, err := s.CreateSubscription(ctx, tenant, "native", board.SubscriptionPatch{}); codeOf(err) != board.CodeInvalidRequest {
		t.Errorf("nothing given: %v, want invalid_request", err)
	}
	errs := make(chan error, board.MaxSubscriptions+5)
	var wg sync.WaitGroup
	for range cap(errs) {
		wg.Go(func() {
			_, _, err := s.CreateSubscription(ctx, tenant, "native", board.SubscriptionPatch{URL: board.Set(hookURL), Events: board.Set(board.AllEventTypes())})
			errs <- err
		})
	}
	wg.Wait()
	close(errs)
	refused := 0
	for err := range errs {
		if codeOf(err) == board.CodeInvalidState {
			refused++
		} else if err != nil {
			t.Errorf("create: %v", err)
		}
	}
	if refused != 5 {
		t.Errorf("%d refused, want 5", refused)
	}
}

func TestAnotherTenantsSubscriptionIsAbsent(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	ctx := context.Background()
	mine := account(t, s, "mine@northwind.example", 1)
	sub, _ := subscribe(t, s, mine)
	create(t, s, mine, complete("IT Manager"))
	delivery := deliveries(t, s, sub, "")[0]
	for name, other := range map[string]store.Tenant{
		"employer": account(t, s, "other@northwind.example", 1), "mode": {EmployerID: mine.EmployerID, Mode: board.ModeTest},
	} {
		errs := map[string]error{}
		_, errs["read"] = s.Subscription(ctx, other, sub.ID)
		_, errs["update"] = s.UpdateSubscription(ctx, other, sub.ID, board.SubscriptionPatch{URL: board.Set(hookURL)}, store.Precondition{})
		errs["delete"] = s.DeleteSubscription(ctx, other, sub.ID, store.Precondition{})
		_, errs["disable"] = s.DisableSubscription(ctx, other, sub.ID, "no")
		_, _, errs["enable"] = s.EnableSubscription(ctx, other, sub.ID, true)
		_, _, errs["next secret"] = s.NextSecret(ctx, other, sub.ID)
		_, errs["activate"] = s.ActivateSecret(ctx, other, sub.ID)
		_, errs["test"] = s.SendTestEvent(ctx, other, sub.ID)
		_, errs["deliveries"] = s.ListDeliveries(ctx, other, sub.ID, store.DeliveryQuery{Limit: 1})
		_, _, errs["delivery"] = s.GetDelivery(ctx, other, delivery.ID)
		_, errs["resend"] = s.ResendDelivery(ctx, other, delivery.ID)
		for what, err := range errs {
			if codeOf(err) != board.CodeNotFound {
				t.Errorf("%s by another %s: %v, want not_found", what, name, err)
			}
		}
		create(t, s, other, complete("Not for my webhook"))
	}
	if got := deliveries(t, s, sub, ""); len(got) != 1 {
		t.Errorf("%d deliveries, want that of my own event", len(got))
	}
}

func TestSecretsAreSealedAndRotateInTwoSteps(t *testing.T) {
	t.Parallel()
	clock := storetest.NewClock()
	url := storetest.URL(t)
	s, db := storetest.Open(t, url, storetest.Options(clock)), raw(t, url)
	ctx := context.Background()
	tenant := account(t, s, "rotate@northwind.example", 1)
	sub, secret := subscribe(t, s, tenant)
	q := queue(t, s)
	worker, owned := takeAll(t, q)
	signsWith := func(want, wantNext string) {
		t.Helper()
		lanes, err := q.Lanes(ctx, worker)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range lanes {
			if e := l.Endpoint; e != nil && (e.Secret != want || e.NextSecret != wantNext) {
				t.Errorf("signs with %q and %q, want %q and %q", e.Secret, e.NextSecret, want, wantNext)
			}
		}
	}
	signsWith(secret, "")
	if _, err := s.ActivateSecret(ctx, tenant, sub.ID); codeOf(err) != board.CodeInvalidState {
		t.Errorf("activate without a next secret: %v, want invalid_state", err)
	}
	if _, _, err := s.NextSecret(ctx, tenant, sub.ID); err != nil {
		t.Fatal(err)
	}
	rotating, next, err := s.NextSecret(ctx, tenant, sub.ID)
	if err != nil || !rotating.Rotating || next == secret {
		t.Fatalf("next secret: %+v, %v", rotating, err)
	}
	signsWith(secret, next)
	lane := laneOf(t, owned, sub)
	if err := q.Saw(ctx, []store.LaneSettings{{LaneID: lane.ID, Epoch: lane.Epoch, Version: rotating.Version}}); err != nil {
		t.Fatal(err)
	}
	if active, err := s.ActivateSecret(ctx, tenant, sub.ID); err != nil || active.Rotating {
		t.Fatalf("activate: %+v, %v", active, err)
	}
	signsWith(next, "")

	var sealed []byte
	if err := db.QueryRowContext(ctx, `SELECT secret_sealed FROM subscriptions`).Scan(&sealed); err != nil || bytes.Contains(sealed, []byte("whsec")) {
		t.Errorf("kept as %q, %v; want nothing readable", sealed, err)
	}
	other, _ := subscribe(t, s, tenant)
	mustExec(t, db, `UPDATE subscriptions SET secret_sealed = $1 WHERE id = $2`, sealed, other.ID)
	if _, err := q.TakeLanes(ctx, worker, 10); err == nil {
		t.Error("a sealed secret opens in the row of another subscription")
	}
}

func TestEventsGoToThoseWhoAskForThem(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	ctx := context.Background()
	tenant := account(t, s, "fan@northwind.example", 5)
	all, _ := subscribe(t, s, tenant)
	published, _ := subscribe(t, s, tenant, board.EventJobPublished)
	deleted, _ := subscribe(t, s, tenant)
	if err := s.DeleteSubscription(ctx, tenant, deleted.ID, store.Precondition{}); err != nil {
		t.Fatal(err)
	}
	job := create(t, s, tenant, complete("IT Manager"))
	if _, err := s.PublishJob(ctx, store.Principal{Tenant: tenant}, job.ID, nil, store.Precondition{}); err != nil {
		t.Fatal(err)
	}
	log := events(t, s, tenant).Events
	if diff := cmp.Diff([]int64{log[0].ID, log[1].ID}, eventIDs(deliveries(t, s, all, ""))); diff != "" {
		t.Errorf("deliveries of all events (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int64{log[1].ID}, eventIDs(deliveries(t, s, published, ""))); diff != "" {
		t.Errorf("deliveries of one type (-want +got):\n%s", diff)
	}
}

func TestATestEventGoesToOneSubscriptionAndNotIntoTheLog(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	ctx := context.Background()
	tenant := account(t, s, "test@northwind.example", 1)
	sub, _ := subscribe(t, s, tenant)
	other, _ := subscribe(t, s, tenant)
	sent, err := s.SendTestEvent(ctx, tenant, sub.ID)
	if err != nil || sent.EventType != board.EventWebhookTest || sent.Status != board.DeliveryPending {
		t.Fatalf("test event: %+v, %v", sent, err)
	}
	if diff := cmp.Diff([]store.Delivery{sent}, deliveries(t, s, sub, board.DeliveryPending)); diff != "" {
		t.Errorf("deliveries (-want +got):\n%s", diff)
	}
	if n, page := len(deliveries(t, s, other, "")), events(t, s, tenant); n != 0 || len(page.Events) != 0 {
		t.Errorf("%d deliveries of another subscription and the log %+v, want none", n, page)
	}
	if _, err := s.DisableSubscription(ctx, tenant, sub.ID, "Disabled by its owner."); err != nil {
		t.Fatal(err)
	}
	if _, err := s.SendTestEvent(ctx, tenant, sub.ID); codeOf(err) != board.CodeInvalidState {
		t.Errorf("test event to a Disabled one: %v, want invalid_state", err)
	}
}

func TestEnablingWithReplayDeliversWhatWasMissed(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	ctx := context.Background()
	tenant := account(t, s, "replay@northwind.example", 1)
	sub, _ := subscribe(t, s, tenant, board.EventJobCreated)
	other, _ := subscribe(t, s, tenant)
	job := create(t, s, tenant, complete("Before"))
	waiting := deliveries(t, s, sub, "")
	if _, err := s.DisableSubscription(ctx, tenant, sub.ID, "Disabled by its owner."); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		clock.Advance(time.Second)
		create(t, s, tenant, complete(fmt.Sprint("Missed ", i)))
		if _, err := s.PatchJob(ctx, tenant, job.ID, board.JobPatch{Title: board.Set(fmt.Sprint("Title ", i))}, store.Precondition{}); err != nil {
			t.Fatal(err)
		}
	}
	if got := deliveries(t, s, sub, ""); len(got) != 1 {
		t.Fatalf("%d deliveries while disabled, want 1", len(got))
	}
	enabled, replayed, err := s.EnableSubscription(ctx, tenant, sub.ID, true)
	if err != nil || replayed != 3 || enabled.Status != board.SubscriptionActive || enabled.DisabledAt != nil {
		t.Fatalf("enable: %+v, %d replayed, %v; want 3", enabled, replayed, err)
	}
	if _, again, err := s.EnableSubscription(ctx, tenant, sub.ID, true); err != nil || again != 0 {
		t.Errorf("enable again: %d replayed, %v", again, err)
	}
	create(t, s, tenant, complete("After"))
	page, err := s.ListEvents(ctx, tenant, 0, 100, []board.EventType{board.EventJobCreated})
	if err != nil {
		t.Fatal(err)
	}
	var want []int64
	for _, e := range page.Events {
		want = append(want, e.ID)
	}
	got := deliveries(t, s, sub, board.DeliveryPending)
	if diff := cmp.Diff(want, eventIDs(got)); diff != "" {
		t.Errorf("events delivered (-want +got):\n%s", diff)
	}
	if got[len(got)-1].ID != waiting[0].ID {
		t.Errorf("what waited has the delivery id %d now, want %d as before", got[len(got)-1].ID, waiting[0].ID)
	}
	if n := len(deliveries(t, s, other, "")); n != 8 {
		t.Errorf("%d deliveries of the other subscription, want its 8", n)
	}
}

func TestEnablingWithoutReplayCancelsWhatWaits(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	ctx := context.Background()
	tenant := account(t, s, "cancel@northwind.example", 1)
	sub, _ := subscribe(t, s, tenant)
	create(t, s, tenant, complete("Before"))
	if _, err := s.DisableSubscription(ctx, tenant, sub.ID, "Disabled by its owner."); err != nil {
		t.Fatal(err)
	}
	create(t, s, tenant, complete("Missed"))
	clock.Advance(time.Hour)
	if _, replayed, err := s.EnableSubscription(ctx, tenant, sub.ID, false); err != nil || replayed != 0 {
		t.Fatalf("enable: %d replayed, %v", replayed, err)
	}
	cancelled := deliveries(t, s, sub, board.DeliveryCancelled)
	if len(cancelled) != 1 || cancelled[0].Attempts != 0 || len(deliveries(t, s, sub, "")) != 1 {
		t.Fatalf("cancelled: %+v, want the one that waited", cancelled)
	}
	d, log, err := s.GetDelivery(ctx, tenant, cancelled[0].ID)
	if err != nil || len(log) != 1 || log[0].Outcome != board.AttemptCancelled || log[0].Error == "" || !log[0].StartedAt.Equal(clock.Now()) {
		t.Errorf("its log: %+v, %+v, %v", d, log, err)
	}
	if d, err = s.ResendDelivery(ctx, tenant, d.ID); err != nil || d.Status != board.DeliveryPending {
		t.Errorf("resend: %+v, %v", d, err)
	}
}

func TestAnEventAtTheMomentOfEnablingIsDeliveredOnce(t *testing.T) {
	t.Parallel()
	a, b, _ := twins(t)
	ctx := context.Background()
	tenant := account(t, a, "moment@northwind.example", 1)
	sub, _ := subscribe(t, a, tenant)
	const rounds, each = 8, 10
	for round := range rounds {
		var wg sync.WaitGroup
		wg.Go(func() {
			for i := range each {
				if _, err := b.CreateJob(ctx, tenant, complete(fmt.Sprintf("Job %d of round %d", i, round))); err != nil {
					t.Errorf("create: %v", err)
				}
			}
		})
		if _, err := a.DisableSubscription(ctx, tenant, sub.ID, "Disabled by its owner."); err != nil {
			t.Fatal(err)
		}
		if _, _, err := a.EnableSubscription(ctx, tenant, sub.ID, true); err != nil {
			t.Fatal(err)
		}
		wg.Wait()
	}
	var want []int64
	for _, e := range events(t, a, tenant).Events {
		want = append(want, e.ID)
	}
	if diff := cmp.Diff(want, eventIDs(deliveries(t, a, sub, ""))); diff != "" || len(want) != rounds*each {
		t.Errorf("%d events; deliveries (-want +got):\n%s", len(want), diff)
	}
}
