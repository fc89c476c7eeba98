package account_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"itmanagerjobs/store"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
	"itmanagerjobs/store/storetest/fixture"
)

// TestAdminsAreToldOnceThatAKeyExpires has two copies look at the same moment, again and again.
func TestAdminsAreToldOnceThatAKeyExpires(t *testing.T) {
	t.Parallel()
	a, b, clock := fixture.AtOnce(t)
	tenant := fixture.Account(t, a, "ada@northwind.example", 1)
	test := board.Tenant{EmployerID: tenant.EmployerID, Mode: board.ModeTest}
	in := func(days int) *time.Time { return new(clock.Now().Add(time.Duration(days) * 24 * time.Hour)) }
	used, plain := mint(t, a, account.NewKey{Tenant: tenant, Name: "Used", ExpiresAt: in(30)})
	mint(t, a, account.NewKey{Tenant: test, Name: "Trial", ExpiresAt: in(30)})
	mint(t, a, account.NewKey{Tenant: tenant, Name: "For ever"})
	mint(t, a, account.NewKey{Tenant: tenant, Name: "Brief", ExpiresAt: in(3)})
	mint(t, a, account.NewKey{Tenant: tenant, Name: "Waiting", Scopes: apikey.AllScopes(), ExpiresAt: in(30)})
	revoked, _ := mint(t, a, account.NewKey{Tenant: tenant, Name: "Revoked", ExpiresAt: in(30)})
	rolled, _ := mint(t, a, account.NewKey{Tenant: tenant, Name: "Rolled", ExpiresAt: in(30)})

	look := func() {
		t.Helper()
		var wg sync.WaitGroup
		for _, s := range []*store.Store{a, b, a, b} {
			wg.Go(func() {
				if _, err := s.Accounts.TellOfExpiringKeys(t.Context(), 2); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	}
	told := func() (subjects []string) {
		t.Helper()
		mails, err := a.Outbox.Messages(t.Context(), 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range mails {
			if strings.Contains(m.Subject, "expires soon") {
				subjects = append(subjects, m.To+": "+m.Subject)
			}
		}
		return subjects
	}
	clock.Advance(23*24*time.Hour - time.Second)
	admit(t, a, plain, jobsNeed)
	if _, err := a.Accounts.RevokeKey(t.Context(), revoked.ID, tenant.EmployerID); err != nil {
		t.Fatal(err)
	}
	next, _, err := a.Accounts.RollKey(t.Context(), rolled.ID, tenant.EmployerID, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if want := clock.Now().Add(30 * 24 * time.Hour); next.ExpiresAt == nil || !next.ExpiresAt.Equal(want) {
		t.Errorf("the new key expires at %v, want %s: it lives as long as the former one was to live", next.ExpiresAt, want)
	}
	look()
	if got := told(); len(got) != 0 {
		t.Errorf("too early: %q", got)
	}
	clock.Advance(time.Second)
	for range 3 {
		look()
	}
	got := strings.Join(told(), "\n")
	for _, want := range []string{"ada@northwind.example: Your API key “Used” expires soon", "ada@northwind.example: Your test API key “Trial” expires soon"} {
		if strings.Count(got, want) != 1 {
			t.Errorf("told %d times: %s\n%s", strings.Count(got, want), want, got)
		}
	}
	if n := len(told()); n != 2 {
		t.Errorf("%d emails:\n%s", n, got)
	}
	mails, err := a.Outbox.Messages(t.Context(), 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range mails {
		if strings.Contains(m.Subject, "“Used”") && (!strings.Contains(m.Text, "in 7 days") || !strings.Contains(m.Text, used.Prefix+"…"+used.LastFour) || !strings.Contains(m.Text, "last used on")) {
			t.Errorf("the email says\n%s", m.Text)
		}
	}
	// The key that was rolled has a notice of its own.
	clock.Advance(23 * 24 * time.Hour)
	look()
	if n := strings.Count(strings.Join(told(), "\n"), "“Rolled”"); n != 1 {
		t.Errorf("of the key that took the place of another %d emails tell", n)
	}
}
