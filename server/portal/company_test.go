package portal_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/server/portal/portaltest"
	"itmanagerjobs/store/board"
)

func TestAnAdminChangesTheCompanysProfile(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	b := s.Browser().SignUp("Northwind", "ada@northwind.example")
	b.Get("/employer/company").Wants(t, http.StatusOK, `value="Northwind"`, `aria-current="page">Company`)

	profile := url.Values{"name": {"Northwind Ltd"}, "website": {"northwind"}, "phone": {"+44 20 7946 0000"}, "description": {"We ship <b>software</b>."}}
	b.Post("/employer/company", profile).Wants(t, http.StatusUnprocessableEntity, "Enter the whole address of your website", `value="northwind"`, `value="Northwind Ltd"`)
	profile.Set("website", " northwind.example ") // as people write it
	b.Post("/employer/company", profile).Wants(t, http.StatusOK,
		"The company's profile is saved.", `value="Northwind Ltd"`, `value="https://northwind.example"`, `value="+44 20 7946 0000"`, "We ship <b>software</b>.")
	b.Post("/employer/company", profile) // changes nothing

	// Others of the team read it.
	viewer := s.Join(board.RoleViewer, b, "eve@northwind.example")
	viewer.Get("/employer/company").Wants(t, http.StatusOK, "Northwind Ltd", "https://northwind.example", "Only an employer admin can change")
	viewer.Post("/employer/company", profile).Wants(t, http.StatusForbidden, "Only an employer admin can change")

	page, err := s.Store.Outbox.Events(t.Context(), board.Tenant{EmployerID: 1, Mode: board.ModeLive}, 0, 10, nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range page.Events {
		got = append(got, string(e.Type))
	}
	if diff := cmp.Diff([]string{"employer.registered", "employer.profile_updated"}, got); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}
