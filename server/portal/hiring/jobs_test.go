package hiring_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"itmanagerjobs/server/portal/portaltest"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/job"
)

func TestAJobFromDraftToClosed(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	b := s.Browser().SignUp("Northwind", "ada@northwind.example")
	live := board.Tenant{EmployerID: 1, Mode: board.ModeLive}
	b.Get("/employer/jobs").Wants(t, http.StatusOK, "Post your first job", `aria-current="page">Jobs`)

	draft := b.JobValues("/employer/jobs/new", "country", "")
	b.Post("/employer/jobs", draft).Wants(t, http.StatusOK, "is saved", "Before this job can be published", "Enter a country", "£95,000 – £115,000 a year", "<li>plan</li>")
	b.Post("/employer/jobs", draft).Wants(t, http.StatusOK, "was saved already")
	b.Post("/employer/jobs/1/publish", url.Values{"expiryDate": {"2026-04-01"}}).Wants(t, http.StatusUnprocessableEntity, "not complete yet")

	b.Get("/employer/jobs/1").Wants(t, http.StatusOK, "Candidates also read here what you say of the company")
	b.Post("/employer/company", url.Values{"name": {"Northwind"}, "website": {"www.northwind.example"}, "description": {"We lead IT."}}).Wants(t, http.StatusOK, "is saved")
	b.Get("/employer/jobs/1").Wants(t, http.StatusOK, "About Northwind", "We lead IT.", "<p>northwind.example</p>", `href="/employer/company"`)
	b.Get("/employer/jobs/1/edit").Wants(t, http.StatusOK, "Run **IT**.", "## What you will do", "- plan", `value="95,000"`)
	b.Post("/employer/jobs/1", b.JobValues("/employer/jobs/1/edit")).Wants(t, http.StatusOK, "is saved", "Publishing costs 1 job credit, and none is left")
	b.Post("/employer/jobs/1/publish", url.Values{"expiryDate": {"2026-04-01"}}).Wants(t, http.StatusUnprocessableEntity, "no job credit left")
	if _, err := s.Store.Accounts.GrantCredits(t.Context(), live, account.Credits{JobPosting: 2}); err != nil {
		t.Fatal(err)
	}
	b.Post("/employer/jobs/1/publish", url.Values{"expiryDate": {"soon"}}).Wants(t, http.StatusUnprocessableEntity, "Choose the last day")
	b.Post("/employer/jobs/1/publish", url.Values{"expiryDate": {"2026-04-01"}}).Wants(t, http.StatusOK, "is published", s.URL+"/jobs/1", "2 April 2026, 00:00 UTC")
	b.Post("/employer/jobs/1/publish", url.Values{"expiryDate": {"2026-04-01"}}).Wants(t, http.StatusUnprocessableEntity, "in another state now")
	b.Post("/employer/jobs/1", b.JobValues("/employer/jobs/1/edit", "city", "")).Wants(t, http.StatusUnprocessableEntity, "Enter a city, or choose “Fully remote”")
	b.Post("/employer/jobs/1/extend", url.Values{"expiryDate": {"2026-03-20"}}).Wants(t, http.StatusUnprocessableEntity, "Choose a later last day")
	b.Post("/employer/jobs/1/extend", url.Values{"expiryDate": {"2026-05-01"}}).Wants(t, http.StatusOK, "runs longer now", "2 May 2026, 00:00 UTC")
	if c, err := s.Store.Accounts.Credits(t.Context(), live); err != nil || c.JobPosting != 1 {
		t.Errorf("credits %+v, %v; want one left: an extension is free", c, err)
	}
	b.Post("/employer/jobs/1/duplicate", nil).Wants(t, http.StatusOK, "This is a copy", `value="Head of IT"`)
	b.Post("/employer/jobs/1/close", nil).Wants(t, http.StatusOK, "is closed", "Duplicate")
	b.Get("/employer/jobs/1/edit").Wants(t, http.StatusBadRequest, "Duplicate it")
	b.Get("/employer/jobs?status=Deactivated&q=head").Wants(t, http.StatusOK, "Closed", `value="head"`)
	b.Get("/employer/jobs?q=nothing").Wants(t, http.StatusOK, "No job matches “nothing”")
	b.Get("/employer/jobs?q=no%00thing%ff").Wants(t, http.StatusOK, "No job matches “nothing”")
}

func TestTwoTabsOfOneJob(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t).Browser().SignUp("Northwind", "ada@northwind.example")
	b.Post("/employer/jobs", b.JobValues("/employer/jobs/new")).Wants(t, http.StatusOK)
	first, second := b.JobValues("/employer/jobs/1/edit", "title", "Chief"), b.JobValues("/employer/jobs/1/edit", "title", "Boss")
	b.Post("/employer/jobs/1", first).Wants(t, http.StatusOK, "“Chief” is saved")
	b.Post("/employer/jobs/1", second).Wants(t, http.StatusUnprocessableEntity, "Somebody else changed this job", `value="Boss"`)
}

