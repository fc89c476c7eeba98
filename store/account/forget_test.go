package account_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

// Whoever is removed is named by the audit log for a year. Of an invitation that nobody has accepted nothing is kept.
func TestAUserWhoWasRemovedIsForgotten(t *testing.T) {
	t.Parallel()
	url, clock := storetest.URL(t), storetest.NewClock()
	s, db := storetest.Open(t, url, storetest.Options(clock)), fixture.Raw(t, url)
	employer := fixture.Account(t, s, "ada@northwind.example", 0).EmployerID
	join := func(email string) (account.User, string) {
		t.Helper()
		u, token, err := s.Accounts.CreateInvitation(t.Context(), account.NewInvitation{EmployerID: employer, Email: email, Role: board.RoleRecruiter, PublicURL: "https://jobs.example"})
		if err != nil {
			t.Fatal(err)
		}
		return u, token
	}
	invited, _ := join("invited@northwind.example")
	gone, token := join("gone@northwind.example")
	if _, err := s.Accounts.AcceptInvitation(t.Context(), account.Acceptance{Token: token, Name: "Grace Gone", PasswordHash: "hash"}); err != nil {
		t.Fatal(err)
	}
	did := account.Acting(t.Context(), board.Act{EmployerID: employer, Actor: board.AuditUser, ActorID: gone.ID, Action: "updateEmployer", Address: "192.0.2.1"})
	if _, err := s.Accounts.UpdateEmployer(did, employer, board.EmployerProfile{Name: "Northwind"}); err != nil {
		t.Fatal(err)
	}
	for _, u := range []account.User{invited, gone} {
		if _, err := s.Accounts.RemoveUser(t.Context(), employer, u.ID); err != nil {
			t.Fatal(err)
		}
	}
	key, _ := mint(t, s, account.NewKey{Tenant: board.Tenant{EmployerID: employer, Mode: board.ModeLive}})
	fixture.MustExec(t, db, fmt.Sprintf(`
INSERT INTO proposals (employer_id, mode, key_id, operation, job_id, cost, status, created_at, expires_at, decided_at, decided_by)
VALUES (%d, 'live', %d, 'publishJob', 1, 1, 'Approved', '2026-03-01', '2026-03-02', '2026-03-01', %d)`, employer, key.ID, gone.ID))
	decided := func(want string) {
		t.Helper()
		p, err := s.Accounts.Proposal(t.Context(), board.Tenant{EmployerID: employer, Mode: board.ModeLive}, 1)
		if err != nil || p.DecidedBy != want {
			t.Errorf("a proposal was decided by %q, %v; want %q", p.DecidedBy, err, want)
		}
	}
	look := func(when string, wantRows int, wantName string) {
		t.Helper()
		if n := fixture.Count(t, db, `SELECT count(*) FROM users WHERE id <> 1 AND (email NOT LIKE '%@invalid' OR name <> '')`); n != wantRows {
			t.Errorf("%s %d rows tell of a person, want %d", when, n, wantRows)
		}
		entries, _, err := s.Accounts.Audit(t.Context(), account.AuditQuery{EmployerID: employer, Action: "updateEmployer", Limit: 10})
		if err != nil || len(entries) != 1 {
			t.Fatalf("%d entries, %v", len(entries), err)
		}
		if diff := cmp.Diff(wantName, entries[0].ActorName); diff != "" {
			t.Errorf("%s the audit log names (-want +got):\n%s", when, diff)
		}
	}
	forget := func(want int) {
		t.Helper()
		if n, err := s.Accounts.ForgetRemoved(t.Context(), 10); n != want || err != nil {
			t.Errorf("forgot %d, %v; want %d", n, err, want)
		}
	}
	look("after the removal", 1, "Grace Gone")
	decided("Grace Gone")
	clock.Advance(365*24*time.Hour - time.Second)
	forget(0)
	look("within the year", 1, "Grace Gone")
	clock.Advance(time.Second)
	forget(1)
	forget(0)
	decided("a former user")
	look("after a year", 0, fmt.Sprintf("Former member %d", gone.ID))
	if _, faults, err := s.Accounts.VerifyAudit(t.Context()); len(faults) != 0 || err != nil {
		t.Errorf("the audit log: %v, %v", faults, err)
	}
}
