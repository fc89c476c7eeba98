package portal

import (
	"context"
	"net/http"
	"strconv"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/job"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/pipeline"
)

// What the overview shows of a list, the rest is on the list's own page.
const (
	shownOnOverview = 5
	mostCounted     = 1000
)

// overview is the main part of the home page.
type overview struct {
	Head         pages.Head
	Stats        []pages.Stat
	Needs        pages.Table
	Setup        []pages.Step
	SetupDone    bool
	Price        string
	Keys         int
	MayMint      bool
	FirstRequest pages.Code
	Reference    string
}

// facts are what the overview is made of. Each is one query, whatever the account has.
type facts struct {
	employer account.Employer
	credits  account.Credits
	keys     []account.Key
	users    []account.User
	jobs     job.Counts
	expiring []board.Job
	unseen   int
	waiting  []pipeline.Application
	failing  []outbox.FailingSubscription
	hooks    int
}

func (p *Portal) facts(ctx context.Context, u account.User, t board.Tenant) (f facts, err error) {
	by := p.now().Add(soon)
	for _, read := range []func() error{
		func() error { f.employer, err = p.store.Accounts.Employer(ctx, u.EmployerID); return err },
		func() error { f.credits, err = p.store.Accounts.Credits(ctx, t); return err },
		func() error { f.keys, err = p.store.Accounts.Keys(ctx, u.EmployerID); return err },
		func() error { f.users, err = p.store.Accounts.Users(ctx, u.EmployerID); return err },
		func() error { f.jobs, err = p.store.Jobs.Counts(ctx, t, by); return err },
		func() error { f.expiring, err = p.store.Jobs.Expiring(ctx, t, by, shownOnOverview); return err },
		func() error { f.unseen, err = p.store.Pipeline.CountUnseen(ctx, t, mostCounted); return err },
		func() error { f.failing, err = p.store.Outbox.FailingSubscriptions(ctx, t); return err },
		func() error {
			subs, err := p.store.Outbox.Subscriptions(ctx, t, outbox.SubscriptionQuery{Sort: pg.OldestFirst, Limit: 1})
			f.hooks = subs.Total
			return err
		},
	} {
		if err := read(); err != nil {
			return f, err
		}
	}
	if f.unseen == 0 {
		return f, nil
	}
	page, err := p.store.Pipeline.Applications(ctx, t, pipeline.ApplicationQuery{
		ApplicationFilter: pipeline.ApplicationFilter{Statuses: []board.ApplicationStatus{board.ApplicationNew}}, Sort: pg.OldestFirst, Limit: shownOnOverview,
	})
	if err != nil {
		return f, err
	}
	f.waiting = page.Items
	return f, nil
}

func (p *Portal) showOverview(w http.ResponseWriter, r *http.Request, u account.User) error {
	t := p.tenant(r.Context(), u)
	f, err := p.facts(r.Context(), u, t)
	if err != nil {
		return err
	}
	o := overview{
		Head: pages.Head{Title: f.employer.Name}, Stats: p.stats(f, t), Needs: p.needs(f), Setup: p.setup(f), Keys: len(f.keys), MayMint: u.Role.May(board.RightMintKeys),
		FirstRequest: pages.Code{Text: p.curlMe("$API_KEY"), Copy: "Copy"}, Reference: p.publicURL + "/swagger/v1/swagger.json",
		Price: "Publishing a job costs 1 job posting credit. Drafts are free, and so is everything in test data.",
	}
	if board.ContractRuns(f.employer.ContractUntil, p.now()) {
		o.Price = "Publishing a job costs no credit while the contract runs."
	}
	o.SetupDone = true
	for _, s := range o.Setup {
		o.SetupDone = o.SetupDone && s.Done
	}
	if u.Role.May(board.RightWork) {
		o.Head.Actions = []pages.Action{{Label: "Post a job", Icon: "plus", Path: "/employer/jobs/new", Look: "primary"}}
	}
	return p.show(w, r, http.StatusOK, "overview", page{Title: f.employer.Name, Section: "overview", User: &u, Main: o})
}

func (p *Portal) stats(f facts, t board.Tenant) []pages.Stat {
	live := "Live jobs"
	if t.Mode == board.ModeTest {
		live = "Published test jobs"
	}
	expire := strconv.Itoa(f.jobs.Expiring) + " expire this week"
	if f.jobs.Expiring == 1 {
		expire = "1 expires this week"
	}
	failing := pages.Stat{Name: "Webhooks that fail", Figure: strconv.Itoa(len(f.failing)), More: "of " + strconv.Itoa(f.hooks)}
	if len(f.failing) > 0 {
		failing.Tone = pages.Bad
	}
	more := strconv.FormatInt(f.credits.CVSearch, 10) + " CV search credits"
	if c := p.contract(f.employer); c != "" {
		more += " · " + c
	}
	return []pages.Stat{
		{Name: live, Figure: strconv.Itoa(f.jobs.Active), More: expire},
		{Name: "New applications", Figure: unseenText(f.unseen), More: "Nobody has moved them yet"},
		{Name: "Job credits", Figure: strconv.FormatInt(f.credits.JobPosting, 10), More: more}, failing,
	}
}

