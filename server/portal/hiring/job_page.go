package hiring

import (
	"errors"
	"html/template"
	"net/http"
	"strconv"
	"time"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/server/portal/member"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/job"
	"itmanagerjobs/store/pipeline"
)

// jobView is the main part of the page of a job: what can be done with it, and the job as candidates see it.
type jobView struct {
	Head  pages.Head
	Stats []pages.Stat
	// Failed is why something was not done; nil when all is well.
	Problem *pages.Notice
	// Missing are what prevents publishing, each with the field of the editor where it is mended.
	Missing []pages.Link
	Dialogs []pages.Dialog

	Job         board.Job
	Company     string
	Place       string
	Salary      string
	Facts       []string
	Description template.HTML
	// About is what candidates read of the company, with the name of its website; empty for nothing.
	About, Website string
	// MayTell is set for somebody who may change that.
	MayTell bool
	Public  string // the address of the public page; empty when there is none
}

func (p *Pages) showJob(w http.ResponseWriter, r *http.Request, u account.User) error {
	return p.showJobWith(w, r, u, http.StatusOK, nil)
}

// showJobWith shows the job of the path, with a problem that an action met.
func (p *Pages) showJobWith(w http.ResponseWriter, r *http.Request, u account.User, status int, problem *pages.Notice) error {
	ctx, t := r.Context(), p.Tenant(r.Context(), u)
	j, err := p.job(r, u)
	if err != nil {
		return err
	}
	e, err := p.Store.Accounts.Employer(ctx, u.EmployerID)
	if err != nil {
		return err
	}
	credits, err := p.Store.Accounts.Credits(ctx, t)
	if err != nil {
		return err
	}
	applications, err := p.Store.Pipeline.CountByJob(ctx, t, []int64{j.ID})
	if err != nil {
		return err
	}
	views, err := p.Store.Jobs.ViewsByJob(ctx, t, []int64{j.ID})
	if err != nil {
		return err
	}
	v := jobView{
		Head:    pages.Head{Title: j.Title, Back: &pages.Link{Text: "Jobs", Path: "/employer/jobs"}, About: JobLine(j), Tags: []pages.Tag{p.JobTag(j)}},
		Problem: problem, Job: j, Company: e.Name, Place: pages.Place(j), Salary: salaryText(j), Facts: pages.Facts(j),
	}
	if v.MayTell = u.Role.May(board.RightEditCompany); e.Description != nil {
		v.About = *e.Description
	}
	if e.Website != nil {
		v.Website = pages.SiteName(*e.Website)
	}
	if j.Description != nil {
		v.Description = template.HTML(*j.Description) //nolint:gosec // it is kept as SanitizeDescription made it
	}
	if j.Mode == board.ModeLive && j.PostedDate != nil && j.OpenFor(p.Now()) == nil {
		v.Public = p.PublicURL + "/jobs/" + strconv.FormatInt(j.ID, 10)
	}
	v.Stats = p.jobStats(j, applications[j.ID], views[j.ID])
	v.Missing = missing(j)
	if u.Role.May(board.RightWork) {
		p.offer(&v, board.PublishCost(t.Mode, e.ContractUntil, p.Now()), credits.JobPosting)
	}
	return p.Show(w, r, status, "job", member.Page{Title: j.Title, Section: "jobs", User: &u, Failed: problem != nil, Main: v})
}

func (p *Pages) jobStats(j board.Job, applied pipeline.JobApplications, views job.Views) []pages.Stat {
	stats := []pages.Stat{{Name: "Applications", Figure: strconv.Itoa(applied.All), More: strconv.Itoa(applied.Unseen) + " new ·", Link: &pages.Link{Text: "See them", Path: applicationsAsked{list: true, jobID: j.ID}.address()}}}
	if j.PostedDate != nil && j.Mode == board.ModeLive {
		stats = append(stats, pages.Stat{Name: "Views", Figure: strconv.Itoa(views.All), More: appliedText(applied.All, views.All), Sparkline: viewsLine(views)})
	}
	state := pages.Stat{Name: "State", Figure: jobStatusName(j.Status), Words: true, More: "Changed " + pages.Relative(j.UpdatedAt, p.Now())}
	if j.PostedDate != nil && j.Status != board.JobDraft {
		state.More = "Published " + pages.Relative(*j.PostedDate, p.Now())
	}
	stats = append(stats, state)
	if until := p.RunsUntil(j); until != nil {
		stats = append(stats, pages.Stat{Name: "Runs until", Figure: until.Words, Words: true, More: until.Exact})
	}
	return stats
}

