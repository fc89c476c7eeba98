package outbox_test

import (
	"testing"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

// TestADeadWorkerHasItsLanesForOneLeaseAfterTheClockIsSetBack: its lease lay an hour ahead from then on. One who lives keeps its own.
func TestADeadWorkerHasItsLanesForOneLeaseAfterTheClockIsSetBack(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	s := storetest.Open(t, url, storetest.Options(storetest.NewClock()))
	db := fixture.Raw(t, url)
	q, err := s.OpenQueue(outbox.QueueOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = q.Close() })
	join := func(lease time.Duration) int64 {
		t.Helper()
		worker, err := q.Join(t.Context(), lease)
		if err != nil {
			t.Fatal(err)
		}
		return worker
	}
	dead, slow, living := join(8*time.Second), join(time.Minute), join(time.Minute)
	fixture.Take(t, q, dead)
	// What the clock of the database looks like, an hour behind.
	fixture.MustExec(t, db, `UPDATE workers SET renewed_at = renewed_at + interval '1 hour', lease_until = lease_until + interval '1 hour'`)
	if f, err := q.Renew(t.Context(), living, time.Minute); !f.Live || err != nil {
		t.Errorf("who lives renews: %+v, %v", f, err)
	}
	if n := fixture.Count(t, db, `SELECT count(*) FROM workers WHERE lease_until <= clock_timestamp() + interval '1 minute' AND renewed_at <= clock_timestamp()`); n != 3 {
		t.Errorf("%d of 3 leases end when they should", n)
	}
	if n := fixture.Count(t, db, `SELECT count(*) FROM workers WHERE lease_until - renewed_at BETWEEN interval '7.9 seconds' AND interval '8.1 seconds'`); n != 1 {
		t.Errorf("%d leases of 8 s, want the one of the dead", n)
	}
	if f, err := q.Renew(t.Context(), slow, time.Minute); !f.Live || err != nil {
		t.Errorf("who renews later lives on: %+v, %v", f, err)
	}
	fixture.MustExec(t, db, `UPDATE workers SET renewed_at = renewed_at - interval '8 seconds', lease_until = lease_until - interval '8 seconds' WHERE id = $1`, dead)
	if lanes := fixture.Take(t, q, living); len(lanes) != emailLanes {
		t.Errorf("%d lanes are taken over, want %d", len(lanes), emailLanes)
	}
}

// TestAClaimFromBeforeTheClockWasSetBackCountsNoMore, of a check of a receiver by a copy that has died.
func TestAClaimFromBeforeTheClockWasSetBackCountsNoMore(t *testing.T) {
	t.Parallel()
	url, clock := storetest.URL(t), storetest.NewClock()
	s := storetest.Open(t, url, storetest.Options(clock))
	tenant := fixture.Account(t, s, "claims@northwind.example", 1)
	tenant.Mode = board.ModeTest
	sub, _ := fixture.Subscribe(t, s, tenant, event.JobCreated)
	if _, err := s.Outbox.CreateCertification(t.Context(), tenant, sub.ID); err != nil {
		t.Fatal(err)
	}
	claims := func(want bool) {
		t.Helper()
		if _, ok, err := s.Outbox.ClaimCertification(t.Context()); ok != want || err != nil {
			t.Errorf("claimed %t, %v; want %t", ok, err, want)
		}
	}
	claims(true)
	clock.Advance(-time.Second) // another copy, whose clock is a little behind
	claims(false)
	clock.Advance(-time.Hour)
	claims(true)
	claims(false)
}
