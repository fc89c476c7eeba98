package developers

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/server/portal/member"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
)

// Routes are the pages of this room: keys, webhooks, events and the request log.
func (p *Pages) Routes() map[string]member.Route {
	return map[string]member.Route{
		"GET /employer/keys":              member.View(board.RightSeeKeys, p.showKeys),
		"GET /employer/keys/new":          member.View(board.RightMintKeys, p.showNewKey).WithProof(),
		"POST /employer/keys":             member.Act(board.RightMintKeys, "createKey", p.createKey).WithProof(),
		"POST /employer/keys/{id}/revoke": member.Act(board.RightMintKeys, "revokeKey", p.revokeKey),
		"POST /employer/keys/{id}/roll":   member.Act(board.RightMintKeys, "rollKey", p.rollKey).WithProof(),

		"GET /employer/webhooks":                                    member.View(board.RightSeeWebhooks, p.showWebhooks),
		"GET /employer/webhooks/new":                                member.View(board.RightEditWebhooks, p.showNewWebhook),
		"POST /employer/webhooks":                                   member.Act(board.RightEditWebhooks, "createWebhook", p.createWebhook),
		"GET /employer/webhooks/{id}":                               member.View(board.RightSeeWebhooks, p.showDeliveries),
		"GET /employer/webhooks/{id}/settings":                      member.View(board.RightSeeWebhooks, p.showWebhookSettings),
		"POST /employer/webhooks/{id}/settings":                     member.Act(board.RightEditWebhooks, "updateWebhook", p.updateWebhook),
		"GET /employer/webhooks/{id}/secret":                        member.View(board.RightSeeWebhooks, p.showSecret),
		"POST /employer/webhooks/{id}/secret":                       member.Act(board.RightEditWebhooks, "nextWebhookSecret", p.makeNextSecret),
		"POST /employer/webhooks/{id}/secret/activate":              member.Act(board.RightEditWebhooks, "activateWebhookSecret", p.activateSecret),
		"GET /employer/webhooks/{id}/replays":                       member.View(board.RightSeeWebhooks, p.showReplays),
		"POST /employer/webhooks/{id}/replays":                      member.Act(board.RightEditWebhooks, "createEventReplay", p.createReplay),
		"POST /employer/webhooks/{id}/replays/{replay}/cancel":      member.Act(board.RightEditWebhooks, "cancelEventReplay", p.cancelReplay),
		"POST /employer/webhooks/{id}/test":                         member.Act(board.RightEditWebhooks, "testWebhook", p.sendTestEvent),
		"POST /employer/webhooks/{id}/disable":                      member.Act(board.RightEditWebhooks, "disableWebhook", p.disableWebhook),
		"POST /employer/webhooks/{id}/enable":                       member.Act(board.RightEditWebhooks, "enableWebhook", p.enableWebhook),
		"POST /employer/webhooks/{id}/delete":                       member.Act(board.RightEditWebhooks, "deleteWebhook", p.deleteWebhook),
		"GET /employer/webhooks/{id}/deliveries/{delivery}":         member.View(board.RightSeeWebhooks, p.showDelivery),
		"POST /employer/webhooks/{id}/deliveries/{delivery}/resend": member.Act(board.RightEditWebhooks, "resendDelivery", p.resendDelivery),

		"GET /employer/webhooks/{id}/certify":  member.View(board.RightSeeWebhooks, p.showCertify),
		"POST /employer/webhooks/{id}/certify": member.Act(board.RightEditWebhooks, "certifyWebhook", p.certify),

		"GET /employer/test":                             member.View(board.RightSeeWebhooks, p.showTestMode),
		"POST /employer/test/applications":               member.Act(board.RightEditWebhooks, "simulateApplication", p.simulateApplication),
		"POST /employer/test/moves":                      member.Act(board.RightEditWebhooks, "simulateMove", p.simulateMove),
		"POST /employer/test/expiries":                   member.Act(board.RightEditWebhooks, "simulateExpiry", p.simulateExpiry),
		"POST /employer/test/clear":                      member.Act(board.RightEditWebhooks, "clearTestData", p.clearTestData),
		"POST /employer/test/inboxes":                    member.Act(board.RightEditWebhooks, "createInbox", p.createInbox),
		"GET /employer/test/inboxes/{id}":                member.View(board.RightSeeWebhooks, p.showInbox),
		"GET /employer/test/inboxes/{id}/live":           member.View(board.RightSeeWebhooks, p.streamInbox),
		"POST /employer/test/inboxes/{id}/delete":        member.Act(board.RightEditWebhooks, "deleteInbox", p.deleteInbox),
		"GET /employer/test/inboxes/{id}/requests/{req}": member.View(board.RightSeeWebhooks, p.showInboxRequest),

		"GET /employer/events":      member.View(board.RightSeeWebhooks, p.showEvents),
		"GET /employer/events/{id}": member.View(board.RightSeeWebhooks, p.showEvent),

		"GET /employer/requests":      member.View(board.RightSeeWebhooks, p.showRequests),
		"GET /employer/requests/{id}": member.View(board.RightSeeWebhooks, p.showRequest),
	}
}

// numberIn reads a number in the path.
func numberIn(r *http.Request, name string) (int64, error) {
	id, err := strconv.ParseInt(r.PathValue(name), 10, 64)
	if err != nil || id < 1 {
		return 0, member.ErrNoPage
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
func (p *Pages) inForm(c context.Context, u account.User, formID string, do func(context.Context) error) error {
	return p.Store.WithTx(c, func(c context.Context) error {
		if err := p.Store.Accounts.UseForm(c, u.ID, formID); err != nil {
			return err
		}
		return do(c)
	})
}
