package developers

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/server/portal/member"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/webhooks/profile"
)

// healthHours is how far back the health of a webhook reaches, the current hour included.
const healthHours = 24

// listPage is a page that is a head and a table.
type listPage struct {
	Head    pages.Head
	Note    *pages.Notice
	Filters *pages.Filters
	Table   pages.Table
	Pager   *pages.Pager
	// Live reads the table anew while it is looked at.
	Live bool
}

func webhookPath(id int64) string { return "/employer/webhooks/" + strconv.FormatInt(id, 10) }

// webhookName is the address of a webhook without what all of them begin with.
func webhookName(s outbox.Subscription) string { return strings.TrimPrefix(s.URL, "https://") }

// profileOf is the profile of a webhook, or native under its name when a newer copy of the program made it.
func profileOf(s outbox.Subscription) profile.Profile {
	if p, ok := profile.Lookup(s.Profile); ok {
		return p
	}
	p := profile.Native()
	p.Name = s.Profile
	return p
}

func (p *Pages) healths(ctx context.Context, t board.Tenant) (map[int64]outbox.SubscriptionHealth, error) {
	return p.Store.Outbox.Healths(ctx, t, p.Now().Add(-(healthHours-1)*time.Hour))
}

func (p *Pages) showWebhooks(w http.ResponseWriter, r *http.Request, u account.User) error {
	ctx, t := r.Context(), p.Tenant(r.Context(), u)
	subs, err := p.Store.Outbox.Subscriptions(ctx, t, outbox.SubscriptionQuery{Sort: pg.OldestFirst, Limit: delivery.MaxSubscriptions})
	if err != nil {
		return err
	}
	healths, err := p.healths(ctx, t)
	if err != nil {
		return err
	}
	main := listPage{
		Head: pages.Head{Title: "Webhooks", About: "Addresses of your systems that are told at once what happens here."}, Live: true,
		Table: pages.Table{Caption: "Webhooks", Columns: []pages.Column{
			{Name: "Address"}, {Name: "State"}, {Name: "Last 24 hours"}, {Name: "Waiting", Number: true}, {Name: "Waiting since"},
		}},
	}
	empty := &pages.Empty{Title: "No webhook yet", Text: "Add the address of your system: it gets each event within seconds, signed, and again until it has taken it."}
	if u.Role.May(board.RightEditWebhooks) {
		add := pages.Action{Label: "Add webhook", Icon: "plus", Path: "/employer/webhooks/new", Look: "primary"}
		main.Head.Actions, empty.Actions = []pages.Action{add}, pages.Plain([]pages.Action{add})
	} else {
		empty.Text = "Only an employer admin can add one."
	}
	main.Table.Empty = empty
	if len(subs.Items) == 0 && u.Role.May(board.RightEditWebhooks) {
		if main.Note, err = p.webhookAdvice(ctx, t); err != nil {
			return err
		}
	}
	for _, s := range subs.Items {
		h := healths[s.ID]
		main.Table.Rows = append(main.Table.Rows, pages.Row{Faded: s.Status == delivery.SubscriptionDisabled, Cells: []pages.Cell{
			{Text: webhookName(s), Path: webhookPath(s.ID), Opens: true, Sub: webhookLine(s)},
			{Tags: []pages.Tag{webhookTag(s, h)}},
			{Sparkline: p.sparkline(h), Sub: attemptsText(h)},
			{Text: pendingText(h)}, {When: p.waitingSince(h)},
		}})
	}
	return p.Show(w, r, http.StatusOK, "list", member.Page{Title: "Webhooks", Section: "webhooks", User: &u, Main: main})
}

// webhookAdvice tells somebody who is about to add a webhook what would be missed otherwise: that the events of a test key go to test
// webhooks, and that an inbox takes the place of a server. It is nil when there is nothing to tell.
func (p *Pages) webhookAdvice(ctx context.Context, t board.Tenant) (*pages.Notice, error) {
	if t.Mode == board.ModeTest {
		return &pages.Notice{Text: "No server of your own yet? An inbox takes the events, shows each as it was sent, and tells whether its signature verifies.", Link: &pages.Link{Text: "Make an inbox", Path: testModePath}}, nil
	}
	keys, err := p.Store.Accounts.Keys(ctx, t.EmployerID)
	if err != nil {
		return nil, err
	}
	for _, k := range keys {
		if k.Mode == board.ModeLive && k.Status != apikey.Revoked {
			return nil, nil //nolint:nilnil // there is nothing to tell
		}
	}
	return &pages.Notice{Tone: pages.Warn, Text: "You are looking at live data. What your test key does goes to webhooks of test mode.", Link: &pages.Link{Text: "Switch to test mode", Path: testModePath}}, nil
}

