// Package intake takes applications of strangers: the form of a job and what it sends, the pushes of a job board, email
// that a mail provider hands on, and the link by which an applicant withdraws. Page and POST of each are in one file
// or side by side: form.go shows the fields that form_read.go reads.
//
// Its handlers run inside the server's router, whose middleware has checked key, size and contract before them. They
// parse, call the store and answer, in JSON to a program and in a page to a browser. The package must not hold SQL or
// a rule of the job board, and knows no session: a stranger has none. How a page looks is for Pages.
package intake

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"itmanagerjobs/server/inbound"
	"itmanagerjobs/store"
	"itmanagerjobs/store/board"
)

// Config is what Handlers need. Fields that say what nil means may be left out.
type Config struct {
	Store *store.Store
	// PublicURL is the address that links in answers and emails begin with, without a slash at its end.
	PublicURL string
	// MaxForm is the size in bytes that a form with its file may have, as the contract says.
	MaxForm int64
	// CountryOf gives the country of a network address as a code of ISO 3166-1, "" when it is not known; nil knows none.
	CountryOf func(address string) string
	// Pages answers browsers.
	Pages Pages
}

// Pages shows a person what became of what that person sent. The public pages, server/site, do.
type Pages interface {
	ShowOutcome(w http.ResponseWriter, r *http.Request, o Outcome) error
}

// Handlers are the operations. They are safe for concurrent use.
type Handlers struct {
	Config

	mail inbound.Delivery
}

// New makes handlers.
func New(c Config) *Handlers {
	if c.CountryOf == nil {
		c.CountryOf = func(string) string { return "" }
	}
	return &Handlers{Config: c, mail: inbound.Delivery{Store: c.Store, PublicURL: c.PublicURL}}
}

// publicJobID is the job of a public path. One job has one address: 007 is not the job 7. Error: not_found.
func publicJobID(c echo.Context) (int64, error) {
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil || id < 1 || strconv.FormatInt(id, 10) != c.Param("id") {
		return 0, board.Errorf(board.CodeNotFound, "There is no such job.")
	}
	return id, nil
}

func jobPath(id int64) string { return "/jobs/" + strconv.FormatInt(id, 10) }

// accepts tells whether the caller names a media type in Accept.
func accepts(r *http.Request, mediaType string) bool {
	return strings.Contains(strings.ToLower(strings.Join(r.Header.Values(echo.HeaderAccept), ",")), mediaType)
}
