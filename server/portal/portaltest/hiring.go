package portaltest

import (
	"net/url"
	"strings"

	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pipeline"
	"itmanagerjobs/store/storetest/fixture"
)

// Hire is an account with a published job, and people who applied for it.
func (s *Site) Hire(people ...string) (*Browser, board.Job) {
	s.T.Helper()
	b := s.Browser().SignUp("Northwind", "ada@northwind.example")
	tenant := board.Tenant{EmployerID: 1, Mode: board.ModeLive}
	if _, err := s.Store.Accounts.GrantCredits(s.T.Context(), tenant, account.Credits{JobPosting: 5, CVSearch: 5}); err != nil {
		s.T.Fatal(err)
	}
	j := fixture.Active(s.T, s.Store, tenant, func(*board.JobPatch) {})
	for _, name := range people {
		s.Apply(j, name)
	}
	return b, j
}

// Apply lets somebody apply, whose address is made of the first name.
func (s *Site) Apply(j board.Job, first string) {
	s.T.Helper()
	fixture.Apply(s.T, s.Store, pipeline.ApplyParams{
		Mode: board.ModeLive, JobID: j.ID, Source: board.SourceForm, PublicURL: s.URL,
		Applicant: board.Applicant{FirstName: first, LastName: "Lovelace", Email: strings.ToLower(first) + "@people.example", CoverLetter: "I have run IT for ten years."},
		CV:        &board.Upload{Name: first + ".txt", Bytes: []byte("Curriculum of " + first + "\nITIL, Azure")},
	})
}

// JobValues is the form of a complete job.
func (b *Browser) JobValues(path string, change ...string) url.Values {
	b.T.Helper()
	v := url.Values{
		"title": {"Head of IT"}, "description": {"Run **IT**.\n\n## What you will do\n\n- plan\n- buy"}, "employmentType": {"FullTime"}, "seniority": {"Director"},
		"remoteType": {"HybridRemote"}, "city": {"London"}, "country": {"United Kingdom"}, "salary.min": {"95,000"}, "salary.max": {"£115k"}, "salary.period": {"Year"}, "salary.currency": {"gbp"},
		"requiredSkills": {"ITIL, Azure\nBudgets"}, "applyMethod": {"DirectApply"},
	}
	for i := 0; i < len(change); i += 2 {
		v.Set(change[i], change[i+1])
	}
	body := b.Get(path).Body
	if m := HiddenForm.FindStringSubmatch(body); m != nil {
		v.Set("form", m[1])
	}
	if _, rest, found := strings.Cut(body, `name="version" value="`); found {
		version, _, _ := strings.Cut(rest, `"`)
		v.Set("version", version)
	}
	return v
}

// TextBetween is what stands between two others, or nothing.
func TextBetween(text, before, after string) string {
	_, rest, _ := strings.Cut(text, before)
	found, _, _ := strings.Cut(rest, after)
	return found
}

// Propose has the first key of the site propose to publish a job.
func (s *Site) Propose(tenant board.Tenant, jobID int64) board.Proposal {
	s.T.Helper()
	made, err := s.Store.ProposePublication(s.T.Context(), account.Principal{Tenant: tenant, KeyID: 1}, jobID, nil, board.Precondition{})
	if err != nil {
		s.T.Fatal(err)
	}
	return made
}
