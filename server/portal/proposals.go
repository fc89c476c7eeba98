package portal

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/server/portal/hiring"
	"itmanagerjobs/server/portal/member"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
)

const (
	proposalsPath = "/employer/proposals"
	// proposalsShown is how many proposals the list has: as many as can wait, and the newest of those that were decided.
	proposalsShown = board.MaxPendingProposals + 100
)

// proposalList is the main part of the page "Proposals".
type proposalList struct {
	Head  pages.Head
	Table pages.Table
}

func (p *Portal) showProposals(w http.ResponseWriter, r *http.Request, u account.User) error {
	list, err := p.Store.Accounts.Proposals(r.Context(), p.Tenant(r.Context(), u), proposalsShown)
	if err != nil {
		return err
	}
	if err := p.Store.NameSubjects(r.Context(), p.Tenant(r.Context(), u), list); err != nil {
		return err
	}
	main := proposalList{
		Head: pages.Head{Title: "Proposals", About: "What API keys ask for that spends credits, and that waits for a person. Nothing is done until somebody approves it; after 24 hours a proposal expires."},
		Table: pages.Table{Caption: "Proposals", Columns: []pages.Column{{Name: "What"}, {Name: "Asked by"}, {Name: "State"}, {Name: "Since"}}, Empty: &pages.Empty{
			Title: "No proposal yet", Text: "Create an API key that only proposes, and give it to an agent. What it wants to publish or to unlock is listed here.",
		}},
	}
	for _, pr := range list {
		main.Table.Rows = append(main.Table.Rows, p.proposalRow(pr))
	}
	return p.Show(w, r, http.StatusOK, "proposals", member.Page{Title: "Proposals", Section: "proposals", User: &u, Main: main})
}

func (p *Portal) proposalRow(pr board.Proposal) pages.Row {
	return pages.Row{Faded: pr.Status != board.ProposalPending, Cells: []pages.Cell{
		{Text: pr.Summary(), Path: board.ProposalPath(pr.ID), Opens: true}, {Text: "Key “" + pr.KeyName + "”"},
		{Tags: []pages.Tag{proposalTag(pr.Status)}}, {When: new(pages.MomentOf(pr.CreatedAt, p.Now()))},
	}}
}

func proposalTag(s board.ProposalStatus) pages.Tag {
	switch s {
	case board.ProposalPending:
		return pages.Tag{Text: "Waits for approval", Tone: pages.Warn}
	case board.ProposalApproved:
		return pages.Tag{Text: "Approved", Tone: pages.Good}
	case board.ProposalRefused, board.ProposalExpired:
	}
	return pages.Tag{Text: string(s)}
}

// proposalView is the main part of the page of a proposal.
type proposalView struct {
	Head    pages.Head
	Problem *pages.Notice
	Facts   []member.Fact
	// Price, Approve and Refuse are of a proposal that waits.
	Price           *pages.Notice
	Approve, Refuse *form
}

func (p *Portal) showProposal(w http.ResponseWriter, r *http.Request, u account.User) error {
	return p.showProposalWith(w, r, u, http.StatusOK, nil, nil)
}

// showProposalWith shows the proposal of the path, with a problem that a decision met, or with the form that was not complete.
func (p *Portal) showProposalWith(w http.ResponseWriter, r *http.Request, u account.User, status int, problem *pages.Notice, refusal *form) error {
	ctx, t := r.Context(), p.Tenant(r.Context(), u)
	pr, err := p.proposal(r, t)
	if e, ok := errors.AsType[*board.Error](err); ok && e.Code == board.CodeNotFound && r.Method == http.MethodGet {
		return p.offerOtherMode(w, r, u, err)
	}
	if err != nil {
		return err
	}
	named := []board.Proposal{pr}
	if err := p.Store.NameSubjects(ctx, t, named); err != nil {
		return err
	}
	v := proposalView{
		Head:    pages.Head{Title: "Proposal " + strconv.FormatInt(pr.ID, 10), Back: &pages.Link{Text: "Proposals", Path: proposalsPath}, About: named[0].Summary(), Tags: []pages.Tag{proposalTag(pr.Status)}},
		Problem: problem, Facts: []member.Fact{{Name: "Asked by", Text: askedBy(pr)}, {Name: "Asked", Text: member.InWords(pr.CreatedAt)}},
	}
	add := func(name, text, path string) {
		v.Facts = append(v.Facts, member.Fact{Name: name, Text: text, Path: path})
	}
	version, err := p.aboutProposal(ctx, t, pr, add)
	if err != nil {
		return err
	}
	if pr.Status != board.ProposalPending {
		if pr.DecidedAt != nil {
			add("Decided", member.InWords(*pr.DecidedAt)+" by "+pr.DecidedBy, "")
		}
		if pr.Reason != "" {
			add("Reason", pr.Reason, "")
		}
	} else {
		add("Expires", member.InWords(pr.ExpiresAt)+", "+pages.Relative(pr.ExpiresAt, p.Now()), "")
		if v.Price, err = p.priceOf(ctx, t, pr); err != nil {
			return err
		}
		v.Approve = &form{Action: board.ProposalPath(pr.ID) + "/approve", Submit: "Approve", Fields: []*field{{ID: "version", Kind: "hidden", Value: version}}}
		if v.Refuse = refusal; refusal == nil {
			v.Refuse = refusalForm(pr.ID)
		}
	}
	return p.Show(w, r, status, "proposal", member.Page{Title: v.Head.Title, Section: "proposals", User: &u, Failed: problem != nil || refusal != nil, Main: v})
}

