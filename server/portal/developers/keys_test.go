package developers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"itmanagerjobs/server/portal/portaltest"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
)

func TestAKeyIsShownExactlyOnce(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	b := s.Browser().SignUp("Northwind", "ada@northwind.example")
	b.Get("/employer/keys").Wants(t, http.StatusOK, "There are no API keys yet.")

	form := b.KeyForm("Bullhorn production")
	form.Add("scopes", "Webhooks")
	form.Set("mode", "test")
	created := b.Post("/employer/keys", form)
	created.Wants(t, http.StatusCreated, "Bullhorn production", "/api/v1/me", "/api/v1/jobs")
	plain := portaltest.PlainKey.FindString(created.Body)
	if plain == "" {
		t.Fatalf("no key on the page:\n%s", created.Body)
	}
	if got := created.Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control %q, want no-store", got)
	}
	admission, err := s.Store.Accounts.Admit(t.Context(), plain, account.Need{Scope: apikey.ScopeWebhooks, Family: board.FamilyJobs})
	if err != nil || !admission.Admitted {
		t.Errorf("the key that was shown does not work: %+v, %v", admission, err)
	}

	again := b.Post("/employer/keys", form) // what a reload does
	again.Wants(t, http.StatusOK, "was created already")
	list := b.Get("/employer/keys")
	list.Wants(t, http.StatusOK, "Bullhorn production", "pk_test_…"+plain[len(plain)-4:], "Active", "Test", "Job posting, Webhooks", "just now")
	for _, a := range []portaltest.Answer{again, list} {
		if strings.Contains(a.Body, plain) {
			t.Errorf("%s shows the key again", a.Path)
		}
	}
	if keys, _ := s.Store.Accounts.Keys(t.Context(), admission.EmployerID); len(keys) != 1 {
		t.Errorf("%d keys, want 1", len(keys))
	}
	if strings.Contains(s.Log.String(), plain) {
		t.Error("the key is in the log")
	}
}

func TestADoubleClickMakesOneKey(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	b := s.Browser().SignUp("Northwind", "ada@northwind.example")
	form := b.KeyForm("Bullhorn")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { b.Post("/employer/keys", form) })
	}
	wg.Wait()
	if keys, _ := s.Store.Accounts.Keys(t.Context(), 1); len(keys) != 1 {
		t.Errorf("%d keys, want 1", len(keys))
	}
}

func TestKeyFormSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	b := s.Browser().SignUp("Northwind", "ada@northwind.example")
	tests := []struct {
		name   string
		change func(url.Values)
		want   string
	}{
		{"no name", func(f url.Values) { f.Set("name", " ") }, "Enter a name for the key"},
		{"no scope", func(f url.Values) { f.Del("scopes") }, "Choose at least one scope"},
		{"unknown scope", func(f url.Values) { f.Set("scopes", "Everything") }, "Scopes must be one of: "},
		{"unknown scope beside one", func(f url.Values) { f.Add("scopes", "Everything") }, "Scopes must be one of: "},
		{"unknown mode", func(f url.Values) { f.Set("mode", "Play") }, "Mode must be one of: Test, Live"},
		{"unknown access", func(f url.Values) { f.Set("access", "write") }, "Access must be one of: Read-only, Only proposes what spends credits"},
		{"no mode", func(f url.Values) { f.Del("mode") }, "Choose live or test"},
		{"a date that is none", func(f url.Values) { f.Set("expiresAt", "tomorrow") }, "must be a date"},
		{"a date that has passed", func(f url.Values) { f.Set("expiresAt", "2026-03-01") }, "must be in the future"},
		{"the end of all years", func(f url.Values) { f.Set("expiresAt", "9999-12-31") }, "before the year 10000"},
		{"no form id", func(f url.Values) { f.Del("form") }, "Open this page again"},
	}
	for _, tt := range tests {
		form := b.KeyForm("Bullhorn")
		tt.change(form)
		a := b.Post("/employer/keys", form)
		a.Wants(t, http.StatusUnprocessableEntity, "There is a problem", tt.want, "<title>Error: ")
	}
	if keys, _ := s.Store.Accounts.Keys(t.Context(), 1); len(keys) != 0 {
		t.Errorf("%d keys, want none", len(keys))
	}
	// Today is allowed, and counts to its end.
	form := b.KeyForm("Today")
	form.Set("expiresAt", "2026-03-02")
	b.Post("/employer/keys", form).Wants(t, http.StatusCreated)
	b.Get("/employer/keys").Wants(t, http.StatusOK, "end of 2 March 2026 (UTC), in less than a day")
	s.Clock.Advance(15 * time.Hour)
	b.Get("/employer/keys").Wants(t, http.StatusOK, "Expired", "which has passed")
}

