package server

import (
	"context"
	"fmt"
	"itmanagerjobs/store/outbox"
	"slices"

	apiv1 "itmanagerjobs/gen/v1"
	"itmanagerjobs/store/board"
	"itmanagerjobs/webhooks/profile"
)

// profileNamed is the delivery profile of a new webhook.
func profileNamed(name *apiv1.WebhookProfile) (profile.Profile, error) {
	wanted := apiv1.WebhookProfileNative
	if name != nil {
		wanted = *name
	}
	p, ok := profile.Lookup(string(wanted))
	if !ok {
		return profile.Profile{}, fmt.Errorf("the contract has the profile %q, which there is not", wanted)
	}
	return p, nil
}

// profileOf is the delivery profile of a webhook. One that only a newer copy of the program knows has the canonical names
// of events here.
func profileOf(s outbox.Subscription) profile.Profile {
	if p, ok := profile.Lookup(s.Profile); ok {
		return p
	}
	p := profile.Native()
	p.Name = s.Profile
	return p
}

// mayTellOfPeople keeps personal data from whoever may not see candidates (R10).
func mayTellOfPeople(ctx context.Context, p profile.Profile) error {
	if p.NeedsCandidates && !slices.Contains(principalFrom(ctx).Scopes, board.ScopeCvSearch) {
		return board.Errorf(board.CodeInsufficientScope,
			"The profile %s tells of people: it needs the scope %s, which the key does not have. Scopes are fixed when a key is minted: mint a new one with it.",
			p.Name, board.ScopeCvSearch)
	}
	return nil
}

// mayHaveSent is mayTellOfPeople of a webhook that there is: who may not be told of people neither has anything sent to it,
// nor holds its secret. To look at it, to stop it and to end it harms nobody.
func (h *handlers) mayHaveSent(ctx context.Context, webhookID int64) error {
	sub, err := h.server.store.Outbox.Subscription(ctx, principalFrom(ctx).Tenant, webhookID)
	if err != nil {
		return err
	}
	return mayTellOfPeople(ctx, profileOf(sub))
}

// mayReplay is mayHaveSent of a replay. One to all webhooks goes to the others.
func (h *handlers) mayReplay(ctx context.Context, r *board.ReplayRequest) error {
	r.WithoutPeople = !slices.Contains(principalFrom(ctx).Scopes, board.ScopeCvSearch)
	if r.SubscriptionID == nil {
		return nil
	}
	return h.mayHaveSent(ctx, *r.SubscriptionID)
}

// eventNames are the words in which a webhook's events are given.
type eventNames struct {
	all       []string
	canonical func(name string) []board.EventType
}

// namesOf are those of a delivery profile (R4).
func namesOf(p profile.Profile) eventNames {
	return eventNames{all: p.WireNames(), canonical: func(name string) []board.EventType {
		names, _ := p.Canonical(name)
		types := make([]board.EventType, len(names))
		for i, n := range names {
			types[i] = board.EventType(n)
		}
		return types
	}}
}

// anyNames are those of all profiles, for when it is not known which one counts. They stand for nothing.
func anyNames() eventNames {
	names := eventNames{canonical: func(string) []board.EventType { return nil }}
	for _, p := range profile.All() {
		for _, name := range p.WireNames() {
			if !slices.Contains(names.all, name) {
				names.all = append(names.all, name)
			}
		}
	}
	return names
}

// shownEvents are a webhook's events in the words of its profile, each once.
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
