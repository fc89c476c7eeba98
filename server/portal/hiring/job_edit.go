package hiring

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/server/portal/member"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
)

// jobEditor is the main part of the pages that write a job.
type jobEditor struct {
	*form

	Head pages.Head
	// Active tells that what is saved is public at once.
	Active bool
}

func newJobForm() *form {
	f := jobForm("/employer/jobs", "Save draft", board.Job{})
	f.Cancel = &pages.Link{Text: "Cancel", Path: "/employer/jobs"}
	return f
}

func editJobForm(j board.Job) *form {
	f := jobForm(JobPath(j.ID), "Save", j)
	f.Cancel = &pages.Link{Text: "Cancel", Path: JobPath(j.ID)}
	return f
}

func (p *Pages) showNewJob(w http.ResponseWriter, r *http.Request, u account.User) error {
	f := newJobForm()
	f.ID = p.NewID()
	return p.showEditor(w, r, u, board.Job{}, f)
}

func (p *Pages) showEditor(w http.ResponseWriter, r *http.Request, u account.User, j board.Job, f *form) error {
	title := "Post a job"
	head := pages.Head{Title: title, Back: &pages.Link{Text: "Jobs", Path: "/employer/jobs"}, About: "Only the title is needed for a draft, which is free and which only your team sees."}
	if j.ID != 0 {
		title = "Edit " + j.Title
		head = pages.Head{Title: title, Back: &pages.Link{Text: j.Title, Path: JobPath(j.ID)}}
	}
	return p.Show(w, r, f.Status(), "job-editor", member.Page{
		Title: title, Section: "jobs", User: &u, Failed: f.Failed(), Main: jobEditor{form: f, Head: head, Active: j.Status == board.JobActive},
	})
}

// createJob makes a draft. A form that is sent twice makes one.
func (p *Pages) createJob(w http.ResponseWriter, r *http.Request, u account.User) error {
	f := newJobForm()
	if err := f.Read(r); err != nil {
		return err
	}
	patch, err := readJob(f, board.Job{})
	if err != nil {
		return err
	}
	p.permitPush(p.Mode(r.Context()), &patch)
	if f.ID == "" || len(f.ID) > 100 {
		f.Problem = "The form was not complete. Open this page again."
	}
	if f.Failed() {
		f.BlameFields(patch.CheckNew())
		return p.showEditor(w, r, u, board.Job{}, f)
	}
	var created board.Job
	again, err := p.once(r.Context(), u, f.ID, func(ctx context.Context) (err error) {
		created, err = p.Store.Jobs.CreateJob(ctx, p.Tenant(ctx, u), patch)
		return err
	})
	if again {
		p.Tell(r.Context(), "That draft was saved already.")
		http.Redirect(w, r, "/employer/jobs", http.StatusSeeOther)
		return nil
	}
	if f.Blame(err) {
		return p.showEditor(w, r, u, board.Job{}, f)
	}
	if err != nil {
		return err
	}
	p.Tell(r.Context(), "The draft “"+created.Title+"” is saved. This is how candidates will see it.")
	http.Redirect(w, r, JobPath(created.ID), http.StatusSeeOther)
	return nil
}

func (p *Pages) showJobEditor(w http.ResponseWriter, r *http.Request, u account.User) error {
	j, err := p.job(r, u)
	if err != nil {
		return err
	}
	if j.Status == board.JobDeactivated {
		return board.Errorf(board.CodeInvalidState, "A closed job can't be changed. Duplicate it, and change the copy.")
	}
	return p.showEditor(w, r, u, j, editJobForm(j))
}

// job reads the job of the path. Errors: not_found.
func (p *Pages) job(r *http.Request, u account.User) (board.Job, error) {
	id, err := jobID(r)
	if err != nil {
		return board.Job{}, err
	}
	return p.Store.Jobs.Job(r.Context(), p.Tenant(r.Context(), u), id)
}