func TestKeyStatesAreInWords(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	b := s.Browser().SignUp("Northwind", "ada@northwind.example")
	created := b.Post("/employer/keys", b.KeyForm("Waits"))
	created.Wants(t, http.StatusCreated, "Pending review", "answer 401")
	b.Get("/employer/keys").Wants(t, http.StatusOK, "Pending review", "never")

	if _, err := s.Store.Accounts.GrantCredits(t.Context(), board.Tenant{EmployerID: 1, Mode: board.ModeLive}, account.Credits{JobPosting: 3}); err != nil {
		t.Fatal(err)
	}
	form := b.KeyForm("Reads")
	form["access"] = []string{"read", "propose"}
	b.Post("/employer/keys", form).Wants(t, http.StatusUnprocessableEntity, `href="#access-read"`, "not both: a key that only reads has nothing to propose")
	form.Set("access", "read")
	active := b.Post("/employer/keys", form)
	if !strings.HasPrefix(portaltest.PlainKey.FindString(active.Body), "rk_live_") || strings.Contains(active.Body, "Pending") {
		t.Errorf("not a read-only key that works at once:\n%s", active.Body)
	}
	b.Get("/employer").Wants(t, http.StatusOK, "Northwind", ">3<", "Your first request", s.URL+"/api/v1/me")

	a := b.Post("/employer/keys/2/revoke", nil)
	a.Wants(t, http.StatusOK, "The key “Reads” is revoked", "Revoked")
	if strings.Contains(b.Get("/employer/keys").Body, "is revoked") {
		t.Error("the notice is shown twice")
	}
	if _, err := s.Store.Accounts.Admit(t.Context(), portaltest.PlainKey.FindString(active.Body), account.Need{Family: board.FamilyJobs}); err == nil {
		t.Error("the revoked key works")
	}
}

func TestAnotherEmployersKeyIsNotFound(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	ada := s.Browser().SignUp("Northwind", "ada@northwind.example")
	ada.Post("/employer/keys", ada.KeyForm("Ada's")).Wants(t, http.StatusCreated)
	eve := s.Browser().SignUp("Southwind", "eve@southwind.example")

	another, absent := eve.Post("/employer/keys/1/revoke", nil), eve.Post("/employer/keys/999/revoke", nil)
	if another.Status != http.StatusNotFound || absent.Status != http.StatusNotFound {
		t.Errorf("another's %d, absent %d, want 404", another.Status, absent.Status)
	}
	if a, b := strings.NewReplacer("key 1", "key 999", "keys/1/", "keys/999/").Replace(another.Body), absent.Body; a != b {
		t.Errorf("they can be told apart:\n%s\n%s", a, b)
	}
	if strings.Contains(eve.Get("/employer/keys").Body, "Ada") || strings.Contains(eve.Get("/employer/team").Body, "ada@") {
		t.Error("an employer sees another's data")
	}
	if keys, _ := s.Store.Accounts.Keys(t.Context(), 1); keys[0].Status == apikey.Revoked {
		t.Error("another employer's key was revoked")
	}
	eve.Post("/employer/keys/nonsense/revoke", nil).Wants(t, http.StatusNotFound)
}

func TestOnlyAnAdminMintsAndRevokes(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	ada := s.Browser().SignUp("Northwind", "ada@northwind.example")
	form := ada.KeyForm("Ada's")
	ada.Post("/employer/keys", form).Wants(t, http.StatusCreated)
	for i, role := range []board.Role{board.RoleRecruiter, board.RoleViewer} {
		b := s.Join(role, ada, fmt.Sprintf("bo%d@northwind.example", i))
		list := b.Get("/employer/keys")
		if role == board.RoleViewer {
			list.Wants(t, http.StatusOK, "Ada's", "Only an employer admin can create and revoke API keys. Ask ada@northwind.example.")
			b.Get("/employer/team").Wants(t, http.StatusOK, "ada@northwind.example", "Only an employer admin can add people")
		} else {
			list.Wants(t, http.StatusForbidden, "Your role has nothing to do with this page")
		}
		if strings.Contains(list.Body, "/employer/keys/new") || strings.Contains(list.Body, "/revoke") {
			t.Errorf("%s is offered what is not allowed", role)
		}
		b.Get("/employer/keys/new").Wants(t, http.StatusForbidden, "Only an employer admin")
		b.Post("/employer/keys", form).Wants(t, http.StatusForbidden)
		b.Post("/employer/keys/1/revoke", nil).Wants(t, http.StatusForbidden)
		b.Post("/employer/team", url.Values{"email": {"x@northwind.example"}, "role": {"EmployerAdmin"}}).Wants(t, http.StatusForbidden)
		b.Post("/employer/team/1/link", nil).Wants(t, http.StatusForbidden)
	}
	// An invited admin has all rights.
	cy := s.Join(board.RoleEmployerAdmin, ada, "cy@northwind.example")
	cy.Post("/employer/keys", cy.KeyForm("Cy's")).Wants(t, http.StatusCreated)
	if keys, _ := s.Store.Accounts.Keys(t.Context(), 1); len(keys) != 2 {
		t.Errorf("%d keys, want 2", len(keys))
	}
}

func TestMarkupInNamesIsText(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	b := s.Browser().SignUp(`<b>North</b>"wind`, "ada@northwind.example")
	name := `"><script>alert(1)</script>`
	form := b.KeyForm(name)
	pages := []portaltest.Answer{b.Post("/employer/keys", form), b.Get("/employer/keys"), b.Get("/employer"), b.Post("/employer/keys/1/revoke", nil)}
	form.Del("mode")
	pages = append(pages, b.Post("/employer/keys", form))
	for _, a := range pages {
		if strings.Contains(a.Body, "<script>alert") || strings.Contains(a.Body, "<b>North") {
			t.Errorf("%s runs what somebody typed:\n%s", a.Path, a.Body)
		}
	}
	pages[1].Wants(t, http.StatusOK, name)
}
