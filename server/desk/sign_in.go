package desk

import (
	"fmt"
	"net/http"
	"net/url"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/server/session"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
)

// reviewerHandler answers a request of a reviewer who is signed in.
type reviewerHandler func(w http.ResponseWriter, r *http.Request, u account.User) error

// reviewer lets in reviewers alone, by the rights of this moment; others are sent to sign in, and then back.
func (d *Desk) reviewer(h reviewerHandler) session.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		u, found, err := d.sessions.User(r.Context())
		switch {
		case err != nil:
			return err
		case !found:
			return d.askToSignIn(w, r)
		case !u.Role.May(board.RightReviewKeys):
			return board.Errorf(board.CodeInsufficientScope, "These pages are for the people who run the platform. Your account is one of an employer: go to the employer portal.")
		}
		return h(w, r, u)
	}
}

// askToSignIn sends a reviewer to sign in, and then back to the page. A form that was sent is answered with the page to sign in at
// once, which carries what was typed along.
func (d *Desk) askToSignIn(w http.ResponseWriter, r *http.Request) error {
	if r.Method == http.MethodPost {
		f := signInForm()
		if err := (&form{}).Read(r); err != nil {
			return err
		}
		f.Next, f.Field("kept").Value = d.pageOfForm(r), session.KeptOf(r)
		return d.showSignInForm(w, r, f, "You were signed out meanwhile, and nothing was changed. Sign in to find what you typed where you typed it.")
	}
	target := "/platform/sign-in"
	if r.URL.Path != "/platform" {
		target += "?next=" + url.QueryEscape(r.URL.RequestURI())
	}
	http.Redirect(w, r, target, http.StatusSeeOther)
	return nil
}

func signInForm() *form {
	return &form{Action: "/platform/sign-in", Submit: "Sign in", Fields: []*field{
		{ID: "email", Label: "Email address", Kind: "email", Autocomplete: "username", MaxLength: board.MaxEmail},
		{ID: "password", Label: "Password", Kind: "password", Autocomplete: "current-password"},
		{ID: "kept", Kind: "hidden", MaxLength: session.MaxKept},
	}}
}

// signInPage is the main part of the page to sign in.
type signInPage struct {
	Form *form
	// Passkeys tells that there is another way.
	Passkeys bool
}

func (d *Desk) showSignIn(w http.ResponseWriter, r *http.Request) error {
	f := signInForm()
	f.Next = pages.LocalTarget(r.URL.Query().Get("next"), "/platform")
	notice := ""
	switch r.URL.Query().Get("done") {
	case "all":
		notice = "You are signed out on every device."
	case "reset":
		notice = "Your password is changed, and every device is signed out. Sign in with the new one."
	}
	return d.showSignInForm(w, r, f, notice)
}

func (d *Desk) showSignInForm(w http.ResponseWriter, r *http.Request, f *form, notice string) error {
	pg := page{Title: "Sign in", Notice: notice, Failed: f.Failed(), Main: signInPage{f, d.personal.Passkeys()}}
	return d.render(w, r, f.Status(), "sign-in", pg)
}

func (d *Desk) signIn(w http.ResponseWriter, r *http.Request) error {
	f := signInForm()
	const wrong = "The email address or the password is wrong, or the account is none of the platform."
	return d.personal.SignInByPassword(w, r, f, wrong, func() error { return d.showSignInForm(w, r, f, "") })
}

func (d *Desk) signOut(w http.ResponseWriter, r *http.Request) error {
	if err := d.sessions.Destroy(r.Context()); err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	http.Redirect(w, r, "/platform/sign-in", http.StatusSeeOther)
	return nil
}
