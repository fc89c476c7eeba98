package portal_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/storetest/fixture"
)

func TestAnInterviewIsPlannedMovedAndCancelled(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada, _ := s.hire("Grace")
	ada.get("/employer/interviews").wants(t, http.StatusOK, "No interview is planned")
	ada.get("/employer/interviews/new").wants(t, http.StatusBadRequest, "Open an application first")
	page := ada.get("/employer/interviews/new?application=1")
	page.wants(t, http.StatusOK, "Plan an interview with Grace Lovelace")
	form := url.Values{
		"form": {hiddenForm.FindStringSubmatch(page.body)[1]}, "application": {"1"}, "startsAt": {"2026-07-01T10:00"}, "durationMinutes": {"45"}, "timeZone": {"Europe/London"},
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
		ada.post("/employer/interviews", with(name, wants[0])).wants(t, http.StatusUnprocessableEntity, wants[1], "Ask about Azure")
	}
	ada.post("/employer/interviews", with("startsAt", "2020-01-01T10:00")).wants(t, http.StatusUnprocessableEntity, "Choose a time to come")
	ada.post("/employer/interviews", form).wants(t, http.StatusOK, "The interview is planned", "Wednesday, 1 July 2026, 10:00 (Europe/London), 45 minutes", "Bob Hire, bob@northwind.example")
	ada.post("/employer/interviews", form).wants(t, http.StatusOK, "was planned already")
	if mails := s.mails("bob@northwind.example"); len(mails) != 1 || !strings.Contains(mails[0].Calendar.Text, "20260701T090000Z") {
		t.Errorf("invitations of Bob: %+v", mails)
	}
	ada.get("/employer/interviews").wants(t, http.StatusOK, "Wednesday, 1 July 2026", "10:00", "Grace Lovelace", "Room 5")
	_, rest, _ := strings.Cut(ada.get("/employer/interviews/1").body, `name="version" value="`)
	version, _, _ := strings.Cut(rest, `"`)
	moved := with("startsAt", "2026-07-02T11:30")
	moved.Set("version", version)
	ada.post("/employer/interviews/1", moved).wants(t, http.StatusOK, "is saved", "Thursday, 2 July 2026, 11:30")
	ada.post("/employer/interviews/1", moved).wants(t, http.StatusUnprocessableEntity, "Somebody else changed this interview")
	ada.post("/employer/interviews/1/state", url.Values{"status": {"Cancelled"}}).wants(t, http.StatusOK, "cancelled", "Plan it again")
	if mails := s.mails("bob@northwind.example"); len(mails) != 3 || !strings.Contains(mails[0].Calendar.Text, "METHOD:CANCEL") {
		t.Errorf("%d emails to Bob, want an invitation, a change and a cancellation", len(mails))
	}
	ada.post("/employer/interviews/1/state", url.Values{"status": {"Lost"}}).wants(t, http.StatusBadRequest)
	ada.get("/employer/candidates/1").wants(t, http.StatusOK, "Cancelled", "2 July 2026, 11:30")
}

