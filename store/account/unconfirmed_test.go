package account_test

import (
	"regexp"
	"testing"
	"time"

	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

// TestAnAccountThatNobodyConfirmsIsClosed after a week, and none that is in use.
func TestAnAccountThatNobodyConfirmsIsClosed(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	signUp := func(email string) account.User {
		t.Helper()
		u, err := s.Accounts.SignUp(t.Context(), account.SignUp{Company: "Northwind", Email: email, Name: "Ada Admin", PasswordHash: "hash", PublicURL: "https://jobs.example"})
		if err != nil {
			t.Fatal(err)
		}
		return u.User
	}
	forgotten := signUp("ada@northwind.example")
	test := board.Tenant{EmployerID: forgotten.EmployerID, Mode: board.ModeTest}
	if _, _, err := s.Accounts.MintKey(t.Context(), account.NewKey{Tenant: test, Name: "Try", Scopes: apikey.AllScopes()}); err != nil {
		t.Fatal(err)
	}
	kept := map[string]account.User{"credits": signUp("bo@southwind.example"), "live job": signUp("cy@eastwind.example"), "confirmed": signUp("di@westwind.example")}
	if _, err := s.Accounts.GrantCredits(t.Context(), board.Tenant{EmployerID: kept["credits"].EmployerID, Mode: board.ModeLive}, account.Credits{JobPosting: 1}); err != nil {
		t.Fatal(err)
	}
	fixture.Create(t, s, board.Tenant{EmployerID: kept["live job"].EmployerID, Mode: board.ModeLive}, fixture.Complete("IT Manager"))
	fixture.Account(t, s, "made@operator.example", 0)
	mails, err := s.Outbox.Messages(t.Context(), 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range mails {
		if link := regexp.MustCompile(`/confirm/([\w-]+)`).FindStringSubmatch(m.Text); m.To == "di@westwind.example" && link != nil {
			if _, err := s.Accounts.Confirm(t.Context(), link[1]); err != nil {
				t.Fatal(err)
			}
		}
	}

	clock.Advance(7*24*time.Hour - time.Second)
	if n, err := s.Accounts.PurgeUnconfirmed(t.Context(), 10); n != 0 || err != nil {
		t.Errorf("within the week %d are closed, %v", n, err)
	}
	clock.Advance(time.Second)
	if n, err := s.Accounts.PurgeUnconfirmed(t.Context(), 10); n != 1 || err != nil {
		t.Fatalf("%d are closed, %v", n, err)
	}
	if n, err := s.Accounts.PurgeUnconfirmed(t.Context(), 10); n != 0 || err != nil {
		t.Errorf("%d are closed again, %v", n, err)
	}
	if _, err := s.Accounts.User(t.Context(), forgotten.ID); fixture.CodeOf(err) != board.CodeNotFound {
		t.Errorf("the user of a closed account: %v", err)
	}
	if found, err := s.Accounts.Credentials(t.Context(), forgotten.Email); len(found) != 0 || err != nil {
		t.Errorf("somebody signs in to a closed account: %+v, %v", found, err)
	}
	if e, err := s.Accounts.Employer(t.Context(), forgotten.EmployerID); err != nil || e.Name != "Closed account" {
		t.Errorf("the account is %+v, %v", e, err)
	}
	keys, err := s.Accounts.Keys(t.Context(), forgotten.EmployerID)
	// The first one was made with the account.
	if err != nil || len(keys) != 2 || keys[0].Status != apikey.Revoked || keys[1].Status != apikey.Revoked {
		t.Errorf("keys %+v, %v", keys, err)
	}
	for name, u := range kept {
		if _, err := s.Accounts.User(t.Context(), u.ID); err != nil {
			t.Errorf("the account with %s: %v", name, err)
		}
	}
	if _, faults, err := s.Accounts.VerifyAudit(t.Context()); len(faults) != 0 || err != nil {
		t.Errorf("the audit log: %v, %v", faults, err)
	}
}

// TestAClosedAccountKeepsNoSessionOfAPerson looks at the rows of sessions, which stay until they expire so that none is saved again.
func TestAClosedAccountKeepsNoSessionOfAPerson(t *testing.T) {
	t.Parallel()
	url, clock := storetest.URL(t), storetest.NewClock()
	s := storetest.Open(t, url, storetest.Options(clock))
	u, err := s.Accounts.SignUp(t.Context(), account.SignUp{Company: "Northwind", Email: "ada@northwind.example", Name: "Ada Admin", PasswordHash: "hash", PublicURL: "https://jobs.example"})
	if err != nil {
		t.Fatal(err)
	}
	saved := account.SavedSession{
		Token: "token", Data: []byte("data"), Expiry: clock.Now().Add(30 * 24 * time.Hour), UserID: u.User.ID, Device: "Firefox on Linux", Address: "203.0.113.7",
	}
	ended := saved
	ended.Token = "ended"
	for _, n := range []account.SavedSession{saved, ended} {
		if err := s.Accounts.SaveSession(t.Context(), n); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Accounts.EndSession(t.Context(), ended.Token); err != nil {
		t.Fatal(err)
	}
	clock.Advance(7 * 24 * time.Hour)
	if n, err := s.Accounts.PurgeUnconfirmed(t.Context(), 10); n != 1 || err != nil {
		t.Fatalf("%d are closed, %v", n, err)
	}
	if err := s.Accounts.SaveSession(t.Context(), saved); err != nil { // a request that was under way
		t.Fatal(err)
	}
	if n := fixture.Count(t, fixture.Raw(t, url), `SELECT count(*) FROM sessions WHERE data <> '' OR device <> '' OR address <> ''`); n != 0 {
		t.Errorf("%d sessions tell of the person", n)
	}
}
