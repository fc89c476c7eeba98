package portal

import (
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/server/session"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
)

// member lets those in who are signed in, belong to an employer and have the right; others are sent to sign in, and then back.
func (p *Portal) member(route memberRoute) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		u, found, err := p.currentUser(r.Context())
		switch {
		case err != nil:
			return err
		case !found:
			return p.askToSignIn(w, r)
		case u.EmployerID == 0:
			return board.Errorf(board.CodeInsufficientScope, "These pages belong to employers. Your account belongs to none.")
		case !u.Role.May(route.right):
			return errMayNot(route.right)
		case route.proof && u.SecondFactor && !p.proved(r.Context()):
			return p.askToProve(w, r, u)
		}
		if r.Method == http.MethodPost {
			if err := checkEmployer(r, u); err != nil {
				return err
			}
			r = r.WithContext(account.Acting(r.Context(), board.Act{
				EmployerID: u.EmployerID, Actor: board.AuditUser, ActorID: u.ID, Action: route.action, Objects: objectsOf(r, u),
				Address: session.CallerAddress(r),
			}))
		}
		return route.handler(w, r, u)
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

func errMayNot(right board.Right) error {
	what := "do this"
	switch right {
	case board.RightMintKeys:
		what = "create and revoke API keys"
	case board.RightManageTeam:
		what = "change the team"
	case board.RightEditCompany:
		what = "change the company's profile"
	case board.RightSeeKeys, board.RightSeeTeam, board.RightSeeCompany, board.RightSeeBilling, board.RightSeeAudit, board.RightSeeWebhooks:
		return board.Errorf(board.CodeInsufficientScope, "Your role has nothing to do with this page. If you need it, ask an employer admin of your account for another role.")
	case board.RightWork, board.RightSearchCV:
		return board.Errorf(board.CodeInsufficientScope, "Your role only looks at this. If you need more, ask an employer admin of your account for another role.")
	case board.RightOwnAccount, board.RightSeeWork, board.RightEditWebhooks, board.RightBuy, board.RightReviewKeys:
	}
	return board.Errorf(board.CodeInsufficientScope, "Only an employer admin can %s. Ask an admin of your account.", what)
}

const (
	// sessionKept is what somebody typed into a form before the session had ended: the page of the form, and the values.
	sessionKept = "kept"
	// maxKept is in bytes, as encoded.
	maxKept = 16 << 10
)

// askToSignIn sends somebody to sign in, and then back to the page. A form that was sent is answered with the page to sign in
// at once, which carries what was typed along: nothing is stored for somebody who is not signed in.
func (p *Portal) askToSignIn(w http.ResponseWriter, r *http.Request) error {
	if r.Method == http.MethodPost {
		f := signInForm()
		if err := (&form{}).Read(r); err != nil {
			return err
		}
		next, exact := p.pageOfForm(r)
		f.Next = next
		notice := "You were signed out meanwhile, and nothing was changed. Sign in and try again."
		if kept := withoutSecrets(r.PostForm).Encode(); exact && len(kept) <= maxKept {
			f.Field("kept").Value = kept
			notice = "You were signed out meanwhile, and nothing was changed. Sign in to find what you typed where you typed it."
		}
		return p.show(w, r, http.StatusOK, "sign-in", page{Title: "Sign in", Notice: notice, Main: f})
	}
	target := "/employer/sign-in"
	if r.URL.Path != "/employer" {
		target += "?next=" + url.QueryEscape(r.URL.Path)
	}
	http.Redirect(w, r, target, http.StatusSeeOther)
	return nil
}

// pageOfForm is the page on which a form is that was sent to the address of the request: the page with the same address, or
// the one below it that is called new, which are exact; else the next page above it.
func (p *Portal) pageOfForm(r *http.Request) (page string, exact bool) {
	routes := p.memberRoutes()
	if _, ok := routes["GET "+r.URL.Path+"/new"]; ok {
		return r.URL.Path + "/new", true
	}
	for page = r.URL.Path; page != "/employer"; page = path.Dir(page) {
		if _, ok := routes["GET "+page]; ok {
			return page, page == r.URL.Path
		}
	}
	return page, false
}

// withoutSecrets leaves out passwords and codes, and the id of the form, which works once.
func withoutSecrets(values url.Values) url.Values {
	kept := url.Values{}
	for name, v := range values {
		lower := strings.ToLower(name)
		if !strings.Contains(lower, "password") && !strings.Contains(lower, "code") && name != "form" && name != "next" && name != "kept" {
			kept[name] = v
		}
	}
	return kept
}

// keep leaves what was typed for the page of the form.
func (p *Portal) keep(r *http.Request, page, kept string) {
	if kept != "" && len(kept) <= maxKept && page != "/employer" {
		p.sessions.Put(r.Context(), sessionKept, page+"\n"+kept)
	}
}

// restorable is a main part with a form that people type into.
type restorable interface {
	// Restore puts back what was typed before.
	Restore(values url.Values)
}

// openForm notes in the forms and buttons of a page for whom they are, and puts back what was typed before the session had
// ended. It returns what to say about that.
func (p *Portal) openForm(r *http.Request, pg page) (main any, notice string) {
	typed, restores := pg.Main.(restorable)
	if page, encoded, found := strings.Cut(p.sessions.GetString(r.Context(), sessionKept), "\n"); found && restores && page == r.URL.Path && r.Method == http.MethodGet {
		p.sessions.Remove(r.Context(), sessionKept)
		values, err := url.ParseQuery(encoded)
		if err == nil && values.Get(pages.EmployerField) == strconv.FormatInt(pg.User.EmployerID, 10) {
			typed.Restore(values)
			notice = "Here is what you typed before you were signed out. Nothing has been sent yet: check it and send it again."
		}
	}
	return pages.OpenFor(pg.Main, pg.User.EmployerID), notice
}
