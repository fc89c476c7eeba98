package portal_test

import (
	"net/http"
	"testing"

	"github.com/chromedp/chromedp"

	"itmanagerjobs/server/pagestest"
	"itmanagerjobs/server/portal/portaltest"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/storetest/fixture"
)

// TestHomeShowsWhatNeedsSomebody gives an account one of each thing that waits.
func TestHomeShowsWhatNeedsSomebody(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	ada := s.Browser().SignUp("Northwind", "ada@northwind.example")
	ada.Get("/employer").Wants(t, http.StatusOK, "Nothing waits for you", "Create a test key", ", to do")
	tenant, ctx := board.Tenant{EmployerID: 1, Mode: board.ModeLive}, t.Context()
	if _, err := s.Store.Accounts.GrantCredits(ctx, tenant, account.Credits{JobPosting: 3}); err != nil {
		t.Fatal(err)
	}
	j := fixture.Create(t, s.Store, tenant, fixture.Complete("Head of IT"))
	until := s.Clock.Now().AddDate(0, 0, 3)
	j, err := s.Store.Jobs.Publish(ctx, account.Principal{Tenant: tenant}, j.ID, &until, board.Precondition{})
	if err != nil {
		t.Fatal(err)
	}
	fixture.Apply(t, s.Store, fixture.Ada(j))
	if _, _, err := s.Store.Accounts.MintKey(ctx, account.NewKey{Tenant: tenant, Name: "Bullhorn", Scopes: board.AllScopes()}); err != nil {
		t.Fatal(err)
	}
	sub, _, err := s.Store.Outbox.CreateSubscription(ctx, tenant, "native", board.SubscriptionPatch{
		URL: board.Set("https://ats.example.com/hooks"), Events: board.Set([]board.EventType{board.EventJobPublished}),
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Store.Outbox.DisableSubscription(ctx, tenant, sub.ID, "by hand", board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	ada.Get("/employer").Wants(t, http.StatusOK, "Ada Lovelace", "Expires in 3 days", "https://ats.example.com/hooks", "Disabled", "Bullhorn", "Pending review", "1 expires this week", "Publish your first job<span class=\"unseen\">, done")

	b := pagestest.NewTab(t)
	b.Do("sign in", chromedp.Navigate(s.URL+"/employer/sign-in"), chromedp.WaitVisible("#email"), chromedp.SendKeys("#email", "ada@northwind.example"),
		chromedp.SendKeys("#password", portaltest.Password), pagestest.Enter(), chromedp.WaitVisible(".stats"))
	b.Screens("home")
	b.Do("test data", chromedp.Click(".mode"), chromedp.WaitVisible(".banner"))
	b.Screens("home-test")
	b.Do("phone", chromedp.EmulateViewport(390, 844))
	b.Do("menu", chromedp.Click(".menu button"), chromedp.WaitVisible("#side:popover-open"))
	b.Axe("the menu")
	b.Do("dark", chromedp.Click(`#side button[value="dark"]`), chromedp.WaitVisible(`[data-theme="dark"] .stats`))
}
