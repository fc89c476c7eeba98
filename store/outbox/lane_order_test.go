package outbox_test

import (
	"context"
	"testing"

	"itmanagerjobs/store"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

// Attempts that are under way are recorded while somebody empties, wakes or deletes the queue of their webhook, and both lock its rows in the
// order of deliveries, however they are found.
func TestABatchOfAttemptsAndWhoChangesTheWebhookNeverBlockEachOther(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(ctx context.Context, s *store.Store, t board.Tenant, id int64) error{
		"enabled": func(ctx context.Context, s *store.Store, t board.Tenant, id int64) error {
			_, _, err := s.Outbox.EnableSubscription(ctx, t, id, false, board.Precondition{})
			return err
		},
		"enabled with a replay": func(ctx context.Context, s *store.Store, t board.Tenant, id int64) error {
			_, _, err := s.Outbox.EnableSubscription(ctx, t, id, true, board.Precondition{})
			return err
		},
		"deleted": func(ctx context.Context, s *store.Store, t board.Tenant, id int64) error {
			return s.Outbox.DeleteSubscription(ctx, t, id, board.Precondition{})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := storetest.URL(t)
			s := storetest.Open(t, url, storetest.Options(storetest.NewClock()))
			db := fixture.Raw(t, url)
			tenant := fixture.Account(t, s, "order@northwind.example", 1)
			sub, _ := fixture.Subscribe(t, s, tenant)
			q := queue(t, s)
			worker, lanes := fixture.TakeAll(t, q)
			lane := fixture.LaneOf(t, lanes, sub)
			for range 3 {
				fixture.Create(t, s, tenant, fixture.Complete("IT Manager"))
			}
			rows := fixture.Fetch(t, q, worker, lane)
			if len(rows) != 3 || rows[0].DeliveryID > rows[2].DeliveryID {
				t.Fatalf("fetched %+v, want three deliveries in their order", rows)
			}
			if _, err := s.Outbox.DisableSubscription(t.Context(), tenant, sub.ID, "for a while", board.Precondition{}); err != nil {
				t.Fatal(err)
			}
			// The last delivery is the first one that is due, and that stands in the table.
			for n := 2; n >= 0; n-- {
				fixture.MustExec(t, db, `UPDATE delivery_queue SET due_at = due_at + (1 + $2) * interval '-1 minute' + interval '1 hour' WHERE delivery_id = $1`, rows[n].DeliveryID, n)
			}
			attempts := make([]outbox.Attempt, len(rows))
			for i, row := range rows {
				attempts[i] = fixture.Attempt(row, lane, delivery.AttemptDelivered)
			}
			// Each of the two has to wait in its middle, the attempts first.
			fixture.Meet(t, db, `SELECT FROM delivery_queue WHERE delivery_id = $1 FOR UPDATE`, []any{rows[1].DeliveryID},
				func(ctx context.Context) error {
					_, err := q.Record(ctx, attempts)
					return err
				},
				func(ctx context.Context) error { return change(ctx, s, tenant, sub.ID) })
		})
	}
}