// missing lists what a job lacks to be published, as links into the editor.
func missing(j board.Job) []pages.Link {
	if j.Status != board.JobDraft && j.Status != board.JobExpired {
		return nil
	}
	f := jobForm("", "", j)
	f.BlameFields(j.PublishProblems())
	var links []pages.Link
	for _, fd := range f.Errors() {
		links = append(links, pages.Link{Text: fd.Error, Path: JobPath(j.ID) + "/edit#" + fd.Target()})
	}
	return links
}

// offer puts the actions that the state of a job allows into its head, each with its dialog.
func (p *Pages) offer(v *jobView, cost, credits int64) {
	j, path := v.Job, JobPath(v.Job.ID)
	add := func(a pages.Action) { v.Head.Actions = append(v.Head.Actions, a) }
	add(pages.Action{Label: "Duplicate", Icon: "copy", Post: path + "/duplicate", Values: map[string]string{"form": p.NewID()}})
	if j.Status != board.JobDeactivated {
		add(pages.Action{Label: "Close", Look: "danger", Opens: "close-job"})
		v.Dialogs = append(v.Dialogs, pages.Dialog{
			ID: "close-job", Title: "Close “" + j.Title + "”?", Danger: true, Label: "Close this job", Post: path + "/close",
			Text: "Candidates can't apply any more, and a closed job can't be opened again. Its applications stay. To advertise it again later, duplicate it.",
		})
		add(pages.Action{Label: "Edit", Icon: "edit", Path: path + "/edit"})
	}
	switch j.Status {
	case board.JobActive:
		add(pages.Action{Label: "Extend", Icon: "clock", Opens: "extend-job", Look: "primary"})
		v.Dialogs = append(v.Dialogs, pages.Dialog{ID: "extend-job", Title: "Extend the job", Text: "It costs no credit, up to a year after the job was published.", Form: p.extendForm(j)})
	case board.JobDraft, board.JobExpired:
		if len(v.Missing) == 0 {
			label := "Publish"
			if j.Status == board.JobExpired {
				label = "Publish again"
			}
			add(pages.Action{Label: label, Opens: "publish-job", Look: "primary"})
			v.Dialogs = append(v.Dialogs, pages.Dialog{ID: "publish-job", Title: label + " “" + j.Title + "”", Text: priceText(cost, credits), Form: p.publishForm(j, label)})
		}
	case board.JobDeactivated:
	}
}

func priceText(cost, credits int64) string {
	if cost == 0 {
		return "Publishing costs nothing now."
	}
	if credits < cost {
		return "Publishing costs 1 job credit, and none is left. Buy credits first; the draft stays as it is."
	}
	return "Publishing costs 1 job credit. You have " + strconv.FormatInt(credits, 10) + "."
}

func (p *Pages) publishForm(j board.Job, label string) *form {
	return &form{Action: JobPath(j.ID) + "/publish", Submit: label, Fields: []*field{p.untilField(p.Now().Add(board.DefaultRun), p.Now(), p.Now().Add(board.MaxRun))}}
}