func TestAPersonIsExportedAndErased(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada, _ := s.hire("Grace")
	ada.post("/employer/applications/1/notes", url.Values{"text": {"Remarkable"}}).wants(t, http.StatusOK)
	ada.post("/employer/applications/1/rating", url.Values{"rating": {"5"}}).wants(t, http.StatusOK)
	ada.get("/employer/candidates/1").wants(t, http.StatusOK, "Grace Lovelace", "grace@people.example", "IT Manager", "Erase this person")
	if cv := ada.get("/employer/candidates/1/cv"); !strings.HasPrefix(cv.body, "Curriculum of Grace") {
		t.Errorf("the CV: %q", cv.body)
	}
	file := ada.get("/employer/candidates/1/export")
	var export struct {
		Candidate    struct{ FirstName, Email string }
		Applications []struct {
			Rating int
			Notes  []struct{ Text string }
		}
	}
	if err := json.Unmarshal([]byte(file.body), &export); err != nil || export.Candidate.Email != "grace@people.example" || export.Applications[0].Rating != 5 || export.Applications[0].Notes[0].Text != "Remarkable" {
		t.Errorf("export: %v\n%s", err, file.body)
	}
	if !strings.Contains(file.body, `"firstName"`) || !strings.HasPrefix(file.header.Get("Content-Disposition"), "attachment") {
		t.Errorf("export: %v\n%s", file.header, file.body)
	}
	viewer := s.join(board.RoleViewer, ada, "vi@northwind.example")
	viewer.post("/employer/candidates/1/erase", url.Values{"confirm": {"erase"}}).wants(t, http.StatusForbidden)
	eve := s.browser().signUp("Southwind", "eve@southwind.example")
	for _, path := range []string{"", "/cv", "/export"} {
		if a := eve.get("/employer/candidates/1" + path); a.status != http.StatusNotFound {
			t.Errorf("%q answers another employer %d", path, a.status)
		}
	}
	eve.post("/employer/candidates/1/erase", url.Values{"confirm": {"erase"}}).wants(t, http.StatusNotFound)
	ada.post("/employer/candidates/1/erase", url.Values{"confirm": {"yes"}}).wants(t, http.StatusUnprocessableEntity, "Type the word", "Grace Lovelace")
	ada.post("/employer/candidates/1/erase", url.Values{"confirm": {" Erase "}}).wants(t, http.StatusOK, "The person is erased: 1 application, 1 file")
	ada.get("/employer/candidates/1").wants(t, http.StatusNotFound)
	gone := ada.get("/employer/applications/1")
	gone.wants(t, http.StatusOK, "Erased person")
	if strings.Contains(gone.body, "Remarkable") || strings.Contains(gone.body, "Grace") || strings.Contains(gone.body, "Rated") {
		t.Error("something is left of the person")
	}
	ada.post("/employer/applications/1/notes", url.Values{"text": {"Again"}}).wants(t, http.StatusBadRequest, "was erased")
}

func TestTheCVDatabaseIsSearchedAndAProfileUnlocked(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada := s.browser().signUp("Northwind", "ada@northwind.example")
	live := board.Tenant{EmployerID: 1, Mode: board.ModeLive}
	people := fixture.People(t, 1, 60)
	people[0].CVText = "Ten years of ITIL"
	ids := fixture.ImportAll(t, s.store, people)
	ada.get("/employer/search").wants(t, http.StatusOK, "Searching is free", "Unlocking costs 1 CV search credit")
	ada.get("/employer/search?q=").wants(t, http.StatusOK, "60 people", "1–20 of 60 people", "Narrow the search", "Skills")
	ada.get("/employer/search?q=&page=2").wants(t, http.StatusOK, "21–40 of 60 people")
	ada.get("/employer/search?q="+url.QueryEscape("manager AND (")).wants(t, http.StatusUnprocessableEntity, "At character", "<mark>")
	ada.get("/employer/search?location=Atlantis").wants(t, http.StatusUnprocessableEntity, "“Atlantis” is not a place that is known here")
	ada.get("/employer/search?q=zzzzqqqq").wants(t, http.StatusOK, "Nobody is like that")
	ada.get("/employer/search?q=&seniority=Director&skill=ITIL").wants(t, http.StatusOK, "Filters that are set", "Director", "take away")

	path := "/employer/candidates/" + strconv.FormatInt(ids[0], 10)
	ada.get(path).wants(t, http.StatusOK, "Name, contact data and CV are closed", "You have 0", "Buy credits")
	ada.post(path+"/unlock", nil).wants(t, http.StatusUnprocessableEntity, "no CV search credit left")
	ada.get(path+"/cv").wants(t, http.StatusBadRequest, "Unlock the profile first")
	if _, err := s.store.Accounts.GrantCredits(t.Context(), live, account.Credits{CVSearch: 2}); err != nil {
		t.Fatal(err)
	}
	ada.get(path).wants(t, http.StatusOK, "Unlock for 1 credit", "You have 2")
	ada.post(path+"/unlock", nil).wants(t, http.StatusOK, "is open for you now", "Unlocked until", "Email address")
	ada.post(path+"/unlock", nil).wants(t, http.StatusOK)
	if c, err := s.store.Accounts.Credits(t.Context(), live); err != nil || c.CVSearch != 1 {
		t.Errorf("credits %+v, %v: a second click must cost nothing", c, err)
	}
	viewer := s.join(board.RoleViewer, ada, "vi@northwind.example")
	for _, path := range []string{"/employer/search", path} {
		viewer.get(path).wants(t, http.StatusForbidden)
	}
	viewer.post(path+"/unlock", nil).wants(t, http.StatusForbidden)
	if a := viewer.get(path + "/cv"); a.status != http.StatusNotFound {
		t.Errorf("a viewer gets a CV of the database: %d", a.status)
	}
}

