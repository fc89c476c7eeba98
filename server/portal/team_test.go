package portal_test

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"itmanagerjobs/server/portal/portaltest"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
	"itmanagerjobs/store/storetest"
)

func TestAnInvitationWorksOnce(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	ada := s.Browser().SignUp("Northwind", "ada@northwind.example")
	first := invite(t, ada, "/employer/team", url.Values{"email": {"bo@northwind.example"}, "role": {"Recruiter"}})
	ada.Get("/employer/team").Wants(t, http.StatusOK, "bo@northwind.example", "Recruiter", "Not joined yet")
	ada.Post("/employer/team", url.Values{"email": {"BO@northwind.example"}, "role": {"Viewer"}}).Wants(t, http.StatusUnprocessableEntity, "is in your team already")
	ada.Post("/employer/team", url.Values{"email": {"cy@northwind.example"}, "role": {"PlatformReviewer"}}).Wants(t, http.StatusUnprocessableEntity, "Choose a role")
	if a := s.Browser().SignIn("bo@northwind.example", ""); a.Path != "/employer/sign-in" {
		t.Error("somebody without a password is signed in")
	}

	link := invite(t, ada, "/employer/team/2/link", nil)
	mailed := s.Mailed("bo@northwind.example", "invitation")
	bo := s.Browser()
	bo.Get(first).Wants(t, http.StatusNotFound, "Ask an admin")
	bo.Get(link).Wants(t, http.StatusOK, "Join Northwind", "bo@northwind.example", "Recruiter")
	bo.Post(link, url.Values{"name": {"Bo"}, "password": {"short"}}).Wants(t, http.StatusUnprocessableEntity, "at least 12")
	bo.Post(link, url.Values{"name": {"See https://evil.example"}, "password": {portaltest.Password}}).Wants(t, http.StatusUnprocessableEntity, "without an address of the web")
	if a := bo.Post(link, url.Values{"name": {"Bo"}, "password": {portaltest.Password}}); a.Path != "/employer" {
		t.Errorf("accepted: %d at %s", a.Status, a.Path)
	}
	for _, used := range []string{link, mailed} {
		s.Browser().Post(used, url.Values{"name": {"Bo"}, "password": {portaltest.Password}}).Wants(t, http.StatusNotFound)
	}
	ada.Post("/employer/team/2/link", nil).Wants(t, http.StatusBadRequest, "has joined already")
	if strings.Contains(s.Log.String(), strings.TrimPrefix(link, "/employer/invitation/")) {
		t.Error("the token is in the log")
	}

	eve := s.Browser().SignUp("Southwind", "eve@southwind.example")
	invite(t, ada, "/employer/team", url.Values{"email": {"di@northwind.example"}, "role": {"Viewer"}})
	users, err := s.Store.Accounts.Users(t.Context(), 1)
	if err != nil || len(users) != 3 {
		t.Fatalf("users %+v, %v", users, err)
	}
	for _, path := range []string{"link", "role", "remove"} {
		eve.Post(fmt.Sprintf("/employer/team/%d/%s", users[2].ID, path), url.Values{"role": {"Viewer"}}).Wants(t, http.StatusNotFound)
	}
}

func invite(t *testing.T, admin *portaltest.Browser, path string, form url.Values) string {
	t.Helper()
	link := regexp.MustCompile(`/employer/invitation/[\w-]+`).FindString(admin.Post(path, form).Body)
	if link == "" {
		t.Fatalf("%s: no link", path)
	}
	return link
}

// TestOnlyTheLinkOfTheEmailConfirmsAnAddress: the link that an admin is shown may be used by the admin.
func TestOnlyTheLinkOfTheEmailConfirmsAnAddress(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	ada := s.Browser().SignUp("Northwind", "ada@northwind.example")
	shown := invite(t, ada, "/employer/team", url.Values{"email": {"bo@northwind.example"}, "role": {"EmployerAdmin"}})
	bo := s.Browser()
	bo.Post(shown, url.Values{"name": {"Bo"}, "password": {portaltest.Password}}).Wants(t, http.StatusOK, "you are signed in")
	bo.Get("/employer").Wants(t, http.StatusOK, "Confirm your email address")
	bo.Get("/employer/account")
	bo.Post("/employer/team", url.Values{"email": {"cy@northwind.example"}, "role": {"Viewer"}}).Wants(t, http.StatusBadRequest, "First confirm your email address")
	bo.Post(s.Mailed("bo@northwind.example", "confirm"), nil).Wants(t, http.StatusOK, "is confirmed")
	bo.Post("/employer/team", url.Values{"email": {"cy@northwind.example"}, "role": {"Viewer"}}).Wants(t, http.StatusCreated)
}

