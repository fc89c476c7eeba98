package portal

import (
	"net/http"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/server/personal"
	"itmanagerjobs/server/portal/member"
	"itmanagerjobs/server/session"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
)

// newPersonal makes the pages of a person's own account.
func (p *Portal) newPersonal() (*personal.Pages, error) {
	if err := p.AddTemplates(personal.Templates(), nil); err != nil {
		return nil, err
	}
	return personal.New(personal.Config{
		Store: p.Store, Now: p.Now, PublicURL: p.PublicURL, Root: "/employer", Sessions: p.Sessions, Passwords: p.passwords,
		Show: func(w http.ResponseWriter, r *http.Request, pg personal.Page) error {
			return p.Show(w, r, pg.Status, pg.Template, member.Page{Title: pg.Title, Section: "account", User: pg.User, Failed: pg.Failed, Main: pg.Main})
		},
		Admits: func(u account.User) bool { return u.EmployerID != 0 },
		SignIn: p.letIn, Local: localPage, Keep: p.Keep, PageOfForm: p.pageOfForm, Check: checkEmployer, About: p.aboutPerson,
	})
}

// letIn starts the session of somebody who has shown everything that is asked for.
func (p *Portal) letIn(r *http.Request, u account.User) error {
	if err := p.Store.Accounts.SignedIn(r.Context(), u, u.Email, session.CallerAddress(r)); err != nil {
		return err
	}
	if err := p.Sessions.Start(r.Context(), u); err != nil {
		return err
	}
	return p.linkPending(r.Context(), u)
}

// aboutPerson is what people of employers have besides.
func (p *Portal) aboutPerson(r *http.Request, u account.User) (personal.About, error) {
	about := personal.About{
		Facts:   []personal.Fact{{Name: "Role", Value: roleName(u.Role)}},
		Actions: []pages.Action{{Label: "Change your email address", Path: "/employer/account/email"}},
	}
	if !u.Confirmed {
		about.Actions = append(about.Actions, pages.Action{Label: "Send the email to confirm it again", Post: "/employer/account/confirm"})
	}
	if p.provider != nil {
		connection, err := p.aboutProvider(r.Context(), u)
		if err != nil {
			return personal.About{}, err
		}
		about.Tables = append(about.Tables, connection)
	}
	return about, nil
}

// back tells what was done and leads to a page, unless it failed.
func (p *Portal) back(w http.ResponseWriter, r *http.Request, err error, target, sentence string) error {
	if err != nil {
		return err
	}
	p.Tell(r.Context(), sentence)
	http.Redirect(w, r, target, http.StatusSeeOther)
	return nil
}

// showPersonal shows a page that is one form about the person.
func (p *Portal) showPersonal(w http.ResponseWriter, r *http.Request, u account.User, title string, f *form) error {
	return p.Show(w, r, f.Status(), "personal", member.Page{Title: title, Section: "account", User: &u, Failed: f.Failed(), Main: f})
}

func changeEmailForm() *form {
	email := emailField()
	email.Label, email.Autocomplete = "New email address", "email"
	return &form{Action: "/employer/account/email", Submit: "Send the link", Fields: []*field{email, personal.PresentPassword()}}
}

func (p *Portal) showChangeEmail(w http.ResponseWriter, r *http.Request, u account.User) error {
	return p.showPersonal(w, r, u, "Change your email address", changeEmailForm())
}

// askForAddress sends a link to the new address. Whether somebody else has it, only the email tells.
func (p *Portal) askForAddress(w http.ResponseWriter, r *http.Request, u account.User) error {
	f := changeEmailForm()
	if err := f.Read(r); err != nil {
		return err
	}
	email, problem, bad := board.CheckEmail("email", f.Field("email").Value)
	if bad {
		f.BlameFields([]board.FieldError{problem})
	}
	if err := p.personal.CheckPassword(r, u, f, "presentPassword"); err != nil {
		return err
	}
	if !f.Failed() {
		if err := p.Store.Accounts.AskForAddress(r.Context(), u.EmployerID, u.ID, email, p.PublicURL); err != nil && !f.Blame(err) {
			return err
		}
	}
	if f.Failed() {
		return p.showPersonal(w, r, u, "Change your email address", f)
	}
	return p.back(w, r, nil, "/employer/account", "We have sent an email to "+email+". Your address changes when you open the link in it.")
}

func (p *Portal) askToConfirm(w http.ResponseWriter, r *http.Request, u account.User) error {
	err := p.Store.Accounts.AskToConfirm(r.Context(), u.EmployerID, u.ID, p.PublicURL)
	return p.back(w, r, err, "/employer/account", "We have sent another email to "+u.Email+". If it does not arrive, look into the folder for spam, or change your address.")
}
