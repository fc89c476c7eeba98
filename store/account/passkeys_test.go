package account_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"itmanagerjobs/store"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/account/passkeytest"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

const passkeySite = "https://jobs.example"

func party(t *testing.T, publicURL string) account.RelyingParty {
	t.Helper()
	rp, err := account.NewRelyingParty(publicURL)
	if err != nil {
		t.Fatal(err)
	}
	return rp
}

// withPasskey is a user with a passkey, and its authenticator.
func withPasskey(t *testing.T, s *store.Store, email string) (account.User, *passkeytest.Authenticator, []string) {
	t.Helper()
	fixture.Account(t, s, email, 0)
	u, err := s.Accounts.UserByEmail(t.Context(), email)
	if err != nil {
		t.Fatal(err)
	}
	c, err := s.Accounts.AskForNewPasskey(t.Context(), party(t, passkeySite), u)
	if err != nil {
		t.Fatal(err)
	}
	a := passkeytest.New(t, passkeySite)
	_, codes, err := s.Accounts.CreatePasskey(t.Context(), party(t, passkeySite), u, c.ID, "Laptop", []byte(a.Create(c.Options)))
	if err != nil {
		t.Fatal(err)
	}
	if u, err = s.Accounts.User(t.Context(), u.ID); err != nil {
		t.Fatal(err)
	}
	return u, a, codes
}

func TestPasskeysAreForNamesOverHTTPS(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		"https://jobs.example": true, "https://jobs.example:8443": true, "http://localhost:8080": true, "http://jobs.example": false,
		"http://127.0.0.1:8080": false, "https://[2001:db8::1]": false, "https://192.0.2.1": false,
	} {
		if got := party(t, address).Available(); got != want {
			t.Errorf("passkeys at %s: %v, want %v", address, got, want)
		}
	}
}

// TestOneAnswerToAChallengeCounts sends the same answer many times at once, to two copies of the program.
func TestOneAnswerToAChallengeCounts(t *testing.T) {
	t.Parallel()
	a, b, clock := fixture.AtOnce(t)
	u, key, codes := withPasskey(t, a, "ada@northwind.example")
	if len(codes) != 10 || !u.SecondFactor || u.App || u.Passkeys != 1 {
		t.Fatalf("%d codes, user %+v", len(codes), u)
	}
	rp := party(t, passkeySite)
	for name, of := range map[string]account.User{"anybody": {}, "the user": u} {
		c, err := a.Accounts.AskForPasskey(t.Context(), rp, of)
		if err != nil {
			t.Fatal(err)
		}
		answer := []byte(key.Use(c.Options))
		var counted atomic.Int32
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				got, err := []*store.Store{a, b}[i%2].Accounts.UsePasskey(t.Context(), rp, c.ID, answer)
				switch {
				case err == nil && got.ID == u.ID:
					counted.Add(1)
				case fixture.CodeOf(err) != board.CodeInvalidRequest:
					t.Errorf("%s: %+v, %v", name, got, err)
				}
			})
		}
		wg.Wait()
		if counted.Load() != 1 {
			t.Errorf("%s: the answer counts %d times, want once", name, counted.Load())
		}
	}
	c, err := a.Accounts.AskForPasskey(t.Context(), rp, u)
	if err != nil {
		t.Fatal(err)
	}
	answer := key.Use(c.Options)
	clock.Advance(5 * time.Minute)
	if _, err := a.Accounts.UsePasskey(t.Context(), rp, c.ID, []byte(answer)); err == nil || !strings.Contains(err.Error(), "5 minutes") {
		t.Errorf("after 5 minutes: %v", err)
	}
	if n, err := a.Accounts.PurgeSessions(t.Context(), 100); err != nil || n == 0 {
		t.Errorf("purged %d, %v", n, err)
	}
}

