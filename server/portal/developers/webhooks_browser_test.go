package developers_test

import (
	"context"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"itmanagerjobs/server/pagestest"
	"itmanagerjobs/server/portal/portaltest"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/webhooks/webhooktest"
)

// TestAPersonConnectsASystem adds a webhook, sees it delivered, resends, replaces the secret and disables it in a real
// browser, with and without the script, which alone makes pages follow what happens.
func TestAPersonConnectsASystem(t *testing.T) {
	t.Parallel()
	for name, script := range map[string]bool{"with script": true, "without script": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			connectASystem(t, script)
		})
	}
}

func connectASystem(t *testing.T, script bool) {
	t.Helper()
	b := pagestest.NewTab(t)
	s := portaltest.New(t)
	s.Deliver()
	receiver := webhooktest.New(t, s.Clock.Now)
	receiver.Script("/hook", webhooktest.Status(200), webhooktest.Status(200), webhooktest.Status(503))
	// shows waits until the page says something: by itself with the script, else when it is opened again.
	shows := func(what, xpath string) {
		if script {
			b.Do(what, chromedp.WaitVisible(xpath))
			return
		}
		for !pagestest.Ask(b, what, chromedp.Evaluate[bool]("document.evaluate(`"+xpath+"`, document, null, XPathResult.BOOLEAN_TYPE, null).booleanValue")) {
			b.Do("reload", chromedp.Reload())
		}
	}
	b.Do("script", chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !script})
		return err
	}))
	b.Do("open", chromedp.Navigate(s.URL+"/employer/sign-up"), chromedp.WaitVisible("#company"))
	for _, entered := range [][2]string{{"#company", "Northwind Recruitment"}, {"#name", "Ada Lovelace"}, {"#email", "ada@northwind.example"}, {"#password", portaltest.Password}} {
		b.TabTo(entered[0])
		b.Do(entered[0], chromedp.KeyEvent(entered[1]))
	}
	b.Do("sign up", pagestest.Enter(), chromedp.WaitVisible("#key"))

	b.Do("webhooks", chromedp.Navigate(s.URL+"/employer/webhooks"), chromedp.WaitVisible(".empty"))
	b.TabTo(`a[href="/employer/webhooks/new"]`)
	b.Do("new webhook", pagestest.Enter(), chromedp.WaitVisible("#url"))
	b.Do("nothing", chromedp.Click("main button.primary"), chromedp.WaitVisible(".summary"))
	b.TabTo("#url")
	b.Do("address", chromedp.KeyEvent(receiver.URL("/hook")))
	b.TabTo(`#event-job\\.created`)
	b.Do("event", chromedp.KeyEvent(" "), pagestest.Enter(), chromedp.WaitVisible("#secret"))
	b.TabTo("main a.primary")
	b.Do("copied", pagestest.Enter(), chromedp.WaitVisible(".tabs"))

	b.Do("test", chromedp.Click(`form[action$="/test"] button`), chromedp.WaitVisible(`//h1[contains(., "Delivery")]`))
	shows("delivered", `//h1//span[.="Delivered"]`)
	b.Do("resend", chromedp.Click(`form[action$="/resend"] button`), chromedp.WaitVisible(`//*[contains(@class, "notice") and contains(., "on its way again")]`))
	shows("the second attempt", `//strong[.="2"]`)
	if n := len(receiver.Wait(t, 2, 20*time.Second)); n != 2 {
		t.Errorf("%d requests, want 2", n)
	}
	if _, err := s.Store.Jobs.CreateJob(b.Ctx, board.Tenant{EmployerID: 1, Mode: board.ModeLive}, board.JobPatch{Title: board.Set("Head of IT")}); err != nil {
		t.Fatal(err)
	}
	b.Do("deliveries", chromedp.Navigate(s.URL+"/employer/webhooks/1"), chromedp.WaitVisible(".table"))
	shows("the failure", `//span[.="503"]`)
	b.Do("failed delivery", chromedp.Click(`//a[.="job.created"]`), chromedp.WaitVisible(`//h1[contains(., "Delivery")]`))
	b.Do("webhooks", chromedp.Navigate(s.URL+"/employer/webhooks"), chromedp.WaitVisible(".table"))
	b.Do("settings", chromedp.Navigate(s.URL+"/employer/webhooks/1/settings"), chromedp.WaitVisible("#url"))

	b.Do("secret", chromedp.Navigate(s.URL+"/employer/webhooks/1/secret"), chromedp.WaitVisible(".todo"))
	b.Do("next secret", chromedp.Click("main form button.primary"), chromedp.WaitVisible("#secret"), chromedp.Click("main a.primary"), chromedp.WaitVisible(".todo"))
	shows("it signs", `//p[contains(., "signs every delivery")]`)
	b.Do("activate", chromedp.Click(`form[action$="/activate"] button`), chromedp.WaitVisible(`//p[contains(., "new secret is active")]`))

	b.Do("ask to disable", chromedp.Click(`.titled button[popovertarget="disable-webhook"]`), chromedp.WaitVisible("#disable-webhook:popover-open"))
	b.Do("disable", chromedp.Click("#disable-webhook button.danger"), chromedp.WaitVisible(`.titled button[popovertarget="enable-webhook"]`))
	b.Do("ask to enable", chromedp.Click(`.titled button[popovertarget="enable-webhook"]`), chromedp.WaitVisible("#enable-webhook:popover-open"))
	b.Do("enable", chromedp.Click("#enable-webhook button.primary"), chromedp.WaitVisible(`.titled button[popovertarget="disable-webhook"]`))

	b.Do("replays", chromedp.Navigate(s.URL+"/employer/webhooks/1/replays"), chromedp.WaitVisible("#since"))
	b.Do("replay", chromedp.Click("main button.primary"), chromedp.WaitVisible(`.table`))
	if _, err := s.Store.Outbox.StepReplays(b.Ctx); err != nil {
		t.Fatal(err)
	}
	shows("the replay is done", `//span[.="Completed"]`)
	b.Do("events", chromedp.Navigate(s.URL+"/employer/events"), chromedp.WaitVisible(".table"))
	b.Do("event", chromedp.Click(`//a[.="job.created"]`), chromedp.WaitVisible(`//h2[.="Deliveries"]`))
}

