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

	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/storetest"
)

func TestAnInvitationWorksOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada := s.browser().signUp("Northwind", "ada@northwind.example")
	first := invite(t, ada, "/employer/team", url.Values{"email": {"bo@northwind.example"}, "role": {"Recruiter"}})
	ada.get("/employer/team").wants(t, http.StatusOK, "bo@northwind.example", "Recruiter", "Not joined yet")
	ada.post("/employer/team", url.Values{"email": {"BO@northwind.example"}, "role": {"Viewer"}}).wants(t, http.StatusUnprocessableEntity, "is in your team already")
	ada.post("/employer/team", url.Values{"email": {"cy@northwind.example"}, "role": {"PlatformReviewer"}}).wants(t, http.StatusUnprocessableEntity, "must be one of")
	if a := s.browser().signIn("bo@northwind.example", ""); a.path != "/employer/sign-in" {
		t.Error("somebody without a password is signed in")
	}

	link := invite(t, ada, "/employer/team/2/link", nil)
	mailed := s.mailed("bo@northwind.example", "invitation")
	bo := s.browser()
	bo.get(first).wants(t, http.StatusNotFound, "Ask an admin")
	bo.get(link).wants(t, http.StatusOK, "Join Northwind", "bo@northwind.example", "Recruiter")
	bo.post(link, url.Values{"name": {"Bo"}, "password": {"short"}}).wants(t, http.StatusUnprocessableEntity, "at least 12")
	bo.post(link, url.Values{"name": {"See https://evil.example"}, "password": {password}}).wants(t, http.StatusUnprocessableEntity, "must be a name")
	if a := bo.post(link, url.Values{"name": {"Bo"}, "password": {password}}); a.path != "/employer" {
		t.Errorf("accepted: %d at %s", a.status, a.path)
	}
	for _, used := range []string{link, mailed} {
		s.browser().post(used, url.Values{"name": {"Bo"}, "password": {password}}).wants(t, http.StatusNotFound)
	}
	ada.post("/employer/team/2/link", nil).wants(t, http.StatusBadRequest, "has joined already")
	if strings.Contains(s.log.String(), strings.TrimPrefix(link, "/employer/invitation/")) {
		t.Error("the token is in the log")
	}

	eve := s.browser().signUp("Southwind", "eve@southwind.example")
	invite(t, ada, "/employer/team", url.Values{"email": {"di@northwind.example"}, "role": {"Viewer"}})
	users, err := s.store.Accounts.Users(t.Context(), 1)
	if err != nil || len(users) != 3 {
		t.Fatalf("users %+v, %v", users, err)
	}
	for _, path := range []string{"link", "role", "remove"} {
		eve.post(fmt.Sprintf("/employer/team/%d/%s", users[2].ID, path), url.Values{"role": {"Viewer"}}).wants(t, http.StatusNotFound)
	}
}

func invite(t *testing.T, admin *browser, path string, form url.Values) string {
	t.Helper()
	link := regexp.MustCompile(`/employer/invitation/[\w-]+`).FindString(admin.post(path, form).body)
	if link == "" {
		t.Fatalf("%s: no link", path)
	}
	return link
}

// TestOnlyTheLinkOfTheEmailConfirmsAnAddress: the link that an admin is shown may be used by the admin.
func TestOnlyTheLinkOfTheEmailConfirmsAnAddress(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada := s.browser().signUp("Northwind", "ada@northwind.example")
	shown := invite(t, ada, "/employer/team", url.Values{"email": {"bo@northwind.example"}, "role": {"EmployerAdmin"}})
	bo := s.browser()
	bo.post(shown, url.Values{"name": {"Bo"}, "password": {password}}).wants(t, http.StatusOK, "you are signed in")
	bo.get("/employer").wants(t, http.StatusOK, "Confirm your email address")
	bo.get("/employer/account")
	bo.post("/employer/team", url.Values{"email": {"cy@northwind.example"}, "role": {"Viewer"}}).wants(t, http.StatusBadRequest, "First confirm your email address")
	bo.post(s.mailed("bo@northwind.example", "confirm"), nil).wants(t, http.StatusOK, "is confirmed")
	bo.post("/employer/team", url.Values{"email": {"cy@northwind.example"}, "role": {"Viewer"}}).wants(t, http.StatusCreated)
}

