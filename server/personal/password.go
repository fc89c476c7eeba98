package personal

import (
	"fmt"
	"net/http"
	"strings"

	"itmanagerjobs/server/session"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
)

// PresentPassword is the field for the password that somebody has.
func PresentPassword() *field {
	return &field{ID: "presentPassword", Label: "Your present password", Kind: "password", Autocomplete: "current-password"}
}

// NewPassword is the field for a password that somebody chooses.
func NewPassword() *field {
	return &field{
		ID: "password", Label: "Password", Kind: "password", Autocomplete: "new-password",
		Hint: fmt.Sprintf("At least %d characters. A few words that you can remember are fine.", board.MinPassword),
		Says: map[string]string{
			board.FieldTooShort: fmt.Sprintf("Choose a password of at least %d characters", board.MinPassword),
			board.FieldTooLong:  fmt.Sprintf("Choose a password of at most %d characters", board.MaxPassword),
			board.FieldConflict: "Choose another password than your email address",
			board.FieldInvalid:  "Choose another password: this one is among those that are tried first, because many people have it",
		},
	}
}

func (p *Pages) changePasswordForm() *form {
	next := NewPassword()
	next.Label = "New password"
	return &form{Action: p.account("/password"), Submit: "Change password", Fields: []*field{PresentPassword(), next}}
}

func (p *Pages) showChangePassword(w http.ResponseWriter, r *http.Request, u account.User) error {
	return p.showPasswordForm(w, r, u, p.changePasswordForm())
}

func (p *Pages) showPasswordForm(w http.ResponseWriter, r *http.Request, u account.User, f *form) error {
	return p.showSheet(w, r, &u, &sheet{Back: p.toAccount(), Title: "Change your password", Parts: []*part{{Form: f}}})
}

// changePassword ends all sessions but this one, which gets another token.
func (p *Pages) changePassword(w http.ResponseWriter, r *http.Request, u account.User) error {
	f := p.changePasswordForm()
	if err := f.Read(r); err != nil {
		return err
	}
	password := r.PostForm.Get("password")
	f.BlameFields(board.ValidatePassword(password, u.Email))
	if err := p.CheckPassword(r, u, f, "presentPassword"); err != nil {
		return err
	}
	if f.Failed() {
		return p.showPasswordForm(w, r, u, f)
	}
	hash, err := p.Passwords.Hash(r.Context(), password)
	if err != nil {
		return err
	}
	if u, err = p.Store.Accounts.ChangePassword(r.Context(), u.ID, hash); err != nil {
		return err
	}
	return p.back(w, r, p.startAnew(r, u), p.account(""), "Your password is changed. Every other device is signed out.")
}

// SignInByPassword answers the form of the page to sign in, with the fields email, password and kept. wrong is what it says of an unknown
// address, a wrong password and somebody who does not belong to the site: alike, in words and in time. show shows the form again.
func (p *Pages) SignInByPassword(w http.ResponseWriter, r *http.Request, f *form, wrong string, show func() error) error {
	if err := f.Read(r); err != nil {
		return err
	}
	f.Next = p.Local(f.Next)
	email, password, ctx := f.Field("email").Value, r.PostForm.Get("password"), r.Context()
	if strings.TrimSpace(email) == "" {
		f.Field("email").Error = "Enter your email address"
	}
	if password == "" {
		f.Field("password").Error = "Enter your password"
	}
	if f.Failed() {
		return show()
	}
	if err := p.Store.Accounts.CountSignIn(ctx, email, session.CallerAddress(r)); err != nil {
		if f.Blame(err) {
			return show()
		}
		return err
	}
	u, match, err := p.Passwords.Find(ctx, p.Store, email, password)
	if err != nil {
		return err
	}
	if !match || !p.Admits(u) {
		f.Problem = wrong
		return show()
	}
	if u.SecondFactor {
		return p.HalfSignIn(w, r, u, f.Next, f.Text("kept"))
	}
	if err := p.SignIn(r, u); err != nil {
		return err
	}
	p.NoteProof(ctx)
	p.Keep(r, f.Next, f.Text("kept"))
	http.Redirect(w, r, f.Next, http.StatusSeeOther)
	return nil
}

// CheckPassword checks the password of a user who is known, within the limit of attempts to sign in, and notes in the form what
// is wrong.
func (p *Pages) CheckPassword(r *http.Request, u account.User, f *form, fieldID string) error {
	ctx, password, address := r.Context(), r.PostForm.Get(fieldID), session.CallerAddress(r)
	if password == "" {
		f.Field(fieldID).Error = "Enter your password"
		return nil
	}
	if err := p.Store.Accounts.CountSignIn(ctx, u.Email, address); err != nil {
		if f.Blame(err) {
			return nil
		}
		return err
	}
	hash, err := p.Store.Accounts.PasswordHash(ctx, u.ID)
	if err != nil {
		return err
	}
	match, err := p.Passwords.Match(ctx, password, hash)
	if err != nil {
		return err
	}
	if !match {
		f.Field(fieldID).Error = "This is not your password"
		return nil
	}
	return p.Store.Accounts.ForgiveSignIn(ctx, u.Email, address)
}
