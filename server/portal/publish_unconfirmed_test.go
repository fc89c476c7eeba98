package portal_test

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"itmanagerjobs/server/portal/portaltest"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/storetest/fixture"
)

// TestPublishingTakesAConfirmedAddress in live; test data are free for all.
func TestPublishingTakesAConfirmedAddress(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	ada := s.Browser()
	ada.SignUpOnly("Northwind", "ada@northwind.example")
	live := board.Tenant{EmployerID: 1, Mode: board.ModeLive}
	if _, err := s.Store.Accounts.GrantCredits(t.Context(), live, account.Credits{JobPosting: 1}); err != nil {
		t.Fatal(err)
	}
	publish := func(tenant board.Tenant) portaltest.Answer {
		t.Helper()
		j := fixture.Create(t, s.Store, tenant, fixture.Complete("IT Manager"))
		return ada.Post(fmt.Sprintf("/employer/jobs/%d/publish", j.ID), url.Values{"expiryDate": {s.Clock.Now().AddDate(0, 0, 14).Format("2006-01-02")}})
	}
	publish(live).Wants(t, http.StatusUnprocessableEntity, "First confirm your email address", "Have the email sent again")
	ada.Post("/employer/mode", url.Values{"mode": {"test"}, "next": {"/employer/jobs"}})
	publish(board.Tenant{EmployerID: 1, Mode: board.ModeTest}).Wants(t, http.StatusOK, "is published")
	ada.Post("/employer/mode", url.Values{"mode": {"live"}, "next": {"/employer/jobs"}})
	ada.Post(s.Mailed("ada@northwind.example", "confirm"), nil)
	publish(live).Wants(t, http.StatusOK, "is published")
}
