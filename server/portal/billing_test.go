package portal_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"itmanagerjobs/server/portal"
	"itmanagerjobs/store/billing"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/storetest"
)

// checkout is a provider of payments for tests: who is sent there has paid, and it tells so twice.
type checkout struct {
	site *site
}

var _ billing.Provider = checkout{}

// Checkout takes the payment.
func (c checkout) Checkout(ctx context.Context, o billing.Order) (string, error) {
	for range 2 {
		if _, err := c.site.store.Billing.MarkPaid(context.WithoutCancel(ctx), o.ID, billing.Payment{Reference: "pay_1"}); err != nil && !strings.Contains(err.Error(), "paid already") {
			return "", err
		}
	}
	return "/employer/billing?paid", nil
}

func TestAProviderTakesThePayment(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	plain := newSiteOver(t, s, clock)
	srv := httptest.NewUnstartedServer(nil)
	address := "http://" + srv.Listener.Addr().String()
	with := &site{t: t, url: address, store: s, clock: clock, log: plain.log}
	p := portalWith(t, s, clock, plain.log, address, func(c *portal.Config) { c.Payments = checkout{with} })
	srv.Config.Handler = p
	srv.Start()
	t.Cleanup(srv.Close)
	b := with.browser().signUp("Northwind", "ada@northwind.example")
	form := url.Values{"form": {hiddenForm.FindStringSubmatch(b.get("/employer/billing/buy/team").body)[1]}, "company": {"N"}, "address": {"Leeds"}, "country": {"GB"}}
	b.post("/employer/billing/buy/team", form).wants(t, http.StatusOK, "Paid", "+25")
	credits, err := s.Accounts.Credits(t.Context(), board.Tenant{EmployerID: 1, Mode: board.ModeLive})
	if err != nil || credits.JobPosting != 5 {
		t.Errorf("credits %+v, %v", credits, err)
	}
}

func TestOnlyAnAdminBuys(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada := s.browser().signUp("Northwind", "ada@northwind.example")
	for _, role := range []board.Role{board.RoleRecruiter, board.RoleViewer} {
		b := s.join(role, ada, strings.ToLower(string(role))+"@northwind.example")
		for _, path := range []string{"/employer/billing", "/employer/billing/ledger.csv", "/employer/billing/buy/team", "/employer/billing/orders/1", "/employer/billing/orders/1/invoice"} {
			if a := b.get(path); a.status != http.StatusForbidden {
				t.Errorf("a %s opens %s: %d", role, path, a.status)
			}
		}
		if a := b.post("/employer/billing/buy/team", nil); a.status != http.StatusForbidden {
			t.Errorf("a %s buys: %d", role, a.status)
		}
	}
	eve := s.browser().signUp("Southwind", "eve@southwind.example")
	form := url.Values{"form": {hiddenForm.FindStringSubmatch(ada.get("/employer/billing/buy/team").body)[1]}, "company": {"=1+1"}, "address": {"Leeds"}, "country": {"GB"}}
	ada.post("/employer/billing/buy/team", form).wants(t, http.StatusOK, "Waits for payment")
	eve.get("/employer/billing/orders/1").wants(t, http.StatusNotFound)
	if _, err := s.store.Accounts.ChangeCredits(t.Context(), 1, board.CreditChange{Kind: board.CreditJobPosting, Delta: 1, Note: "=HYPERLINK(1)"}); err != nil {
		t.Fatal(err)
	}
	if a := ada.get("/employer/billing/ledger.csv"); !strings.Contains(a.body, ",'=HYPERLINK(1),") {
		t.Errorf("a formula in the file:\n%s", a.body)
	}
}
