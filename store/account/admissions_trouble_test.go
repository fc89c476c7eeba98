package account_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/storetest/fixture"
)

func TestACancelledRequestHoldsNoBatchUp(t *testing.T) {
	t.Parallel()
	s, _, _, raw := copies(t)
	tenant := fixture.Account(t, s, "cancelled@northwind.example", 1)
	slow, slowKey := mint(t, s, account.NewKey{Tenant: tenant})
	late, lateKey := mint(t, s, account.NewKey{Tenant: tenant})
	_, key := mint(t, s, account.NewKey{Tenant: tenant})
	for _, k := range []string{slowKey, lateKey, key} {
		admit(t, s, k, jobsNeed)
	}
	first, second := hold(t, raw, slow), hold(t, raw, late)
	before, leaveBefore := context.WithCancel(t.Context())
	meanwhile, leaveMeanwhile := context.WithCancel(t.Context())
	lone := ask(t.Context(), t, s, slowKey, jobsNeed, 0)
	first.waits(t, 1)
	goneBefore := ask(before, t, s, key, jobsNeed, 1)
	goneMeanwhile := ask(meanwhile, t, s, key, jobsNeed, 2)
	stays := ask(t.Context(), t, s, lateKey, jobsNeed, 3)

	leaveBefore()
	if got := <-goneBefore; !errors.Is(got.err, context.Canceled) {
		t.Errorf("left before the batch: %v", got.err)
	}
	first.open(t)
	if got := <-lone; !got.Admitted {
		t.Errorf("alone: %+v", got)
	}
	second.waits(t, 1) // the batch is under way
	leaveMeanwhile()
	if got := <-goneMeanwhile; !errors.Is(got.err, context.Canceled) {
		t.Errorf("left during the batch: %v", got.err)
	}
	second.open(t)
	if got := <-stays; !got.Admitted || got.Remaining != 98 {
		t.Errorf("who stayed: %+v", got)
	}
	// Of the two who left, the one whose batch was under way is counted.
	if got := admit(t, s, key, jobsNeed); got.Remaining != 97 {
		t.Errorf("%d left, want 97", got.Remaining)
	}
}

func TestASessionThatEndsInABatchCostsNobodyTheAdmission(t *testing.T) {
	t.Parallel()
	s, _, _, raw := copies(t)
	tenant := fixture.Account(t, s, "ended@northwind.example", 1)
	slow, slowKey := mint(t, s, account.NewKey{Tenant: tenant})
	_, key := mint(t, s, account.NewKey{Tenant: tenant})
	late, lateKey := mint(t, s, account.NewKey{Tenant: tenant})
	for _, k := range []string{slowKey, lateKey, key} {
		admit(t, s, k, jobsNeed)
	}
	first, second := hold(t, raw, slow), hold(t, raw, late)
	lone := ask(t.Context(), t, s, slowKey, jobsNeed, 0)
	first.waits(t, 1)
	var answers []<-chan told
	for n := range 20 {
		answers = append(answers, ask(t.Context(), t, s, []string{key, lateKey}[n%2], jobsNeed, n+1))
	}
	first.open(t)
	if got := <-lone; !got.Admitted {
		t.Errorf("alone: %+v", got)
	}
	second.waits(t, 1) // the batch has counted the requests of key, and waits for the window of lateKey
	fixture.MustExec(t, raw, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`)
	second.open(t)
	left := map[string][]int{}
	for n, answer := range answers {
		got := <-answer
		if got.err != nil || !got.Admitted {
			t.Fatalf("request %d: %+v", n, got)
		}
		left[got.PublicKeyID] = append(left[got.PublicKeyID], got.Remaining)
	}
	// What the session had counted is undone, so nothing is counted twice.
	for id, remaining := range left {
		if diff := cmp.Diff([]int{98, 97, 96, 95, 94, 93, 92, 91, 90, 89}, remaining); diff != "" {
			t.Errorf("left of %s (-want +got):\n%s", id, diff)
		}
	}
}

// A request that nothing can be said of, as its family has no limit, fails alone.
func TestARequestThatFailsFailsAlone(t *testing.T) {
	t.Parallel()
	s, _, _, raw := copies(t)
	tenant := fixture.Account(t, s, "fails@northwind.example", 1)
	slow, slowKey := mint(t, s, account.NewKey{Tenant: tenant})
	admit(t, s, slowKey, jobsNeed)
	g := hold(t, raw, slow)
	lone := ask(t.Context(), t, s, slowKey, jobsNeed, 0)
	g.waits(t, 1)
	one := ask(t.Context(), t, s, slowKey, jobsNeed, 1)
	bad := ask(t.Context(), t, s, slowKey, account.Need{Family: "none"}, 2)
	two := ask(t.Context(), t, s, slowKey, jobsNeed, 3)
	g.open(t)
	if got := <-bad; got.err == nil {
		t.Errorf("without a limit: %+v", got)
	}
	for i, answer := range []<-chan told{lone, one, two} {
		if got := <-answer; !got.Admitted || got.Remaining != 98-i {
			t.Errorf("request %d: %+v, want %d left", i, got, 98-i)
		}
	}
}

// A clock of the database that was ahead is set right: nobody waits for longer than a window, and nobody has more than the limit meanwhile.
func TestAClockThatIsSetBackHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	a, b, clock := fixture.AtOnce(t)
	tenant := fixture.Account(t, a, "back@northwind.example", 1)
	if err := a.Accounts.SetLimit(t.Context(), tenant.EmployerID, board.FamilyJobs, 3); err != nil {
		t.Fatal(err)
	}
	_, key := mint(t, a, account.NewKey{Tenant: tenant})
	for range 3 {
		if got := admit(t, a, key, jobsNeed); !got.Admitted {
			t.Fatalf("%+v", got)
		}
	}
	clock.Advance(-20 * time.Minute)
	if got := admit(t, b, key, jobsNeed); got.Admitted || got.RetryAfter != time.Minute {
		t.Errorf("at once: %+v, want a refusal for a minute", got)
	}
	clock.Advance(59 * time.Second)
	if got := admit(t, a, key, jobsNeed); got.Admitted || got.RetryAfter != time.Second {
		t.Errorf("59 s later: %+v, want a refusal for a second", got)
	}
	clock.Advance(time.Second)
	for range 3 {
		if got := admit(t, b, key, jobsNeed); !got.Admitted {
			t.Errorf("a minute later: %+v", got)
		}
	}
}
