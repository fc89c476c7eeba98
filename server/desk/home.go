package desk

import (
	"net/http"
	"strconv"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/store/account"
)

// showHome shows what waits, and the keys that wait longest.
func (d *Desk) showHome(w http.ResponseWriter, r *http.Request, u account.User) error {
	ctx := r.Context()
	waiting, err := d.Store.Accounts.Waiting(ctx)
	if err != nil {
		return err
	}
	health, err := d.Store.Outbox.Health(ctx)
	if err != nil {
		return err
	}
	reviews, err := d.Store.Accounts.PendingKeys(ctx, 5)
	if err != nil {
		return err
	}
	link := func(text, path string) *pages.Link { return &pages.Link{Text: text, Path: path} }
	s := screen{
		Head: pages.Head{Title: "Home", About: "What waits for you."},
		Stats: []pages.Stat{
			{Name: "Keys to review", Figure: strconv.Itoa(waiting.Keys), Link: link("Key reviews", "/platform/keys")},
			{Name: "Open orders", Figure: strconv.Itoa(waiting.Orders), Link: link("Orders", "/platform/orders?status=Open")},
			{Name: "Open messages", Figure: strconv.Itoa(waiting.Requests), Link: link("Messages", "/platform/messages")},
			d.lag(health),
		},
		Table: d.reviewTable(reviews),
	}
	return d.showScreen(w, r, u, s, nil)
}
