package developers_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"itmanagerjobs/server/portal/portaltest"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/storetest/fixture"
	"itmanagerjobs/webhooks/profile"
)

var testTenant = board.Tenant{EmployerID: 1, Mode: board.ModeTest}

// inTestMode is an admin who looks at test data, with an active test job.
func inTestMode(t *testing.T, s *portaltest.Site) (*portaltest.Browser, board.Job) {
	t.Helper()
	ada := s.Browser().SignUp("Northwind", "ada@northwind.example")
	ada.Post("/employer/mode", url.Values{"mode": {"test"}, "next": {"/employer/test"}}).Wants(t, http.StatusOK, "No inbox yet")
	return ada, fixture.Active(t, s.Store, testTenant, nil)
}

// A full inbox has two pages, and the second leads nowhere.
func TestAFullInboxEndsWhereItEnds(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	ada, _ := inTestMode(t, s)
	ada.Post("/employer/test/inboxes", url.Values{"name": {"Full"}}).Wants(t, http.StatusOK, "Full")
	all, err := s.Store.Outbox.Inboxes(t.Context(), testTenant)
	if err != nil {
		t.Fatal(err)
	}
	for range delivery.InboxKeeps + 1 {
		if _, err := s.Store.Outbox.Receive(t.Context(), outbox.Arrival{Tenant: testTenant, Token: all[0].Token, SubscriptionID: 1, DeliveryID: 7, Method: http.MethodPost, Body: []byte(`{}`)}); err != nil {
			t.Fatal(err)
		}
	}
	next := regexp.MustCompile(`rel="next" href="([^"]+)"`)
	pages := 0
	for path := "/employer/test/inboxes/1"; path != ""; pages++ {
		a := ada.Get(path)
		if a.Wants(t, http.StatusOK); strings.Contains(a.Body, "Nothing has arrived yet") {
			t.Errorf("%s is empty", path)
		}
		path = ""
		if m := next.FindStringSubmatch(a.Body); m != nil {
			path = html.UnescapeString(m[1])
		}
	}
	if pages != 2 {
		t.Errorf("%d pages", pages)
	}
}

