package account_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"itmanagerjobs/store"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

func TestAnInvitationIsAcceptedOnce(t *testing.T) {
	t.Parallel()
	a, b, clock := fixture.AtOnce(t)
	tenant := fixture.Account(t, a, "ada@northwind.example", 0)
	u, token, err := a.Accounts.CreateInvitation(t.Context(), account.NewInvitation{EmployerID: tenant.EmployerID, Email: " bo@northwind.example", Role: board.RoleViewer})
	if err != nil || u.Email != "bo@northwind.example" || u.Joined || u.EmployerID != tenant.EmployerID {
		t.Fatalf("invite: %+v, %v", u, err)
	}
	var accepted atomic.Int32
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			u, err := []*store.Store{a, b}[i%2].Accounts.AcceptInvitation(t.Context(), account.Acceptance{Token: token, Name: "Bo", PasswordHash: "hash"})
			switch {
			case err == nil && u.Joined:
				accepted.Add(1)
			case fixture.CodeOf(err) != board.CodeNotFound:
				t.Errorf("accept: %v", err)
			}
		})
	}
	wg.Wait()
	if accepted.Load() != 1 {
		t.Errorf("accepted %d times, want once", accepted.Load())
	}
	if _, _, err := a.Accounts.RenewInvitation(t.Context(), tenant.EmployerID, u.ID, "", ""); fixture.CodeOf(err) != board.CodeInvalidState {
		t.Errorf("renew for somebody who has joined: %v", err)
	}

	_, late, err := a.Accounts.CreateInvitation(t.Context(), account.NewInvitation{EmployerID: tenant.EmployerID, Email: "cy@northwind.example", Role: board.RoleViewer})
	if err != nil {
		t.Fatal(err)
	}
	clock.Advance(7 * 24 * time.Hour)
	if _, err := a.Accounts.Invitation(t.Context(), late); fixture.CodeOf(err) != board.CodeNotFound {
		t.Errorf("an expired invitation is read: %v", err)
	}
	if _, err := a.Accounts.AcceptInvitation(t.Context(), account.Acceptance{Token: late, Name: "Cy", PasswordHash: "hash"}); fixture.CodeOf(err) != board.CodeNotFound {
		t.Errorf("an expired invitation is accepted: %v", err)
	}
	users, err := a.Accounts.Users(t.Context(), tenant.EmployerID)
	if err != nil || len(users) != 3 || users[2].Joined {
		t.Errorf("users %+v, %v", users, err)
	}
}

// Somebody accepts an invitation while an admin takes it back, whose transaction locks the employer before the user.
func TestWhoJoinsLocksTheEmployerFirst(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	s := storetest.Open(t, url, storetest.Options(storetest.NewClock()))
	db := fixture.Raw(t, url)
	tenant := fixture.Account(t, s, "ada@northwind.example", 0)
	u, token, err := s.Accounts.CreateInvitation(t.Context(), account.NewInvitation{EmployerID: tenant.EmployerID, Email: "bo@northwind.example", Role: board.RoleViewer})
	if err != nil {
		t.Fatal(err)
	}
	removal, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = removal.Rollback() }()
	lock := func(query string, id int64) {
		t.Helper()
		if _, err := removal.ExecContext(t.Context(), query, id); err != nil {
			t.Error(err)
		}
	}
	lock(`SELECT FROM employers WHERE id = $1 FOR NO KEY UPDATE`, tenant.EmployerID)
	joined := make(chan error, 1)
	go func() {
		_, err := s.Accounts.AcceptInvitation(t.Context(), account.Acceptance{Token: token, Name: "Bo", PasswordHash: "hash"})
		joined <- err
	}()
	fixture.UntilWaiting(t, db, 1)
	lock(`SELECT FROM users WHERE id = $1 FOR UPDATE`, u.ID)
	if err := removal.Commit(); err != nil {
		t.Error(err)
	}
	if err := <-joined; err != nil {
		t.Errorf("accept: %v", err)
	}
}

