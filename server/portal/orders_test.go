package portal_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"itmanagerjobs/server/portal"
	"itmanagerjobs/server/portal/portaltest"
	"itmanagerjobs/store/billing"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/storetest"
)

// checkouts is a provider of payments for tests. It begins one checkout for each attempt, and fails while err is set.
type checkouts struct {
	now func() time.Time

	mu    sync.Mutex
	begun map[string]billing.Checkout
	err   error
	// before is called before an attempt is answered; nil for nothing.
	before func()
}

var _ billing.Provider = (*checkouts)(nil)

func newCheckouts(now func() time.Time) *checkouts {
	return &checkouts{now: now, begun: map[string]billing.Checkout{}}
}

// Checkout begins or finds the checkout of an attempt.
func (c *checkouts) Checkout(_ context.Context, _ billing.Order, attempt string) (billing.Checkout, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.before != nil {
		c.before()
	}
	if c.err != nil {
		return billing.Checkout{}, c.err
	}
	if _, ok := c.begun[attempt]; !ok {
		c.begun[attempt] = billing.Checkout{URL: fmt.Sprintf("https://pay.example/%d", len(c.begun)+1), Until: c.now().Add(time.Hour)}
	}
	return c.begun[attempt], nil
}

func (c *checkouts) attempts() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Sorted(maps.Keys(c.begun))
}

// till is a site whose orders are paid at a provider, with its admin.
func till(t *testing.T) (s *portaltest.Site, ada *portaltest.Browser, provider *checkouts) {
	t.Helper()
	clock, address := storetest.NewClock(), storetest.URL(t)
	provider = newCheckouts(clock.Now)
	s = portaltest.NewOver(t, storetest.Open(t, address, storetest.Options(clock)), clock, func(c *portal.Config) { c.Payments = provider })
	return s, s.Browser().SignUp("Northwind", "ada@northwind.example"), provider
}

func buy(b *portaltest.Browser) portaltest.Answer {
	b.T.Helper()
	return b.Post("/employer/billing/buy/team", url.Values{"form": {b.FormID("/employer/billing/buy/team")}, "company": {"N"}, "address": {"Leeds"}, "country": {"GB"}})
}

// leads reads where a page leads to a payment, empty for none.
func leads(a portaltest.Answer) string {
	_, target, _ := strings.Cut(a.Header.Get("Refresh"), "url=")
	return target
}

func TestAProviderTakesThePayment(t *testing.T) {
	t.Parallel()
	s, ada, _ := till(t)
	a := buy(ada)
	a.Wants(t, http.StatusOK, "On to the payment", `href="https://pay.example/1"`)
	if leads(a) != "https://pay.example/1" {
		t.Errorf("the page leads to %q", leads(a))
	}
	for i := range 2 { // the provider tells it twice
		if _, err := s.Store.Billing.MarkPaid(t.Context(), 1, billing.Payment{Reference: "pay_1"}); (err == nil) != (i == 0) {
			t.Error(err)
		}
	}
	ada.Get("/employer/billing").Wants(t, http.StatusOK, "Paid", "+25")
	credits, err := s.Store.Accounts.Credits(t.Context(), board.Tenant{EmployerID: 1, Mode: board.ModeLive})
	if err != nil || credits.JobPosting != 5 {
		t.Errorf("credits %+v, %v", credits, err)
	}
}

