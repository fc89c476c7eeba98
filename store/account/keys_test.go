package account_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"itmanagerjobs/store"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

var jobsNeed = account.Need{Scope: apikey.ScopeJobPosting, Family: board.FamilyJobs}

func mint(t *testing.T, s *store.Store, n account.NewKey) (account.Key, string) {
	t.Helper()
	if n.Name == "" {
		n.Name = "Bullhorn production"
	}
	if n.Scopes == nil {
		n.Scopes = []apikey.Scope{apikey.ScopeJobPosting}
	}
	key, plain, err := s.Accounts.MintKey(context.Background(), n)
	if err != nil {
		t.Fatalf("mint: %v", err)
	}
	return key, plain
}

func admit(t *testing.T, s *store.Store, key string, need account.Need) account.Admission {
	t.Helper()
	a, err := s.Accounts.Admit(context.Background(), key, need)
	if err != nil {
		t.Fatalf("admit: %v", err)
	}
	return a
}

func TestTheLimitIsExactInAnySixtySeconds(t *testing.T) {
	t.Parallel()
	a, b, clock := fixture.AtOnce(t)
	tenant := fixture.Account(t, a, "limit@northwind.example", 1)
	_, key := mint(t, a, account.NewKey{Tenant: tenant})

	// 60 requests now and 60 after 40 s: the last 20 of them are refused, though each calendar minute has room.
	burst := func(n int) (admitted int64) {
		var wg sync.WaitGroup
		var count atomic.Int64
		for i := range n {
			copyOfProgram := []*store.Store{a, b}[i%2]
			wg.Go(func() {
				got, err := copyOfProgram.Accounts.Admit(context.Background(), key, jobsNeed)
				if err != nil {
					t.Errorf("admit: %v", err)
				} else if got.Admitted {
					count.Add(1)
				}
			})
		}
		wg.Wait()
		return count.Load()
	}
	if n := burst(60); n != 60 {
		t.Errorf("first burst: %d admitted, want 60", n)
	}
	clock.Advance(40 * time.Second)
	if n := burst(60); n != 40 {
		t.Errorf("40 s later: %d admitted, want 40", n)
	}
	refused := admit(t, a, key, jobsNeed)
	if refused.Admitted || refused.RetryAfter != 20*time.Second || refused.Remaining != 0 || refused.PerMinute != 100 {
		t.Errorf("refusal %+v, want RetryAfter 20s of 100 per minute", refused)
	}
	clock.Advance(20*time.Second - time.Microsecond)
	if n := burst(1); n != 0 {
		t.Error("admitted a microsecond too early")
	}
	clock.Advance(time.Microsecond)
	if n := burst(70); n != 60 {
		t.Errorf("60 s after the first burst: %d admitted, want 60", n)
	}
}

func TestALimitByAgreement(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	tenant := fixture.Account(t, s, "agreed@northwind.example", 1)
	_, key := mint(t, s, account.NewKey{Tenant: tenant})
	set := func(n int) {
		if err := s.Accounts.SetLimit(context.Background(), tenant.EmployerID, board.FamilyJobs, n); err != nil {
			t.Fatalf("set limit: %v", err)
		}
	}
	for _, limit := range []int{3, 2500} {
		set(limit)
		clock.Advance(2 * time.Minute)
		admitted := 0
		for range limit + 10 {
			if admit(t, s, key, jobsNeed).Admitted {
				admitted++
			}
		}
		if admitted != limit {
			t.Errorf("limit %d: %d admitted", limit, admitted)
		}
	}
	set(10)
	if a := admit(t, s, key, jobsNeed); a.Admitted || a.RetryAfter <= 0 || a.Remaining != 0 {
		t.Errorf("after lowering: %+v, want a refusal", a)
	}
}