func (p *Pages) extendForm(j board.Job) *form {
	until, latest := p.Now(), p.Now()
	if j.ExpiryDate != nil && j.PostedDate != nil {
		until, latest = *j.ExpiryDate, j.PostedDate.Add(board.MaxRun)
	}
	return &form{Action: JobPath(j.ID) + "/extend", Submit: "Extend", Fields: []*field{p.untilField(earlier(until.Add(board.DefaultRun), latest), until, latest)}}
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// untilField asks for the last day of a job, which is over at its end (UTC).
func (p *Pages) untilField(proposed, from, to time.Time) *field {
	return &field{
		ID: "expiryDate", Label: "Last day", Kind: "date", Value: proposed.UTC().AddDate(0, 0, -1).Format(time.DateOnly),
		Min: from.UTC().Format(time.DateOnly), Max: to.UTC().AddDate(0, 0, -1).Format(time.DateOnly), Hint: "Candidates can apply until the end of this day (UTC).",
	}
}

// publishJob publishes a draft or an expired job until the day that was chosen.
func (p *Pages) publishJob(w http.ResponseWriter, r *http.Request, u account.User) error {
	id, err := jobID(r)
	if err != nil {
		return err
	}
	until, ok := endOfDay(r.PostFormValue("expiryDate"))
	if !ok {
		return p.notDone(w, r, u, errNoDay())
	}
	if p.Mode(r.Context()) == board.ModeLive && !u.Confirmed {
		return p.showJobWith(w, r, u, http.StatusUnprocessableEntity, &pages.Notice{
			Tone: pages.Bad, Text: "First confirm your email address: open the link in the email that we sent you. Then publish the job.",
			Link: &pages.Link{Text: "Have the email sent again", Path: "/employer/account"},
		})
	}
	j, err := p.Store.Jobs.Publish(r.Context(), account.Principal{Tenant: p.Tenant(r.Context(), u)}, id, &until, board.Precondition{})
	return p.done(w, r, u, id, err, "“"+j.Title+"” is published.")
}

func (p *Pages) extendJob(w http.ResponseWriter, r *http.Request, u account.User) error {
	id, err := jobID(r)
	if err != nil {
		return err
	}
	until, ok := endOfDay(r.PostFormValue("expiryDate"))
	if !ok {
		return p.notDone(w, r, u, errNoDay())
	}
	j, err := p.Store.Jobs.Extend(r.Context(), p.Tenant(r.Context(), u), id, until, board.Precondition{})
	return p.done(w, r, u, id, err, "“"+j.Title+"” runs longer now.")
}

func (p *Pages) closeJob(w http.ResponseWriter, r *http.Request, u account.User) error {
	id, err := jobID(r)
	if err != nil {
		return err
	}
	j, err := p.Store.Jobs.Deactivate(r.Context(), p.Tenant(r.Context(), u), id, board.Precondition{})
	return p.done(w, r, u, id, err, "“"+j.Title+"” is closed.")
}

func errNoDay() *board.Error {
	return board.Errorf(board.CodeInvalidRequest, "Choose the last day of the job, such as 31 January 2027.")
}

// done leads back to the job after an action, or shows the job with what went wrong.
func (p *Pages) done(w http.ResponseWriter, r *http.Request, u account.User, id int64, err error, sentence string) error {
	if e, ok := errors.AsType[*board.Error](err); ok && e.Code != board.CodeNotFound {
		return p.notDone(w, r, u, e)
	}
	if err != nil {
		return err
	}
	p.Tell(r.Context(), sentence)
	http.Redirect(w, r, JobPath(id), http.StatusSeeOther) //nolint:gosec // a path made of a number
	return nil
}

func (p *Pages) notDone(w http.ResponseWriter, r *http.Request, u account.User, e *board.Error) error {
	sentence := e.Message
	switch {
	case e.Code == board.CodeNoCredits:
		sentence = "You have no job credit left, so the job was not published. It is kept as it is: buy credits, then publish it."
	case e.Code == board.CodeInvalidState:
		sentence = "The job is in another state now, so this can't be done. Look at what is offered below."
	case len(e.Fields) > 0 && e.Fields[0].Field == "expiryDate":
		sentence = "Choose a later last day, at most a year after the job was published."
	case len(e.Fields) > 0:
		sentence = "The job is not complete yet. Fill in what is listed below, then publish it."
	}
	return p.showJobWith(w, r, u, http.StatusUnprocessableEntity, &pages.Notice{Tone: pages.Bad, Text: sentence})
}
