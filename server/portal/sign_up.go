package portal

import (
	"net/http"
	"net/url"
	"strings"

	"itmanagerjobs/server/personal"
	"itmanagerjobs/server/portal/member"
	"itmanagerjobs/server/session"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
)

const (
	maxEmail   = board.MaxEmail
	maxCompany = 200
	maxName    = 100
)

func passwordField() *field {
	return &field{ID: "password", Label: "Password", Kind: "password", Autocomplete: "current-password"}
}

func emailField() *field {
	return &field{ID: "email", Label: "Email address", Kind: "email", Autocomplete: "username", MaxLength: maxEmail, Says: map[string]string{
		board.FieldInvalidFormat: "Enter an email address such as jobs@example.com", board.FieldTooLong: "Enter a shorter email address",
		board.FieldInvalid: "This is your email address already",
	}}
}

func nameField() *field {
	return &field{ID: "name", Label: "Your name", Kind: "text", Autocomplete: "name", MaxLength: maxName, Says: personal.NameSays}
}

func signUpForm() *form {
	return &form{Action: "/employer/sign-up", Submit: "Create account", Fields: []*field{
		{ID: "company", Label: "Company name", Kind: "text", Autocomplete: "organization", MaxLength: maxCompany, Says: map[string]string{
			board.FieldTooShort: "Enter the name of your company", board.FieldTooLong: "Enter a shorter name of your company",
			board.FieldInvalidFormat: "Enter the name of your company, in letters that can be seen",
		}},
		nameField(), emailField(), personal.NewPassword(),
	}}
}

func (p *Portal) showSignUp(w http.ResponseWriter, r *http.Request) error {
	if _, found, err := p.currentUser(r.Context()); err != nil || found {
		return redirectUnless(err, w, r, "/employer")
	}
	f := signUpForm()
	if id, found := p.pending(r.Context()); found {
		f.Field("name").Value, f.Field("email").Value = id.Name, id.Email
		return p.Show(w, r, http.StatusOK, "sign-up", member.Page{Title: "Create an employer account", Main: f, Notice: p.provider.Name +
			" has let you in, and there is no account that it is connected with. Create one here; or sign in with your password and connect it under “Your account”."})
	}
	return p.showForm(w, r, "sign-up", "Create an employer account", f)
}

// signUp makes an employer and its first admin: self-serve, without a card. It signs the person in, also with an address
// that has an account already: only the email to it tells.
func (p *Portal) signUp(w http.ResponseWriter, r *http.Request) error {
	if _, found, err := p.currentUser(r.Context()); err != nil || found {
		return redirectUnless(err, w, r, "/employer") // the page with the first key was loaded again
	}
	f := signUpForm()
	if err := f.Read(r); err != nil {
		return err
	}
	company, name, email, password := f.Field("company").Value, f.Field("name").Value, f.Field("email").Value, r.PostForm.Get("password")
	f.BlameFields(board.ValidateSignUp(company, name, email))
	f.BlameFields(board.ValidatePassword(password, email))
	if !f.Failed() {
		// Before the password is hashed, which is the work that somebody could want to cause.
		if err := p.Store.Accounts.CountSignUp(r.Context(), session.CallerAddress(r)); err != nil && !f.Blame(err) {
			return err
		}
	}
	if f.Failed() {
		return p.showForm(w, r, "sign-up", "Create an employer account", f)
	}
	hash, err := p.passwords.Hash(r.Context(), password)
	if err != nil {
		return err
	}
	made, err := p.Store.Accounts.SignUp(r.Context(), account.SignUp{
		Company: company, Email: email, Name: name, PasswordHash: hash, PublicURL: p.PublicURL,
	})
	if err != nil {
		return err
	}
	p.Sessions.Put(r.Context(), sessionLinks, made.User.ID)
	if err := p.startSession(r.Context(), made.User); err != nil {
		return err
	}
	return p.developers.ShowFirstKey(w, r, made)
}

// confirmation is the main part of the page on which an address is confirmed.
type confirmation struct {
	*form

	Email string
}

// confirmForm asks for the password unless the user is signed in.
func (p *Portal) confirmForm(r *http.Request, token string, u account.User) *form {
	f := &form{Action: "/employer/confirm/" + url.PathEscape(token), Submit: "Confirm this address"}
	if session.VisitorOf(r.Context()).UserID != u.ID {
		f.Fields = append(f.Fields, passwordField())
	}
	return f
}

