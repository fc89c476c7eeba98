package desk

import (
	"fmt"
	"io"
	"net/http"
	"strings"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/outbox"
)

func (d *Desk) showMails(w http.ResponseWriter, r *http.Request, u account.User) error {
	to := strings.TrimSpace(r.URL.Query().Get("to"))
	if _, _, bad := board.CheckEmail("to", to); bad && to != "" {
		to = "nobody" // no recipient is called that
	}
	mails, err := d.Store.Outbox.FindMessages(r.Context(), outbox.MessageQuery{Recipient: to, Before: before(r), Limit: pageSize + 1})
	if err != nil {
		return err
	}
	t := &pages.Table{
		Caption: "Emails", Columns: []pages.Column{{Name: "Subject"}, {Name: "To"}, {Name: "Status"}, {Name: "Written"}},
		Empty: &pages.Empty{Title: "There are no such emails.", Text: "Emails are kept for 30 days."},
	}
	for _, m := range mails[:min(len(mails), pageSize)] {
		when := pages.MomentOf(m.CreatedAt, d.Now())
		t.Rows = append(t.Rows, pages.Row{Cells: []pages.Cell{
			{Text: m.Subject, Path: fmt.Sprintf("/platform/mails/%d", m.ID), Opens: true}, {Text: m.To}, {Tags: []pages.Tag{d.mailTag(m.Status)}}, {When: &when},
		}})
	}
	about := "Emails of the platform. Only their subjects are shown here: they are sent to the people whom they are for."
	if d.KeepsMail {
		about = "No mail server is set (SMTP_URL), so emails are not sent: read them here."
	}
	filters := &pages.Filters{Action: "/platform/mails", Fields: []*field{{ID: "to", Label: "To the address", Kind: "search", Value: r.URL.Query().Get("to"), MaxLength: board.MaxEmail}}}
	if to != "" {
		filters.Clear = "/platform/mails"
	}
	s := screen{Head: pages.Head{Title: "Emails", About: about}, Filters: filters, Table: t}
	if len(mails) > pageSize {
		s.Pager = &pages.Pager{Shown: fmt.Sprintf("%d emails", pageSize), Next: next(r, mails[pageSize-1].ID)}
	}
	return d.showScreen(w, r, u, s, nil)
}

func (d *Desk) mailTag(s delivery.Status) pages.Tag {
	switch {
	case d.KeepsMail:
		return pages.Tag{Text: "Kept"}
	case s == delivery.Delivered:
		return pages.Tag{Text: "Sent", Tone: pages.Good}
	case s == delivery.DeadLetter:
		return pages.Tag{Text: "Given up", Tone: pages.Bad}
	case s == delivery.Cancelled:
		return pages.Tag{Text: "Cancelled"}
	}
	return pages.Tag{Text: "On its way", Tone: pages.Warn}
}

func (d *Desk) mail(r *http.Request) (outbox.Message, error) {
	id, err := pathID(r)
	if err != nil {
		return outbox.Message{}, err
	}
	found, err := d.Store.Outbox.FindMessages(r.Context(), outbox.MessageQuery{ID: id, Limit: 1})
	if err != nil {
		return outbox.Message{}, err
	}
	if len(found) == 0 {
		return outbox.Message{}, board.Errorf(board.CodeNotFound, "There is no such email. They are kept for 30 days.")
	}
	return found[0], nil
}

func (d *Desk) showMail(w http.ResponseWriter, r *http.Request, u account.User) error {
	m, err := d.mail(r)
	if err != nil {
		return err
	}
	facts := []fact{{Name: "To", Value: m.To}, {Name: "Written", Value: exact(m.CreatedAt)}}
	if m.ReplyTo != "" {
		facts = append(facts, fact{Name: "Answers to", Value: m.ReplyTo})
	}
	s := screen{
		Head:     pages.Head{Title: m.Subject, Back: &pages.Link{Text: "Emails", Path: "/platform/mails"}, Tags: []pages.Tag{d.mailTag(m.Status)}},
		Sections: []section{{Title: "The email", Facts: facts}},
	}
	if !d.KeepsMail {
		s.Sections[0].Text = "What it says is for its reader alone."
		return d.showScreen(w, r, u, s, nil)
	}
	s.Sections = append(s.Sections,
		section{Title: "Text", Code: &pages.Code{Text: m.Text, Copy: "Copy"}},
		section{Title: "HTML", Text: "Nothing in it runs, and links do not open: copy them from the text.", Frame: fmt.Sprintf("/platform/mails/%d/html", m.ID)})
	if m.Calendar.Text != "" {
		s.Sections = append(s.Sections, section{Title: "Calendar entry", Code: &pages.Code{Text: m.Calendar.Text, Copy: "Copy"}})
	}
	return d.showScreen(w, r, u, s, nil)
}

// mailPolicy makes the document of an email a page of nobody: nothing runs, nothing is loaded or sent, and only the desk frames it.
const mailPolicy = "sandbox; default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'"

func (d *Desk) serveMailHTML(w http.ResponseWriter, r *http.Request, _ account.User) error {
	m, err := d.mail(r)
	if err != nil {
		return err
	}
	if !d.KeepsMail {
		return errNoPage
	}
	w.Header().Set("Content-Security-Policy", mailPolicy)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, err = io.WriteString(w, m.HTML)
	return err
}