// TestAnOrderIsPaidLater: its checkout failed, then it was left, then it ended. It has one checkout at a time, however often and at
// whichever copy people ask.
func TestAnOrderIsPaidLater(t *testing.T) {
	t.Parallel()
	s, ada, provider := till(t)
	other := portaltest.NewOver(t, s.Store, s.Clock, func(c *portal.Config) { c.Payments = provider })
	elsewhere := other.Browser()
	elsewhere.SignIn("ada@northwind.example", portaltest.Password)
	const page, pay = "/employer/billing/orders/1", "/employer/billing/orders/1/pay"
	provider.err = errors.New("the provider is away")
	a := buy(ada)
	a.Wants(t, http.StatusOK, "nothing was charged", "Pay this order", `action="`+pay+`"`)
	if a.Path != page {
		t.Errorf("it ends at %s", a.Path)
	}
	ada.Post(pay, nil).Wants(t, http.StatusOK, "nothing was charged", "Pay this order")
	if !strings.Contains(s.Log.String(), "the provider is away") {
		t.Error("nobody is told that the provider fails")
	}
	provider.err = nil
	ada.Get("/employer/billing").Wants(t, http.StatusOK, `action="`+pay+`"`)
	elsewhere.Get(page)
	clicks := func(want string) {
		t.Helper()
		var all sync.WaitGroup
		for i := range 8 {
			all.Go(func() {
				b := []*portaltest.Browser{ada, elsewhere}[i%2]
				if a := b.Post(pay, nil); a.Status != http.StatusOK || leads(a) != want {
					t.Errorf("%d leads to %q, want %s", a.Status, leads(a), want)
				}
			})
		}
		all.Wait()
	}
	clicks("https://pay.example/1")
	s.Clock.Advance(59 * time.Minute)
	clicks("https://pay.example/1")
	s.Clock.Advance(time.Minute)
	clicks("https://pay.example/2")
	if got, want := provider.attempts(), []string{"order-1-1", "order-1-2"}; !slices.Equal(got, want) {
		t.Errorf("the checkouts are %q, want %q", got, want)
	}
	s.Clock.Advance(time.Hour)
	provider.err = billing.ErrPaymentUnderWay
	ada.Post(pay, nil).Wants(t, http.StatusOK, "under way already")
	provider.err = nil
	provider.before = func() { // the payment of before arrives just now
		if _, err := s.Store.Billing.MarkPaid(t.Context(), 1, billing.Payment{}); err != nil {
			t.Error(err)
		}
	}
	if a := ada.Post(pay, nil); leads(a) != "" || a.Path != page || !strings.Contains(a.Body, "paid already") {
		t.Errorf("an order that is paid meanwhile leads to %q, %s\n%s", leads(a), a.Path, a.Body)
	}
	if a := ada.Get(page); strings.Contains(a.Body, "Pay this order") {
		t.Error("what is paid can be paid")
	}
}

// TestACheckoutThatWasForgottenIsNotLedTo: it was begun when the database was away, and has ended meanwhile.
func TestACheckoutThatWasForgottenIsNotLedTo(t *testing.T) {
	t.Parallel()
	s, ada, provider := till(t)
	provider.err = errors.New("no answer")
	buy(ada).Wants(t, http.StatusOK, "nothing was charged")
	provider.err = nil
	if _, err := provider.Checkout(t.Context(), billing.Order{}, "order-1-1"); err != nil {
		t.Fatal(err)
	}
	s.Clock.Advance(time.Hour)
	if a := ada.Post("/employer/billing/orders/1/pay", nil); leads(a) != "https://pay.example/2" {
		t.Errorf("%d leads to %q", a.Status, leads(a))
	}
}

// TestWhoMayPayAnOrder: an admin of the employer, while it is open.
func TestWhoMayPayAnOrder(t *testing.T) {
	t.Parallel()
	s, ada, provider := till(t)
	const page, pay = "/employer/billing/orders/1", "/employer/billing/orders/1/pay"
	bo := s.Join(board.RoleViewer, ada, "bo@northwind.example")
	eve := s.Browser().SignUp("Southwind", "eve@southwind.example")
	buy(ada)
	began := provider.attempts()
	bo.Post(pay, nil).Wants(t, http.StatusForbidden, "Only an employer admin can order credits")
	if a := bo.Get(page); a.Status != http.StatusOK || strings.Contains(a.Body, "Pay this order") {
		t.Errorf("a viewer can pay: %d", a.Status)
	}
	eve.Post(pay, nil).Wants(t, http.StatusNotFound, "There is no such order")
	ada.Post("/employer/billing/orders/x/pay", nil).Wants(t, http.StatusNotFound)
	if _, err := s.Store.Billing.CancelOrder(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	ada.Post(pay, nil).Wants(t, http.StatusOK, "This order is cancelled. Order again instead.")
	for _, path := range []string{page, "/employer/billing"} {
		if a := ada.Get(path); strings.Contains(a.Body, `action="`+pay+`"`) {
			t.Errorf("%s offers to pay what is cancelled", path)
		}
	}
	if got := provider.attempts(); !slices.Equal(got, began) {
		t.Errorf("the checkouts are %q, want %q", got, began)
	}
}
