package portal_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"itmanagerjobs/server/portal"
	"itmanagerjobs/server/portal/portaltest"
	"itmanagerjobs/server/session"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/storetest"
)

func TestSignUpSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	tests := []struct {
		name                     string
		company, email, password string
		want                     string
	}{
		{"nothing", "", "", "", `href="#company"`},
		{"no company", "  ", "bo@northwind.example", portaltest.Password, "Enter the name of your company"},
		{"no address", "Northwind", "bo", portaltest.Password, "Enter an email address such as"},
		{"short password", "Northwind", "bo@northwind.example", "elevenchars", "Choose a password of at least 12 characters"},
		{"common password", "Northwind", "bo@northwind.example", "Password12345!", "among those that are tried first"},
		{"too large", strings.Repeat("x", 70_000), "bo@northwind.example", portaltest.Password, "too large"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := s.Browser().Post("/employer/sign-up", url.Values{"company": {tt.company}, "name": {"Bo"}, "email": {tt.email}, "password": {tt.password}})
			want := http.StatusUnprocessableEntity
			if tt.name == "too large" {
				want = http.StatusRequestEntityTooLarge
			}
			a.Wants(t, want, tt.want)
			if tt.password != "" && strings.Contains(a.Body, tt.password) {
				t.Error("the password is sent back")
			}
		})
	}
}

func TestPasswordsAreHashedAndNothingPersonalIsLogged(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t, func(c *portal.Config) { c.PasswordCost = session.Cost{} })
	b := s.Browser().SignUp("Northwind", "ada@northwind.example")
	found, err := s.Store.Accounts.Credentials(t.Context(), "Ada@Northwind.example")
	if err != nil || len(found) != 1 || !strings.HasPrefix(found[0].PasswordHash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("found %+v, %v", found, err)
	}
	b.Post("/employer/sign-out", nil)
	b.SignIn("ada@northwind.example", "wrong password here")
	b.Get("/employer/sign-in?next=/employer/keys")
	for _, secret := range []string{portaltest.Password, "wrong password", "ada@", "northwind"} {
		if strings.Contains(strings.ToLower(s.Log.String()), secret) {
			t.Errorf("the log holds %q:\n%s", secret, s.Log)
		}
	}
	if !strings.Contains(s.Log.String(), `"route":"POST /employer/sign-in"`) {
		t.Errorf("the log misses a request:\n%s", s.Log)
	}
}

func TestSignInAndOut(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	s.Browser().SignUp("Northwind", "ada@northwind.example")
	b := s.Browser()
	a := b.Get("/employer/keys")
	a.Wants(t, http.StatusOK, `name="next" value="/employer/keys"`)
	if a.Path != "/employer/sign-in" {
		t.Errorf("without a session at %s", a.Path)
	}
	wrong, unknown := b.SignIn("ada@northwind.example", "not the password"), b.SignIn("eve@northwind.example", portaltest.Password)
	wrong.Wants(t, http.StatusUnprocessableEntity, "The email address or the password is wrong.")
	if got := strings.ReplaceAll(unknown.Body, "eve@", "ada@"); got != wrong.Body {
		t.Error("an unknown address can be told from a wrong password")
	}
	a = b.Post("/employer/sign-in", url.Values{"email": {"ADA@northwind.example"}, "password": {portaltest.Password}, "next": {"/employer/keys"}})
	if a.Path != "/employer/keys" {
		t.Errorf("signed in at %s, want the page that was asked for", a.Path)
	}
	if a := b.Get("/employer/sign-in"); a.Path != "/employer" {
		t.Errorf("sign-in page for somebody who is signed in: %s", a.Path)
	}

	// What was copied of the session does not outlive it.
	stolen := s.Browser()
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	stolen.Client.Jar.SetCookies(u, b.Client.Jar.Cookies(u))
	if a := stolen.Get("/employer"); a.Path != "/employer" {
		t.Fatalf("the copy is not signed in: %s", a.Path)
	}
	b.Post("/employer/sign-out", nil)
	for _, who := range []*portaltest.Browser{b, stolen} {
		if a := who.Get("/employer"); a.Path != "/employer/sign-in" {
			t.Errorf("after signing out at %s", a.Path)
		}
	}
}

func TestNextIsAPageOfThePortal(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	s.Browser().SignUp("Northwind", "ada@northwind.example")
	for _, next := range []string{
		"https://evil.example/employer/keys", "//evil.example/employer/", "/\\evil.example", "/employer/../swagger", "/api/v1/me", "javascript:alert(1)", "%zz",
		"/employer//evil.example",
	} {
		b := s.Browser()
		a := b.Post("/employer/sign-in", url.Values{"email": {"ada@northwind.example"}, "password": {portaltest.Password}, "next": {next}})
		if a.Path != "/employer" {
			t.Errorf("next=%s leads to %s", next, a.Path)
		}
	}
}

