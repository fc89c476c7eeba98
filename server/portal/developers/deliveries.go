package developers

import (
	"net/http"
	"strconv"
	"time"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/server/portal/member"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/outbox"
)

const deliveriesOnPage = 25

// listTab is a tab of a webhook that is a list.
type listTab struct {
	Filters *pages.Filters
	Table   pages.Table
	Pager   *pages.Pager
	Form    *form
	MayEdit bool
	Live    bool
	Note    string
}

// logAsked is what the address of a log asks for. What makes no sense in it is passed over: it was written by hand.
type logAsked struct {
	status delivery.Status
	kind   event.Type
	span   string
	before int64
}

func askedLog(r *http.Request) logAsked {
	given := r.URL.Query()
	a := logAsked{kind: event.Type(given.Get("type")), before: before(r)}
	for _, s := range delivery.AllStatuses() {
		if string(s) == given.Get("status") {
			a.status = s
		}
	}
	if !a.kind.Valid() && a.kind != event.WebhookTest {
		a.kind = ""
	}
	if _, known := spans[given.Get("since")]; known {
		a.span = given.Get("since")
	}
	return a
}

// spans are how far back a log is shown, by their names in its address.
var spans = map[string]time.Duration{"1h": time.Hour, "24h": member.Day, "7d": 7 * member.Day}

// since is the beginning of what is shown; zero for all that is kept.
func (a logAsked) since(now time.Time) time.Time {
	if d, chosen := spans[a.span]; chosen {
		return now.Add(-d)
	}
	return time.Time{}
}

// address is that of a page of the log, with the same filters.
func (a logAsked) address(path string, before int64) string {
	values := map[string]string{"status": string(a.status), "type": string(a.kind), "since": a.span}
	if before > 0 {
		values["before"] = strconv.FormatInt(before, 10)
	}
	return withQuery(path, values)
}

func (a logAsked) clear(path string) string {
	if a.status == "" && a.kind == "" && a.span == "" {
		return ""
	}
	return path
}

// logPager leads to the newest page and to the next one; a log is read from its newest end.
func (a logAsked) pager(path string, next int64, what string) *pages.Pager {
	if a.before == 0 && next == 0 {
		return nil
	}
	g := &pages.Pager{Shown: "The newest " + what}
	if a.before > 0 {
		g.Shown, g.Previous = "Older "+what, a.address(path, 0)
	}
	if next > 0 {
		g.Next = a.address(path, next)
	}
	return g
}

func deliveryStatusName(s delivery.Status) string {
	switch s {
	case delivery.Pending:
		return "Waiting"
	case delivery.Delivered:
		return "Delivered"
	case delivery.DeadLetter:
		return "Given up"
	case delivery.Cancelled:
		return "Cancelled"
	}
	return string(s)
}

func deliveryTag(s delivery.Status, attempts int) pages.Tag {
	tag := pages.Tag{Text: deliveryStatusName(s)}
	switch s {
	case delivery.Delivered:
		tag.Tone = pages.Good
	case delivery.DeadLetter:
		tag.Tone = pages.Bad
	case delivery.Pending:
		if attempts > 0 {
			tag.Text, tag.Tone = "Retrying", pages.Warn
		}
	case delivery.Cancelled:
	}
	return tag
}

func typeName(t event.Type) string { return string(t) }

