package developers

import (
	"net/http"
	"strconv"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/server/portal/member"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/webhooks/profile"
)

const eventsOnPage = 25

func eventPath(id int64) string { return "/employer/events/" + strconv.FormatInt(id, 10) }

func (p *Pages) showEvents(w http.ResponseWriter, r *http.Request, u account.User) error {
	const path = "/employer/events"
	a := askedLog(r)
	f := outbox.EventFilter{Since: a.since(p.Now()), Before: a.before, Limit: eventsOnPage}
	if a.kind != "" {
		f.Types = []event.Type{a.kind}
	}
	found, more, err := p.Store.Outbox.EventLog(r.Context(), p.Tenant(r.Context(), u), f)
	if err != nil {
		return err
	}
	main := listPage{
		Head: pages.Head{Title: "Events", About: "What happened, in the order in which it happened. Events are kept for 30 days."}, Live: a.before == 0,
		Filters: &pages.Filters{Action: path, Clear: a.clear(path), Fields: []*pages.Field{
			chooseOne("type", "Event", "All events", event.AllTypes(), a.kind, typeName),
			{ID: "since", Label: "Time", Kind: "select", Options: spanOptions(a.span, "Last 30 days")},
		}},
		Table: pages.Table{Caption: "Events", Columns: []pages.Column{{Name: "Event"}, {Name: "What"}, {Name: "Number", Number: true}, {Name: "When"}},
			Empty: &pages.Empty{Title: "No event yet", Text: "Post a job, or take an application: it is listed here, whether or not a webhook asks for it."}},
	}
	if a.clear(path) != "" || a.before > 0 {
		main.Table.Empty = &pages.Empty{Title: "No event is like that", Text: "Choose another event or time."}
	}
	var last int64
	for _, e := range found {
		last = e.Seq
		main.Table.Rows = append(main.Table.Rows, pages.Row{Cells: []pages.Cell{
			{Text: string(e.Type), Path: eventPath(e.ID), Opens: true}, {Text: p.catalogue[e.Type].summary}, {Text: strconv.FormatInt(e.Seq, 10)},
			{When: new(pages.MomentOf(e.CreatedAt, p.Now()))},
		}})
	}
	if !more {
		last = 0
	}
	main.Pager = a.pager(path, last, "events")
	return p.Show(w, r, http.StatusOK, "list", member.Page{Title: "Events", Section: "events", User: &u, Main: main})
}

// eventView is the page of one event.
type eventView struct {
	Head       pages.Head
	Deliveries pages.Table
	Payloads   []pages.Code
	Withheld   string
}

func (p *Pages) showEvent(w http.ResponseWriter, r *http.Request, u account.User) error {
	id, err := numberIn(r, "id")
	if err != nil {
		return err
	}
	ctx, t := r.Context(), p.Tenant(r.Context(), u)
	e, err := p.Store.Outbox.LoggedEvent(ctx, t, id)
	if err != nil {
		return err
	}
	deliveries, err := p.Store.Outbox.EventDeliveries(ctx, e)
	if err != nil {
		return err
	}
	subs, err := p.Store.Outbox.Subscriptions(ctx, t, outbox.SubscriptionQuery{Sort: pg.OldestFirst, Limit: delivery.MaxSubscriptions})
	if err != nil {
		return err
	}
	v := eventView{
		Head: pages.Head{Title: string(e.Type), Back: &pages.Link{Text: "Events", Path: "/employer/events"}, About: "Event " + strconv.FormatInt(e.ID, 10) + " · " + pages.MomentOf(e.CreatedAt, p.Now()).Exact},
		Deliveries: pages.Table{Caption: "Deliveries of this event", Columns: []pages.Column{{Name: "Webhook"}, {Name: "State"}, {Name: "Attempts", Number: true}},
			Empty: &pages.Empty{Title: "No webhook was sent this", Text: "None asked for it when it happened. A replay sends it to one that asks now."}},
	}
	if e.Seq > 0 {
		v.Head.About = "Number " + strconv.FormatInt(e.Seq, 10) + " · " + pages.MomentOf(e.CreatedAt, p.Now()).Exact
	}
	names := map[int64]string{}
	for _, s := range subs.Items {
		names[s.ID] = webhookName(s)
	}
	for _, d := range deliveries {
		v.Deliveries.Rows = append(v.Deliveries.Rows, pages.Row{Cells: []pages.Cell{
			{Text: names[d.SubscriptionID], Path: deliveryPath(d), Opens: true}, {Tags: []pages.Tag{deliveryTag(d.Status, d.Attempts)}, Sub: p.nextText(d)}, {Text: strconv.Itoa(d.Attempts)},
		}})
	}
	v.Payloads, v.Withheld = p.payloads(e, u.Role)
	return p.Show(w, r, http.StatusOK, "event", member.Page{Title: string(e.Type), Section: "events", User: &u, Main: v})
}

// payloads are the bodies that the profiles make of an event. Those that carry data about people need the objects that the
// event was about, which are kept only when a webhook has asked for them.
func (p *Pages) payloads(e outbox.Event, role board.Role) (bodies []pages.Code, withheld string) {
	for _, of := range profile.All() {
		wire, has := of.Wire(string(e.Type))
		switch {
		case !has || of.NeedsDossier && e.Dossier == nil:
			continue
		case of.NeedsCandidates && !role.May(board.RightSearchCV):
			withheld = "Formats that tell of candidates are shown only to people who work with candidates."
			continue
		}
		body, err := of.Encode(p.toProfile(e))
		if err != nil {
			continue
		}
		title := profileText(of).label
		if wire != string(e.Type) {
			title += ", as " + wire
		}
		bodies = append(bodies, pages.Code{Title: title, Text: indented(body)})
	}
	return bodies, withheld
}
