package developers

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"itmanagerjobs/server/pages"
	"itmanagerjobs/server/portal/member"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/outbox"
)

// ownersReason is the reason that a webhook shows when its owner disabled it, here and by the API.
const ownersReason = "Disabled by its owner."

// unlessRefused goes to a page after an action; one that the state of things forbids is told on that page.
func (p *Pages) unlessRefused(w http.ResponseWriter, r *http.Request, err error, done, to string) error {
	if e, ok := errors.AsType[*board.Error](err); ok && (e.Code == board.CodeInvalidState || e.Code == board.CodeConflict) {
		done, err = e.Message, nil
	}
	if err != nil {
		return err
	}
	p.Tell(r.Context(), done)
	http.Redirect(w, r, to, http.StatusSeeOther) //nolint:gosec // a page of ours, with a number in it
	return nil
}

// sendTestEvent leads to the delivery, which shows what becomes of it.
func (p *Pages) sendTestEvent(w http.ResponseWriter, r *http.Request, u account.User) error {
	s, err := p.webhook(r, u)
	if err != nil {
		return err
	}
	if err := p.checkPeople(u, s); err != nil {
		return err
	}
	d, err := p.Store.Outbox.SendTestEvent(r.Context(), s.Tenant, s.ID)
	to := webhookPath(s.ID)
	if err == nil {
		to = deliveryPath(d)
	}
	return p.unlessRefused(w, r, err, "The test event is on its way.", to)
}

// checkPeople keeps somebody who must not see candidates from having data about them sent.
func (p *Pages) checkPeople(u account.User, s outbox.Subscription) error {
	if profileOf(s).NeedsCandidates && !u.Role.May(board.RightSearchCV) {
		return board.Errorf(board.CodeInsufficientScope, "This webhook tells of candidates. Only people who work with candidates can have it send something.")
	}
	return nil
}

func (p *Pages) disableWebhook(w http.ResponseWriter, r *http.Request, u account.User) error {
	s, err := p.webhook(r, u)
	if err != nil {
		return err
	}
	_, err = p.Store.Outbox.DisableSubscription(r.Context(), s.Tenant, s.ID, ownersReason, board.Precondition{})
	return p.unlessRefused(w, r, err, "The webhook is disabled. Nothing is sent until you enable it.", webhookPath(s.ID))
}

func (p *Pages) enableWebhook(w http.ResponseWriter, r *http.Request, u account.User) error {
	s, err := p.webhook(r, u)
	if err != nil {
		return err
	}
	if err := p.checkPeople(u, s); err != nil {
		return err
	}
	replay := r.PostFormValue("replay")
	if replay != "yes" && replay != "no" {
		return board.Errorf(board.CodeInvalidRequest, "Choose whether what happened meanwhile is sent.")
	}
	_, replayed, err := p.Store.Outbox.EnableSubscription(r.Context(), s.Tenant, s.ID, replay == "yes", board.Precondition{})
	done := "The webhook is enabled."
	if replayed > 0 {
		done += " " + pages.Count(int(replayed), "event") + " of the time in between " + isAre(int(replayed)) + " on the way."
	}
	return p.unlessRefused(w, r, err, done, webhookPath(s.ID))
}

func isAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

func (p *Pages) deleteWebhook(w http.ResponseWriter, r *http.Request, u account.User) error {
	s, err := p.webhook(r, u)
	if err != nil {
		return err
	}
	err = p.Store.Outbox.DeleteSubscription(r.Context(), s.Tenant, s.ID, board.Precondition{})
	return p.unlessRefused(w, r, err, "The webhook "+webhookName(s)+" is deleted.", "/employer/webhooks")
}

// secretTab is where the secret is replaced, in two steps.
type secretTab struct {
	Steps   []pages.Step
	State   *pages.Notice
	Actions []pages.Action
	MayEdit bool
	// Live looks again whether the next secret signs.
	Live bool
}

