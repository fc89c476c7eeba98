package hiring

import (
	"net/http"
	"strconv"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/server/portal/member"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pipeline"
)

const templatesPath = "/employer/mail-templates"

func templatePath(id int64) string { return templatesPath + "/" + strconv.FormatInt(id, 10) }

// templateList is the main part of the page that lists the kept emails.
type templateList struct {
	Head  pages.Head
	Table *pages.Table
	Empty *pages.Empty
}

// templateEditor is the main part of the page of one kept email.
type templateEditor struct {
	*form

	Head pages.Head
	// Preview is the email as somebody would get it; nil before anybody asks for it.
	Preview *preview
	// Delete is nil for a new one.
	Delete *form
}

func (p *Pages) showTemplates(w http.ResponseWriter, r *http.Request, u account.User) error {
	templates, err := p.Store.Pipeline.MailTemplates(r.Context(), u.EmployerID)
	if err != nil {
		return err
	}
	create := pages.Action{Label: "New template", Icon: "plus", Look: "primary", Path: templatesPath + "/new"}
	v := templateList{Head: pages.Head{
		Title: "Email templates", Back: &pages.Link{Text: "Applications", Path: applicationsPath},
		About: "Your team chooses one of these when it rejects people with an email.", Actions: []pages.Action{create},
	}}
	if len(templates) == 0 {
		v.Head.Actions = nil
		v.Empty = &pages.Empty{Title: "No template yet", Text: "Write the emails once that you send often. Until then there is a standard text.", Actions: pages.Plain([]pages.Action{create})}
	} else {
		v.Table = &pages.Table{Caption: "Email templates", Columns: []pages.Column{{Name: "Name"}, {Name: "Subject"}, {Name: "Changed"}}}
	}
	for _, t := range templates {
		v.Table.Rows = append(v.Table.Rows, pages.Row{Cells: []pages.Cell{
			{Text: t.Name, Path: templatePath(t.ID), Opens: true}, {Text: t.Subject}, {When: new(pages.MomentOf(t.UpdatedAt, p.Now()))},
		}})
	}
	return p.Show(w, r, http.StatusOK, "mail-templates", member.Page{Title: v.Head.Title, Section: "applications", User: &u, Main: &v})
}

// templateForm is the form of a kept email, which has the fields of a rejection except for its reason.
func templateForm(action string, t pipeline.MailTemplate) *form {
	email := rejectForm()
	subject, body := email.Field("subject"), email.Field("body")
	if t.ID > 0 {
		subject.Value, body.Value = t.Subject, t.Text
	}
	return &form{Action: action, Submit: "Save", More: email.More, Cancel: &pages.Link{Text: "Cancel", Path: templatesPath}, Long: true, Fields: []*field{
		{ID: "name", Label: "Name of the template", Kind: "text", Value: t.Name, MaxLength: board.MaxTemplateName, Hint: "Your team sees it, and nobody else.", Says: map[string]string{board.FieldTooShort: "Enter a name.", board.FieldNotAllowed: "Another template has this name. Choose another one."}},
		subject, body,
	}}
}

func keptTemplate(f *form) board.KeptTemplate {
	return board.KeptTemplate{Name: f.Text("name"), MailTemplate: mailTemplate(f)}
}

func (p *Pages) showNewTemplate(w http.ResponseWriter, r *http.Request, u account.User) error {
	return p.showTemplateForm(w, r, u, pipeline.MailTemplate{}, templateForm(templatesPath, pipeline.MailTemplate{}), false)
}

// templateOf reads the template that the path names.
func (p *Pages) templateOf(r *http.Request, u account.User) (pipeline.MailTemplate, error) {
	id, ok := applicationOf(r.PathValue("id"))
	if !ok {
		return pipeline.MailTemplate{}, board.Errorf(board.CodeNotFound, "There is no such template.")
	}
	return p.Store.Pipeline.MailTemplate(r.Context(), u.EmployerID, id)
}

func (p *Pages) showTemplate(w http.ResponseWriter, r *http.Request, u account.User) error {
	t, err := p.templateOf(r, u)
	if err != nil {
		return err
	}
	return p.showTemplateForm(w, r, u, t, templateForm(templatePath(t.ID), t), true)
}

func (p *Pages) showTemplateForm(w http.ResponseWriter, r *http.Request, u account.User, t pipeline.MailTemplate, f *form, previewed bool) error {
	v := templateEditor{form: f, Head: pages.Head{Title: "New email template", Back: &pages.Link{Text: "Email templates", Path: templatesPath}}}
	if t.ID > 0 {
		v.Head.Title = t.Name
		v.Delete = &form{Action: templatePath(t.ID) + "/delete", Submit: "Delete this template", Danger: true}
	}
	if previewed && !f.Failed() {
		e, err := p.Store.Accounts.Employer(r.Context(), u.EmployerID)
		if err != nil {
			return err
		}
		v.Preview = previewFor(mailTemplate(f), board.Applicant{FirstName: "Grace", LastName: "Hopper", Email: "grace.hopper@example.com"}, "IT Manager", e.Name)
	}
	return p.Show(w, r, f.Status(), "mail-template", member.Page{Title: v.Head.Title, Section: "applications", User: &u, Failed: f.Failed(), Main: &v})
}

// previewFor is the email as one person gets it.
func previewFor(m board.MailTemplate, to board.Applicant, job, company string) *preview {
	subject, text := m.For(to, job, company)
	return &preview{To: to.Email, Subject: subject, Text: text}
}

func (p *Pages) createTemplate(w http.ResponseWriter, r *http.Request, u account.User) error {
	return p.saveTemplate(w, r, u, pipeline.MailTemplate{}, templateForm(templatesPath, pipeline.MailTemplate{}))
}

func (p *Pages) updateTemplate(w http.ResponseWriter, r *http.Request, u account.User) error {
	t, err := p.templateOf(r, u)
	if err != nil {
		return err
	}
	return p.saveTemplate(w, r, u, t, templateForm(templatePath(t.ID), t))
}

// saveTemplate keeps a new template or changes one, or shows it as somebody would get it.
func (p *Pages) saveTemplate(w http.ResponseWriter, r *http.Request, u account.User, t pipeline.MailTemplate, f *form) error {
	if err := f.Read(r); err != nil {
		return err
	}
	do := r.PostForm.Get("do")
	if do != "" && do != doPreview {
		return errNoButton
	}
	if do == doPreview {
		f.Blame(mailTemplate(f).Check())
		return p.showTemplateForm(w, r, u, t, f, true)
	}
	var err error
	if t.ID == 0 {
		_, err = p.Store.Pipeline.CreateMailTemplate(r.Context(), u.EmployerID, keptTemplate(f))
	} else {
		err = p.Store.Pipeline.UpdateMailTemplate(r.Context(), u.EmployerID, t.ID, keptTemplate(f))
	}
	if f.Blame(err) {
		return p.showTemplateForm(w, r, u, t, f, false)
	}
	if err != nil {
		return err
	}
	p.Tell(r.Context(), "The template is saved.")
	http.Redirect(w, r, templatesPath, http.StatusSeeOther)
	return nil
}

func (p *Pages) deleteTemplate(w http.ResponseWriter, r *http.Request, u account.User) error {
	t, err := p.templateOf(r, u)
	if err != nil {
		return err
	}
	if err := p.Store.Pipeline.DeleteMailTemplate(r.Context(), u.EmployerID, t.ID); err != nil {
		return err
	}
	p.Tell(r.Context(), "The template “"+t.Name+"” is deleted. Emails that were sent with it stay as they are.")
	http.Redirect(w, r, templatesPath, http.StatusSeeOther)
	return nil
}
