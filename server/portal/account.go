package portal

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"path"
	"strings"

	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
)

const (
	maxEmail   = board.MaxEmail
	maxCompany = 200
)

func passwordField(hint bool) *field {
	f := &field{ID: "password", Label: "Password", Kind: "password", Autocomplete: "current-password"}
	if hint {
		f.Autocomplete = "new-password"
		f.Hint = fmt.Sprintf("At least %d characters. A few words that you can remember are fine.", board.MinPassword)
	}
	return f
}

func emailField() *field {
	return &field{ID: "email", Label: "Email address", Kind: "email", Autocomplete: "username", MaxLength: maxEmail}
}

func signUpForm() *form {
	return &form{Action: "/employer/sign-up", Submit: "Create account", Fields: []*field{
		{ID: "company", Label: "Company name", Kind: "text", Autocomplete: "organization", MaxLength: maxCompany},
		emailField(), passwordField(true),
	}}
}

func (p *Portal) showSignUp(w http.ResponseWriter, r *http.Request) error {
	if _, found, err := p.currentUser(r.Context()); err != nil || found {
		return redirectUnless(err, w, r, "/employer")
	}
	return p.showForm(w, r, "sign-up", "Create an employer account", signUpForm())
}

// signUp makes an employer and its first admin: self-serve, without a card.
func (p *Portal) signUp(w http.ResponseWriter, r *http.Request) error {
	f := signUpForm()
	if err := f.Read(r); err != nil {
		return err
	}
	company, email, password := f.Field("company").Value, f.Field("email").Value, r.PostForm.Get("password")
	// The fields of a page have names that people understand; the store calls the company "name".
	for _, problem := range board.ValidateAccount(company, email) {
		if problem.Field == "name" {
			problem.Field = "company"
		}
		f.BlameFields([]board.FieldError{problem})
	}
	f.BlameFields(board.ValidatePassword(password, email))
	if f.Failed() {
		return p.showForm(w, r, "sign-up", "Create an employer account", f)
	}
	hash, err := p.hashPassword(r.Context(), password)
	if err != nil {
		return err
	}
	_, userID, err := p.store.Accounts.CreateEmployer(r.Context(), account.NewEmployer{Name: company, Email: email, PasswordHash: hash})
	if e, ok := errors.AsType[*board.Error](err); ok && e.Code == board.CodeConflict {
		f.Field("email").Error = "This email address has an account already. Sign in with it, or use another address."
		return p.showForm(w, r, "sign-up", "Create an employer account", f)
	}
	if err != nil {
		return err
	}
	if err := p.startSession(r.Context(), account.User{ID: userID}); err != nil {
		return err
	}
	p.tell(r.Context(), "Your account is ready. Create an API key to send your first request.")
	http.Redirect(w, r, "/employer", http.StatusSeeOther)
	return nil
}

func signInForm() *form {
	return &form{Action: "/employer/sign-in", Submit: "Sign in", Fields: []*field{emailField(), passwordField(false)}}
}

func (p *Portal) showSignIn(w http.ResponseWriter, r *http.Request) error {
	f := signInForm()
	f.Next = localPage(r.URL.Query().Get("next"))
	if _, found, err := p.currentUser(r.Context()); err != nil || found {
		return redirectUnless(err, w, r, f.Next)
	}
	return p.showForm(w, r, "sign-in", "Sign in", f)
}

// signIn answers an unknown address and a wrong password alike, in words and in time.
func (p *Portal) signIn(w http.ResponseWriter, r *http.Request) error {
	f := signInForm()
	if err := f.Read(r); err != nil {
		return err
	}
	f.Next = localPage(f.Next)
	email, password, ctx := f.Field("email").Value, r.PostForm.Get("password"), r.Context()
	if strings.TrimSpace(email) == "" {
		f.Field("email").Error = "Enter your email address"
	}
	if password == "" {
		f.Field("password").Error = "Enter your password"
	}
	if f.Failed() {
		return p.showForm(w, r, "sign-in", "Sign in", f)
	}
	address := callerAddress(r)
	if err := p.store.Accounts.CountSignIn(ctx, email, address); err != nil {
		if f.Blame(err) {
			return p.showForm(w, r, "sign-in", "Sign in", f)
		}
		return err
	}
	u, hash, err := p.store.Accounts.UserByEmail(ctx, email)
	if e, ok := errors.AsType[*board.Error](err); err != nil && (!ok || e.Code != board.CodeNotFound) {
		return err
	}
	// An endless password would only cost time to hash.
	match := false
	if len(password) <= 4*board.MaxPassword {
		if match, err = p.passwordMatches(ctx, password, hash); err != nil {
			return err
		}
	}
	if !match {
		f.Problem = "The email address or the password is wrong."
		return p.showForm(w, r, "sign-in", "Sign in", f)
	}
	if err := p.store.Accounts.ForgiveSignIn(ctx, email, address); err != nil {
		return err
	}
	if err := p.startSession(ctx, u); err != nil {
		return err
	}
	http.Redirect(w, r, f.Next, http.StatusSeeOther)
	return nil
}

func (p *Portal) signOut(w http.ResponseWriter, r *http.Request) error {
	if err := p.sessions.Destroy(r.Context()); err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	http.Redirect(w, r, "/employer/sign-in", http.StatusSeeOther)
	return nil
}

func invitationForm(token string) *form {
	return &form{Action: "/employer/invitation/" + url.PathEscape(token), Submit: "Set password and sign in", Fields: []*field{passwordField(true)}}
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
	u, err := p.store.Accounts.Invitation(r.Context(), token)
	if err != nil {
		return err
	}
	e, err := p.store.Accounts.Employer(r.Context(), u.EmployerID)
	if err != nil {
		return err
	}
	return p.show(w, r, f.Status(), "invitation", page{
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
	u, err := p.store.Accounts.Invitation(r.Context(), token)
	if err != nil {
		return err
	}
	password := r.PostForm.Get("password")
	f.BlameFields(board.ValidatePassword(password, u.Email))
	if f.Failed() {
		return p.showInvited(w, r, token, f)
	}
	hash, err := p.hashPassword(r.Context(), password)
	if err != nil {
		return err
	}
	if u, err = p.store.Accounts.AcceptInvitation(r.Context(), token, hash); err != nil {
		return err
	}
	if err := p.startSession(r.Context(), u); err != nil {
		return err
	}
	p.tell(r.Context(), "Welcome. Your password is set and you are signed in.")
	http.Redirect(w, r, "/employer", http.StatusSeeOther)
	return nil
}

// showForm shows a page that is a form and little else, to somebody who is not signed in.
func (p *Portal) showForm(w http.ResponseWriter, r *http.Request, name, title string, f *form) error {
	return p.show(w, r, f.Status(), name, page{Title: title, Failed: f.Failed(), Main: f})
}

func redirectUnless(err error, w http.ResponseWriter, r *http.Request, target string) error {
	if err == nil {
		http.Redirect(w, r, target, http.StatusSeeOther)
	}
	return err
}

// localPage is a page of the portal to go to: what came with the request when it is one, else the overview. Another
// site must not be able to send people through our sign-in to a page of its own.
func localPage(target string) string {
	u, err := url.Parse(target)
	if err != nil || u.IsAbs() || u.Host != "" || u.Path != path.Clean(u.Path) || !strings.HasPrefix(u.Path, "/employer/") {
		return "/employer"
	}
	return u.EscapedPath()
}

// callerAddress is the one of the connection: a header that anyone can write is not believed.
func callerAddress(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