// TestAnInvitationTellsNothingOfOtherAccounts: the admin learns nothing, the person is told.
func TestAnInvitationTellsNothingOfOtherAccounts(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada := s.browser().signUp("Northwind", "ada@northwind.example")
	s.browser().signUp("Southwind", "eve@southwind.example")
	known := ada.post("/employer/team", url.Values{"email": {"eve@southwind.example"}, "role": {"Viewer"}})
	unknown := ada.post("/employer/team", url.Values{"email": {"new@southwind.example"}, "role": {"Viewer"}})
	token := regexp.MustCompile(`/employer/invitation/[\w-]+`)
	plain := func(a answer) string {
		return strings.ReplaceAll(token.ReplaceAllString(a.body, "LINK"), "new@", "eve@")
	}
	if known.status != http.StatusCreated || plain(known) != plain(unknown) {
		t.Errorf("the answers differ:\n%s\n%s", known.body, unknown.body)
	}
	if m := s.mails("eve@southwind.example")[0]; !strings.Contains(m.Text, "account of another company") || strings.Contains(m.Text, "/invitation/") {
		t.Errorf("the email says:\n%s", m.Text)
	}
	// By the link that the admin was shown somebody may join, but never has the address.
	link := token.FindString(known.body)
	s.browser().post(link, url.Values{"name": {"Eve"}, "password": {"another password here"}}).wants(t, http.StatusOK)
	eve := s.browser()
	if a := eve.signIn("eve@southwind.example", password); a.path != "/employer" || !strings.Contains(a.body, "Southwind") {
		t.Errorf("the owner of the address is at %s:\n%s", a.path, a.body)
	}
}

func TestARoleIsChangedAndTheLastAdminStays(t *testing.T) {
	t.Parallel()
	clock, address := storetest.NewClock(), storetest.URL(t)
	s := newSiteOver(t, storetest.Open(t, address, storetest.Options(clock)), clock)
	other := newSiteOver(t, storetest.Open(t, address, storetest.Options(clock)), clock)
	ada := s.browser().signUp("Northwind", "ada@northwind.example")
	bo := s.join(board.RoleViewer, ada, "bo@northwind.example")

	for _, form := range []url.Values{{"role": {"Recruiter"}}, {"role": {"Viewer"}}} {
		ada.post("/employer/team/1/role", form).wants(t, http.StatusBadRequest, "last admin")
	}
	ada.post("/employer/team/1/remove", nil).wants(t, http.StatusBadRequest, "last admin")
	ada.post("/employer/team/2/role", url.Values{"role": {"PlatformReviewer"}}).wants(t, http.StatusBadRequest)
	ada.post("/employer/team/2/role", url.Values{"role": {"Recruiter"}}).wants(t, http.StatusOK, "Bo Member is now: Recruiter")
	bo.get("/employer/keys").wants(t, http.StatusForbidden, "Your role has nothing to do with this page")

	ada.post("/employer/team/2/role", url.Values{"role": {"EmployerAdmin"}}).wants(t, http.StatusOK)
	// Two admins who remove each other at once: one stays.
	var wg sync.WaitGroup
	wg.Go(func() { ada.post("/employer/team/2/remove", nil) })
	wg.Go(func() { bo.post("/employer/team/1/remove", nil) })
	wg.Wait()
	users, err := s.store.Accounts.Users(t.Context(), 1)
	if err != nil || len(users) != 1 || users[0].Role != board.RoleEmployerAdmin {
		t.Fatalf("left: %+v, %v", users, err)
	}
	gone, email := bo, "bo@northwind.example"
	if users[0].Email == email {
		gone, email = ada, "ada@northwind.example"
	}
	// Signed out on every copy, and the password is worth nothing.
	for _, copied := range []*browser{gone, {site: other, client: gone.client}} {
		if a := copied.get("/employer"); a.path != "/employer/sign-in" {
			t.Errorf("somebody who was removed is at %s", a.path)
		}
	}
	s.browser().signIn(email, password).wants(t, http.StatusUnprocessableEntity, "wrong")
	if m := s.mails(email)[0]; !strings.Contains(m.Subject, "no longer in the team of Northwind") {
		t.Errorf("the last email to somebody who was removed: %q", m.Subject)
	}
	// The address is free again.
	s.browser().signUp("Southwind", email)
}

func TestAnInvitationIsCancelled(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada := s.browser().signUp("Northwind", "ada@northwind.example")
	shown := invite(t, ada, "/employer/team", url.Values{"email": {"bo@northwind.example"}, "role": {"Recruiter"}})
	mailed := s.mailed("bo@northwind.example", "invitation")
	ada.post("/employer/team/2/remove", nil).wants(t, http.StatusOK, "invitation of bo@northwind.example is cancelled")
	for _, link := range []string{shown, mailed} {
		s.browser().get(link).wants(t, http.StatusNotFound)
	}
	invite(t, ada, "/employer/team", url.Values{"email": {"bo@northwind.example"}, "role": {"Recruiter"}})
}

// TestAStaleTabWritesIntoNoOtherCompany sends forms that were opened for the company of somebody who signed out meanwhile.
func TestAStaleTabWritesIntoNoOtherCompany(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.browser().signUp("Southwind", "eve@southwind.example")
	b := s.browser().signUp("Northwind", "ada@northwind.example")
	form := b.keyForm("Ada's")
	form.Set("employer", b.employer)
	b.post("/employer/sign-out", nil)
	b.signIn("eve@southwind.example", password)
	stale := url.Values{"employer": {form.Get("employer")}, "name": {"Hijacked"}, "email": {"x@northwind.example"}, "role": {"EmployerAdmin"}}
	b.post("/employer/keys", form).wants(t, http.StatusConflict, "Nothing was changed", "eve@southwind.example")
	for _, path := range []string{"/employer/company", "/employer/team", "/employer/account"} {
		b.post(path, stale).wants(t, http.StatusConflict)
		b.post(path, url.Values{"employer": {""}, "name": {"Hijacked"}}).wants(t, http.StatusConflict)
	}
	if e, err := s.store.Accounts.Employer(t.Context(), 1); err != nil || e.Name != "Southwind" {
		t.Errorf("employer %+v, %v", e, err)
	}
	if keys, _ := s.store.Accounts.Keys(t.Context(), 1); len(keys) != 0 {
		t.Error("a key was made for the other company")
	}
}

