package outbox_test

import (
	"context"
	"testing"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

func TestDisabledSubscriptionsAreFailing(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	ctx := context.Background()
	tenant := fixture.Account(t, s, "failing@northwind.example", 1)
	for range 2 {
		if _, _, err := s.Outbox.CreateSubscription(ctx, tenant, "native", delivery.SubscriptionPatch{
			URL: board.Set("https://ats.example.com/hooks"), Events: board.Set([]event.Type{event.JobPublished}),
		}); err != nil {
			t.Fatal(err)
		}
	}
	if failing, err := s.Outbox.FailingSubscriptions(ctx, tenant); err != nil || len(failing) > 0 {
		t.Errorf("of two healthy ones %+v fail, %v", failing, err)
	}
	subs, err := s.Outbox.Subscriptions(ctx, tenant, outbox.SubscriptionQuery{Sort: pg.OldestFirst, Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Outbox.DisableSubscription(ctx, tenant, subs.Items[1].ID, "by hand", board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	failing, err := s.Outbox.FailingSubscriptions(ctx, tenant)
	if err != nil || len(failing) != 1 || failing[0].ID != subs.Items[1].ID || !failing[0].Disabled || failing[0].URL != subs.Items[1].URL {
		t.Errorf("%+v, %v; want the disabled one", failing, err)
	}
	if failing, err := s.Outbox.FailingSubscriptions(ctx, board.Tenant{EmployerID: tenant.EmployerID, Mode: board.ModeTest}); err != nil || len(failing) > 0 {
		t.Errorf("the other mode sees %+v, %v", failing, err)
	}
}
