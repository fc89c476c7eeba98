package developers_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/chromedp/chromedp"

	"itmanagerjobs/server/pagestest"
	"itmanagerjobs/server/portal/portaltest"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/storetest/fixture"
)

// TestTestModeLooksRight takes each page of test mode in each size and scheme, and axe looks at it. What arrives at an inbox while it is
// looked at is shown by itself.
func TestTestModeLooksRight(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	ada, j := inTestMode(t, s)
	ada.Post("/employer/test/applications", url.Values{"jobId": {number(j.ID)}}).Wants(t, http.StatusOK)
	ada.Post("/employer/test/inboxes", url.Values{"name": {"First try"}}).Wants(t, http.StatusOK)
	sub, secret := fixture.Subscribe(t, s.Store, testTenant, event.JobCreated)
	inboxes, err := s.Store.Outbox.Inboxes(t.Context(), testTenant)
	if err != nil || len(inboxes) != 1 {
		t.Fatalf("%d inboxes, %v", len(inboxes), err)
	}
	arrive := func(secret string) {
		body := []byte(`{"id":1,"title":"Head of IT"}`)
		_, err := s.Store.Outbox.Receive(t.Context(), outbox.Arrival{
			Tenant: testTenant, Token: inboxes[0].Token, SubscriptionID: sub.ID, DeliveryID: 7, Method: http.MethodPost, Header: nativeHeaders(t, secret, s.Clock.Now(), body), Body: body,
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	report := "/employer/webhooks/" + number(sub.ID) + "/certify"
	ada.Post(report, nil).Wants(t, http.StatusOK)
	work, _, err := s.Store.Outbox.ClaimCertification(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var checks []delivery.ReceiverCheck
	for i, name := range delivery.AllReceiverChecks() {
		checks = append(checks, delivery.ReceiverCheck{Name: name, Passed: i%3 != 0, Status: 200})
	}
	if err := s.Store.Outbox.FinishCertification(t.Context(), work, checks); err != nil {
		t.Fatal(err)
	}

	// open signs in, in a tab of its own, and switches to test mode.
	open := func(t *testing.T, look bool) *pagestest.Tab {
		t.Helper()
		b := pagestest.NewTab(t)
		b.Do("sign in", chromedp.Navigate(s.URL+"/employer/sign-in"), chromedp.SendKeys("#email", "ada@northwind.example"), chromedp.SendKeys("#password", portaltest.Password), pagestest.Enter(), chromedp.WaitVisible(".stats"))
		b.Do("live", chromedp.Navigate(s.URL+"/employer/test"), chromedp.WaitVisible(".empty"))
		if look {
			b.Screens("test-mode-live")
		}
		b.Do("switch", chromedp.Click("main .empty button"), chromedp.WaitVisible(".table"))
		return b
	}
	t.Run("test mode", func(t *testing.T) {
		t.Parallel()
		b := open(t, true)
		b.Screens("test-mode")
	})
	t.Run("inbox", func(t *testing.T) {
		t.Parallel()
		b := open(t, false)
		b.Do("inbox", chromedp.Navigate(s.URL+"/employer/test/inboxes/1"), chromedp.WaitVisible("main .empty"))
		arrive(secret)
		arrive(secret + "x")
		b.Do("what arrives", chromedp.WaitVisible(`//span[.="Doesn't verify"]`))
		b.Screens("inbox")
		b.Do("request", chromedp.Navigate(s.URL+"/employer/test/inboxes/1/requests/1"), chromedp.WaitVisible(".notice"), chromedp.Click(".example summary"))
		b.Screens("inbox-request")
	})
	t.Run("report", func(t *testing.T) {
		t.Parallel()
		b := open(t, false)
		b.Do("dialog", chromedp.Click(`.buttons > button[popovertarget="test-move"]`), chromedp.WaitVisible("#test-move:popover-open"))
		b.Do("report", chromedp.Navigate(s.URL+report), chromedp.WaitVisible(".table"))
		b.Screens("webhook-certify")
	})
}
