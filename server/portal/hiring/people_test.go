package hiring_test

import (
	"encoding/json"
	"html"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"itmanagerjobs/server/portal/portaltest"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

func TestAnInterviewIsPlannedMovedAndCancelled(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	ada, _ := s.Hire("Grace")
	ada.Get("/employer/interviews").Wants(t, http.StatusOK, "No interview is planned")
	ada.Get("/employer/interviews/new").Wants(t, http.StatusBadRequest, "Open an application first")
	page := ada.Get("/employer/interviews/new?application=1")
	page.Wants(t, http.StatusOK, "Plan an interview with Grace Lovelace")
	form := url.Values{
		"form": {portaltest.HiddenForm.FindStringSubmatch(page.Body)[1]}, "application": {"1"}, "startsAt": {"2026-07-01T10:00"}, "durationMinutes": {"45"}, "timeZone": {"Europe/London"},
		"location": {"Room 5"}, "interviewers": {"Bob Hire <bob@northwind.example>\ncy@northwind.example"}, "notes": {"Ask about Azure"},
	}
	with := func(name, value string) url.Values {
		changed := maps.Clone(form)
		changed.Set(name, value)
		return changed
	}
	for name, wants := range map[string][2]string{
		"startsAt": {"tomorrow", "Choose the day and the time"}, "timeZone": {"Mars/Base", "Enter a time zone by its name"}, "interviewers": {"nobody", "is no person"}, "meetingUrl": {"http://x", "begins with https"},
	} {
		ada.Post("/employer/interviews", with(name, wants[0])).Wants(t, http.StatusUnprocessableEntity, wants[1], "Ask about Azure")
	}
	ada.Post("/employer/interviews", with("startsAt", "2020-01-01T10:00")).Wants(t, http.StatusUnprocessableEntity, "Choose a time to come")
	ada.Post("/employer/interviews", form).Wants(t, http.StatusOK, "The interview is planned", "Wednesday, 1 July 2026, 10:00 (Europe/London), 45 minutes", "Bob Hire, bob@northwind.example")
	ada.Post("/employer/interviews", form).Wants(t, http.StatusOK, "was planned already")
	if mails := s.Mails("bob@northwind.example"); len(mails) != 1 || !strings.Contains(mails[0].Calendar.Text, "20260701T090000Z") {
		t.Errorf("invitations of Bob: %+v", mails)
	}
	ada.Get("/employer/interviews").Wants(t, http.StatusOK, "Wednesday, 1 July 2026", "10:00", "Grace Lovelace", "Room 5")
	_, rest, _ := strings.Cut(ada.Get("/employer/interviews/1").Body, `name="version" value="`)
	version, _, _ := strings.Cut(rest, `"`)
	moved := with("startsAt", "2026-07-02T11:30")
	moved.Set("version", version)
	ada.Post("/employer/interviews/1", moved).Wants(t, http.StatusOK, "is saved", "Thursday, 2 July 2026, 11:30")
	ada.Post("/employer/interviews/1", moved).Wants(t, http.StatusUnprocessableEntity, "Somebody else changed this interview")
	// A partner's name for somebody is none of an email header, and stays when something else is changed.
	i, err := s.Store.Pipeline.UpdateInterview(t.Context(), board.Tenant{EmployerID: 1, Mode: board.ModeLive}, 1, board.InterviewPatch{Interviewers: board.Set([]board.Interviewer{
		{Name: "Bob Hire", Email: "bob@northwind.example"}, {Name: `Miles "Tails" O'Brien, Dr.`, Email: "miles+1@northwind.example"}, {Name: "Cy (CTO)", Email: "cy@northwind.example"},
	})}, board.Precondition{})
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ = strings.Cut(ada.Get("/employer/interviews/1").Body, `name="interviewers"`)
	_, rest, _ = strings.Cut(rest, ">")
	lines, _, _ := strings.Cut(rest, "</textarea>")
	again := with("startsAt", "2026-07-02T11:30")
	again.Set("version", strconv.FormatInt(i.Version, 10))
	again.Set("location", "Room 6")
	again.Set("interviewers", html.UnescapeString(lines)+"\n\"Hopper, Grace\" <grace@northwind.example>")
	ada.Post("/employer/interviews/1", again).Wants(t, http.StatusOK, "is saved", "Room 6", `Miles "Tails" O'Brien, Dr., miles+1@northwind.example`, "Cy (CTO), cy@northwind.example", "Hopper, Grace, grace@northwind.example")
	ada.Post("/employer/interviews/1/state", url.Values{"status": {"Cancelled"}}).Wants(t, http.StatusOK, "cancelled", "Plan it again")
	if mails := s.Mails("bob@northwind.example"); len(mails) != 5 || !strings.Contains(mails[0].Calendar.Text, "METHOD:CANCEL") {
		t.Errorf("%d emails to Bob, want an invitation, three changes and a cancellation", len(mails))
	}
	// Who was writing meanwhile is told.
	ada.Post("/employer/interviews/1", moved).Wants(t, http.StatusConflict, "Nothing was changed", "its state is: cancelled")
	ada.Post("/employer/interviews/1/state", url.Values{"status": {"Lost"}}).Wants(t, http.StatusBadRequest)
	ada.Get("/employer/candidates/1").Wants(t, http.StatusOK, "Cancelled", "2 July 2026, 11:30")
}

func TestAPersonIsExportedAndErased(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	ada, _ := s.Hire("Grace")
	ada.Post("/employer/applications/1/notes", url.Values{"text": {"Remarkable"}}).Wants(t, http.StatusOK)
	ada.Post("/employer/applications/1/rating", url.Values{"rating": {"5"}}).Wants(t, http.StatusOK)
	ada.Get("/employer/candidates/1").Wants(t, http.StatusOK, "Grace Lovelace", "grace@people.example", "IT Manager", "Erase this person")
	if cv := ada.Get("/employer/candidates/1/cv"); !strings.HasPrefix(cv.Body, "Curriculum of Grace") {
		t.Errorf("the CV: %q", cv.Body)
	}
	file := ada.Get("/employer/candidates/1/export")
	var export struct {
		Candidate    struct{ FirstName, Email string }
		Applications []struct {
			Rating int
			Notes  []struct{ Text string }
		}
	}
	if err := json.Unmarshal([]byte(file.Body), &export); err != nil || export.Candidate.Email != "grace@people.example" || export.Applications[0].Rating != 5 || export.Applications[0].Notes[0].Text != "Remarkable" {
		t.Errorf("export: %v\n%s", err, file.Body)
	}
	if !strings.Contains(file.Body, `"firstName"`) || !strings.HasPrefix(file.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("export: %v\n%s", file.Header, file.Body)
	}
	viewer := s.Join(board.RoleViewer, ada, "vi@northwind.example")
	viewer.Post("/employer/candidates/1/erase", url.Values{"confirm": {"erase"}}).Wants(t, http.StatusForbidden)
	eve := s.Browser().SignUp("Southwind", "eve@southwind.example")
	for _, path := range []string{"", "/cv", "/export"} {
		if a := eve.Get("/employer/candidates/1" + path); a.Status != http.StatusNotFound {
			t.Errorf("%q answers another employer %d", path, a.Status)
		}
	}
	eve.Post("/employer/candidates/1/erase", url.Values{"confirm": {"erase"}}).Wants(t, http.StatusNotFound)
	ada.Post("/employer/candidates/1/erase", url.Values{"confirm": {"yes"}}).Wants(t, http.StatusUnprocessableEntity, "Type the word", "Grace Lovelace")
	ada.Post("/employer/candidates/1/erase", url.Values{"confirm": {" Erase "}}).Wants(t, http.StatusOK, "The person is erased: 1 application, 1 file")
	ada.Get("/employer/candidates/1").Wants(t, http.StatusNotFound)
	gone := ada.Get("/employer/applications/1")
	gone.Wants(t, http.StatusOK, "Erased person")
	if strings.Contains(gone.Body, "Remarkable") || strings.Contains(gone.Body, "Grace") || strings.Contains(gone.Body, "Rated") {
		t.Error("something is left of the person")
	}
	ada.Post("/employer/applications/1/notes", url.Values{"text": {"Again"}}).Wants(t, http.StatusBadRequest, "was erased")
}

func TestTheCVDatabaseIsSearchedAndAProfileUnlocked(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	ada := s.Browser().SignUp("Northwind", "ada@northwind.example")
	live := board.Tenant{EmployerID: 1, Mode: board.ModeLive}
	people := fixture.People(t, 1, 60)
	people[0].CVText = "Ten years of ITIL"
	ids := fixture.ImportAll(t, s.Store, people)
	ada.Get("/employer/search").Wants(t, http.StatusOK, "Searching is free", "Unlocking costs 1 CV search credit")
	ada.Get("/employer/search?q=").Wants(t, http.StatusOK, "60 people", "1–20 of 60 people", "Narrow the search", "Skills")
	ada.Get("/employer/search?q=&page=2").Wants(t, http.StatusOK, "21–40 of 60 people")
	ada.Get("/employer/search?q="+url.QueryEscape("manager AND (")).Wants(t, http.StatusUnprocessableEntity, "At character", "<mark>")
	ada.Get("/employer/search?location=Atlantis").Wants(t, http.StatusUnprocessableEntity, "“Atlantis” is not a place that is known here")
	ada.Get("/employer/search?q=zzzzqqqq").Wants(t, http.StatusOK, "Nobody is like that")
	ada.Get("/employer/search?q=&seniority=Director&skill=ITIL").Wants(t, http.StatusOK, "Filters that are set", "Director", "take away")

	path := "/employer/candidates/" + strconv.FormatInt(ids[0], 10)
	ada.Get(path).Wants(t, http.StatusOK, "Name, contact data and CV are closed", "You have 0", "Buy credits")
	ada.Post(path+"/unlock", nil).Wants(t, http.StatusUnprocessableEntity, "no CV search credit left")
	ada.Get(path+"/cv").Wants(t, http.StatusBadRequest, "Unlock the profile first")
	if _, err := s.Store.Accounts.GrantCredits(t.Context(), live, account.Credits{CVSearch: 2}); err != nil {
		t.Fatal(err)
	}
	ada.Get(path).Wants(t, http.StatusOK, "Unlock for 1 credit", "You have 2")
	ada.Post(path+"/unlock", nil).Wants(t, http.StatusOK, "is open for you now", "Unlocked until", "Email address")
	ada.Post(path+"/unlock", nil).Wants(t, http.StatusOK)
	if c, err := s.Store.Accounts.Credits(t.Context(), live); err != nil || c.CVSearch != 1 {
		t.Errorf("credits %+v, %v: a second click must cost nothing", c, err)
	}
	viewer := s.Join(board.RoleViewer, ada, "vi@northwind.example")
	for _, path := range []string{"/employer/search", path} {
		viewer.Get(path).Wants(t, http.StatusForbidden)
	}
	viewer.Post(path+"/unlock", nil).Wants(t, http.StatusForbidden)
	if a := viewer.Get(path + "/cv"); a.Status != http.StatusNotFound {
		t.Errorf("a viewer gets a CV of the database: %d", a.Status)
	}
}

// TestHiringPagesTakeAFixedNumberOfStatements compares the pages with one row and with thirty.
func TestHiringPagesTakeAFixedNumberOfStatements(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	ada, j := s.Hire("Grace")
	ada.Get("/employer/applications")
	people := fixture.People(t, 1, 30)
	fixture.ImportAll(t, s.Store, people[:1])
	first := map[string]int64{}
	paths := []string{"/employer/applications", "/employer/applications?view=list", "/employer/applications/1", "/employer/candidates/1", "/employer/interviews", "/employer/search?q="}
	for _, path := range paths {
		first[path] = ada.Statements(path)
		t.Logf("%s takes %d statements", path, first[path])
	}
	for i := range 29 {
		s.Apply(j, "Person"+strconv.Itoa(i))
		page := ada.Get("/employer/interviews/new?application=1")
		ada.Post("/employer/interviews", url.Values{
			"form": {portaltest.HiddenForm.FindStringSubmatch(page.Body)[1]}, "application": {"1"}, "startsAt": {"2026-07-01T10:" + strconv.Itoa(10+i)}, "durationMinutes": {"45"}, "timeZone": {"UTC"},
		})
		ada.Post("/employer/applications/1/notes", url.Values{"text": {"x"}})
	}
	fixture.ImportAll(t, s.Store, people[1:])
	for _, path := range paths {
		if n := ada.Statements(path); n != first[path] {
			t.Errorf("%s takes %d statements with 30 rows, and %d with one", path, n, first[path])
		}
	}
}

// TestASavedSearchTellsOfNewPeople: one email for all who came since the last look, and none after the search is deleted.
func TestASavedSearchTellsOfNewPeople(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	ada := s.Browser().SignUp("Northwind", "ada@northwind.example")
	people := fixture.People(t, 1, 40)
	fixture.ImportAll(t, s.Store, people[:10])
	ada.Get("/employer/search?q=").Wants(t, http.StatusOK, "Save this search")
	ada.Post("/employer/search/saved", url.Values{"name": {""}, "search": {"q="}}).Wants(t, http.StatusOK, "was not saved")
	ada.Post("/employer/search/saved", url.Values{"name": {"All <b>people</b>"}, "search": {"q=&sort=recency"}}).Wants(t, http.StatusOK, "We write to ada@northwind.example", "All <b>people</b>")
	ada.Post("/employer/search/saved", url.Values{"name": {"Nobody"}, "search": {"q=zzzzqqqq"}}).Wants(t, http.StatusOK, "We write to")
	before := len(s.Mails("ada@northwind.example"))
	look := func(ran, mails int) {
		t.Helper()
		n, err := s.Store.CV.LookForSaved(t.Context(), 10)
		if got := len(s.Mails("ada@northwind.example")) - before; err != nil || n != ran || got != mails {
			t.Errorf("%d searches ran, %d emails, %v; want %d and %d", n, got, err, ran, mails)
		}
	}
	look(0, 0)
	s.Clock.Advance(time.Hour)
	look(2, 0)
	fixture.ImportAll(t, s.Store, people[10:13])
	look(0, 0)
	s.Clock.Advance(time.Hour)
	look(2, 1)
	mail := s.Mails("ada@northwind.example")[0]
	if mail.Subject != "3 new people match: All <b>people</b>" || !strings.Contains(mail.Text, s.URL+"/employer/search?sort=recency") || strings.Contains(mail.HTML, "<b>people") {
		t.Errorf("the email: %+v", mail)
	}
	s.Clock.Advance(time.Hour)
	look(2, 1)

	stop := strings.TrimPrefix(mail.Unsubscribe, storetest.PublicURL)
	if !strings.HasPrefix(stop, "/employer/search/stop/") || !strings.Contains(mail.Text, "\n"+mail.Unsubscribe+"\n") {
		t.Fatalf("the link that ends the emails: %q\n%s", mail.Unsubscribe, mail.Text)
	}
	visitor := s.Browser()
	visitor.Get(stop).Wants(t, http.StatusOK, "Stop the emails", "All <b>people</b>")
	visitor.Post(stop[:len(stop)-2]+"AA", nil).Wants(t, http.StatusNotFound, "Copy it from the email as a whole")

	bo := s.Join(board.RoleRecruiter, ada, "bo@northwind.example")
	bo.Post("/employer/search/saved/1/delete", nil).Wants(t, http.StatusNotFound)
	visitor.Get(stop)
	visitor.Post(stop, url.Values{"List-Unsubscribe": {"One-Click"}}).Wants(t, http.StatusOK, "No more emails")
	visitor.Post(stop, nil).Wants(t, http.StatusGone, "There are no more emails about this search")
	ada.Post("/employer/search/saved/1/delete", nil).Wants(t, http.StatusNotFound)
	fixture.ImportAll(t, s.Store, people[13:])
	s.Clock.Advance(time.Hour)
	look(1, 1)
	ada.Post("/employer/search/saved/2/delete", nil).Wants(t, http.StatusOK, "no more emails about it")
	s.Clock.Advance(time.Hour)
	look(0, 1)
}
