package portal_test

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"itmanagerjobs/server/session"
	"itmanagerjobs/store/account"
)

// sameWork fails unless two requests send equally many statements to the database, with what they leave to the background. The
// median of some tries counts: a new connection adds some statements, and a busy machine is late with the last one.
func (s *site) sameWork(one, other func()) {
	s.t.Helper()
	var sent [2][]int64
	for range 3 {
		for i, request := range []func(){one, other} {
			s.settle()
			before := s.store.RoundTrips()
			request()
			s.settle()
			sent[i] = append(sent[i], s.store.RoundTrips()-before)
		}
	}
	for i := range sent {
		slices.Sort(sent[i])
	}
	if sent[0][1] != sent[1][1] {
		s.t.Errorf("statements for the one %v, for the other %v", sent[0], sent[1])
	}
}

// settle looks at a page that needs no statement until no other one is sent for a while.
func (s *site) settle() {
	s.t.Helper()
	b := s.browser()
	for quiet, last := 0, int64(0); quiet < 60; quiet++ {
		b.get("/employer/sign-in")
		if now := s.store.RoundTrips(); now != last {
			quiet, last = 0, now
		}
	}
}

func TestSignUpTellsNothingOfAnAccount(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada := s.browser().signUp("Northwind", "ada@northwind.example")
	var known, unknown answer
	s.sameWork(func() { unknown = s.browser().signUpOnly("Southwind", "bob@northwind.example") },
		func() { known = s.browser().signUpOnly("Southwind", "ADA@northwind.example") })
	if known.status != unknown.status || strings.ReplaceAll(known.body, "ADA@", "bob@") != unknown.body {
		t.Errorf("the answers differ:\n%s\n%s", known.body, unknown.body)
	}
	if m := s.mails("ADA@northwind.example")[0]; !strings.Contains(m.Text, "You have one already") || strings.Contains(m.Text, "/confirm/") {
		t.Errorf("the email to the one who has the account:\n%s", m.Text)
	}
	// Both passwords lead to an account of their own, and the first one keeps the address.
	if a := s.browser().signIn("ada@northwind.example", password); !strings.Contains(a.body, "Northwind") {
		t.Errorf("the first account is lost: %s", a.path)
	}
	ada.get("/employer").wants(t, http.StatusOK, "Northwind")
}

func TestAnAddressIsConfirmedByItsOwner(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.browser()
	b.signUpOnly("Northwind", "ada@northwind.example")
	form := b.keyForm("Live")
	b.post("/employer/keys", form).wants(t, http.StatusUnprocessableEntity, "Live keys wait until your email address is confirmed")
	form.Set("mode", "test")
	b.post("/employer/keys", form).wants(t, http.StatusCreated)
	b.post("/employer/team", url.Values{"email": {"bo@northwind.example"}, "role": {"Viewer"}}).wants(t, http.StatusBadRequest, "First confirm your email address")
	b.get("/employer/account").wants(t, http.StatusOK, "Not confirmed yet")

	// Somebody else who opens the link needs the password.
	link, owner := s.mailed("ada@northwind.example", "confirm"), s.browser()
	owner.get(link).wants(t, http.StatusOK, "Enter the password that you chose then")
	owner.post(link, nil).wants(t, http.StatusUnprocessableEntity, "Enter your password")
	owner.post(link, url.Values{"password": {"a wrong password"}}).wants(t, http.StatusUnprocessableEntity, "This is not your password")
	owner.post(link, url.Values{"password": {password}}).wants(t, http.StatusOK, "Your email address is confirmed")
	b.post(link, nil).wants(t, http.StatusNotFound, "used already")
	b.post("/employer/keys", b.keyForm("Live")).wants(t, http.StatusCreated)
	b.post("/employer/account/confirm", nil).wants(t, http.StatusBadRequest, "confirmed already")
}

