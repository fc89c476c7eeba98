package portal_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
)

func TestAKeyIsShownExactlyOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.browser().signUp("Northwind", "ada@northwind.example")
	b.get("/employer/keys").wants(t, http.StatusOK, "There are no API keys yet.")

	form := b.keyForm("Bullhorn production")
	form.Add("scopes", "Webhooks")
	form.Set("mode", "test")
	created := b.post("/employer/keys", form)
	created.wants(t, http.StatusCreated, "Bullhorn production", "/api/v1/me", "/api/v1/jobs")
	plain := plainKey.FindString(created.body)
	if plain == "" {
		t.Fatalf("no key on the page:\n%s", created.body)
	}
	if got := created.header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control %q, want no-store", got)
	}
	admission, err := s.store.Accounts.Admit(t.Context(), plain, account.Need{Scope: board.ScopeWebhooks, Family: board.FamilyJobs})
	if err != nil || !admission.Admitted {
		t.Errorf("the key that was shown does not work: %+v, %v", admission, err)
	}

	again := b.post("/employer/keys", form) // what a reload does
	again.wants(t, http.StatusOK, "was created already")
	list := b.get("/employer/keys")
	list.wants(t, http.StatusOK, "Bullhorn production", "pk_test_…"+plain[len(plain)-4:], "Active", "Test", "Job posting, Webhooks", "just now")
	for _, a := range []answer{again, list} {
		if strings.Contains(a.body, plain) {
			t.Errorf("%s shows the key again", a.path)
		}
	}
	if keys, _ := s.store.Accounts.Keys(t.Context(), admission.EmployerID); len(keys) != 1 {
		t.Errorf("%d keys, want 1", len(keys))
	}
	if strings.Contains(s.log.String(), plain) {
		t.Error("the key is in the log")
	}
}

func TestADoubleClickMakesOneKey(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.browser().signUp("Northwind", "ada@northwind.example")
	form := b.keyForm("Bullhorn")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { b.post("/employer/keys", form) })
	}
	wg.Wait()
	if keys, _ := s.store.Accounts.Keys(t.Context(), 1); len(keys) != 1 {
		t.Errorf("%d keys, want 1", len(keys))
	}
}

func TestKeyFormSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.browser().signUp("Northwind", "ada@northwind.example")
	tests := []struct {
		name   string
		change func(url.Values)
		want   string
	}{
		{"no name", func(f url.Values) { f.Set("name", " ") }, "Name must not be empty"},
		{"no scope", func(f url.Values) { f.Del("scopes") }, "Choose at least one scope"},
		{"unknown scope", func(f url.Values) { f.Set("scopes", "Everything") }, "Choose at least one scope"},
		{"no mode", func(f url.Values) { f.Del("mode") }, "Choose live or test"},
		{"a date that is none", func(f url.Values) { f.Set("expiresAt", "tomorrow") }, "must be a date"},
		{"a date that has passed", func(f url.Values) { f.Set("expiresAt", "2026-03-01") }, "must be in the future"},
		{"no form id", func(f url.Values) { f.Del("form") }, "Open this page again"},
	}
	for _, tt := range tests {
		form := b.keyForm("Bullhorn")
		tt.change(form)
		a := b.post("/employer/keys", form)
		a.wants(t, http.StatusUnprocessableEntity, "There is a problem", tt.want, "<title>Error: ")
	}
	if keys, _ := s.store.Accounts.Keys(t.Context(), 1); len(keys) != 0 {
		t.Errorf("%d keys, want none", len(keys))
	}
	// Today is allowed, and counts to its end.
	form := b.keyForm("Today")
	form.Set("expiresAt", "2026-03-02")
	b.post("/employer/keys", form).wants(t, http.StatusCreated)
	b.get("/employer/keys").wants(t, http.StatusOK, "end of 2 March 2026 (UTC), in less than a day")
	s.clock.Advance(15 * time.Hour)
	b.get("/employer/keys").wants(t, http.StatusOK, "Expired", "which has passed")
}