// TestAnInvitationTellsNothingOfOtherAccounts: the admin learns nothing, the person is told.
func TestAnInvitationTellsNothingOfOtherAccounts(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	ada := s.Browser().SignUp("Northwind", "ada@northwind.example")
	s.Browser().SignUp("Southwind", "eve@southwind.example")
	known := ada.Post("/employer/team", url.Values{"email": {"eve@southwind.example"}, "role": {"Viewer"}})
	unknown := ada.Post("/employer/team", url.Values{"email": {"new@southwind.example"}, "role": {"Viewer"}})
	token := regexp.MustCompile(`/employer/invitation/[\w-]+`)
	plain := func(a portaltest.Answer) string {
		return strings.ReplaceAll(token.ReplaceAllString(a.Body, "LINK"), "new@", "eve@")
	}
	if known.Status != http.StatusCreated || plain(known) != plain(unknown) {
		t.Errorf("the answers differ:\n%s\n%s", known.Body, unknown.Body)
	}
	if m := s.Mails("eve@southwind.example")[0]; !strings.Contains(m.Text, "account of another company") || strings.Contains(m.Text, "/invitation/") {
		t.Errorf("the email says:\n%s", m.Text)
	}
	// By the link that the admin was shown somebody may join, but never has the address.
	link := token.FindString(known.Body)
	s.Browser().Post(link, url.Values{"name": {"Eve"}, "password": {"another password here"}}).Wants(t, http.StatusOK)
	eve := s.Browser()
	if a := eve.SignIn("eve@southwind.example", portaltest.Password); a.Path != "/employer" || !strings.Contains(a.Body, "Southwind") {
		t.Errorf("the owner of the address is at %s:\n%s", a.Path, a.Body)
	}
}

func TestARoleIsChangedAndTheLastAdminStays(t *testing.T) {
	t.Parallel()
	clock, address := storetest.NewClock(), storetest.URL(t)
	s := portaltest.NewOver(t, storetest.Open(t, address, storetest.Options(clock)), clock)
	other := portaltest.NewOver(t, storetest.Open(t, address, storetest.Options(clock)), clock)
	ada := s.Browser().SignUp("Northwind", "ada@northwind.example")
	bo := s.Join(board.RoleViewer, ada, "bo@northwind.example")

	for _, form := range []url.Values{{"role": {"Recruiter"}}, {"role": {"Viewer"}}} {
		ada.Post("/employer/team/1/role", form).Wants(t, http.StatusBadRequest, "last admin")
	}
	ada.Post("/employer/team/1/remove", nil).Wants(t, http.StatusBadRequest, "last admin")
	ada.Post("/employer/team/2/role", url.Values{"role": {"PlatformReviewer"}}).Wants(t, http.StatusBadRequest)
	ada.Post("/employer/team/2/role", url.Values{"role": {"Recruiter"}}).Wants(t, http.StatusOK, "Bo Member is now: Recruiter")
	bo.Get("/employer/keys").Wants(t, http.StatusForbidden, "Your role has nothing to do with this page")

	ada.Post("/employer/team/2/role", url.Values{"role": {"EmployerAdmin"}}).Wants(t, http.StatusOK)
	// Two admins who remove each other at once: one stays.
	var wg sync.WaitGroup
	wg.Go(func() { ada.Post("/employer/team/2/remove", nil) })
	wg.Go(func() { bo.Post("/employer/team/1/remove", nil) })
	wg.Wait()
	users, err := s.Store.Accounts.Users(t.Context(), 1)
	if err != nil || len(users) != 1 || users[0].Role != board.RoleEmployerAdmin {
		t.Fatalf("left: %+v, %v", users, err)
	}
	gone, email := bo, "bo@northwind.example"
	if users[0].Email == email {
		gone, email = ada, "ada@northwind.example"
	}
	// Signed out on every copy, and the password is worth nothing.
	for _, copied := range []*portaltest.Browser{gone, {Site: other, Client: gone.Client}} {
		if a := copied.Get("/employer"); a.Path != "/employer/sign-in" {
			t.Errorf("somebody who was removed is at %s", a.Path)
		}
	}
	s.Browser().SignIn(email, portaltest.Password).Wants(t, http.StatusUnprocessableEntity, "wrong")
	if m := s.Mails(email)[0]; !strings.Contains(m.Subject, "no longer in the team of Northwind") {
		t.Errorf("the last email to somebody who was removed: %q", m.Subject)
	}
	// The address is free again.
	s.Browser().SignUp("Southwind", email)
}

