package hiring

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/cv"
)

// savedList are the searches that somebody keeps, and the form that keeps the one on the page; nil when there is none.
type savedList struct {
	Searches pages.Table
	Form     *form
}

// savedSearches lists what somebody keeps, and offers to keep the search on the page. There are none of test data: nobody is
// written to about them.
func (p *Pages) savedSearches(r *http.Request, u account.User, a searchAsked, ran bool) (savedList, error) {
	var l savedList
	if p.Mode(r.Context()) != board.ModeLive {
		return l, nil
	}
	searches, err := p.Store.CV.SavedSearches(r.Context(), u.EmployerID, u.ID)
	if err != nil {
		return l, err
	}
	l.Searches = pages.Table{Caption: "Your saved searches", Columns: []pages.Column{{Name: "Search"}, {Name: "Saved"}, {Unseen: "Actions"}}}
	for _, s := range searches {
		l.Searches.Rows = append(l.Searches.Rows, pages.Row{Cells: []pages.Cell{
			{Text: s.Name, Path: localAddress(s.Address), Opens: true}, {When: new(pages.MomentOf(s.CreatedAt, p.Now()))},
			{Actions: []pages.Action{{Label: "Delete", Of: "the saved search " + s.Name, Little: true, Post: searchPath + "/saved/" + strconv.FormatInt(s.ID, 10) + "/delete"}}},
		}})
	}
	if ran {
		l.Form = saveForm(a.values().Encode())
		l.Form.ID = p.NewID()
	}
	return l, nil
}

func saveForm(search string) *form {
	return &form{Action: searchPath + "/saved?" + search, Submit: "Save this search", Fields: []*field{
		{ID: "name", Label: "Name of the search", Kind: "text", MaxLength: 100, Hint: "You get an email when new people match it, at most one an hour.", Says: map[string]string{board.FieldTooShort: "Enter a name.", board.FieldRequired: "Enter a name."}},
		{ID: "search", Kind: "hidden", Value: search},
	}}
}

// localAddress is an address of ours without the host, for a link that works wherever the pages are.
func localAddress(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return searchPath
	}
	return pages.LocalTarget((&url.URL{Path: u.Path, RawQuery: u.RawQuery}).String(), searchPath)
}

// saveSearch keeps a search, to tell of new people by email.
func (p *Pages) saveSearch(w http.ResponseWriter, r *http.Request, u account.User) error {
	if p.Mode(r.Context()) != board.ModeLive {
		return board.Errorf(board.CodeInvalidState, "Searches of test data are not saved. Switch to live data first.")
	}
	if err := board.CheckConfirmed(u.Confirmed); err != nil {
		return err
	}
	f := saveForm("")
	if err := f.Read(r); err != nil {
		return err
	}
	given, err := url.ParseQuery(f.Text("search"))
	if err != nil {
		return board.Errorf(board.CodeInvalidRequest, "This form can't be read. Go back and search again.")
	}
	given, _ = pages.Textual(given)
	a, _ := askedSearch(given)
	address := searchAddress(a.values())
	_, err = p.once(r.Context(), u, f.ID, func(ctx context.Context) error { // sent again, it is saved as it was the first time
		_, err := p.Store.CV.SaveSearch(ctx, u.EmployerID, u.ID, cv.SavedSearch{Name: f.Text("name"), Query: a.query, Address: p.PublicURL + address})
		return err
	})
	if e, ok := asBoardError(err); ok && slices.ContainsFunc(e.Fields, func(problem board.FieldError) bool { return problem.Field == "name" }) {
		p.Tell(r.Context(), "The search was not saved: give it a name of up to 100 characters.")
	} else if err != nil {
		return err
	} else {
		p.Tell(r.Context(), "The search is saved. We write to "+u.Email+" when new people match it.")
	}
	http.Redirect(w, r, pages.LocalTarget(address, searchPath), http.StatusSeeOther)
	return nil
}

// deleteSavedSearch forgets a search, and ends its emails.
func (p *Pages) deleteSavedSearch(w http.ResponseWriter, r *http.Request, u account.User) error {
	id, err := jobID(r)
	if err != nil {
		return err
	}
	if err := p.Store.CV.DeleteSavedSearch(r.Context(), u.EmployerID, u.ID, id); err != nil {
		return err
	}
	p.Tell(r.Context(), "The saved search is deleted. There are no more emails about it.")
	http.Redirect(w, r, searchPath, http.StatusSeeOther)
	return nil
}