func askedBy(pr board.Proposal) string {
	if pr.KeyRevoked {
		return "Key “" + pr.KeyName + "”, which was revoked since"
	}
	return "Key “" + pr.KeyName + "”"
}

// proposal reads the proposal of the path, bound to the tenant of the session.
func (p *Portal) proposal(r *http.Request, t board.Tenant) (board.Proposal, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil || id < 1 {
		return board.Proposal{}, board.ErrNoProposal
	}
	return p.Store.Accounts.Proposal(r.Context(), t, id)
}

// offerOtherMode leads somebody who follows a link to a proposal of the other mode to that mode. notFound is the answer when it is not
// there either.
func (p *Portal) offerOtherMode(w http.ResponseWriter, r *http.Request, u account.User, notFound error) error {
	other := board.Tenant{EmployerID: u.EmployerID, Mode: board.ModeTest}
	if p.Mode(r.Context()) == board.ModeTest {
		other.Mode = board.ModeLive
	}
	pr, err := p.proposal(r, other)
	if err != nil {
		return notFound
	}
	v := proposalView{Head: pages.Head{
		Title: "This proposal is about " + string(other.Mode) + " data", Back: &pages.Link{Text: "Proposals", Path: proposalsPath}, About: "Switch to " + string(other.Mode) + " to see and decide it.",
		Actions: []pages.Action{{Label: "Switch to " + string(other.Mode), Look: "primary", Post: "/employer/mode", Values: map[string]string{"mode": string(other.Mode), "next": board.ProposalPath(pr.ID)}}},
	}}
	return p.Show(w, r, http.StatusNotFound, "proposal", member.Page{Title: v.Head.Title, Section: "proposals", User: &u, Main: v})
}

// aboutProposal tells what a proposal is about, as it is now. version is that of the job, which an approval is bound to.
func (p *Portal) aboutProposal(ctx context.Context, t board.Tenant, pr board.Proposal, add func(name, text, path string)) (version string, err error) {
	switch pr.Operation {
	case board.ProposePublication:
		j, err := p.Store.Jobs.Job(ctx, t, pr.JobID)
		if e, ok := errors.AsType[*board.Error](err); ok && e.Code == board.CodeNotFound {
			add("Job", "It is not there any more", "")
			return "", nil
		}
		if err != nil {
			return "", err
		}
		add("Job", j.Title, hiring.JobPath(j.ID))
		add("State of the job", string(j.Status)+", changed "+pages.Relative(j.UpdatedAt, p.Now()), "")
		return strconv.FormatInt(j.Version, 10), nil
	case board.ProposeUnlock:
		c, err := p.Store.Candidate(ctx, t, pr.CandidateID)
		if e, ok := errors.AsType[*board.Error](err); ok && e.Code == board.CodeNotFound {
			add("Candidate", "The profile is not there any more", "")
			return "", nil
		}
		if err != nil {
			return "", err
		}
		add("Candidate", c.Title, "/employer/candidates/"+strconv.FormatInt(c.ID, 10))
	}
	return "", nil
}

