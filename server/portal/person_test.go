package portal_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"itmanagerjobs/server/portal"
	"itmanagerjobs/server/portal/portaltest"
	"itmanagerjobs/server/session"
	"itmanagerjobs/store/account"
)

// sameWork fails unless two requests send equally many statements to the database.
func sameWork(s *portaltest.Site, one, other func()) {
	s.T.Helper()
	var sent [2]int64
	for i, request := range []func(){one, other} {
		before := s.Store.RoundTrips()
		request()
		sent[i] = s.Store.RoundTrips() - before
	}
	if sent[0] != sent[1] {
		s.T.Errorf("%d statements for the one, %d for the other", sent[0], sent[1])
	}
}

func TestSignUpTellsNothingOfAnAccount(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	ada := s.Browser().SignUp("Northwind", "ada@northwind.example")
	var known, unknown portaltest.Answer
	sameWork(s, func() { unknown = s.Browser().SignUpOnly("Southwind", "bob@northwind.example") },
		func() { known = s.Browser().SignUpOnly("Southwind", "ADA@northwind.example") })
	alike := func(a portaltest.Answer) string {
		body := portaltest.HiddenEmployer.ReplaceAllString(strings.ReplaceAll(a.Body, "ADA@", "bob@"), "")
		return regexp.MustCompile(`pk_test_\w+`).ReplaceAllString(body, "the key")
	}
	if known.Status != unknown.Status || alike(known) != alike(unknown) {
		t.Errorf("the answers differ:\n%s\n%s", known.Body, unknown.Body)
	}
	if m := s.Mails("ADA@northwind.example")[0]; !strings.Contains(m.Text, "You have one already") || strings.Contains(m.Text, "/confirm/") {
		t.Errorf("the email to the one who has the account:\n%s", m.Text)
	}
	// Both passwords lead to an account of their own, and the first one keeps the address.
	if a := s.Browser().SignIn("ada@northwind.example", portaltest.Password); !strings.Contains(a.Body, "Northwind") {
		t.Errorf("the first account is lost: %s", a.Path)
	}
	ada.Get("/employer").Wants(t, http.StatusOK, "Northwind")
}

func TestAnAddressIsConfirmedByItsOwner(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	b := s.Browser()
	b.SignUpOnly("Northwind", "ada@northwind.example")
	form := b.KeyForm("Live")
	b.Post("/employer/keys", form).Wants(t, http.StatusUnprocessableEntity, "Live keys wait until your email address is confirmed")
	form.Set("mode", "test")
	b.Post("/employer/keys", form).Wants(t, http.StatusCreated)
	b.Post("/employer/team", url.Values{"email": {"bo@northwind.example"}, "role": {"Viewer"}}).Wants(t, http.StatusBadRequest, "First confirm your email address")
	b.Get("/employer/account").Wants(t, http.StatusOK, "Not confirmed yet")

	// Somebody else who opens the link needs the password.
	link, owner := s.Mailed("ada@northwind.example", "confirm"), s.Browser()
	owner.Get(link).Wants(t, http.StatusOK, "Enter the password that you chose then")
	owner.Post(link, nil).Wants(t, http.StatusUnprocessableEntity, "Enter your password")
	owner.Post(link, url.Values{"password": {"a wrong password"}}).Wants(t, http.StatusUnprocessableEntity, "This is not your password")
	owner.Post(link, url.Values{"password": {portaltest.Password}}).Wants(t, http.StatusOK, "Your email address is confirmed")
	b.Post(link, nil).Wants(t, http.StatusNotFound, "used already")
	b.Post("/employer/keys", b.KeyForm("Live")).Wants(t, http.StatusCreated)
	b.Post("/employer/account/confirm", nil).Wants(t, http.StatusBadRequest, "confirmed already")
}

func TestOfTwoWhoSignUpWithOneAddressTheOwnerHasIt(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	thief, ada := s.Browser(), s.Browser()
	thief.SignUpOnly("Southwind", "ada@northwind.example")
	stolen := s.Mailed("ada@northwind.example", "confirm")
	ada.SignUp("Northwind", "ada@northwind.example")
	thief.Post(stolen, nil).Wants(t, http.StatusConflict, "Another account has this email address")
	thief.Post("/employer/account/confirm", nil).Wants(t, http.StatusOK, "sent another email")
	if m := s.Mails("ada@northwind.example")[0]; strings.Contains(m.Text, "/confirm/") {
		t.Errorf("the second account can be confirmed:\n%s", m.Text)
	}
}

