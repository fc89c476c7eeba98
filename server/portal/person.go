package portal

import (
	"fmt"
	"net/http"
	"strconv"

	"itmanagerjobs/server/portal/member"
	"itmanagerjobs/server/session"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
)

// person is the main part of the page "Your account".
type person struct {
	*form

	Confirmed bool
	Email     string
	Sessions  []account.OpenSession
}

func personForm(u account.User) *form {
	name := nameField()
	name.Value = u.Name
	return &form{Action: "/employer/account", Submit: "Save", Fields: []*field{name}}
}

func (p *Portal) showPerson(w http.ResponseWriter, r *http.Request, u account.User) error {
	return p.showPersonForm(w, r, u, personForm(u))
}

func (p *Portal) showPersonForm(w http.ResponseWriter, r *http.Request, u account.User, f *form) error {
	sessions, err := p.Store.Accounts.Sessions(r.Context(), u.ID, session.VisitorOf(r.Context()).Token)
	if err != nil {
		return err
	}
	return p.Show(w, r, f.Status(), "person", member.Page{Title: "Your account", Section: "account", User: &u, Failed: f.Failed(), Main: person{
		form: f, Confirmed: u.Confirmed, Email: u.Email, Sessions: sessions,
	}})
}

func (p *Portal) rename(w http.ResponseWriter, r *http.Request, u account.User) error {
	f := personForm(u)
	if err := f.Read(r); err != nil {
		return err
	}
	err := p.Store.Accounts.RenameUser(r.Context(), u.EmployerID, u.ID, f.Field("name").Value)
	if f.Blame(err) {
		return p.showPersonForm(w, r, u, f)
	}
	return p.back(w, r, err, "/employer/account", "Your name is saved.")
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

func presentPassword() *field {
	return &field{ID: "presentPassword", Label: "Your present password", Kind: "password", Autocomplete: "current-password"}
}

func changePasswordForm() *form {
	next := newPasswordField()
	next.Label = "New password"
	return &form{Action: "/employer/account/password", Submit: "Change password", Fields: []*field{presentPassword(), next}}
}

func (p *Portal) showChangePassword(w http.ResponseWriter, r *http.Request, u account.User) error {
	return p.showPersonal(w, r, u, "Change your password", changePasswordForm())
}

// showPersonal shows a page that is one form about the person.
func (p *Portal) showPersonal(w http.ResponseWriter, r *http.Request, u account.User, title string, f *form) error {
	return p.Show(w, r, f.Status(), "personal", member.Page{Title: title, Section: "account", User: &u, Failed: f.Failed(), Main: f})
}

// changePassword ends all sessions but this one, which gets another token.
func (p *Portal) changePassword(w http.ResponseWriter, r *http.Request, u account.User) error {
	f := changePasswordForm()
	if err := f.Read(r); err != nil {
		return err
	}
	password := r.PostForm.Get("password")
	f.BlameFields(board.ValidatePassword(password, u.Email))
	if err := p.checkPassword(r, u, f, "presentPassword"); err != nil {
		return err
	}
	if f.Failed() {
		return p.showPersonal(w, r, u, "Change your password", f)
	}
	hash, err := p.passwords.Hash(r.Context(), password)
	if err != nil {
		return err
	}
	if _, err := p.Store.Accounts.ChangePassword(r.Context(), u.ID, hash); err != nil {
		return err
	}
	return p.back(w, r, p.startSession(r.Context(), u), "/employer/account", "Your password is changed. Every other device is signed out.")
}

func changeEmailForm() *form {
	email := emailField()
	email.Label, email.Autocomplete = "New email address", "email"
	return &form{Action: "/employer/account/email", Submit: "Send the link", Fields: []*field{email, presentPassword()}}
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
	if err := p.checkPassword(r, u, f, "presentPassword"); err != nil {
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

func (p *Portal) endSession(w http.ResponseWriter, r *http.Request, u account.User) error {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return member.ErrNoPage
	}
	err = p.Store.Accounts.EndSessionOf(r.Context(), u.ID, id)
	return p.back(w, r, err, "/employer/account", "That device is signed out.")
}

func (p *Portal) endSessions(w http.ResponseWriter, r *http.Request, u account.User) error {
	if err := p.Store.Accounts.EndSessions(r.Context(), u.ID); err != nil {
		return err
	}
	if err := p.Sessions.Destroy(r.Context()); err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	http.Redirect(w, r, "/employer/sign-in?done=all", http.StatusSeeOther)
	return nil
}