// TestDeveloperPagesLookRight takes each page and state in each size and scheme, and axe looks at it.
func TestDeveloperPagesLookRight(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	s.Deliver()
	receiver := webhooktest.New(t, s.Clock.Now)
	receiver.Script("/hook", webhooktest.Status(200), webhooktest.Reply(503, nil, "<h1>upstream connect error</h1>"))
	receiver.Script("/gone", webhooktest.Status(410))
	ada := s.Browser().SignUp("Northwind Recruitment", "ada@northwind.example")
	ada.AddWebhook(receiver.URL("/hook"), "job.created", "job.published")
	ada.AddWebhook(receiver.URL("/gone"), "job.created")
	delivered := ada.Post("/employer/webhooks/1/test", nil).Path
	ada.Until(delivered, ">Delivered<")
	failing := ada.Post("/employer/webhooks/1/test", nil).Path
	ada.Until(failing, "503")
	ada.Until(ada.Post("/employer/webhooks/2/test", nil).Path, "410")
	ada.Post("/employer/keys", ada.KeyForm("Waits for review")).Wants(t, http.StatusCreated)
	bound := ada.KeyForm("Bullhorn, bound to networks")
	bound.Set("mode", "test")
	bound.Set("allowed", "192.0.2.0/24\n2001:db8::/32")
	ada.Post("/employer/keys", bound).Wants(t, http.StatusCreated)
	ada.Post("/employer/keys/2/roll", url.Values{"form": {"roll"}, "overlap": {"24h"}}).Wants(t, http.StatusCreated)
	if _, err := s.Store.Jobs.CreateJob(t.Context(), board.Tenant{EmployerID: 1, Mode: board.ModeLive}, board.JobPatch{Title: board.Set("Head of IT")}); err != nil {
		t.Fatal(err)
	}
	ada.Post("/employer/webhooks/1/replays", url.Values{"form": {"replay"}, "since": {"1h"}}).Wants(t, http.StatusOK)
	now := s.Clock.Now()
	if err := s.Store.Accounts.LogRequests(t.Context(), []account.APIRequest{
		logged(1, board.ModeLive, 200, "", "req_YQ3N7", now), logged(1, board.ModeLive, 403, "insufficient_scope", "req_K2J5B", now), logged(1, board.ModeLive, 500, "internal", "a-callers-own-id-that-is-longer-than-a-phone-is-wide-0123456789", now),
	}); err != nil {
		t.Fatal(err)
	}
	type look struct {
		name, path, click string
	}
	for name, looks := range map[string][]look{
		"webhooks":   {{"webhooks", "/employer/webhooks", ""}, {"webhook-new", "/employer/webhooks/new", ""}, {"webhook-new-error", "/employer/webhooks/new", "main button.primary"}, {"webhook-example", "/employer/webhooks/new", ".example summary"}},
		"webhook":    {{"webhook", "/employer/webhooks/1", ""}, {"webhook-none", "/employer/webhooks/1?status=Cancelled", ""}, {"webhook-settings", "/employer/webhooks/1/settings", ""}, {"webhook-secret", "/employer/webhooks/1/secret", ""}},
		"replays":    {{"webhook-replays", "/employer/webhooks/1/replays", ""}, {"webhook-disabled", "/employer/webhooks/2", ""}, {"webhook-enable", "/employer/webhooks/2", ".titled button.primary"}, {"webhook-disable", "/employer/webhooks/1", ".titled button.danger"}},
		"deliveries": {{"delivery", delivered, ""}, {"delivery-failing", failing, ""}, {"delivery-lines", delivered, ".example summary"}, {"event", "/employer/events/4", ""}},
		"logs":       {{"events", "/employer/events", ""}, {"requests", "/employer/requests", ""}, {"request", "/employer/requests/2", ""}, {"requests-none", "/employer/requests?status=3", ""}},
		"keys":       {{"keys", "/employer/keys", ""}, {"key-roll", "/employer/keys", `td.do button[popovertarget="roll-3"]`}, {"key-revoke", "/employer/keys", `td.do button[popovertarget="revoke-3"]`}, {"secret-next", "/employer/webhooks/1/secret", "main .card button.primary"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := pagestest.NewTab(t)
			b.Do("sign in", chromedp.Navigate(s.URL+"/employer/sign-in"), chromedp.SendKeys("#email", "ada@northwind.example"), chromedp.SendKeys("#password", portaltest.Password), pagestest.Enter(), chromedp.WaitVisible(".stats"))
			for _, l := range looks {
				b.Do(l.name, chromedp.Navigate(s.URL+l.path), chromedp.WaitVisible(chromedp.CSS("h1")))
				if l.click != "" {
					b.Do(l.click, chromedp.Click(chromedp.CSS(l.click)), chromedp.WaitVisible(chromedp.CSS("h1")))
				}
				b.Screens(l.name)
			}
		})
	}
}