func TestOfTwoWhoSignUpWithOneAddressTheOwnerHasIt(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	thief, ada := s.browser(), s.browser()
	thief.signUpOnly("Southwind", "ada@northwind.example")
	stolen := s.mailed("ada@northwind.example", "confirm")
	ada.signUp("Northwind", "ada@northwind.example")
	thief.post(stolen, nil).wants(t, http.StatusConflict, "Another account has this email address")
	thief.post("/employer/account/confirm", nil).wants(t, http.StatusOK, "sent another email")
	if m := s.mails("ada@northwind.example")[0]; strings.Contains(m.Text, "/confirm/") {
		t.Errorf("the second account can be confirmed:\n%s", m.Text)
	}
}

func TestSignUpsOfANetworkAreLimited(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for i := range 10 {
		s.browser().signUpOnly("Northwind", "ada"+strconv.Itoa(i)+"@northwind.example")
	}
	form := url.Values{"company": {"Northwind"}, "name": {"Ada"}, "email": {"more@northwind.example"}, "password": {password}}
	s.browser().post("/employer/sign-up", form).wants(t, http.StatusTooManyRequests, "Too many requests from your network")
	s.clock.Advance(time.Hour)
	s.browser().post("/employer/sign-up", form).wants(t, http.StatusOK)
}

func TestAForgottenPasswordIsReset(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada := s.browser().signUp("Northwind", "ada@northwind.example")
	other := s.browser()
	other.signIn("ada@northwind.example", password)

	var known, unknown answer
	s.sameWork(func() { known = s.browser().post("/employer/forgot", url.Values{"email": {"ada@northwind.example"}}) },
		func() { unknown = s.browser().post("/employer/forgot", url.Values{"email": {"eve@northwind.example"}}) })
	known.wants(t, http.StatusOK, "Look into your mailbox", "ada@northwind.example")
	if known.status != unknown.status || strings.ReplaceAll(unknown.body, "eve@", "ada@") != known.body {
		t.Errorf("the answers differ:\n%s\n%s", known.body, unknown.body)
	}
	if m := s.mails("eve@northwind.example")[0]; !strings.Contains(m.Text, "There is none") {
		t.Errorf("the email to somebody without an account:\n%s", m.Text)
	}

	link := s.mailed("ada@northwind.example", "reset")
	b := s.browser()
	b.get(link).wants(t, http.StatusOK, "ada@northwind.example")
	b.post(link, url.Values{"password": {"password1234"}}).wants(t, http.StatusUnprocessableEntity, "tried first")
	const next = "another horse battery"
	if a := b.post(link, url.Values{"password": {next}}); a.path != "/employer/sign-in" || !strings.Contains(a.body, "Your password is changed") {
		t.Errorf("reset: %d at %s\n%s", a.status, a.path, a.body)
	}
	b.post(link, url.Values{"password": {next}}).wants(t, http.StatusNotFound, "used already")
	for _, ended := range []*browser{ada, other} {
		if a := ended.get("/employer"); a.path != "/employer/sign-in" {
			t.Errorf("a session outlives the password: %s", a.path)
		}
	}
	s.browser().signIn("ada@northwind.example", password).wants(t, http.StatusUnprocessableEntity, "wrong")
	if a := s.browser().signIn("ada@northwind.example", next); a.path != "/employer" {
		t.Errorf("with the new password at %s", a.path)
	}
	if m := s.mails("ada@northwind.example")[0]; m.Subject != "Your password was changed" {
		t.Errorf("the last email: %q", m.Subject)
	}

	s.browser().post("/employer/forgot", url.Values{"email": {"ada@northwind.example"}})
	late := s.mailed("ada@northwind.example", "reset")
	s.clock.Advance(time.Hour)
	s.browser().get(late).wants(t, http.StatusNotFound, "has expired")
}

