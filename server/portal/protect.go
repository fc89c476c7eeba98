package portal

import (
	"net/http"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/server/session"
)

const maxForm = 64 << 10 // bytes; the longest form has a few hundred

// contentSecurityPolicy lets a page load the portal's own style sheet, font, script and icon, send forms to the portal, read its
// own pages anew, and nothing else: text that slips through as markup can neither run nor send anything anywhere.
const contentSecurityPolicy = "default-src 'none'; style-src 'self'; font-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; " +
	"base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"

// protected puts around all pages what holds for each of them.
func (p *Portal) protected(mux *http.ServeMux) (http.Handler, error) {
	guard, err := session.Guard(p.PublicURL, func(w http.ResponseWriter, r *http.Request) {
		p.ShowError(w, r, http.StatusForbidden, "This request came from another website", "Open the page in the portal itself and try again. Nothing was changed.")
	})
	if err != nil {
		return nil, err
	}
	return pages.Frame{
		Log: p.log, Observe: p.observe, Message: "portal request", Now: p.Now, NewID: p.NewID, Policy: contentSecurityPolicy, MaxBody: maxForm, Fault: p.ShowFault, Routes: mux,
	}.Wrap(guard.Handler(mux)), nil
}