// updateJob saves the form, unless somebody else saved the job since the form was opened.
func (p *Pages) updateJob(w http.ResponseWriter, r *http.Request, u account.User) error {
	j, err := p.job(r, u)
	if err != nil {
		return err
	}
	f := editJobForm(j)
	if err := f.Read(r); err != nil {
		return err
	}
	patch, err := readJob(f, j)
	if err != nil {
		return err
	}
	p.permitPush(j.Mode, &patch)
	version, err := strconv.ParseInt(f.Text(fieldVersion), 10, 64)
	if err != nil {
		return board.Errorf(board.CodeInvalidRequest, "This form can't be read. Go back and open it again.")
	}
	if f.Failed() {
		f.BlameFields(patch.Check())
		return p.showEditor(w, r, u, j, f)
	}
	saved, err := p.Store.Jobs.UpdateJob(r.Context(), p.Tenant(r.Context(), u), j.ID, patch, board.Precondition{Set: true, Versions: []int64{version}})
	if e, ok := errors.AsType[*board.Error](err); ok && e.Code == board.CodePreconditionFailed {
		f.Problem = "Somebody else changed this job since you opened it. What you entered is still here: look at the job in another tab, and save again to replace their version."
		f.Field(fieldVersion).Value = strconv.FormatInt(j.Version, 10)
		return p.showEditor(w, r, u, j, f)
	}
	if f.Blame(err) {
		return p.showEditor(w, r, u, j, f)
	}
	if err != nil {
		return err
	}
	p.Tell(r.Context(), "“"+saved.Title+"” is saved.")
	http.Redirect(w, r, JobPath(saved.ID), http.StatusSeeOther)
	return nil
}

// duplicateJob makes a draft with the contents of a job. The reference stays with the old one.
func (p *Pages) duplicateJob(w http.ResponseWriter, r *http.Request, u account.User) error {
	j, err := p.job(r, u)
	if err != nil {
		return err
	}
	var made board.Job
	again, err := p.once(r.Context(), u, r.PostFormValue("form"), func(ctx context.Context) (err error) {
		made, err = p.Store.Jobs.CreateJob(ctx, p.Tenant(ctx, u), copyOfJob(j))
		return err
	})
	if err != nil {
		return err
	}
	if again {
		p.Tell(r.Context(), "That copy was made already: it is among the drafts.")
		http.Redirect(w, r, "/employer/jobs", http.StatusSeeOther)
		return nil
	}
	p.Tell(r.Context(), "This is a copy of “"+j.Title+"”, as a draft. Change what is different, and publish it.")
	http.Redirect(w, r, JobPath(made.ID)+"/edit", http.StatusSeeOther)
	return nil
}

// permitPush permits http for the address of pushes where deliveries with data of the mode may go there.
func (p *Pages) permitPush(m board.Mode, patch *board.JobPatch) {
	if patch.ApplyPushURL.Set && patch.ApplyPushURL.Value != nil {
		code, _ := p.CheckURL(m, *patch.ApplyPushURL.Value)
		patch.PlainPush = code == ""
	}
}

func copyOfJob(j board.Job) board.JobPatch {
	p := board.JobPatch{
		Title: board.Set(j.Title), Description: board.Change[string]{Set: true, Value: j.Description}, City: board.Change[string]{Set: true, Value: j.City},
		CountryCode: board.Change[string]{Set: true, Value: j.CountryCode}, EmploymentType: board.Change[board.EmploymentType]{Set: true, Value: j.EmploymentType},
		RemoteType: board.Change[board.RemoteType]{Set: true, Value: j.RemoteType}, Seniority: board.Change[board.Seniority]{Set: true, Value: j.Seniority},
		ApplyMethod:       board.Change[board.ApplyMethod]{Set: true, Value: j.ApplyMethod},
		ApplyEmailAddress: board.Change[string]{Set: true, Value: j.ApplyEmailAddress}, ApplyURL: board.Change[string]{Set: true, Value: j.ApplyURL},
		ApplyPushURL: board.Change[string]{Set: true, Value: j.ApplyPushURL}, RequiredSkills: board.Set(j.RequiredSkills), OptionalSkills: board.Set(j.OptionalSkills),
		PlainPush: true, // the address was taken once
	}
	if j.Salary != nil {
		p.Salary = board.SetSalary(*j.Salary)
	}
	return p
}
