package programtest

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"itmanagerjobs/server/pagestest"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/webhooks/webhooktest"
)

// TestTheWholeStory runs the program and lives through it as an employer, a reviewer of the platform and a candidate do, each in a
// browser of their own and with the keyboard alone: from the sign-up to a key that is revoked. TestSoakTheWholeStoryWithoutScript
// does the same in browsers that run no script.
func TestTheWholeStory(t *testing.T) {
	t.Parallel()
	liveThrough(t, true)
}

const (
	storyAddress  = "ada@northwind.example"
	storyPerson   = "grace@people.example"
	storyReviewer = "rita@platform.example"
	storyPassword = "correct horse battery"
)

func liveThrough(t *testing.T, script bool) {
	t.Helper()
	env := []string{"DATABASE_URL=" + storetest.URL(t), "SECRET_KEY=" + testSecretKey(), "WEBHOOK_ALLOW_INSECURE=true"}
	admin[map[string]any](t, env, "create-reviewer", "--email", storyReviewer, "--password", storyPassword)
	s := startServing(t, env, "serve")
	receiver := webhooktest.New(t, storetest.NewClock().Now)
	employer, reviewer, candidate := newPerson(t, s.url, script), newPerson(t, s.url, script), newPerson(t, s.url, script)

	employer.opens("/employer/sign-up", "#company")
	employer.types("#company", "Northwind Recruitment", "#name", "Ada Lovelace", "#email", storyAddress, "#password", storyPassword)
	employer.sends("#key")
	test := strings.TrimSpace(pagestest.Ask(employer.tab, "first key", chromedp.Text("#key")))
	reviewer.opens("/platform/sign-in", "#email")
	reviewer.types("#email", storyReviewer, "#password", storyPassword)
	reviewer.sends(".stats")
	employer.opens(reviewer.findsInMail(storyAddress, `/employer/confirm/[\w-]+`), "main button.primary")
	employer.presses("main button.primary", `//p[contains(., "is confirmed")]`)

	employer.calls(test, http.StatusOK)
	employer.opens("/employer/billing", "#packages")
	employer.presses(`a[href="/employer/billing/buy/team"]`, "#address")
	employer.types("#address", "1 High Street, Leeds")
	employer.presses("main button.primary", ".facts-list")
	reviewer.opens("/platform/orders", ".table")
	reviewer.presses(`.table a[href="/platform/orders/1"]`, "#reference")
	reviewer.types("#reference", "HSBC 42")
	reviewer.sends(".notice")

	live := employer.makesKey("Bullhorn production", "#mode-live", "#scopes-JobPosting", "#scopes-CvSearch") // a key that searches CVs is looked at
	employer.calls(live, http.StatusUnauthorized)
	reviewer.opens("/platform", ".stats")
	reviewer.presses(`main a[href="/platform/keys/2"]`, "#reason")
	reviewer.presses("main button.primary", ".notice")
	employer.calls(live, http.StatusOK)

	employer.opens("/employer/webhooks/new", "#url")
	employer.types("#url", receiver.URL("/hook"))
	employer.ticks(`#event-application\\.submitted`)
	employer.sends("#secret")
	secret := strings.TrimSpace(pagestest.Ask(employer.tab, "secret", chromedp.Text("#secret")))
	employer.publishesJob()
	candidate.opens("/jobs", ".cards")
	candidate.presses(`a[href="/jobs/1"]`, "#apply")
	candidate.types("#firstName", "Grace", "#lastName", "Hopper", "#email", storyPerson, "#coverLetter", "I have run IT for ten years.")
	candidate.presses("#apply button.primary", `//h1[.="Thank you"]`)
	if got := receiver.Wait(t, 1, patience)[0]; got.Header.Get("X-Webhook-Event") != "application.submitted" || webhooktest.VerifySignature(secret, got.Header.Get("X-Webhook-Signature"), got.Body, time.Now()) != nil {
		t.Errorf("the endpoint got %s with %v", got.Body, got.Header)
	}
	employer.untilItSays("/employer/webhooks/1", `//span[.="Delivered"]`)

	employer.opens("/employer/applications", ".board-card")
	employer.selects("#application-1-to", "Scr")
	employer.presses(".board-card button", `[data-value="Screened"] .board-card`)
	employer.opens("/employer/applications?view=list", ".check")
	employer.ticks(".check input")
	employer.tab.Do("from the top", chromedp.Focus(chromedp.CSS("main")))
	employer.presses(`button[formaction$="/reject"]`, "#subject")
	employer.presses("main button.danger", ".notice")
	if mail := reviewer.findsInMail(storyPerson, `(?s).*`); !strings.Contains(mail, "Grace") || !strings.Contains(mail, "Northwind Recruitment") {
		t.Errorf("the rejection says %q", mail)
	}
	employer.opens("/employer/keys", ".table")
	employer.presses(`button[popovertarget="revoke-2"]`, "#revoke-2:popover-open")
	employer.presses("#revoke-2 button.danger", `//tr[contains(., "Bullhorn production") and contains(., "Revoked")]`)
	employer.calls(live, http.StatusUnauthorized)
	employer.calls(test, http.StatusOK)
}

