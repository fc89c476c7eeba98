package portal

import (
	"context"
	"net/http"
	"strconv"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/server/portal/hiring"
	"itmanagerjobs/server/portal/member"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
	"itmanagerjobs/store/job"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/pipeline"
)

// shownOnOverview is how much of a list the overview shows; the rest is on the list's own page.
const shownOnOverview = 5

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
	MaySeeKeys   bool
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
	// hooked tells that there is a webhook of either mode.
	hooked bool
	// proposed wait for a person.
	proposed []board.Proposal
}

func (p *Portal) facts(ctx context.Context, u account.User, t board.Tenant) (f facts, err error) {
	by := p.Now().Add(hiring.Soon)
	for _, read := range []func() error{
		func() error { f.employer, err = p.Store.Accounts.Employer(ctx, u.EmployerID); return err },
		func() error { f.credits, err = p.Store.Accounts.Credits(ctx, t); return err },
		func() error { f.keys, err = p.Store.Accounts.Keys(ctx, u.EmployerID); return err },
		func() error { f.users, err = p.Store.Accounts.Users(ctx, u.EmployerID); return err },
		func() error { f.jobs, err = p.Store.Jobs.Counts(ctx, t, by); return err },
		func() error { f.expiring, err = p.Store.Jobs.Expiring(ctx, t, by, shownOnOverview); return err },
		func() error { f.unseen, err = p.Store.Pipeline.CountUnseen(ctx, t, member.MostCounted); return err },
		func() error {
			all, err := p.Store.Accounts.Proposals(ctx, t, shownOnOverview)
			for _, pr := range all {
				if pr.Status == board.ProposalPending {
					f.proposed = append(f.proposed, pr)
				}
			}
			if err != nil {
				return err
			}
			return p.Store.NameSubjects(ctx, t, f.proposed)
		},
		func() error { f.failing, err = p.Store.Outbox.FailingSubscriptions(ctx, t); return err },
		func() error {
			hooks, err := p.Store.Outbox.CountSubscriptions(ctx, u.EmployerID)
			f.hooks, f.hooked = hooks[t.Mode], len(hooks) > 0
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
	page, err := p.Store.Pipeline.Applications(ctx, t, pipeline.ApplicationQuery{
		ApplicationFilter: pipeline.ApplicationFilter{Statuses: []board.ApplicationStatus{board.ApplicationNew}}, Sort: pg.OldestFirst, Limit: shownOnOverview, Uncounted: true,
	})
	if err != nil {
		return f, err
	}
	f.waiting = page.Items
	return f, nil
}

func (p *Portal) showOverview(w http.ResponseWriter, r *http.Request, u account.User) error {
	t := p.Tenant(r.Context(), u)
	f, err := p.facts(r.Context(), u, t)
	if err != nil {
		return err
	}
	o := overview{
		Head: pages.Head{Title: f.employer.Name}, Stats: p.stats(f, t, u), Needs: p.needs(f, u), Setup: p.setup(f, u), Keys: len(f.keys), MayMint: u.Role.May(board.RightMintKeys), MaySeeKeys: u.Role.May(board.RightSeeKeys),
		FirstRequest: pages.Code{Text: p.developers.CurlMe("$API_KEY"), Copy: "Copy", Command: true}, Reference: p.PublicURL + "/swagger/v1/swagger.json",
		Price: "Publishing a job costs 1 job posting credit. Drafts are free, and so is everything in test data.",
	}
	if board.ContractRuns(f.employer.ContractUntil, p.Now()) {
		o.Price = "Publishing a job costs no credit while the contract runs."
	}
	o.SetupDone = true
	for _, s := range o.Setup {
		o.SetupDone = o.SetupDone && s.Done
	}
	if u.Role.May(board.RightWork) {
		o.Head.Actions = []pages.Action{{Label: "Post a job", Icon: "plus", Path: "/employer/jobs/new", Look: "primary"}}
	}
	return p.Show(w, r, http.StatusOK, "overview", member.Page{Title: f.employer.Name, Section: "overview", User: &u, Main: o})
}

func (p *Portal) stats(f facts, t board.Tenant, u account.User) []pages.Stat {
	live := "Live jobs"
	if t.Mode == board.ModeTest {
		live = "Published test jobs"
	}
	expire := strconv.Itoa(f.jobs.Expiring) + " expire this week"
	if f.jobs.Expiring == 1 {
		expire = "1 expires this week"
	}
	failing := pages.Stat{Name: "Webhooks that fail", Figure: strconv.Itoa(len(f.failing)), More: "of " + strconv.Itoa(f.hooks)}
	switch {
	case len(f.failing) > 0:
		failing.Tone = pages.Bad
	case f.hooks == 0:
		failing.More = "There is no webhook yet"
	}
	more := strconv.FormatInt(f.credits.CVSearch, 10) + " CV search credits"
	if c := p.contract(f.employer); c != "" {
		more += " · " + c
	}
	credits := pages.Stat{Name: "Job credits", Figure: strconv.FormatInt(f.credits.JobPosting, 10), More: more}
	if f.credits.JobPosting == 0 && u.Role.May(board.RightBuy) && !board.ContractRuns(f.employer.ContractUntil, p.Now()) {
		credits.Link = &pages.Link{Text: "Buy credits", Path: "/employer/billing"}
	}
	if t.Mode == board.ModeTest {
		credits = pages.Stat{Name: "Job credits", Figure: "Free", More: "Test data costs nothing"}
	}
	unseen := "Nobody has moved them yet"
	if f.unseen == 0 {
		unseen = "Nobody waits for you"
	}
	return []pages.Stat{
		{Name: live, Figure: strconv.Itoa(f.jobs.Active), More: expire},
		{Name: "New applications", Figure: member.UnseenText(f.unseen), More: unseen},
		credits, failing,
	}
}

func (p *Portal) contract(e account.Employer) string {
	switch {
	case e.ContractUntil == nil:
		return ""
	case board.ContractRuns(e.ContractUntil, p.Now()):
		return "Unlimited until " + member.InWords(*e.ContractUntil)
	}
	return "The contract ended on " + member.InWords(*e.ContractUntil)
}

// needs lists what somebody should look at: what waits for a yes, then applications, those that wait longest on top.
func (p *Portal) needs(f facts, u account.User) pages.Table {
	t := pages.Table{Caption: "What needs you", Columns: []pages.Column{{Name: "What"}, {Name: "About"}, {Name: "State"}, {Name: "Since"}}, Empty: &pages.Empty{Title: "Nothing waits for you", Text: "New applications, jobs and keys that are about to expire and webhooks that fail are listed here."}}
	add := func(cells ...pages.Cell) { t.Rows = append(t.Rows, pages.Row{Cells: cells}) }
	for _, pr := range f.proposed {
		what := pages.Cell{Text: pr.Summary(), Strong: true, Sub: "proposed by the key “" + pr.KeyName + "”"}
		if u.Role.May(board.RightWork) {
			what.Path = board.ProposalPath(pr.ID)
		}
		add(what, pages.Cell{Text: "Nothing is done without it, and after 24 hours it expires."}, pages.Cell{Tags: []pages.Tag{{Text: "Waiting for your yes", Tone: pages.Warn}}}, pages.Cell{When: new(pages.MomentOf(pr.CreatedAt, p.Now()))})
	}
	for _, a := range f.waiting {
		name := pages.Cell{
			Text: a.Applicant.FirstName + " " + a.Applicant.LastName, Strong: true, Sub: "applied", Path: "/employer/applications/" + strconv.FormatInt(a.ID, 10),
		}
		add(name, pages.Cell{Text: a.JobTitle, Path: hiring.JobPath(a.JobID)}, pages.Cell{Tags: []pages.Tag{{Text: "New", Tone: pages.Accent}}}, pages.Cell{When: new(pages.MomentOf(a.AppliedAt, p.Now()))})
	}
	for _, j := range f.expiring {
		add(pages.Cell{Text: j.Title, Path: hiring.JobPath(j.ID), Sub: hiring.JobLine(j)}, pages.Cell{Text: "Candidates stop finding it then."}, pages.Cell{Tags: []pages.Tag{p.hiring.JobTag(j)}}, pages.Cell{When: p.hiring.RunsUntil(j)})
	}
	for _, s := range f.failing {
		if !u.Role.May(board.RightSeeWebhooks) {
			break
		}
		tag := pages.Tag{Text: pages.Count(s.Failures, "failure") + " in a row", Tone: pages.Bad}
		if s.Disabled {
			tag.Text = "Disabled"
		}
		cell := pages.Cell{Text: s.URL, Strong: true, Sub: "webhook", Path: "/employer/webhooks/" + strconv.FormatInt(s.ID, 10)}
		add(cell, pages.Cell{Text: "Events are kept, and can be replayed."}, pages.Cell{Tags: []pages.Tag{tag}}, pages.Cell{})
	}
	for _, k := range f.keys {
		if !u.Role.May(board.RightSeeKeys) {
			break
		}
		if apikey.ExpiresSoon(k.Status, k.ReplacedBy != 0, k.CreatedAt, k.ExpiresAt, p.Now()) {
			add(pages.Cell{Text: k.Name, Strong: true, Path: "/employer/keys", Sub: "API key"}, pages.Cell{Text: "Requests with it are refused then. Roll it in time."}, pages.Cell{Tags: []pages.Tag{{Text: "Expires soon", Tone: pages.Warn}}}, pages.Cell{When: new(pages.MomentOf(*k.ExpiresAt, p.Now()))})
		}
		if k.Status == apikey.Pending {
			add(pages.Cell{Text: k.Name, Path: "/employer/keys", Sub: "API key"}, pages.Cell{Text: "The platform looks at it first."}, pages.Cell{Tags: []pages.Tag{{Text: "Pending review", Tone: pages.Warn}}}, pages.Cell{When: new(pages.MomentOf(k.CreatedAt, p.Now()))})
		}
	}
	return t
}

// setup is checked by what the account has: nobody ticks it off.
func (p *Portal) setup(f facts, u account.User) []pages.Step {
	var tested, called bool
	for _, k := range f.keys {
		tested = tested || k.Mode == board.ModeTest
		called = called || k.LastUsedAt != nil
	}
	// A step that is for somebody else to take leads nowhere.
	path := func(right board.Right, to string) string {
		if !u.Role.May(right) {
			return ""
		}
		return to
	}
	return []pages.Step{
		{Text: "Create the account", Done: true},
		{Text: "Confirm your email address", Path: "/employer/account", Done: u.Confirmed},
		{Text: "Create a test key", Path: path(board.RightMintKeys, "/employer/keys/new"), Done: tested},
		{Text: "Make the first call", Path: "#first-call", Done: called},
		{Text: "Add a webhook", Path: path(board.RightSeeWebhooks, "/employer/webhooks"), Done: f.hooked},
		{Text: "Publish your first job", Path: "/employer/jobs", Done: f.jobs.Active+f.jobs.Expired > 0},
		{Text: "Invite a teammate", Path: path(board.RightSeeTeam, "/employer/team"), Done: len(f.users) > 1},
	}
}
