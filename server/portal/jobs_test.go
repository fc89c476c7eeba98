package portal_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/job"
)

// jobValues is the form of a complete job.
func (b *browser) jobValues(path string, change ...string) url.Values {
	b.t.Helper()
	v := url.Values{
		"title": {"Head of IT"}, "description": {"Run **IT**.\n\n## What you will do\n\n- plan\n- buy"}, "employmentType": {"FullTime"}, "seniority": {"Director"},
		"remoteType": {"HybridRemote"}, "city": {"London"}, "country": {"United Kingdom"}, "salary.min": {"95,000"}, "salary.max": {"£115k"}, "salary.period": {"Year"}, "salary.currency": {"gbp"},
		"requiredSkills": {"ITIL, Azure\nBudgets"}, "applyMethod": {"DirectApply"},
	}
	for i := 0; i < len(change); i += 2 {
		v.Set(change[i], change[i+1])
	}
	body := b.get(path).body
	if m := hiddenForm.FindStringSubmatch(body); m != nil {
		v.Set("form", m[1])
	}
	if _, rest, found := strings.Cut(body, `name="version" value="`); found {
		version, _, _ := strings.Cut(rest, `"`)
		v.Set("version", version)
	}
	return v
}

func TestAJobFromDraftToClosed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.browser().signUp("Northwind", "ada@northwind.example")
	live := board.Tenant{EmployerID: 1, Mode: board.ModeLive}
	b.get("/employer/jobs").wants(t, http.StatusOK, "Post your first job", `aria-current="page">Jobs`)

	draft := b.jobValues("/employer/jobs/new", "country", "")
	b.post("/employer/jobs", draft).wants(t, http.StatusOK, "is saved", "Before this job can be published", "Enter a country", "£95,000 – £115,000 a year", "<li>plan</li>")
	b.post("/employer/jobs", draft).wants(t, http.StatusOK, "was saved already")
	b.post("/employer/jobs/1/publish", url.Values{"expiryDate": {"2026-04-01"}}).wants(t, http.StatusUnprocessableEntity, "not complete yet")

	b.get("/employer/jobs/1/edit").wants(t, http.StatusOK, "Run **IT**.", "## What you will do", "- plan", `value="95,000"`)
	b.post("/employer/jobs/1", b.jobValues("/employer/jobs/1/edit")).wants(t, http.StatusOK, "is saved", "Publishing costs 1 job credit, and none is left")
	b.post("/employer/jobs/1/publish", url.Values{"expiryDate": {"2026-04-01"}}).wants(t, http.StatusUnprocessableEntity, "no job credit left")
	if _, err := s.store.Accounts.GrantCredits(t.Context(), live, account.Credits{JobPosting: 2}); err != nil {
		t.Fatal(err)
	}
	b.post("/employer/jobs/1/publish", url.Values{"expiryDate": {"soon"}}).wants(t, http.StatusUnprocessableEntity, "Choose the last day")
	b.post("/employer/jobs/1/publish", url.Values{"expiryDate": {"2026-04-01"}}).wants(t, http.StatusOK, "is published", s.url+"/jobs/1", "2 April 2026, 00:00 UTC")
	b.post("/employer/jobs/1/publish", url.Values{"expiryDate": {"2026-04-01"}}).wants(t, http.StatusUnprocessableEntity, "in another state now")
	b.post("/employer/jobs/1", b.jobValues("/employer/jobs/1/edit", "city", "")).wants(t, http.StatusUnprocessableEntity, "Enter a city, or choose “Fully remote”")
	b.post("/employer/jobs/1/extend", url.Values{"expiryDate": {"2026-03-20"}}).wants(t, http.StatusUnprocessableEntity, "Choose a later last day")
	b.post("/employer/jobs/1/extend", url.Values{"expiryDate": {"2026-05-01"}}).wants(t, http.StatusOK, "runs longer now", "2 May 2026, 00:00 UTC")
	if c, err := s.store.Accounts.Credits(t.Context(), live); err != nil || c.JobPosting != 1 {
		t.Errorf("credits %+v, %v; want one left: an extension is free", c, err)
	}
	b.post("/employer/jobs/1/duplicate", nil).wants(t, http.StatusOK, "This is a copy", `value="Head of IT"`)
	b.post("/employer/jobs/1/close", nil).wants(t, http.StatusOK, "is closed", "Duplicate")
	b.get("/employer/jobs/1/edit").wants(t, http.StatusBadRequest, "Duplicate it")
	b.get("/employer/jobs?status=Deactivated&q=head").wants(t, http.StatusOK, "Closed", `value="head"`)
	b.get("/employer/jobs?q=nothing").wants(t, http.StatusOK, "No job matches “nothing”")
}

