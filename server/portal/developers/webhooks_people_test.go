package developers_test

import (
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"itmanagerjobs/server/portal/portaltest"
	"itmanagerjobs/store/board"
	"itmanagerjobs/webhooks/webhooktest"
)

// TestDeliveriesWithPeopleAreShownToThoseWhoMaySeeThem: a Viewer does not work with candidates.
func TestDeliveriesWithPeopleAreShownToThoseWhoMaySeeThem(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	s.Deliver()
	receiver := webhooktest.New(t, s.Clock.Now)
	ada := s.Browser().SignUp("Northwind", "ada@northwind.example")
	form := ada.WebhookForm(receiver.URL("/people"), "job.created")
	form.Set("profile", "autotechjobs")
	ada.Post("/employer/webhooks", form).Wants(t, http.StatusCreated)
	if _, err := s.Store.Jobs.CreateJob(t.Context(), board.Tenant{EmployerID: 1, Mode: board.ModeLive}, board.JobPatch{Title: board.Set("Head of IT")}); err != nil {
		t.Fatal(err)
	}
	body := string(receiver.Wait(t, 1, 20*time.Second)[0].Body)
	delivery := "/employer/webhooks/1/deliveries/" + portaltest.TextBetween(ada.Get("/employer/webhooks/1").Body, `"/employer/webhooks/1/deliveries/`, `"`)
	ada.Until(delivery, "X-AutoTechJobs-Signature: t=").Wants(t, http.StatusOK, body)
	ada.Get("/employer/events/2").Wants(t, http.StatusOK, "AutoTechJobs")
	s.Join(board.RoleRecruiter, ada, "bo@northwind.example").Get(delivery).Wants(t, http.StatusForbidden)
	viewer := s.Join(board.RoleViewer, ada, "cy@northwind.example")
	for _, path := range []string{delivery, "/employer/events/2"} {
		page := viewer.Get(path)
		page.Wants(t, http.StatusOK, "only to people who work with candidates")
		if strings.Contains(html.UnescapeString(page.Body), body) || strings.Contains(page.Body, "Signature: t=") || strings.Contains(page.Body, "AutoTechJobs") {
			t.Errorf("%s shows a Viewer what was sent:\n%s", path, page.Body)
		}
	}
	viewer.Post("/employer/webhooks/1/test", url.Values{}).Wants(t, http.StatusForbidden)
}
