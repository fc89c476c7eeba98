package portal_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
)

func logged(n int64, mode board.Mode, status int, code, id string, at time.Time) account.APIRequest {
	return account.APIRequest{
		Tenant: board.Tenant{EmployerID: n, Mode: mode}, KeyID: n, RequestID: id, Method: http.MethodGet, Route: "/api/v1/jobs/:id", Status: status, Code: code,
		Took: 3 * time.Millisecond, At: at,
	}
}

func TestTheRequestLogIsFilteredAndOnesOwn(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada := s.browser().signUp("Northwind", "ada@northwind.example")
	ada.get("/employer/requests").wants(t, http.StatusOK, "No request yet")
	ada.post("/employer/keys", ada.keyForm(`"><b>Bullhorn</b>`)).wants(t, http.StatusCreated)
	eve := s.browser().signUp("Southwind", "eve@southwind.example")
	eve.post("/employer/keys", eve.keyForm("Eve's")).wants(t, http.StatusCreated)
	now := s.clock.Now()
	batch := []account.APIRequest{
		logged(1, board.ModeLive, 200, "", "req-ok", now), logged(1, board.ModeLive, 404, "not_found", "req-missing", now),
		logged(1, board.ModeTest, 200, "", "req-test", now), logged(2, board.ModeLive, 200, "", "req-eve", now),
		logged(1, board.ModeLive, 200, "", "req-old", now.Add(-8*24*time.Hour)),
	}
	for range 60 {
		batch = append(batch, logged(1, board.ModeLive, 200, "", "req-many", now))
	}
	if err := s.store.Accounts.LogRequests(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	list := ada.get("/employer/requests")
	list.wants(t, http.StatusOK, "req-many", "GET /api/v1/jobs/:id", "Next page", `"><b>Bullhorn</b>`)
	if strings.Contains(list.body, "<b>Bullhorn") || strings.Contains(list.body, "req-ok") {
		t.Error("markup in the name of a key is markup, or the page has more than its requests")
	}
	older := ada.get("/employer/requests?before=3")
	older.wants(t, http.StatusOK, "req-ok", "req-missing", "Previous page")
	for _, foreign := range []string{"req-eve", "req-test", "req-old"} {
		if strings.Contains(list.body+older.body, foreign) {
			t.Errorf("the log has %s", foreign)
		}
	}
	failed := ada.get("/employer/requests?status=failed")
	failed.wants(t, http.StatusOK, "req-missing", "not_found")
	if strings.Contains(failed.body, "req-many") {
		t.Error("the filter of failures lets others through")
	}
	for _, query := range []url.Values{
		{"id": {"req-ok"}}, {"id": {"req-ok"}, "route": {"get /api/v1/jobs/:id"}}, {"id": {"req-ok"}, "key": {"1"}, "status": {"2"}},
	} {
		ada.get("/employer/requests?"+query.Encode()).wants(t, http.StatusOK, ">req-ok<")
	}
	for _, query := range []string{"id=%00%ff", "route=POST+/api/v1/jobs", "key=999", "status=5", "before=x&status=x&key=x"} {
		ada.get("/employer/requests?"+query).wants(t, http.StatusOK)
	}
	ada.get("/employer/requests/1").wants(t, http.StatusOK, "req-ok", "Bullhorn", "3.0 ms")
	another, absent := eve.get("/employer/requests/1"), eve.get("/employer/requests/999")
	if another.status != http.StatusNotFound || strings.ReplaceAll(another.body, "requests/1", "requests/999") != absent.body {
		t.Errorf("another's request answers %d, an absent one %d", another.status, absent.status)
	}
}

// TestDeveloperPagesCostTheSame reads pages with much and with little: no page asks the database for each row.
func TestDeveloperPagesCostTheSame(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.browser().signUp("Northwind", "ada@northwind.example")
	b.addWebhook("https://ats.example/hook", "job.created")
	b.post("/employer/keys", b.keyForm("Bullhorn")).wants(t, http.StatusCreated)
	paths := []string{"/employer/webhooks", "/employer/webhooks/1", "/employer/events", "/employer/requests", "/employer/keys", "/employer/webhooks/1/replays"}
	few := map[string]int64{}
	for _, path := range paths {
		few[path] = b.statements(path)
	}
	for range 9 {
		b.addWebhook("https://ats.example/hook", "job.created")
		b.post("/employer/keys", b.keyForm("Bullhorn")).wants(t, http.StatusCreated)
		if _, err := s.store.Jobs.CreateJob(t.Context(), board.Tenant{EmployerID: 1, Mode: board.ModeLive}, board.JobPatch{Title: board.Set("IT Manager")}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.store.Accounts.LogRequests(t.Context(), []account.APIRequest{logged(1, board.ModeLive, 200, "", "a", s.clock.Now()), logged(1, board.ModeLive, 200, "", "b", s.clock.Now())}); err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		if many := b.statements(path); many != few[path] || many > 14 {
			t.Errorf("%s asks the database %d times with one row and %d times with ten", path, few[path], many)
		}
	}
}

func TestWebhooksAreOfOneTenantAndForRoles(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada := s.browser().signUp("Northwind", "ada@northwind.example")
	ada.addWebhook("https://ats.example/hook", "job.created")
	test := ada.post("/employer/webhooks/1/test", nil)
	delivery := strings.TrimPrefix(test.path, "/employer/webhooks/1")
	eve := s.browser().signUp("Southwind", "eve@southwind.example")
	writes := []string{"/settings", "/secret", "/secret/activate", "/replays", "/replays/1/cancel", "/test", "/disable", "/enable", "/delete", delivery + "/resend"}
	for _, path := range []string{"", "/settings", "/secret", "/replays", delivery} {
		eve.get("/employer/webhooks/1"+path).wants(t, http.StatusNotFound)
	}
	for _, path := range writes {
		eve.post("/employer/webhooks/1"+path, nil).wants(t, http.StatusNotFound)
	}
	eve.get("/employer/events/1").wants(t, http.StatusNotFound)
	bo := s.join(board.RoleRecruiter, ada, "bo@northwind.example")
	for _, path := range []string{"/employer/webhooks", "/employer/webhooks/1", "/employer/events", "/employer/requests", test.path} {
		bo.get(path).wants(t, http.StatusForbidden)
	}
	viewer := s.join(board.RoleViewer, ada, "cy@northwind.example")
	viewer.get("/employer/webhooks").wants(t, http.StatusOK, "ats.example/hook")
	for _, path := range []string{"", "/settings", "/secret", "/replays"} {
		page := viewer.get("/employer/webhooks/1" + path)
		page.wants(t, http.StatusOK)
		if strings.Contains(page.body, `action="/employer/webhooks/1/`) {
			t.Errorf("a viewer is offered something at %s", page.path)
		}
	}
	viewer.get("/employer/webhooks/new").wants(t, http.StatusForbidden)
	viewer.post("/employer/webhooks", nil).wants(t, http.StatusForbidden)
	for _, path := range writes {
		viewer.post("/employer/webhooks/1"+path, nil).wants(t, http.StatusForbidden)
	}
	viewer.get(test.path).wants(t, http.StatusOK, "webhook.test")
	for _, path := range writes {
		ada.postFrom("cross-site", "/employer/webhooks/1"+path, nil).wants(t, http.StatusForbidden, "another website")
	}
	// The other mode has webhooks of its own.
	ada.post("/employer/mode", url.Values{"mode": {"test"}}).wants(t, http.StatusOK)
	ada.get("/employer/webhooks").wants(t, http.StatusOK, "No webhook yet")
	ada.get("/employer/webhooks/1").wants(t, http.StatusNotFound)
}

func TestAWebhookFormSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.browser().signUp("Northwind", "ada@northwind.example")
	for name, tt := range map[string]struct {
		change func(url.Values)
		want   string
	}{
		"no address":           {func(f url.Values) { f.Del("url") }, "URL is required"},
		"a blocked address":    {func(f url.Values) { f.Set("url", "https://[fe80::1%25x]/") }, "There is a problem"},
		"no event":             {func(f url.Values) { f.Del("events-job") }, "Choose at least one event"},
		"another's event":      {func(f url.Values) { f.Set("profile", "rejento") }, "Choose at least one event"},
		"a long description":   {func(f url.Values) { f.Set("description", strings.Repeat("a", 201)) }, "Description"},
		"no form id":           {func(f url.Values) { f.Del("form") }, "Open this page again"},
		"what reads as markup": {func(f url.Values) { f.Set("url", `"><script>alert(1)</script>`) }, "There is a problem"},
	} {
		form := b.webhookForm("https://ats.example/hook", "job.created")
		tt.change(form)
		a := b.post("/employer/webhooks", form)
		a.wants(t, http.StatusUnprocessableEntity, tt.want, "<title>Error: ")
		if strings.Contains(a.body, "<script>alert") {
			t.Errorf("%s: what was typed runs", name)
		}
	}
	// A form that was opened before somebody else's change does not overwrite it.
	b.addWebhook("https://ats.example/hook", "job.created")
	edit := url.Values{"version": {"1"}, "url": {"https://ats.example/v2"}, "events-job": {"job.created", "job.expired"}, "description": {`<i>ATS</i>`}}
	b.post("/employer/webhooks/1/settings", edit).wants(t, http.StatusOK, "is saved", `<i>ATS</i>`)
	edit.Set("url", "https://ats.example/v3")
	b.post("/employer/webhooks/1/settings", edit).wants(t, http.StatusUnprocessableEntity, "Somebody has changed this webhook", "https://ats.example/v3")
}

func TestAKeyIsRolledWithAnOverlap(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.browser().signUp("Northwind", "ada@northwind.example")
	form := b.keyForm("Bullhorn")
	form.Set("mode", "test")
	form.Set("allowed", "192.0.2.7, 2001:db8::1/32")
	old := plainKey.FindString(b.post("/employer/keys", form).body)
	admitted := func(key, from string) bool {
		a, err := s.store.Accounts.Admit(t.Context(), key, account.Need{Family: board.FamilyJobs, Address: from})
		return err == nil && a.Permitted
	}
	list := b.get("/employer/keys")
	list.wants(t, http.StatusOK, "from 192.0.2.7/32, 2001:db8::/32", "1 hour more")
	roll := url.Values{"form": {hiddenForm.FindStringSubmatch(list.body)[1]}, "overlap": {"1h"}}
	rolled := b.post("/employer/keys/1/roll", roll)
	rolled.wants(t, http.StatusCreated, "Bullhorn")
	key := plainKey.FindString(rolled.body)
	for _, k := range []string{old, key} {
		if !admitted(k, "192.0.2.7") || !admitted(k, "2001:db8:1::9") || admitted(k, "192.0.2.8") || admitted(k, "") {
			t.Error("a key is not bound to its networks")
		}
	}
	b.post("/employer/keys/1/roll", roll).wants(t, http.StatusOK, "was made already")
	again := url.Values{"form": {"another"}, "overlap": {"1h"}}
	b.post("/employer/keys/1/roll", again).wants(t, http.StatusOK, "was rolled already")
	b.post("/employer/keys/2/roll", url.Values{"form": {"x"}, "overlap": {"9d"}}).wants(t, http.StatusBadRequest)
	b.post("/employer/keys/9/roll", url.Values{"form": {"y"}, "overlap": {"1h"}}).wants(t, http.StatusNotFound)
	s.clock.Advance(61 * time.Minute)
	if admitted(old, "192.0.2.7") || !admitted(key, "192.0.2.7") {
		t.Error("after the overlap the former key works, or the new one does not")
	}
	b.get("/employer/keys").wants(t, http.StatusOK, "Expired")
	form = b.keyForm("Wrong")
	form.Set("allowed", "300.1.2.3")
	b.post("/employer/keys", form).wants(t, http.StatusUnprocessableEntity, "“300.1.2.3” is none")
}