func webhookLine(s outbox.Subscription) string {
	line := profileText(profileOf(s)).label + " · " + pages.Count(len(s.Events), "event")
	if s.Description != nil {
		return *s.Description + " · " + line
	}
	return line
}

// webhookTag is the state of a webhook in words.
func webhookTag(s outbox.Subscription, h outbox.SubscriptionHealth) pages.Tag {
	switch {
	case s.Status == delivery.SubscriptionDisabled:
		return pages.Tag{Text: "Disabled", Tone: pages.Bad}
	case h.Failures > 0:
		return pages.Tag{Text: "Failing · disables after " + strconv.Itoa(max(1, delivery.MaxFailures-h.Failures)) + " more", Tone: pages.Warn}
	}
	return pages.Tag{Text: "Active", Tone: pages.Good}
}

// sparkline shows the attempts of each hour; an hour with a failure stands out.
func (p *Pages) sparkline(h outbox.SubscriptionHealth) *pages.Sparkline {
	delivered, failed := h.Total()
	line := &pages.Sparkline{
		Label: "Attempts of the last 24 hours, by hour: " + strconv.FormatInt(delivered, 10) + " delivered, " + strconv.FormatInt(failed, 10) + " failed",
		Bars:  make([]pages.Bar, healthHours),
	}
	first := p.Now().UTC().Truncate(time.Hour).Add(-(healthHours - 1) * time.Hour)
	for _, hour := range h.Hours {
		i := int(hour.Hour.Sub(first) / time.Hour)
		if i < 0 || i >= healthHours {
			continue
		}
		line.Bars[i] = pages.Bar{Value: float64(hour.Delivered + hour.Failed)}
		if hour.Failed > 0 {
			line.Bars[i].Tone = pages.Bad
		}
	}
	return line
}

func attemptsText(h outbox.SubscriptionHealth) string {
	delivered, failed := h.Total()
	if delivered+failed == 0 {
		return "nothing sent"
	}
	text := strconv.FormatInt(delivered, 10) + " delivered"
	if failed > 0 {
		text += ", " + strconv.FormatInt(failed, 10) + " failed"
	}
	return text
}

func pendingText(h outbox.SubscriptionHealth) string {
	if h.Pending > outbox.MostPending {
		return "more than " + pages.FormatMoney(outbox.MostPending*100)
	}
	return strconv.Itoa(h.Pending)
}

// waitingSince is when the delivery that waits longest was due; nil when none is late.
func (p *Pages) waitingSince(h outbox.SubscriptionHealth) *pages.Moment {
	if h.OldestDue == nil || h.OldestDue.After(p.Now()) {
		return nil
	}
	return pages.MomentOrNil(h.OldestDue, p.Now())
}

// webhookView is a page of one webhook: a head, figures, tabs, and what is below them.
type webhookView struct {
	Head    pages.Head
	Problem *pages.Notice
	Stats   []pages.Stat
	Tabs    pages.Tabs
	Dialogs []pages.Dialog
	Tab     any
}

// webhook reads the webhook of the path, bound to the tenant of the session.
func (p *Pages) webhook(r *http.Request, u account.User) (outbox.Subscription, error) {
	id, err := numberIn(r, "id")
	if err != nil {
		return outbox.Subscription{}, err
	}
	return p.Store.Outbox.Subscription(r.Context(), p.Tenant(r.Context(), u), id)
}

