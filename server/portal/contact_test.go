package portal_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/server/portal/portaltest"
	"itmanagerjobs/store/account"
)

// TestAMemberWritesToThePlatform: the company and the address are those of the account, whatever the form says, and the limit is that of
// the public form.
func TestAMemberWritesToThePlatform(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	ada := s.Browser().SignUp("Northwind", "ada@northwind.example")
	ada.Get("/employer/contact").Wants(t, http.StatusOK, "We answer to ada@northwind.example")
	ada.Post("/employer/contact", url.Values{"form": {ada.FormID("/employer/contact")}, "name": {"Ada"}, "message": {" "}}).Wants(t, http.StatusUnprocessableEntity, "There is a problem", "Write your message")
	send := func() portaltest.Answer {
		return ada.Post("/employer/contact", url.Values{"form": {ada.FormID("/employer/contact")}, "name": {"Ada"}, "email": {"eve@southwind.example"}, "company": {"Southwind"}, "message": {"Where is my invoice?"}})
	}
	send().Wants(t, http.StatusCreated, "T-1", "by email to ada@northwind.example")
	got, err := s.Store.Accounts.ContactRequests(t.Context(), 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	want := []account.ContactRequest{{ID: 1, Name: "Ada", Email: "ada@northwind.example", Company: "Northwind", Message: "Where is my invoice?", CreatedAt: s.Clock.Now()}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("kept (-want +got):\n%s", diff)
	}
	if mails := s.Mails("eve@southwind.example"); len(mails) != 0 {
		t.Errorf("somebody else is written to: %v", mails)
	}
	twice := url.Values{"form": {ada.FormID("/employer/contact")}, "name": {"Ada"}, "message": {"And the second one?"}}
	ada.Post("/employer/contact", twice).Wants(t, http.StatusCreated, "T-2")
	ada.Post("/employer/contact", twice).Wants(t, http.StatusOK, "has arrived already", "ada@northwind.example")
	if again, err := s.Store.Accounts.ContactRequests(t.Context(), 0, 10); err != nil || len(again) != 2 {
		t.Errorf("a form that is sent twice makes %d tickets with the one before, %v", len(again), err)
	}
	for range 2 {
		send().Wants(t, http.StatusCreated)
	}
	send().Wants(t, http.StatusTooManyRequests, "several messages")
}