func TestGuessingPasswordsIsLimitedOverCopies(t *testing.T) {
	t.Parallel()
	clock, address := storetest.NewClock(), storetest.URL(t)
	one := portaltest.NewOver(t, storetest.Open(t, address, storetest.Options(clock)), clock)
	two := portaltest.NewOver(t, storetest.Open(t, address, storetest.Options(clock)), clock)
	one.Browser().SignUp("Northwind", "ada@northwind.example")
	for i := range 10 {
		s := []*portaltest.Site{one, two}[i%2]
		s.Browser().SignIn("ada@northwind.example", "a wrong password").Wants(t, http.StatusUnprocessableEntity)
	}
	clock.Advance(time.Minute)
	a := two.Browser().SignIn("ada@northwind.example", portaltest.Password)
	a.Wants(t, http.StatusTooManyRequests, "Try again in 14 min")
	if got := a.Header.Get("Retry-After"); got != "840" {
		t.Errorf("Retry-After: %q", got)
	}
	clock.Advance(15 * time.Minute)
	if a := two.Browser().SignIn("ada@northwind.example", portaltest.Password); a.Path != "/employer" {
		t.Errorf("after the wait: %d at %s", a.Status, a.Path)
	}
}

func TestASessionServesOnEveryCopy(t *testing.T) {
	t.Parallel()
	clock, address := storetest.NewClock(), storetest.URL(t)
	one := portaltest.NewOver(t, storetest.Open(t, address, storetest.Options(clock)), clock)
	two := portaltest.NewOver(t, storetest.Open(t, address, storetest.Options(clock)), clock)
	b := one.Browser().SignUp("Northwind", "ada@northwind.example")
	there := &portaltest.Browser{Site: two, Client: b.Client, Employer: b.Employer} // cookies do not depend on the port
	if a := there.Get("/employer"); a.Path != "/employer" {
		t.Errorf("at %s", a.Path)
	}
}

func TestAnotherSiteCanSendNothing(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	b := s.Browser().SignUp("Northwind", "ada@northwind.example")
	form := b.KeyForm("Bullhorn")
	for _, from := range []string{"cross-site", "same-site"} {
		b.PostFrom(from, "/employer/keys", form).Wants(t, http.StatusForbidden, "Nothing was changed")
		b.PostFrom(from, "/employer/sign-out", nil).Wants(t, http.StatusForbidden)
	}
	if keys, _ := s.Store.Accounts.Keys(t.Context(), 1); len(keys) != 0 {
		t.Error("a key was made")
	}
	// Following a link from elsewhere is fine.
	if a := b.Get("/employer/keys"); a.Path != "/employer/keys" {
		t.Errorf("at %s", a.Path)
	}
}

func TestHeadersAndCookie(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	if _, _, err := s.Accounts.CreateEmployer(t.Context(), account.NewEmployer{Name: "Northwind", Email: "ada@northwind.example"}); err != nil {
		t.Fatal(err)
	}
	_, token, err := s.Accounts.CreateInvitation(t.Context(), account.NewInvitation{EmployerID: 1, Email: "bo@northwind.example", Role: board.RoleViewer})
	if err != nil {
		t.Fatal(err)
	}
	p := portaltest.NewPortal(t, s, clock, &portaltest.LogBuffer{}, "https://jobs.example.com")
	accept := httptest.NewRequest(http.MethodPost, "https://jobs.example.com/employer/invitation/"+token, strings.NewReader(url.Values{"name": {"Bo"}, "password": {portaltest.Password}}.Encode()))
	accept.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	p.ServeHTTP(w, accept)
	cookie := w.Header().Get("Set-Cookie")
	if w.Code != http.StatusSeeOther || !regexp.MustCompile(`^__Host-employer_session=[\w-]{43}; Path=/; Expires=[^;]+; Max-Age=4320[01]; HttpOnly; Secure; SameSite=Lax$`).MatchString(cookie) {
		t.Errorf("status %d, cookie %q", w.Code, cookie)
	}
	for _, path := range []string{"/employer/sign-in", "/employer/nothing", "/employer/static/base.css", "/employer/sign-up"} {
		w := httptest.NewRecorder()
		p.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "https://jobs.example.com"+path, nil))
		h := w.Header()
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"} {
			if got := h.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
		for _, part := range []string{"default-src 'none'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"} {
			if csp := h.Get("Content-Security-Policy"); !strings.Contains(csp, part) || strings.Contains(csp, "unsafe") {
				t.Errorf("%s: policy %q", path, csp)
			}
		}
		if h.Get("X-Request-ID") == "" || h.Get("Set-Cookie") != "" {
			t.Errorf("%s: headers %v", path, h)
		}
	}
}
