package portal

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"itmanagerjobs/server/openid"
	"itmanagerjobs/server/pages"
	"itmanagerjobs/server/personal"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
)

const (
	// sessionAttempt is what the provider's answer is held against, for one answer.
	sessionAttempt = "provider-attempt"
	// sessionIdentity is whom the provider knows and no account does yet. sessionLinks is the user whose password was right, and
	// whom it signs in from now on when the second factor is right, too.
	sessionIdentity = "provider-identity"
	sessionLinks    = "provider-links"

	// attemptLasts is how long signing in at the provider may take, identityLasts how long finding the account may.
	attemptLasts  = 10 * time.Minute
	identityLasts = 10 * time.Minute

	providerPath = "/employer/sign-in/provider"
)

// providerRoutes are those for people who are not signed in, or not yet. There are none without a provider.
func (p *Portal) providerRoutes() map[string]func(http.ResponseWriter, *http.Request) error {
	if p.provider == nil {
		return nil
	}
	return map[string]func(http.ResponseWriter, *http.Request) error{
		"GET " + providerPath:               p.goToProvider,
		"GET " + providerPath + "/callback": p.comeFromProvider,
		"GET " + providerPath + "/link":     p.showLinkAccount,
		"POST " + providerPath + "/link":    p.linkAccount,
	}
}

// goToProvider sends somebody to the provider to sign in there.
func (p *Portal) goToProvider(w http.ResponseWriter, r *http.Request) error {
	next := localPage(r.URL.Query().Get("next"))
	if _, found, err := p.currentUser(r.Context()); err != nil || found {
		return redirectUnless(err, w, r, next)
	}
	address, err := p.beginAtProvider(r, 0, next)
	if err != nil {
		return p.providerFailed(w, r, err)
	}
	http.Redirect(w, r, address, http.StatusSeeOther)
	return nil
}

// connectProvider sends somebody to the provider who is signed in, so that the provider signs them in from then on. It is a link, for a form
// must not lead to another site; and a link on another site does not connect, which could have signed the browser in at the provider as
// somebody else before. It may come after the form in which somebody proves who it is.
func (p *Portal) connectProvider(w http.ResponseWriter, r *http.Request, u account.User) error {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "cross-site", "same-site":
		return p.back(w, r, nil, "/employer/account", "You came from another website, and nothing was changed. You can connect your account here.")
	}
	address, err := p.beginAtProvider(r, u.ID, "/employer/account")
	if err != nil {
		return p.providerFailed(w, r, err)
	}
	return p.showOnward(w, r, "On to "+p.provider.Name, pages.Link{Text: "Go on to " + p.provider.Name, Path: address})
}

// beginAtProvider notes in the session what the answer of the provider is held against, and gives the address to go to.
func (p *Portal) beginAtProvider(r *http.Request, userID int64, next string) (address string, err error) {
	address, attempt, err := p.provider.Begin(r.Context(), p.PublicURL+providerPath+"/callback")
	if err != nil {
		return "", err
	}
	p.Sessions.Put(r.Context(), sessionAttempt, url.Values{
		"state": {attempt.State}, "nonce": {attempt.Nonce}, "verifier": {attempt.Verifier}, "next": {next},
		"user": {strconv.FormatInt(userID, 10)}, "at": {strconv.FormatInt(p.Now().Unix(), 10)},
	}.Encode())
	return address, nil
}

// providerFailed leads back to the page to sign in, with what is wrong. What the provider says is for the log.
func (p *Portal) providerFailed(w http.ResponseWriter, r *http.Request, cause error) error {
	f := signInForm()
	f.Problem = p.provider.Name + " has not let you in. Try again, or sign in with your password."
	if errors.Is(cause, openid.ErrAway) {
		pages.VisitOf(r.Context()).Fault = cause
		f.Problem = p.provider.Name + " does not answer at the moment. Try again later, or sign in with your password."
	}
	return p.showSignInForm(w, r, f, "")
}

