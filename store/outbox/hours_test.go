package outbox_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

// TestAttemptsAreCountedByTheHour records the first attempts of an hour, later ones, both in one batch, and what does not count.
func TestAttemptsAreCountedByTheHour(t *testing.T) {
	t.Parallel()
	clock := storetest.NewClock()
	url := storetest.URL(t)
	s, db := storetest.Open(t, url, storetest.Options(clock)), fixture.Raw(t, url)
	tenant := fixture.Account(t, s, "hours@northwind.example", 1)
	steady, _ := fixture.Subscribe(t, s, tenant)
	broken, _ := fixture.Subscribe(t, s, tenant)
	q := queue(t, s)
	worker, lanes := fixture.TakeAll(t, q)
	steadyLane, brokenLane := fixture.LaneOf(t, lanes, steady), fixture.LaneOf(t, lanes, broken)
	for _, title := range []string{"One", "Two", "Three", "Four"} {
		fixture.Create(t, s, tenant, fixture.Complete(title))
	}
	ofSteady, ofBroken := fixture.Fetch(t, q, worker, steadyLane), fixture.Fetch(t, q, worker, brokenLane)
	hour := clock.Now().Truncate(time.Hour)
	at := func(after time.Duration, a outbox.Attempt) outbox.Attempt {
		a.StartedAt, a.RetryAt = hour.Add(after), hour.Add(after+time.Minute)
		return a
	}
	delivered := func(i int, after time.Duration) outbox.Attempt {
		return at(after, fixture.Attempt(ofSteady[i], steadyLane, delivery.AttemptDelivered))
	}
	failed := func(i int, after time.Duration) outbox.Attempt {
		return at(after, fixture.Attempt(ofBroken[i], brokenLane, delivery.AttemptFailed))
	}
	const last = time.Hour - time.Microsecond

	fixture.Record(t, q, 1, delivered(0, 0))
	// One hour goes on, another begins, and so does that of another subscription. An attempt that is recorded, and one of a former
	// owner in the same batch, do not count.
	late := failed(2, 0)
	late.Epoch--
	fixture.Record(t, q, 4, delivered(0, 0), delivered(1, last), delivered(2, time.Hour), late, failed(0, last), failed(1, last))
	fixture.Record(t, q, 1, delivered(3, time.Hour))

	want := map[int64][]outbox.DeliveryHour{
		steady.ID: {{Hour: hour, Delivered: 2}, {Hour: hour.Add(time.Hour), Delivered: 2}},
		broken.ID: {{Hour: hour, Failed: 2}},
	}
	check := func() {
		t.Helper()
		healths, err := s.Outbox.Healths(context.Background(), tenant, hour)
		if err != nil {
			t.Fatal(err)
		}
		got := map[int64][]outbox.DeliveryHour{}
		for id, h := range healths {
			got[id] = h.Hours
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("hours (-want +got):\n%s", diff)
		}
	}
	check()

	// Another copy, whose lane this one has taken over, has counted the first attempt of the same hour and has not committed yet.
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.ExecContext(t.Context(), `INSERT INTO delivery_hours (subscription_id, hour, delivered, failed) VALUES ($1, $2, 3, 5)`, broken.ID, hour.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	recorded := make(chan struct{})
	go func() {
		defer close(recorded)
		fixture.Record(t, q, 1, failed(2, time.Hour))
	}()
	fixture.UntilWaiting(t, db, 1)
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	<-recorded
	want[broken.ID] = append(want[broken.ID], outbox.DeliveryHour{Hour: hour.Add(time.Hour), Delivered: 3, Failed: 6})
	check()
}
