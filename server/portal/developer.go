package portal

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
)

// developerPages are those of webhooks, events and the request log.
func (p *Portal) developerPages() map[string]handler {
	return map[string]handler{
		"GET /employer/webhooks":                                    p.member(p.showWebhooks),
		"GET /employer/webhooks/new":                                p.webhookEditor(p.showNewWebhook),
		"POST /employer/webhooks":                                   p.webhookEditor(p.createWebhook),
		"GET /employer/webhooks/{id}":                               p.member(p.showDeliveries),
		"GET /employer/webhooks/{id}/settings":                      p.member(p.showWebhookSettings),
		"POST /employer/webhooks/{id}/settings":                     p.webhookEditor(p.updateWebhook),
		"GET /employer/webhooks/{id}/secret":                        p.member(p.showSecret),
		"POST /employer/webhooks/{id}/secret":                       p.webhookEditor(p.makeNextSecret),
		"POST /employer/webhooks/{id}/secret/activate":              p.webhookEditor(p.activateSecret),
		"GET /employer/webhooks/{id}/replays":                       p.member(p.showReplays),
		"POST /employer/webhooks/{id}/replays":                      p.webhookEditor(p.createReplay),
		"POST /employer/webhooks/{id}/replays/{replay}/cancel":      p.webhookEditor(p.cancelReplay),
		"POST /employer/webhooks/{id}/test":                         p.webhookEditor(p.sendTestEvent),
		"POST /employer/webhooks/{id}/disable":                      p.webhookEditor(p.disableWebhook),
		"POST /employer/webhooks/{id}/enable":                       p.webhookEditor(p.enableWebhook),
		"POST /employer/webhooks/{id}/delete":                       p.webhookEditor(p.deleteWebhook),
		"GET /employer/webhooks/{id}/deliveries/{delivery}":         p.member(p.showDelivery),
		"POST /employer/webhooks/{id}/deliveries/{delivery}/resend": p.webhookEditor(p.resendDelivery),

		"GET /employer/events":      p.member(p.showEvents),
		"GET /employer/events/{id}": p.member(p.showEvent),

		"GET /employer/requests":      p.member(p.showRequests),
		"GET /employer/requests/{id}": p.member(p.showRequest),
	}
}

// Who may do what here. An admin changes webhooks, the others look at them.

func mayEditWebhooks(r board.Role) bool { return r == board.RoleEmployerAdmin }

// maySeePeople tells who is shown deliveries that carry data about candidates: whoever works with candidates.
func maySeePeople(r board.Role) bool { return r.CanEditJobs() }

// webhookEditor is member for those who may change webhooks.
func (p *Portal) webhookEditor(h func(w http.ResponseWriter, r *http.Request, u account.User) error) handler {
	return p.member(func(w http.ResponseWriter, r *http.Request, u account.User) error {
		if !mayEditWebhooks(u.Role) {
			return board.Errorf(board.CodeInsufficientScope, "Only an employer admin can change webhooks. Ask an admin of your account.")
		}
		return h(w, r, u)
	})
}

// numberIn reads a number in the path.
func numberIn(r *http.Request, name string) (int64, error) {
	id, err := strconv.ParseInt(r.PathValue(name), 10, 64)
	if err != nil || id < 1 {
		return 0, errNoPage
	}
	return id, nil
}

// withQuery is an address with those values that are not empty.
func withQuery(path string, values map[string]string) string {
	query := url.Values{}
	for name, value := range values {
		if value != "" {
			query.Set(name, value)
		}
	}
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}

// before reads where a page of a list begins; what makes no sense is the first page.
func before(r *http.Request) int64 {
	n, err := strconv.ParseInt(r.URL.Query().Get("before"), 10, 64)
	if err != nil || n < 1 {
		return 0
	}
	return n
}

// spans are how far a log is shown back, by their names in its address; the empty one is all that is kept.
func spanOptions(chosen string, all string) []option {
	options := []option{{Value: "", Label: all}, {Value: "1h", Label: "Last hour"}, {Value: "24h", Label: "Last 24 hours"}, {Value: "7d", Label: "Last 7 days"}}
	for i := range options {
		options[i].Checked = options[i].Value == chosen
	}
	return options
}

// chooseOne offers values under a label for all of them.
func chooseOne[T ~string](id, label, all string, values []T, chosen T, name func(T) string) *pages.Field {
	f := &pages.Field{ID: id, Label: label, Kind: "select", Options: []option{{Value: "", Label: all, Checked: chosen == ""}}}
	for _, v := range values {
		f.Options = append(f.Options, option{Value: string(v), Label: name(v), Checked: v == chosen})
	}
	return f
}

// inForm does something once for each form that was shown. Errors: conflict when the form was sent before.
func (p *Portal) inForm(c context.Context, u account.User, formID string, do func(context.Context) error) error {
	return p.store.WithTx(c, func(c context.Context) error {
		if err := p.store.Accounts.UseForm(c, u.ID, formID); err != nil {
			return err
		}
		return do(c)
	})
}
