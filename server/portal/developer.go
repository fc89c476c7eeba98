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
func (p *Portal) developerPages() map[string]memberRoute {
	return map[string]memberRoute{
		"GET /employer/webhooks":                                    {board.RightSeeWebhooks, "", p.showWebhooks, false},
		"GET /employer/webhooks/new":                                {board.RightEditWebhooks, "", p.showNewWebhook, false},
		"POST /employer/webhooks":                                   {board.RightEditWebhooks, "createWebhook", p.createWebhook, false},
		"GET /employer/webhooks/{id}":                               {board.RightSeeWebhooks, "", p.showDeliveries, false},
		"GET /employer/webhooks/{id}/settings":                      {board.RightSeeWebhooks, "", p.showWebhookSettings, false},
		"POST /employer/webhooks/{id}/settings":                     {board.RightEditWebhooks, "updateWebhook", p.updateWebhook, false},
		"GET /employer/webhooks/{id}/secret":                        {board.RightSeeWebhooks, "", p.showSecret, false},
		"POST /employer/webhooks/{id}/secret":                       {board.RightEditWebhooks, "nextWebhookSecret", p.makeNextSecret, false},
		"POST /employer/webhooks/{id}/secret/activate":              {board.RightEditWebhooks, "activateWebhookSecret", p.activateSecret, false},
		"GET /employer/webhooks/{id}/replays":                       {board.RightSeeWebhooks, "", p.showReplays, false},
		"POST /employer/webhooks/{id}/replays":                      {board.RightEditWebhooks, "createEventReplay", p.createReplay, false},
		"POST /employer/webhooks/{id}/replays/{replay}/cancel":      {board.RightEditWebhooks, "cancelEventReplay", p.cancelReplay, false},
		"POST /employer/webhooks/{id}/test":                         {board.RightEditWebhooks, "testWebhook", p.sendTestEvent, false},
		"POST /employer/webhooks/{id}/disable":                      {board.RightEditWebhooks, "disableWebhook", p.disableWebhook, false},
		"POST /employer/webhooks/{id}/enable":                       {board.RightEditWebhooks, "enableWebhook", p.enableWebhook, false},
		"POST /employer/webhooks/{id}/delete":                       {board.RightEditWebhooks, "deleteWebhook", p.deleteWebhook, false},
		"GET /employer/webhooks/{id}/deliveries/{delivery}":         {board.RightSeeWebhooks, "", p.showDelivery, false},
		"POST /employer/webhooks/{id}/deliveries/{delivery}/resend": {board.RightEditWebhooks, "resendDelivery", p.resendDelivery, false},

		"GET /employer/events":      {board.RightSeeWebhooks, "", p.showEvents, false},
		"GET /employer/events/{id}": {board.RightSeeWebhooks, "", p.showEvent, false},

		"GET /employer/requests":      {board.RightSeeWebhooks, "", p.showRequests, false},
		"GET /employer/requests/{id}": {board.RightSeeWebhooks, "", p.showRequest, false},
	}
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
