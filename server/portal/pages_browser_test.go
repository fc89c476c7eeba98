package portal_test

import (
	"testing"

	"github.com/chromedp/chromedp"

	"itmanagerjobs/server/pagestest"
	"itmanagerjobs/server/portal/portaltest"
)

// TestThePagesAroundAProviderAreSeen signs in with a real provider in a real browser, and looks at each page of ours on the way.
func TestThePagesAroundAProviderAreSeen(t *testing.T) {
	s := withProvider(t)
	s.Browser().SignUp("Northwind", knownEmail)
	b := pagestest.NewTab(t)
	atProvider := func(name string) {
		t.Helper()
		b.Do("to the page to sign in", chromedp.Navigate(s.URL+"/employer/sign-in"), chromedp.WaitVisible(`a[href="/employer/sign-in/provider"]`))
		b.TabTo(`a[href="/employer/sign-in/provider"]`)
		b.Do("to the provider", pagestest.Enter(), chromedp.WaitVisible("#username"), chromedp.Focus("#username"), chromedp.KeyEvent(name),
			chromedp.Focus("#password"), chromedp.KeyEvent(providerPwd), pagestest.Enter())
	}
	b.Do("open", chromedp.Navigate(s.URL+"/employer/sign-in"), chromedp.WaitVisible(`a[href="/employer/sign-in/provider"]`))
	b.Screens("provider-sign-in")
	b.Do("an answer that nobody asked for", chromedp.Navigate(s.URL+"/employer/sign-in/provider/callback?code=x&state=y"), chromedp.WaitVisible(".summary"))
	b.Screens("provider-refused")

	atProvider("eve")
	b.Do("somebody without an account", chromedp.WaitVisible("#company"))
	b.Screens("provider-sign-up")

	atProvider("ada")
	b.Do("somebody with an account", chromedp.WaitVisible(`form[action="/employer/sign-in/provider/link"] #password`))
	b.Screens("provider-link")
	b.TabTo("#password")
	b.Do("the password", chromedp.KeyEvent(portaltest.Password), pagestest.Enter(), chromedp.WaitVisible(".stats"))
	b.Do("the account", chromedp.Navigate(s.URL+"/employer/account"), chromedp.WaitVisible("#sessions, table"))
	b.Screens("provider-account")
}

// TestTheRareAnswersAreSeen looks at the pages that say why nothing was done: a form of the other mode, one that was sent signed out, and
// a page that is not there.
func TestTheRareAnswersAreSeen(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	s.Browser().SignUp("Northwind", "ada@northwind.example")
	b := pagestest.NewTab(t)
	signIn := func() {
		t.Helper()
		b.TabTo("#email")
		b.Do("email", chromedp.KeyEvent("ada@northwind.example"))
		b.TabTo("#password")
		b.Do("password", chromedp.KeyEvent(portaltest.Password), pagestest.Enter())
	}
	b.Do("open", chromedp.Navigate(s.URL+"/employer/sign-in"), chromedp.WaitVisible("#email"))
	signIn()
	b.Do("home", chromedp.WaitVisible(".stats"), chromedp.Navigate(s.URL+"/employer/jobs/new"), chromedp.WaitVisible("#title"), chromedp.Focus("#title"), chromedp.KeyEvent("Typed in test"),
		// What another window has switched meanwhile.
		chromedp.Evaluate[pagestest.Void](`document.querySelector('main form [name="opened"]').value = 'test'`), pagestest.Enter(), chromedp.WaitVisible(`form[action="/employer/mode"] button.primary`))
	b.Screens("other-mode")
	b.TabTo(`main form[action="/employer/mode"] button.primary`)
	b.Do("switch and go back", pagestest.Enter(), chromedp.WaitVisible("#title"))
	if typed := pagestest.Ask(b, "title", chromedp.Value("#title")); typed != "Typed in test" {
		t.Errorf("the title is %q", typed)
	}
	b.Screens("typed-again")
	if err := s.Store.Accounts.EndSessions(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	b.Do("send it signed out", chromedp.Focus("#title"), pagestest.Enter(), chromedp.WaitVisible("#password"))
	b.Screens("signed-out-meanwhile")
	signIn()
	b.Do("back at the form", chromedp.WaitVisible("#title"))
	b.Do("nothing", chromedp.Navigate(s.URL+"/employer/nothing"), chromedp.WaitVisible(chromedp.CSS("h1")))
	b.Screens("missing")
}
