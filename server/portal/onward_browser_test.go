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

// till is a provider of payments at an address of its own.
type till string

var _ billing.Provider = till("")

// Checkout asks for the card.
func (c till) Checkout(context.Context, billing.Order) (string, error) {
	return string(c) + "/pay", nil
}

// TestAFormLeadsToAnotherSite in a real browser, which follows no redirect from a form to another site where the policy for content
// has form-action 'self': after the password to a provider of sign-ins, and after an order to the payment.
func TestAFormLeadsToAnotherSite(t *testing.T) {
	t.Parallel()
	address := elsewhere(t)
	s := portaltest.New(t, func(c *portal.Config) {
		c.Payments = till(address)
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
}