func TestTwoTabsOfOneJob(t *testing.T) {
	t.Parallel()
	b := newSite(t).browser().signUp("Northwind", "ada@northwind.example")
	b.post("/employer/jobs", b.jobValues("/employer/jobs/new")).wants(t, http.StatusOK)
	first, second := b.jobValues("/employer/jobs/1/edit", "title", "Chief"), b.jobValues("/employer/jobs/1/edit", "title", "Boss")
	b.post("/employer/jobs/1", first).wants(t, http.StatusOK, "“Chief” is saved")
	b.post("/employer/jobs/1", second).wants(t, http.StatusUnprocessableEntity, "Somebody else changed this job", `value="Boss"`)
}

// TestModesAndEmployersAreApart looks for a job in the other mode, and as somebody else.
func TestModesAndEmployersAreApart(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada := s.browser().signUp("Northwind", "ada@northwind.example")
	ada.post("/employer/mode", url.Values{"mode": {"test"}, "next": {"/employer/jobs"}}).wants(t, http.StatusOK, "You are looking at test data")
	ada.post("/employer/jobs", ada.jobValues("/employer/jobs/new")).wants(t, http.StatusOK)
	ada.post("/employer/jobs/1/publish", url.Values{"expiryDate": {"2026-04-01"}}).wants(t, http.StatusOK, "is published")
	if page, err := s.store.Jobs.Jobs(t.Context(), board.Tenant{EmployerID: 1, Mode: board.ModeTest}, job.Query{Limit: 5}); err != nil || page.Total != 1 {
		t.Errorf("%+v, %v; want a test job", page, err)
	}
	eve := s.browser().signUp("Eve", "eve@eve.example")
	ada.post("/employer/mode", url.Values{"mode": {"live"}})
	ada.post("/employer/mode", url.Values{"mode": {"both"}}).wants(t, http.StatusBadRequest)
	for name, b := range map[string]*browser{"the other mode": ada, "another employer": eve} {
		for _, path := range []string{"/employer/jobs/1", "/employer/jobs/1/edit"} {
			if a := b.get(path); a.status != http.StatusNotFound {
				t.Errorf("%s in %s: %d", path, name, a.status)
			}
		}
		for _, path := range []string{"", "/publish", "/extend", "/close", "/duplicate"} {
			b.post("/employer/jobs/1"+path, url.Values{"expiryDate": {"2026-05-01"}, "version": {"1"}, "title": {"x"}}).wants(t, http.StatusNotFound)
		}
	}
	viewer := s.join(board.RoleViewer, ada, "cy@northwind.example")
	viewer.get("/employer/jobs").wants(t, http.StatusOK, "Post your first job")
	for _, path := range []string{"/employer/jobs", "/employer/jobs/1", "/employer/jobs/1/close"} {
		viewer.post(path, url.Values{"title": {"x"}}).wants(t, http.StatusForbidden, "only looks at this")
	}
}

// TestPagesTakeAFixedNumberOfStatements compares pages of an account with one job and with thirty.
func TestPagesTakeAFixedNumberOfStatements(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.browser().signUp("Northwind", "ada@northwind.example")
	tenant := board.Tenant{EmployerID: 1, Mode: board.ModeLive}
	add := func(n int) {
		for range n {
			if _, err := s.store.Jobs.CreateJob(t.Context(), tenant, board.JobPatch{Title: board.Set("IT Manager")}); err != nil {
				t.Fatal(err)
			}
		}
	}
	add(1)
	b.get("/employer") // shows the notice, which is a write
	first := map[string]int64{}
	pages := []string{"/employer", "/employer/jobs", "/employer/jobs/1", "/employer/jobs/1/edit", "/employer/keys", "/employer/team"}
	for _, path := range pages {
		first[path] = b.statements(path)
		t.Logf("%s takes %d statements", path, first[path])
		if first[path] > 16 {
			t.Errorf("%s takes %d statements, want at most 16", path, first[path])
		}
	}
	add(29)
	for _, path := range pages {
		if n := b.statements(path); n != first[path] {
			t.Errorf("%s takes %d statements with 30 jobs, and %d with one", path, n, first[path])
		}
	}
}
