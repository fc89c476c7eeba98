package developers

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/outbox"
)

// replaysShown is how many of the last replays the page has.
const replaysShown = 20

// replayForm asks which events are sent again: by time, or by their numbers in the log.
func replayForm(s outbox.Subscription) *form {
	return &form{Action: webhookPath(s.ID) + "/replays", Submit: "Send again", Fields: []*field{
		{
			ID: "since", Label: "Events of", Kind: "select", Options: []option{
				{Value: "1h", Label: "the last hour"}, {Value: "24h", Label: "the last 24 hours", Checked: true}, {Value: "7d", Label: "the last 7 days"},
				{Value: "all", Label: "the last 30 days, which is all that is kept"}, {Value: "numbers", Label: "a range of numbers, entered below"},
			},
		},
		{ID: "fromSequence", Label: "From number", Kind: "text", InputMode: "numeric", Width: "half", Optional: true, MaxLength: 18, Hint: "As the page Events shows them."},
		{ID: "toSequence", Label: "To number", Kind: "text", InputMode: "numeric", Width: "half", Optional: true, MaxLength: 18, Hint: "Both ends are included."},
	}}
}

// readReplay makes a request of what was chosen; what can't be read is noted in the form.
func (p *Pages) readReplay(f *form, s outbox.Subscription) delivery.ReplayRequest {
	asked := delivery.ReplayRequest{SubscriptionID: &s.ID}
	chosen := f.Choice("since")
	switch d, isSpan := spans[chosen]; {
	case isSpan:
		asked.Since = new(p.Now().Add(-d))
	case chosen == "all":
		asked.Since = new(p.Now().Add(-event.Retention))
	case chosen == "numbers":
		for _, end := range []struct {
			id string
			to **int64
		}{{"fromSequence", &asked.FromSequence}, {"toSequence", &asked.ToSequence}} {
			n, err := strconv.ParseInt(f.Text(end.id), 10, 64)
			if err != nil || n < 1 {
				f.Field(end.id).Error = f.Field(end.id).Label + " must be a number, as the page Events shows it"
				continue
			}
			*end.to = &n
		}
	default:
		f.Field("since").Error = "Choose the events to send again"
	}
	return asked
}

func (p *Pages) showReplays(w http.ResponseWriter, r *http.Request, u account.User) error {
	s, err := p.webhook(r, u)
	if err != nil {
		return err
	}
	f := replayForm(s)
	f.ID = p.NewID()
	return p.showReplayTab(w, r, u, s, f)
}

func (p *Pages) showReplayTab(w http.ResponseWriter, r *http.Request, u account.User, s outbox.Subscription, f *form) error {
	found, err := p.Store.Outbox.Replays(r.Context(), s.Tenant, outbox.ReplayQuery{Limit: 100})
	if err != nil {
		return err
	}
	main := listTab{
		Form: f, MayEdit: u.Role.May(board.RightEditWebhooks) && s.Status == delivery.SubscriptionActive,
		Note: "A replay sends events again that this webhook asks for, with the ids that they had: a system that has taken one already can tell.",
		Table: pages.Table{Caption: "Replays", Columns: []pages.Column{
			{Name: "Events"}, {Name: "State"}, {Name: "Progress"}, {Name: "Queued", Number: true}, {Name: "Left out", Number: true}, {Name: "Begun"}, {Unseen: "Actions"},
		}, Empty: &pages.Empty{Title: "Nothing was replayed yet"}},
	}
	if s.Status == delivery.SubscriptionDisabled {
		main.Note += " Enable the webhook first; it can then be sent what it has missed."
	}
	for _, replay := range found.Items {
		i := slices.IndexFunc(replay.Subscriptions, func(of outbox.ReplayedSubscription) bool { return of.ID == s.ID })
		if i < 0 || len(main.Table.Rows) == replaysShown {
			continue
		}
		main.Live = main.Live || replay.Status == delivery.ReplayRunning
		main.Table.Rows = append(main.Table.Rows, p.replayRow(replay, replay.Subscriptions[i], s, u.Role.May(board.RightEditWebhooks)))
	}
	return p.showWebhook(w, r, u, s, "webhook-replays", f.Failed(), main)
}

