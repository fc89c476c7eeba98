package portal_test

import (
	"context"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"itmanagerjobs/server/pagestest"
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
	s := newSite(t)
	s.deliver()
	receiver := webhooktest.New(t, s.clock.Now)
	receiver.Script("/hook", webhooktest.Status(200), webhooktest.Status(200), webhooktest.Status(503))
	screens := func(name string) {
		if script {
			b.Screens(name)
		}
	}
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
	b.Do("open", chromedp.Navigate(s.url+"/employer/sign-up"), chromedp.WaitVisible("#company"))
	for _, entered := range [][2]string{{"#company", "Northwind Recruitment"}, {"#email", "ada@northwind.example"}, {"#password", password}} {
		b.TabTo(entered[0])
		b.Do(entered[0], chromedp.KeyEvent(entered[1]))
	}
	b.Do("sign up", pagestest.Enter(), chromedp.WaitVisible(".stats"))

	b.Do("webhooks", chromedp.Navigate(s.url+"/employer/webhooks"), chromedp.WaitVisible(".empty"))
	screens("webhooks-none")
	b.TabTo(`a[href="/employer/webhooks/new"]`)
	b.Do("new webhook", pagestest.Enter(), chromedp.WaitVisible("#url"))
	screens("webhook-new")
	b.Do("nothing", chromedp.Click("main button.primary"), chromedp.WaitVisible(".summary"))
	screens("webhook-new-error")
	b.TabTo("#url")
	b.Do("address", chromedp.KeyEvent(receiver.URL("/hook")))
	b.TabTo(`#event-job\\.created`)
	b.Do("event", chromedp.KeyEvent(" "), pagestest.Enter(), chromedp.WaitVisible("#secret"))
	screens("webhook-secret-once")
	b.TabTo("main a.primary")
	b.Do("copied", pagestest.Enter(), chromedp.WaitVisible(".tabs"))
	screens("webhook-empty")

	b.Do("test", chromedp.Click(`form[action$="/test"] button`), chromedp.WaitVisible(`//h1[contains(., "Delivery")]`))
	shows("delivered", `//h1//span[.="Delivered"]`)
	screens("delivery")
	if script {
		b.Do("lines", chromedp.Click(".example summary"))
		screens("delivery-lines")
	}
	b.Do("resend", chromedp.Click(`form[action$="/resend"] button`), chromedp.WaitVisible(".notice"))
	shows("the second attempt", `//strong[.="2"]`)
	if n := len(receiver.Wait(t, 2, 20*time.Second)); n != 2 {
		t.Errorf("%d requests, want 2", n)
	}
	if _, err := s.store.Jobs.CreateJob(b.Ctx, board.Tenant{EmployerID: 1, Mode: board.ModeLive}, board.JobPatch{Title: board.Set("Head of IT")}); err != nil {
		t.Fatal(err)
	}
	b.Do("deliveries", chromedp.Navigate(s.url+"/employer/webhooks/1"), chromedp.WaitVisible(".table"))
	shows("the failure", `//span[.="503"]`)
	screens("webhook-deliveries")
	b.Do("failed delivery", chromedp.Click(`//a[.="job.created"]`), chromedp.WaitVisible(`//h1[contains(., "Delivery")]`))
	screens("delivery-failing")
	b.Do("webhooks", chromedp.Navigate(s.url+"/employer/webhooks"), chromedp.WaitVisible(".table"))
	screens("webhooks")
	b.Do("settings", chromedp.Navigate(s.url+"/employer/webhooks/1/settings"), chromedp.WaitVisible("#url"))
	screens("webhook-settings")

	b.Do("secret", chromedp.Navigate(s.url+"/employer/webhooks/1/secret"), chromedp.WaitVisible(".todo"))
	screens("webhook-secret")
	b.Do("next secret", chromedp.Click("main form button.primary"), chromedp.WaitVisible("#secret"), chromedp.Click("main a.primary"), chromedp.WaitVisible(".todo"))
	shows("it signs", `//p[contains(., "signs every delivery")]`)
	screens("webhook-secret-next")
	b.Do("activate", chromedp.Click(`form[action$="/activate"] button`), chromedp.WaitVisible(`//p[contains(., "new secret is active")]`))

	b.Do("ask to disable", chromedp.Click(`.titled button[popovertarget="disable-webhook"]`), chromedp.WaitVisible("#disable-webhook:popover-open"))
	screens("webhook-disable")
	b.Do("disable", chromedp.Click("#disable-webhook button.danger"), chromedp.WaitVisible(`.titled button[popovertarget="enable-webhook"]`))
	screens("webhook-disabled")
	b.Do("ask to enable", chromedp.Click(`.titled button[popovertarget="enable-webhook"]`), chromedp.WaitVisible("#enable-webhook:popover-open"))
	screens("webhook-enable")
	b.Do("enable", chromedp.Click("#enable-webhook button.primary"), chromedp.WaitVisible(`.titled button[popovertarget="disable-webhook"]`))

	b.Do("replays", chromedp.Navigate(s.url+"/employer/webhooks/1/replays"), chromedp.WaitVisible("#since"))
	b.Do("replay", chromedp.Click("main button.primary"), chromedp.WaitVisible(`.table`))
	if _, err := s.store.Outbox.StepReplays(b.Ctx); err != nil {
		t.Fatal(err)
	}
	shows("the replay is done", `//span[.="Completed"]`)
	screens("webhook-replays")
	b.Do("events", chromedp.Navigate(s.url+"/employer/events"), chromedp.WaitVisible(".table"))
	screens("events")
	b.Do("event", chromedp.Click(`//a[.="job.created"]`), chromedp.WaitVisible(`//h2[.="Deliveries"]`))
	screens("event")
}