// since tells whether something that was noted at a time is not older than so long.
func (p *Portal) since(at string, lasts time.Duration) bool {
	seconds, err := strconv.ParseInt(at, 10, 64)
	return err == nil && p.Now().Sub(time.Unix(seconds, 0)) <= lasts
}

// comeFromProvider signs in whom the provider has let in and an account is connected with. Somebody whom no account is connected
// with proves to be the owner of the one that has the address, or makes one.
func (p *Portal) comeFromProvider(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	kept, err := url.ParseQuery(p.Sessions.PopString(ctx, sessionAttempt))
	if err != nil || !p.since(kept.Get("at"), attemptLasts) {
		return p.providerFailed(w, r, openid.ErrRefused)
	}
	attempt := openid.Attempt{State: kept.Get("state"), Nonce: kept.Get("nonce"), Verifier: kept.Get("verifier")}
	id, err := p.provider.Finish(ctx, attempt, p.PublicURL+providerPath+"/callback", r.URL.Query())
	if err != nil {
		return p.providerFailed(w, r, err)
	}
	present, signedIn, err := p.currentUser(ctx)
	if err != nil {
		return err
	}
	if connects := kept.Get("user"); connects != "0" {
		if !signedIn || connects != strconv.FormatInt(present.ID, 10) {
			return board.Errorf(board.CodeConflict, "You were signed out meanwhile, and nothing was changed. Sign in and connect your account again.")
		}
		err := p.Store.Accounts.LinkIdentity(ctx, present, id.Issuer, id.Subject, p.provider.Name)
		return p.back(w, r, err, "/employer/account", "Your account is connected with "+p.provider.Name+".")
	}
	u, found, err := p.Store.Accounts.UseIdentity(ctx, id.Issuer, id.Subject)
	switch {
	case err != nil:
		return err
	case found && u.EmployerID == 0:
		return p.providerFailed(w, r, openid.ErrRefused)
	case found:
		return p.enter(w, r, u, localPage(kept.Get("next")))
	}
	return p.findAccount(w, r, id)
}

// enter signs in somebody whose first factor was right. A provider replaces the password alone.
func (p *Portal) enter(w http.ResponseWriter, r *http.Request, u account.User, next string) error {
	if u.SecondFactor {
		return p.personal.HalfSignIn(w, r, u, next, "")
	}
	return redirectUnless(p.letIn(r, u), w, r, next)
}

// findAccount goes on with somebody whom no account is connected with. An account with the same address is never connected by
// itself: the provider must vouch for the address, and the owner of the account give its password, and the second factor.
func (p *Portal) findAccount(w http.ResponseWriter, r *http.Request, id openid.Identity) error {
	p.Sessions.Put(r.Context(), sessionIdentity, url.Values{
		"issuer": {id.Issuer}, "subject": {id.Subject}, "email": {id.Email}, "name": {id.Name}, "at": {strconv.FormatInt(p.Now().Unix(), 10)},
		"verified": {strconv.FormatBool(id.Verified)},
	}.Encode())
	if _, found, err := p.accountOf(r.Context(), id); err != nil || found {
		return redirectUnless(err, w, r, providerPath+"/link")
	}
	http.Redirect(w, r, "/employer/sign-up", http.StatusSeeOther)
	return nil
}

// accountOf is the account of an employer with the address that the provider vouches for.
func (p *Portal) accountOf(ctx context.Context, id openid.Identity) (u account.User, found bool, err error) {
	if !id.Verified || id.Email == "" {
		return account.User{}, false, nil
	}
	u, err = p.Store.Accounts.UserByEmail(ctx, id.Email)
	if e, ok := errors.AsType[*board.Error](err); ok && e.Code == board.CodeNotFound {
		return account.User{}, false, nil
	}
	return u, err == nil && u.EmployerID != 0, err
}