func TestAKeyThatIsNotUsableIsUnknown(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	tenant := fixture.Account(t, s, "unusable@northwind.example", 0)
	expiry := clock.Now().Add(time.Hour)
	pending, pendingKey := mint(t, s, account.NewKey{Tenant: tenant})
	_, expiring := mint(t, s, account.NewKey{Tenant: tenant, Approve: true, ExpiresAt: &expiry})
	revoked, revokedKey := mint(t, s, account.NewKey{Tenant: tenant, Approve: true})

	refused := func(what, key string) {
		t.Helper()
		if _, err := s.Accounts.Admit(context.Background(), key, jobsNeed); !errors.Is(err, account.ErrUnauthenticated) {
			t.Errorf("%s key: %v, want ErrUnauthenticated", what, err)
		}
	}
	if pending.Status != apikey.Pending {
		t.Errorf("status %s without credits, want Pending", pending.Status)
	}
	refused("pending", pendingKey)
	if _, err := s.Accounts.ApproveKey(context.Background(), pending.ID); err != nil {
		t.Fatalf("approve: %v", err)
	}
	admit(t, s, pendingKey, jobsNeed)

	admit(t, s, expiring, jobsNeed)
	clock.Advance(time.Hour)
	refused("expired", expiring)

	admit(t, s, revokedKey, jobsNeed)
	if _, err := s.Accounts.RevokeKey(context.Background(), revoked.ID, tenant.EmployerID); err != nil {
		t.Fatalf("revoke: %v", err)
	}
	refused("revoked", revokedKey)
	if _, err := s.Accounts.ApproveKey(context.Background(), revoked.ID); fixture.CodeOf(err) != board.CodeInvalidState {
		t.Errorf("approving a revoked key: %v, want invalid_state", err)
	}
	if _, err := s.Accounts.RevokeKey(context.Background(), pending.ID, tenant.EmployerID+1); fixture.CodeOf(err) != board.CodeNotFound {
		t.Errorf("revoking another employer's key: %v, want not_found", err)
	}
	refused("mistyped", revokedKey[:20]+"x"+revokedKey[21:])
	refused("empty", "")
}

func TestScopesAndReadOnlyKeys(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	tenant := fixture.Account(t, s, "scopes@northwind.example", 1)
	_, key := mint(t, s, account.NewKey{Tenant: tenant})
	_, readOnly := mint(t, s, account.NewKey{Tenant: tenant, ReadOnly: true})

	a := admit(t, s, key, account.Need{Scope: apikey.ScopeCVSearch, Family: board.FamilySearch})
	if a.Permitted || a.Admitted || a.Remaining != 30 {
		t.Errorf("without the scope: %+v, want not permitted and nothing counted", a)
	}
	a = admit(t, s, readOnly, account.Need{Scope: apikey.ScopeJobPosting, Family: board.FamilyJobs, Write: true})
	if a.Permitted {
		t.Error("a read-only key may write")
	}
	a = admit(t, s, readOnly, jobsNeed)
	if !a.Admitted || a.Family != board.FamilyReadOnly || a.PerMinute != 100 {
		t.Errorf("read-only key: %+v, want admitted by the family readonly", a)
	}
}

func TestLastUseIsShownAtOnceAndKept(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	tenant := fixture.Account(t, s, "used@northwind.example", 1)
	_, key := mint(t, s, account.NewKey{Tenant: tenant})
	lastUse := func() *time.Time {
		keys, err := s.Accounts.Keys(context.Background(), tenant.EmployerID)
		if err != nil || len(keys) != 1 {
			t.Fatalf("keys %v, %v", keys, err)
		}
		return keys[0].LastUsedAt
	}
	if u := lastUse(); u != nil {
		t.Errorf("last use of a new key %v, want none", u)
	}
	clock.Advance(time.Minute)
	admit(t, s, key, jobsNeed)
	if u := lastUse(); u == nil || !u.Equal(clock.Now()) {
		t.Errorf("last use %v, want %v", u, clock.Now())
	}
	for _, want := range []int64{1, 0} {
		if n, err := s.Accounts.FlushKeyUsage(context.Background()); n != want || err != nil {
			t.Errorf("flushed %d, %v; want %d", n, err, want)
		}
	}
}

// The clocks of program and database differ by ten minutes, either way: a key expires by that of the program, as a job does, and
// the limit is the same.
func TestAKeyExpiresByTheClockOfTheProgram(t *testing.T) {
	t.Parallel()
	for _, ahead := range []time.Duration{10 * time.Minute, -10 * time.Minute} {
		clock := storetest.NewClock()
		clock.Advance(time.Until(clock.Now()) * -1)
		clock.Advance(ahead)
		options := storetest.Options(clock)
		options.LimitsByNow = false
		s := storetest.Open(t, storetest.URL(t), options)
		tenant := fixture.Account(t, s, "clocks@northwind.example", 1)
		expires := clock.Now().Add(time.Minute)
		_, key := mint(t, s, account.NewKey{Tenant: tenant, ExpiresAt: &expires, Approve: true})
		a, err := s.Accounts.Admit(t.Context(), key, jobsNeed)
		if err != nil || !a.Admitted || a.ResetAfter > time.Minute {
			t.Errorf("ahead by %s, a key of the next minute: %+v, %v", ahead, a, err)
		}
		if d, err := s.ClockDifference(t.Context()); err != nil || (d+ahead).Abs() > 30*time.Second {
			t.Errorf("measured %s, %v; want %s", d, err, -ahead)
		}
		clock.Advance(time.Minute + time.Millisecond)
		if _, err := s.Accounts.Admit(t.Context(), key, jobsNeed); !errors.Is(err, account.ErrUnauthenticated) {
			t.Errorf("ahead by %s, a key that has expired: %v", ahead, err)
		}
	}
}
