package developers

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/server/portal/member"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/webhooks/profile"
)

// deliveryView is the page of one delivery.
type deliveryView struct {
	Head     pages.Head
	Stats    []pages.Stat
	Attempts pages.Table
	// Request is what the last attempt sent; Withheld is why the body is not shown.
	Request  *pages.Code
	Withheld string
	Answer   *pages.Code
	// Verify are the same few lines in several languages.
	Verify  []pages.Code
	Verdict *pages.Notice
	Live    bool
}

// noSecret stands in for a secret that is forgotten, so that the other headers can be made.
const noSecret = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

// delivery reads the delivery of the path, which is one of the webhook.
func (p *Pages) delivery(r *http.Request, s outbox.Subscription) (outbox.Delivery, error) {
	d, _, err := p.deliveryWithAttempts(r, s)
	return d, err
}

func (p *Pages) deliveryWithAttempts(r *http.Request, s outbox.Subscription) (outbox.Delivery, []outbox.DeliveryAttempt, error) {
	id, err := numberIn(r, "delivery")
	if err != nil {
		return outbox.Delivery{}, nil, err
	}
	d, attempts, err := p.Store.Outbox.Delivery(r.Context(), s.Tenant, id)
	if err != nil {
		return outbox.Delivery{}, nil, err
	}
	if d.SubscriptionID != s.ID {
		return outbox.Delivery{}, nil, member.ErrNoPage
	}
	return d, attempts, nil
}

func (p *Pages) showDelivery(w http.ResponseWriter, r *http.Request, u account.User) error {
	s, err := p.webhook(r, u)
	if err != nil {
		return err
	}
	d, attempts, err := p.deliveryWithAttempts(r, s)
	if err != nil {
		return err
	}
	event, err := p.Store.Outbox.LoggedEvent(r.Context(), s.Tenant, d.EventID)
	if err != nil {
		return err
	}
	v := deliveryView{
		Head: pages.Head{
			Title: "Delivery " + strconv.FormatInt(d.ID, 10), Back: &pages.Link{Text: webhookName(s), Path: webhookPath(s.ID)},
			About: string(d.EventType) + " · " + pages.MomentOf(d.EventCreatedAt, p.Now()).Exact, Tags: []pages.Tag{deliveryTag(d.Status, d.Attempts)},
		},
		Stats: p.deliveryStats(d, attempts), Attempts: p.attemptTable(attempts), Live: d.Status == delivery.Pending,
	}
	if event.Seq > 0 {
		v.Head.Actions = append(v.Head.Actions, pages.Action{Label: "Show the event", Icon: "pulse", Path: eventPath(event.ID)})
	}
	if u.Role.May(board.RightEditWebhooks) && d.Status != delivery.Pending && s.Status == delivery.SubscriptionActive {
		v.Head.Actions = append(v.Head.Actions, pages.Action{Label: "Resend", Icon: "forward", Post: deliveryPath(d) + "/resend", Look: "primary"})
	}
	if err := p.showSent(r, u, s, d, event, attempts, &v); err != nil {
		return err
	}
	return p.Show(w, r, http.StatusOK, "delivery", member.Page{Title: v.Head.Title, Section: "webhooks", User: &u, Main: v})
}

func (p *Pages) deliveryStats(d outbox.Delivery, attempts []outbox.DeliveryAttempt) []pages.Stat {
	state := pages.Stat{Name: "State", Figure: deliveryTag(d.Status, d.Attempts).Text, Words: true}
	if d.NextAttemptAt != nil {
		state.More = "Next attempt " + pages.Relative(*d.NextAttemptAt, p.Now())
	}
	stats := []pages.Stat{state, {Name: "Attempts", Figure: strconv.Itoa(d.Attempts)}}
	if n := len(attempts); n > 0 && d.Attempts > 0 {
		last := attempts[n-1]
		stats = append(stats, pages.Stat{Name: "Last answer", Figure: answerTag(last.Status, last.Stage).Text, Words: true, More: "after " + tookText(last.Total)})
	}
	return stats
}

