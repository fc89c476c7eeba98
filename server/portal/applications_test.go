package portal_test

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pipeline"
	"itmanagerjobs/store/storetest/fixture"
)

// hire is an account with a published job, and people who applied for it.
func (s *site) hire(people ...string) (*browser, board.Job) {
	s.t.Helper()
	b := s.browser().signUp("Northwind", "ada@northwind.example")
	tenant := board.Tenant{EmployerID: 1, Mode: board.ModeLive}
	if _, err := s.store.Accounts.GrantCredits(s.t.Context(), tenant, account.Credits{JobPosting: 5, CVSearch: 5}); err != nil {
		s.t.Fatal(err)
	}
	j := fixture.Active(s.t, s.store, tenant, func(*board.JobPatch) {})
	for _, name := range people {
		s.apply(j, name)
	}
	return b, j
}

// apply lets somebody apply, whose address is made of the first name.
func (s *site) apply(j board.Job, first string) {
	s.t.Helper()
	fixture.Apply(s.t, s.store, pipeline.ApplyParams{
		Mode: board.ModeLive, JobID: j.ID, Source: board.SourceForm, PublicURL: s.url,
		Applicant: board.Applicant{FirstName: first, LastName: "Lovelace", Email: strings.ToLower(first) + "@people.example", CoverLetter: "I have run IT for ten years."},
		CV:        &board.Upload{Name: first + ".txt", Bytes: []byte("Curriculum of " + first + "\nITIL, Azure")},
	})
}

func TestAnApplicationFromNewToRejected(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada, j := s.hire("Grace", "Bob")
	ada.get("/employer/applications").wants(t, http.StatusOK, "Grace Lovelace", "Bob Lovelace", "Move Grace Lovelace to", `aria-label="New, 2"`)
	ada.get("/employer/applications?q=grace&job=1").wants(t, http.StatusOK, "Grace Lovelace", `aria-label="New, 1"`)
	ada.get("/employer/applications?view=list&q=nobody").wants(t, http.StatusOK, "No application is like that")
	ada.get("/employer/applications/1").wants(t, http.StatusOK, "Curriculum of Grace", "I have run IT for ten years.", "The application arrived", j.Title)
	file := ada.get("/employer/applications/1/cv")
	if !strings.HasPrefix(file.body, "Curriculum of Grace") || !strings.HasPrefix(file.header.Get("Content-Disposition"), "attachment") || file.header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("the CV: %v %q", file.header, file.body)
	}

	bo := s.join(board.RoleRecruiter, ada, "bo@northwind.example")
	move := func(b *browser, to, from string, more ...string) answer {
		v := url.Values{"status": {to}, "fromStatus": {from}}
		for i := 0; i < len(more); i += 2 {
			v.Set(more[i], more[i+1])
		}
		return b.post("/employer/applications/1/move", v)
	}
	move(ada, "Screened", "New", "reason", "Knows Azure", "next", "/employer/applications?q=grace").wants(t, http.StatusOK, "Grace Lovelace is Screened now", `value="grace"`)
	s.clock.Advance(2 * time.Minute)
	move(bo, "Offered", "New", "reason", "I like her").wants(t, http.StatusConflict, "Ada Admin moved this to Screened 2 minutes ago", "Nothing was changed", "I like her", "Knows Azure")
	move(bo, "Offered", "Nowhere").wants(t, http.StatusBadRequest)
	move(bo, "Rejected", "Screened").wants(t, http.StatusOK, "Grace Lovelace is Rejected now")
	move(ada, "New", "Rejected").wants(t, http.StatusUnprocessableEntity, "Say why this is taken up again")
	move(ada, "New", "Rejected", "reason", "A mistake").wants(t, http.StatusOK, "is New now", "A mistake", "Bo Member moved this to Rejected", "You moved this to New")

	ada.post("/employer/applications/1/notes", url.Values{"text": {"Call her <b>soon</b>"}}).wants(t, http.StatusOK, "The note is saved", "Call her <b>soon</b>")
	bo.post("/employer/applications/1/notes", url.Values{"text": {" "}}).wants(t, http.StatusUnprocessableEntity, "Write something first")
	bo.post("/employer/applications/1/rating", url.Values{"rating": {"4"}}).wants(t, http.StatusOK, "Rated 4 of 5")
	bo.post("/employer/applications/1/rating", url.Values{"rating": {"9"}}).wants(t, http.StatusBadRequest)
	ada.get("/employer/applications?view=list").wants(t, http.StatusOK, "4 of 5", `value="1:New"`, "Reject with an email")
}

