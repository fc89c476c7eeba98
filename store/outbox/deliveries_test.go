package outbox_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"itmanagerjobs/store"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

func TestDeliveriesAreListedInPages(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	tenant := fixture.Account(t, s, "pages@northwind.example", 1)
	sub, _ := fixture.Subscribe(t, s, tenant)
	for i := range 5 {
		fixture.Create(t, s, tenant, fixture.Complete(fmt.Sprint("Job ", i)))
	}
	all := deliveries(t, s, sub)
	for _, statuses := range [][]delivery.Status{nil, {delivery.Pending}} {
		if walked := walkDeliveries(t, s, sub, outbox.DeliveryQuery{Statuses: statuses, Limit: 2}); len(all) != 5 || !cmp.Equal(all, walked) {
			t.Errorf("statuses %q, walked in pages (-want +got):\n%s", statuses, cmp.Diff(all, walked))
		}
	}
}

// walkDeliveries goes through a list page by page.
func walkDeliveries(t *testing.T, s *store.Store, sub outbox.Subscription, query outbox.DeliveryQuery) (walked []outbox.Delivery) {
	t.Helper()
	for {
		page, err := s.Outbox.Deliveries(t.Context(), sub.Tenant, sub.ID, query)
		if err != nil {
			t.Fatal(err)
		}
		walked = append(walked, page.Items...)
		if !page.More {
			return walked
		}
		query.After = walked[len(walked)-1].EventID
	}
}

// subsets are all lists of some values, the empty one too.
func subsets[T any](values []T) [][]T {
	all := [][]T{nil}
	for _, v := range values {
		for _, without := range all {
			all = append(all, append(slices.Clip(without), v))
		}
	}
	return all
}

// TestDeliveriesOfSeveralStatuses holds every set of statuses against the whole list. One delivery was given up and waits
// again, another one was delivered and waits again.
func TestDeliveriesOfSeveralStatuses(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	tenant := fixture.Account(t, s, "statuses@northwind.example", 1)
	sub, _ := fixture.Subscribe(t, s, tenant)
	q := queue(t, s)
	worker, lanes := fixture.TakeAll(t, q)
	lane := fixture.LaneOf(t, lanes, sub)
	for i := range 8 {
		fixture.Create(t, s, tenant, fixture.Complete(fmt.Sprint("Job ", i)))
		if i < 6 {
			outcome := []delivery.AttemptOutcome{delivery.AttemptDelivered, delivery.AttemptDead}[i%2]
			for _, row := range fixture.Fetch(t, q, worker, lane) {
				fixture.Record(t, q, 1, fixture.Attempt(row, lane, outcome))
			}
		}
	}
	all := deliveries(t, s, sub)
	for _, again := range all[len(all)-2:] {
		if _, err := s.Outbox.ResendDelivery(t.Context(), tenant, again.ID, board.Precondition{}); err != nil {
			t.Fatal(err)
		}
	}
	clock.Advance(time.Second)
	all = deliveries(t, s, sub)
	for _, statuses := range subsets(delivery.AllStatuses()) {
		var want []outbox.Delivery
		for _, d := range all {
			if len(statuses) == 0 || slices.Contains(statuses, d.Status) {
				want = append(want, d)
			}
		}
		for _, oldestFirst := range []bool{false, true} {
			query := outbox.DeliveryQuery{Statuses: append(statuses, statuses...), OldestFirst: oldestFirst, Limit: 2}
			walked := walkDeliveries(t, s, sub, query)
			query.Offset, query.Limit = 1, 100
			page, err := s.Outbox.Deliveries(t.Context(), tenant, sub.ID, query)
			if err != nil || page.Total != len(want) || len(want) > 0 && !cmp.Equal(walked[1:], page.Items, cmpopts.EquateEmpty()) {
				t.Errorf("%q from the second on: %+v, %v; want %d in all, after the first of %+v", statuses, page, err, len(want), walked)
			}
			if oldestFirst {
				slices.Reverse(walked)
			}
			if diff := cmp.Diff(want, walked); diff != "" {
				t.Errorf("%q, the oldest first: %t (-want +got):\n%s", statuses, oldestFirst, diff)
			}
		}
	}
}

// What is due is measured for the whole platform; what a paused lane holds waits for somebody to enable it.
func TestTheOldestDeliveryThatIsDue(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	tenant := fixture.Account(t, s, "due@northwind.example", 1)
	sub, _ := fixture.Subscribe(t, s, tenant)
	want := func(when string, late time.Duration, due bool) {
		t.Helper()
		overdue, err := s.Outbox.Overdue(t.Context())
		if got, there := overdue[outbox.LaneWebhook]; err != nil || got != late || there != due {
			t.Errorf("%s: %v, %v, want %s, %t", when, overdue, err, late, due)
		}
	}
	want("nothing is due", 0, false)
	fixture.Create(t, s, tenant, fixture.Complete("Job"))
	clock.Advance(time.Minute)
	fixture.Create(t, s, tenant, fixture.Complete("Another"))
	want("two are due", time.Minute, true)
	if _, err := s.Outbox.DisableSubscription(t.Context(), tenant, sub.ID, "by hand", board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	want("their webhook is disabled", 0, false)
}
