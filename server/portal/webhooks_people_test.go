package portal_test

import (
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/webhooks/webhooktest"
)

// TestDeliveriesWithPeopleAreShownToThoseWhoMaySeeThem: a Viewer does not work with candidates.
func TestDeliveriesWithPeopleAreShownToThoseWhoMaySeeThem(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.deliver()
	receiver := webhooktest.New(t, s.clock.Now)
	ada := s.browser().signUp("Northwind", "ada@northwind.example")
	form := ada.webhookForm(receiver.URL("/people"), "job.created")
	form.Set("profile", "autotechjobs")
	ada.post("/employer/webhooks", form).wants(t, http.StatusCreated)
	if _, err := s.store.Jobs.CreateJob(t.Context(), board.Tenant{EmployerID: 1, Mode: board.ModeLive}, board.JobPatch{Title: board.Set("Head of IT")}); err != nil {
		t.Fatal(err)
	}
	body := string(receiver.Wait(t, 1, 20*time.Second)[0].Body)
	delivery := "/employer/webhooks/1/deliveries/" + textBetween(ada.get("/employer/webhooks/1").body, `"/employer/webhooks/1/deliveries/`, `"`)
	ada.until(delivery, "X-AutoTechJobs-Signature: t=").wants(t, http.StatusOK, body)
	ada.get("/employer/events/2").wants(t, http.StatusOK, "AutoTechJobs")
	s.join(board.RoleRecruiter, ada, "bo@northwind.example").get(delivery).wants(t, http.StatusForbidden)
	viewer := s.join(board.RoleViewer, ada, "cy@northwind.example")
	for _, path := range []string{delivery, "/employer/events/2"} {
		page := viewer.get(path)
		page.wants(t, http.StatusOK, "only to people who work with candidates")
		if strings.Contains(html.UnescapeString(page.body), body) || strings.Contains(page.body, "Signature: t=") || strings.Contains(page.body, "AutoTechJobs") {
			t.Errorf("%s shows a Viewer what was sent:\n%s", path, page.body)
		}
	}
	viewer.post("/employer/webhooks/1/test", url.Values{}).wants(t, http.StatusForbidden)
}