func TestEmailsToOneAddressAreLimited(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for range 9 {
		s.browser().post("/employer/forgot", url.Values{"email": {"eve@northwind.example"}}).wants(t, http.StatusOK, "We have sent an email")
	}
	if n := len(s.mails("eve@northwind.example")); n != 5 {
		t.Errorf("%d emails, want 5", n)
	}
}

func TestAPasswordIsChanged(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada := s.browser().signUp("Northwind", "ada@northwind.example")
	other := s.browser()
	other.signIn("ada@northwind.example", password)
	const next = "another horse battery"
	form := url.Values{"presentPassword": {"a wrong password"}, "password": {next}}
	ada.post("/employer/account/password", form).wants(t, http.StatusUnprocessableEntity, "This is not your password")
	form.Set("presentPassword", password)
	form.Set("password", "short")
	ada.post("/employer/account/password", form).wants(t, http.StatusUnprocessableEntity, "New password must have at least 12")
	form.Set("password", next)
	a := ada.post("/employer/account/password", form)
	a.wants(t, http.StatusOK, "Your password is changed", "This device")
	if a := other.get("/employer"); a.path != "/employer/sign-in" {
		t.Errorf("the other device is at %s", a.path)
	}
	if a := s.browser().signIn("ada@northwind.example", next); a.path != "/employer" {
		t.Errorf("with the new password at %s", a.path)
	}
	// A stolen session is no way to guess the password.
	for range 10 {
		ada.post("/employer/account/password", url.Values{"presentPassword": {"a wrong password"}, "password": {next}})
	}
	ada.post("/employer/account/password", url.Values{"presentPassword": {next}, "password": {password}}).wants(t, http.StatusTooManyRequests, "Try again in 15 min")
}

func TestAnAddressIsChanged(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada := s.browser().signUp("Northwind", "ada@northwind.example")
	s.browser().signUp("Southwind", "eve@southwind.example")
	form := url.Values{"presentPassword": {password}, "email": {"new@northwind.example"}}
	ada.post("/employer/account/email", url.Values{"presentPassword": {password}, "email": {"ada@northwind.example"}}).wants(t, http.StatusUnprocessableEntity, "is your address already")
	ada.post("/employer/account/email", url.Values{"email": {"new@northwind.example"}}).wants(t, http.StatusUnprocessableEntity, "Enter your password")
	unknown := ada.post("/employer/account/email", form)
	unknown.wants(t, http.StatusOK, "We have sent an email to new@northwind.example")
	link := s.mailed("new@northwind.example", "address")
	s.browser().get(link).wants(t, http.StatusOK, "new@northwind.example")
	if a := s.browser().signIn("ada@northwind.example", password); a.path != "/employer" {
		t.Error("the address has changed before it was confirmed")
	}
	s.browser().post(link, nil).wants(t, http.StatusOK, "Your email address is changed")
	s.browser().post(link, nil).wants(t, http.StatusNotFound)
	if m := s.mails("ada@northwind.example")[0]; !strings.Contains(m.Text, "is now new@northwind.example") {
		t.Errorf("the former address is told:\n%s", m.Text)
	}
	s.browser().signIn("ada@northwind.example", password).wants(t, http.StatusUnprocessableEntity, "wrong")
	if a := s.browser().signIn("new@northwind.example", password); a.path != "/employer" {
		t.Errorf("with the new address at %s", a.path)
	}

	form.Set("email", "eve@southwind.example")
	ada.post("/employer/account/email", form).wants(t, http.StatusOK, "We have sent an email to eve@southwind.example")
	if m := s.mails("eve@southwind.example")[0]; strings.Contains(m.Text, "/address/") {
		t.Errorf("the email to somebody who has the address:\n%s", m.Text)
	}
}

