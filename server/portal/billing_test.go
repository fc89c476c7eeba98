package portal_test

import (
	"encoding/csv"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"itmanagerjobs/server/portal/portaltest"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

// TestOnlyAnAdminBuys: a viewer sees credits, orders and invoices, and no button to order with.
func TestOnlyAnAdminBuys(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	ada := s.Browser().SignUp("Northwind", "ada@northwind.example")
	members := map[board.Role]*portaltest.Browser{}
	for _, role := range []board.Role{board.RoleRecruiter, board.RoleViewer} {
		b := s.Join(role, ada, strings.ToLower(string(role))+"@northwind.example")
		members[role] = b
		b.Get("/employer/billing/buy/team").Wants(t, http.StatusForbidden, "Only an employer admin can order credits")
		if a := b.Post("/employer/billing/buy/team", nil); a.Status != http.StatusForbidden {
			t.Errorf("a %s buys: %d", role, a.Status)
		}
	}
	eve := s.Browser().SignUp("Southwind", "eve@southwind.example")
	form := url.Values{"form": {portaltest.HiddenForm.FindStringSubmatch(ada.Get("/employer/billing/buy/team").Body)[1]}, "company": {"=1+1"}, "address": {"Leeds"}, "country": {"GB"}}
	members[board.RoleViewer].Get("/employer/billing").Wants(t, http.StatusOK, "Nothing has been ordered yet")
	ada.Post("/employer/billing/buy/team", form).Wants(t, http.StatusOK, "Waits for payment")
	for _, path := range []string{"/employer/billing", "/employer/billing/ledger.csv", "/employer/billing/orders/1", "/employer/billing/orders/1/invoice"} {
		if a := members[board.RoleRecruiter].Get(path); a.Status != http.StatusForbidden {
			t.Errorf("a recruiter opens %s: %d", path, a.Status)
		}
		if a := members[board.RoleViewer].Get(path); a.Status != http.StatusOK || strings.Contains(a.Body, "/buy/") {
			t.Errorf("a viewer opens %s: %d\n%s", path, a.Status, a.Body)
		}
	}
	ada.Get("/employer/billing").Wants(t, http.StatusOK, `href="/employer/billing/buy/team"`)
	eve.Get("/employer/billing/orders/1").Wants(t, http.StatusNotFound)
	if _, err := s.Store.Accounts.ChangeCredits(t.Context(), 1, board.CreditChange{Kind: board.CreditJobPosting, Delta: 1, Note: "=HYPERLINK(1)"}); err != nil {
		t.Fatal(err)
	}
	if a := ada.Get("/employer/billing/ledger.csv"); !strings.Contains(a.Body, ",'=HYPERLINK(1),") {
		t.Errorf("a formula in the file:\n%s", a.Body)
	}
}

// TestTheFileHasAllChangesOfTheCredits has more of them than are read at once.
func TestTheFileHasAllChangesOfTheCredits(t *testing.T) {
	t.Parallel()
	clock, address := storetest.NewClock(), storetest.URL(t)
	s := portaltest.NewOver(t, storetest.Open(t, address, storetest.Options(clock)), clock)
	ada := s.Browser().SignUp("Northwind", "ada@northwind.example")
	const changes = 10_050
	if _, err := fixture.Raw(t, address).ExecContext(t.Context(), `
INSERT INTO credit_entries (employer_id, mode, kind, delta, balance_after, reason, created_at, note)
SELECT 1, 'live', 'JobPosting', 1, n, 'Grant', $1, 'change ' || n FROM generate_series(1, $2::int) n`, clock.Now(), changes); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(ada.Get("/employer/billing/ledger.csv").Body)).ReadAll()
	if err != nil || len(rows) != 1+changes || rows[1][3] != "change "+strconv.Itoa(changes) || rows[changes][3] != "change 1" {
		t.Errorf("%d rows, %v", len(rows), err)
	}
}