func TestKeyStatesAreInWords(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.browser().signUp("Northwind", "ada@northwind.example")
	created := b.post("/employer/keys", b.keyForm("Waits"))
	created.wants(t, http.StatusCreated, "Pending review", "answer 401")
	b.get("/employer/keys").wants(t, http.StatusOK, "Pending review", "never")

	if _, err := s.store.Accounts.GrantCredits(t.Context(), board.Tenant{EmployerID: 1, Mode: board.ModeLive}, account.Credits{JobPosting: 3}); err != nil {
		t.Fatal(err)
	}
	form := b.keyForm("Reads")
	form.Set("access", "read")
	active := b.post("/employer/keys", form)
	if !strings.HasPrefix(plainKey.FindString(active.body), "rk_live_") || strings.Contains(active.body, "Pending") {
		t.Errorf("not a read-only key that works at once:\n%s", active.body)
	}
	b.get("/employer").wants(t, http.StatusOK, "Northwind", ">3<", "Your first request", s.url+"/api/v1/me")

	a := b.post("/employer/keys/2/revoke", nil)
	a.wants(t, http.StatusOK, "The key “Reads” is revoked", "Revoked")
	if strings.Contains(b.get("/employer/keys").body, "is revoked") {
		t.Error("the notice is shown twice")
	}
	if _, err := s.store.Accounts.Admit(t.Context(), plainKey.FindString(active.body), account.Need{Family: board.FamilyJobs}); err == nil {
		t.Error("the revoked key works")
	}
}

func TestAnotherEmployersKeyIsNotFound(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada := s.browser().signUp("Northwind", "ada@northwind.example")
	ada.post("/employer/keys", ada.keyForm("Ada's")).wants(t, http.StatusCreated)
	eve := s.browser().signUp("Southwind", "eve@southwind.example")

	another, absent := eve.post("/employer/keys/1/revoke", nil), eve.post("/employer/keys/999/revoke", nil)
	if another.status != http.StatusNotFound || absent.status != http.StatusNotFound {
		t.Errorf("another's %d, absent %d, want 404", another.status, absent.status)
	}
	if a, b := strings.ReplaceAll(another.body, "key 1", "key 999"), absent.body; a != b {
		t.Errorf("they can be told apart:\n%s\n%s", a, b)
	}
	if strings.Contains(eve.get("/employer/keys").body, "Ada") || strings.Contains(eve.get("/employer/team").body, "ada@") {
		t.Error("an employer sees another's data")
	}
	if keys, _ := s.store.Accounts.Keys(t.Context(), 1); keys[0].Status == board.KeyRevoked {
		t.Error("another employer's key was revoked")
	}
	eve.post("/employer/keys/nonsense/revoke", nil).wants(t, http.StatusNotFound)
}

func TestOnlyAnAdminMintsAndRevokes(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada := s.browser().signUp("Northwind", "ada@northwind.example")
	form := ada.keyForm("Ada's")
	ada.post("/employer/keys", form).wants(t, http.StatusCreated)
	for i, role := range []board.Role{board.RoleRecruiter, board.RoleViewer} {
		b := s.join(role, ada, fmt.Sprintf("bo%d@northwind.example", i))
		list := b.get("/employer/keys")
		if role == board.RoleViewer {
			list.wants(t, http.StatusOK, "Ada's", "Only an employer admin can create and revoke API keys. Ask ada@northwind.example.")
			b.get("/employer/team").wants(t, http.StatusOK, "ada@northwind.example", "Only an employer admin can add people")
		} else {
			list.wants(t, http.StatusForbidden, "Your role has nothing to do with this page")
		}
		if strings.Contains(list.body, "/employer/keys/new") || strings.Contains(list.body, "/revoke") {
			t.Errorf("%s is offered what is not allowed", role)
		}
		b.get("/employer/keys/new").wants(t, http.StatusForbidden, "Only an employer admin")
		b.post("/employer/keys", form).wants(t, http.StatusForbidden)
		b.post("/employer/keys/1/revoke", nil).wants(t, http.StatusForbidden)
		b.post("/employer/team", url.Values{"email": {"x@northwind.example"}, "role": {"EmployerAdmin"}}).wants(t, http.StatusForbidden)
		b.post("/employer/team/1/link", nil).wants(t, http.StatusForbidden)
	}
	// An invited admin has all rights.
	cy := s.join(board.RoleEmployerAdmin, ada, "cy@northwind.example")
	cy.post("/employer/keys", cy.keyForm("Cy's")).wants(t, http.StatusCreated)
	if keys, _ := s.store.Accounts.Keys(t.Context(), 1); len(keys) != 2 {
		t.Errorf("%d keys, want 2", len(keys))
	}
}

func TestMarkupInNamesIsText(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.browser().signUp(`<b>North</b>"wind`, "ada@northwind.example")
	name := `"><script>alert(1)</script>`
	form := b.keyForm(name)
	pages := []answer{b.post("/employer/keys", form), b.get("/employer/keys"), b.get("/employer"), b.post("/employer/keys/1/revoke", nil)}
	form.Del("mode")
	pages = append(pages, b.post("/employer/keys", form))
	for _, a := range pages {
		if strings.Contains(a.body, "<script>alert") || strings.Contains(a.body, "<b>North") {
			t.Errorf("%s runs what somebody typed:\n%s", a.path, a.body)
		}
	}
	pages[1].wants(t, http.StatusOK, name)
}
