package account_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

// TestAddressesLeaveTheAuditLogAfterAYear has entries of several years, and looks at their addresses and at their chain.
func TestAddressesLeaveTheAuditLogAfterAYear(t *testing.T) {
	t.Parallel()
	url, clock := storetest.URL(t), storetest.NewClock()
	s, db := storetest.Open(t, url, storetest.Options(clock)), fixture.Raw(t, url)
	first := fixture.Account(t, s, "ada@northwind.example", 0).EmployerID
	second := fixture.Account(t, s, "bo@acme.example", 0).EmployerID
	act := func(employer int64, address string) {
		t.Helper()
		ctx := account.Acting(t.Context(), board.Act{EmployerID: employer, Actor: board.AuditUser, ActorID: 1, Action: "updateEmployer", Address: address})
		if _, err := s.Accounts.UpdateEmployer(ctx, employer, board.EmployerProfile{Name: "Name"}); err != nil {
			t.Fatal(err)
		}
	}
	addresses := func(employer int64) (of []string) {
		t.Helper()
		entries, _, err := s.Accounts.Audit(t.Context(), account.AuditQuery{EmployerID: employer, Action: "updateEmployer", Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			of = append(of, e.Address)
		}
		return of
	}
	forget := func() {
		t.Helper()
		for {
			n, err := s.Accounts.ForgetAuditAddresses(t.Context(), 2)
			if err != nil {
				t.Fatal(err)
			}
			if n == 0 {
				return
			}
		}
	}
	for range 3 {
		act(first, "192.0.2.1")
	}
	act(first, "")
	act(second, "2001:db8::1")
	fixture.MustExec(t, db, `INSERT INTO platform_actions (user_id, action, subject, detail, address, created_at) VALUES (1, 'sign in', '', '', '192.0.2.9', $1)`, clock.Now())
	clock.Advance(board.AuditAddressKept - time.Second)
	act(first, "198.51.100.7")
	forget()
	if diff := cmp.Diff([]string{"192.0.2.1", "192.0.2.1", "192.0.2.1", "", "198.51.100.7"}, addresses(first)); diff != "" {
		t.Errorf("within the year (-want +got):\n%s", diff)
	}
	clock.Advance(time.Second)
	forget()
	forget()
	if diff := cmp.Diff([]string{"", "", "", "", "198.51.100.7"}, addresses(first)); diff != "" {
		t.Errorf("after a year (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{""}, addresses(second)); diff != "" {
		t.Errorf("of another employer (-want +got):\n%s", diff)
	}
	if n := fixture.Count(t, db, `SELECT count(*) FROM platform_actions WHERE address <> ''`); n != 0 {
		t.Errorf("%d actions of reviewers have an address", n)
	}
	if _, faults, err := s.Accounts.VerifyAudit(t.Context()); len(faults) != 0 || err != nil {
		t.Errorf("the chain: %v, %v", faults, err)
	}
	// Nobody takes one away before its time, though the chain would stay whole.
	fixture.MustExec(t, db, `UPDATE audit_entries SET address = '', seal = sha256(seal || convert_to(address, 'UTF8')) WHERE address = '198.51.100.7'`)
	want := []account.AuditFault{{EmployerID: first, Number: 5, Message: "the entry has lost its network address too early"}}
	if _, faults, err := s.Accounts.VerifyAudit(t.Context()); err != nil || cmp.Diff(want, faults) != "" {
		t.Errorf("%v, %v; want %v", faults, err, want)
	}
}
