package portal_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"itmanagerjobs/server/pagestest"
	"itmanagerjobs/server/portal/portaltest"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
)

// TestAPersonGetsAKeyByKeyboard signs up and makes a key in a real browser, without a mouse.
func TestAPersonGetsAKeyByKeyboard(t *testing.T) {
	t.Parallel()
	b := pagestest.NewTab(t)
	s := portaltest.New(t)

	b.Do("open", chromedp.Navigate(s.URL+"/employer/sign-up"))
	b.TabTo("#company")
	b.Do("send too little", pagestest.Enter(), chromedp.WaitVisible(".summary"))
	if focused := pagestest.Ask(b, "focus", chromedp.Evaluate[string](`document.activeElement.className`)); focused != "summary" {
		t.Errorf("after an error the focus is on %q, want the summary", focused)
	}
	b.Screens("sign-up")
	b.TabTo(`a[href="#company"]`)
	b.Do("to the field", pagestest.Enter(), chromedp.WaitReady("#company:focus"), chromedp.KeyEvent("Northwind Recruitment"))
	b.TabTo("#name")
	b.Do("name", chromedp.KeyEvent("Ada Admin"))
	b.TabTo("#email")
	b.Do("email", chromedp.KeyEvent("ada@northwind.example"))
	b.TabTo("#password")
	b.Do("password", chromedp.KeyEvent(portaltest.Password), pagestest.Enter(), chromedp.WaitVisible("#key"))
	b.Screens("first-key")
	b.TabTo("main a.primary")
	b.Do("copied", pagestest.Enter(), chromedp.WaitVisible(".stats"))
	b.Screens("overview")

	b.TabTo(`a[href="/employer/keys"]`)
	b.Do("keys", pagestest.Enter(), chromedp.WaitVisible(".table"))
	b.TabTo(`a[href="/employer/keys/new"]`)
	b.Do("new key", pagestest.Enter(), chromedp.WaitVisible("#name"))
	b.Screens("new-key")
	b.TabTo("#name")
	b.Do("name", chromedp.KeyEvent("Bullhorn production"))
	b.TabTo("#scopes-JobPosting")
	b.Do("scope", chromedp.KeyEvent(" "))
	b.TabTo("main button.primary")
	b.Do("create", pagestest.Enter(), chromedp.WaitVisible("#key"))
	plain := pagestest.Ask(b, "key", chromedp.Text("#key"))
	if _, _, ok := apikey.Parse(plain); !ok || !strings.HasPrefix(plain, "pk_test_") {
		t.Errorf("the page shows %q, want a test key", plain)
	}
	if a, err := s.Store.Accounts.Admit(b.Ctx, plain, account.Need{Scope: apikey.ScopeJobPosting, Family: board.FamilyJobs}); err != nil || !a.Admitted {
		t.Errorf("the key does not work: %v", err)
	}
	b.TabTo("#key + button")
	b.Do("copy", pagestest.Enter(), chromedp.Poll[pagestest.Void](`document.querySelector('#key + button').textContent !== 'Copy key'`))
	b.Screens("created-key")

	b.Do("reload", chromedp.Reload(), chromedp.WaitVisible(".table"))
	if strings.Contains(pagestest.Ask(b, "page", chromedp.OuterHTML(chromedp.CSS("html"))), plain) {
		t.Error("the key is shown again after a reload")
	}
	if _, _, err := s.Store.Accounts.MintKey(b.Ctx, account.NewKey{
		Tenant: board.Tenant{EmployerID: 1, Mode: board.ModeLive}, Name: "A second key with a name that goes on for longer than a phone is wide",
		Scopes: apikey.AllScopes(), ReadOnly: true,
	}); err != nil {
		t.Fatal(err)
	}
	b.Do("list", chromedp.Navigate(s.URL+"/employer/keys"), chromedp.WaitVisible(".table"))
	b.Screens("keys")
	b.TabTo("#main button.danger")
	b.Do("ask to revoke", pagestest.Enter(), chromedp.WaitVisible(".dialog:popover-open"))
	b.TabTo(".dialog:popover-open button.danger")
	b.Do("revoke", pagestest.Enter(), chromedp.WaitVisible(`//span[contains(@class, 'tag') and text() = 'Revoked']`))
	if keys, _ := s.Store.Accounts.Keys(b.Ctx, 1); len(keys) != 3 || keys[1].Status != apikey.Revoked {
		t.Errorf("after revoking: %+v", keys)
	}

	b.Do("confirm the address", chromedp.Navigate(s.URL+s.Mailed("ada@northwind.example", "confirm")), chromedp.WaitVisible("main button.primary"))
	b.Screens("confirm")
	b.TabTo("main button.primary")
	b.Do("confirm", pagestest.Enter(), chromedp.WaitVisible(".notice"))
	b.Do("account", chromedp.Navigate(s.URL+"/employer/account"), chromedp.WaitVisible(chromedp.CSS("table")))
	b.Screens("account")
	b.Do("team", chromedp.Navigate(s.URL+"/employer/team"), chromedp.WaitVisible("#email"))
	b.TabTo("#email")
	b.Do("invite", chromedp.KeyEvent("bo@northwind.example"), pagestest.Enter(), chromedp.WaitVisible(".once"))
	b.Screens("invited")
	b.Do("team", chromedp.Navigate(s.URL+"/employer/team"), chromedp.WaitVisible("#email"))
	b.Screens("team")
}
