package portal_test

import (
	"bytes"
	"image/png"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"itmanagerjobs/server/portal/portaltest"
	"itmanagerjobs/store/board"

	"github.com/pquerna/otp/totp"
)

var (
	shownSecret   = regexp.MustCompile(`data-copy="Copy secret">([A-Z2-7]+)<`)
	recoveryCodes = regexp.MustCompile(`[a-z2-7]{4}-[a-z2-7]{4}-[a-z2-7]{4}-[a-z2-7]{4}`)
)

// secret is that of the app which a person sets up.
func secretOf(b *portaltest.Browser) string {
	b.T.Helper()
	m := shownSecret.FindStringSubmatch(b.Get("/employer/account/second-factor/app").Body)
	if m == nil {
		b.T.Fatal("the page has no secret")
	}
	return m[1]
}

// code is what an app shows now.
func codeOf(s *portaltest.Site, secret string) string {
	s.T.Helper()
	code, err := totp.GenerateCode(secret, s.Clock.Now())
	if err != nil {
		s.T.Fatal(err)
	}
	return code
}

// withApp sets an app up and returns its secret and the recovery codes.
func withApp(b *portaltest.Browser) (secret string, recovery []string) {
	b.T.Helper()
	b.Post("/employer/account/second-factor", url.Values{"presentPassword": {portaltest.Password}}).Wants(b.T, http.StatusOK, "Scan this picture")
	secret = secretOf(b)
	a := b.Post("/employer/account/second-factor/app", url.Values{"code": {codeOf(b.Site, secret)}})
	recovery = recoveryCodes.FindAllString(a.Body, -1)
	if a.Status != http.StatusOK || len(recovery) != 10 {
		b.T.Fatalf("turned on: %d\n%s", a.Status, a.Body)
	}
	return secret, recovery
}

func TestASecondFactorIsSetUp(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	ada := s.Browser().SignUp("Northwind", "ada@northwind.example")
	other := s.Browser()
	other.SignIn("ada@northwind.example", portaltest.Password)
	ada.Get("/employer/account/second-factor/app").Wants(t, http.StatusNotFound, "nothing to be set up")
	ada.Post("/employer/account/second-factor", url.Values{"presentPassword": {"a wrong password"}}).Wants(t, http.StatusUnprocessableEntity, "This is not your password")
	ada.Post("/employer/account/second-factor", url.Values{"presentPassword": {portaltest.Password}}).Wants(t, http.StatusOK, `src="/employer/account/second-factor/app.png"`)
	picture := ada.Get("/employer/account/second-factor/app.png")
	if _, err := png.Decode(bytes.NewReader([]byte(picture.Body))); err != nil || picture.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("the picture: %v, %v", err, picture.Header)
	}
	ada.Post("/employer/account/second-factor/app", url.Values{"code": {"000000"}}).Wants(t, http.StatusUnprocessableEntity, "This code is wrong")
	if a := s.Browser().SignIn("ada@northwind.example", portaltest.Password); a.Path != "/employer" {
		t.Error("a code is asked for before the app was confirmed")
	}
	_, recovery := withApp(ada)
	if strings.Contains(ada.Get("/employer/account/second-factor").Body, recovery[0]) {
		t.Error("recovery codes are shown again")
	}
	ada.Get("/employer/account/second-factor/app").Wants(t, http.StatusNotFound)
	ada.Post("/employer/account/second-factor", url.Values{"presentPassword": {portaltest.Password}}).Wants(t, http.StatusBadRequest, "has an app already")
	if a := other.Get("/employer"); a.Path != "/employer/sign-in" {
		t.Error("another session goes on without the second factor")
	}
	if m := s.Mails("ada@northwind.example")[0]; m.Subject != "Your second factor is on" {
		t.Errorf("the last email: %q", m.Subject)
	}
}

