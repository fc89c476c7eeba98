package portal

import (
	"context"
	"embed"
	"errors"
	"html/template"
	"net/http"
	"time"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
)

//go:embed templates/*.html
var files embed.FS

func newViews(now func() time.Time) (*pages.Views, error) {
	return pages.NewViews(files, "/employer/static/", template.FuncMap{
		"when":      inWords,
		"machine":   func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"at":        func(t time.Time) *time.Time { return &t },
		"ago":       func(t *time.Time) string { return ago(t, now()) },
		"expiry":    func(t *time.Time) string { return expiryInWords(t, now()) },
		"roleName":  roleName,
		"inWords":   auditWords,
		"scopeName": func(s board.Scope) string { return scopeText(s).label },
	})
}

// page is what the layout shows around the main part.
type page struct {
	Title string
	// Section is the entry of the navigation that the page belongs to.
	Section string
	User    *account.User
	Notice  string
	// Failed puts the failure first in the title, where a screen reader begins.
	Failed bool
	Main   any

	// Theme and Shell are filled in when the page is shown; there is no shell around pages for visitors.
	Theme pages.Theme
	Shell *pages.Shell
	// Gate is where the brand leads on pages for visitors, and what follows it.
	Gate pages.Link
}

// show renders a page for a handler. Whatever notice was left for the next page is shown and gone.
func (p *Portal) show(w http.ResponseWriter, r *http.Request, status int, name string, pg page) error {
	if pg.User != nil {
		var err error
		if pg.Shell, err = p.shell(r.Context(), *pg.User, pg.Section); err != nil {
			return err
		}
		if r.Header.Get("X-Live") == "" { // the script of a live page would read the notice that the next page shows
			pg.Notice = p.sessions.Told(r.Context())
		}
		main, kept := p.openForm(r, pg)
		if pg.Main = main; kept != "" {
			pg.Notice = kept
		}
		if pg.Notice == "" && !pg.User.Confirmed {
			pg.Notice = "Confirm your email address: open the link in the email that we sent to " + pg.User.Email +
				". Until then, live keys and invitations wait. Under “Your account” you can have the email sent again."
		}
	}
	return p.render(w, r, status, name, pg)
}

func (p *Portal) render(w http.ResponseWriter, r *http.Request, status int, name string, pg page) error {
	pg.Theme, pg.Gate = pages.ThemeOf(r, "/employer/theme"), pages.Link{Text: "for employers", Path: "/employer"}
	return p.views.Render(w, status, name, pg)
}

var errNoPage = board.Errorf(board.CodeNotFound, "There is no such page.")

// answerError turns the error of a handler into a page. What is not a *board.Error is for the log alone.
func (p *Portal) answerError(w http.ResponseWriter, r *http.Request, err error) {
	e, ok := errors.AsType[*board.Error](err)
	if !ok {
		if v := pages.VisitOf(r.Context()); !errors.Is(err, context.Canceled) {
			v.Fault = err
		}
		p.showFault(w, r)
		return
	}
	switch e.Code {
	case board.CodeNotFound:
		p.showError(w, r, http.StatusNotFound, "Not found", e.Message)
	case board.CodeInsufficientScope:
		p.showError(w, r, http.StatusForbidden, "Not allowed", e.Message)
	case board.CodeConflict:
		p.showError(w, r, http.StatusConflict, "Nothing was changed", e.Message)
	case board.CodeRateLimited:
		p.showError(w, r, http.StatusTooManyRequests, "Too many attempts", e.Message)
	case board.CodeInvalidRequest, board.CodeInvalidState:
		p.showError(w, r, http.StatusBadRequest, "This can't be done", e.Message)
	case board.CodePayloadTooLarge:
		p.showError(w, r, http.StatusRequestEntityTooLarge, "Too large", e.Message)
	case board.CodeUnavailable:
		pages.VisitOf(r.Context()).Fault = err
		w.Header().Set("Retry-After", "5")
		p.showError(w, r, http.StatusServiceUnavailable, "Try again in a moment", e.Message)
	default:
		pages.VisitOf(r.Context()).Fault = err
		p.showFault(w, r)
	}
}

func (p *Portal) showFault(w http.ResponseWriter, r *http.Request) {
	p.showError(w, r, http.StatusInternalServerError, "Something went wrong", pages.FaultText(w))
}

func (p *Portal) showError(w http.ResponseWriter, r *http.Request, status int, title, message string) {
	if err := p.render(w, r, status, "error", page{Title: title, Failed: true, Main: message}); err != nil {
		pages.VisitOf(r.Context()).Fault = err
	}
}
