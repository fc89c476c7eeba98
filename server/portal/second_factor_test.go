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

	"github.com/pquerna/otp/totp"
)

var (
	shownSecret   = regexp.MustCompile(`data-copy="Copy secret">([A-Z2-7]+)<`)
	recoveryCodes = regexp.MustCompile(`[a-z2-7]{4}-[a-z2-7]{4}-[a-z2-7]{4}-[a-z2-7]{4}`)
)

// secret is that of the app which a person sets up.
func (b *browser) secret() string {
	b.t.Helper()
	m := shownSecret.FindStringSubmatch(b.get("/employer/account/second-factor/app").body)
	if m == nil {
		b.t.Fatal("the page has no secret")
	}
	return m[1]
}

// code is what an app shows now.
func (s *site) code(secret string) string {
	s.t.Helper()
	code, err := totp.GenerateCode(secret, s.clock.Now())
	if err != nil {
		s.t.Fatal(err)
	}
	return code
}

// withApp sets an app up and returns its secret and the recovery codes.
func (b *browser) withApp() (secret string, recovery []string) {
	b.t.Helper()
	b.post("/employer/account/second-factor", url.Values{"presentPassword": {password}}).wants(b.t, http.StatusOK, "Scan this picture")
	secret = b.secret()
	a := b.post("/employer/account/second-factor/app", url.Values{"code": {b.code(secret)}})
	recovery = recoveryCodes.FindAllString(a.body, -1)
	if a.status != http.StatusOK || len(recovery) != 10 {
		b.t.Fatalf("turned on: %d\n%s", a.status, a.body)
	}
	return secret, recovery
}

func TestASecondFactorIsSetUp(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada := s.browser().signUp("Northwind", "ada@northwind.example")
	other := s.browser()
	other.signIn("ada@northwind.example", password)
	ada.get("/employer/account/second-factor/app").wants(t, http.StatusNotFound, "nothing to be set up")
	ada.post("/employer/account/second-factor", url.Values{"presentPassword": {"a wrong password"}}).wants(t, http.StatusUnprocessableEntity, "This is not your password")
	ada.post("/employer/account/second-factor", url.Values{"presentPassword": {password}}).wants(t, http.StatusOK, `src="/employer/account/second-factor/app.png"`)
	picture := ada.get("/employer/account/second-factor/app.png")
	if _, err := png.Decode(bytes.NewReader([]byte(picture.body))); err != nil || picture.header.Get("Cache-Control") != "no-store" {
		t.Errorf("the picture: %v, %v", err, picture.header)
	}
	ada.post("/employer/account/second-factor/app", url.Values{"code": {"000000"}}).wants(t, http.StatusUnprocessableEntity, "This code is wrong")
	if a := s.browser().signIn("ada@northwind.example", password); a.path != "/employer" {
		t.Error("a code is asked for before the app was confirmed")
	}
	_, recovery := ada.withApp()
	if strings.Contains(ada.get("/employer/account/second-factor").body, recovery[0]) {
		t.Error("recovery codes are shown again")
	}
	ada.get("/employer/account/second-factor/app").wants(t, http.StatusNotFound)
	ada.post("/employer/account/second-factor", url.Values{"presentPassword": {password}}).wants(t, http.StatusBadRequest, "has a second factor already")
	if a := other.get("/employer"); a.path != "/employer/sign-in" {
		t.Error("another session goes on without the second factor")
	}
	if m := s.mails("ada@northwind.example")[0]; m.Subject != "Your second factor is on" {
		t.Errorf("the last email: %q", m.Subject)
	}
}

