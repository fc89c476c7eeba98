package desk

import (
	"context"
	"fmt"
	"net/http"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
)

func (d *Desk) showDeadLetters(w http.ResponseWriter, r *http.Request, u account.User) error {
	letters, err := d.Store.Outbox.DeadLetters(r.Context(), before(r), pageSize+1)
	if err != nil {
		return err
	}
	t := &pages.Table{
		Caption: "Deliveries that were given up",
		Columns: []pages.Column{{Name: "Delivery"}, {Name: "Employer"}, {Name: "Webhook"}, {Name: "Last answer"}, {Name: "Given up"}, {Unseen: "Actions"}},
		Empty:   &pages.Empty{Title: "No delivery was given up.", Text: "A delivery is given up when all its attempts have failed, or the endpoint has refused it for good."},
	}
	for _, l := range letters[:min(len(letters), pageSize)] {
		answer := l.Error
		if l.Status != 0 {
			answer = fmt.Sprintf("HTTP %d", l.Status)
		}
		when := pages.MomentOf(l.StartedAt, d.Now())
		hook := pages.Cell{Text: fmt.Sprintf("Webhook %d", l.SubscriptionID), Sub: l.URL}
		actions := []pages.Action{{Label: "Resend", Of: fmt.Sprintf("delivery %d", l.ID), Little: true, Post: fmt.Sprintf("/platform/dead-letters/%d/resend", l.ID)}}
		if l.Disabled {
			hook.Tags, actions = []pages.Tag{{Text: "Disabled", Tone: pages.Warn}}, nil
		}
		t.Rows = append(t.Rows, pages.Row{Cells: []pages.Cell{
			{Text: string(l.EventType), Sub: fmt.Sprintf("delivery %d, %s", l.ID, pages.Count(l.Attempts, "attempt"))},
			{Text: l.Employer, Path: fmt.Sprintf("/platform/employers/%d", l.EmployerID), Sub: string(l.Mode)},
			hook, {Text: answer}, {When: &when}, {Actions: actions},
		}})
	}
	s := screen{Head: pages.Head{Title: "Dead letters", About: "Deliveries to webhooks of all employers that were given up. To send one again restarts its schedule."}, Table: t}
	if len(letters) > pageSize {
		s.Pager = &pages.Pager{Shown: fmt.Sprintf("%d deliveries", pageSize), Next: next(r, letters[pageSize-1].ID)}
	}
	return d.showScreen(w, r, u, s, nil)
}

func (d *Desk) resend(w http.ResponseWriter, r *http.Request, u account.User) error {
	id, err := pathID(r)
	if err != nil {
		return err
	}
	t, err := d.Store.Outbox.TenantOfDelivery(r.Context(), id)
	if err != nil {
		return err
	}
	err = d.act(r, u, account.PlatformAction{Action: "resend delivery", EmployerID: t.EmployerID, Subject: fmt.Sprintf("delivery %d", id)}, func(ctx context.Context) error {
		_, err := d.Store.Outbox.ResendDelivery(ctx, t, id, board.Precondition{})
		return err
	})
	if err != nil {
		return err
	}
	return d.done(w, r, "/platform/dead-letters", fmt.Sprintf("Delivery %d is on its way again.", id))
}
