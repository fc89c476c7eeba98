package hiring_test

import (
	"html"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"itmanagerjobs/server/portal/portaltest"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pipeline"
	"itmanagerjobs/store/storetest/fixture"
)

func TestAnApplicationFromNewToRejected(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	ada, j := s.Hire("Grace", "Bob")
	ada.Get("/employer/applications").Wants(t, http.StatusOK, "Grace Lovelace", "Bob Lovelace", "Move Grace Lovelace to", `aria-label="New, 2"`)
	ada.Get("/employer/applications?q=grace&job=1").Wants(t, http.StatusOK, "Grace Lovelace", `aria-label="New, 1"`)
	ada.Get("/employer/applications?view=list&q=nobody").Wants(t, http.StatusOK, "No application is like that")
	ada.Get("/employer/applications/1").Wants(t, http.StatusOK, "Curriculum of Grace", "I have run IT for ten years.", "The application arrived", j.Title)
	file := ada.Get("/employer/applications/1/cv")
	if !strings.HasPrefix(file.Body, "Curriculum of Grace") || !strings.HasPrefix(file.Header.Get("Content-Disposition"), "attachment") || file.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("the CV: %v %q", file.Header, file.Body)
	}

	bo := s.Join(board.RoleRecruiter, ada, "bo@northwind.example")
	move := func(b *portaltest.Browser, to, from string, more ...string) portaltest.Answer {
		v := url.Values{"status": {to}, "fromStatus": {from}}
		for i := 0; i < len(more); i += 2 {
			v.Set(more[i], more[i+1])
		}
		return b.Post("/employer/applications/1/move", v)
	}
	move(ada, "Screened", "New", "reason", "Knows Azure", "next", "/employer/applications?q=grace").Wants(t, http.StatusOK, "Grace Lovelace is Screened now", `value="grace"`)
	s.Clock.Advance(2 * time.Minute)
	move(bo, "Offered", "New", "reason", "I like her").Wants(t, http.StatusConflict, "Ada Admin moved this to Screened 2 minutes ago", "Nothing was changed", "I like her", "Knows Azure")
	move(bo, "Offered", "Nowhere").Wants(t, http.StatusBadRequest)
	move(bo, "Rejected", "Screened").Wants(t, http.StatusOK, "Grace Lovelace is Rejected now")
	move(ada, "New", "Rejected").Wants(t, http.StatusUnprocessableEntity, "Say why this is taken up again")
	move(ada, "New", "Rejected", "reason", "A mistake").Wants(t, http.StatusOK, "is New now", "A mistake", "Bo Member moved this to Rejected", "You moved this to New")

	ada.Post("/employer/applications/1/notes", url.Values{"text": {"Call her <b>soon</b>"}}).Wants(t, http.StatusOK, "The note is saved", "Call her <b>soon</b>")
	bo.Post("/employer/applications/1/notes", url.Values{"text": {" "}}).Wants(t, http.StatusUnprocessableEntity, "Write something first")
	bo.Post("/employer/applications/1/rating", url.Values{"rating": {"4"}}).Wants(t, http.StatusOK, "Rated 4 of 5")
	bo.Post("/employer/applications/1/rating", url.Values{"rating": {"9"}}).Wants(t, http.StatusBadRequest)
	ada.Get("/employer/applications?view=list").Wants(t, http.StatusOK, "4 of 5", `value="1:New"`, "Reject with an email")
}

// TestTheEmployerSeesWhichFilesWereLeftOut: files that did not come with the application are named with the reason, as text.
func TestTheEmployerSeesWhichFilesWereLeftOut(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	ada, j := s.Hire("Grace")
	fixture.Apply(t, s.Store, pipeline.ApplyParams{
		Mode: board.ModeLive, JobID: j.ID, Source: board.SourceEmail, Applicant: board.Applicant{FirstName: "Zoe", LastName: "Lee", Email: "zoe@people.example"},
		Unread: []board.UnreadFile{{Name: "<b>photos</b>.zip", Reason: "Only documents are taken."}, board.LargeFile("portfolio.pdf")},
	})
	ada.Get("/employer/applications/2").Wants(t, http.StatusOK, "Files that were not taken", "<b>photos</b>.zip", "Only documents are taken.", "portfolio.pdf", board.LargeFile("x").Reason)
	if strings.Contains(ada.Get("/employer/applications/1").Body, "Files that were not taken") {
		t.Error("files are named that were not sent")
	}
}

