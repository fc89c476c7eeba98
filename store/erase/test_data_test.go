package erase_test

import (
	"testing"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

const waitsForLock = `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`

// What comes in while the data is cleared away belongs to other jobs, and is there in whole afterwards.
func TestWhatIsMadeWhileTestDataIsClearedStays(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	s := storetest.Open(t, url, storetest.Options(storetest.NewClock()))
	db := fixture.Raw(t, url)
	tenant := fixture.Account(t, s, "clear@northwind.example", 0)
	tenant.Mode = board.ModeTest
	old := fixture.Apply(t, s, fixture.Ada(fixture.Active(t, s, tenant, nil)))

	release := fixture.LockTable(t, db, "delivery_attempts", "SHARE")
	cleared := make(chan error, 1)
	go func() {
		_, err := s.Erasure.ClearTestData(t.Context(), tenant)
		cleared <- err
	}()
	fixture.UntilWaiting(t, db, 1)
	grace := fixture.Ada(fixture.Active(t, s, tenant, fixture.Pushed))
	grace.Applicant.FirstName, grace.Applicant.Email = "Grace", "grace@example.com"
	made := fixture.Apply(t, s, grace)
	release()
	if err := <-cleared; err != nil {
		t.Fatal(err)
	}
	if a, err := s.Pipeline.Application(t.Context(), tenant, made.ID); err != nil || a.CV == nil {
		t.Errorf("the application that came in meanwhile: %+v, %v", a, err)
	}
	if h, err := s.Pipeline.ApplicationHistory(t.Context(), tenant, made.ID); err != nil || len(h) != 1 {
		t.Errorf("its history: %+v, %v", h, err)
	}
	if n := fixture.Count(t, db, `SELECT count(*) FROM delivery_queue q JOIN deliveries d ON d.id = q.delivery_id WHERE d.application_id = $1`, made.ID); n != 1 {
		t.Errorf("%d pushes of it wait; want 1", n)
	}
	if _, err := s.Pipeline.Application(t.Context(), tenant, old.ID); fixture.CodeOf(err) != board.CodeNotFound {
		t.Errorf("the application of before: %v", err)
	}
	if n := fixture.Count(t, db, `SELECT count(*) FROM candidates`); n != 1 {
		t.Errorf("%d candidates; want 1", n)
	}
}

// A step of a replay locks the replay and then keeps erasures away.
func TestClearingTestDataAndAReplayNeverBlockEachOther(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	s := storetest.Open(t, url, storetest.Options(storetest.NewClock()))
	db := fixture.Raw(t, url)
	tenant := fixture.Account(t, s, "blocked@northwind.example", 0)
	tenant.Mode = board.ModeTest
	sub, _ := fixture.Subscribe(t, s, tenant, event.JobCreated)
	fixture.Active(t, s, tenant, nil)
	since := storetest.Epoch
	fixture.Replay(t, s, tenant, delivery.ReplayRequest{Since: &since, SubscriptionID: &sub.ID})

	release := fixture.LockTable(t, db, "jobs", "EXCLUSIVE")
	cleared, stepped := make(chan error, 1), make(chan error, 1)
	go func() {
		_, err := s.Erasure.ClearTestData(t.Context(), tenant)
		cleared <- err
	}()
	fixture.UntilWaiting(t, db, 1)
	go func() {
		_, err := s.Outbox.StepReplays(t.Context())
		stepped <- err
	}()
	for len(stepped) == 0 && fixture.Count(t, db, waitsForLock) < 2 {
	}
	release()
	if err := <-cleared; err != nil {
		t.Errorf("clear test data: %v", err)
	}
	if err := <-stepped; err != nil {
		t.Errorf("step the replay: %v", err)
	}
	if n := fixture.Count(t, db, `SELECT count(*) FROM replays`); n != 0 {
		t.Errorf("%d replays are left", n)
	}
}
