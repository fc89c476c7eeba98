package member

import (
	"net/http"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
)

// Page is what the layout shows around the main part.
type Page struct {
	Title string
	// Section is the entry of the navigation that the page belongs to.
	Section string
	User    *account.User
	Notice  string
	// Caution is what a person should do first; nil for nothing.
	Caution *pages.Notice
	// Failed puts the failure first in the title, where a screen reader begins.
	Failed bool
	Main   any
	// KeepsMail is filled in when the page is shown, see Base.KeepsMail.
	KeepsMail bool

	// Theme and Shell are filled in when the page is shown; there is no shell around pages for visitors.
	Theme pages.Theme
	Shell *pages.Shell
	// Gate is where the brand leads on pages for visitors, and what follows it.
	Gate pages.Link
}

// Show renders a page for a handler. Whatever notice was left for the next page is shown and gone.
func (b *Base) Show(w http.ResponseWriter, r *http.Request, status int, name string, pg Page) error {
	if pg.User != nil {
		var err error
		if pg.Shell, err = b.shell(r.Context(), *pg.User, pg.Section); err != nil {
			return err
		}
		if r.Header.Get("X-Live") == "" { // the script of a live page would read the notice that the next page shows
			pg.Notice = b.Sessions.Told(r.Context())
		}
		main, kept := b.openForm(r, pg)
		if pg.Main = main; kept != "" {
			pg.Notice = kept
		}
		// In test mode nothing waits for it, and the screen of a phone is small.
		if pg.Notice == "" && !pg.User.Confirmed && (b.Mode(r.Context()) == board.ModeLive || pg.Section == "overview") {
			pg.Caution = b.caution(pg.User.Email)
		}
	}
	return b.render(w, r, status, name, pg)
}

// caution asks somebody to confirm an address, and says where the email is.
func (b *Base) caution(email string) *pages.Notice {
	n := &pages.Notice{
		Tone: pages.Warn,
		Text: "Confirm your email address with the link that we sent to " + email + ". Until then, orders, publishing, live keys and invitations wait.",
		Link: &pages.Link{Text: "Has it not come?", Path: "/employer/account"},
	}
	if b.KeepsMail {
		n.Text += " No email leaves this installation."
		n.Link = &pages.Link{Text: "Read it at the desk", Path: "/platform/mails"}
	}
	return n
}

func (b *Base) render(w http.ResponseWriter, r *http.Request, status int, name string, pg Page) error {
	pg.KeepsMail = b.KeepsMail
	pg.Theme, pg.Gate = pages.ThemeOf(r, "/employer/theme"), pages.Link{Text: "for employers", Path: "/employer"}
	return b.views.Render(w, status, name, pg)
}

// ErrNoPage answers for a page that is not there, or is another employer's.
var ErrNoPage = board.Errorf(board.CodeNotFound, "There is no such page.")

// answerError turns the error of a handler into a page.
func (b *Base) answerError(w http.ResponseWriter, r *http.Request, err error) {
	pages.FailureOf(err, pages.FaultText(w)).Answer(w, r, err, b.ShowError)
}

// ShowFault answers a request that failed through no fault of the visitor.
func (b *Base) ShowFault(w http.ResponseWriter, r *http.Request) {
	b.ShowError(w, r, http.StatusInternalServerError, "Something went wrong", pages.FaultText(w))
}

// ShowError answers with a page of one message.
func (b *Base) ShowError(w http.ResponseWriter, r *http.Request, status int, title, message string) {
	if err := b.render(w, r, status, "error", Page{Title: title, Failed: true, Main: message}); err != nil {
		pages.VisitOf(r.Context()).Fault = err
	}
}

// Fact is a line of a list of facts, with an address for a link.
type Fact struct{ Name, Text, Path string }