// showConfirm has a button: programs that look into emails open links, too.
func (p *Portal) showConfirm(w http.ResponseWriter, r *http.Request) error {
	token := r.PathValue("token")
	u, err := p.Store.Accounts.Unconfirmed(r.Context(), token)
	if err != nil {
		return err
	}
	return p.showConfirmForm(w, r, u, p.confirmForm(r, token, u))
}

func (p *Portal) showConfirmForm(w http.ResponseWriter, r *http.Request, u account.User, f *form) error {
	return p.Show(w, r, f.Status(), "confirm", member.Page{Title: "Confirm your email address", Failed: f.Failed(), Main: confirmation{f, u.Email}})
}

// confirm is for the user alone: else somebody could sign up with the address of another person, who then opens the link.
func (p *Portal) confirm(w http.ResponseWriter, r *http.Request) error {
	token := r.PathValue("token")
	u, err := p.Store.Accounts.Unconfirmed(r.Context(), token)
	if err != nil {
		return err
	}
	f := p.confirmForm(r, token, u)
	if err := f.Read(r); err != nil {
		return err
	}
	signedIn := len(f.Fields) == 0
	if !signedIn {
		if err := p.personal.CheckPassword(r, u, f, "password"); err != nil {
			return err
		}
	}
	if f.Failed() {
		return p.showConfirmForm(w, r, u, f)
	}
	if _, err := p.Store.Accounts.Confirm(r.Context(), token); err != nil {
		return err
	}
	if !signedIn {
		http.Redirect(w, r, "/employer/sign-in?done=confirmed", http.StatusSeeOther)
		return nil
	}
	return p.back(w, r, nil, "/employer", "Your email address is confirmed.")
}

func invitationForm(token string) *form {
	return &form{Action: "/employer/invitation/" + url.PathEscape(token), Submit: "Set password and sign in", Fields: []*field{nameField(), personal.NewPassword()}}
}

// invited is the main part of the page on which an invitation is accepted.
type invited struct {
	*form

	Email    string
	Role     board.Role
	Employer string
}

func (p *Portal) showInvitation(w http.ResponseWriter, r *http.Request) error {
	token := r.PathValue("token")
	return p.showInvited(w, r, token, invitationForm(token))
}

func (p *Portal) showInvited(w http.ResponseWriter, r *http.Request, token string, f *form) error {
	u, err := p.Store.Accounts.Invitation(r.Context(), token)
	if err != nil {
		return err
	}
	e, err := p.Store.Accounts.Employer(r.Context(), u.EmployerID)
	if err != nil {
		return err
	}
	return p.Show(w, r, f.Status(), "invitation", member.Page{
		Title: "Join " + e.Name, Failed: f.Failed(), Main: invited{form: f, Email: u.Email, Role: u.Role, Employer: e.Name},
	})
}

func (p *Portal) acceptInvitation(w http.ResponseWriter, r *http.Request) error {
	token := r.PathValue("token")
	f := invitationForm(token)
	if err := f.Read(r); err != nil {
		return err
	}
	// First of all, so that nobody without an invitation has a password hashed.
	u, err := p.Store.Accounts.Invitation(r.Context(), token)
	if err != nil {
		return err
	}
	password := r.PostForm.Get("password")
	f.BlameFields(board.ValidatePassword(password, u.Email))
	if _, problem, bad := board.CheckPersonName("name", f.Field("name").Value); bad {
		f.BlameFields([]board.FieldError{problem})
	}
	if f.Failed() {
		return p.showInvited(w, r, token, f)
	}
	hash, err := p.passwords.Hash(r.Context(), password)
	if err != nil {
		return err
	}
	u, err = p.Store.Accounts.AcceptInvitation(r.Context(), account.Acceptance{
		Token: token, Name: strings.TrimSpace(f.Field("name").Value), PasswordHash: hash, PublicURL: p.PublicURL,
	})
	if err != nil {
		return err
	}
	if err := p.startSession(r.Context(), u); err != nil {
		return err
	}
	p.Tell(r.Context(), "Welcome. Your password is set and you are signed in.")
	http.Redirect(w, r, "/employer", http.StatusSeeOther)
	return nil
}
