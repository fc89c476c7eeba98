package portal_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"itmanagerjobs/server/portal/portaltest"
	"itmanagerjobs/store/account/passkeytest"
)

// TestAPasskeyIsASecondFactor: from the first one on the password alone does not sign in, and recovery codes are there.
func TestAPasskeyIsASecondFactor(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	ada := s.Browser().SignUp("Northwind", "ada@northwind.example")
	other := s.Browser()
	other.SignIn("ada@northwind.example", portaltest.Password)
	s.Clock.Advance(11 * time.Minute)
	ada.Get("/employer/account/passkeys/new").Wants(t, http.StatusOK, "enter your password again")
	ada.Post("/employer/account/prove", url.Values{"presentPassword": {"a wrong password"}}).Wants(t, http.StatusUnprocessableEntity, "This is not your password")
	ada.Post("/employer/account/prove", url.Values{"presentPassword": {portaltest.Password}, "next": {"/employer/account/passkeys/new"}}).
		Wants(t, http.StatusOK, "Add a passkey", "need JavaScript")
	key, a := ada.AddPasskey("Laptop")
	recovery := recoveryCodes.FindAllString(a.Body, -1)
	if a.Status != http.StatusOK || len(recovery) != 10 {
		t.Fatalf("added: %d\n%s", a.Status, a.Body)
	}
	if a := other.Get("/employer"); a.Path != "/employer/sign-in" {
		t.Error("another session goes on without the second factor")
	}
	ada.Get("/employer/account").Wants(t, http.StatusOK, "Laptop", "On: one passkey")

	b := s.Browser()
	if a := b.SignIn("ada@northwind.example", portaltest.Password); a.Path != "/employer/sign-in/code" || !strings.Contains(a.Body, "Recovery code") {
		t.Fatalf("after the password at %s\n%s", a.Path, a.Body)
	}
	b.UsePasskey("/employer/sign-in/code", passkeytest.New(t, s.URL)).Wants(t, http.StatusUnprocessableEntity, "was not accepted")
	if a := b.UsePasskey("/employer/sign-in/code", key, "next", "/employer/company"); a.Path != "/employer/company" {
		t.Errorf("with the passkey at %s\n%s", a.Path, a.Body)
	}
	s.Clock.Advance(11 * time.Minute)
	if a := b.Get("/employer/keys/new"); a.Path != "/employer/account/prove" {
		t.Errorf("a key without a proof at %s", a.Path)
	}
	if a := b.UsePasskey("/employer/account/prove", key, "next", "/employer/keys/new"); a.Path != "/employer/keys/new" {
		t.Errorf("after the proof at %s\n%s", a.Path, a.Body)
	}
	again := s.Browser()
	again.SignIn("ada@northwind.example", portaltest.Password)
	if a := again.Post("/employer/sign-in/code", url.Values{"code": {recovery[0]}}); a.Path != "/employer" {
		t.Errorf("with a recovery code at %s", a.Path)
	}
	b.Get("/employer/account")
	b.Post("/employer/account/passkeys/1/remove", nil).Wants(t, http.StatusOK, "the second factor is off")
	if a := s.Browser().SignIn("ada@northwind.example", portaltest.Password); a.Path != "/employer" {
		t.Errorf("without a passkey at %s", a.Path)
	}
}

// TestAPasskeySignsInAlone, in the session that was asked, once, and with a look at who uses it.
func TestAPasskeySignsInAlone(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	ada := s.Browser().SignUp("Northwind", "ada@northwind.example")
	key, _ := ada.AddPasskey("Laptop")
	b := s.Browser()
	b.Get("/employer/sign-in").Wants(t, http.StatusOK, "Sign in with a passkey")
	request, form := b.AskedForPasskey("/employer/sign-in/passkey")
	form.Set("credential", key.Use(request))
	s.Browser().Post("/employer/sign-in/passkey", form).Wants(t, http.StatusUnprocessableEntity, "Try again")
	if a := b.Post("/employer/sign-in/passkey", form); a.Path != "/employer" {
		t.Errorf("with the passkey at %s\n%s", a.Path, a.Body)
	}
	if a := b.Get("/employer/keys/new"); a.Path != "/employer/keys/new" {
		t.Errorf("a passkey is a proof: %s", a.Path)
	}
	b.Post("/employer/sign-out", nil)
	b.Post("/employer/sign-in/passkey", form).Wants(t, http.StatusUnprocessableEntity, "Try again")
	key.Unverified = true
	b.UsePasskey("/employer/sign-in/passkey", key).Wants(t, http.StatusUnprocessableEntity, "was not accepted")
	key.Unverified, key.Count = false, 1
	b.UsePasskey("/employer/sign-in/passkey", key).Wants(t, http.StatusUnprocessableEntity, "counts fewer uses than before")
	if a := b.Get("/employer"); a.Path != "/employer/sign-in" {
		t.Errorf("a refused passkey leads to %s", a.Path)
	}
}