// TestASessionThatEndsKeepsWhatWasTyped signs in again, as the same person and as another one.
func TestASessionThatEndsKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.browser().signUp("Southwind", "eve@southwind.example")
	b := s.browser().signUp("Northwind", "ada@northwind.example")
	kept := regexp.MustCompile(`name="kept" value="([^"]*)"`)
	typed := func() url.Values {
		t.Helper()
		form := b.keyForm("Vincere & more")
		form.Set("employer", b.employer)
		form.Set("mode", "test")
		form.Set("somePassword", "secret words")
		b.post("/employer/sign-out", nil)
		a := b.post("/employer/keys", form)
		a.wants(t, http.StatusOK, "You were signed out meanwhile", `name="next" value="/employer/keys/new"`)
		m := kept.FindStringSubmatch(a.body)
		if m == nil || strings.Contains(a.body, "secret+words") {
			t.Fatalf("kept %q:\n%s", m, a.body)
		}
		return url.Values{"email": {"ada@northwind.example"}, "password": {password}, "next": {"/employer/keys/new"}, "kept": {html.UnescapeString(m[1])}}
	}

	again := typed()
	again.Set("password", "a wrong password")
	a := b.post("/employer/sign-in", again)
	if m := kept.FindStringSubmatch(a.body); m == nil {
		t.Fatal("a wrong password loses what was typed")
	}
	again.Set("password", password)
	a = b.post("/employer/sign-in", again)
	a.wants(t, http.StatusOK, "Here is what you typed", `value="Vincere & more"`, `value="JobPosting" checked`, `value="test" checked`)
	if hiddenForm.FindStringSubmatch(a.body) == nil {
		t.Error("the form has lost its id")
	}
	if a := b.get("/employer/keys/new"); strings.Contains(a.body, "Vincere") {
		t.Error("what was typed comes back twice")
	}

	another := typed()
	another.Set("email", "eve@southwind.example")
	if a := b.post("/employer/sign-in", another); a.path != "/employer/keys/new" || strings.Contains(a.body, "Vincere") {
		t.Errorf("another company at %s finds what was typed:\n%s", a.path, a.body)
	}
	if keys, _ := s.store.Accounts.Keys(t.Context(), 2); len(keys) != 0 {
		t.Error("a key was made without a session")
	}
}

// TestRolesTimesRoutes asks for every page and sends every form in every role: what the table of rights forbids is forbidden,
// and what it allows is not.
func TestRolesTimesRoutes(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada := s.browser().signUp("Northwind", "ada@northwind.example")
	if _, _, err := s.store.Accounts.MintKey(t.Context(), account.NewKey{
		Tenant: board.Tenant{EmployerID: 1, Mode: board.ModeTest}, Name: "Test", Scopes: []board.Scope{board.ScopeJobPosting},
	}); err != nil {
		t.Fatal(err)
	}
	p := newPortal(t, s.store, s.clock, &logBuffer{}, s.url)
	for i, role := range board.EmployerRoles() {
		email := fmt.Sprintf("bo%d@northwind.example", i)
		s.join(role, ada, email)
		b := s.browser()
		for pattern, right := range p.Rights() {
			method, path, _ := strings.Cut(pattern, " ")
			path = strings.ReplaceAll(path, "{id}", "999")
			// Some of the forms sign out. To sign in costs a password's hash, so it is done only then.
			if b.get("/employer/account").path == "/employer/sign-in" {
				b = s.browser()
				b.signIn(email, password)
			}
			b.employer = "1"
			var a answer
			if method == http.MethodGet {
				a = b.get(path)
			} else {
				a = b.post(path, nil)
			}
			if forbidden := a.status == http.StatusForbidden; forbidden == role.May(right) {
				t.Errorf("%s %s: %d, and the right %s is %t", role, pattern, a.status, right, role.May(right))
			}
			if a.status >= http.StatusInternalServerError {
				t.Errorf("%s %s: %d", role, pattern, a.status)
			}
		}
	}
	for pattern := range p.Rights() {
		method, path, _ := strings.Cut(pattern, " ")
		path = strings.ReplaceAll(path, "{id}", "1")
		b := s.browser()
		if method == http.MethodGet {
			if a := b.get(path); a.path != "/employer/sign-in" {
				t.Errorf("%s is shown to anybody", pattern)
			}
		} else if a := b.post(path, nil); !strings.Contains(a.body, "You were signed out meanwhile") {
			t.Errorf("%s is done for anybody", pattern)
		}
	}
}