// Somebody makes an inbox, has a test webhook send to it, and reads there what arrived and whether its signature verifies.
func TestAnInboxShowsWhatArrives(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	ada, _ := inTestMode(t, s)
	made := ada.Post("/employer/test/inboxes", url.Values{"name": {"First try"}})
	made.Wants(t, http.StatusOK, "First try", "Nothing has arrived yet", "/inbox/")
	address := s.URL + regexp.MustCompile(`/inbox/[A-Z2-7]+`).FindString(made.Body)
	if page := ada.Get("/employer/webhooks/new?url=" + url.QueryEscape(address)); !strings.Contains(html.UnescapeString(page.Body), `value="`+address+`"`) {
		t.Error("the form of the webhook has not the address of the inbox")
	}
	sub, secret := fixture.Subscribe(t, s.Store, testTenant, event.JobCreated)
	token := strings.TrimPrefix(address, s.URL+"/inbox/")
	body := []byte(`{"id":1}`)
	arrive := func(header http.Header) {
		t.Helper()
		found, err := s.Store.Outbox.Receive(t.Context(), outbox.Arrival{Tenant: testTenant, Token: token, SubscriptionID: sub.ID, DeliveryID: 7, Method: http.MethodPost, Header: header, Body: body})
		if err != nil || !found {
			t.Fatalf("found %v, %v", found, err)
		}
	}
	now := s.Clock.Now()
	arrive(nativeHeaders(t, secret, now, body))
	arrive(nativeHeaders(t, secret+"x", now, body))
	arrive(nativeHeaders(t, secret, now.Add(-time.Hour), body))
	arrive(http.Header{"X-Webhook-Event": {"job.created"}})
	for path, want := range map[string][]string{
		"/requests/1": {"Verifies", "job.created", `{"id":1}`, "Python", "PHP", "Ruby", "Java", "C#", "Node", "WEBHOOK_SECRET"},
		"/requests/2": {"Doesn't verify", "another secret made it"},
		"/requests/3": {"Doesn't verify", "more than 5 minutes"},
		"/requests/4": {"Doesn't verify", "no signature"},
		"":            {"Verifies", "POST job.created", `data-live="2"`},
	} {
		ada.Get(made.Path+path).Wants(t, http.StatusOK, want...)
	}
	if err := s.Store.Outbox.DeleteSubscription(t.Context(), testTenant, sub.ID, board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	ada.Get(made.Path+"/requests/1").Wants(t, http.StatusOK, "Can't be checked")
	ada.Get(made.Path+"/requests/99").Wants(t, http.StatusNotFound)

	eve := s.Browser().SignUp("Southwind", "eve@southwind.example")
	eve.Post("/employer/mode", url.Values{"mode": {"test"}, "next": {"/employer/test"}})
	eve.Get(made.Path).Wants(t, http.StatusNotFound)
	eve.Post("/employer/webhooks", eve.WebhookForm(address, "job.created")).Wants(t, http.StatusUnprocessableEntity, "There is no inbox at this address")
	eve.AddWebhook("https://ats.example/hook", "job.created")
	settings := ""
	for _, found := range regexp.MustCompile(`href="(/employer/webhooks/\d+)"`).FindAllStringSubmatch(eve.Get("/employer/webhooks").Body, -1) {
		settings = found[1] + "/settings"
	}
	form := eve.WebhookForm(address, "job.created")
	form.Set("version", portaltest.TextBetween(eve.Get(settings).Body, `name="version" value="`, `"`))
	eve.Post(settings, form).Wants(t, http.StatusUnprocessableEntity, "There is no inbox at this address")
	eve.Get(made.Path+"/requests/1").Wants(t, http.StatusNotFound)
	eve.Post(made.Path+"/delete", nil).Wants(t, http.StatusNotFound)
	ada.Post(made.Path+"/delete", nil).Wants(t, http.StatusOK, "The inbox is deleted", "No inbox yet")
}

// Things are made to happen to test data alone, and all of it can be cleared.
func TestTestModeMakesThingsHappen(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	ada, j := inTestMode(t, s)
	id := url.Values{"jobId": {number(j.ID)}, "expiringId": {number(j.ID)}}
	ada.Post("/employer/test/applications", id).Wants(t, http.StatusOK, "Application 1 has come in", "Move an application")
	ada.Post("/employer/test/moves", url.Values{"applicationId": {"1"}, "status": {"Screened"}}).Wants(t, http.StatusOK, "Application 1 is Screened now")
	ada.Post("/employer/test/expiries", id).Wants(t, http.StatusOK, "has expired", "Post a test job first")
	ada.Post("/employer/test/applications", id).Wants(t, http.StatusOK, "Post a test job first") // the reason is told, and nobody applies
	ada.Post("/employer/test/clear", nil).Wants(t, http.StatusOK, "Your test data is cleared: 1 job, 1 application")
	ada.Post("/employer/mode", url.Values{"mode": {"live"}, "next": {"/employer/test"}}).Wants(t, http.StatusOK, "You are looking at live data")
	for _, path := range []string{"applications", "expiries", "clear", "inboxes"} {
		ada.Post("/employer/test/"+path, id).Wants(t, http.StatusForbidden)
	}
}

// The report on a receiver names each check, with what to do.
func TestAReceiverIsChecked(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	ada, _ := inTestMode(t, s)
	sub, _ := fixture.Subscribe(t, s.Store, testTenant, event.JobCreated)
	page := "/employer/webhooks/" + number(sub.ID) + "/certify"
	ada.Get(page).Wants(t, http.StatusOK, "Check my receiver")
	ada.Post(page, nil).Wants(t, http.StatusOK, "The check has begun", `data-live="2"`)
	ada.Post(page, nil).Wants(t, http.StatusOK, "under way")
	work, ok, err := s.Store.Outbox.ClaimCertification(t.Context())
	if err != nil || !ok {
		t.Fatalf("claimed %v, %v", ok, err)
	}
	checks := []delivery.ReceiverCheck{{Name: delivery.CheckGoodSignature, Passed: true, Status: 200}, {Name: delivery.CheckForged, Status: 204}}
	if err := s.Store.Outbox.FinishCertification(t.Context(), work, checks); err != nil {
		t.Fatal(err)
	}
	ada.Get(page).Wants(t, http.StatusOK, "1 of 2 checks have failed", "Takes a delivery", "Refuses a forged signature", "Compute the signature yourself", "204")
	live, _ := fixture.Subscribe(t, s.Store, board.Tenant{EmployerID: 1, Mode: board.ModeLive}, event.JobCreated)
	ada.Post("/employer/mode", url.Values{"mode": {"live"}, "next": {"/employer"}})
	ada.Get("/employer/webhooks/"+number(live.ID)+"/certify").Wants(t, http.StatusForbidden)
}

func number(id int64) string { return strconv.FormatInt(id, 10) }

// nativeHeaders are those of a delivery that a secret signed at a time.
func nativeHeaders(t *testing.T, secret string, at time.Time, body []byte) http.Header {
	t.Helper()
	h, err := profile.Native().Headers(profile.Attempt{DeliveryID: 7, EventType: "job.created", Number: 1, At: at, Secret: secret}, body)
	if err != nil {
		t.Fatal(err)
	}
	return h
}