func (p *Portal) contract(e account.Employer) string {
	switch {
	case e.ContractUntil == nil:
		return ""
	case board.ContractRuns(e.ContractUntil, p.now()):
		return "Unlimited until " + inWords(*e.ContractUntil)
	}
	return "The contract ended on " + inWords(*e.ContractUntil)
}

// needs lists what somebody should look at: applications first, those that wait longest on top.
func (p *Portal) needs(f facts) pages.Table {
	t := pages.Table{Caption: "What needs you", Columns: []pages.Column{{Name: "What"}, {Name: "About"}, {Name: "State"}, {Name: "Since"}}, Empty: &pages.Empty{Title: "Nothing waits for you", Text: "New applications, jobs that are about to expire and webhooks that fail are listed here."}}
	add := func(cells ...pages.Cell) { t.Rows = append(t.Rows, pages.Row{Cells: cells}) }
	for _, a := range f.waiting {
		name := pages.Cell{Text: a.Applicant.FirstName + " " + a.Applicant.LastName, Strong: true, Sub: "applied"}
		if p.served["GET /employer/applications/{id}"] {
			name.Path = "/employer/applications/" + strconv.FormatInt(a.ID, 10)
		}
		add(name, pages.Cell{Text: a.JobTitle, Path: jobPath(a.JobID)}, pages.Cell{Tags: []pages.Tag{{Text: "New", Tone: pages.Accent}}}, pages.Cell{When: new(pages.MomentOf(a.AppliedAt, p.now()))})
	}
	for _, j := range f.expiring {
		add(pages.Cell{Text: j.Title, Path: jobPath(j.ID), Sub: jobLine(j)}, pages.Cell{Text: "Candidates stop finding it then."}, pages.Cell{Tags: []pages.Tag{p.jobTag(j)}}, pages.Cell{When: p.runsUntil(j)})
	}
	for _, s := range f.failing {
		tag := pages.Tag{Text: pages.Count(s.Failures, "failure") + " in a row", Tone: pages.Bad}
		if s.Disabled {
			tag.Text = "Disabled"
		}
		cell := pages.Cell{Text: s.URL, Strong: true, Sub: "webhook"}
		if p.served["GET /employer/webhooks/{id}"] {
			cell.Path = "/employer/webhooks/" + strconv.FormatInt(s.ID, 10)
		}
		add(cell, pages.Cell{Text: "Events are kept, and can be replayed."}, pages.Cell{Tags: []pages.Tag{tag}}, pages.Cell{})
	}
	for _, k := range f.keys {
		if k.Status == board.KeyPending {
			add(pages.Cell{Text: k.Name, Path: "/employer/keys", Sub: "API key"}, pages.Cell{Text: "The platform looks at it first."}, pages.Cell{Tags: []pages.Tag{{Text: "Pending review", Tone: pages.Warn}}}, pages.Cell{When: new(pages.MomentOf(k.CreatedAt, p.now()))})
		}
	}
	return t
}

// setup is checked by what the account has: nobody ticks it off.
func (p *Portal) setup(f facts) []pages.Step {
	var tested, called bool
	for _, k := range f.keys {
		tested = tested || k.Mode == board.ModeTest
		called = called || k.LastUsedAt != nil
	}
	webhooks := "/employer/webhooks"
	if !p.served["GET "+webhooks] {
		webhooks = ""
	}
	return []pages.Step{
		{Text: "Create the account", Done: true},
		{Text: "Create a test key", Path: "/employer/keys/new", Done: tested},
		{Text: "Make the first call", Path: "#first-call", Done: called},
		{Text: "Add a webhook", Path: webhooks, Done: f.hooks > 0},
		{Text: "Publish your first job", Path: "/employer/jobs", Done: f.jobs.Active+f.jobs.Expired > 0},
		{Text: "Invite a teammate", Path: "/employer/team", Done: len(f.users) > 1},
	}
}

// curlMe asks who the key is; it works with every key and changes nothing.
func (p *Portal) curlMe(key string) string {
	return "curl " + p.publicURL + "/api/v1/me \\\n  -H \"Authorization: Bearer " + key + `"`
}

// curlDraft makes a draft of a job, which costs nothing.
func (p *Portal) curlDraft(key string) string {
	return "curl " + p.publicURL + "/api/v1/jobs \\\n  -H \"Authorization: Bearer " + key + "\" \\\n" +
		"  -H \"Content-Type: application/json\" \\\n  -d '{\"title\": \"IT Manager\"}'"
}
