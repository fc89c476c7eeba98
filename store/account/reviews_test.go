package account_test

import (
	"strings"
	"testing"

	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

// TestReviewersHearOfAKeyThatWaits once, until nothing waits any more.
func TestReviewersHearOfAKeyThatWaits(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	tenant := fixture.Account(t, s, "ada@northwind.example", 0)
	if _, err := s.Accounts.CreateReviewer(t.Context(), account.NewReviewer{Email: "rita@platform.example", Name: "Rita"}); err != nil {
		t.Fatal(err)
	}
	told := func() (n int) {
		t.Helper()
		mails, err := s.Outbox.Messages(t.Context(), 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range mails {
			if m.To == "rita@platform.example" && strings.Contains(m.Subject, "waits for your review") && strings.Contains(m.Text, storetest.PublicURL+"/platform/keys") {
				n++
			}
		}
		return n
	}
	mint(t, s, account.NewKey{Tenant: board.Tenant{EmployerID: tenant.EmployerID, Mode: board.ModeTest}})
	if n := told(); n != 0 {
		t.Errorf("of a test key %d emails tell", n)
	}
	first, _ := mint(t, s, account.NewKey{Tenant: tenant})
	second, _ := mint(t, s, account.NewKey{Tenant: tenant})
	if n := told(); n != 1 {
		t.Errorf("of two keys that wait %d emails tell", n)
	}
	for _, k := range []account.Key{first, second} {
		if _, err := s.Accounts.ApproveKey(t.Context(), k.ID); err != nil {
			t.Fatal(err)
		}
	}
	mint(t, s, account.NewKey{Tenant: tenant})
	if n := told(); n != 2 {
		t.Errorf("after the review %d emails tell", n)
	}
}