// priceOf says what an approval takes now, and what is left.
func (p *Portal) priceOf(ctx context.Context, t board.Tenant, pr board.Proposal) (*pages.Notice, error) {
	credits, err := p.Store.Accounts.Credits(ctx, t)
	if err != nil {
		return nil, err
	}
	cost, left, unit := board.UnlockCost(t.Mode), credits.CVSearch, "CV search credit"
	if pr.Operation == board.ProposePublication {
		e, err := p.Store.Accounts.Employer(ctx, t.EmployerID)
		if err != nil {
			return nil, err
		}
		cost, left, unit = board.PublishCost(t.Mode, e.ContractUntil, p.Now()), credits.JobPosting, "job credit"
	}
	switch {
	case cost == 0:
		return &pages.Notice{Text: "Approving costs nothing now."}, nil
	case left < cost:
		return &pages.Notice{Tone: pages.Warn, Text: fmt.Sprintf("Approving costs %s, and none is left.", pages.Count(int(cost), unit)), Link: &pages.Link{Text: "Buy credits", Path: "/employer/billing"}}, nil
	}
	return &pages.Notice{Text: fmt.Sprintf("Approving costs %s. You have %d.", pages.Count(int(cost), unit), left)}, nil
}

func refusalForm(id int64) *form {
	return &form{Action: board.ProposalPath(id) + "/refuse", Submit: "Refuse", Danger: true, Fields: []*field{{
		ID: "reason", Label: "Reason", Kind: "textarea", Rows: 3, MaxLength: 300, Hint: "The one who works with the key reads it, such as “The salary is missing”.",
	}}}
}

// approveProposal does what was proposed, once, however many approve.
func (p *Portal) approveProposal(w http.ResponseWriter, r *http.Request, u account.User) error {
	ctx, t := r.Context(), p.Tenant(r.Context(), u)
	pr, err := p.proposal(r, t)
	if err != nil {
		return err
	}
	if t.Mode == board.ModeLive {
		if err := board.CheckConfirmed(u.Confirmed); err != nil {
			return p.notDecided(w, r, u, err)
		}
	}
	version, err := strconv.ParseInt(r.PostFormValue("version"), 10, 64)
	if err != nil && pr.Operation == board.ProposePublication {
		return board.Errorf(board.CodeInvalidRequest, "The form was not complete. Open this page again.")
	}
	if _, err := p.Store.ApproveProposal(ctx, t, pr.ID, u.ID, version); err != nil {
		return p.notDecided(w, r, u, err)
	}
	p.Tell(ctx, "Approved, and done.")
	http.Redirect(w, r, board.ProposalPath(pr.ID), http.StatusSeeOther)
	return nil
}

// notDecided shows the proposal again with why nothing was done.
func (p *Portal) notDecided(w http.ResponseWriter, r *http.Request, u account.User, err error) error {
	e, ok := errors.AsType[*board.Error](err)
	if !ok || e.Code == board.CodeUnavailable {
		return err
	}
	notice := &pages.Notice{Tone: pages.Bad, Text: "Nothing was done. " + e.Message}
	if e.Code == board.CodePreconditionFailed {
		notice.Text = "Nothing was done: the job was changed while you looked at this page. Look at it again, then decide."
	}
	if e.Code == board.CodeNoCredits {
		notice.Link = &pages.Link{Text: "Buy credits", Path: "/employer/billing"}
	}
	for _, field := range e.Fields {
		notice.Text += " " + field.Field + " " + field.Message + "."
	}
	return p.showProposalWith(w, r, u, http.StatusConflict, notice, nil)
}

func (p *Portal) refuseProposal(w http.ResponseWriter, r *http.Request, u account.User) error {
	ctx, t := r.Context(), p.Tenant(r.Context(), u)
	pr, err := p.proposal(r, t)
	if err != nil {
		return err
	}
	f := refusalForm(pr.ID)
	if err := f.Read(r); err != nil {
		return err
	}
	err = p.Store.RefuseProposal(ctx, t, pr.ID, u.ID, f.Text("reason"))
	switch {
	case f.Blame(err):
		return p.showProposalWith(w, r, u, f.Status(), nil, f)
	case err != nil:
		return p.notDecided(w, r, u, err)
	}
	p.Tell(ctx, "Refused. Nothing was done, and the key is told the reason.")
	http.Redirect(w, r, board.ProposalPath(pr.ID), http.StatusSeeOther)
	return nil
}
