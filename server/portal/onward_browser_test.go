package portal_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"itmanagerjobs/server/openid"
	"itmanagerjobs/server/pagestest"
	"itmanagerjobs/server/portal"
	"itmanagerjobs/server/portal/portaltest"
	"itmanagerjobs/store/billing"
)

// elsewhere is a site of somebody else: a provider of sign-ins, and of payments.
func elsewhere(t *testing.T) string {
	t.Helper()
	mux := http.NewServeMux()
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"issuer":%[1]q,"authorization_endpoint":"%[1]s/authorize","token_endpoint":"%[1]s/token","jwks_uri":"%[1]s/keys"}`, srv.URL)
	})
	mux.HandleFunc("/authorize", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `<p id="login">Who are you?</p>`) })
	mux.HandleFunc("/pay", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `<p id="card">Your card?</p>`) })
	return srv.URL
}

// cards is a provider of payments at an address of its own.
type cards string

var _ billing.Provider = cards("")

// Checkout asks for the card.
func (c cards) Checkout(_ context.Context, o billing.Order, _ string) (billing.Checkout, error) {
	return billing.Checkout{URL: string(c) + "/pay", Until: o.CreatedAt.Add(time.Hour)}, nil
}

// TestAFormLeadsToAnotherSite in a real browser, which follows no redirect from a form to another site where the policy for content
// has form-action 'self': after the password to a provider of sign-ins, and after an order to the payment, also later.
func TestAFormLeadsToAnotherSite(t *testing.T) {
	t.Parallel()
	address := elsewhere(t)
	s := portaltest.New(t, func(c *portal.Config) {
		c.Payments = cards(address)
		c.Provider = openid.New(openid.Config{Issuer: address, ClientID: "portal", ClientSecret: "secret", Name: "Northwind Login", Now: time.Now})
	})
	s.Browser().SignUp("Northwind", knownEmail)
	b := signedIn(t, s, knownEmail)
	s.Clock.Advance(11 * time.Minute)
	b.Do("connect", chromedp.Navigate(s.URL+"/employer/account"), chromedp.WaitVisible(`a[href="/employer/account/provider"]`),
		chromedp.Click(`a[href="/employer/account/provider"]`), chromedp.WaitVisible("#presentPassword"))
	b.Do("prove", chromedp.SendKeys("#presentPassword", portaltest.Password), pagestest.Enter(), chromedp.WaitVisible("#login"))
	b.Do("order", chromedp.Navigate(s.URL+"/employer/billing/buy/team"), chromedp.WaitVisible("#address"),
		chromedp.SendKeys("#address", "1 High Street, Leeds"), chromedp.Click("main button.primary"), chromedp.WaitVisible("#card"))
	b.Do("leave the payment", chromedp.Navigate(s.URL+"/employer/billing"), chromedp.WaitVisible(`form[action="/employer/billing/orders/1/pay"] button`))
	b.Screens("billing-to-pay")
	b.Do("open the order", chromedp.Navigate(s.URL+"/employer/billing/orders/1"), chromedp.WaitVisible(".notice button"))
	b.Screens("order-to-pay")
	b.Do("pay", chromedp.Click(".notice button"), chromedp.WaitVisible("#card"))
}
