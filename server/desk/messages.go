package desk

import (
	"context"
	"fmt"
	"net/http"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/store/account"
)

func (d *Desk) showMessages(w http.ResponseWriter, r *http.Request, u account.User) error {
	found, err := d.Store.Accounts.ContactRequests(r.Context(), before(r), pageSize+1)
	if err != nil {
		return err
	}
	t := &pages.Table{
		Caption: "Messages of people", Columns: []pages.Column{{Name: "Ticket"}, {Name: "From"}, {Name: "Message"}, {Name: "Written"}, {Unseen: "Actions"}},
		Empty: &pages.Empty{Title: "Nobody has written yet.", Text: "Messages come from the public page /contact."},
	}
	for _, m := range found[:min(len(found), pageSize)] {
		when := pages.MomentOf(m.CreatedAt, d.Now())
		from := pages.Cell{Text: m.Name, Sub: m.Email}
		if m.Company != "" {
			from.Sub += ", " + m.Company
		}
		ticket, last := pages.Cell{Text: m.Ticket(), Strong: true}, pages.Cell{}
		if m.ClosedAt == nil {
			ticket.Tags = []pages.Tag{{Text: "Open", Tone: pages.Warn}}
			last.Actions = []pages.Action{{Label: "Close", Of: m.Ticket(), Little: true, Post: fmt.Sprintf("/platform/messages/%d/close", m.ID)}}
		}
		t.Rows = append(t.Rows, pages.Row{Faded: m.ClosedAt != nil, Cells: []pages.Cell{ticket, from, {Text: m.Message, Lines: true}, {When: &when}, last}})
	}
	s := screen{Head: pages.Head{Title: "Messages", About: "What people have written on the page Contact. Answer by email, and name the ticket."}, Table: t}
	if len(found) > pageSize {
		s.Pager = &pages.Pager{Shown: fmt.Sprintf("%d messages", pageSize), Next: next(r, found[pageSize-1].ID)}
	}
	return d.showScreen(w, r, u, s, nil)
}

func (d *Desk) closeMessage(w http.ResponseWriter, r *http.Request, u account.User) error {
	id, err := pathID(r)
	if err != nil {
		return err
	}
	ticket := account.ContactRequest{ID: id}.Ticket()
	err = d.act(r, u, account.PlatformAction{Action: "close message", Subject: ticket}, func(ctx context.Context) error {
		return d.Store.Accounts.CloseContactRequest(ctx, id)
	})
	if err != nil {
		return err
	}
	return d.done(w, r, "/platform/messages", ticket+" is closed.")
}
