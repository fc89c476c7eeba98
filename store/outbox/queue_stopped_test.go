package outbox_test

import (
	"fmt"
	"testing"
	"time"

	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

// TestACopyStoppedInATransactionHoldsNothing stands for a machine that is paused while the lease is being renewed: its
// session is ended by the server, or its lanes could never be taken.
func TestACopyStoppedInATransactionHoldsNothing(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	s, db := storetest.Open(t, url, storetest.Options(storetest.NewClock())), fixture.Raw(t, url)
	stopped, running := queue(t, s), queue(t, s)
	old, lanes := fixture.TakeAll(t, stopped)
	worker, err := running.Join(t.Context(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	fixture.MustExec(t, db, `UPDATE workers SET lease_until = clock_timestamp() - interval '1 second' WHERE id = $1`, old)
	err = stopped.WhileRenewing(t.Context(), old, func() {
		if n := len(fixture.Take(t, running, worker)); n != 0 {
			t.Errorf("%d lanes are taken while the renewal is under way", n)
		}
		// A lock of the row waits until the session has ended.
		fixture.MustExec(t, db, fmt.Sprintf(`BEGIN; SET LOCAL lock_timeout = '20s'; SELECT id FROM workers WHERE id = %d FOR UPDATE; COMMIT`, old))
		if got := fixture.Take(t, running, worker); len(got) != len(lanes) {
			t.Errorf("%d of %d lanes are taken", len(got), len(lanes))
		}
	})
	if err == nil {
		t.Error("the stopped copy has committed")
	}
}