func TestAPasskeyIsRefused(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	ada, key, _ := withPasskey(t, s, "ada@northwind.example")
	bo, other, _ := withPasskey(t, s, "bo@southwind.example")
	rp := party(t, passkeySite)
	use := func(of account.User, answer func(options string) string) error {
		t.Helper()
		c, err := s.Accounts.AskForPasskey(t.Context(), rp, of)
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.Accounts.UsePasskey(t.Context(), rp, c.ID, []byte(answer(c.Options)))
		return err
	}
	unverified := func(options string) string {
		key.Unverified = true
		defer func() { key.Unverified = false }()
		return key.Use(options)
	}
	atAnotherSite := func(options string) string {
		key.Origin = "https://jobs.example.evil.example"
		defer func() { key.Origin = passkeySite }()
		return key.Use(options)
	}
	elsewhere := passkeytest.New(t, "https://evil.example")
	for name, err := range map[string]error{
		"of another user":                        use(ada, other.Use),
		"that nobody has":                        use(account.User{}, elsewhere.Use),
		"alone without a look at who uses it":    use(account.User{}, unverified),
		"at another site":                        use(account.User{}, atAnotherSite),
		"with something that is no answer":       use(account.User{}, func(string) string { return `{"id":"x"}` }),
		"with an answer that has a bad encoding": use(account.User{}, func(string) string { return "\x00" }),
	} {
		if fixture.CodeOf(err) != board.CodeInvalidRequest {
			t.Errorf("a passkey %s: %v", name, err)
		}
	}
	if err := use(ada, unverified); err != nil {
		t.Errorf("after the password the device need not look who uses it: %v", err)
	}
	key.Count = 1
	if err := use(account.User{}, key.Use); err == nil || !strings.Contains(err.Error(), "counts fewer uses") {
		t.Errorf("a copy: %v", err)
	}
	entries, _, err := s.Accounts.Audit(t.Context(), account.AuditQuery{EmployerID: ada.EmployerID, Limit: 10, Newest: true})
	if err != nil || len(entries) == 0 || entries[0].Action != "refusePasskey" || entries[0].ActorID != ada.ID {
		t.Errorf("the audit log has %+v, %v", entries, err)
	}
	mails, err := s.Outbox.Messages(t.Context(), 1)
	if err != nil || len(mails) != 1 || mails[0].Subject != "A passkey was refused" || mails[0].To != ada.Email {
		t.Errorf("the last email: %+v, %v", mails, err)
	}
	key.Count = 100
	if err := use(account.User{}, key.Use); err != nil {
		t.Errorf("the passkey itself, after its copy: %v", err)
	}
	c, err := s.Accounts.AskForNewPasskey(t.Context(), rp, ada)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Accounts.CreatePasskey(t.Context(), rp, bo, c.ID, "Stolen", []byte(passkeytest.New(t, passkeySite).Create(c.Options))); fixture.CodeOf(err) != board.CodeInvalidRequest {
		t.Errorf("a passkey for the challenge of another user: %v", err)
	}
	if c, err = s.Accounts.AskForNewPasskey(t.Context(), rp, bo); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Accounts.CreatePasskey(t.Context(), rp, bo, c.ID, "A copy", []byte(key.Create(c.Options))); fixture.CodeOf(err) != board.CodeInvalidRequest {
		t.Errorf("a passkey that somebody has: %v", err)
	}
}

// TestPasskeysAreBoundedHoweverManyAreAskedForFirst answers challenges that were all made while there was room for one more.
func TestPasskeysAreBoundedHoweverManyAreAskedForFirst(t *testing.T) {
	t.Parallel()
	const most = 20
	s, _ := storetest.New(t)
	u, _, _ := withPasskey(t, s, "ada@northwind.example")
	rp := party(t, passkeySite)
	challenges := make([]account.Challenge, most)
	for i := range challenges {
		var err error
		if challenges[i], err = s.Accounts.AskForNewPasskey(t.Context(), rp, u); err != nil {
			t.Fatal(err)
		}
	}
	for i, c := range challenges {
		_, _, err := s.Accounts.CreatePasskey(t.Context(), rp, u, c.ID, "Key", []byte(passkeytest.New(t, passkeySite).Create(c.Options)))
		if full := i == most-1; full != (fixture.CodeOf(err) == board.CodeInvalidState) || !full && err != nil {
			t.Errorf("passkey %d: %v", i+2, err)
		}
	}
	if passkeys, err := s.Accounts.Passkeys(t.Context(), u.ID); err != nil || len(passkeys) != most {
		t.Errorf("%d passkeys, %v; want %d", len(passkeys), err, most)
	}
}

// TestRecoveryCodesStayAsLongAsThereIsASecondFactor takes an app and two passkeys away, in turn.
func TestRecoveryCodesStayAsLongAsThereIsASecondFactor(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	u, _, codes := withPasskey(t, s, "ada@northwind.example")
	rp := party(t, passkeySite)
	c, err := s.Accounts.AskForNewPasskey(t.Context(), rp, u)
	if err != nil {
		t.Fatal(err)
	}
	_, more, err := s.Accounts.CreatePasskey(t.Context(), rp, u, c.ID, "Phone", []byte(passkeytest.New(t, passkeySite).Create(c.Options)))
	if err != nil || more != nil {
		t.Fatalf("a second passkey brings %v, %v", more, err)
	}
	passkeys, err := s.Accounts.Passkeys(t.Context(), u.ID)
	if err != nil || len(passkeys) != 2 {
		t.Fatalf("passkeys %+v, %v", passkeys, err)
	}
	if err := s.Accounts.RenamePasskey(t.Context(), u.ID+1, passkeys[0].ID, "Mine"); fixture.CodeOf(err) != board.CodeNotFound {
		t.Errorf("somebody else's passkey is renamed: %v", err)
	}
	if err := s.Accounts.RemovePasskey(t.Context(), u.EmployerID, u.ID, passkeys[0].ID); err != nil {
		t.Fatal(err)
	}
	if ok, err := s.Accounts.UseCode(t.Context(), u, codes[0]); !ok || err != nil {
		t.Errorf("a recovery code with a passkey: %v, %v", ok, err)
	}
	if err := s.Accounts.RemovePasskey(t.Context(), u.EmployerID, u.ID, passkeys[0].ID); fixture.CodeOf(err) != board.CodeNotFound {
		t.Errorf("removed again: %v", err)
	}
	if err := s.Accounts.RemovePasskey(t.Context(), u.EmployerID, u.ID, passkeys[1].ID); err != nil {
		t.Fatal(err)
	}
	if ok, err := s.Accounts.UseCode(t.Context(), u, codes[1]); ok || err != nil {
		t.Errorf("a recovery code without a second factor: %v, %v", ok, err)
	}
	if u, err = s.Accounts.User(t.Context(), u.ID); err != nil || u.SecondFactor {
		t.Errorf("user %+v, %v", u, err)
	}
}
