package portal

import (
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/server/portal/member"
	"itmanagerjobs/server/session"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
)

// member lets those in who are signed in, belong to an employer and have the right; others are sent to sign in, and then back.
func (p *Portal) member(route member.Route) session.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		u, found, err := p.currentUser(r.Context())
		switch {
		case err != nil:
			return err
		case !found:
			return p.askToSignIn(w, r)
		case u.EmployerID == 0:
			return board.Errorf(board.CodeInsufficientScope, "These pages belong to employers, and your account is one of the platform's desk: sign in at /platform.")
		case !u.Role.May(route.Right):
			return member.MayNot(route.Right)
		case p.personal.Asks(r.Context(), u, route.Proof):
			return p.personal.AskToProve(w, r, u)
		}
		if r.Method == http.MethodPost {
			if err := checkEmployer(r, u); err != nil {
				return err
			}
			if mode := p.openedIn(r, route); mode != "" {
				return p.showOtherMode(w, r, u, mode)
			}
			r = r.WithContext(account.Acting(r.Context(), board.Act{
				EmployerID: u.EmployerID, Actor: board.AuditUser, ActorID: u.ID, Action: route.Action, Objects: objectsOf(r, u),
				Address: session.CallerAddress(r),
			}))
		}
		// What the page does in the database shares the connections with what others of the employer do.
		return route.Handler(w, r.WithContext(pg.For(r.Context(), u.EmployerID)), u)
	}
}

// objectsOf names what a form is about, as the audit log has it: an object of a list by its number, the user's own account, or the
// company.
func objectsOf(r *http.Request, u account.User) []string {
	section, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/employer/"), "/")
	switch {
	case section == "account":
		return []string{"users/" + strconv.FormatInt(u.ID, 10)}
	case section == "company":
		return []string{"employers/" + strconv.FormatInt(u.EmployerID, 10)}
	case rest == "":
		return nil
	case section == "team":
		section = "users"
	case section == "billing":
		section, rest, _ = strings.Cut(rest, "/")
	case section == "search":
		section, rest = "searches", strings.TrimPrefix(rest, "saved/")
	}
	id, _, _ := strings.Cut(rest, "/")
	return []string{section + "/" + id}
}

// checkEmployer refuses a form that was opened for another employer: somebody signed in to one in another tab meanwhile.
func checkEmployer(r *http.Request, u account.User) error {
	if err := (&form{}).Read(r); err != nil {
		return err
	}
	if r.PostForm.Get(pages.EmployerField) != strconv.FormatInt(u.EmployerID, 10) {
		return board.Errorf(board.CodeConflict,
			"This page was opened for another company's account, or is too old. Nothing was changed. You are signed in as %s now: open the page again and look for which company it is.", u.Email)
	}
	return nil
}

// openedIn is the mode in which a form was opened that changes data of a mode, when it is not the present one: somebody has switched
// in another window.
func (p *Portal) openedIn(r *http.Request, route member.Route) board.Mode {
	switch route.Right {
	case board.RightSeeWork, board.RightWork, board.RightSearchCV, board.RightSeeWebhooks, board.RightEditWebhooks:
	default:
		return "" // the account has no modes
	}
	opened := board.Mode(r.PostForm.Get(pages.ModeField))
	if !opened.Valid() {
		opened = board.ModeLive // a page from before forms knew their mode
	}
	if opened == p.Mode(r.Context()) {
		return ""
	}
	return opened
}

// otherMode is the main part of the page that a form of the other mode is answered with.
type otherMode struct {
	Opened, Now string
	Back        pages.Action
	Kept        bool
}

// showOtherMode keeps what was typed, for the page of the form in its mode.
func (p *Portal) showOtherMode(w http.ResponseWriter, r *http.Request, u account.User, opened board.Mode) error {
	page, kept := p.pageOfForm(r), session.KeptOf(r)
	p.Keep(r, page, kept)
	main := &otherMode{
		Opened: string(opened), Now: string(p.Mode(r.Context())), Kept: kept != "",
		Back: pages.Action{Label: "Switch to " + string(opened) + " and go back", Look: "primary", Post: "/employer/mode", Values: map[string]string{"mode": string(opened), "next": page}},
	}
	return p.Show(w, r, http.StatusConflict, "other-mode", member.Page{Title: "This page was opened in " + string(opened), User: &u, Failed: true, Main: main})
}

// askToSignIn sends somebody to sign in, and then back to the page. A form that was sent is answered with the page to sign in
// at once, which carries what was typed along: nothing is stored for somebody who is not signed in.
func (p *Portal) askToSignIn(w http.ResponseWriter, r *http.Request) error {
	if r.Method == http.MethodPost {
		f := signInForm()
		if err := (&form{}).Read(r); err != nil {
			return err
		}
		f.Next = p.pageOfForm(r)
		notice := "You were signed out meanwhile, and nothing was changed. Sign in and try again."
		if kept := session.KeptOf(r); kept != "" {
			f.Field("kept").Value = kept
			notice = "You were signed out meanwhile, and nothing was changed. Sign in to find what you typed where you typed it."
		}
		return p.showSignInForm(w, r, f, notice)
	}
	target := "/employer/sign-in"
	if r.URL.Path != "/employer" {
		target += "?next=" + url.QueryEscape(r.URL.RequestURI())
	}
	http.Redirect(w, r, target, http.StatusSeeOther)
	return nil
}

// pageOfForm is the page on which a form is that was sent to the address of the request: the page with the same address, or
// one below it that is called new or edit; else the next page above it. What the address asks for, the page is asked for, too.
func (p *Portal) pageOfForm(r *http.Request) string {
	page := url.URL{Path: p.pathOfForm(r), RawQuery: r.URL.RawQuery}
	return page.RequestURI()
}

func (p *Portal) pathOfForm(r *http.Request) string {
	for _, below := range []string{"/new", "/edit"} {
		if strings.HasSuffix(p.patternOf(r, r.URL.Path+below), below) {
			return r.URL.Path + below
		}
	}
	page := r.URL.Path
	for page != "/employer" && !strings.HasPrefix(p.patternOf(r, page), "GET ") {
		page = path.Dir(page)
	}
	return page
}

// patternOf is the route of a page on the same host.
func (p *Portal) patternOf(r *http.Request, page string) string {
	_, pattern := p.mux.Handler(&http.Request{Method: http.MethodGet, URL: &url.URL{Path: page}, Host: r.Host})
	return pattern
}
