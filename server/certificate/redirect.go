package certificate

import (
	"net/http"
	"strings"
)

// Redirect sends readers of plain HTTP to the same page of publicURL. Everything else is refused, as what it brings, such as a
// key or a form, has been read on its way already and shall be sent so no second time.
func Redirect(publicURL string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "close")
		if (r.Method != http.MethodGet && r.Method != http.MethodHead) || r.Header.Get("Authorization") != "" {
			http.Error(w, "Only https is spoken here: send this to "+publicURL+", and replace what was secret in it.", http.StatusBadRequest)
			return
		}
		http.Redirect(w, r, publicURL+"/"+strings.TrimLeft(r.URL.RequestURI(), "/"), http.StatusPermanentRedirect) //nolint:gosec // the host is the operator's
	})
}
