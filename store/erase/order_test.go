package erase_test

import (
	"context"
	"testing"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pipeline"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

// Both lock what waits for a webhook: an erasure in the order of deliveries, and who enables the webhook without it in any order.
func TestAnErasureAndAWebhookThatIsEnabledNeverBlockEachOther(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	s := storetest.Open(t, url, storetest.Options(storetest.NewClock()))
	db := fixture.Raw(t, url)
	tenant := fixture.Account(t, s, "enabled@northwind.example", 1)
	sub, _ := fixture.Subscribe(t, s, tenant, event.ApplicationSubmitted, event.ApplicationStatusChanged)
	job := fixture.Active(t, s, tenant, nil)
	ada := fixture.Apply(t, s, fixture.Ada(job))
	grace := fixture.Ada(job)
	grace.Applicant.Email = "grace@example.com"
	fixture.Apply(t, s, grace)
	if _, err := s.Pipeline.MoveApplication(t.Context(), tenant, ada.ID, pipeline.Move{To: board.ApplicationScreened, Actor: fixture.Partner}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Outbox.DisableSubscription(t.Context(), tenant, sub.ID, "for a while", board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	// The last delivery is the first one that is due, and that stands in the table. Each is moved: an index has an entry at its new place.
	const place = `(SELECT q.delivery_id FROM delivery_queue q JOIN deliveries d ON d.id = q.delivery_id WHERE d.subscription_id = $1 ORDER BY q.delivery_id OFFSET $2 LIMIT 1)`
	for n := 2; n >= 0; n-- {
		fixture.MustExec(t, db, `UPDATE delivery_queue SET due_at = due_at - (1 + $2) * interval '1 minute' WHERE delivery_id = `+place, sub.ID, n)
	}
	fixture.Meet(t, db, `SELECT FROM delivery_queue WHERE delivery_id = `+place+` FOR UPDATE`, []any{sub.ID, 1},
		func(ctx context.Context) error {
			_, _, err := s.Outbox.EnableSubscription(ctx, tenant, sub.ID, false, board.Precondition{})
			return err
		},
		func(ctx context.Context) error {
			_, err := s.Erasure.EraseCandidate(ctx, tenant, ada.CandidateID, board.Precondition{})
			return err
		})
}

// Both lock what waits for a webhook in the order of deliveries, whichever attempts have failed: one person may have several in a batch.
func TestAnErasureAndABatchOfAttemptsNeverBlockEachOther(t *testing.T) {
	t.Parallel()
	for name, outcomes := range map[string][2]delivery.AttemptOutcome{
		"the first failed": {delivery.AttemptFailed, delivery.AttemptDelivered}, "the last failed": {delivery.AttemptDelivered, delivery.AttemptFailed},
		"both failed": {delivery.AttemptFailed, delivery.AttemptFailed}, "both arrived": {delivery.AttemptDelivered, delivery.AttemptDelivered},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := storetest.URL(t)
			clock := storetest.NewClock()
			s := storetest.Open(t, url, storetest.Options(clock))
			db := fixture.Raw(t, url)
			tenant := fixture.Account(t, s, "batch@northwind.example", 1)
			sub, _ := fixture.Subscribe(t, s, tenant, event.ApplicationSubmitted, event.ApplicationStatusChanged)
			ada := fixture.Apply(t, s, fixture.Ada(fixture.Active(t, s, tenant, nil)))
			if _, err := s.Pipeline.MoveApplication(t.Context(), tenant, ada.ID, pipeline.Move{To: board.ApplicationScreened, Actor: fixture.Partner}); err != nil {
				t.Fatal(err)
			}
			q, err := s.OpenQueue(outbox.QueueOptions{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = q.Close() })
			worker, lanes := fixture.TakeAll(t, q)
			lane := fixture.LaneOf(t, lanes, sub)
			rows := fixture.Fetch(t, q, worker, lane)
			if len(rows) != 2 || rows[0].DeliveryID > rows[1].DeliveryID {
				t.Fatalf("fetched %+v, want two deliveries in their order", rows)
			}
			attempts := make([]outbox.Attempt, 2)
			for i, outcome := range outcomes {
				attempts[i] = fixture.Attempt(rows[i], lane, outcome)
				attempts[i].RetryAt, attempts[i].LaneFailures = clock.Now(), lane.Failures
			}
			// The one that begins has to wait for the first, and the other one behind.
			fixture.Meet(t, db, `SELECT FROM delivery_queue WHERE delivery_id = $1 FOR UPDATE`, []any{rows[0].DeliveryID},
				func(ctx context.Context) error {
					_, err := s.Erasure.EraseCandidate(ctx, tenant, ada.CandidateID, board.Precondition{})
					return err
				},
				func(ctx context.Context) error {
					_, err := q.Record(ctx, attempts)
					return err
				})
		})
	}
}