func (p *Pages) showDeliveries(w http.ResponseWriter, r *http.Request, u account.User) error {
	s, err := p.webhook(r, u)
	if err != nil {
		return err
	}
	a, path := askedLog(r), webhookPath(s.ID)
	found, more, err := p.Store.Outbox.DeliveryLog(r.Context(), s, outbox.DeliveryFilter{
		Status: a.status, Type: a.kind, Since: a.since(p.Now()), Before: a.before, Limit: deliveriesOnPage,
	})
	if err != nil {
		return err
	}
	types := append(append([]event.Type{}, s.Events...), event.WebhookTest)
	main := listTab{
		Live: a.before == 0,
		Filters: &pages.Filters{Action: path, Clear: a.clear(path), Fields: []*pages.Field{
			chooseOne("status", "State", "All", delivery.AllStatuses(), a.status, deliveryStatusName),
			chooseOne("type", "Event", "All events", types, a.kind, typeName),
			{ID: "since", Label: "Time", Kind: "select", Options: spanOptions(a.span, "Last 30 days")},
		}},
		Table: pages.Table{Caption: "Deliveries", Columns: []pages.Column{
			{Name: "Event"}, {Name: "State"}, {Name: "Answer"}, {Name: "Attempts", Number: true}, {Name: "Took", Number: true}, {Name: "Happened"},
		}, Empty: noDeliveries(a)},
	}
	var last int64
	for _, d := range found {
		last = d.EventID
		cells := []pages.Cell{
			{Text: string(d.EventType), Path: deliveryPath(d.Delivery), Opens: true, Sub: "delivery " + strconv.FormatInt(d.ID, 10)},
			{Tags: []pages.Tag{deliveryTag(d.Status, d.Attempts)}, Sub: p.nextText(d.Delivery)},
			{}, {Text: strconv.Itoa(d.Attempts)}, {}, {When: new(pages.MomentOf(d.EventCreatedAt, p.Now()))},
		}
		if s.Status == delivery.SubscriptionDisabled && d.Status == delivery.Pending {
			cells[1].Sub = "when the webhook is enabled"
		}
		if d.LastAt != nil {
			cells[2].Tags, cells[4].Text = []pages.Tag{answerTag(d.LastStatus, d.LastStage)}, tookText(d.LastTook)
		}
		main.Table.Rows = append(main.Table.Rows, pages.Row{Cells: cells})
	}
	if !more {
		last = 0
	}
	main.Pager = a.pager(path, last, "deliveries")
	return p.showWebhook(w, r, u, s, "webhook-deliveries", false, main)
}

func noDeliveries(a logAsked) *pages.Empty {
	if a.clear("x") != "" || a.before > 0 {
		return &pages.Empty{Title: "No delivery is like that", Text: "Choose another state, event or time."}
	}
	return &pages.Empty{Title: "Nothing was sent yet", Text: "Send a test event to see whether your system takes it."}
}

// nextText tells when a delivery is tried again.
func (p *Pages) nextText(d outbox.Delivery) string {
	if d.Status != delivery.Pending || d.NextAttemptAt == nil || d.Attempts == 0 {
		return ""
	}
	return "again " + pages.Relative(*d.NextAttemptAt, p.Now())
}

// answerTag is the status of an answer, or where the attempt failed when there was none.
func answerTag(status int, stage string) pages.Tag {
	switch {
	case status == 0:
		return pages.Tag{Text: stageName(stage), Tone: pages.Bad}
	case status >= 200 && status < 300:
		return pages.Tag{Text: strconv.Itoa(status), Tone: pages.Good}
	}
	return pages.Tag{Text: strconv.Itoa(status), Tone: pages.Bad}
}

// stageName is where an attempt without an answer failed, in a word or two.
func stageName(stage string) string {
	switch stage {
	case "":
		return "no answer"
	case "dns":
		return "host not found"
	case "connect":
		return "not reached"
	case "tls":
		return "TLS failed"
	case "write", "response":
		return "broke off"
	case "timeout":
		return "timed out"
	case "handshake":
		return "not permitted"
	case "gone":
		return "no longer kept"
	}
	return stage
}

func tookText(d time.Duration) string {
	switch {
	case d == 0:
		return "–"
	case d >= time.Second:
		return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + " s"
	case d >= 10*time.Millisecond:
		return strconv.FormatInt(d.Milliseconds(), 10) + " ms"
	}
	return strconv.FormatFloat(float64(d.Microseconds())/1000, 'f', 1, 64) + " ms"
}