// TestHiringPagesTakeAFixedNumberOfStatements compares the pages with one row and with thirty.
func TestHiringPagesTakeAFixedNumberOfStatements(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada, j := s.hire("Grace")
	ada.get("/employer/applications")
	people := fixture.People(t, 1, 30)
	fixture.ImportAll(t, s.store, people[:1])
	first := map[string]int64{}
	paths := []string{"/employer/applications", "/employer/applications?view=list", "/employer/applications/1", "/employer/candidates/1", "/employer/interviews", "/employer/search?q="}
	for _, path := range paths {
		first[path] = ada.statements(path)
		t.Logf("%s takes %d statements", path, first[path])
	}
	for i := range 29 {
		s.apply(j, "Person"+strconv.Itoa(i))
		page := ada.get("/employer/interviews/new?application=1")
		ada.post("/employer/interviews", url.Values{
			"form": {hiddenForm.FindStringSubmatch(page.body)[1]}, "application": {"1"}, "startsAt": {"2026-07-01T10:" + strconv.Itoa(10+i)}, "durationMinutes": {"45"}, "timeZone": {"UTC"},
		})
		ada.post("/employer/applications/1/notes", url.Values{"text": {"x"}})
	}
	fixture.ImportAll(t, s.store, people[1:])
	for _, path := range paths {
		if n := ada.statements(path); n != first[path] {
			t.Errorf("%s takes %d statements with 30 rows, and %d with one", path, n, first[path])
		}
	}
}

// TestASavedSearchTellsOfNewPeople: one email for all who came since the last look, and none after the search is deleted.
func TestASavedSearchTellsOfNewPeople(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada := s.browser().signUp("Northwind", "ada@northwind.example")
	people := fixture.People(t, 1, 40)
	fixture.ImportAll(t, s.store, people[:10])
	ada.get("/employer/search?q=").wants(t, http.StatusOK, "Save this search")
	ada.post("/employer/search/saved", url.Values{"name": {""}, "search": {"q="}}).wants(t, http.StatusOK, "was not saved")
	ada.post("/employer/search/saved", url.Values{"name": {"All <b>people</b>"}, "search": {"q=&sort=recency"}}).wants(t, http.StatusOK, "We write to ada@northwind.example", "All <b>people</b>")
	ada.post("/employer/search/saved", url.Values{"name": {"Nobody"}, "search": {"q=zzzzqqqq"}}).wants(t, http.StatusOK, "We write to")
	before := len(s.mails("ada@northwind.example"))
	look := func(ran, mails int) {
		t.Helper()
		n, err := s.store.CV.LookForSaved(t.Context(), 10)
		if got := len(s.mails("ada@northwind.example")) - before; err != nil || n != ran || got != mails {
			t.Errorf("%d searches ran, %d emails, %v; want %d and %d", n, got, err, ran, mails)
		}
	}
	look(0, 0)
	s.clock.Advance(time.Hour)
	look(2, 0)
	fixture.ImportAll(t, s.store, people[10:13])
	look(0, 0)
	s.clock.Advance(time.Hour)
	look(2, 1)
	mail := s.mails("ada@northwind.example")[0]
	if mail.Subject != "3 new people match: All <b>people</b>" || !strings.Contains(mail.Text, s.url+"/employer/search?sort=recency") || strings.Contains(mail.HTML, "<b>people") {
		t.Errorf("the email: %+v", mail)
	}
	s.clock.Advance(time.Hour)
	look(2, 1)

	bo := s.join(board.RoleRecruiter, ada, "bo@northwind.example")
	bo.post("/employer/search/saved/1/delete", nil).wants(t, http.StatusNotFound)
	ada.post("/employer/search/saved/1/delete", nil).wants(t, http.StatusOK, "no more emails about it")
	fixture.ImportAll(t, s.store, people[13:])
	s.clock.Advance(time.Hour)
	look(1, 1)
}