// TestANoteIsEditedAndDeleted: the author alone changes a note, an admin deletes any, and other employers see none.
func TestANoteIsEditedAndDeleted(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	ada, _ := s.Hire("Grace", "Bob")
	bo, viewer := s.Join(board.RoleRecruiter, ada, "bo@northwind.example"), s.Join(board.RoleViewer, ada, "vi@northwind.example")
	const application, adas, bos = "/employer/applications/1", "/employer/applications/1/notes/1", "/employer/applications/1/notes/2"
	text := func(text string) url.Values { return url.Values{"text": {text}} }
	ada.Post(application+"/notes", text("Knows Azure")).Wants(t, http.StatusOK, adas)
	bo.Post(application+"/notes", text("Call her")).Wants(t, http.StatusOK, bos)
	if page := bo.Get(application).Body; strings.Contains(page, adas) || strings.Contains(page, ", edited") {
		t.Error("a recruiter is offered to change another's note, or an unchanged note counts as edited")
	}
	s.Clock.Advance(time.Hour)
	ada.Get(adas).Wants(t, http.StatusOK, "Your note", "Knows Azure")
	ada.Post(adas, text("Knows Azure")).Wants(t, http.StatusOK, "The note is changed")
	if strings.Contains(ada.Get(application).Body, ", edited") {
		t.Error("the same text counts as an edit")
	}
	ada.Post(adas, text(" ")).Wants(t, http.StatusUnprocessableEntity, "Write something first")
	ada.Post(adas, text("Knows <b>Azure</b> well")).Wants(t, http.StatusOK, "Knows <b>Azure</b> well", "You, edited just now")
	viewer.Get(application).Wants(t, http.StatusOK, "Ada Admin, edited just now")

	ada.Get(bos).Wants(t, http.StatusOK, "Written by Bo Member", "Call her", "Delete this note")
	ada.Post(bos, text("Never call her")).Wants(t, http.StatusForbidden, "Only the author")
	bo.Get(adas).Wants(t, http.StatusForbidden, "Only the author")
	bo.Post(adas+"/delete", nil).Wants(t, http.StatusForbidden, "Only the author")
	eve := s.Browser().SignUp("Southwind", "eve@southwind.example")
	for _, path := range []string{adas, adas + "/delete"} {
		viewer.Post(path, text("x")).Wants(t, http.StatusForbidden)
		eve.Post(path, text("x")).Wants(t, http.StatusNotFound)
	}
	ada.Post("/employer/applications/2/notes/1", text("x")).Wants(t, http.StatusNotFound, "no such note")
	ada.Post(bos+"/delete", nil).Wants(t, http.StatusOK, "The note is deleted")
	ada.Post(bos+"/delete", nil).Wants(t, http.StatusNotFound, "no such note")
	ada.Post(adas+"/delete", nil).Wants(t, http.StatusOK, "Nobody has written a note")
}