// attemptTable lists the attempts, the last one first, with where their time went.
func (p *Pages) attemptTable(attempts []outbox.DeliveryAttempt) pages.Table {
	t := pages.Table{Caption: "Attempts", Columns: []pages.Column{
		{Name: "Attempt"}, {Name: "Answer"}, {Name: "DNS", Number: true}, {Name: "Connect", Number: true}, {Name: "TLS", Number: true}, {Name: "First byte", Number: true}, {Name: "In all", Number: true}, {Name: "When"},
	}, Empty: &pages.Empty{Title: "No attempt yet", Text: "It is made within seconds. This page shows it then."}}
	for _, a := range slices.Backward(attempts) {
		row := []pages.Cell{
			{Text: strconv.Itoa(a.Number), Strong: true, Sub: a.Error}, {Tags: []pages.Tag{answerTag(a.Status, a.Stage)}},
			{Text: tookText(a.DNS)}, {Text: tookText(a.Connect)}, {Text: tookText(a.TLS)}, {Text: tookText(a.FirstByte)}, {Text: tookText(a.Total)},
			{When: new(pages.MomentOf(a.StartedAt, p.Now()))},
		}
		if a.Outcome == delivery.AttemptCancelled {
			row = []pages.Cell{{Text: "Cancelled", Strong: true, Sub: a.Error}, {}, {}, {}, {}, {}, {}, row[7]}
		}
		t.Rows = append(t.Rows, pages.Row{Cells: row})
	}
	return t
}

// showSent adds what the last attempt sent, made anew from what is kept: the encoding is a pure function, and the time of the
// signature is when the attempt began.
func (p *Pages) showSent(r *http.Request, u account.User, s outbox.Subscription, d outbox.Delivery, e outbox.Event, attempts []outbox.DeliveryAttempt, v *deliveryView) error {
	var last *outbox.DeliveryAttempt
	for i := range attempts {
		if attempts[i].Outcome != delivery.AttemptCancelled {
			last = &attempts[i]
		}
	}
	of := profileOf(s)
	switch {
	case of.NeedsCandidates && !u.Role.May(board.RightSearchCV):
		v.Withheld = "What was sent tells of candidates, and is shown only to people who work with candidates."
		return nil
	case of.NeedsDossier && e.Dossier == nil && e.Type != event.WebhookTest:
		v.Withheld = "What was sent is no longer kept: the person whom it told of was erased."
		return nil
	}
	if last == nil {
		return nil
	}
	if last.Excerpt != "" {
		v.Answer = &pages.Code{Title: "Your answer to attempt " + strconv.Itoa(last.Number), Text: last.Excerpt}
	}
	body, err := of.Encode(p.toProfile(e))
	if err != nil {
		v.Withheld = "The event can't be shown in the format of this webhook."
		return nil //nolint:nilerr // the page says so
	}
	signing, err := p.Store.Outbox.Signing(r.Context(), s.Tenant, s.ID)
	if err != nil {
		return err
	}
	signers := signing.At(last.StartedAt)
	attempt := profile.Attempt{
		DeliveryID: d.ID, EventID: e.ID, EventType: string(e.Type), Number: last.Number, At: last.StartedAt, Secret: signers.Secret, NextSecret: signers.Second,
	}
	if !signers.Known {
		attempt.Secret = noSecret
	}
	if signers.SecondForgotten {
		attempt.NextSecret = noSecret
	}
	header, err := of.Headers(attempt, body)
	if err != nil {
		return err
	}
	for name := range header {
		lower := strings.ToLower(name)
		if strings.Contains(lower, "signature") && (!signers.Known || signers.SecondForgotten && strings.HasSuffix(lower, "-next")) {
			header[name] = []string{"(made with a secret that was replaced since)"}
		}
	}
	v.Request = &pages.Code{Title: "Request of attempt " + strconv.Itoa(last.Number), Text: requestText(s.URL, header, body)}
	if signers.Known {
		v.Verdict = &pages.Notice{Text: "This signature is right. If your system refuses it, run these lines with your secret: they say whether the secret, the body or your own code differs."}
		v.Verify = verifiers(of.Name, header, string(body))
	}
	return nil
}

// toProfile is an event as profiles encode it.
func (p *Pages) toProfile(e outbox.Event) profile.Event {
	return profile.Event{
		ID: e.ID, Type: string(e.Type), CreatedAt: e.CreatedAt, Mode: string(e.Mode), EmployerID: e.EmployerID, PublicURL: p.PublicURL,
		Data: e.Data, Dossier: e.Dossier,
	}
}

// requestText is a request as it goes over the wire.
func requestText(address string, header http.Header, body []byte) string {
	var b strings.Builder
	if u, err := url.Parse(address); err == nil {
		b.WriteString("POST " + u.RequestURI() + "\nHost: " + u.Host + "\nUser-Agent: " + delivery.UserAgent + "\nContent-Length: " + strconv.Itoa(len(body)) + "\n")
	}
	for _, name := range sorted(header) {
		b.WriteString(name + ": " + strings.Join(header[name], ", ") + "\n")
	}
	b.WriteString("\n")
	b.Write(body)
	return b.String()
}
