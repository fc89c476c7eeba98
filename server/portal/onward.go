package portal

import (
	"net/http"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/server/portal/member"
)

// showOnward leads to another site from where a form may have been sent. It is a page and no redirect: a browser that holds redirects
// against form-action of the policy for content, as Chrome does, goes from a form to no other site, nor to those to which that
// one redirects, which nobody here can name.
func (p *Portal) showOnward(w http.ResponseWriter, r *http.Request, title string, to pages.Link) error {
	w.Header().Set("Refresh", "0; url="+to.Path)
	return p.Show(w, r, http.StatusOK, "onward", member.Page{Title: title, Main: to})
}
