package billing_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"itmanagerjobs/store"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/billing"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/storetest"
)

var seller = board.Seller{Name: "ITManagerJobs", Country: "GB", VATPermille: 200}

// shop is a store with one employer and its admin.
func shop(t *testing.T) (s *store.Store, clock *storetest.Clock, employerID, userID int64) {
	t.Helper()
	s, clock = storetest.New(t)
	employerID, userID, err := s.Accounts.CreateEmployer(t.Context(), account.NewEmployer{Name: "Northwind", Email: "ada@northwind.example", PasswordHash: "hash"})
	if err != nil {
		t.Fatal(err)
	}
	return s, clock, employerID, userID
}

func newOrder(employerID, userID int64, form string) billing.NewOrder {
	return billing.NewOrder{
		EmployerID: employerID, UserID: userID, Package: "team", Seller: seller, Form: form,
		Details: board.BillingDetails{Company: "Northwind", Address: "Leeds", Country: "GB"},
	}
}

// TestWhoHasOrderedIsForgotten orders by somebody who leaves the team, and looks at the order after a year.
func TestWhoHasOrderedIsForgotten(t *testing.T) {
	t.Parallel()
	s, clock, employerID, _ := shop(t)
	gone, token, err := s.Accounts.CreateInvitation(t.Context(), account.NewInvitation{EmployerID: employerID, Email: "gone@northwind.example", Role: board.RoleRecruiter})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Accounts.AcceptInvitation(t.Context(), account.Acceptance{Token: token, Name: "Grace Gone", PasswordHash: "hash"}); err != nil {
		t.Fatal(err)
	}
	o, err := s.Billing.CreateOrder(t.Context(), newOrder(employerID, gone.ID, "form"))
	if err != nil {
		t.Fatal(err)
	}
	look := func(want string) {
		t.Helper()
		if o, err := s.Billing.Order(t.Context(), employerID, o.ID); err != nil || o.OrderedBy != want {
			t.Errorf("it was ordered by %q, %v; want %q", o.OrderedBy, err, want)
		}
	}
	if _, err := s.Accounts.RemoveUser(t.Context(), employerID, gone.ID); err != nil {
		t.Fatal(err)
	}
	look("gone@northwind.example")
	clock.Advance(365 * 24 * time.Hour)
	if n, err := s.Accounts.ForgetRemoved(t.Context(), 10); n != 1 || err != nil {
		t.Fatalf("forgot %d, %v", n, err)
	}
	look("a former user")
}

// TestInvoicesHaveNoGaps orders at once, with some orders that fail, and in the next year.
func TestInvoicesHaveNoGaps(t *testing.T) {
	t.Parallel()
	s, clock, employerID, userID := shop(t)
	var (
		all sync.WaitGroup
		mu  sync.Mutex
		got []int
	)
	for i := range 12 {
		all.Go(func() {
			n := newOrder(employerID, userID, fmt.Sprintf("form-%d", i))
			if i%3 == 0 {
				n.Form = "form-1" // sent twice: refused after all, or the other one is
			}
			o, err := s.Billing.CreateOrder(t.Context(), n)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				got = append(got, o.Number)
			}
		})
	}
	all.Wait()
	slices.Sort(got)
	for i, number := range got {
		if number != i+1 {
			t.Fatalf("the numbers are %v", got)
		}
	}
	if len(got) != 8 {
		t.Errorf("%d orders, want 8", len(got))
	}
	clock.Advance(366 * 24 * time.Hour)
	o, err := s.Billing.CreateOrder(t.Context(), newOrder(employerID, userID, "next year"))
	if err != nil || o.Invoice() != "2027-00001" {
		t.Errorf("the first invoice of the next year is %s, %v", o.Invoice(), err)
	}
}

// TestReviewersHearOfAnOrder, who note when it is paid.
func TestReviewersHearOfAnOrder(t *testing.T) {
	t.Parallel()
	s, _, employerID, userID := shop(t)
	if _, err := s.Accounts.CreateReviewer(t.Context(), account.NewReviewer{Email: "rita@platform.example", Name: "Rita"}); err != nil {
		t.Fatal(err)
	}
	o, err := s.Billing.CreateOrder(t.Context(), newOrder(employerID, userID, "form"))
	if err != nil {
		t.Fatal(err)
	}
	mails, err := s.Outbox.Messages(t.Context(), 10)
	if err != nil {
		t.Fatal(err)
	}
	mails = slices.DeleteFunc(mails, func(m outbox.Message) bool { return m.To != "rita@platform.example" })
	if len(mails) != 1 || !strings.Contains(mails[0].Subject, o.Invoice()) || !strings.Contains(mails[0].Text, fmt.Sprintf("%s/platform/orders/%d", storetest.PublicURL, o.ID)) {
		t.Errorf("the reviewer has the emails %+v, want one of the order %s", mails, o.Invoice())
	}
}

func TestAPaymentThatIsToldManyTimesGrantsOnce(t *testing.T) {
	t.Parallel()
	s, _, employerID, userID := shop(t)
	o, err := s.Billing.CreateOrder(t.Context(), newOrder(employerID, userID, "form"))
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	results := make([]error, 8)
	for i := range results {
		all.Go(func() { _, results[i] = s.Billing.MarkPaid(t.Context(), o.ID, billing.Payment{Reference: "pay_1"}) })
	}
	all.Wait()
	paid := 0
	for _, err := range results {
		if err == nil {
			paid++
		} else if e, ok := err.(*board.Error); !ok || e.Code != board.CodeInvalidState { //nolint:errorlint // the store returns it as it is
			t.Error(err)
		}
	}
	credits, err := s.Accounts.Credits(t.Context(), board.Tenant{EmployerID: employerID, Mode: board.ModeLive})
	if want := (account.Credits{JobPosting: 5, CVSearch: 25}); paid != 1 || err != nil || credits != want {
		t.Errorf("paid %d times, credits %+v, %v", paid, credits, err)
	}
}

// TestFewCreditsAreToldOnce spends, gets more, and spends again.
func TestFewCreditsAreToldOnce(t *testing.T) {
	t.Parallel()
	s, _, employerID, _ := shop(t)
	change := func(delta int64) {
		t.Helper()
		if _, err := s.Accounts.ChangeCredits(t.Context(), employerID, board.CreditChange{Kind: board.CreditJobPosting, Delta: delta, Note: "test"}); err != nil {
			t.Fatal(err)
		}
	}
	wants := func(after string, want ...string) {
		t.Helper()
		messages, err := s.Outbox.Messages(t.Context(), 10)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, m := range messages {
			got = append(got, m.Subject)
			if !strings.Contains(m.Text, storetest.PublicURL+"/employer/billing") {
				t.Errorf("the email leads nowhere:\n%s", m.Text)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: emails %q, want %q", after, got, want)
		}
	}
	const one, none = "Northwind has 1 job posting credit left", "Northwind has no job posting credits left"
	change(3)
	change(-1)
	wants("two left")
	change(-1)
	wants("one left", one)
	change(-1)
	wants("none left", one)
	change(1)
	change(-1)
	wants("one more, which is few", one)
	change(5)
	change(-5)
	wants("enough, then none", none, one)
}