func TestAnInvitationIsCancelled(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	ada := s.Browser().SignUp("Northwind", "ada@northwind.example")
	shown := invite(t, ada, "/employer/team", url.Values{"email": {"bo@northwind.example"}, "role": {"Recruiter"}})
	mailed := s.Mailed("bo@northwind.example", "invitation")
	ada.Post("/employer/team/2/remove", nil).Wants(t, http.StatusOK, "invitation of bo@northwind.example is cancelled")
	for _, link := range []string{shown, mailed} {
		s.Browser().Get(link).Wants(t, http.StatusNotFound)
	}
	invite(t, ada, "/employer/team", url.Values{"email": {"bo@northwind.example"}, "role": {"Recruiter"}})
}

// TestAStaleTabWritesIntoNoOtherCompany sends forms that were opened for the company of somebody who signed out meanwhile.
func TestAStaleTabWritesIntoNoOtherCompany(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	s.Browser().SignUp("Southwind", "eve@southwind.example")
	b := s.Browser().SignUp("Northwind", "ada@northwind.example")
	form := b.KeyForm("Ada's")
	form.Set("employer", b.Employer)
	b.Post("/employer/sign-out", nil)
	b.SignIn("eve@southwind.example", portaltest.Password)
	stale := url.Values{"employer": {form.Get("employer")}, "name": {"Hijacked"}, "email": {"x@northwind.example"}, "role": {"EmployerAdmin"}}
	b.Post("/employer/keys", form).Wants(t, http.StatusConflict, "Nothing was changed", "eve@southwind.example")
	for _, path := range []string{"/employer/company", "/employer/team", "/employer/account"} {
		b.Post(path, stale).Wants(t, http.StatusConflict)
		b.Post(path, url.Values{"employer": {""}, "name": {"Hijacked"}}).Wants(t, http.StatusConflict)
	}
	if e, err := s.Store.Accounts.Employer(t.Context(), 1); err != nil || e.Name != "Southwind" {
		t.Errorf("employer %+v, %v", e, err)
	}
	if keys, _ := s.Store.Accounts.Keys(t.Context(), 1); len(keys) != 0 {
		t.Error("a key was made for the other company")
	}
}

// TestASessionThatEndsKeepsWhatWasTyped signs in again, as the same person and as another one.
func TestASessionThatEndsKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	s.Browser().SignUp("Southwind", "eve@southwind.example")
	b := s.Browser().SignUp("Northwind", "ada@northwind.example")
	kept := regexp.MustCompile(`name="kept" value="([^"]*)"`)
	typed := func() url.Values {
		t.Helper()
		form := b.KeyForm("Vincere & more")
		form.Set("employer", b.Employer)
		form.Set("mode", "test")
		form.Set("somePassword", "secret words")
		b.Post("/employer/sign-out", nil)
		a := b.Post("/employer/keys", form)
		a.Wants(t, http.StatusOK, "You were signed out meanwhile", `name="next" value="/employer/keys/new"`)
		m := kept.FindStringSubmatch(a.Body)
		if m == nil || strings.Contains(a.Body, "secret+words") {
			t.Fatalf("kept %q:\n%s", m, a.Body)
		}
		return url.Values{"email": {"ada@northwind.example"}, "password": {portaltest.Password}, "next": {"/employer/keys/new"}, "kept": {html.UnescapeString(m[1])}}
	}

	again := typed()
	again.Set("password", "a wrong password")
	a := b.Post("/employer/sign-in", again)
	if m := kept.FindStringSubmatch(a.Body); m == nil {
		t.Fatal("a wrong password loses what was typed")
	}
	again.Set("password", portaltest.Password)
	a = b.Post("/employer/sign-in", again)
	a.Wants(t, http.StatusOK, "Here is what you typed", `value="Vincere & more"`, `value="JobPosting" checked`, `value="test" checked`)
	if portaltest.HiddenForm.FindStringSubmatch(a.Body) == nil {
		t.Error("the form has lost its id")
	}
	if a := b.Get("/employer/keys/new"); strings.Contains(a.Body, "Vincere") {
		t.Error("what was typed comes back twice")
	}

	another := typed()
	another.Set("email", "eve@southwind.example")
	if a := b.Post("/employer/sign-in", another); a.Path != "/employer/keys/new" || strings.Contains(a.Body, "Vincere") {
		t.Errorf("another company at %s finds what was typed:\n%s", a.Path, a.Body)
	}
	if keys, _ := s.Store.Accounts.Keys(t.Context(), 2); len(keys) != 0 {
		t.Error("a key was made without a session")
	}
}

