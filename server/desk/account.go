package desk

import (
	"net/http"
	"net/url"
	"path"
	"strings"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/server/personal"
	"itmanagerjobs/server/session"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
)

// sessionKept is what was typed into a form before its reviewer was asked anew who it is: the page of the form, and the values.
const sessionKept = "kept"

// newPersonal makes the pages of a reviewer's own account.
func (d *Desk) newPersonal() (*personal.Pages, error) {
	return personal.New(personal.Config{
		Store: d.Store, Now: d.Now, PublicURL: d.PublicURL, Root: "/platform", Sessions: d.sessions, Passwords: d.passwords,
		Show:       d.showPersonal,
		Admits:     admits,
		SignIn:     d.letIn,
		Local:      func(target string) string { return pages.LocalTarget(target, "/platform") },
		Keep:       d.keep,
		PageOfForm: d.pageOfForm,
	})
}

// keep leaves what was typed for the page of the form.
func (d *Desk) keep(r *http.Request, page, kept string) {
	if kept != "" && len(kept) <= session.MaxKept {
		d.sessions.Put(r.Context(), sessionKept, page+"\n"+kept)
	}
}

// admits tells whether somebody is a reviewer.
func admits(u account.User) bool { return u.Role.May(board.RightReviewKeys) }

// showPersonal shows a page of the account, to a reviewer or to somebody who is on the way in.
func (d *Desk) showPersonal(w http.ResponseWriter, r *http.Request, pg personal.Page) error {
	own := page{Title: pg.Title, Failed: pg.Failed, Main: pg.Main}
	if pg.User == nil {
		return d.render(w, r, pg.Status, pg.Template, own)
	}
	return d.show(w, r, *pg.User, pg.Status, pg.Template, own)
}

// letIn starts the session of a reviewer who has shown everything that is asked for.
func (d *Desk) letIn(r *http.Request, u account.User) error {
	if err := d.Store.Accounts.SignedIn(r.Context(), u, u.Email, session.CallerAddress(r)); err != nil {
		return err
	}
	return d.sessions.Start(r.Context(), u)
}

// ownRoute is a page of the account. What a reviewer changes there stands in the audit log.
func (d *Desk) ownRoute(route personal.Route) reviewerHandler {
	return func(w http.ResponseWriter, r *http.Request, u account.User) error {
		if d.personal.Asks(r.Context(), u, route.Proof) {
			return d.personal.AskToProve(w, r, u)
		}
		if route.Action != "" {
			r = r.WithContext(account.ActingAtDesk(r.Context(), u, route.Action, session.CallerAddress(r)))
		}
		return route.Handler(w, r, u)
	}
}

// proven is a page for a reviewer who has shown a short time ago who it is.
func (d *Desk) proven(h reviewerHandler) reviewerHandler {
	return func(w http.ResponseWriter, r *http.Request, u account.User) error {
		if d.personal.Asks(r.Context(), u, personal.Always) {
			return d.personal.AskToProve(w, r, u)
		}
		return h(w, r, u)
	}
}

// pageOfForm is the page on which a form is: the one with its address, or the next above it. What is typed finds its form by the
// address.
func (d *Desk) pageOfForm(r *http.Request) string {
	page := r.URL.Path
	for ; page != "/platform"; page = path.Dir(page) {
		if _, pattern := d.mux.Handler(&http.Request{Method: http.MethodGet, URL: &url.URL{Path: page}, Host: r.Host}); strings.HasPrefix(pattern, "GET ") {
			return page
		}
	}
	return page
}

// restore puts back what was typed into a form of the page before its reviewer was asked who it is, and tells whether it did.
func (d *Desk) restore(r *http.Request, main any) bool {
	page, encoded, found := strings.Cut(d.sessions.GetString(r.Context(), sessionKept), "\n")
	if !found || page != r.URL.Path || r.Method != http.MethodGet {
		return false
	}
	d.sessions.Remove(r.Context(), sessionKept)
	values, err := url.ParseQuery(encoded)
	if err != nil {
		return false
	}
	return pages.Restore(main, values.Get(session.SentTo), values)
}
