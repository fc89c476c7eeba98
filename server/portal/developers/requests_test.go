package developers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"itmanagerjobs/server/portal/portaltest"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/outbox"
)

func logged(n int64, mode board.Mode, status int, code, id string, at time.Time) account.APIRequest {
	return account.APIRequest{
		Tenant: board.Tenant{EmployerID: n, Mode: mode}, KeyID: n, RequestID: id, Method: http.MethodGet, Route: "/api/v1/jobs/:id", Status: status, Code: code,
		Took: 3 * time.Millisecond, At: at,
	}
}

func TestTheRequestLogIsFilteredAndOnesOwn(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	ada := s.Browser().SignUp("Northwind", "ada@northwind.example")
	ada.Get("/employer/requests").Wants(t, http.StatusOK, "No request yet", "What test keys ask is listed in test mode")
	ada.Post("/employer/keys", ada.KeyForm(`"><b>Bullhorn</b>`)).Wants(t, http.StatusCreated)
	eve := s.Browser().SignUp("Southwind", "eve@southwind.example")
	eve.Post("/employer/keys", eve.KeyForm("Eve's")).Wants(t, http.StatusCreated)
	now := s.Clock.Now()
	batch := []account.APIRequest{
		logged(1, board.ModeLive, 200, "", "req-ok", now), logged(1, board.ModeLive, 404, "not_found", "req-missing", now),
		logged(1, board.ModeTest, 200, "", "req-test", now), logged(2, board.ModeLive, 200, "", "req-eve", now),
		logged(1, board.ModeLive, 200, "", "req-old", now.Add(-8*24*time.Hour)),
	}
	for range 60 {
		batch = append(batch, logged(1, board.ModeLive, 200, "", "req-many", now))
	}
	if err := s.Store.Accounts.LogRequests(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	list := ada.Get("/employer/requests")
	list.Wants(t, http.StatusOK, "req-many", "GET /api/v1/jobs/:id", "Next page", `"><b>Bullhorn</b>`)
	if strings.Contains(list.Body, "<b>Bullhorn") || strings.Contains(list.Body, "req-ok") {
		t.Error("markup in the name of a key is markup, or the page has more than its requests")
	}
	older := ada.Get("/employer/requests?before=3")
	older.Wants(t, http.StatusOK, "req-ok", "req-missing", "Previous page")
	for _, foreign := range []string{"req-eve", "req-test", "req-old"} {
		if strings.Contains(list.Body+older.Body, foreign) {
			t.Errorf("the log has %s", foreign)
		}
	}
	failed := ada.Get("/employer/requests?status=failed")
	failed.Wants(t, http.StatusOK, "req-missing", "not_found")
	if strings.Contains(failed.Body, "req-many") {
		t.Error("the filter of failures lets others through")
	}
	for _, query := range []url.Values{
		{"id": {"req-ok"}}, {"id": {"req-ok"}, "route": {"get /api/v1/jobs/:id"}}, {"id": {"req-ok"}, "key": {"1"}, "status": {"2"}},
	} {
		ada.Get("/employer/requests?"+query.Encode()).Wants(t, http.StatusOK, ">req-ok<")
	}
	for _, query := range []string{"id=%00%ff", "route=POST+/api/v1/jobs", "key=999", "status=5", "before=x&status=x&key=x"} {
		ada.Get("/employer/requests?"+query).Wants(t, http.StatusOK)
	}
	ada.Get("/employer/requests/1").Wants(t, http.StatusOK, "req-ok", "Bullhorn", "3.0 ms")
	another, absent := eve.Get("/employer/requests/1"), eve.Get("/employer/requests/999")
	if another.Status != http.StatusNotFound || strings.ReplaceAll(another.Body, "requests/1", "requests/999") != absent.Body {
		t.Errorf("another's request answers %d, an absent one %d", another.Status, absent.Status)
	}
}

// TestDeveloperPagesCostTheSame reads pages with much and with little: no page asks the database for each row.
func TestDeveloperPagesCostTheSame(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	b := s.Browser().SignUp("Northwind", "ada@northwind.example")
	b.AddWebhook("https://ats.example/hook", "job.created")
	b.Post("/employer/keys", b.KeyForm("Bullhorn")).Wants(t, http.StatusCreated)
	paths := []string{"/employer/webhooks", "/employer/webhooks/1", "/employer/events", "/employer/requests", "/employer/keys", "/employer/webhooks/1/replays"}
	few := map[string]int64{}
	for _, path := range paths {
		few[path] = b.Statements(path)
	}
	for range 9 {
		b.AddWebhook("https://ats.example/hook", "job.created")
		b.Post("/employer/keys", b.KeyForm("Bullhorn")).Wants(t, http.StatusCreated)
		if _, err := s.Store.Jobs.CreateJob(t.Context(), board.Tenant{EmployerID: 1, Mode: board.ModeLive}, board.JobPatch{Title: board.Set("IT Manager")}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Store.Accounts.LogRequests(t.Context(), []account.APIRequest{logged(1, board.ModeLive, 200, "", "a", s.Clock.Now()), logged(1, board.ModeLive, 200, "", "b", s.Clock.Now())}); err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		if many := b.Statements(path); many != few[path] || many > 14 {
			t.Errorf("%s asks the database %d times with one row and %d times with ten", path, few[path], many)
		}
	}
}

func TestWebhooksAreOfOneTenantAndForRoles(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	ada := s.Browser().SignUp("Northwind", "ada@northwind.example")
	ada.AddWebhook("https://ats.example/hook", "job.created")
	test := ada.Post("/employer/webhooks/1/test", nil)
	delivery := strings.TrimPrefix(test.Path, "/employer/webhooks/1")
	eve := s.Browser().SignUp("Southwind", "eve@southwind.example")
	writes := []string{"/settings", "/secret", "/secret/activate", "/replays", "/replays/1/cancel", "/test", "/disable", "/enable", "/delete", delivery + "/resend"}
	for _, path := range []string{"", "/settings", "/secret", "/replays", delivery} {
		eve.Get("/employer/webhooks/1"+path).Wants(t, http.StatusNotFound)
	}
	for _, path := range writes {
		eve.Post("/employer/webhooks/1"+path, nil).Wants(t, http.StatusNotFound)
	}
	eve.Get("/employer/events/1").Wants(t, http.StatusNotFound)
	bo := s.Join(board.RoleRecruiter, ada, "bo@northwind.example")
	for _, path := range []string{"/employer/webhooks", "/employer/webhooks/1", "/employer/events", "/employer/requests", test.Path} {
		bo.Get(path).Wants(t, http.StatusForbidden)
	}
	viewer := s.Join(board.RoleViewer, ada, "cy@northwind.example")
	viewer.Get("/employer/webhooks").Wants(t, http.StatusOK, "ats.example/hook")
	for _, path := range []string{"", "/settings", "/secret", "/replays"} {
		page := viewer.Get("/employer/webhooks/1" + path)
		page.Wants(t, http.StatusOK)
		if strings.Contains(page.Body, `action="/employer/webhooks/1/`) {
			t.Errorf("a viewer is offered something at %s", page.Path)
		}
	}
	viewer.Get("/employer/webhooks/new").Wants(t, http.StatusForbidden)
	viewer.Post("/employer/webhooks", nil).Wants(t, http.StatusForbidden)
	for _, path := range writes {
		viewer.Post("/employer/webhooks/1"+path, nil).Wants(t, http.StatusForbidden)
	}
	viewer.Get(test.Path).Wants(t, http.StatusOK, "webhook.test")
	for _, path := range writes {
		ada.PostFrom("cross-site", "/employer/webhooks/1"+path, nil).Wants(t, http.StatusForbidden, "another website")
	}
	// The other mode has webhooks of its own.
	ada.Post("/employer/mode", url.Values{"mode": {"test"}}).Wants(t, http.StatusOK)
	ada.Get("/employer/webhooks").Wants(t, http.StatusOK, "No webhook yet")
	ada.Get("/employer/webhooks/1").Wants(t, http.StatusNotFound)
}

func TestAWebhookFormSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	b := s.Browser().SignUp("Northwind", "ada@northwind.example")
	for name, tt := range map[string]struct {
		change func(url.Values)
		want   string
	}{
		"no address":           {func(f url.Values) { f.Del("url") }, "Enter the address of your system"},
		"a blocked address":    {func(f url.Values) { f.Set("url", "https://[fe80::1%25x]/") }, "There is a problem"},
		"no event":             {func(f url.Values) { f.Del("events-job") }, "Choose at least one event"},
		"another's event":      {func(f url.Values) { f.Set("profile", "rejento") }, "Choose at least one event"},
		"a long description":   {func(f url.Values) { f.Set("description", strings.Repeat("a", 201)) }, "Description"},
		"no form id":           {func(f url.Values) { f.Del("form") }, "Open this page again"},
		"what reads as markup": {func(f url.Values) { f.Set("url", `"><script>alert(1)</script>`) }, "There is a problem"},
	} {
		form := b.WebhookForm("https://ats.example/hook", "job.created")
		tt.change(form)
		a := b.Post("/employer/webhooks", form)
		a.Wants(t, http.StatusUnprocessableEntity, tt.want, "<title>Error: ")
		if strings.Contains(a.Body, "<script>alert") {
			t.Errorf("%s: what was typed runs", name)
		}
	}
	// A form that was opened before somebody else's change does not overwrite it.
	b.AddWebhook("https://ats.example/hook", "job.created")
	edit := url.Values{"version": {"1"}, "url": {"https://ats.example/v2"}, "events-job": {"job.created", "job.expired"}, "description": {`<i>ATS</i>`}}
	b.Post("/employer/webhooks/1/settings", edit).Wants(t, http.StatusOK, "is saved", `<i>ATS</i>`)
	edit.Set("url", "https://ats.example/v3")
	b.Post("/employer/webhooks/1/settings", edit).Wants(t, http.StatusUnprocessableEntity, "Somebody has changed this webhook", "https://ats.example/v3")
}

func TestAKeyIsRolledWithAnOverlap(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	b := s.Browser().SignUp("Northwind", "ada@northwind.example")
	form := b.KeyForm("Bullhorn")
	form.Set("mode", "test")
	form.Set("allowed", "192.0.2.7, 2001:db8::1/32")
	old := portaltest.PlainKey.FindString(b.Post("/employer/keys", form).Body)
	admitted := func(key, from string) bool {
		a, err := s.Store.Accounts.Admit(t.Context(), key, account.Need{Family: board.FamilyJobs, Address: from})
		return err == nil && a.Permitted
	}
	list := b.Get("/employer/keys")
	list.Wants(t, http.StatusOK, "from 192.0.2.7/32, 2001:db8::/32", "1 hour more")
	roll := url.Values{"form": {portaltest.HiddenForm.FindStringSubmatch(list.Body)[1]}, "overlap": {"1h"}}
	rolled := b.Post("/employer/keys/1/roll", roll)
	rolled.Wants(t, http.StatusCreated, "Bullhorn")
	key := portaltest.PlainKey.FindString(rolled.Body)
	for _, k := range []string{old, key} {
		if !admitted(k, "192.0.2.7") || !admitted(k, "2001:db8:1::9") || admitted(k, "192.0.2.8") || admitted(k, "") {
			t.Error("a key is not bound to its networks")
		}
	}
	b.Post("/employer/keys/1/roll", roll).Wants(t, http.StatusOK, "was made already")
	again := url.Values{"form": {"another"}, "overlap": {"1h"}}
	b.Post("/employer/keys/1/roll", again).Wants(t, http.StatusOK, "was rolled already")
	b.Post("/employer/keys/2/roll", url.Values{"form": {"x"}, "overlap": {"9d"}}).Wants(t, http.StatusBadRequest)
	b.Post("/employer/keys/9/roll", url.Values{"form": {"y"}, "overlap": {"1h"}}).Wants(t, http.StatusNotFound)
	s.Clock.Advance(61 * time.Minute)
	if admitted(old, "192.0.2.7") || !admitted(key, "192.0.2.7") {
		t.Error("after the overlap the former key works, or the new one does not")
	}
	b.Get("/employer/keys").Wants(t, http.StatusOK, "Expired")
	form = b.KeyForm("Wrong")
	form.Set("allowed", "300.1.2.3")
	b.Post("/employer/keys", form).Wants(t, http.StatusUnprocessableEntity, "“300.1.2.3” is none")
}

// TestSomebodyNewFindsTheWayToTestWebhooks has all events chosen with one box.
func TestSomebodyNewFindsTheWayToTestWebhooks(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	b := s.Browser().SignUp("Northwind", "ada@northwind.example")
	const live, inbox = "What your test key does goes to webhooks of test mode", "No server of your own yet?"
	for _, page := range []string{"/employer/webhooks", "/employer/webhooks/new"} {
		b.Get(page).Wants(t, http.StatusOK, live, `<a href="/employer/test">Switch to test mode`)
	}
	b.Post("/employer/mode", url.Values{"mode": {"test"}})
	for _, page := range []string{"/employer/webhooks", "/employer/webhooks/new"} {
		b.Get(page).Wants(t, http.StatusOK, inbox, `<a href="/employer/test">Make an inbox`)
	}
	form := b.WebhookForm("https://ats.example/hooks")
	form.Set("all-events", "all")
	b.Post("/employer/webhooks", form).Wants(t, http.StatusCreated)
	subs, err := s.Store.Outbox.Subscriptions(t.Context(), board.Tenant{EmployerID: 1, Mode: board.ModeTest}, outbox.SubscriptionQuery{Limit: 1})
	if err != nil || len(subs.Items) != 1 || len(subs.Items[0].Events) != len(event.AllTypes()) {
		t.Errorf("the webhook has %+v, %v", subs.Items, err)
	}
	b.Post("/employer/mode", url.Values{"mode": {"live"}})
	b.Get("/employer").Wants(t, http.StatusOK, "Add a webhook<span class=\"unseen\">, done")
	if _, _, err := s.Store.Accounts.MintKey(t.Context(), account.NewKey{Tenant: board.Tenant{EmployerID: 1, Mode: board.ModeLive}, Name: "Live", Scopes: apikey.AllScopes()}); err != nil {
		t.Fatal(err)
	}
	if body := b.Get("/employer/webhooks/new").Body; strings.Contains(body, live) {
		t.Error("somebody with a live key is sent to test mode")
	}
}