// pending is whom the provider has let in a short time ago, in this session, and no account is connected with.
func (p *Portal) pending(ctx context.Context) (openid.Identity, bool) {
	if p.provider == nil {
		return openid.Identity{}, false
	}
	kept, err := url.ParseQuery(p.Sessions.GetString(ctx, sessionIdentity))
	if err != nil || !p.since(kept.Get("at"), identityLasts) {
		return openid.Identity{}, false
	}
	return openid.Identity{
		Issuer: kept.Get("issuer"), Subject: kept.Get("subject"), Email: kept.Get("email"), Name: kept.Get("name"), Verified: kept.Get("verified") == "true",
	}, true
}

// linkPage is the main part of the page on which an account is connected.
type linkPage struct {
	Form            *form
	Email, Provider string
}

func linkForm() *form {
	return &form{Action: providerPath + "/link", Submit: "Connect and sign in", Fields: []*field{passwordField()}}
}

// ofPending is the account that the one whom the provider has let in may connect.
func (p *Portal) ofPending(ctx context.Context) (u account.User, found bool, err error) {
	id, found := p.pending(ctx)
	if !found {
		return account.User{}, false, nil
	}
	return p.accountOf(ctx, id)
}

func (p *Portal) showLinkAccount(w http.ResponseWriter, r *http.Request) error {
	u, found, err := p.ofPending(r.Context())
	if err != nil || !found {
		return redirectUnless(err, w, r, "/employer/sign-in")
	}
	return p.showLinkForm(w, r, u, linkForm())
}

func (p *Portal) showLinkForm(w http.ResponseWriter, r *http.Request, u account.User, f *form) error {
	return p.showMain(w, r, f, "link", "Connect your account", linkPage{f, u.Email, p.provider.Name})
}

func (p *Portal) linkAccount(w http.ResponseWriter, r *http.Request) error {
	u, found, err := p.ofPending(r.Context())
	if err != nil || !found {
		return redirectUnless(err, w, r, "/employer/sign-in")
	}
	f := linkForm()
	if err := f.Read(r); err != nil {
		return err
	}
	if err := p.personal.CheckPassword(r, u, f, "password"); err != nil {
		return err
	}
	if f.Failed() {
		return p.showLinkForm(w, r, u, f)
	}
	p.Sessions.Put(r.Context(), sessionLinks, u.ID)
	return p.enter(w, r, u, "/employer")
}

// linkPending connects the account of somebody who has just shown everything with whom the provider has let in before.
func (p *Portal) linkPending(ctx context.Context, u account.User) error {
	id, found := p.pending(ctx)
	links := p.Sessions.GetInt64(ctx, sessionLinks) == u.ID
	p.Sessions.Remove(ctx, sessionIdentity)
	p.Sessions.Remove(ctx, sessionLinks)
	if !found || !links {
		return nil
	}
	return p.Store.Accounts.LinkIdentity(ctx, u, id.Issuer, id.Subject, p.provider.Name)
}

// aboutProvider is the connection with the provider, on the page of the account.
func (p *Portal) aboutProvider(ctx context.Context, u account.User) (personal.Listed, error) {
	list, err := p.Store.Accounts.Identities(ctx, u.ID)
	if err != nil {
		return personal.Listed{}, err
	}
	l := personal.Listed{Title: p.provider.Name, Text: "You can sign in with " + p.provider.Name + " instead of your password."}
	for _, id := range list {
		if id.Issuer == p.provider.Issuer {
			l.Text = "You sign in with " + p.provider.Name + " instead of your password."
			l.Actions = []pages.Action{{Label: "Disconnect", Of: p.provider.Name, Post: "/employer/account/provider/disconnect"}}
			return l, nil
		}
	}
	l.Actions = []pages.Action{{Label: "Connect", Of: "with " + p.provider.Name, Path: "/employer/account/provider"}}
	return l, nil
}

func (p *Portal) disconnectProvider(w http.ResponseWriter, r *http.Request, u account.User) error {
	err := p.Store.Accounts.UnlinkIdentities(r.Context(), u.ID, p.provider.Issuer)
	return p.back(w, r, err, "/employer/account", "Your account is not connected with "+p.provider.Name+" any more.")
}