func TestSigningInTakesBothFactors(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	secret, recovery := withApp(s.Browser().SignUp("Northwind", "ada@northwind.example"))
	s.Clock.Advance(time.Minute)
	b := s.Browser()
	b.Get("/employer/sign-in/code").Wants(t, http.StatusOK, "Sign in")
	sign := url.Values{"email": {"ada@northwind.example"}, "password": {portaltest.Password}, "next": {"/employer/company"}}
	if a := b.Post("/employer/sign-in", sign); a.Path != "/employer/sign-in/code" {
		t.Fatalf("after the password at %s", a.Path)
	}
	if a := b.Get("/employer/keys"); a.Path != "/employer/sign-in" {
		t.Errorf("the password alone leads to %s", a.Path)
	}
	b.Post("/employer/sign-in/code", url.Values{"code": {"000000"}}).Wants(t, http.StatusUnprocessableEntity, "This code is wrong")
	code := codeOf(s, secret)
	if a := b.Post("/employer/sign-in/code", url.Values{"code": {code}, "next": {"/employer/company"}}); a.Path != "/employer/company" {
		t.Errorf("after the code at %s\n%s", a.Path, a.Body)
	}
	again := s.Browser()
	again.Post("/employer/sign-in", sign)
	again.Post("/employer/sign-in/code", url.Values{"code": {code}}).Wants(t, http.StatusUnprocessableEntity, "was used already")
	if a := again.Post("/employer/sign-in/code", url.Values{"code": {strings.ToUpper(recovery[3])}}); a.Path != "/employer" {
		t.Errorf("with a recovery code at %s", a.Path)
	}
	if m := s.Mails("ada@northwind.example")[0]; m.Subject != "A recovery code was used" {
		t.Errorf("the last email: %q", m.Subject)
	}
	last := s.Browser()
	last.Post("/employer/sign-in", sign)
	last.Post("/employer/sign-in/code", url.Values{"code": {recovery[3]}}).Wants(t, http.StatusUnprocessableEntity)
	s.Clock.Advance(11 * time.Minute)
	if a := last.Post("/employer/sign-in/code", url.Values{"code": {recovery[4]}}); a.Path != "/employer/sign-in" {
		t.Errorf("long after the password at %s", a.Path)
	}
	for range 8 {
		last.Post("/employer/sign-in/code", url.Values{"code": {"000000"}})
		last.Post("/employer/sign-in", sign)
	}
	for _, a := range []portaltest.Answer{last.Post("/employer/sign-in/code", url.Values{"code": {"000000"}}), last.Post("/employer/sign-in", sign)} {
		a.Wants(t, http.StatusTooManyRequests, "Too many attempts")
		if a.Header.Get("Retry-After") != "240" {
			t.Errorf("Retry-After at %s: %q", a.Path, a.Header.Get("Retry-After"))
		}
	}
}

// TestAResetLeavesTheSecondFactor: somebody who reads the mailbox still needs the app.
func TestAResetLeavesTheSecondFactor(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	withApp(s.Browser().SignUp("Northwind", "ada@northwind.example"))
	s.Browser().Post("/employer/forgot", url.Values{"email": {"ada@northwind.example"}})
	b := s.Browser()
	b.Post(s.Mailed("ada@northwind.example", "reset"), url.Values{"password": {"another horse battery"}})
	if a := b.SignIn("ada@northwind.example", "another horse battery"); a.Path != "/employer/sign-in/code" {
		t.Errorf("at %s", a.Path)
	}
}

