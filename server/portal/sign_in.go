package portal

import (
	"fmt"
	"net/http"
	"net/url"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/server/portal/member"
	"itmanagerjobs/server/session"
)

func signInForm() *form {
	return &form{Action: "/employer/sign-in", Submit: "Sign in", Fields: []*field{emailField(), passwordField(), {ID: "kept", Kind: "hidden"}}}
}

// What the page to sign in says to somebody who comes from elsewhere, by the parameter "done".
var signInNotices = map[string]string{
	"confirmed": "Your email address is confirmed. Sign in with it.",
	"reset":     "Your password is changed, and every device is signed out. Sign in with the new one.",
	"address":   "Your email address is changed. Sign in with the new one from now on.",
	"all":       "You are signed out on every device.",
}

func (p *Portal) showSignIn(w http.ResponseWriter, r *http.Request) error {
	f := signInForm()
	f.Next = localPage(r.URL.Query().Get("next"))
	if _, found, err := p.currentUser(r.Context()); err != nil || found {
		return redirectUnless(err, w, r, f.Next)
	}
	return p.showSignInForm(w, r, f, signInNotices[r.URL.Query().Get("done")])
}

// signInPage is the main part of the page to sign in.
type signInPage struct {
	Form *form
	// Ways are others to sign in.
	Ways []pages.Link
}

func (p *Portal) showSignInForm(w http.ResponseWriter, r *http.Request, f *form, notice string) error {
	main := signInPage{Form: f}
	next := ""
	if f.Next != "" && f.Next != "/employer" {
		next = "?next=" + url.QueryEscape(f.Next)
	}
	if p.personal.Passkeys() {
		main.Ways = append(main.Ways, pages.Link{Text: "Sign in with a passkey", Path: "/employer/sign-in/passkey" + next})
	}
	if p.provider != nil {
		main.Ways = append(main.Ways, pages.Link{Text: "Sign in with " + p.provider.Name, Path: providerPath + next})
	}
	return p.Show(w, r, f.Status(), "sign-in", member.Page{Title: "Sign in", Notice: notice, Failed: f.Failed(), Main: main})
}

func (p *Portal) signIn(w http.ResponseWriter, r *http.Request) error {
	f := signInForm()
	return p.personal.SignInByPassword(w, r, f, "The email address or the password is wrong.", func() error { return p.showSignInForm(w, r, f, "") })
}

func (p *Portal) signOut(w http.ResponseWriter, r *http.Request) error {
	u, found, err := p.currentUser(r.Context())
	if err != nil {
		return err
	}
	if found {
		if err := p.Store.Accounts.SignedOut(r.Context(), u, session.VisitorOf(r.Context()).Token); err != nil {
			return err
		}
	}
	if err := p.Sessions.Destroy(r.Context()); err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	http.Redirect(w, r, "/employer/sign-in", http.StatusSeeOther)
	return nil
}

// showForm shows a page that is a form and little else, to somebody who is not signed in.
func (p *Portal) showForm(w http.ResponseWriter, r *http.Request, name, title string, f *form) error {
	return p.showMain(w, r, f, name, title, f)
}

// showMain shows a page whose main part has a form.
func (p *Portal) showMain(w http.ResponseWriter, r *http.Request, f *form, name, title string, main any) error {
	return p.Show(w, r, f.Status(), name, member.Page{Title: title, Failed: f.Failed(), Main: main})
}

func redirectUnless(err error, w http.ResponseWriter, r *http.Request, target string) error {
	if err == nil {
		http.Redirect(w, r, target, http.StatusSeeOther) //nolint:gosec // the addresses are paths of the portal
	}
	return err
}

// localPage is a page of the portal to go to: what came with the request when it is one, else the overview.
func localPage(target string) string { return pages.LocalTarget(target, "/employer") }