// TestTemplatesOfEmailsAreKept makes templates, chooses one for a rejection, and keeps them from everybody else.
func TestTemplatesOfEmailsAreKept(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	ada, j := s.Hire("Grace")
	const list = "/employer/mail-templates"
	ada.Get(list).Wants(t, http.StatusOK, "No template yet")
	form := func(name, subject, body string, more ...string) url.Values {
		v := url.Values{"name": {name}, "subject": {subject}, "body": {body}}
		for i := 0; i < len(more); i += 2 {
			v.Set(more[i], more[i+1])
		}
		return v
	}
	ada.Post(list, form("x", "About {job}", "Dear {first name}, {company}", "do", "preview")).Wants(t, http.StatusOK, "Preview, to grace.hopper@example.com", "About IT Manager", "Dear Grace, Northwind")
	ada.Get(list).Wants(t, http.StatusOK, "No template yet")
	ada.Post(list, form("", "", "Dear {name}")).Wants(t, http.StatusUnprocessableEntity, "Enter a name.", "Enter a subject.", "{name}, which is no placeholder")
	ada.Post(list, form("<b>Late</b>", "About {job}", "Dear {first name},\nno. {company}")).Wants(t, http.StatusOK, "The template is saved", "<b>Late</b>")
	ada.Post(list, form("<B>LATE</B>", "x", "y")).Wants(t, http.StatusUnprocessableEntity, "Another template has this name")
	ada.Post(list, form("Early", "x", "y")).Wants(t, http.StatusOK, "Early")
	ada.Post(list+"/2", form("<b>late</b>", "x", "y")).Wants(t, http.StatusUnprocessableEntity, "Another template has this name")
	ada.Post(list+"/2", form("Earlier", "x", "y")).Wants(t, http.StatusOK, "Earlier")

	const reject = "/employer/applications/reject?id=1:New"
	ada.Get(reject).Wants(t, http.StatusOK, "Standard text", "<b>Late</b>", "Your application: {job}")
	choose := func(do, template, subject, body string) portaltest.Answer {
		t.Helper()
		return ada.Post(reject, url.Values{"form": {ada.FormID(reject)}, "do": {do}, "template": {template}, "id": {"1:New"}, "subject": {subject}, "body": {body}, "reason": {"Too late"}})
	}
	late := []string{"Preview, to grace@people.example", "About " + j.Title, "Dear Grace,\nno. Northwind", `value="About {job}"`, `value="1" selected`, ">\nToo late</textarea>"}
	standard := ada.Get(reject).Body
	_, standard, _ = strings.Cut(standard, `name="body"`)
	_, standard, _ = strings.Cut(standard, ">\n")
	standard, _, _ = strings.Cut(standard, "</textarea>")
	choose("template", "1", "Your application: {job}", strings.ReplaceAll(html.UnescapeString(standard), "\n", "\r\n")).Wants(t, http.StatusOK, late...)
	choose("template", "1", "", "").Wants(t, http.StatusOK, late...)
	choose("template", "", "About {job}", "Dear {first name},\r\nno. {company}").Wants(t, http.StatusOK, "Hello {first name},", "Thank you for applying")
	choose("template", "9", "", "").Wants(t, http.StatusNotFound, "no such template")
	for _, typed := range [][2]string{{"About {job}", "Dear {first name},\r\nno, and sorry. {company}"}, {"Sorry", "Dear {first name},\r\nno. {company}"}, {"About {job}", "Dear {robot}"}} {
		a := choose("template", "1", typed[0], typed[1])
		a.Wants(t, http.StatusOK, "Replace it with “<b>Late</b>”", `value="`+typed[0]+`"`, ">\n"+typed[1]+"</textarea>", `value="1" selected`, ">\nToo late</textarea>")
		choose("replace", "1", typed[0], typed[1]).Wants(t, http.StatusOK, late...)
	}
	if a, err := s.Store.Pipeline.ApplicationsByID(t.Context(), board.Tenant{EmployerID: 1, Mode: board.ModeLive}, []int64{1}); err != nil || len(a) != 1 || a[0].Status != board.ApplicationNew {
		t.Errorf("choosing a template rejects: %+v, %v", a, err)
	}

	viewer, eve := s.Join(board.RoleViewer, ada, "vi@northwind.example"), s.Browser().SignUp("Southwind", "eve@southwind.example")
	viewer.Get(list).Wants(t, http.StatusForbidden)
	viewer.Post(list, form("a", "b", "c")).Wants(t, http.StatusForbidden)
	eve.Get(list).Wants(t, http.StatusOK, "No template yet")
	eve.Get(list+"/1").Wants(t, http.StatusNotFound)
	eve.Post(list+"/1", form("a", "b", "c")).Wants(t, http.StatusNotFound)
	eve.Post(list+"/1/delete", nil).Wants(t, http.StatusNotFound)
	ada.Post(list+"/1/delete", nil).Wants(t, http.StatusOK, "is deleted")
	ada.Get(list+"/1").Wants(t, http.StatusNotFound, "no such template")
}

