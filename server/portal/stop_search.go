package portal

import (
	"net/http"
	"net/url"
	"strconv"

	"itmanagerjobs/server/portal/member"
	"itmanagerjobs/server/session"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
)

// stopped is the main part of the page that ends the emails about a saved search. Form is nil when that is done.
type stopped struct {
	Name string
	Form *form
}

// showStopSearch has a button: programs that look into emails open links, too. Nobody has to sign in: the reader of the email decides.
func (p *Portal) showStopSearch(w http.ResponseWriter, r *http.Request) error {
	token := r.PathValue("token")
	found, err := p.Store.CV.SearchOfStopLink(r.Context(), token)
	if err != nil {
		return err
	}
	f := &form{Action: "/employer/search/stop/" + url.PathEscape(token), Submit: "Stop the emails"}
	return p.Show(w, r, http.StatusOK, "stop-search", member.Page{Title: "Stop the emails?", Main: stopped{found.Name, f}})
}

// stopSearch ends the emails, also when a mail program asks for it (RFC 8058), which sends no cookie.
func (p *Portal) stopSearch(w http.ResponseWriter, r *http.Request) error {
	found, err := p.Store.CV.SearchOfStopLink(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	ctx := account.Acting(r.Context(), board.Act{
		EmployerID: found.EmployerID, Actor: board.AuditUser, ActorID: found.UserID, Action: "deleteSavedSearch",
		Objects: []string{"searches/" + strconv.FormatInt(found.ID, 10)}, Address: session.CallerAddress(r),
	})
	if err := p.Store.CV.DeleteSavedSearch(ctx, found.EmployerID, found.UserID, found.ID); err != nil {
		return err
	}
	return p.Show(w, r, http.StatusOK, "stop-search", member.Page{Title: "No more emails", Main: stopped{Name: found.Name}})
}