// storyteller is somebody at a keyboard.
type storyteller struct {
	t      *testing.T
	tab    *pagestest.Tab
	url    string
	script bool
}

func newPerson(t *testing.T, url string, script bool) *storyteller {
	t.Helper()
	p := &storyteller{t: t, tab: pagestest.NewTab(t), url: url, script: script}
	p.tab.Do("script", chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !script})
		return err
	}))
	return p
}

// opens goes to an address and waits for something on its page, which axe judges.
func (p *storyteller) opens(path, wait string) {
	p.t.Helper()
	p.tab.Do(path, chromedp.Navigate(p.url+path), chromedp.WaitVisible(wait))
	if p.script {
		p.tab.Axe(path)
	}
}

// types fills in fields, one after the other, in the place of what is there.
func (p *storyteller) types(fields ...string) {
	p.t.Helper()
	for i := 0; i < len(fields); i += 2 {
		p.tab.TabTo(fields[i])
		p.tab.Do(fields[i], chromedp.KeyEvent(fields[i+1]))
	}
}

func (p *storyteller) ticks(boxes ...string) {
	p.t.Helper()
	for _, box := range boxes {
		p.tab.TabTo(box)
		p.tab.Do(box, chromedp.KeyEvent(" "))
	}
}

func (p *storyteller) selects(field, begins string) {
	p.t.Helper()
	p.tab.TabTo(field)
	p.tab.Do(field, chromedp.KeyEvent(begins))
}

// sends presses Enter in the field that has the focus, and waits for something on the page that comes.
func (p *storyteller) sends(wait string) {
	p.t.Helper()
	p.tab.Do(wait, pagestest.Enter(), chromedp.WaitVisible(wait))
}

// presses goes to a button or link and presses it.
func (p *storyteller) presses(what, wait string) {
	p.t.Helper()
	p.tab.TabTo(what)
	p.sends(wait)
}

// makesKey makes a key with what is ticked, and reads it where it is shown once.
func (p *storyteller) makesKey(name string, choices ...string) string {
	p.t.Helper()
	p.opens("/employer/keys", "main")
	p.presses(`a[href="/employer/keys/new"]`, "#name")
	p.types("#name", name)
	for _, choice := range choices {
		if choice == "#mode-live" { // of two radio buttons, the arrow takes the second
			continue
		}
		p.ticks(choice)
	}
	if choices[0] == "#mode-live" {
		p.tab.TabTo("#mode-test")
		p.tab.Do("live", chromedp.KeyEvent(kb.ArrowDown))
	}
	p.presses("main button.primary", "#key")
	return strings.TrimSpace(pagestest.Ask(p.tab, "key", chromedp.Text("#key")))
}

// calls asks the API who a key is.
func (p *storyteller) calls(key string, want int) {
	p.t.Helper()
	if status := fetch(p.t, p.url+"/api/v1/me", key, nil); status != want {
		p.t.Errorf("the API answers %d, want %d", status, want)
	}
}

// publishesJob posts a job and publishes it at once.
func (p *storyteller) publishesJob() {
	p.t.Helper()
	p.opens("/employer/jobs", ".empty")
	p.presses(`a[href="/employer/jobs/new"]`, "#title")
	p.types("#title", "Head of IT", "#description", "Run **IT**.")
	p.selects("#employmentType", "Full")
	p.selects("#remoteType", "Hyb")
	p.types("#city", "London", "#country", "United Kingdom")
	p.ticks("#applyMethod-DirectApply")
	p.presses("main button.primary", `.titled button[popovertarget="publish-job"]`)
	p.presses(`.titled button[popovertarget="publish-job"]`, "#publish-job:popover-open")
	p.presses("#publish-job button.primary", `.titled button[popovertarget="extend-job"]`)
}

// findsInMail opens the newest email to an address at the desk, and finds something in it.
func (p *storyteller) findsInMail(to, pattern string) string {
	p.t.Helper()
	p.opens("/platform/mails?to="+to, `main a[href^="/platform/mails/"]`)
	p.presses(`main tbody a[href^="/platform/mails/"]`, "main pre")
	found := regexp.MustCompile(pattern).FindString(pagestest.Ask(p.tab, "email", chromedp.Text("main pre")))
	if found == "" {
		p.t.Fatalf("the email to %s has no %s", to, pattern)
	}
	return found
}

// untilItSays opens a page until it shows something.
func (p *storyteller) untilItSays(path, xpath string) {
	p.t.Helper()
	p.opens(path, "main")
	for !pagestest.Ask(p.tab, path, chromedp.Evaluate[bool]("document.evaluate(`"+xpath+"`, document, null, XPathResult.BOOLEAN_TYPE, null).booleanValue")) {
		p.tab.Do("reload", chromedp.Reload())
	}
}
