package portal

import (
	"net/http"
	"net/url"

	"itmanagerjobs/server/personal"
	"itmanagerjobs/server/portal/member"
	"itmanagerjobs/server/session"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
)

func forgotForm() *form {
	return &form{Action: "/employer/forgot", Submit: "Send the link", Fields: []*field{emailField()}}
}

func (p *Portal) showForgot(w http.ResponseWriter, r *http.Request) error {
	return p.showForm(w, r, "forgot", "Forgot your password?", forgotForm())
}

// forgot answers a known and an unknown address alike; the email tells.
func (p *Portal) forgot(w http.ResponseWriter, r *http.Request) error {
	f := forgotForm()
	if err := f.Read(r); err != nil {
		return err
	}
	email, problem, bad := board.CheckEmail("email", f.Field("email").Value)
	if bad {
		f.BlameFields([]board.FieldError{problem})
	} else if err := p.Store.Accounts.CountReset(r.Context(), session.CallerAddress(r)); err != nil && !f.Blame(err) {
		return err
	}
	if f.Failed() {
		return p.showForm(w, r, "forgot", "Forgot your password?", f)
	}
	if err := p.Store.Accounts.AskForReset(r.Context(), email, p.PublicURL); err != nil {
		return err
	}
	return p.Show(w, r, http.StatusOK, "sent", member.Page{Title: "Look into your mailbox", Main: email})
}

func resetForm(token string) *form {
	return &form{Action: "/employer/reset/" + url.PathEscape(token), Submit: "Set the new password", Fields: []*field{personal.NewPassword()}}
}

func (p *Portal) showReset(w http.ResponseWriter, r *http.Request) error {
	token := r.PathValue("token")
	u, err := p.Store.Accounts.Forgetful(r.Context(), token)
	if err != nil {
		return err
	}
	return p.showResetForm(w, r, u, resetForm(token))
}

func (p *Portal) showResetForm(w http.ResponseWriter, r *http.Request, u account.User, f *form) error {
	return p.Show(w, r, f.Status(), "reset", member.Page{Title: "Set a new password", Failed: f.Failed(), Main: confirmation{f, u.Email}})
}

// reset does not sign in: the link alone must not be enough for somebody who has more than a password.
func (p *Portal) reset(w http.ResponseWriter, r *http.Request) error {
	token := r.PathValue("token")
	f := resetForm(token)
	if err := f.Read(r); err != nil {
		return err
	}
	u, err := p.Store.Accounts.Forgetful(r.Context(), token)
	if err != nil {
		return err
	}
	password := r.PostForm.Get("password")
	f.BlameFields(board.ValidatePassword(password, u.Email))
	if f.Failed() {
		return p.showResetForm(w, r, u, f)
	}
	hash, err := p.passwords.Hash(r.Context(), password)
	if err != nil {
		return err
	}
	if _, err := p.Store.Accounts.Reset(r.Context(), token, hash); err != nil {
		return err
	}
	// The session of this browser, too: it may be somebody else's.
	if err := p.Sessions.Destroy(r.Context()); err != nil {
		return err
	}
	target := "/employer/sign-in"
	if u.Role == board.RolePlatformReviewer {
		target = "/platform/sign-in"
	}
	http.Redirect(w, r, target+"?done=reset", http.StatusSeeOther)
	return nil
}

// addressChange is the main part of the page on which another address is confirmed.
type addressChange struct {
	*form

	Email, NewEmail string
}

func (p *Portal) showNewAddress(w http.ResponseWriter, r *http.Request) error {
	token := r.PathValue("token")
	u, email, err := p.Store.Accounts.AddressChange(r.Context(), token)
	if err != nil {
		return err
	}
	f := &form{Action: "/employer/address/" + url.PathEscape(token), Submit: "Use this address from now on"}
	return p.Show(w, r, http.StatusOK, "address", member.Page{Title: "Confirm your new email address", Main: addressChange{f, u.Email, email}})
}

// changeAddress needs no session: who has asked for the change has given the password then.
func (p *Portal) changeAddress(w http.ResponseWriter, r *http.Request) error {
	u, err := p.Store.Accounts.ChangeAddress(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	if session.VisitorOf(r.Context()).UserID == u.ID {
		p.Tell(r.Context(), "Your email address is now "+u.Email+". Sign in with it from now on.")
		http.Redirect(w, r, "/employer/account", http.StatusSeeOther)
		return nil
	}
	http.Redirect(w, r, "/employer/sign-in?done=address", http.StatusSeeOther)
	return nil
}