func TestRejectingWithAnEmail(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	ada, j := s.Hire("Grace", "Bob", "Carol")
	query := "?id=1:New&id=2:New&next=" + url.QueryEscape("/employer/applications?view=list")
	ada.Get("/employer/applications/reject").Wants(t, http.StatusBadRequest, "Choose at least one application")
	// The reason that was typed in the list comes along.
	ada.Get("/employer/applications/reject"+query+"&reason=Too+far+away").Wants(t, http.StatusOK, "Too far away</textarea>")
	page := ada.Get("/employer/applications/reject" + query)
	page.Wants(t, http.StatusOK, "Reject 2 applications", "Grace Lovelace, "+j.Title, "{first name}")
	form := url.Values{
		"form": {portaltest.HiddenForm.FindStringSubmatch(page.Body)[1]}, "id": {"1:New", "2:New"}, "next": {"/employer/applications?view=list"},
		"subject": {"About {job}"}, "body": {"Dear {first name} {last name},\n\nno. <b>{company}</b>"}, "reason": {"Too far"},
	}
	with := func(name, value string) url.Values {
		changed := maps.Clone(form)
		changed.Set(name, value)
		return changed
	}
	ada.Post("/employer/applications/reject", with("do", "wait")).Wants(t, http.StatusBadRequest, "no such button")
	ada.Post("/employer/applications/reject", with("do", "preview")).Wants(t, http.StatusOK, "Preview, to grace@people.example", "About "+j.Title, "Dear Grace Lovelace,", "no. <b>Northwind</b>")
	ada.Post("/employer/applications/reject", with("body", "Dear {name}")).Wants(t, http.StatusUnprocessableEntity, "{name}, which is no placeholder")
	ada.Post("/employer/applications/reject", with("subject", "")).Wants(t, http.StatusUnprocessableEntity, "Enter a subject")
	before := len(s.Mails("grace@people.example"))

	ada.Post("/employer/applications/2/move", url.Values{"status": {"Screened"}, "fromStatus": {"New"}}).Wants(t, http.StatusOK)
	ada.Post("/employer/applications/reject", form).Wants(t, http.StatusOK, "1 application moved to Rejected. 1 email on the way. Not moved: Bob Lovelace: You moved this to Screened just now.")
	ada.Post("/employer/applications/reject", form).Wants(t, http.StatusOK, "Nobody is written to twice")
	mails := s.Mails("grace@people.example")
	if len(mails) != before+1 || mails[0].Subject != "About "+j.Title || !strings.Contains(mails[0].Text, "Dear Grace Lovelace,\n\nno. <b>Northwind</b>") || mails[0].ReplyTo != "ada@northwind.example" || strings.Contains(mails[0].HTML, "<b>Northwind") {
		t.Errorf("mails to Grace: %+v", mails)
	}
	if mails := s.Mails("bob@people.example"); len(mails) != 1 {
		t.Errorf("Bob was not rejected, and got %d emails", len(mails))
	}
	ada.Get("/employer/applications/1").Wants(t, http.StatusOK, "Rejected", "Too far")
	ada.Post("/employer/applications/move", url.Values{"status": {"Offered"}, "id": {"2:Screened", "3:New"}}).Wants(t, http.StatusOK, "2 applications moved to Offered.")
	ada.Post("/employer/applications/move", url.Values{"status": {"Offered"}, "id": {"2:Screened"}}).Wants(t, http.StatusOK, "Nothing was moved.")
	ada.Post("/employer/applications/move", url.Values{"status": {"Offered"}}).Wants(t, http.StatusBadRequest, "Choose at least one")
}

// TestApplicationsOfOthersAreApart: another employer finds none of it, a viewer changes none of it, and a name is never markup.
func TestApplicationsOfOthersAreApart(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	ada, j := s.Hire()
	fixture.Apply(t, s.Store, pipeline.ApplyParams{
		Mode: board.ModeLive, JobID: j.ID, Source: board.SourceForm,
		Applicant: board.Applicant{FirstName: `<script>x()</script>`, LastName: `"'>{{.}}`, Email: "h@people.example", CoverLetter: "<img src=x onerror=y>"},
	})
	for _, path := range []string{"", "?view=list", "/1", "/reject?id=1:New"} {
		a := ada.Get("/employer/applications" + path)
		a.Wants(t, http.StatusOK, `<script>x()</script> "'>{{.}}`)
		if strings.Contains(a.Body, "<script>x") || strings.Contains(a.Body, "<img") {
			t.Errorf("%s: what an applicant wrote is markup", path)
		}
	}
	eve := s.Browser().SignUp("Southwind", "eve@southwind.example")
	viewer := s.Join(board.RoleViewer, ada, "vi@northwind.example")
	if body := viewer.Get("/employer/applications/1").Body; strings.Contains(body, "<textarea") {
		t.Error("a viewer sees forms")
	}
	for _, path := range []string{"/1/move", "/1/rating", "/1/notes", "/reject", "/move"} {
		form := url.Values{"status": {"Screened"}, "fromStatus": {"New"}, "rating": {"3"}, "text": {"x"}, "id": {"1:New"}, "form": {"f"}, "subject": {"x"}, "body": {"x"}}
		viewer.Post("/employer/applications"+path, form).Wants(t, http.StatusForbidden)
		eve.Post("/employer/applications"+path, form)
	}
	for _, path := range []string{"/1", "/1/cv", "/reject?id=1:New"} {
		if a := eve.Get("/employer/applications" + path); a.Status != http.StatusNotFound {
			t.Errorf("%s answers another employer %d", path, a.Status)
		}
	}
	if a := ada.Get("/employer/applications/1"); !strings.Contains(a.Body, ">New</span>") || strings.Contains(a.Body, "Rated") {
		t.Error("another employer has changed the application")
	}
}
