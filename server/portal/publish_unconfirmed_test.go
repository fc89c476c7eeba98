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
	if _, err := s.Store.Accounts.GrantCredits(t.Context(), live, account.Credits{JobPosting: 2}); err != nil {
		t.Fatal(err)
	}
	publish := func(tenant board.Tenant) portaltest.Answer {
		t.Helper()
		j := fixture.Create(t, s.Store, tenant, fixture.Complete("IT Manager"))
		return ada.Post(fmt.Sprintf("/employer/jobs/%d/publish", j.ID), url.Values{"expiryDate": {s.Clock.Now().AddDate(0, 0, 14).Format("2006-01-02")}})
	}
	publish(live).Wants(t, http.StatusUnprocessableEntity, "First confirm your email address", "Have the email sent again")

	// Whoever writes to people outside keeps what was written.
	s.Apply(fixture.Active(t, s.Store, live, func(*board.JobPatch) {}), "Grace")
	form := url.Values{"form": {ada.FormID("/employer/applications/reject?id=1:New")}, "id": {"1:New"}, "subject": {"No"}, "body": {"A long letter"}}
	ada.Post("/employer/applications/reject", form).Wants(t, http.StatusUnprocessableEntity, "First confirm your email address", "A long letter")
	form = url.Values{
		"form": {ada.FormID("/employer/interviews/new?application=1")}, "application": {"1"}, "startsAt": {"2026-07-01T10:00"}, "durationMinutes": {"45"}, "timeZone": {"UTC"}, "notes": {"Ask about Azure"},
	}
	ada.Post("/employer/interviews", form).Wants(t, http.StatusUnprocessableEntity, "First confirm your email address", "Ask about Azure")
	if mails := s.Mails("grace@people.example"); len(mails) != 1 {
		t.Errorf("Grace has %d emails, want the one that the application has arrived", len(mails))
	}
	ada.Post("/employer/mode", url.Values{"mode": {"test"}, "next": {"/employer/jobs"}})
	publish(board.Tenant{EmployerID: 1, Mode: board.ModeTest}).Wants(t, http.StatusOK, "is published")
	ada.Post("/employer/mode", url.Values{"mode": {"live"}, "next": {"/employer/jobs"}})
	ada.Post(s.Mailed("ada@northwind.example", "confirm"), nil)
	publish(live).Wants(t, http.StatusOK, "is published")
}
