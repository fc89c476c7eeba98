// Package member is what all pages of an employer's people stand on: the route of a page with the right that it needs, the frame
// with its navigation, pages of errors, forms that come back after a sign-in, and words for times. It has no page of its own;
// those are in package portal and in the packages beside this one, which know it and not one another.
package member

import (
	"context"
	"embed"
	"html/template"
	"io/fs"
	"maps"
	"net/http"
	"strings"
	"time"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/server/session"
	"itmanagerjobs/store"
	"itmanagerjobs/store/board"
)

// Base is what the pages have in common. It is safe for concurrent use once all templates are added.
type Base struct {
	Store *store.Store
	// Now is what "5 minutes ago" counts from.
	Now func() time.Time
	// NewID names forms; no two may be alike.
	NewID func() string
	// PublicURL is the address that people reach the portal at, without a slash at its end.
	PublicURL string
	Sessions  *session.Sessions
	// CheckURL tells whether what is sent with data of a mode may go to an address, see server.Config.
	CheckURL func(m board.Mode, raw string) (code, message string)

	// KeepsMail says that no email leaves the installation: they are read at the desk.
	KeepsMail bool

	views *pages.Views
}

//go:embed templates/*.html
var files embed.FS

// New makes the base of the pages. With a public URL of https, cookies are sent over https alone. Its errors are faults of
// the program.
func New(s *store.Store, publicURL string, now func() time.Time, newID func() string, notices pages.Notices) (*Base, error) {
	b := &Base{Store: s, Now: now, NewID: newID, PublicURL: strings.TrimSuffix(publicURL, "/")}
	b.Sessions = session.New(s, session.EmployerCookie, strings.HasPrefix(b.PublicURL, "https://"))
	var err error
	funcs := notices.Funcs()
	maps.Copy(funcs, template.FuncMap{
		"when":    InWords,
		"day":     func(t time.Time) string { return t.UTC().Format("2 January 2006") },
		"country": pages.CountryName,
		"machine": func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"at":      func(t time.Time) *time.Time { return &t },
		"ago":     func(t *time.Time) string { return ago(t, now()) },
		"expiry":  func(t *time.Time) string { return ExpiryInWords(t, now()) },
	})
	b.views, err = pages.NewViews(files, "/employer/static/", funcs)
	return b, err
}

// AddTemplates adds the pages of a room: the files in templates/, with functions that they alone call.
func (b *Base) AddTemplates(files fs.FS, funcs template.FuncMap) error {
	return b.views.Add(files, funcs)
}

// ServeStatic serves the style sheet, the script and the fonts, named by the path value "file".
func (b *Base) ServeStatic(w http.ResponseWriter, r *http.Request) { b.views.ServeStatic(w, r) }

// InSession runs a handler inside the visitor's session.
func (b *Base) InSession(h session.Handler) http.Handler { return b.Sessions.Page(h, b.answerError) }

// Tell leaves a sentence for the next page.
func (b *Base) Tell(ctx context.Context, sentence string) { b.Sessions.Tell(ctx, sentence) }
