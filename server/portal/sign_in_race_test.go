package portal_test

import (
	"errors"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strconv"
	"sync"
	"testing"
	"time"

	"itmanagerjobs/server/portal/portaltest"
	"itmanagerjobs/server/session"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/storetest/fixture"
)

const adasEmail = "ada@northwind.example"

// doorway is a site of one page that runs a step of a sign-in in a session, and tells who is signed in afterwards, fully or half.
type doorway struct {
	t        *testing.T
	sessions *session.Sessions
	url      string
	client   *http.Client

	// step is what a POST does; it is set before.
	step func(r *http.Request) error
}

func newDoorway(t *testing.T, s *portaltest.Site) *doorway {
	t.Helper()
	d := &doorway{t: t, sessions: session.New(s.Store, "doorway", false)}
	srv := httptest.NewServer(d.sessions.Page(d.serve, func(w http.ResponseWriter, _ *http.Request, err error) {
		status := http.StatusInternalServerError
		if e, ok := errors.AsType[*board.Error](err); ok && e.Code == board.CodeConflict {
			status = http.StatusConflict
		}
		http.Error(w, err.Error(), status)
	}))
	t.Cleanup(srv.Close)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	d.url, d.client = srv.URL, &http.Client{Jar: jar}
	return d
}

func (d *doorway) serve(w http.ResponseWriter, r *http.Request) error {
	if r.Method == http.MethodPost {
		return d.step(r)
	}
	u, found, err := d.sessions.User(r.Context())
	if err != nil {
		return err
	}
	half, _, halfFound, err := d.sessions.Half(r.Context())
	if found || halfFound {
		_, err = w.Write([]byte(strconv.FormatInt(max(u.ID, half.ID), 10)))
	}
	return err
}