func TestRejectingWithAnEmail(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada, j := s.hire("Grace", "Bob", "Carol")
	query := "?id=1:New&id=2:New&next=" + url.QueryEscape("/employer/applications?view=list")
	ada.get("/employer/applications/reject").wants(t, http.StatusBadRequest, "Choose at least one application")
	page := ada.get("/employer/applications/reject" + query)
	page.wants(t, http.StatusOK, "Reject 2 applications", "Grace Lovelace, "+j.Title, "{first name}")
	form := url.Values{
		"form": {hiddenForm.FindStringSubmatch(page.body)[1]}, "id": {"1:New", "2:New"}, "next": {"/employer/applications?view=list"},
		"subject": {"About {job}"}, "body": {"Dear {first name} {last name},\n\nno. <b>{company}</b>"}, "reason": {"Too far"},
	}
	with := func(name, value string) url.Values {
		changed := maps.Clone(form)
		changed.Set(name, value)
		return changed
	}
	ada.post("/employer/applications/reject", with("do", "preview")).wants(t, http.StatusOK, "Preview, to grace@people.example", "About "+j.Title, "Dear Grace Lovelace,", "no. <b>Northwind</b>")
	ada.post("/employer/applications/reject", with("body", "Dear {name}")).wants(t, http.StatusUnprocessableEntity, "{name}, which is no placeholder")
	ada.post("/employer/applications/reject", with("subject", "")).wants(t, http.StatusUnprocessableEntity, "Enter a subject")
	before := len(s.mails("grace@people.example"))

	ada.post("/employer/applications/2/move", url.Values{"status": {"Screened"}, "fromStatus": {"New"}}).wants(t, http.StatusOK)
	ada.post("/employer/applications/reject", form).wants(t, http.StatusOK, "1 application moved to Rejected. 1 email on the way. Not moved: Bob Lovelace: You moved this to Screened just now.")
	ada.post("/employer/applications/reject", form).wants(t, http.StatusOK, "Nobody is written to twice")
	mails := s.mails("grace@people.example")
	if len(mails) != before+1 || mails[0].Subject != "About "+j.Title || !strings.Contains(mails[0].Text, "Dear Grace Lovelace,\n\nno. <b>Northwind</b>") || mails[0].ReplyTo != "ada@northwind.example" || strings.Contains(mails[0].HTML, "<b>Northwind") {
		t.Errorf("mails to Grace: %+v", mails)
	}
	if mails := s.mails("bob@people.example"); len(mails) != 1 {
		t.Errorf("Bob was not rejected, and got %d emails", len(mails))
	}
	ada.get("/employer/applications/1").wants(t, http.StatusOK, "Rejected", "Too far")
	ada.post("/employer/applications/move", url.Values{"status": {"Offered"}, "id": {"2:Screened", "3:New"}}).wants(t, http.StatusOK, "2 applications moved to Offered.")
	ada.post("/employer/applications/move", url.Values{"status": {"Offered"}, "id": {"2:Screened"}}).wants(t, http.StatusOK, "Nothing was moved.")
	ada.post("/employer/applications/move", url.Values{"status": {"Offered"}}).wants(t, http.StatusBadRequest, "Choose at least one")
}

// TestApplicationsOfOthersAreApart: another employer finds none of it, a viewer changes none of it, and a name is never markup.
func TestApplicationsOfOthersAreApart(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada, j := s.hire()
	fixture.Apply(t, s.store, pipeline.ApplyParams{
		Mode: board.ModeLive, JobID: j.ID, Source: board.SourceForm,
		Applicant: board.Applicant{FirstName: `<script>x()</script>`, LastName: `"'>{{.}}`, Email: "h@people.example", CoverLetter: "<img src=x onerror=y>"},
	})
	for _, path := range []string{"", "?view=list", "/1", "/reject?id=1:New"} {
		a := ada.get("/employer/applications" + path)
		a.wants(t, http.StatusOK, `<script>x()</script> "'>{{.}}`)
		if strings.Contains(a.body, "<script>x") || strings.Contains(a.body, "<img") {
			t.Errorf("%s: what an applicant wrote is markup", path)
		}
	}
	eve := s.browser().signUp("Southwind", "eve@southwind.example")
	viewer := s.join(board.RoleViewer, ada, "vi@northwind.example")
	if body := viewer.get("/employer/applications/1").body; strings.Contains(body, "<textarea") {
		t.Error("a viewer sees forms")
	}
	for _, path := range []string{"/1/move", "/1/rating", "/1/notes", "/reject", "/move"} {
		form := url.Values{"status": {"Screened"}, "fromStatus": {"New"}, "rating": {"3"}, "text": {"x"}, "id": {"1:New"}, "form": {"f"}, "subject": {"x"}, "body": {"x"}}
		viewer.post("/employer/applications"+path, form).wants(t, http.StatusForbidden)
		eve.post("/employer/applications"+path, form)
	}
	for _, path := range []string{"/1", "/1/cv", "/reject?id=1:New"} {
		if a := eve.get("/employer/applications" + path); a.status != http.StatusNotFound {
			t.Errorf("%s answers another employer %d", path, a.status)
		}
	}
	if a := ada.get("/employer/applications/1"); !strings.Contains(a.body, ">New</span>") || strings.Contains(a.body, "Rated") {
		t.Error("another employer has changed the application")
	}
}
