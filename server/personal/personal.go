// Package personal is the pages of somebody's own account, which are the same in the portal and at the desk: the second factor
// after the password, signing in with a passkey, the proof that is asked for anew, the password, the app, passkeys, recovery
// codes and sessions.
//
// It knows no right and no employer: the site says who may come in, and shows the pages in its frame. Each change leaves an
// entry in an audit log under the action of its route, which the site sees to.
package personal

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"net/http"
	"time"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/server/session"
	"itmanagerjobs/store"
	"itmanagerjobs/store/account"
)

// The parts of a form, as these pages build them.
type (
	form  = pages.Form
	field = pages.Field
)

//go:embed templates/*.html
var files embed.FS

// Templates are those of the pages, which the site adds to its own; they need no functions.
func Templates() fs.FS { return files }

// Handler answers a request of somebody who is signed in.
type Handler func(w http.ResponseWriter, r *http.Request, u account.User) error

// Proof says whether somebody must show anew who it is, unless that was done a short time ago.
type Proof int

// What a route asks for.
const (
	// NoProof asks for nothing.
	NoProof Proof = iota
	// SecondFactor asks those who have a second factor for it.
	SecondFactor
	// Always asks for the second factor, and those who have none for the password.
	Always
)

// Route is a page for somebody who is signed in. Action is what the audit log calls it when a form is sent; it is empty for a page
// that only shows something.
type Route struct {
	Action  string
	Proof   Proof
	Handler Handler
}

// Page is what the site shows in its frame. User is nil for somebody who is not signed in, or not yet.
type Page struct {
	Title  string
	User   *account.User
	Status int
	// Template is the name of the template of the main part.
	Template string
	Failed   bool
	Main     any
}

// Config is what Pages need. Every field is required but the last two.
type Config struct {
	Store     *store.Store
	Now       func() time.Time
	PublicURL string
	// Root is the address that the pages are below, such as "/employer".
	Root      string
	Sessions  *session.Sessions
	Passwords *session.Passwords
	Show      func(w http.ResponseWriter, r *http.Request, pg Page) error
	// Admits tells whether somebody belongs to the site; those who do not are answered as somebody who is not known.
	Admits func(u account.User) bool
	// SignIn starts the session of somebody who has shown everything, and notes it.
	SignIn func(r *http.Request, u account.User) error
	// Local is a page of the site to go to: what came with the request when it is one, else the first page.
	Local func(target string) string
	// Keep leaves for a page what was typed into its form; PageOfForm is the page.
	Keep       func(r *http.Request, page, kept string)
	PageOfForm func(r *http.Request) string
	// Check refuses a form before it is kept; nil for nothing.
	Check func(r *http.Request, u account.User) error
	// About completes the page of the account; nil for nothing.
	About func(r *http.Request, u account.User) (About, error)
}

// About is what only this site has on the page of the account.
type About struct {
	// Facts are shown about the person.
	Facts []Fact
	// Actions are ways to change something, beside those that every account has.
	Actions []pages.Action
	// Tables follow the sessions; each has a heading.
	Tables []Listed
}

// Fact is a name with its value.
type Fact struct {
	Name, Value string
	Tags        []pages.Tag
}

// Listed is a table under a heading.
type Listed struct {
	Title, Text string
	Table       *pages.Table
	Actions     []pages.Action
}

// Pages are those of one site. They are safe for concurrent use, and keep nothing.
type Pages struct {
	Config

	party account.RelyingParty
}

// New makes the pages. Its errors are faults of the program or of the public URL.
func New(c Config) (*Pages, error) {
	party, err := account.NewRelyingParty(c.PublicURL)
	if err != nil {
		return nil, err
	}
	return &Pages{Config: c, party: party}, nil
}

// Passkeys tells whether people can use passkeys at the public address.
func (p *Pages) Passkeys() bool { return p.party.Available() }

// Public are the routes for people who are not signed in, or not yet.
func (p *Pages) Public() map[string]session.Handler {
	return map[string]session.Handler{
		"GET " + p.Root + "/sign-in/code":     p.showSignInCode,
		"POST " + p.Root + "/sign-in/code":    p.signInWithCode,
		"GET " + p.Root + "/sign-in/passkey":  p.showSignInPasskey,
		"POST " + p.Root + "/sign-in/passkey": p.signInWithPasskey,
	}
}