// showWebhook shows a tab of a webhook. tab is the template of what is below the tabs, which gets main.
func (p *Pages) showWebhook(w http.ResponseWriter, r *http.Request, u account.User, s outbox.Subscription, tab string, failed bool, main any) error {
	healths, err := p.healths(r.Context(), s.Tenant)
	if err != nil {
		return err
	}
	h, path := healths[s.ID], webhookPath(s.ID)
	v := webhookView{
		Head: pages.Head{Title: webhookName(s), Back: &pages.Link{Text: "Webhooks", Path: "/employer/webhooks"}, About: webhookLine(s), Tags: []pages.Tag{webhookTag(s, h)}},
		Tab:  main,
		Tabs: pages.Tabs{Label: "About this webhook", Tabs: []pages.Tab{
			{Text: "Deliveries", Path: path, Current: tab == "webhook-deliveries"}, {Text: "Settings", Path: path + "/settings", Current: tab == "webhook-settings"},
			{Text: "Secret", Path: path + "/secret", Current: tab == "webhook-secret"}, {Text: "Replay", Path: path + "/replays", Current: tab == "webhook-replays"},
		}},
	}
	if s.Mode == board.ModeTest {
		v.Tabs.Tabs = append(v.Tabs.Tabs, pages.Tab{Text: "Check receiver", Path: path + "/certify", Current: tab == "webhook-certify"})
	}
	delivered, failures := h.Total()
	v.Stats = []pages.Stat{
		{Name: "Delivered, 24 h", Figure: strconv.FormatInt(delivered, 10), Sparkline: p.sparkline(h)},
		{Name: "Failed attempts, 24 h", Figure: strconv.FormatInt(failures, 10), More: failuresText(h)},
		{Name: "Waiting", Figure: pendingText(h), More: waitingText(p.waitingSince(h))},
	}
	if failures > 0 {
		v.Stats[1].Tone = pages.Bad
	}
	if s.Status == delivery.SubscriptionDisabled {
		v.Problem = &pages.Notice{Tone: pages.Warn, Text: disabledText(s) + " Events are kept for 30 days and can be sent when you enable it."}
	}
	if u.Role.May(board.RightEditWebhooks) {
		offerWebhook(&v, s)
	}
	status := http.StatusOK
	if failed {
		status = http.StatusUnprocessableEntity
	}
	return p.Show(w, r, status, tab, member.Page{Title: webhookName(s), Section: "webhooks", User: &u, Failed: failed, Main: v})
}

func disabledText(s outbox.Subscription) string {
	if s.DisabledReason == nil || *s.DisabledReason == ownersReason {
		return "Nothing is sent: an admin of your account disabled this webhook."
	}
	return "Nothing is sent. " + *s.DisabledReason
}

func failuresText(h outbox.SubscriptionHealth) string {
	delivered, failed := h.Total()
	switch {
	case h.Failures == 0 && delivered+failed == 0:
		return "Nothing was sent"
	case h.Failures == 0:
		return "The last one went well"
	}
	return pages.Count(h.Failures, "failure") + " in a row"
}

func waitingText(since *pages.Moment) string {
	if since == nil {
		return "Nothing is late"
	}
	return "The oldest was due " + since.Words
}

// offerWebhook puts what can be done with a webhook into its head, each with its dialog.
func offerWebhook(v *webhookView, s outbox.Subscription) {
	path := webhookPath(s.ID)
	add := func(a pages.Action) { v.Head.Actions = append(v.Head.Actions, a) }
	if s.Status == delivery.SubscriptionDisabled {
		add(pages.Action{Label: "Enable", Icon: "bolt", Look: "primary", Opens: "enable-webhook"})
		v.Dialogs = append(v.Dialogs, pages.Dialog{
			ID: "enable-webhook", Title: "Enable this webhook", Text: "It gets events again at once.",
			Form: &pages.Form{Action: path + "/enable", Submit: "Enable", Fields: []*pages.Field{{
				ID: "replay", Label: "What happened meanwhile", Kind: "radios", Options: []option{
					{ID: "replay-yes", Value: "yes", Label: "Send it now", Hint: "Everything since it was disabled, up to 30 days back.", Checked: true},
					{ID: "replay-no", Value: "no", Label: "Leave it out", Hint: "Begin with the next event. What waits is cancelled."},
				},
			}}},
		})
		return
	}
	add(pages.Action{Label: "Send test event", Icon: "bolt", Post: path + "/test"})
	add(pages.Action{Label: "Disable", Look: "danger", Opens: "disable-webhook"})
	v.Dialogs = append(v.Dialogs, pages.Dialog{
		ID: "disable-webhook", Title: "Disable this webhook?", Danger: true, Label: "Disable", Post: path + "/disable",
		Text: "Nothing is sent until you enable it again. Nothing is lost: events of the last 30 days can be sent then.",
	})
}
