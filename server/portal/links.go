package portal

import (
	"errors"
	"net/http"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/server/portal/member"
	"itmanagerjobs/server/session"
	"itmanagerjobs/store/board"
)

// linkOver is the main part of the page of a link in an email that does not work any more.
type linkOver struct {
	Message string
	// Next is where the visitor goes on.
	Next pages.Link
}

// byLink answers a link of an email that was used or has expired with the way on, which depends on what the link was for.
func (p *Portal) byLink(h session.Handler, next pages.Link) session.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		err := h(w, r)
		if e, ok := errors.AsType[*board.Error](err); ok && e.Code == board.CodeNotFound {
			return p.Show(w, r, http.StatusNotFound, "link-over", member.Page{Title: "This link doesn’t work any more", Failed: true, Main: linkOver{e.Message, next}})
		}
		return err
	}
}