func TestSignUpsOfANetworkAreLimited(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	for i := range 10 {
		s.Browser().SignUpOnly("Northwind", "ada"+strconv.Itoa(i)+"@northwind.example")
	}
	form := url.Values{"company": {"Northwind"}, "name": {"Ada"}, "email": {"more@northwind.example"}, "password": {portaltest.Password}}
	s.Browser().Post("/employer/sign-up", form).Wants(t, http.StatusTooManyRequests, "Too many requests from your network")
	s.Clock.Advance(time.Hour)
	s.Browser().Post("/employer/sign-up", form).Wants(t, http.StatusCreated)
}

func TestAForgottenPasswordIsReset(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	ada := s.Browser().SignUp("Northwind", "ada@northwind.example")
	other := s.Browser()
	other.SignIn("ada@northwind.example", portaltest.Password)

	var known, unknown portaltest.Answer
	sameWork(s, func() { known = s.Browser().Post("/employer/forgot", url.Values{"email": {"ada@northwind.example"}}) },
		func() { unknown = s.Browser().Post("/employer/forgot", url.Values{"email": {"eve@northwind.example"}}) })
	known.Wants(t, http.StatusOK, "Look into your mailbox", "ada@northwind.example")
	if known.Status != unknown.Status || strings.ReplaceAll(unknown.Body, "eve@", "ada@") != known.Body {
		t.Errorf("the answers differ:\n%s\n%s", known.Body, unknown.Body)
	}
	if m := s.Mails("eve@northwind.example")[0]; !strings.Contains(m.Text, "There is none") {
		t.Errorf("the email to somebody without an account:\n%s", m.Text)
	}

	link := s.Mailed("ada@northwind.example", "reset")
	b := s.Browser()
	b.Get(link).Wants(t, http.StatusOK, "ada@northwind.example")
	b.Post(link, url.Values{"password": {"password1234"}}).Wants(t, http.StatusUnprocessableEntity, "tried first")
	const next = "another horse battery"
	if a := b.Post(link, url.Values{"password": {next}}); a.Path != "/employer/sign-in" || !strings.Contains(a.Body, "Your password is changed") {
		t.Errorf("reset: %d at %s\n%s", a.Status, a.Path, a.Body)
	}
	b.Post(link, url.Values{"password": {next}}).Wants(t, http.StatusNotFound, "used already")
	for _, ended := range []*portaltest.Browser{ada, other} {
		if a := ended.Get("/employer"); a.Path != "/employer/sign-in" {
			t.Errorf("a session outlives the password: %s", a.Path)
		}
	}
	s.Browser().SignIn("ada@northwind.example", portaltest.Password).Wants(t, http.StatusUnprocessableEntity, "wrong")
	if a := s.Browser().SignIn("ada@northwind.example", next); a.Path != "/employer" {
		t.Errorf("with the new password at %s", a.Path)
	}
	if m := s.Mails("ada@northwind.example")[0]; m.Subject != "Your password was changed" {
		t.Errorf("the last email: %q", m.Subject)
	}

	s.Browser().Post("/employer/forgot", url.Values{"email": {"ada@northwind.example"}})
	late := s.Mailed("ada@northwind.example", "reset")
	s.Clock.Advance(time.Hour)
	s.Browser().Get(late).Wants(t, http.StatusNotFound, "has expired")
}

func TestEmailsToOneAddressAreLimited(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	for range 9 {
		s.Browser().Post("/employer/forgot", url.Values{"email": {"eve@northwind.example"}}).Wants(t, http.StatusOK, "We have sent an email")
	}
	if n := len(s.Mails("eve@northwind.example")); n != 5 {
		t.Errorf("%d emails, want 5", n)
	}
}