func TestSigningInTakesBothFactors(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	secret, recovery := s.browser().signUp("Northwind", "ada@northwind.example").withApp()
	s.clock.Advance(time.Minute)
	b := s.browser()
	b.get("/employer/sign-in/code").wants(t, http.StatusOK, "Sign in")
	sign := url.Values{"email": {"ada@northwind.example"}, "password": {password}, "next": {"/employer/company"}}
	if a := b.post("/employer/sign-in", sign); a.path != "/employer/sign-in/code" {
		t.Fatalf("after the password at %s", a.path)
	}
	if a := b.get("/employer/keys"); a.path != "/employer/sign-in" {
		t.Errorf("the password alone leads to %s", a.path)
	}
	b.post("/employer/sign-in/code", url.Values{"code": {"000000"}}).wants(t, http.StatusUnprocessableEntity, "This code is wrong")
	code := s.code(secret)
	if a := b.post("/employer/sign-in/code", url.Values{"code": {code}, "next": {"/employer/company"}}); a.path != "/employer/company" {
		t.Errorf("after the code at %s\n%s", a.path, a.body)
	}
	again := s.browser()
	again.post("/employer/sign-in", sign)
	again.post("/employer/sign-in/code", url.Values{"code": {code}}).wants(t, http.StatusUnprocessableEntity, "was used already")
	if a := again.post("/employer/sign-in/code", url.Values{"code": {strings.ToUpper(recovery[3])}}); a.path != "/employer" {
		t.Errorf("with a recovery code at %s", a.path)
	}
	if m := s.mails("ada@northwind.example")[0]; m.Subject != "A recovery code was used" {
		t.Errorf("the last email: %q", m.Subject)
	}
	last := s.browser()
	last.post("/employer/sign-in", sign)
	last.post("/employer/sign-in/code", url.Values{"code": {recovery[3]}}).wants(t, http.StatusUnprocessableEntity)
	s.clock.Advance(11 * time.Minute)
	if a := last.post("/employer/sign-in/code", url.Values{"code": {recovery[4]}}); a.path != "/employer/sign-in" {
		t.Errorf("long after the password at %s", a.path)
	}
	for range 9 {
		last.post("/employer/sign-in", sign)
		last.post("/employer/sign-in/code", url.Values{"code": {"000000"}})
	}
	last.post("/employer/sign-in", sign).wants(t, http.StatusTooManyRequests, "Too many attempts")
}

// TestAResetLeavesTheSecondFactor: somebody who reads the mailbox still needs the app.
func TestAResetLeavesTheSecondFactor(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.browser().signUp("Northwind", "ada@northwind.example").withApp()
	s.browser().post("/employer/forgot", url.Values{"email": {"ada@northwind.example"}})
	b := s.browser()
	b.post(s.mailed("ada@northwind.example", "reset"), url.Values{"password": {"another horse battery"}})
	if a := b.signIn("ada@northwind.example", "another horse battery"); a.path != "/employer/sign-in/code" {
		t.Errorf("at %s", a.path)
	}
}

func TestTheSecondFactorIsAskedForAnew(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada := s.browser().signUp("Northwind", "ada@northwind.example")
	secret, _ := ada.withApp()
	form := ada.keyForm("Vincere")
	ada.post("/employer/keys", form).wants(t, http.StatusCreated)
	form = ada.keyForm("Mercury")
	s.clock.Advance(11 * time.Minute)
	for _, path := range []string{"/employer/keys/new", "/employer/account/email"} {
		if a := ada.get(path); a.path != "/employer/account/prove" {
			t.Errorf("%s leads to %s", path, a.path)
		}
	}
	for _, path := range []string{"/employer/account/second-factor/off", "/employer/account/second-factor/codes"} {
		ada.post(path, nil).wants(t, http.StatusOK, "show your second factor again")
	}
	stale := url.Values{"employer": {"999"}}
	ada.post("/employer/keys", stale).wants(t, http.StatusConflict)

	a := ada.post("/employer/keys", form)
	a.wants(t, http.StatusOK, "show your second factor again", `name="next" value="/employer/keys/new"`)
	kept := regexp.MustCompile(`name="kept" value="([^"]*)"`).FindStringSubmatch(a.body)
	if kept == nil {
		t.Fatalf("nothing is kept:\n%s", a.body)
	}
	proof := url.Values{"code": {"000000"}, "next": {"/employer/keys/new"}, "kept": {strings.ReplaceAll(kept[1], "&amp;", "&")}}
	ada.post("/employer/account/prove", proof).wants(t, http.StatusUnprocessableEntity, "This code is wrong")
	proof.Set("code", s.code(secret))
	back := ada.post("/employer/account/prove", proof)
	back.wants(t, http.StatusOK, "Here is what you typed", `value="Mercury"`)
	form.Set("form", hiddenForm.FindStringSubmatch(back.body)[1])
	ada.post("/employer/keys", form).wants(t, http.StatusCreated, "Mercury")
	ada.post("/employer/account/second-factor/off", nil).wants(t, http.StatusOK, "The second factor is off")
	if a := s.browser().signIn("ada@northwind.example", password); a.path != "/employer" {
		t.Errorf("without a second factor at %s", a.path)
	}
}