// TestModesAndEmployersAreApart looks for a job in the other mode, and as somebody else.
func TestModesAndEmployersAreApart(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	ada := s.Browser().SignUp("Northwind", "ada@northwind.example")
	ada.Post("/employer/mode", url.Values{"mode": {"test"}, "next": {"/employer/jobs"}}).Wants(t, http.StatusOK, "You are looking at test data")
	ada.Post("/employer/jobs", ada.JobValues("/employer/jobs/new")).Wants(t, http.StatusOK)
	ada.Post("/employer/jobs/1/publish", url.Values{"expiryDate": {"2026-04-01"}}).Wants(t, http.StatusOK, "is published")
	if page, err := s.Store.Jobs.Jobs(t.Context(), board.Tenant{EmployerID: 1, Mode: board.ModeTest}, job.Query{Limit: 5}); err != nil || page.Total != 1 {
		t.Errorf("%+v, %v; want a test job", page, err)
	}
	eve := s.Browser().SignUp("Eve", "eve@eve.example")
	ada.Post("/employer/mode", url.Values{"mode": {"live"}})
	ada.Post("/employer/mode", url.Values{"mode": {"both"}}).Wants(t, http.StatusBadRequest)
	for name, b := range map[string]*portaltest.Browser{"the other mode": ada, "another employer": eve} {
		for _, path := range []string{"/employer/jobs/1", "/employer/jobs/1/edit"} {
			if a := b.Get(path); a.Status != http.StatusNotFound {
				t.Errorf("%s in %s: %d", path, name, a.Status)
			}
		}
		for _, path := range []string{"", "/publish", "/extend", "/close", "/duplicate"} {
			b.Post("/employer/jobs/1"+path, url.Values{"expiryDate": {"2026-05-01"}, "version": {"1"}, "title": {"x"}}).Wants(t, http.StatusNotFound)
		}
	}
	viewer := s.Join(board.RoleViewer, ada, "cy@northwind.example")
	viewer.Get("/employer/jobs").Wants(t, http.StatusOK, "Post your first job")
	for _, path := range []string{"/employer/jobs", "/employer/jobs/1", "/employer/jobs/1/close"} {
		viewer.Post(path, url.Values{"title": {"x"}}).Wants(t, http.StatusForbidden, "only looks at this")
	}
}

// TestPagesTakeAFixedNumberOfStatements compares pages of an account with one job and with thirty.
func TestPagesTakeAFixedNumberOfStatements(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	b := s.Browser().SignUp("Northwind", "ada@northwind.example")
	tenant := board.Tenant{EmployerID: 1, Mode: board.ModeLive}
	add := func(n int) {
		for range n {
			if _, err := s.Store.Jobs.CreateJob(t.Context(), tenant, board.JobPatch{Title: board.Set("IT Manager")}); err != nil {
				t.Fatal(err)
			}
		}
	}
	add(1)
	b.Get("/employer") // shows the notice, which is a write
	first := map[string]int64{}
	pages := []string{"/employer", "/employer/jobs", "/employer/jobs/1", "/employer/jobs/1/edit", "/employer/keys", "/employer/team"}
	for _, path := range pages {
		first[path] = b.Statements(path)
		t.Logf("%s takes %d statements", path, first[path])
		if first[path] > 17 {
			t.Errorf("%s takes %d statements, want at most 17", path, first[path])
		}
	}
	add(29)
	for _, path := range pages {
		if n := b.Statements(path); n != first[path] {
			t.Errorf("%s takes %d statements with 30 jobs, and %d with one", path, n, first[path])
		}
	}
}

// TestWhatNobodyTouchedStays: a skill that came by the API with a comma in it is still one skill after the title was changed.
func TestWhatNobodyTouchedStays(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	ada := s.Browser().SignUp("Northwind", "ada@northwind.example")
	tenant := board.Tenant{EmployerID: 1, Mode: board.ModeLive}
	required, optional := []string{"Identity, credential and access management", "Azure"}, []string{"Linux; BSD"}
	j, err := s.Store.Jobs.CreateJob(t.Context(), tenant, board.JobPatch{Title: board.Set("IT Manager"), RequiredSkills: board.Set(required), OptionalSkills: board.Set(optional)})
	if err != nil {
		t.Fatal(err)
	}
	shown := strings.Join(required, ", ")
	ada.Post("/employer/jobs/1", ada.JobValues("/employer/jobs/1/edit", "requiredSkills", shown, "optionalSkills", "Linux; BSD")).Wants(t, http.StatusOK, "is saved")
	if j, err = s.Store.Jobs.Job(t.Context(), tenant, j.ID); err != nil || j.Title != "Head of IT" || !slices.Equal(j.RequiredSkills, required) || !slices.Equal(j.OptionalSkills, optional) {
		t.Errorf("%q, %q, %q, %v", j.Title, j.RequiredSkills, j.OptionalSkills, err)
	}
	ada.Post("/employer/jobs/1", ada.JobValues("/employer/jobs/1/edit", "requiredSkills", shown+", ITIL", "optionalSkills", "")).Wants(t, http.StatusOK, "is saved")
	if j, err = s.Store.Jobs.Job(t.Context(), tenant, j.ID); err != nil || len(j.RequiredSkills) != 4 || len(j.OptionalSkills) != 0 {
		t.Errorf("%q, %q, %v", j.RequiredSkills, j.OptionalSkills, err)
	}
}

// TestAJobShowsItsViews: with how many of them applied, on its page and in the list.
func TestAJobShowsItsViews(t *testing.T) {
	t.Parallel()
	s := portaltest.New(t)
	ada, j := s.Hire("Grace")
	for _, address := range []string{"192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"} {
		s.Store.Jobs.CountView(j.ID, address, "Firefox")
	}
	ada.Get("/employer/jobs/1").Wants(t, http.StatusOK, "Views")
	if err := s.Store.Jobs.FlushViews(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/employer/jobs/1", "/employer/jobs"} {
		ada.Get(path).Wants(t, http.StatusOK, "25% applied", "4 views in the last 30 days, by day")
	}
}
