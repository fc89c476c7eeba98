package account_test

import (
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

func TestTheAuditLogIsAChain(t *testing.T) {
	t.Parallel()
	a, b, _ := fixture.AtOnce(t)
	tenant := fixture.Account(t, a, "ada@northwind.example", 0)
	other := fixture.Account(t, a, "eve@southwind.example", 0)
	act := func(employerID int64) board.Act {
		return board.Act{EmployerID: employerID, Actor: board.AuditUser, ActorID: 1, Action: "updateEmployer", Address: "192.0.2.1"}
	}
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			s := []*store.Store{a, b}[i%2]
			name := string(rune('a' + i))
			if _, err := s.Accounts.UpdateEmployer(account.Acting(t.Context(), act(tenant.EmployerID)), tenant.EmployerID, board.EmployerProfile{Name: name}); err != nil {
				t.Errorf("update: %v", err)
			}
		})
	}
	wg.Wait()
	if _, err := a.Accounts.UpdateEmployer(account.Acting(t.Context(), act(other.EmployerID)), other.EmployerID, board.EmployerProfile{Name: "Southwind"}); err != nil {
		t.Fatal(err)
	}
	// What is refused leaves nothing.
	if _, err := a.Accounts.UpdateEmployer(account.Acting(t.Context(), act(tenant.EmployerID)), 999, board.EmployerProfile{Name: "x"}); err == nil {
		t.Error("an employer who is not there was changed")
	}
	entries, more, err := a.Accounts.Audit(t.Context(), account.AuditQuery{EmployerID: tenant.EmployerID, Limit: 15})
	if err != nil || len(entries) != 15 || !more {
		t.Fatalf("%d entries, more: %t, %v", len(entries), more, err)
	}
	for i, e := range entries {
		if e.Number != int64(i+1) || e.ActorName != "ada@northwind.example" || e.Address != "192.0.2.1" {
			t.Errorf("entry %d: %+v", i+1, e)
		}
	}
	if n, faults, err := a.Accounts.VerifyAudit(t.Context()); n != 21 || len(faults) != 0 || err != nil {
		t.Errorf("verified %d entries: %v, %v", n, faults, err)
	}
}

func TestATamperedAuditLogShows(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		tamper string
		want   account.AuditFault
	}{
		"changed":       {`UPDATE audit_entries SET action = 'nothing' WHERE number = 3`, account.AuditFault{EmployerID: 1, Number: 3, Message: "the entry, or one before it, was changed"}},
		"removed":       {`DELETE FROM audit_entries WHERE number = 3`, account.AuditFault{EmployerID: 1, Number: 3, Message: "entries are missing"}},
		"cut off":       {`DELETE FROM audit_entries WHERE number > 3`, account.AuditFault{EmployerID: 1, Number: 4, Message: "the last entries are missing"}},
		"all removed":   {`DELETE FROM audit_entries`, account.AuditFault{EmployerID: 1, Number: 1, Message: "the last entries are missing"}},
		"chained anew":  {`UPDATE audit_entries SET hash = sha256(hash) WHERE number = 5`, account.AuditFault{EmployerID: 1, Number: 5, Message: "the entry, or one before it, was changed"}},
		"no place":      {`UPDATE audit_entries SET address = '' WHERE number = 1`, account.AuditFault{EmployerID: 1, Number: 1, Message: "the entry, or one before it, was changed"}},
		"no salt":       {`UPDATE audit_entries SET address = '', seal = '' WHERE number = 1`, account.AuditFault{EmployerID: 1, Number: 1, Message: "the entry, or one before it, was changed"}},
		"another place": {`UPDATE audit_entries SET address = '192.0.2.2' WHERE number = 1`, account.AuditFault{EmployerID: 1, Number: 1, Message: "the entry, or one before it, was changed"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := storetest.URL(t)
			s, db := storetest.Open(t, address, storetest.Options(storetest.NewClock())), fixture.Raw(t, address)
			tenant := fixture.Account(t, s, "ada@northwind.example", 0)
			for i := range 5 {
				ctx := account.Acting(t.Context(), board.Act{EmployerID: tenant.EmployerID, Actor: board.AuditUser, ActorID: 1, Action: "updateEmployer", Address: "192.0.2.1"})
				if _, err := s.Accounts.UpdateEmployer(ctx, tenant.EmployerID, board.EmployerProfile{Name: string(rune('a' + i))}); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := db.ExecContext(t.Context(), tt.tamper); err == nil {
				t.Error("the database lets entries be changed")
			}
			// What the owner of the database can do.
			fixture.MustExec(t, db, `ALTER TABLE audit_entries DISABLE TRIGGER audit_entries_append_only`)
			fixture.MustExec(t, db, tt.tamper)
			_, faults, err := s.Accounts.VerifyAudit(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]account.AuditFault{tt.want}, faults); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
		})
	}
}
