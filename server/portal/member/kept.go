package member

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/server/session"
	"itmanagerjobs/store/account"
)

// sessionKept is what somebody typed into a form before the session had ended: the page of the form, and the values.
const sessionKept = "kept"

// Keep leaves what was typed for the page of the form.
func (b *Base) Keep(r *http.Request, page, kept string) {
	if kept != "" && len(kept) <= session.MaxKept && page != "/employer" {
		b.Sessions.Put(r.Context(), sessionKept, page+"\n"+kept)
	}
}

// Opened is for whom pages are shown now.
func (b *Base) Opened(ctx context.Context, u account.User) pages.Opened {
	return pages.Opened{Employer: u.EmployerID, Mode: string(b.Mode(ctx))}
}

// openForm notes in the forms and buttons of a page for whom they are, and puts back what was typed before somebody was asked
// for something else. It returns what to say about that.
func (b *Base) openForm(r *http.Request, pg Page) (main any, notice string) {
	opened := b.Opened(r.Context(), *pg.User)
	page, encoded, found := strings.Cut(b.Sessions.GetString(r.Context(), sessionKept), "\n")
	path, _, _ := strings.Cut(page, "?") // the form itself knows what else its address says
	if found && path == r.URL.Path && r.Method == http.MethodGet {
		b.Sessions.Remove(r.Context(), sessionKept)
		values, err := url.ParseQuery(encoded)
		mode := values.Get(pages.ModeField)
		if err == nil && values.Get(pages.EmployerField) == strconv.FormatInt(pg.User.EmployerID, 10) && (mode == "" || mode == opened.Mode) &&
			pages.Restore(pg.Main, values.Get(session.SentTo), values) {
			notice = "Here is what you typed. Nothing has been sent yet: check it and send it again."
		}
	}
	return pages.OpenFor(pg.Main, opened), notice
}
