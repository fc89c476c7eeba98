package desk_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"

	"github.com/chromedp/chromedp"

	"itmanagerjobs/server/pagestest"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
	"itmanagerjobs/store/letter"
)

// TestAReviewerWorksAtTheDesk approves a key, takes an order as paid, and looks at every page, in a real browser.
func TestAReviewerWorksAtTheDesk(t *testing.T) {
	t.Parallel()
	b := pagestest.NewTab(t)
	s := newSite(t, true)
	ctx := context.Background()
	key := s.pendingKey("Bullhorn production with a name that goes on for longer than a phone is wide")
	s.stock()

	b.Do("open", chromedp.Navigate(s.url+"/platform"), chromedp.WaitVisible("#email"))
	b.Screens("desk-sign-in")
	b.Axe("desk-sign-in")
	b.TabTo("#email")
	b.Do("email", chromedp.KeyEvent(reviewer))
	b.TabTo("#password")
	b.Do("password", chromedp.KeyEvent(password), pagestest.Enter(), chromedp.WaitVisible(".stats"))
	b.Screens("desk-home")
	b.Axe("desk-home")
	at := fmt.Sprintf("/platform/keys/%d", key.ID)
	b.TabTo(`main a[href="` + at + `"]`)
	b.Do("to the key", pagestest.Enter(), chromedp.WaitVisible("#reason"))
	b.Screens("desk-key")
	b.Axe("desk-key")
	b.TabTo("main button.primary")
	b.Do("approve", pagestest.Enter(), chromedp.WaitVisible(".notice"))
	b.Screens("desk-keys-empty")
	b.Axe("desk-keys-empty")
	if k, err := s.store.Accounts.PlatformKey(ctx, key.ID); err != nil || k.Status != apikey.Active {
		t.Errorf("the key is %+v, %v", k, err)
	}
	if got := s.mailed(); got == "" {
		t.Error("no email tells of the approval")
	}

	b.Do("order", chromedp.Navigate(s.url+"/platform/orders/1"), chromedp.WaitVisible("#reference"))
	b.Screens("desk-order")
	b.Axe("desk-order")
	b.TabTo("#reference")
	b.Do("mark it as paid", chromedp.KeyEvent("HSBC 42"), pagestest.Enter(), chromedp.WaitVisible(".notice"))
	credits, err := s.store.Accounts.Credits(ctx, s.employer)
	if want := (account.Credits{JobPosting: 5, CVSearch: 25}); err != nil || credits != want {
		t.Errorf("credits %+v, %v", credits, err)
	}
}

// TestThePagesOfTheDeskAreSeen looks at the pages with something on them.
func TestThePagesOfTheDeskAreSeen(t *testing.T) {
	t.Parallel()
	s := newSite(t, true)
	s.pendingKey("Another key")
	s.stock()
	for _, part := range [][]struct{ name, path, wait string }{
		{
			{"desk-keys", "/platform/keys", "table"}, {"desk-employers", "/platform/employers", "table"},
			{"desk-employer", fmt.Sprintf("/platform/employers/%d", s.employer.EmployerID), "#until"}, {"desk-orders", "/platform/orders", "table"},
		},
		{
			{"desk-dead-letters", "/platform/dead-letters", ".empty"}, {"desk-mails", "/platform/mails", "table"},
			{"desk-mail", "/platform/mails/1", "iframe"}, {"desk-messages", "/platform/messages", "table"},
		},
		{
			{"desk-cv", "/platform/cv", "#file"}, {"desk-system", "/platform/system", "table"}, {"desk-audit", "/platform/audit", "table"}, {"desk-account", "/platform/account", "table"}, {"desk-second-factor", "/platform/account/second-factor", "#presentPassword"}, {"desk-missing", "/platform/nothing", "h1"},
		},
	} {
		t.Run(part[0].name, func(t *testing.T) {
			t.Parallel()
			b := s.tab(t)
			for _, page := range part {
				b.Do(page.name, chromedp.Navigate(s.url+page.path), chromedp.WaitVisible("main "+page.wait))
				b.Screens(page.name)
				b.Axe(page.name)
			}
		})
	}
}