func TestAPasswordIsChanged(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	ada := s.Browser().SignUp("Northwind", "ada@northwind.example")
	other := s.Browser()
	other.SignIn("ada@northwind.example", portaltest.Password)
	const next = "another horse battery"
	form := url.Values{"presentPassword": {"a wrong password"}, "password": {next}}
	ada.Post("/employer/account/password", form).Wants(t, http.StatusUnprocessableEntity, "This is not your password")
	form.Set("presentPassword", portaltest.Password)
	form.Set("password", "short")
	ada.Post("/employer/account/password", form).Wants(t, http.StatusUnprocessableEntity, "Choose a password of at least 12")
	form.Set("password", next)
	a := ada.Post("/employer/account/password", form)
	a.Wants(t, http.StatusOK, "Your password is changed", "This device")
	if a := other.Get("/employer"); a.Path != "/employer/sign-in" {
		t.Errorf("the other device is at %s", a.Path)
	}
	if a := s.Browser().SignIn("ada@northwind.example", next); a.Path != "/employer" {
		t.Errorf("with the new password at %s", a.Path)
	}
	// A stolen session is no way to guess the password.
	for range 10 {
		ada.Post("/employer/account/password", url.Values{"presentPassword": {"a wrong password"}, "password": {next}})
	}
	ada.Post("/employer/account/password", url.Values{"presentPassword": {next}, "password": {portaltest.Password}}).Wants(t, http.StatusTooManyRequests, "Try again in 15 min")
}

func TestAnAddressIsChanged(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	ada := s.Browser().SignUp("Northwind", "ada@northwind.example")
	s.Browser().SignUp("Southwind", "eve@southwind.example")
	form := url.Values{"presentPassword": {portaltest.Password}, "email": {"new@northwind.example"}}
	ada.Post("/employer/account/email", url.Values{"presentPassword": {portaltest.Password}, "email": {"ada@northwind.example"}}).Wants(t, http.StatusUnprocessableEntity, "This is your email address already")
	ada.Post("/employer/account/email", url.Values{"email": {"new@northwind.example"}}).Wants(t, http.StatusUnprocessableEntity, "Enter your password")
	unknown := ada.Post("/employer/account/email", form)
	unknown.Wants(t, http.StatusOK, "We have sent an email to new@northwind.example")
	link := s.Mailed("new@northwind.example", "address")
	s.Browser().Get(link).Wants(t, http.StatusOK, "new@northwind.example")
	if a := s.Browser().SignIn("ada@northwind.example", portaltest.Password); a.Path != "/employer" {
		t.Error("the address has changed before it was confirmed")
	}
	s.Browser().Post(link, nil).Wants(t, http.StatusOK, "Your email address is changed")
	s.Browser().Post(link, nil).Wants(t, http.StatusNotFound)
	if m := s.Mails("ada@northwind.example")[0]; !strings.Contains(m.Text, "new@northwind.example") {
		t.Errorf("the former address is told:\n%s", m.Text)
	}
	s.Browser().SignIn("ada@northwind.example", portaltest.Password).Wants(t, http.StatusUnprocessableEntity, "wrong")
	if a := s.Browser().SignIn("new@northwind.example", portaltest.Password); a.Path != "/employer" {
		t.Errorf("with the new address at %s", a.Path)
	}

	form.Set("email", "eve@southwind.example")
	ada.Post("/employer/account/email", form).Wants(t, http.StatusOK, "We have sent an email to eve@southwind.example")
	if m := s.Mails("eve@southwind.example")[0]; strings.Contains(m.Text, "/address/") {
		t.Errorf("the email to somebody who has the address:\n%s", m.Text)
	}
}

func TestSessionsAreListedAndEnded(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	ada := s.Browser().SignUp("Northwind", "ada@northwind.example")
	eve := s.Browser().SignUp("Southwind", "eve@southwind.example")
	phone := s.Browser()
	phone.SignIn("ada@northwind.example", portaltest.Password)
	list := ada.Get("/employer/account")
	list.Wants(t, http.StatusOK, "This device", "127.0.0.1", "Unknown device", "just now")
	if n := strings.Count(list.Body, "/end\""); n != 2 { // the other one, and all
		t.Errorf("%d buttons to end sessions, want 2", n)
	}
	sessions, err := s.Store.Accounts.Sessions(t.Context(), 1, "")
	if err != nil || len(sessions) != 2 {
		t.Fatalf("sessions %+v, %v", sessions, err)
	}
	id := strconv.FormatInt(sessions[slices.IndexFunc(sessions, func(o account.OpenSession) bool { return o.ID > 2 })].ID, 10)
	eve.Post("/employer/account/sessions/"+id+"/end", nil).Wants(t, http.StatusNotFound)
	ada.Post("/employer/account/sessions/"+id+"/end", nil).Wants(t, http.StatusOK, "That device is signed out")
	if a := phone.Get("/employer"); a.Path != "/employer/sign-in" {
		t.Errorf("the session that was ended is at %s", a.Path)
	}

	phone.SignIn("ada@northwind.example", portaltest.Password)
	if a := ada.Post("/employer/account/sessions/end", nil); a.Path != "/employer/sign-in" || !strings.Contains(a.Body, "signed out on every device") {
		t.Errorf("signed out everywhere: at %s", a.Path)
	}
	for _, b := range []*portaltest.Browser{ada, phone} {
		if a := b.Get("/employer"); a.Path != "/employer/sign-in" {
			t.Errorf("after signing out everywhere at %s", a.Path)
		}
	}
	if a := eve.Get("/employer"); a.Path != "/employer" {
		t.Error("somebody else is signed out")
	}
}

