package outbox_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"itmanagerjobs/store"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/letter"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

func TestPartitionsAreMadeAndDropped(t *testing.T) {
	t.Parallel()
	clock := storetest.NewClock()
	url := storetest.URL(t)
	s, db := storetest.Open(t, url, storetest.Options(clock)), fixture.Raw(t, url)
	ctx := context.Background()
	tenant := fixture.Account(t, s, "days@northwind.example", 1)
	sub, _ := fixture.Subscribe(t, s, tenant)
	maintain := func() {
		t.Helper()
		if err := s.Outbox.MaintainPartitions(ctx); err != nil {
			t.Fatalf("maintain partitions: %v", err)
		}
	}
	in := func(table string) int {
		t.Helper()
		return fixture.Count(t, db, `SELECT count(*) FROM `+table)
	}
	const tables = `SELECT count(*) FROM pg_inherits WHERE inhparent IN ('events'::regclass, 'deliveries'::regclass, 'delivery_attempts'::regclass)`

	// Before there are partitions, the default ones catch everything.
	fixture.Create(t, s, tenant, fixture.Complete("In the net"))
	q := queue(t, s)
	worker, lanes := fixture.TakeAll(t, q)
	lane := fixture.LaneOf(t, lanes, sub)
	fixture.Record(t, q, 1, fixture.Attempt(fixture.Fetch(t, q, worker, lane)[0], lane, delivery.AttemptDelivered))
	if in("events_default") != 1 || in("deliveries_default") != 1 || in("delivery_attempts_default") != 1 {
		t.Error("the default partitions did not catch the first event")
	}
	maintain()
	if in("events_default") != 0 || in("events_20260302") != 1 || in("deliveries_20260302") != 1 || in("delivery_attempts_20260302") != 1 {
		t.Error("what the default partitions caught was not moved")
	}
	fixture.Create(t, s, tenant, fixture.Complete("In its day"))
	if in("events_20260302") != 2 || len(deliveries(t, s, sub)) != 2 {
		t.Error("the event did not go into its day")
	}
	made := fixture.Count(t, db, tables)
	maintain()
	if n := fixture.Count(t, db, tables); n != made {
		t.Errorf("%d partitions after nothing was to be done, want %d", n, made)
	}

	clock.Advance(3 * 24 * time.Hour)
	fixture.Create(t, s, tenant, fixture.Complete("Three days later"))
	if in("events_20260305") != 1 {
		t.Error("the partition of a coming day was not there")
	}
	clock.Advance(27*24*time.Hour + 14*time.Hour)
	maintain() // 1 April, 23:30: the last moments of 2 March are still kept
	if n := in("events_20260302"); n != 2 {
		t.Errorf("%d events of 2 March, want both", n)
	}
	clock.Advance(31 * time.Minute)
	if err := s.Outbox.SendMail(ctx, tenant.EmployerID, letter.Mail{To: "admin@northwind.example"}); err != nil {
		t.Fatal(err)
	}
	maintain()
	if n := fixture.Count(t, db, `SELECT count(*) FROM pg_class WHERE relname LIKE '%20260302%' AND relkind = 'r'`); n != 0 {
		t.Errorf("%d partitions of 2 March are left", n)
	}
	if n, kept := in("delivery_queue"), in("messages"); n != 2 || kept != 1 {
		t.Errorf("%d rows are queued and %d messages kept, want that of 5 March and the email", n, kept)
	}
	if page := fixture.Events(t, s, tenant); len(page.Events) != 1 || page.Next != 3 {
		t.Errorf("log: %+v, want the third event", page)
	}
}

func TestPartitionsAreMaintainedByOneCopyAtATimeAndWaitForNobody(t *testing.T) {
	t.Parallel()
	clock := storetest.NewClock()
	url := storetest.URL(t)
	s, db := storetest.Open(t, url, storetest.Options(clock)), fixture.Raw(t, url)
	ctx := context.Background()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if err := s.Outbox.MaintainPartitions(ctx); err != nil {
				t.Errorf("maintain: %v", err)
			}
		})
	}
	wg.Wait()
	// A long transaction that reads the log holds no writer up, however old its day gets.
	reader, err := db.BeginTx(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := reader.ExecContext(ctx, `SELECT count(*) FROM events`); err != nil {
		t.Fatal(err)
	}
	clock.Advance(40 * 24 * time.Hour)
	if err := s.Outbox.MaintainPartitions(ctx); err != nil {
		t.Errorf("maintain beside a long transaction: %v", err)
	}
	if n := fixture.Count(t, db, `SELECT count(*) FROM pg_class WHERE relname = 'events_20260302'`); n != 1 {
		t.Error("a partition in use was dropped")
	}
	if err := reader.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := s.Outbox.MaintainPartitions(ctx); err != nil {
		t.Error(err)
	}
	if n := fixture.Count(t, db, `SELECT count(*) FROM pg_class WHERE relname = 'events_20260302'`); n != 0 {
		t.Error("the partition was not dropped when nobody used it any more")
	}
}

func TestCloseSendsTheNotificationsThatWait(t *testing.T) {
	t.Parallel()
	clock := storetest.NewClock()
	url := storetest.URL(t)
	listening := storetest.Open(t, url, storetest.Options(clock))
	tenant := fixture.Account(t, listening, "close@northwind.example", 1)
	fixture.Subscribe(t, listening, tenant)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	wakes := queue(t, listening).Listen(ctx)
	for w := range wakes {
		if w.All {
			break
		}
	}
	s, err := store.Open(url, storetest.Options(clock))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		fixture.Create(t, s, tenant, fixture.Complete(fmt.Sprint("Job ", i)))
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for w := range wakes {
		if len(w.Lanes) > 0 {
			return
		}
	}
	t.Error("nothing was notified")
}
