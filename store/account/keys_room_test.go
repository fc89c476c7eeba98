package account_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

// TestAnEmployerHasSoManyKeys has one make keys until there are too many: each has limits of its own.
func TestAnEmployerHasSoManyKeys(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	tenant := fixture.Account(t, s, "many@northwind.example", 1)
	tenant.Mode = board.ModeTest
	another := account.NewKey{Tenant: tenant, Name: "another", Scopes: []apikey.Scope{apikey.ScopeJobPosting}}
	refused := func(want board.Code) {
		t.Helper()
		_, _, err := s.Accounts.MintKey(t.Context(), another)
		if e, ok := errors.AsType[*board.Error](err); !ok || e.Code != want {
			t.Errorf("another key: %v, want %s", err, want)
		}
	}
	first, _ := mint(t, s, another)
	for range apikey.Max - 1 {
		mint(t, s, another)
	}
	refused(board.CodeRateLimited)
	clock.Advance(24 * time.Hour)
	refused(board.CodeInvalidState)
	// One that takes another's place is none more.
	rolled, _, err := s.Accounts.RollKey(t.Context(), first.ID, tenant.EmployerID, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	clock.Advance(2 * time.Hour) // the key that was rolled has expired
	refused(board.CodeInvalidState)
	if _, err := s.Accounts.RevokeKey(t.Context(), rolled.ID, tenant.EmployerID); err != nil {
		t.Fatal(err)
	}
	mint(t, s, another)
	// What the platform makes is its own affair, but it counts.
	operated := another
	operated.Approve = true
	mint(t, s, operated)
	mint(t, s, operated)
	_, _, err = s.Accounts.MintKey(t.Context(), another)
	if err == nil || !strings.Contains(err.Error(), "102 keys") || !strings.Contains(err.Error(), "fewer than 100") {
		t.Errorf("another key beside 102: %v", err)
	}
}