// TestASessionIsNotFixed: a token that somebody planted before is worth nothing afterwards.
func TestASessionIsNotFixed(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	s.Browser().SignUp("Northwind", "ada@northwind.example")
	eve := s.Browser().SignUp("Southwind", "eve@southwind.example")
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	victim := s.Browser()
	victim.Client.Jar.SetCookies(u, eve.Client.Jar.Cookies(u))
	victim.SignIn("ada@northwind.example", portaltest.Password)
	if a := victim.Get("/employer"); !strings.Contains(a.Body, "Northwind") {
		t.Fatalf("the victim is at %s", a.Path)
	}
	if a := eve.Get("/employer"); a.Path != "/employer/sign-in" {
		t.Errorf("the one who planted the token is at %s:\n%s", a.Path, a.Body)
	}
}

func TestDevicesInWords(t *testing.T) {
	t.Parallel()
	for agent, want := range map[string]string{
		"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0":                                                                 "Firefox on Linux",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0":          "Edge on Windows",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15":                  "Safari on Mac",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140.0 Mobile/15E148 Safari/604.1": "Chrome on iPhone",
		"Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36":                  "Chrome on Android",
		"curl/8.5.0":                      "curl",
		"Something (Windows)":             "Unknown browser on Windows",
		"":                                "Unknown device",
		"<script>alert(1)</script> Linux": "Unknown browser on Linux",
	} {
		if got := session.Device(agent); got != want {
			t.Errorf("%s: %q, want %q", agent, got, want)
		}
	}
}

// TestHostileNamesAreText puts names that are markup, or would be lines of an email, wherever names are shown.
func TestHostileNamesAreText(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	const hostile = `"><img src=x onerror=alert(1)>{{.}}`
	b := s.Browser()
	form := url.Values{"company": {"North\r\nBcc: eve@evil.example"}, "name": {hostile}, "email": {"ada@northwind.example"}, "password": {portaltest.Password}}
	b.Post("/employer/sign-up", form).Wants(t, http.StatusUnprocessableEntity, "in letters that can be seen")
	form.Set("company", "<b>North</b>")
	b.Post("/employer/sign-up", form).Wants(t, http.StatusCreated)
	b.Get("/employer/account")
	b.Post(s.Mailed("ada@northwind.example", "confirm"), nil).Wants(t, http.StatusOK)
	b.Post("/employer/team", url.Values{"email": {"bo@northwind.example"}, "role": {"Viewer"}}).Wants(t, http.StatusCreated)
	m := s.Mails("bo@northwind.example")[0]
	if strings.Contains(m.HTML, "<img") || strings.Contains(m.HTML, "<b>North") || !strings.Contains(m.Text, hostile) {
		t.Errorf("the invitation:\n%s", m.HTML)
	}
	for _, path := range []string{"/employer/account", "/employer/team", "/employer/audit", "/employer", s.Mailed("bo@northwind.example", "invitation")} {
		if a := b.Get(path); a.Status != http.StatusOK || strings.Contains(a.Body, "<img src=x") || strings.Contains(a.Body, "<b>North") {
			t.Errorf("%s: %d\n%s", path, a.Status, a.Body)
		}
	}
}

// TestSomebodyHearsWhereEmailsAreThatAreKept on an installation without a mail server.
func TestSomebodyHearsWhereEmailsAreThatAreKept(t *testing.T) {
	t.Parallel()
	for _, kept := range []bool{true, false} {
		s := portaltest.New(t, func(c *portal.Config) { c.KeepsMail = kept })
		b := s.Browser()
		b.SignUpOnly("Northwind", knownEmail)
		for page, body := range map[string]string{"home": b.Get("/employer").Body, "forgotten": s.Browser().Post("/employer/forgot", url.Values{"email": {knownEmail}}).Body} {
			if strings.Contains(body, `href="/platform/mails"`) != kept {
				t.Errorf("%s, emails are kept: %t\n%s", page, kept, body)
			}
		}
	}
}
