package member

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"itmanagerjobs/server/pages"
)

const (
	// sessionKept is what somebody typed into a form before the session had ended: the page of the form, and the values.
	sessionKept = "kept"
	// MaxKept is in bytes, as encoded.
	MaxKept = 16 << 10
)

// Keep leaves what was typed for the page of the form.
func (b *Base) Keep(r *http.Request, page, kept string) {
	if kept != "" && len(kept) <= MaxKept && page != "/employer" {
		b.Sessions.Put(r.Context(), sessionKept, page+"\n"+kept)
	}
}

// restorable is a main part with a form that people type into.
type restorable interface {
	// Restore puts back what was typed before.
	Restore(values url.Values)
}

// openForm notes in the forms and buttons of a page for whom they are, and puts back what was typed before the session had
// ended. It returns what to say about that.
func (b *Base) openForm(r *http.Request, pg Page) (main any, notice string) {
	typed, restores := pg.Main.(restorable)
	if page, encoded, found := strings.Cut(b.Sessions.GetString(r.Context(), sessionKept), "\n"); found && restores && page == r.URL.Path && r.Method == http.MethodGet {
		b.Sessions.Remove(r.Context(), sessionKept)
		values, err := url.ParseQuery(encoded)
		if err == nil && values.Get(pages.EmployerField) == strconv.FormatInt(pg.User.EmployerID, 10) {
			typed.Restore(values)
			notice = "Here is what you typed before you were signed out. Nothing has been sent yet: check it and send it again."
		}
	}
	return pages.OpenFor(pg.Main, pg.User.EmployerID), notice
}