func (p *Pages) showSecret(w http.ResponseWriter, r *http.Request, u account.User) error {
	s, err := p.webhook(r, u)
	if err != nil {
		return err
	}
	signs := false
	if s.Rotating {
		if signs, err = p.Store.Outbox.NextSecretSigns(r.Context(), s.Tenant, s.ID); err != nil {
			return err
		}
	}
	path := webhookPath(s.ID) + "/secret"
	main := secretTab{
		MayEdit: u.Role.May(board.RightEditWebhooks), Live: s.Rotating && !signs,
		Steps: []pages.Step{
			{Text: "Make the next secret.", Note: "It signs beside the current one, in a header of its own.", Done: s.Rotating},
			{Text: "Put it into your system.", Note: "Let it accept either of the two.", Done: false},
			{Text: "Wait until it signs every delivery.", Note: "That takes seconds. This page tells.", Done: signs},
			{Text: "Activate it.", Note: "The former secret signs beside it for an hour more.", Done: false},
		},
	}
	next := pages.Action{Label: "Make the next secret", Post: path, Values: map[string]string{"form": p.NewID()}, Look: "primary"}
	switch {
	case !s.Rotating:
		main.State = &pages.Notice{Text: "One secret signs, and for an hour after a rotation the former one beside it. It was shown once and can't be shown again; if it is lost, replace it."}
	case signs:
		main.State = &pages.Notice{Tone: pages.Good, Text: "The next secret signs every delivery. Activate it once your system knows it."}
	default:
		main.State = &pages.Notice{Tone: pages.Warn, Text: "The next secret is made. Some deliveries on the way may not be signed by it yet."}
	}
	if s.Rotating {
		next.Label, next.Look = "Make another next secret", ""
		main.Actions = append(main.Actions, pages.Action{Label: "Activate the next secret", Post: path + "/activate", Look: "primary"})
	}
	main.Actions = append(main.Actions, next)
	return p.showWebhook(w, r, u, s, "webhook-secret", false, main)
}

// makeNextSecret answers with the secret at once, see createWebhook.
func (p *Pages) makeNextSecret(w http.ResponseWriter, r *http.Request, u account.User) error {
	s, err := p.webhook(r, u)
	if err != nil {
		return err
	}
	if err := p.checkPeople(u, s); err != nil {
		return err
	}
	formID := r.PostFormValue("form")
	if formID == "" || len(formID) > 100 {
		return board.Errorf(board.CodeInvalidRequest, "The form was not complete. Open the page again.")
	}
	var secret string
	err = p.inForm(r.Context(), u, formID, func(ctx context.Context) (err error) {
		_, secret, err = p.Store.Outbox.NextSecret(ctx, s.Tenant, s.ID, board.Precondition{})
		return err
	})
	if e, ok := errors.AsType[*board.Error](err); ok && e.Code == board.CodeConflict {
		return p.unlessRefused(w, r, nil, "The next secret was made already, and shown once. If you didn't copy it, make another.", webhookPath(s.ID)+"/secret")
	}
	if err != nil {
		return err
	}
	return p.Show(w, r, http.StatusCreated, "secret-once", member.Page{Title: "The next secret", Section: "webhooks", User: &u, Main: shownOnce{
		Head: pages.Head{Title: "The next secret", Back: &pages.Link{Text: webhookName(s), Path: webhookPath(s.ID) + "/secret"}},
		Text: "Copy it now and keep it like a password. This is the only time that it is shown.", Secret: secret,
		Explain: "Deliveries are signed by both secrets until you activate this one: put it into your system beside the current one.",
		Next:    pages.Link{Text: "I have copied the secret", Path: webhookPath(s.ID) + "/secret"},
	}})
}

func (p *Pages) activateSecret(w http.ResponseWriter, r *http.Request, u account.User) error {
	s, err := p.webhook(r, u)
	if err != nil {
		return err
	}
	_, err = p.Store.Outbox.ActivateSecret(r.Context(), s.Tenant, s.ID, board.Precondition{})
	return p.unlessRefused(w, r, err, "The new secret is active. The former one signs beside it for an hour more.", webhookPath(s.ID)+"/secret")
}

func deliveryPath(d outbox.Delivery) string {
	return webhookPath(d.SubscriptionID) + "/deliveries/" + strconv.FormatInt(d.ID, 10)
}

func (p *Pages) resendDelivery(w http.ResponseWriter, r *http.Request, u account.User) error {
	s, err := p.webhook(r, u)
	if err != nil {
		return err
	}
	if err := p.checkPeople(u, s); err != nil {
		return err
	}
	d, err := p.delivery(r, s)
	if err != nil {
		return err
	}
	_, err = p.Store.Outbox.ResendDelivery(r.Context(), s.Tenant, d.ID, board.Precondition{})
	return p.unlessRefused(w, r, err, "The delivery is on its way again, under the same id.", deliveryPath(d))
}