func (p *Pages) replayRow(replay outbox.Replay, of outbox.ReplayedSubscription, s outbox.Subscription, mayEdit bool) pages.Row {
	tag := pages.Tag{Text: string(replay.Status)}
	switch replay.Status {
	case delivery.ReplayRunning:
		tag.Tone = pages.Accent
	case delivery.ReplayCompleted:
		tag.Tone = pages.Good
	case delivery.ReplayCancelled:
	}
	row := pages.Row{Cells: []pages.Cell{
		{Text: replayText(replay), Strong: true, Sub: "replay " + strconv.FormatInt(replay.ID, 10)}, {Tags: []pages.Tag{tag}}, {Text: progress(of)},
		{Text: strconv.FormatInt(of.Queued, 10)}, {Text: strconv.FormatInt(of.Skipped, 10)}, {When: new(pages.MomentOf(replay.CreatedAt, p.Now()))}, {},
	}}
	if replay.Status == delivery.ReplayRunning && mayEdit {
		row.Cells[6].Actions = []pages.Action{{
			Label: "Cancel", Of: "replay " + strconv.FormatInt(replay.ID, 10), Little: true, Post: webhookPath(s.ID) + "/replays/" + strconv.FormatInt(replay.ID, 10) + "/cancel",
		}}
	}
	return row
}

func progress(of outbox.ReplayedSubscription) string {
	if of.Total == 0 {
		return "nothing to send"
	}
	return strconv.FormatInt(100*(of.Queued+of.Skipped)/of.Total, 10) + " % of " + pages.Count(int(of.Total), "event")
}

// replayText says which events were chosen.
func replayText(r outbox.Replay) string {
	switch {
	case r.ByIDs:
		return "Chosen by id"
	case r.FromSequence != nil && r.ToSequence != nil:
		return "Numbers " + strconv.FormatInt(*r.FromSequence, 10) + " to " + strconv.FormatInt(*r.ToSequence, 10)
	case r.Since != nil:
		return "Since " + r.Since.UTC().Format("2 January, 15:04 UTC")
	}
	return "All"
}

func (p *Pages) createReplay(w http.ResponseWriter, r *http.Request, u account.User) error {
	s, err := p.webhook(r, u)
	if err != nil {
		return err
	}
	if err := p.checkPeople(u, s); err != nil {
		return err
	}
	f := replayForm(s)
	if err := f.Read(r); err != nil {
		return err
	}
	asked := p.readReplay(f, s)
	if f.ID == "" || len(f.ID) > 100 {
		f.Problem = "The form was not complete. Open this page again."
	}
	if f.Failed() {
		return p.showReplayTab(w, r, u, s, f)
	}
	var replay outbox.Replay
	err = p.inForm(r.Context(), u, f.ID, func(ctx context.Context) (err error) {
		replay, err = p.Store.Outbox.CreateReplay(ctx, s.Tenant, asked)
		return err
	})
	to := webhookPath(s.ID) + "/replays"
	if e, ok := errors.AsType[*board.Error](err); ok && e.Code == board.CodeConflict {
		return p.unlessRefused(w, r, nil, "That replay has begun already.", to)
	}
	if f.Blame(err) {
		return p.showReplayTab(w, r, u, s, f)
	}
	total, _, _ := replay.Counts()
	return p.unlessRefused(w, r, err, "The replay has begun: "+pages.Count(int(total), "event")+" to send again.", to)
}

func (p *Pages) cancelReplay(w http.ResponseWriter, r *http.Request, u account.User) error {
	s, err := p.webhook(r, u)
	if err != nil {
		return err
	}
	id, err := numberIn(r, "replay")
	if err != nil {
		return err
	}
	_, err = p.Store.Outbox.CancelReplay(r.Context(), s.Tenant, id, board.Precondition{})
	return p.unlessRefused(w, r, err, "The replay is cancelled. What it has queued is still delivered.", webhookPath(s.ID)+"/replays")
}