// tab is a browser in which the reviewer is signed in.
func (s *site) tab(t *testing.T) *pagestest.Tab {
	t.Helper()
	b := pagestest.NewTab(t)
	b.Do("sign in", chromedp.Navigate(s.url+"/platform"), chromedp.WaitVisible("#email"))
	b.TabTo("#email")
	b.Do("email", chromedp.KeyEvent(reviewer))
	b.TabTo("#password")
	b.Do("password", chromedp.KeyEvent(password), pagestest.Enter(), chromedp.WaitVisible(".stats"))
	return b
}

// stock makes an order, a message and an email with a script in it.
func (s *site) stock() {
	s.t.Helper()
	ctx := context.Background()
	if err := s.store.Outbox.SendMail(ctx, 0, letter.Mail{To: "zoe@example.com", Subject: "A letter with a script", Text: "Hi", HTML: `<p id="hi">Hi</p><script>parent.document.title = "taken"; document.getElementById("hi").textContent = "taken"</script>`}); err != nil {
		s.t.Fatal(err)
	}
	buyer := s.signedIn("/employer", admin)
	buyer.get("/employer/billing/buy/team")
	buyer.post("/employer/billing/buy/team", map[string][]string{"company": {"Northwind Recruitment Ltd"}, "address": {"1 High Street\nLeeds LS1 1AA"}, "country": {"GB"}, "vatNumber": {"GB123456789"}}).
		wants(s.t, http.StatusOK, "Thank you for your order")
	if _, err := s.store.Accounts.CreateContactRequest(ctx, board.ContactRequest{Name: "Bo Candidate", Email: "bo@example.com", Company: "Southwind", Message: "How do I post a job?\n\nA second paragraph."}, "192.0.2.1"); err != nil {
		s.t.Fatal(err)
	}
}

// TestAScriptInAnEmailDoesNotRun opens the page of the email, and its document alone.
func TestAScriptInAnEmailDoesNotRun(t *testing.T) {
	t.Parallel()
	s := newSite(t, true)
	s.stock()
	b := s.tab(t)
	b.Do("a letter with a script", chromedp.Navigate(s.url+"/platform/mails/1"), chromedp.WaitVisible(chromedp.CSS("iframe")))
	if title := pagestest.Ask(b, "title", chromedp.Evaluate[string](`document.title`)); title == "taken" {
		t.Error("the script of an email has run")
	}
	b.Do("the document itself", chromedp.Navigate(s.url+"/platform/mails/1/html"), chromedp.WaitVisible("#hi"))
	if text := pagestest.Ask(b, "text", chromedp.Text("#hi")); text != "Hi" {
		t.Errorf("the document says %q", text)
	}
}

// TestAnAdminBuys looks at the pages of billing in a real browser.
func TestAnAdminBuys(t *testing.T) {
	t.Parallel()
	b := pagestest.NewTab(t)
	s := newSite(t, true)
	b.Do("open", chromedp.Navigate(s.url+"/employer/billing"), chromedp.WaitVisible("#email"))
	b.TabTo("#email")
	b.Do("email", chromedp.KeyEvent(admin))
	b.TabTo("#password")
	b.Do("password", chromedp.KeyEvent(password), pagestest.Enter(), chromedp.WaitVisible("#packages"))
	b.TabTo(`a[href="/employer/billing/buy/team"]`)
	b.Do("buy", pagestest.Enter(), chromedp.WaitVisible("#company"))
	b.Screens("buy")
	b.Axe("buy")
	b.TabTo("#address")
	b.Do("address", chromedp.KeyEvent("1 High Street, Leeds"))
	b.TabTo("main button.primary")
	b.Do("order", pagestest.Enter(), chromedp.WaitVisible(".facts-list"))
	b.Screens("order")
	b.Axe("order")
	b.TabTo(`a[href="/employer/billing/orders/1/invoice"]`)
	b.Do("invoice", pagestest.Enter(), chromedp.WaitVisible(".invoice"))
	b.Screens("invoice")
	b.Axe("invoice")
	if _, err := s.store.Accounts.ChangeCredits(context.Background(), s.employer.EmployerID, board.CreditChange{Kind: board.CreditJobPosting, Delta: 2, Note: "a present"}); err != nil {
		t.Fatal(err)
	}
	b.Do("billing", chromedp.Navigate(s.url+"/employer/billing"), chromedp.WaitVisible("#packages"))
	b.Screens("billing")
	b.Axe("billing")
}
