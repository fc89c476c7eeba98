package outbox_test

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
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

func deliveries(t *testing.T, s *store.Store, sub outbox.Subscription, statuses ...delivery.Status) []outbox.Delivery {
	t.Helper()
	page, err := s.Outbox.Deliveries(context.Background(), sub.Tenant, sub.ID, outbox.DeliveryQuery{Statuses: statuses, Limit: 100})
	if err != nil {
		t.Fatalf("list deliveries: %v", err)
	}
	return page.Items
}

// eventIDs are those of deliveries, the oldest first.
func eventIDs(list []outbox.Delivery) []int64 {
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
	tenant := fixture.Account(t, s, "sub@northwind.example", 1)
	made, secret := fixture.Subscribe(t, s, tenant, event.JobCreated, event.JobExpired)
	if !strings.HasPrefix(secret, "whsec_") || len(secret) != len("whsec_")+44 {
		t.Errorf("secret %q, want whsec_ and the base64 of 32 bytes", secret)
	}
	read, err := s.Outbox.Subscription(ctx, tenant, made.ID)
	if diff := cmp.Diff(fmt.Sprintf("%+v", made), fmt.Sprintf("%+v", read)); diff != "" || err != nil {
		t.Errorf("made and read differ (-want +got), %v:\n%s", err, diff)
	}

	clock.Advance(time.Minute)
	patch := delivery.SubscriptionPatch{URL: board.Set("https://ats.example/v2"), Description: board.Set("ATS")}
	updated, err := s.Outbox.UpdateSubscription(ctx, tenant, made.ID, patch, board.Precondition{Set: true, Versions: []int64{1}})
	if err != nil || updated.URL != "https://ats.example/v2" || *updated.Description != "ATS" || updated.Version != 2 || !updated.UpdatedAt.Equal(clock.Now()) || len(updated.Events) != 2 {
		t.Errorf("updated: %+v, %v", updated, err)
	}
	if same, err := s.Outbox.UpdateSubscription(ctx, tenant, made.ID, patch, board.Precondition{}); err != nil || same.Version != 2 {
		t.Errorf("updated to the same: version %d, %v; want 2", same.Version, err)
	}
	if _, err := s.Outbox.UpdateSubscription(ctx, tenant, made.ID, patch, board.Precondition{Set: true, Versions: []int64{1}}); fixture.CodeOf(err) != board.CodePreconditionFailed || !strings.Contains(err.Error(), "webhook") {
		t.Errorf("update of an old version: %v, want precondition_failed", err)
	}
	if err := s.Outbox.DeleteSubscription(ctx, tenant, made.ID, board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Outbox.Subscription(ctx, tenant, made.ID); fixture.CodeOf(err) != board.CodeNotFound {
		t.Errorf("read after delete: %v, want not_found", err)
	}
	if list, err := s.Outbox.Subscriptions(ctx, tenant, outbox.SubscriptionQuery{Limit: 10}); err != nil || len(list.Items) != 0 {
		t.Errorf("list after delete: %+v, %v", list, err)
	}
}

func TestASubscriptionNeedsURLAndEventsAndRoom(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	ctx := context.Background()
	tenant := fixture.Account(t, s, "room@northwind.example", 1)
	if _, _, err := s.Outbox.CreateSubscription(ctx, tenant, "native", delivery.SubscriptionPatch{}); fixture.CodeOf(err) != board.CodeInvalidRequest {
		t.Errorf("nothing given: %v, want invalid_request", err)
	}
	errs := make(chan error, delivery.MaxSubscriptions+5)
	var wg sync.WaitGroup
	for range cap(errs) {
		wg.Go(func() {
			_, _, err := s.Outbox.CreateSubscription(ctx, tenant, "native", delivery.SubscriptionPatch{URL: board.Set(fixture.HookURL), Events: board.Set(event.AllTypes())})
			errs <- err
		})
	}
	wg.Wait()
	close(errs)
	refused := 0
	for err := range errs {
		if fixture.CodeOf(err) == board.CodeInvalidState {
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
	mine := fixture.Account(t, s, "mine@northwind.example", 1)
	sub, _ := fixture.Subscribe(t, s, mine)
	fixture.Create(t, s, mine, fixture.Complete("IT Manager"))
	sent := deliveries(t, s, sub)[0]
	for name, other := range map[string]board.Tenant{
		"employer": fixture.Account(t, s, "other@northwind.example", 1), "mode": {EmployerID: mine.EmployerID, Mode: board.ModeTest},
	} {
		errs := map[string]error{}
		_, errs["read"] = s.Outbox.Subscription(ctx, other, sub.ID)
		_, errs["update"] = s.Outbox.UpdateSubscription(ctx, other, sub.ID, delivery.SubscriptionPatch{URL: board.Set(fixture.HookURL)}, board.Precondition{})
		errs["delete"] = s.Outbox.DeleteSubscription(ctx, other, sub.ID, board.Precondition{})
		_, errs["disable"] = s.Outbox.DisableSubscription(ctx, other, sub.ID, "no", board.Precondition{})
		_, _, errs["enable"] = s.Outbox.EnableSubscription(ctx, other, sub.ID, true, board.Precondition{})
		_, _, errs["next secret"] = s.Outbox.NextSecret(ctx, other, sub.ID, board.Precondition{})
		_, errs["activate"] = s.Outbox.ActivateSecret(ctx, other, sub.ID, board.Precondition{})
		_, errs["test"] = s.Outbox.SendTestEvent(ctx, other, sub.ID)
		_, errs["deliveries"] = s.Outbox.Deliveries(ctx, other, sub.ID, outbox.DeliveryQuery{Limit: 1})
		_, _, errs["delivery"] = s.Outbox.Delivery(ctx, other, sent.ID)
		_, errs["resend"] = s.Outbox.ResendDelivery(ctx, other, sent.ID, board.Precondition{})
		for what, err := range errs {
			if fixture.CodeOf(err) != board.CodeNotFound {
				t.Errorf("%s by another %s: %v, want not_found", what, name, err)
			}
		}
		fixture.Create(t, s, other, fixture.Complete("Not for my webhook"))
	}
	if got := deliveries(t, s, sub); len(got) != 1 {
		t.Errorf("%d deliveries, want that of my own event", len(got))
	}
}

func TestSecretsAreSealedAndRotateInTwoSteps(t *testing.T) {
	t.Parallel()
	clock := storetest.NewClock()
	url := storetest.URL(t)
	s, db := storetest.Open(t, url, storetest.Options(clock)), fixture.Raw(t, url)
	ctx := context.Background()
	tenant := fixture.Account(t, s, "rotate@northwind.example", 1)
	sub, secret := fixture.Subscribe(t, s, tenant)
	q := queue(t, s)
	worker, owned := fixture.TakeAll(t, q)
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
	if _, err := s.Outbox.ActivateSecret(ctx, tenant, sub.ID, board.Precondition{}); fixture.CodeOf(err) != board.CodeInvalidState {
		t.Errorf("activate without a next secret: %v, want invalid_state", err)
	}
	if _, _, err := s.Outbox.NextSecret(ctx, tenant, sub.ID, board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	rotating, next, err := s.Outbox.NextSecret(ctx, tenant, sub.ID, board.Precondition{})
	if err != nil || !rotating.Rotating || next == secret {
		t.Fatalf("next secret: %+v, %v", rotating, err)
	}
	signsWith(secret, next)
	lane := fixture.LaneOf(t, owned, sub)
	if err := q.AcknowledgeSettings(ctx, []outbox.LaneSettings{{LaneID: lane.ID, Epoch: lane.Epoch, Version: rotating.Version}}); err != nil {
		t.Fatal(err)
	}
	if active, err := s.Outbox.ActivateSecret(ctx, tenant, sub.ID, board.Precondition{}); err != nil || active.Rotating {
		t.Fatalf("activate: %+v, %v", active, err)
	}
	signsWith(next, "")

	var sealed []byte
	if err := db.QueryRowContext(ctx, `SELECT secret_sealed FROM subscriptions`).Scan(&sealed); err != nil || bytes.Contains(sealed, []byte("whsec")) {
		t.Errorf("kept as %q, %v; want nothing readable", sealed, err)
	}
	other, _ := fixture.Subscribe(t, s, tenant)
	fixture.MustExec(t, db, `UPDATE subscriptions SET secret_sealed = $1 WHERE id = $2`, sealed, other.ID)
	if _, err := q.TakeLanes(ctx, worker, 10); err == nil {
		t.Error("a sealed secret opens in the row of another subscription")
	}
}

func TestEventsGoToThoseWhoAskForThem(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	ctx := context.Background()
	tenant := fixture.Account(t, s, "fan@northwind.example", 5)
	all, _ := fixture.Subscribe(t, s, tenant)
	published, _ := fixture.Subscribe(t, s, tenant, event.JobPublished)
	deleted, _ := fixture.Subscribe(t, s, tenant)
	if err := s.Outbox.DeleteSubscription(ctx, tenant, deleted.ID, board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	job := fixture.Create(t, s, tenant, fixture.Complete("IT Manager"))
	if _, err := s.Jobs.Publish(ctx, account.Principal{Tenant: tenant}, job.ID, nil, board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	log := fixture.Events(t, s, tenant).Events
	if diff := cmp.Diff([]int64{log[0].ID, log[1].ID}, eventIDs(deliveries(t, s, all))); diff != "" {
		t.Errorf("deliveries of all events (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int64{log[1].ID}, eventIDs(deliveries(t, s, published))); diff != "" {
		t.Errorf("deliveries of one type (-want +got):\n%s", diff)
	}
}

func TestATestEventGoesToOneSubscriptionAndNotIntoTheLog(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	ctx := context.Background()
	tenant := fixture.Account(t, s, "test@northwind.example", 1)
	sub, _ := fixture.Subscribe(t, s, tenant)
	other, _ := fixture.Subscribe(t, s, tenant)
	sent, err := s.Outbox.SendTestEvent(ctx, tenant, sub.ID)
	if err != nil || sent.EventType != event.WebhookTest || sent.Status != delivery.Pending {
		t.Fatalf("test event: %+v, %v", sent, err)
	}
	if diff := cmp.Diff([]outbox.Delivery{sent}, deliveries(t, s, sub, delivery.Pending)); diff != "" {
		t.Errorf("deliveries (-want +got):\n%s", diff)
	}
	if n, page := len(deliveries(t, s, other)), fixture.Events(t, s, tenant); n != 0 || len(page.Events) != 0 {
		t.Errorf("%d deliveries of another subscription and the log %+v, want none", n, page)
	}
	if _, err := s.Outbox.DisableSubscription(ctx, tenant, sub.ID, "Disabled by its owner.", board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Outbox.SendTestEvent(ctx, tenant, sub.ID); fixture.CodeOf(err) != board.CodeInvalidState {
		t.Errorf("test event to a Disabled one: %v, want invalid_state", err)
	}
}

func TestEnablingWithReplayDeliversWhatWasMissed(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	ctx := context.Background()
	tenant := fixture.Account(t, s, "replay@northwind.example", 1)
	sub, _ := fixture.Subscribe(t, s, tenant, event.JobCreated)
	other, _ := fixture.Subscribe(t, s, tenant)
	job := fixture.Create(t, s, tenant, fixture.Complete("Before"))
	waiting := deliveries(t, s, sub)
	if _, err := s.Outbox.DisableSubscription(ctx, tenant, sub.ID, "Disabled by its owner.", board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		clock.Advance(time.Second)
		fixture.Create(t, s, tenant, fixture.Complete(fmt.Sprint("Missed ", i)))
		if _, err := s.Jobs.UpdateJob(ctx, tenant, job.ID, board.JobPatch{Title: board.Set(fmt.Sprint("Title ", i))}, board.Precondition{}); err != nil {
			t.Fatal(err)
		}
	}
	if got := deliveries(t, s, sub); len(got) != 1 {
		t.Fatalf("%d deliveries while disabled, want 1", len(got))
	}
	enabled, replayed, err := s.Outbox.EnableSubscription(ctx, tenant, sub.ID, true, board.Precondition{})
	if err != nil || replayed != 3 || enabled.Status != delivery.SubscriptionActive || enabled.DisabledAt != nil {
		t.Fatalf("enable: %+v, %d replayed, %v; want 3", enabled, replayed, err)
	}
	if _, again, err := s.Outbox.EnableSubscription(ctx, tenant, sub.ID, true, board.Precondition{}); err != nil || again != 0 {
		t.Errorf("enable again: %d replayed, %v", again, err)
	}
	fixture.Create(t, s, tenant, fixture.Complete("After"))
	page, err := s.Outbox.Events(ctx, tenant, 0, 100, []event.Type{event.JobCreated})
	if err != nil {
		t.Fatal(err)
	}
	var want []int64
	for _, e := range page.Events {
		want = append(want, e.ID)
	}
	got := deliveries(t, s, sub, delivery.Pending)
	if diff := cmp.Diff(want, eventIDs(got)); diff != "" {
		t.Errorf("events delivered (-want +got):\n%s", diff)
	}
	if got[len(got)-1].ID != waiting[0].ID {
		t.Errorf("what waited has the delivery id %d now, want %d as before", got[len(got)-1].ID, waiting[0].ID)
	}
	if n := len(deliveries(t, s, other)); n != 8 {
		t.Errorf("%d deliveries of the other subscription, want its 8", n)
	}
}

func TestEnablingWithoutReplayCancelsWhatWaits(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	ctx := context.Background()
	tenant := fixture.Account(t, s, "cancel@northwind.example", 1)
	sub, _ := fixture.Subscribe(t, s, tenant)
	fixture.Create(t, s, tenant, fixture.Complete("Before"))
	if _, err := s.Outbox.DisableSubscription(ctx, tenant, sub.ID, "Disabled by its owner.", board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	fixture.Create(t, s, tenant, fixture.Complete("Missed"))
	clock.Advance(time.Hour)
	if _, replayed, err := s.Outbox.EnableSubscription(ctx, tenant, sub.ID, false, board.Precondition{}); err != nil || replayed != 0 {
		t.Fatalf("enable: %d replayed, %v", replayed, err)
	}
	cancelled := deliveries(t, s, sub, delivery.Cancelled)
	if len(cancelled) != 1 || cancelled[0].Attempts != 0 || len(deliveries(t, s, sub)) != 1 {
		t.Fatalf("cancelled: %+v, want the one that waited", cancelled)
	}
	d, log, err := s.Outbox.Delivery(ctx, tenant, cancelled[0].ID)
	if err != nil || len(log) != 1 || log[0].Outcome != delivery.AttemptCancelled || log[0].Error == "" || !log[0].StartedAt.Equal(clock.Now()) {
		t.Errorf("its log: %+v, %+v, %v", d, log, err)
	}
	if d, err = s.Outbox.ResendDelivery(ctx, tenant, d.ID, board.Precondition{}); err != nil || d.Status != delivery.Pending {
		t.Errorf("resend: %+v, %v", d, err)
	}
}

func TestACancellationIsNoAttemptButANewVersion(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	ctx := context.Background()
	tenant := fixture.Account(t, s, "entries@northwind.example", 1)
	sub, _ := fixture.Subscribe(t, s, tenant)
	fixture.Create(t, s, tenant, fixture.Complete("Before"))
	var last outbox.Delivery
	step := func(name string, status delivery.Status, attempts int) {
		t.Helper()
		d := deliveries(t, s, sub)[0]
		if d.Status != status || d.Attempts != attempts {
			t.Errorf("%s: %s after %d attempts, want %s after %d", name, d.Status, d.Attempts, status, attempts)
		}
		if d.Version() <= last.Version() {
			t.Errorf("%s: version %d after %d", name, d.Version(), last.Version())
		}
		last = d
	}
	step("published", delivery.Pending, 0)
	if _, err := s.Outbox.DisableSubscription(ctx, tenant, sub.ID, "Disabled by its owner.", board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Outbox.EnableSubscription(ctx, tenant, sub.ID, false, board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	step("cancelled", delivery.Cancelled, 0)
	if _, err := s.Outbox.ResendDelivery(ctx, tenant, last.ID, board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	step("sent again", delivery.Pending, 0)
	q := queue(t, s)
	worker, lanes := fixture.TakeAll(t, q)
	lane := fixture.LaneOf(t, lanes, sub)
	fixture.Record(t, q, 1, fixture.Attempt(fixture.Fetch(t, q, worker, lane)[0], lane, delivery.AttemptDead))
	step("given up", delivery.DeadLetter, 1)
	letters, err := s.Outbox.DeadLetters(ctx, 0, 10)
	if err != nil || len(letters) != 1 || letters[0].Attempts != 1 {
		t.Errorf("dead letters: %+v, %v; want one after 1 attempt", letters, err)
	}
	logged, _, err := s.Outbox.DeliveryLog(ctx, sub, outbox.DeliveryFilter{Limit: 10})
	if err != nil || len(logged) != 1 || logged[0].LastStatus != 500 {
		t.Errorf("log: %+v, %v; want the answer 500", logged, err)
	}
}

func TestAnEventAtTheMomentOfEnablingIsDeliveredOnce(t *testing.T) {
	t.Parallel()
	a, b, _ := fixture.AtOnce(t)
	ctx := context.Background()
	tenant := fixture.Account(t, a, "moment@northwind.example", 1)
	sub, _ := fixture.Subscribe(t, a, tenant)
	const rounds, each = 8, 10
	for round := range rounds {
		var wg sync.WaitGroup
		wg.Go(func() {
			for i := range each {
				if _, err := b.Jobs.CreateJob(ctx, tenant, fixture.Complete(fmt.Sprintf("Job %d of round %d", i, round))); err != nil {
					t.Errorf("create: %v", err)
				}
			}
		})
		if _, err := a.Outbox.DisableSubscription(ctx, tenant, sub.ID, "Disabled by its owner.", board.Precondition{}); err != nil {
			t.Fatal(err)
		}
		if _, _, err := a.Outbox.EnableSubscription(ctx, tenant, sub.ID, true, board.Precondition{}); err != nil {
			t.Fatal(err)
		}
		wg.Wait()
	}
	var want []int64
	for _, e := range fixture.Events(t, a, tenant).Events {
		want = append(want, e.ID)
	}
	if diff := cmp.Diff(want, eventIDs(deliveries(t, a, sub))); diff != "" || len(want) != rounds*each {
		t.Errorf("%d events; deliveries (-want +got):\n%s", len(want), diff)
	}
}