// TestRolesTimesRoutes asks for every page and sends every form in every role: what the table of rights forbids is forbidden,
// and what it allows is not.
func TestRolesTimesRoutes(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	ada := s.Browser().SignUp("Northwind", "ada@northwind.example")
	if _, _, err := s.Store.Accounts.MintKey(t.Context(), account.NewKey{
		Tenant: board.Tenant{EmployerID: 1, Mode: board.ModeTest}, Name: "Test", Scopes: []apikey.Scope{apikey.ScopeJobPosting},
	}); err != nil {
		t.Fatal(err)
	}
	p := portaltest.NewPortal(t, s.Store, s.Clock, &portaltest.LogBuffer{}, s.URL)
	for i, role := range board.EmployerRoles() {
		email := fmt.Sprintf("bo%d@northwind.example", i)
		s.Join(role, ada, email)
		b := s.Browser()
		for pattern, right := range p.Rights() {
			method, path, _ := strings.Cut(pattern, " ")
			path = strings.ReplaceAll(path, "{id}", "999")
			// Some of the forms sign out. To sign in costs a password's hash, so it is done only then.
			if b.Get("/employer/account").Path == "/employer/sign-in" {
				b = s.Browser()
				b.SignIn(email, portaltest.Password)
			}
			b.Employer = "1"
			var a portaltest.Answer
			if method == http.MethodGet {
				a = b.Get(path)
			} else {
				a = b.Post(path, nil)
			}
			// The pages of test mode are forbidden in live mode, for every role.
			if forbidden := a.Status == http.StatusForbidden && !strings.Contains(a.Body, "Test mode only"); forbidden == role.May(right) {
				t.Errorf("%s %s: %d, and the right %s is %t", role, pattern, a.Status, right, role.May(right))
			}
			if a.Status >= http.StatusInternalServerError {
				t.Errorf("%s %s: %d", role, pattern, a.Status)
			}
		}
	}
	for pattern := range p.Rights() {
		method, path, _ := strings.Cut(pattern, " ")
		path = strings.ReplaceAll(path, "{id}", "1")
		b := s.Browser()
		if method == http.MethodGet {
			if a := b.Get(path); a.Path != "/employer/sign-in" {
				t.Errorf("%s is shown to anybody", pattern)
			}
		} else if a := b.Post(path, nil); !strings.Contains(a.Body, "You were signed out meanwhile") {
			t.Errorf("%s is done for anybody", pattern)
		}
	}
}

func TestTheHomePageLeadsNobodyToARefusal(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	ada := s.Browser().SignUp("Northwind", "ada@northwind.example")
	link := regexp.MustCompile(`href="(/employer/[a-z]+(?:/new)?)"`)
	for role, least := range map[board.Role]int{board.RoleEmployerAdmin: 16, board.RoleRecruiter: 7, board.RoleViewer: 11} {
		b := s.Join(role, ada, strings.ToLower(string(role))+"@northwind.example")
		found := map[string]bool{}
		for _, m := range link.FindAllStringSubmatch(b.Get("/employer").Body, -1) {
			found[m[1]] = true
		}
		if len(found) < least {
			t.Errorf("the home page of a %s has the links %v", role, found)
		}
		for path := range found {
			if a := b.Get(path); a.Status != http.StatusOK {
				t.Errorf("the home page leads a %s to %s: %d", role, path, a.Status)
			}
		}
	}
}
