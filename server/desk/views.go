package desk

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/server/session"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
)

// page is what the layout shows around the main part.
type page struct {
	Title  string
	Notice string
	// Caution is nil: the desk has none.
	Caution *pages.Notice
	// Failed puts the failure first in the title, where a screen reader begins.
	Failed bool
	Main   any

	// The rest is filled in when the page is shown; there is no shell around pages for visitors.
	Theme pages.Theme
	Shell *pages.Shell
	Gate  pages.Link
}

// screen is the main part of most pages: those of its parts that are set, in this order.
type screen struct {
	Head     pages.Head
	Notices  []pages.Notice
	Filters  *pages.Filters
	Stats    []pages.Stat
	Table    *pages.Table
	Pager    *pages.Pager
	Sections []section
	Dialogs  []pages.Dialog
}

// section is a part of a screen under a heading.
type section struct {
	Title string
	Text  string
	Facts []fact
	Code  *pages.Code
	Table *pages.Table
	Form  *form
	// Frame is the address of a document that is shown in a frame, where it can do nothing.
	Frame string
}

// fact is a name with its value.
type fact struct {
	Name, Value string
	Link        string
	Tags        []pages.Tag
}

// entry is a page of the navigation.
type entry struct{ group, text, path, icon string }

func navigation() []entry {
	return []entry{
		{"", "Home", "/platform", "home"},
		{"", "Key reviews", "/platform/keys", "key"},
		{"", "Employers", "/platform/employers", "company"},
		{"", "Orders", "/platform/orders", "card"},
		{"", "Messages", "/platform/messages", "inbox"},
		{"Operation", "Dead letters", "/platform/dead-letters", "webhook"},
		{"Operation", "Emails", "/platform/mails", "mail"},
		{"Operation", "CV database", "/platform/cv", "people"},
		{"Operation", "System", "/platform/system", "pulse"},
		{"Operation", "Audit log", "/platform/audit", "shield"},
	}
}

// shell is the frame around a page.
func (d *Desk) shell(ctx context.Context, u account.User, path string) (*pages.Shell, error) {
	waiting, err := d.Store.Accounts.Waiting(ctx)
	if err != nil {
		return nil, err
	}
	counts := map[string]int{"/platform/keys": waiting.Keys, "/platform/orders": waiting.Orders, "/platform/messages": waiting.Requests}
	s := &pages.Shell{Name: "platform desk", Home: "/platform", Company: "Platform desk", Person: u.Email, SignOut: "/platform/sign-out", Account: &pages.Link{Text: "Your account", Path: "/platform/account"}}
	for _, n := range navigation() {
		if len(s.Groups) == 0 || s.Groups[len(s.Groups)-1].Name != n.group {
			s.Groups = append(s.Groups, pages.NavGroup{Name: n.group})
		}
		item := pages.NavItem{Text: n.text, Path: n.path, Icon: n.icon, Current: path == n.path || n.path != "/platform" && strings.HasPrefix(path, n.path+"/")}
		if counts[n.path] > 0 {
			item.Count = strconv.Itoa(counts[n.path])
		}
		group := &s.Groups[len(s.Groups)-1]
		group.Items = append(group.Items, item)
	}
	return s, nil
}

// show renders a page for a reviewer. Whatever notice was left for the next page is shown and gone, and what was typed before somebody
// was asked for something else is back in its form.
func (d *Desk) show(w http.ResponseWriter, r *http.Request, u account.User, status int, name string, pg page) error {
	var err error
	if pg.Shell, err = d.shell(r.Context(), u, r.URL.Path); err != nil {
		return err
	}
	if told := d.sessions.Told(r.Context()); told != "" {
		pg.Notice = told
	}
	if d.restore(r, pg.Main) {
		pg.Notice = "Here is what you typed. Nothing has been sent yet: check it and send it again."
	}
	return d.render(w, r, status, name, pg)
}

// showScreen renders a screen. wrong is a form on it in which something is wrong, nil for none.
func (d *Desk) showScreen(w http.ResponseWriter, r *http.Request, u account.User, s screen, wrong *form) error {
	pg, status := page{Title: s.Head.Title, Main: s}, http.StatusOK
	if wrong != nil && wrong.Failed() {
		pg.Failed, status = true, wrong.Status()
	}
	return d.show(w, r, u, status, "screen", pg)
}

func (d *Desk) render(w http.ResponseWriter, r *http.Request, status int, name string, pg page) error {
	pg.Theme, pg.Gate = pages.ThemeOf(r, "/platform/theme"), pages.Link{Text: "platform desk", Path: "/platform"}
	return d.views.Render(w, status, name, pg)
}

func (d *Desk) chooseTheme(w http.ResponseWriter, r *http.Request) error {
	pages.SetTheme(w, r, strings.HasPrefix(d.PublicURL, "https://"))
	http.Redirect(w, r, pages.LocalTarget(r.PostFormValue("next"), "/platform"), http.StatusSeeOther) //nolint:gosec // LocalTarget leads nowhere else
	return nil
}

var errNoPage = board.Errorf(board.CodeNotFound, "There is no such page.")

// page runs a handler inside the visitor's session. Its request has at most so many bytes.
func (d *Desk) page(most int64, h session.Handler) http.Handler {
	inner := d.sessions.Page(h, d.answerError)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, most)
		inner.ServeHTTP(w, r)
	})
}

// answerError turns the error of a handler into a page.
func (d *Desk) answerError(w http.ResponseWriter, r *http.Request, err error) {
	pages.FailureOf(err, pages.FaultText(w)).Answer(w, r, err, d.showError)
}

func (d *Desk) showFault(w http.ResponseWriter, r *http.Request) {
	d.showError(w, r, http.StatusInternalServerError, "Something went wrong", pages.FaultText(w))
}

func (d *Desk) showError(w http.ResponseWriter, r *http.Request, status int, title, message string) {
	if err := d.render(w, r, status, "error", page{Title: title, Failed: true, Main: message}); err != nil {
		pages.VisitOf(r.Context()).Fault = err
	}
}