func TestSessionsAreListedAndEnded(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada := s.browser().signUp("Northwind", "ada@northwind.example")
	eve := s.browser().signUp("Southwind", "eve@southwind.example")
	phone := s.browser()
	phone.signIn("ada@northwind.example", password)
	list := ada.get("/employer/account")
	list.wants(t, http.StatusOK, "This device", "127.0.0.1", "Unknown device", "just now")
	if n := strings.Count(list.body, "/end\""); n != 2 { // the other one, and all
		t.Errorf("%d buttons to end sessions, want 2", n)
	}
	sessions, err := s.store.Accounts.Sessions(t.Context(), 1, "")
	if err != nil || len(sessions) != 2 {
		t.Fatalf("sessions %+v, %v", sessions, err)
	}
	id := strconv.FormatInt(sessions[slices.IndexFunc(sessions, func(o account.OpenSession) bool { return o.ID > 2 })].ID, 10)
	eve.post("/employer/account/sessions/"+id+"/end", nil).wants(t, http.StatusNotFound)
	ada.post("/employer/account/sessions/"+id+"/end", nil).wants(t, http.StatusOK, "That device is signed out")
	if a := phone.get("/employer"); a.path != "/employer/sign-in" {
		t.Errorf("the session that was ended is at %s", a.path)
	}

	phone.signIn("ada@northwind.example", password)
	if a := ada.post("/employer/account/sessions/end", nil); a.path != "/employer/sign-in" || !strings.Contains(a.body, "signed out on every device") {
		t.Errorf("signed out everywhere: at %s", a.path)
	}
	for _, b := range []*browser{ada, phone} {
		if a := b.get("/employer"); a.path != "/employer/sign-in" {
			t.Errorf("after signing out everywhere at %s", a.path)
		}
	}
	if a := eve.get("/employer"); a.path != "/employer" {
		t.Error("somebody else is signed out")
	}
}

// TestASessionIsNotFixed: a token that somebody planted before is worth nothing afterwards.
func TestASessionIsNotFixed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.browser().signUp("Northwind", "ada@northwind.example")
	eve := s.browser().signUp("Southwind", "eve@southwind.example")
	u, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	victim := s.browser()
	victim.client.Jar.SetCookies(u, eve.client.Jar.Cookies(u))
	victim.signIn("ada@northwind.example", password)
	if a := victim.get("/employer"); !strings.Contains(a.body, "Northwind") {
		t.Fatalf("the victim is at %s", a.path)
	}
	if a := eve.get("/employer"); a.path != "/employer/sign-in" {
		t.Errorf("the one who planted the token is at %s:\n%s", a.path, a.body)
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
	s := newSite(t)
	const hostile = `"><img src=x onerror=alert(1)>{{.}}`
	b := s.browser()
	form := url.Values{"company": {"North\r\nBcc: eve@evil.example"}, "name": {hostile}, "email": {"ada@northwind.example"}, "password": {password}}
	b.post("/employer/sign-up", form).wants(t, http.StatusUnprocessableEntity, "must not contain control")
	form.Set("company", "<b>North</b>")
	b.post("/employer/sign-up", form).wants(t, http.StatusOK)
	b.get("/employer/account")
	b.post(s.mailed("ada@northwind.example", "confirm"), nil).wants(t, http.StatusOK)
	b.post("/employer/team", url.Values{"email": {"bo@northwind.example"}, "role": {"Viewer"}}).wants(t, http.StatusCreated)
	m := s.mails("bo@northwind.example")[0]
	if strings.Contains(m.HTML, "<img") || strings.Contains(m.HTML, "<b>North") || !strings.Contains(m.Text, hostile) {
		t.Errorf("the invitation:\n%s", m.HTML)
	}
	for _, path := range []string{"/employer/account", "/employer/team", "/employer/audit", "/employer", s.mailed("bo@northwind.example", "invitation")} {
		if a := b.get(path); a.status != http.StatusOK || strings.Contains(a.body, "<img src=x") || strings.Contains(a.body, "<b>North") {
			t.Errorf("%s: %d\n%s", path, a.status, a.body)
		}
	}
}
