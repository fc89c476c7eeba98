package hiring

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/server/portal/member"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pipeline"
)

const rejectPath = applicationsPath + "/reject"

// rejection is the main part of the page that rejects people with an email.
type rejection struct {
	*form

	Head pages.Head
	// People are those who are rejected, by name and job.
	People []string
	// Chosen are the values that name them in the form.
	Chosen []string
	// Templates are what the email can begin with.
	Templates []option
	// Kept is the name of the template that was chosen and did not take the place of what somebody has typed; empty for none.
	Kept string
	// Preview is the email as the first of them gets it; nil before somebody asks for it.
	Preview *preview
	// Silent tells that nobody is written to, because the data are for tests.
	Silent bool
}

// doPreview is the value of the button that shows an email without sending or saving it.
const doPreview = "preview"

// errNoButton is for a form that says it was sent by a button which it does not have.
var errNoButton = board.Errorf(board.CodeInvalidRequest, "This form has no such button. Go back and use one of those that are shown.")

type preview struct{ To, Subject, Text string }

const rejectionText = `Hello {first name},

Thank you for applying for the position {job} at {company}, and for the time that you took for it.

We have decided to go on with other people this time. That is no judgement on you: we wish you all the best for your search.

Kind regards
{company}`

func rejectForm() *form {
	return &form{Action: rejectPath, Submit: "Reject and send", More: []pages.Submit{{Name: "do", Value: doPreview, Label: "Preview"}}, Cancel: &pages.Link{Text: "Cancel", Path: applicationsPath}, Fields: []*field{
		{ID: "subject", Label: "Subject", Kind: "text", Value: "Your application: {job}", MaxLength: board.MaxMailSubject, Says: map[string]string{board.FieldRequired: "Enter a subject.", board.FieldTooShort: "Enter a subject."}},
		{ID: "body", Label: "Email", Kind: "textarea", Rows: 12, Value: rejectionText, MaxLength: board.MaxMailText, Hint: "{first name}, {last name}, {job} and {company} are filled in for each person.", Says: map[string]string{board.FieldRequired: "Write what the people will read."}},
		{ID: "reason", Label: "Reason, for your team", Kind: "textarea", Rows: 2, MaxLength: board.MaxReason, Optional: true, Hint: "It stays in the history of the application. The email does not contain it."},
	}}
}

func (p *Pages) showReject(w http.ResponseWriter, r *http.Request, u account.User) error {
	f := rejectForm()
	f.ID, f.Next = p.NewID(), r.URL.Query().Get("next")
	f.Field("reason").Value = r.URL.Query().Get("reason") // typed in the list, whose form has one
	return p.showRejectForm(w, r, u, f, r.URL.Query()["id"], rejectView{})
}

// rejectView is what the page of a rejection shows beside its form.
type rejectView struct {
	// Preview asks for the email as the first of the people gets it.
	Preview bool
	// Kept is as in rejection.
	Kept string
}

func (p *Pages) showRejectForm(w http.ResponseWriter, r *http.Request, u account.User, f *form, values []string, view rejectView) error {
	chosen, err := chosenApplications(values)
	if err != nil {
		return err
	}
	ctx, t := r.Context(), p.Tenant(r.Context(), u)
	ids := make([]int64, len(chosen))
	for i, m := range chosen {
		ids[i] = m.ID
	}
	applications, err := p.Store.Pipeline.ApplicationsByID(ctx, t, ids)
	if err != nil {
		return err
	}
	if len(applications) == 0 {
		return board.Errorf(board.CodeNotFound, "There is no such application.")
	}
	about := url.Values{"id": values}
	if f.Next != "" {
		about.Set("next", f.Next)
	}
	f.Action = rejectPath + "?" + about.Encode()
	v := rejection{form: f, Kept: view.Kept, Chosen: values, Silent: t.Mode != board.ModeLive, Head: pages.Head{
		Title: "Reject " + pages.Count(len(applications), "application"), Back: &pages.Link{Text: "Applications", Path: applicationsPath}, About: "Each person gets an email of their own, with what differs filled in. Replies go to " + u.Email + ".",
	}}
	for _, a := range applications {
		v.People = append(v.People, personOf(a)+", "+a.JobTitle)
	}
	if v.Templates, err = p.templateOptions(r, u); err != nil {
		return err
	}
	if view.Preview && !f.Failed() {
		e, err := p.Store.Accounts.Employer(ctx, u.EmployerID)
		if err != nil {
			return err
		}
		v.Preview = previewFor(mailTemplate(f), applications[0].Applicant, applications[0].JobTitle, e.Name)
	}
	return p.Show(w, r, f.Status(), "reject", member.Page{Title: v.Head.Title, Section: "applications", User: &u, Failed: f.Failed(), Main: v})
}

// templateOptions are the standard text and what the employer keeps, with the one that was asked for chosen.
func (p *Pages) templateOptions(r *http.Request, u account.User) ([]option, error) {
	templates, err := p.Store.Pipeline.MailTemplates(r.Context(), u.EmployerID)
	if err != nil {
		return nil, err
	}
	options := []option{{Label: "Standard text"}}
	for _, t := range templates {
		value := strconv.FormatInt(t.ID, 10)
		options = append(options, option{Value: value, Label: t.Name, Checked: r.PostForm.Get("template") == value})
	}
	return options, nil
}