// Routes are those for people who are signed in.
func (p *Pages) Routes() map[string]Route {
	at := p.Root + "/account"
	return map[string]Route{
		"GET " + at:                            {"", NoProof, p.showAccount},
		"POST " + at:                           {"renameUser", NoProof, p.rename},
		"GET " + at + "/password":              {"", NoProof, p.showChangePassword},
		"POST " + at + "/password":             {"changePassword", NoProof, p.changePassword},
		"POST " + at + "/sessions/end":         {"endSessions", NoProof, p.endSessions},
		"POST " + at + "/sessions/{id}/end":    {"endSession", NoProof, p.endSession},
		"GET " + at + "/prove":                 {"", NoProof, p.showProve},
		"POST " + at + "/prove":                {"proveSecondFactor", NoProof, p.prove},
		"GET " + at + "/second-factor":         {"", NoProof, p.showSecondFactor},
		"POST " + at + "/second-factor":        {"beginSecondFactor", SecondFactor, p.beginSecondFactor},
		"GET " + at + "/second-factor/app":     {"", NoProof, p.showApp},
		"POST " + at + "/second-factor/app":    {"confirmSecondFactor", NoProof, p.confirmApp},
		"POST " + at + "/second-factor/off":    {"dropSecondFactor", SecondFactor, p.dropApp},
		"GET " + at + "/passkeys/new":          {"", Always, p.showNewPasskey},
		"POST " + at + "/passkeys":             {"createPasskey", Always, p.createPasskey},
		"POST " + at + "/passkeys/{id}":        {"renamePasskey", NoProof, p.renamePasskey},
		"GET " + at + "/passkeys/{id}":         {"", NoProof, p.showPasskey},
		"GET " + at + "/second-factor/app.png": {"", NoProof, p.showAppPicture},
		"POST " + at + "/second-factor/codes":  {"newRecoveryCodes", SecondFactor, p.newRecoveryCodes},
		"POST " + at + "/passkeys/{id}/remove": {"removePasskey", SecondFactor, p.removePasskey},
	}
}

// Asks tells whether somebody must show anew who it is before a page with that proof.
func (p *Pages) Asks(ctx context.Context, u account.User, proof Proof) bool {
	return (proof == Always || proof == SecondFactor && u.SecondFactor) && !p.proved(ctx)
}

// sheet is a page of a few forms and little else.
type sheet struct {
	Back  *pages.Link
	Title string
	Text  string
	Parts []*part
	// After are links below the forms.
	After []pages.Link
}

// part is a form, under a heading unless that is empty.
type part struct {
	Title, Text string
	Form        *form
	Actions     []pages.Action
}

func (p *Pages) showSheet(w http.ResponseWriter, r *http.Request, u *account.User, s *sheet) error {
	pg := Page{Title: s.Title, User: u, Status: http.StatusOK, Template: "own-sheet", Main: s}
	for _, part := range s.Parts {
		if part.Form != nil && part.Form.Failed() {
			pg.Failed, pg.Status = true, part.Form.Status()
		}
	}
	return p.Show(w, r, pg)
}

// back tells what was done and leads to a page, unless it failed.
func (p *Pages) back(w http.ResponseWriter, r *http.Request, err error, target, sentence string) error {
	if err != nil {
		return err
	}
	p.Sessions.Tell(r.Context(), sentence)
	http.Redirect(w, r, target, http.StatusSeeOther)
	return nil
}

func (p *Pages) account(below string) string { return p.Root + "/account" + below }

func (p *Pages) toAccount() *pages.Link {
	return &pages.Link{Text: "Your account", Path: p.account("")}
}

func redirectUnless(err error, w http.ResponseWriter, r *http.Request, target string) error {
	if err == nil {
		http.Redirect(w, r, target, http.StatusSeeOther)
	}
	return err
}

// startAnew gives a session whose user has changed what signs in another token; all others have ended.
func (p *Pages) startAnew(r *http.Request, u account.User) error {
	if err := p.Sessions.Start(r.Context(), u); err != nil {
		return fmt.Errorf("start the session anew: %w", err)
	}
	return nil
}
