package portal_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"itmanagerjobs/server/pagestest"
	"itmanagerjobs/server/portal/portaltest"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

// signedIn is a tab in which somebody is signed in with a password.
func signedIn(t *testing.T, s *portaltest.Site, email string) *pagestest.Tab {
	t.Helper()
	b := pagestest.NewTab(t)
	b.Do("sign in", chromedp.Navigate(s.URL+"/employer/sign-in"), chromedp.WaitVisible("#email"), chromedp.SendKeys("#email", email),
		chromedp.SendKeys("#password", portaltest.Password), pagestest.Enter(), chromedp.WaitVisible(".stats, #code"))
	return b
}

// TestThePagesOfAForgottenPasswordAreSeen goes from the first page to the last with the keyboard.
func TestThePagesOfAForgottenPasswordAreSeen(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	s.Browser().SignUp("Northwind", knownEmail)
	b := pagestest.NewTab(t)
	b.Do("open", chromedp.Navigate(s.URL+"/employer/sign-in"), chromedp.WaitVisible("#email"))
	b.Screens("sign-in")
	b.TabTo(`a[href="/employer/forgot"]`)
	b.Do("forgot", pagestest.Enter(), chromedp.WaitVisible(`form[action="/employer/forgot"]`))
	b.Screens("forgot")
	b.TabTo("#email")
	b.Do("ask", chromedp.KeyEvent(knownEmail), pagestest.Enter(), chromedp.WaitVisible(`//h1[contains(., "mailbox")]`))
	b.Screens("forgot-sent")
	link := s.URL + s.Mailed(knownEmail, "reset")
	b.Do("the link of the email", chromedp.Navigate(link), chromedp.WaitVisible("#password"))
	b.Screens("reset")
	b.TabTo("#password")
	b.Do("set another", chromedp.KeyEvent("a whole new password"), pagestest.Enter(), chromedp.WaitVisible("#email"))
	b.Screens("reset-done")
	b.Do("the link again", chromedp.Navigate(link), chromedp.WaitVisible(chromedp.CSS("h1")))
	b.Screens("reset-used")
}

// TestThePagesOfACompanyAreSeen as an admin and as somebody who may only look.
func TestThePagesOfACompanyAreSeen(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	ada := s.Browser().SignUp("Northwind", knownEmail)
	ada.Post("/employer/company", url.Values{
		"name": {"Northwind Talent"}, "website": {"https://northwind.example"}, "phone": {"+44 20 7946 0000"}, "description": {"We find people who lead IT.\n\nSince 1998."},
	})
	s.Join(board.RoleViewer, ada, "bo@northwind.example")
	b := signedIn(t, s, knownEmail)
	b.Do("company", chromedp.Navigate(s.URL+"/employer/company"), chromedp.WaitVisible("#website"))
	b.Screens("company")
	b.Do("a wrong website", chromedp.SetValue("#website", "northwind"), chromedp.Focus("#name"), pagestest.Enter(), chromedp.WaitVisible(".summary"))
	b.Screens("company-error")
	b.Do("contact", chromedp.Navigate(s.URL+"/employer/contact"), chromedp.WaitVisible("#message"))
	b.Screens("contact")
	b.Do("write", chromedp.SendKeys("#message", "How do I post a job?"))
	b.TabTo("main button.primary")
	b.Do("send", pagestest.Enter(), chromedp.WaitVisible(`main a[href="/employer"]`))
	b.Screens("contact-sent")
	b.Do("audit", chromedp.Navigate(s.URL+"/employer/audit"), chromedp.WaitVisible("main table"))
	b.Screens("audit")
	viewer := signedIn(t, s, "bo@northwind.example")
	viewer.Do("company", chromedp.Navigate(s.URL+"/employer/company"), chromedp.WaitVisible(".facts-list"))
	viewer.Screens("company-viewer")
}

// TestThePagesOfASecondFactorAreSeen sets up an app and signs in with it.
func TestThePagesOfASecondFactorAreSeen(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	s.Browser().SignUp("Northwind", knownEmail)
	b := signedIn(t, s, knownEmail)
	b.Do("second factor", chromedp.Navigate(s.URL+"/employer/account/second-factor"), chromedp.WaitVisible("#presentPassword"))
	b.Screens("second-factor-none")
	b.TabTo("#presentPassword")
	b.Do("begin", chromedp.KeyEvent(portaltest.Password), pagestest.Enter(), chromedp.WaitVisible("#code"))
	b.Screens("app")
	secret := pagestest.Ask(b, "secret", chromedp.Text(`[data-copy="Copy secret"]`))
	b.TabTo("#code")
	b.Do("wrong code", chromedp.KeyEvent("000000"), pagestest.Enter(), chromedp.WaitVisible(".summary"))
	b.Screens("app-wrong")
	b.Do("right code", chromedp.SetValue("#code", codeOf(s, strings.TrimSpace(secret))), chromedp.Focus("#code"), pagestest.Enter(), chromedp.WaitVisible("#codes"))
	b.Screens("app-codes")
	b.Do("on", chromedp.Navigate(s.URL+"/employer/account/second-factor"), chromedp.WaitVisible(chromedp.CSS("main")))
	b.Screens("second-factor-app")
	b.Do("account", chromedp.Navigate(s.URL+"/employer/account"), chromedp.WaitVisible("main table"))
	b.Screens("account-app")
	other := signedIn(t, s, knownEmail)
	other.Screens("sign-in-code")
	s.Clock.Advance(time.Hour)
	b.Do("what needs a proof", chromedp.Navigate(s.URL+"/employer/account/email"), chromedp.WaitVisible("main form"))
	b.Screens("prove")
	b.Do("password", chromedp.Navigate(s.URL+"/employer/account/password"), chromedp.WaitVisible("main form"))
	b.Screens("password")
}

// TestThePagesThatEmailsLeadToAreSeen opens the links of an invitation, a new address and a saved search.
func TestThePagesThatEmailsLeadToAreSeen(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	ada := s.Browser().SignUp("Northwind", knownEmail)
	ada.Post("/employer/team", url.Values{"email": {"bo@northwind.example"}, "role": {"Recruiter"}})
	ada.Post("/employer/account/email", url.Values{"email": {"ada@new.example"}, "presentPassword": {portaltest.Password}})
	ada.Post("/employer/search/saved", url.Values{"name": {"Head of IT in Leeds"}, "search": {"q="}})
	fixture.ImportAll(t, s.Store, fixture.People(t, 2, 1))
	s.Clock.Advance(time.Hour)
	if _, err := s.Store.CV.LookForSaved(t.Context(), 10); err != nil {
		t.Fatal(err)
	}
	b := pagestest.NewTab(t)
	for _, page := range []struct{ name, path string }{
		{"invitation", s.Mailed("bo@northwind.example", "invitation")}, {"invitation-wrong", "/employer/invitation/nothing"}, {"new-address", s.Mailed("ada@new.example", "address")},
		{"stop-search", strings.TrimPrefix(s.Mails(knownEmail)[0].Unsubscribe, storetest.PublicURL)},
	} {
		b.Do(page.name, chromedp.Navigate(s.URL+page.path), chromedp.WaitVisible("main h1"))
		b.Screens(page.name)
	}
	b.TabTo("main button.primary")
	b.Do("stop", pagestest.Enter(), chromedp.WaitVisible(`main a[href="/employer/search"]`))
	b.Screens("search-stopped")
}