// chooseTemplate fills the email with a template. What somebody has typed into it stays, until they ask to replace it.
func (p *Pages) chooseTemplate(w http.ResponseWriter, r *http.Request, u account.User, f *form, replace bool) error {
	templates, err := p.Store.Pipeline.MailTemplates(r.Context(), u.EmployerID)
	if err != nil {
		return err
	}
	standard := mailTemplate(rejectForm())
	templates = append(templates, pipeline.MailTemplate{Name: "Standard text", Subject: standard.Subject, Text: standard.Text})
	chosen := int64(0) // the standard text
	if value := r.PostForm.Get("template"); value != "" {
		if chosen, err = strconv.ParseInt(value, 10, 64); err != nil {
			chosen = -1 // which nothing has
		}
	}
	at := slices.IndexFunc(templates, func(t pipeline.MailTemplate) bool { return t.ID == chosen })
	if at < 0 {
		return board.Errorf(board.CodeNotFound, "There is no such template any more. Go back, your text is still there, and choose another one.")
	}
	view := rejectView{Preview: true}
	if replace || !typed(mailTemplate(f), templates) {
		f.Field("subject").Value, f.Field("body").Value = templates[at].Subject, templates[at].Text
	} else {
		view = rejectView{Kept: templates[at].Name}
	}
	return p.showRejectForm(w, r, u, f, r.PostForm["id"], view)
}

// typed reports whether somebody has written what is in an email: whether a part of it is neither empty nor out of a template.
func typed(m board.MailTemplate, templates []pipeline.MailTemplate) bool {
	own := func(text string, of func(pipeline.MailTemplate) string) bool {
		text = board.CleanText(text)
		return text != "" && !slices.ContainsFunc(templates, func(t pipeline.MailTemplate) bool { return board.CleanText(of(t)) == text })
	}
	return own(m.Subject, func(t pipeline.MailTemplate) string { return t.Subject }) || own(m.Text, func(t pipeline.MailTemplate) string { return t.Text })
}

func mailTemplate(f *form) board.MailTemplate {
	return board.MailTemplate{Subject: f.Text("subject"), Text: f.Text("body")}
}

// rejectApplications rejects people and queues an email to each, in one transaction. Sent twice, it does nothing the second time.
func (p *Pages) rejectApplications(w http.ResponseWriter, r *http.Request, u account.User) error {
	f := rejectForm()
	if err := f.Read(r); err != nil {
		return err
	}
	if f.ID == "" || len(f.ID) > 100 {
		return board.Errorf(board.CodeInvalidRequest, "The form was not complete. Go back and choose the applications again.")
	}
	do := r.PostForm.Get("do")
	switch do {
	case "template", "replace":
		return p.chooseTemplate(w, r, u, f, do == "replace")
	case "", doPreview:
	default:
		return errNoButton // which must not send
	}
	template := mailTemplate(f)
	if err := template.Check(); err != nil {
		f.Blame(err)
	}
	if do != doPreview && !f.Failed() {
		p.blameUnconfirmed(r, u, f)
	}
	if f.Failed() || do == doPreview {
		return p.showRejectForm(w, r, u, f, r.PostForm["id"], rejectView{Preview: true})
	}
	chosen, err := chosenApplications(r.PostForm["id"])
	if err != nil {
		return err
	}
	done, err := p.bulk(r, u, pipeline.BulkMove{Moving: chosen, To: board.ApplicationRejected, Reason: f.Text("reason"), UserID: u.ID, Mail: &template}, f.ID)
	if e, ok := asBoardError(err); ok && e.Code == board.CodeConflict {
		p.Tell(r.Context(), "That was sent already. Nobody is written to twice.")
		http.Redirect(w, r, applicationsPath, http.StatusSeeOther)
		return nil
	}
	if f.Blame(err) {
		return p.showRejectForm(w, r, u, f, r.PostForm["id"], rejectView{})
	}
	if err != nil {
		return err
	}
	next := f.Next
	if len(chosen) == 1 && next == "" {
		next = applicationPath(chosen[0].ID)
	}
	return p.bulkDone(w, r, u, done, string(board.ApplicationRejected), next)
}

// bulk moves applications and notes the form, so that it works once. A form of which nothing was done leaves no entry.
func (p *Pages) bulk(r *http.Request, u account.User, b pipeline.BulkMove, formID string) (pipeline.BulkMoved, error) {
	var done pipeline.BulkMoved
	err := p.Store.WithTx(r.Context(), func(ctx context.Context) (err error) {
		if formID != "" {
			if err := p.Store.Accounts.UseForm(ctx, u.ID, formID); err != nil {
				return err
			}
		}
		if done, err = p.Store.Pipeline.MoveApplications(ctx, p.Tenant(ctx, u), b); err == nil && len(done.Moved) == 0 {
			return errNoneMoved
		}
		return err
	})
	if e, ok := asBoardError(err); ok && e == errNoneMoved {
		return done, nil
	}
	return done, err
}

// applicationOf names the application in an address or a form.
func applicationOf(value string) (int64, bool) {
	id, err := strconv.ParseInt(value, 10, 64)
	return id, err == nil && id > 0
}
