package portal_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"itmanagerjobs/server/pagestest"
	"itmanagerjobs/server/portal/portaltest"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/board/event"
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
	if _, _, err := s.Store.Accounts.MintKey(ctx, account.NewKey{Tenant: tenant, Name: "Bullhorn", Scopes: apikey.AllScopes()}); err != nil {
		t.Fatal(err)
	}
	sub, _, err := s.Store.Outbox.CreateSubscription(ctx, tenant, "native", delivery.SubscriptionPatch{
		URL: board.Set("https://ats.example.com/hooks"), Events: board.Set([]event.Type{event.JobPublished}),
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

// TestAKeyThatExpiresSoonIsSeen on the home page and in the list, until it is rolled.
func TestAKeyThatExpiresSoonIsSeen(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	ada := s.Browser().SignUp("Northwind", "ada@northwind.example")
	form := ada.KeyForm("Bullhorn")
	form.Set("mode", "test")
	form.Set("expiresAt", s.Clock.Now().AddDate(0, 0, 29).Format("2006-01-02"))
	ada.Post("/employer/keys", form).Wants(t, http.StatusCreated)
	list := func() portaltest.Answer {
		t.Helper()
		ada = s.Browser()
		ada.SignIn("ada@northwind.example", portaltest.Password)
		return ada.Get("/employer/keys")
	}
	if body := list().Body; strings.Contains(body, "Expires soon") {
		t.Error("a month before its end the key is said to expire soon")
	}
	s.Clock.Advance(25 * 24 * time.Hour)
	list().Wants(t, http.StatusOK, "Expires soon", "Roll it while it works", "The new one expires as well: end of")
	ada.Get("/employer").Wants(t, http.StatusOK, "Bullhorn", "Expires soon", "Roll it in time")
	ada.Post("/employer/keys/1/roll", url.Values{"form": {ada.FormID("/employer/keys")}, "overlap": {"7d"}}).Wants(t, http.StatusCreated)
	for _, page := range []string{"/employer", "/employer/keys"} {
		if body := ada.Get(page).Body; strings.Contains(body, "Expires soon") {
			t.Errorf("%s says of a key that was rolled that it expires soon", page)
		}
	}
}