// do runs a step and returns the status of its answer.
func (d *doorway) do(step func(r *http.Request) error) int {
	d.t.Helper()
	d.step = step
	resp, err := d.client.Post(d.url, "", nil)
	if err != nil {
		d.t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}

// in tells whether somebody is signed in, fully or half.
func (d *doorway) in() bool {
	d.t.Helper()
	resp, err := d.client.Get(d.url)
	if err != nil {
		d.t.Fatal(err)
	}
	defer resp.Body.Close()
	return resp.ContentLength > 0
}

// TestNobodySignsInWithWhatWasChangedMeanwhile: the password was right, or the passkey, and what signs in is changed before the session is
// saved. None is, neither one that is half open.
func TestNobodySignsInWithWhatWasChangedMeanwhile(t *testing.T) {
	t.Parallel()
	const other = "another horse battery"
	for name, change := range map[string]func(s *portaltest.Site, ada *portaltest.Browser){
		"reset": func(s *portaltest.Site, _ *portaltest.Browser) {
			s.Browser().Post("/employer/forgot", url.Values{"email": {adasEmail}})
			s.Browser().Post(s.Mailed(adasEmail, "reset"), url.Values{"password": {other}}).Wants(s.T, http.StatusOK, "Your password is changed")
		},
		"another password": func(_ *portaltest.Site, ada *portaltest.Browser) {
			ada.Post("/employer/account/password", url.Values{"presentPassword": {portaltest.Password}, "password": {other}}).Wants(ada.T, http.StatusOK, "Your password is changed")
			ada.Get("/employer/keys").Wants(ada.T, http.StatusOK, "API keys")
		},
		"an app": func(_ *portaltest.Site, ada *portaltest.Browser) {
			withApp(ada)
			ada.Get("/employer/keys").Wants(ada.T, http.StatusOK, "API keys")
		},
		"a passkey": func(_ *portaltest.Site, ada *portaltest.Browser) {
			ada.AddPasskey("Laptop")
			ada.Get("/employer/keys").Wants(ada.T, http.StatusOK, "API keys")
		},
		"a passkey less": func(s *portaltest.Site, _ *portaltest.Browser) {
			if err := s.Store.Accounts.RemovePasskey(s.T.Context(), 1, 1, 1); fixture.CodeOf(err) == board.CodeNotFound {
				s.T.Error(err)
			}
		},
		"no provider any more": func(s *portaltest.Site, _ *portaltest.Browser) {
			if err := s.Store.Accounts.UnlinkIdentities(s.T.Context(), 1, "https://login.example"); err != nil {
				s.T.Error(err)
			}
		},
		"sign out everywhere": func(_ *portaltest.Site, ada *portaltest.Browser) {
			ada.Post("/employer/account/sessions/end", nil).Wants(ada.T, http.StatusOK, "signed out on every device")
		},
		"removal": func(s *portaltest.Site, ada *portaltest.Browser) {
			s.Join(board.RoleEmployerAdmin, ada, "bo@northwind.example").Post("/employer/team/1/remove", nil).Wants(s.T, http.StatusOK)
		},
		"an operator": func(s *portaltest.Site, _ *portaltest.Browser) {
			if _, err := s.Store.Accounts.DropSecondFactorOf(s.T.Context(), adasEmail); err != nil {
				s.T.Error(err)
			}
		},
	} {
		for _, half := range []bool{false, true} {
			t.Run(name+map[bool]string{true: ", half"}[half], func(t *testing.T) {
				t.Parallel()
				s := portaltest.New(t)
				ada := s.Browser().SignUp("Northwind", adasEmail)
				d := newDoorway(t, s)
				begin := func(r *http.Request, meanwhile func()) error {
					u, match, err := session.NewPasswords(session.Cost{}).Find(r.Context(), s.Store, adasEmail, portaltest.Password)
					if err != nil || !match {
						t.Errorf("the password matches: %t, %v", match, err)
					}
					meanwhile()
					if half {
						return d.sessions.Halve(r.Context(), u, s.Clock.Now())
					}
					return d.sessions.Start(r.Context(), u)
				}
				if status := d.do(func(r *http.Request) error { return begin(r, func() {}) }); status != http.StatusOK || !d.in() {
					t.Fatalf("somebody signs in: %d, %t", status, d.in())
				}
				switch name {
				case "a passkey less":
					ada.AddPasskey("Laptop")
				case "no provider any more":
					if err := s.Store.Accounts.LinkIdentity(t.Context(), account.User{ID: 1, EmployerID: 1}, "https://login.example", "ada", "Login"); err != nil {
						t.Fatal(err)
					}
				}
				if status := d.do(func(r *http.Request) error { return begin(r, func() { change(s, ada) }) }); status != http.StatusConflict || d.in() {
					t.Errorf("somebody signs in all the same: %d, %t", status, d.in())
				}
			})
		}
	}
}

// TestNoSessionOutlivesItsPassword signs in and changes the password at once, again and again: whichever comes first, the session of the
// former password is over.
func TestNoSessionOutlivesItsPassword(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	s.Browser().SignUp("Northwind", adasEmail)
	passwords := session.NewPasswords(session.Cost{MemoryKiB: 8, Passes: 1})
	hash, err := passwords.Hash(t.Context(), portaltest.Password)
	if err != nil {
		t.Fatal(err)
	}
	d := newDoorway(t, s)
	for range 60 {
		var both sync.WaitGroup
		started := make(chan struct{})
		both.Go(func() {
			<-started
			if _, err := s.Store.Accounts.ChangePassword(t.Context(), 1, hash); err != nil {
				t.Error(err)
			}
		})
		d.do(func(r *http.Request) error {
			u, _, err := passwords.Find(r.Context(), s.Store, adasEmail, portaltest.Password)
			close(started)
			if err != nil {
				return err
			}
			return d.sessions.Start(r.Context(), u)
		})
		both.Wait()
		if d.in() {
			t.Fatal("a session of the former password goes on")
		}
	}
}

// TestARequestOfAnEndedSessionChangesNothingThatSignsIn: it was under way when everybody was signed out, as by somebody who has taken the
// account over and is locked out.
func TestARequestOfAnEndedSessionChangesNothingThatSignsIn(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	s.Browser().SignUp("Northwind", adasEmail)
	d, accounts := newDoorway(t, s), s.Store.Accounts
	for name, act := range map[string]func(r *http.Request, u account.User) error{
		"password": func(r *http.Request, u account.User) error {
			_, err := accounts.ChangePassword(r.Context(), u.ID, "hash")
			return err
		},
		"app": func(r *http.Request, u account.User) error {
			return accounts.BeginSecondFactor(r.Context(), u.EmployerID, u.ID)
		},
		"confirmed app": func(r *http.Request, u account.User) error {
			_, _, err := accounts.ConfirmSecondFactor(r.Context(), u, "000000")
			return err
		},
		"address": func(r *http.Request, u account.User) error {
			return accounts.AskForAddress(r.Context(), u.EmployerID, u.ID, "eve@elsewhere.example", s.URL)
		},
		"provider": func(r *http.Request, u account.User) error {
			return accounts.LinkIdentity(r.Context(), u, "https://login.example", "eve", "Login")
		},
	} {
		u, err := accounts.User(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		if status := d.do(func(r *http.Request) error { return d.sessions.Start(r.Context(), u) }); status != http.StatusOK {
			t.Fatalf("signs in: %d", status)
		}
		status := d.do(func(r *http.Request) error {
			if err := accounts.EndSessions(t.Context(), u.ID); err != nil {
				t.Error(err)
			}
			return act(r, u)
		})
		if status != http.StatusConflict {
			t.Errorf("%s: %d", name, status)
		}
	}
}

// TestNobodySignsInToAnAccountThatWasClosedMeanwhile because nobody had confirmed its address for a week.
func TestNobodySignsInToAnAccountThatWasClosedMeanwhile(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	s.Browser().SignUpOnly("Northwind", adasEmail)
	u, err := s.Store.Accounts.User(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	d := newDoorway(t, s)
	s.Clock.Advance(8 * 24 * time.Hour)
	status := d.do(func(r *http.Request) error {
		if n, err := s.Store.Accounts.PurgeUnconfirmed(r.Context(), 10); n != 1 || err != nil {
			t.Errorf("closed %d, %v", n, err)
		}
		return d.sessions.Start(r.Context(), u)
	})
	if status != http.StatusConflict {
		t.Errorf("somebody signs in: %d", status)
	}
}
