package developers

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/server/portal/member"
	"itmanagerjobs/server/verdict"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/webhooks/profile"
)

func inboxPath(id int64) string { return testModePath + "/inboxes/" + strconv.FormatInt(id, 10) }

func inboxName(b outbox.Inbox) string {
	if b.Name != "" {
		return b.Name
	}
	return "Inbox " + strconv.FormatInt(b.ID, 10)
}

func (p *Pages) inboxAddress(b outbox.Inbox) string {
	return p.PublicURL + delivery.InboxPath + b.Token
}

func (p *Pages) inboxTable(inboxes []outbox.Inbox, mayEdit bool) pages.Table {
	t := pages.Table{
		Caption: "Inboxes", Columns: []pages.Column{{Name: "Inbox"}, {Name: "Address"}, {Name: "Made"}, {Unseen: "Actions"}},
		Empty: &pages.Empty{Title: "No inbox yet", Text: "An inbox is an address of ours that a test webhook can send to: no server of your own is needed, and you see each request as it came."},
	}
	for _, b := range inboxes {
		row := pages.Row{Cells: []pages.Cell{
			{Text: inboxName(b), Path: inboxPath(b.ID), Opens: true}, {Text: p.inboxAddress(b), Code: true}, {When: new(pages.MomentOf(b.CreatedAt, p.Now()))}, {},
		}}
		if mayEdit {
			row.Cells[3].Actions = []pages.Action{{Label: "Delete", Of: inboxName(b), Little: true, Look: "danger", Opens: deleteInboxDialog(b).ID}}
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func newInboxDialog() pages.Dialog {
	return pages.Dialog{
		ID: "new-inbox", Title: "New inbox", Text: "It gets an address that test webhooks can send to.",
		Form: &form{Action: testModePath + "/inboxes", Submit: "Make inbox", Fields: []*field{
			{ID: "name", Label: "Name", Kind: "text", Optional: true, MaxLength: 100, Autocomplete: "off", Hint: "For your team, such as “Bullhorn, first try”."},
		}},
	}
}

func deleteInboxDialog(b outbox.Inbox) pages.Dialog {
	return pages.Dialog{
		ID: "delete-inbox-" + strconv.FormatInt(b.ID, 10), Title: "Delete " + inboxName(b) + "?", Danger: true, Label: "Delete", Post: inboxPath(b.ID) + "/delete",
		Text: "What it keeps is deleted, too. Deliveries of webhooks that send to it fail from then on.",
	}
}

func (p *Pages) createInbox(w http.ResponseWriter, r *http.Request, u account.User) error {
	b, err := p.Store.Outbox.CreateInbox(r.Context(), p.Tenant(r.Context(), u), strings.TrimSpace(r.PostFormValue("name")))
	if err != nil {
		return p.backToTestMode(w, r, err, "")
	}
	return p.unlessRefused(w, r, nil, "The inbox is there. Add a webhook that sends to it.", inboxPath(b.ID))
}

func (p *Pages) deleteInbox(w http.ResponseWriter, r *http.Request, u account.User) error {
	id, err := numberIn(r, "id")
	if err != nil {
		return err
	}
	return p.unlessRefused(w, r, p.Store.Outbox.DeleteInbox(r.Context(), p.Tenant(r.Context(), u), id), "The inbox is deleted.", testModePath)
}

// inbox reads the inbox of the path, bound to the tenant of the session.
func (p *Pages) inbox(r *http.Request, t board.Tenant) (outbox.Inbox, error) {
	id, err := numberIn(r, "id")
	if err != nil {
		return outbox.Inbox{}, err
	}
	all, err := p.Store.Outbox.Inboxes(r.Context(), t)
	if err != nil {
		return outbox.Inbox{}, err
	}
	for _, b := range all {
		if b.ID == id {
			return b, nil
		}
	}
	return outbox.Inbox{}, member.ErrNoPage
}

func (p *Pages) showInbox(w http.ResponseWriter, r *http.Request, u account.User) error {
	t := p.Tenant(r.Context(), u)
	b, err := p.inbox(r, t)
	if err != nil {
		return err
	}
	found, more, err := p.Store.Outbox.InboxRequests(r.Context(), t, b.ID, before(r), requestsOnPage)
	if err != nil {
		return err
	}
	main := inboxView{
		Head:    pages.Head{Title: inboxName(b), Back: &pages.Link{Text: "Test mode", Path: testModePath}, About: "What has arrived, the newest first. This page follows by itself."},
		Address: p.inboxAddress(b), Live: before(r) == 0, Path: inboxPath(b.ID),
		Table: pages.Table{Caption: "Requests", Columns: []pages.Column{{Name: "Request"}, {Name: "Signature"}, {Name: "Size", Number: true}, {Name: "When"}}, Empty: &pages.Empty{
			Title: "Nothing has arrived yet", Text: "Send a test event from the page of a webhook that has this address.",
		}},
	}
	if u.Role.May(board.RightEditWebhooks) {
		main.Head.Actions = []pages.Action{{Label: "Add webhook with this address", Icon: "plus", Path: "/employer/webhooks/new?url=" + url.QueryEscape(main.Address)}}
	}
	webhooks := map[int64]*verdict.Sender{}
	for _, q := range found {
		from, known := webhooks[q.SubscriptionID]
		if !known {
			if from, err = verdict.ReadSender(r.Context(), p.Store.Outbox, t, q.SubscriptionID); err != nil {
				return err
			}
			webhooks[q.SubscriptionID] = from
		}
		main.Table.Rows = append(main.Table.Rows, pages.Row{Cells: []pages.Cell{
			{Text: q.Method + " " + eventOf(q), Path: inboxPath(b.ID) + "/requests/" + strconv.FormatInt(q.ID, 10), Opens: true, Sub: "delivery " + strconv.FormatInt(q.DeliveryID, 10)},
			{Tags: []pages.Tag{verdictTag(from.Judge(q))}}, {Text: strconv.Itoa(len(q.Body)) + " bytes"}, {When: new(pages.MomentOf(q.ReceivedAt, p.Now()))},
		}})
	}
	if more {
		main.Pager = &pages.Pager{Shown: "The newest requests", Next: withQuery(inboxPath(b.ID), map[string]string{"before": strconv.FormatInt(found[len(found)-1].ID, 10)})}
	}
	return p.Show(w, r, http.StatusOK, "inbox", member.Page{Title: main.Head.Title, Section: "test", User: &u, Main: main})
}

// inboxView is the page of an inbox.
type inboxView struct {
	Head    pages.Head
	Address string
	Table   pages.Table
	Pager   *pages.Pager
	Live    bool
	// Path is that of the page.
	Path string
}

// eventOf is what the headers of a request call its event; empty for formats that have it in the body alone.
func eventOf(q outbox.InboxRequest) string {
	for name, values := range q.Header {
		if strings.HasSuffix(strings.ToLower(name), "-event") && len(values) > 0 {
			return values[0]
		}
	}
	return ""
}

// verdictTag is a verdict in two words.
func verdictTag(v verdict.Verdict) pages.Tag {
	switch v {
	case verdict.Right:
		return pages.Tag{Text: "Verifies", Tone: pages.Good}
	case verdict.Unknown:
		return pages.Tag{Text: "Can't be checked", Tone: pages.Warn}
	case verdict.Next, verdict.Old, verdict.Unsigned, verdict.Wrong:
	}
	return pages.Tag{Text: "Doesn't verify", Tone: pages.Bad}
}

// inboxRequestView is the page of one request.
type inboxRequestView struct {
	Head     pages.Head
	Verdict  pages.Notice
	Request  *pages.Code
	Withheld string
	Verify   []pages.Code
}

func (p *Pages) showInboxRequest(w http.ResponseWriter, r *http.Request, u account.User) error {
	ctx, t := r.Context(), p.Tenant(r.Context(), u)
	b, err := p.inbox(r, t)
	if err != nil {
		return err
	}
	id, err := numberIn(r, "req")
	if err != nil {
		return err
	}
	q, err := p.Store.Outbox.InboxRequest(ctx, t, b.ID, id)
	if err != nil {
		return err
	}
	from, err := verdict.ReadSender(ctx, p.Store.Outbox, t, q.SubscriptionID)
	if err != nil {
		return err
	}
	judged := from.Judge(q)
	v := inboxRequestView{
		Head: pages.Head{
			Title: "Request " + strconv.FormatInt(q.ID, 10), Back: &pages.Link{Text: inboxName(b), Path: inboxPath(b.ID)},
			About: pages.MomentOf(q.ReceivedAt, p.Now()).Exact, Tags: []pages.Tag{verdictTag(judged)},
		},
		Verdict: pages.Notice{Tone: verdictTag(judged).Tone, Text: judged.Sentence()},
	}
	if from != nil {
		v.Head.Actions = []pages.Action{{Label: "Show the webhook", Icon: "webhook", Path: webhookPath(q.SubscriptionID)}}
	}
	if (from == nil || from.Profile.NeedsCandidates) && !u.Role.May(board.RightSearchCV) {
		v.Withheld = "What was sent may tell of candidates, and is shown only to people who work with candidates."
	} else {
		v.Request = &pages.Code{Title: "As it arrived", Text: requestText(p.inboxAddress(b), q.Header, q.Body)}
		of := profile.Native()
		if from != nil {
			of = from.Profile
		}
		v.Verify = verifiers(of.Name, q.Header, string(q.Body))
	}
	return p.Show(w, r, http.StatusOK, "inbox-request", member.Page{Title: v.Head.Title, Section: "test", User: &u, Main: v})
}
