package server

import (
	"context"
	"fmt"
	"slices"

	apiv1 "itmanagerjobs/gen/v1"
	"itmanagerjobs/server/admission"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/webhooks/profile"
)

// profileNamed is the delivery profile that a new webhook asks for.
func profileNamed(name *apiv1.WebhookProfile) (profile.Profile, error) {
	wanted := "native"
	if name != nil {
		wanted = *name
	}
	p, ok := profile.Lookup(wanted)
	if !ok {
		return profile.Profile{}, fmt.Errorf("the contract has the profile %q, which the program lacks", wanted)
	}
	return p, nil
}

// profileOf is the delivery profile of a webhook. A profile that only a newer copy of the program knows is shown with the
// canonical names of events.
func profileOf(s outbox.Subscription) profile.Profile {
	if p, ok := profile.Lookup(s.Profile); ok {
		return p
	}
	p := profile.Native()
	p.Name = s.Profile
	return p
}

// requireCandidateScope refuses a profile whose deliveries have personal data to a key that may not see candidates.
// Errors: insufficient_scope.
func requireCandidateScope(ctx context.Context, p profile.Profile) error {
	if p.NeedsCandidates && !slices.Contains(admission.Principal(ctx).Scopes, apikey.ScopeCVSearch) {
		return board.Errorf(board.CodeInsufficientScope,
			"The profile %s tells of people: it needs the scope %s, which the key does not have. Scopes are fixed when a key is minted: mint a new one with it.",
			p.Name, apikey.ScopeCVSearch)
	}
	return nil
}

// requireScopeOfWebhook is requireCandidateScope for an existing webhook: a key without the scope must neither make the
// webhook send anything nor get its secret. It may read, disable and delete the webhook. Errors: not_found;
// insufficient_scope.
func (h *handlers) requireScopeOfWebhook(ctx context.Context, webhookID int64) error {
	sub, err := h.server.store.Outbox.Subscription(ctx, admission.Principal(ctx).Tenant, webhookID)
	if err != nil {
		return err
	}
	return requireCandidateScope(ctx, profileOf(sub))
}

// requireScopeOfReplay is requireScopeOfWebhook for a replay to one webhook. A replay to all webhooks leaves out those that
// need the scope.
func (h *handlers) requireScopeOfReplay(ctx context.Context, r *delivery.ReplayRequest) error {
	r.WithoutPeople = !slices.Contains(admission.Principal(ctx).Scopes, apikey.ScopeCVSearch)
	if r.SubscriptionID == nil {
		return nil
	}
	return h.requireScopeOfWebhook(ctx, *r.SubscriptionID)
}

// eventNames are the names that the events of a webhook can have.
type eventNames struct {
	all       []string
	canonical func(name string) []event.Type
}

// namesOf returns the names of events in a delivery profile.
func namesOf(p profile.Profile) eventNames {
	return eventNames{all: p.WireNames(), canonical: func(name string) []event.Type {
		names, _ := p.Canonical(name)
		types := make([]event.Type, len(names))
		for i, n := range names {
			types[i] = event.Type(n)
		}
		return types
	}}
}

// anyNames returns the names of events in all profiles, for a webhook whose profile is not known. None of them has a
// canonical name.
func anyNames() eventNames {
	names := eventNames{canonical: func(string) []event.Type { return nil }}
	for _, p := range profile.All() {
		for _, name := range p.WireNames() {
			if !slices.Contains(names.all, name) {
				names.all = append(names.all, name)
			}
		}
	}
	return names
}

// shownEvents returns the events of a webhook by the names of its profile, each once.
func shownEvents(s outbox.Subscription) []string {
	p := profileOf(s)
	names := make([]string, 0, len(s.Events))
	for _, e := range s.Events {
		if name, ok := p.Wire(string(e)); ok && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}