func TestASessionThatEndedStaysEnded(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	save := func(token string) {
		t.Helper()
		if err := s.Accounts.SaveSession(t.Context(), account.SavedSession{Token: token, Data: []byte("data"), Expiry: clock.Now().Add(time.Hour)}); err != nil {
			t.Fatal(err)
		}
	}
	found := func(token string) bool {
		t.Helper()
		_, found, err := s.Accounts.Session(t.Context(), token)
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	save("a")
	save("b")
	if err := s.Accounts.EndSession(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	save("a") // as a request does that was under way
	if found("a") || !found("b") {
		t.Errorf("found a: %t, b: %t", found("a"), found("b"))
	}
	clock.Advance(time.Hour)
	if found("b") {
		t.Error("an expired session is found")
	}
	if n, err := s.Accounts.PurgeSessions(t.Context(), 10); n != 2 || err != nil {
		t.Errorf("purged %d, %v; want 2", n, err)
	}
}

func TestAttemptsToSignInAreExactOverCopies(t *testing.T) {
	t.Parallel()
	a, b, clock := fixture.AtOnce(t)
	const email = "ada@northwind.example"
	attempt := func(n int, address string) (allowed int32) {
		var count atomic.Int32
		var wg sync.WaitGroup
		for i := range n {
			wg.Go(func() {
				switch err := []*store.Store{a, b}[i%2].Accounts.CountSignIn(t.Context(), email, address); {
				case err == nil:
					count.Add(1)
				case fixture.CodeOf(err) != board.CodeRateLimited:
					t.Errorf("count: %v", err)
				}
			})
		}
		wg.Wait()
		return count.Load()
	}
	if n := attempt(30, "192.0.2.1"); n != 10 {
		t.Errorf("%d attempts from one address, want 10", n)
	}
	if n := attempt(1, "192.0.2.2"); n != 1 {
		t.Error("another address is locked out too")
	}
	// One customer's IPv6 addresses count as one.
	if n := attempt(9, "2001:db8::1") + attempt(9, "2001:db8::2"); n != 10 {
		t.Errorf("%d attempts from one IPv6 network, want 10", n)
	}
	if err := a.Accounts.ForgiveSignIn(t.Context(), email, "192.0.2.1"); err != nil {
		t.Fatal(err)
	}
	if n := attempt(11, "192.0.2.1"); n != 10 {
		t.Errorf("%d attempts after a success, want 10", n)
	}
	clock.Advance(time.Hour)
	if n := attempt(1, "192.0.2.1"); n != 1 {
		t.Error("locked out after the window")
	}
}

func TestAFormIsUsedOnce(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	fixture.Account(t, s, "ada@northwind.example", 0)
	if err := s.Accounts.UseForm(t.Context(), 1, "form"); err != nil {
		t.Fatal(err)
	}
	if err := s.Accounts.UseForm(t.Context(), 1, "form"); fixture.CodeOf(err) != board.CodeConflict {
		t.Errorf("the second time: %v, want conflict", err)
	}
	for name, form := range map[string]string{"no id": "", "U+0000": "a\x00b", "no UTF-8": "\xff", "a long one": strings.Repeat("a", 101)} {
		if err := s.Accounts.UseForm(t.Context(), 1, form); fixture.CodeOf(err) != board.CodeInvalidRequest {
			t.Errorf("%s: %v, want invalid_request", name, err)
		}
	}
}

func TestInvitationsAreLimited(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	tenant := fixture.Account(t, s, "ada@northwind.example", 0)
	invite := func(i int) error {
		_, _, err := s.Accounts.CreateInvitation(t.Context(), account.NewInvitation{
			EmployerID: tenant.EmployerID, Email: fmt.Sprintf("bo%d@northwind.example", i), Role: board.RoleViewer,
		})
		return err
	}
	for i := range 50 {
		if err := invite(i); err != nil {
			t.Fatal(err)
		}
	}
	if err := invite(50); fixture.CodeOf(err) != board.CodeRateLimited {
		t.Errorf("one more: %v", err)
	}
	clock.Advance(24 * time.Hour)
	if err := invite(50); err != nil {
		t.Errorf("a day later: %v", err)
	}
}