// TestAHalfOpenSignInEndsWithThePassword: who knew the former password, and has a code, must not come in with it.
func TestAHalfOpenSignInEndsWithThePassword(t *testing.T) {
	t.Parallel()
	const other = "another horse battery"
	for name, ends := range map[string]func(s *portaltest.Site, ada *portaltest.Browser){
		"change": func(_ *portaltest.Site, ada *portaltest.Browser) {
			ada.Post("/employer/account/password", url.Values{"presentPassword": {portaltest.Password}, "password": {other}}).Wants(ada.T, http.StatusOK, "Your password is changed")
		},
		"reset": func(s *portaltest.Site, _ *portaltest.Browser) {
			s.Browser().Post("/employer/forgot", url.Values{"email": {"ada@northwind.example"}})
			s.Browser().Post(s.Mailed("ada@northwind.example", "reset"), url.Values{"password": {other}}).Wants(s.T, http.StatusOK, "Your password is changed")
		},
		"sign out everywhere": func(_ *portaltest.Site, ada *portaltest.Browser) {
			ada.Post("/employer/account/sessions/end", nil).Wants(ada.T, http.StatusOK, "signed out on every device")
		},
		"removal": func(s *portaltest.Site, ada *portaltest.Browser) {
			bo := s.Join(board.RoleEmployerAdmin, ada, "bo@northwind.example")
			bo.Post("/employer/team/1/remove", nil).Wants(s.T, http.StatusOK)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := portaltest.New(t)
			ada := s.Browser().SignUp("Northwind", "ada@northwind.example")
			secret, _ := withApp(ada)
			s.Clock.Advance(time.Minute)
			half := s.Browser()
			if a := half.SignIn("ada@northwind.example", portaltest.Password); a.Path != "/employer/sign-in/code" {
				t.Fatalf("after the password at %s", a.Path)
			}
			if strings.Count(ada.Get("/employer/account").Body, "Unknown device") != 1 {
				t.Error("a sign-in that waits for its second factor is listed as a device that is signed in")
			}
			ends(s, ada)
			if a := half.Get("/employer/sign-in/code"); a.Path != "/employer/sign-in" {
				t.Errorf("afterwards the code is asked for at %s: %d", a.Path, a.Status)
			}
			if a := half.Post("/employer/sign-in/code", url.Values{"code": {codeOf(s, secret)}}); a.Path != "/employer/sign-in" {
				t.Errorf("the code leads to %s", a.Path)
			}
			if a := half.Get("/employer/keys"); a.Path != "/employer/sign-in" {
				t.Errorf("the keys are shown at %s", a.Path)
			}
		})
	}
}

func TestTheSecondFactorIsAskedForAnew(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	ada := s.Browser().SignUp("Northwind", "ada@northwind.example")
	secret, _ := withApp(ada)
	form := ada.KeyForm("Vincere")
	ada.Post("/employer/keys", form).Wants(t, http.StatusCreated)
	form = ada.KeyForm("Mercury")
	s.Clock.Advance(11 * time.Minute)
	for _, path := range []string{"/employer/keys/new", "/employer/account/email"} {
		if a := ada.Get(path); a.Path != "/employer/account/prove" {
			t.Errorf("%s leads to %s", path, a.Path)
		}
	}
	for _, path := range []string{"/employer/account/second-factor/off", "/employer/account/second-factor/codes"} {
		ada.Post(path, nil).Wants(t, http.StatusOK, "show your second factor again")
	}
	stale := url.Values{"employer": {"999"}}
	ada.Post("/employer/keys", stale).Wants(t, http.StatusConflict)

	a := ada.Post("/employer/keys", form)
	a.Wants(t, http.StatusOK, "show your second factor again", `name="next" value="/employer/keys/new"`)
	kept := regexp.MustCompile(`name="kept" value="([^"]*)"`).FindStringSubmatch(a.Body)
	if kept == nil {
		t.Fatalf("nothing is kept:\n%s", a.Body)
	}
	proof := url.Values{"code": {"000000"}, "next": {"/employer/keys/new"}, "kept": {strings.ReplaceAll(kept[1], "&amp;", "&")}}
	ada.Post("/employer/account/prove", proof).Wants(t, http.StatusUnprocessableEntity, "This code is wrong")
	proof.Set("code", codeOf(s, secret))
	back := ada.Post("/employer/account/prove", proof)
	back.Wants(t, http.StatusOK, "Here is what you typed", `value="Mercury"`)
	form.Set("form", portaltest.HiddenForm.FindStringSubmatch(back.Body)[1])
	ada.Post("/employer/keys", form).Wants(t, http.StatusCreated, "Mercury")
	ada.Post("/employer/account/second-factor/off", nil).Wants(t, http.StatusOK, "The second factor is off")
	if a := s.Browser().SignIn("ada@northwind.example", portaltest.Password); a.Path != "/employer" {
		t.Errorf("without a second factor at %s", a.Path)
	}
}
