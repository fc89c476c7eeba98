package webhooks

import (
	"context"
	"time"

	"itmanagerjobs/store"
	"itmanagerjobs/webhooks/profile"
)

// webhookKind sends events to the endpoints of subscriptions, each in the format of its profile.
type webhookKind struct {
	client   *Client
	now      func() time.Time
	profiles map[string]profile.Profile
	// schedules are by the name of the profile.
	schedules map[string]Schedule
}

func newWebhookKind(client *Client, now func() time.Time, replaced map[string]Schedule) *webhookKind {
	k := &webhookKind{client: client, now: now, profiles: map[string]profile.Profile{}, schedules: map[string]Schedule{}}
	for _, p := range profile.All() {
		k.profiles[p.Name] = p
		k.schedules[p.Name] = Schedule{Delays: p.Delays, MaxAttempts: p.MaxAttempts}
		if s, ok := replaced[p.Name]; ok {
			k.schedules[p.Name] = s
		}
	}
	return k
}

// schedule is the native one for a profile that this copy does not know.
func (k *webhookKind) schedule(l store.Lane) Schedule {
	if s, ok := k.schedules[l.Endpoint.Profile]; ok {
		return s
	}
	return k.schedules[profile.Native().Name]
}

func (k *webhookKind) send(ctx context.Context, l store.Lane, it *item, number int) verdict {
	if it.event == nil {
		return unsendable(stageGone, "The event is no longer kept.", true)
	}
	p, ok := k.profiles[l.Endpoint.Profile]
	if !ok { // written by a newer copy; an older one leaves it for later
		return unsendable(stageEncode, "The delivery profile is not known.", false)
	}
	e := it.event
	body, err := p.Encode(profile.Event{ID: e.ID, Type: string(e.Type), CreatedAt: e.CreatedAt, Mode: string(e.Mode), Data: e.Data})
	if err != nil {
		v := unsendable(stageEncode, "The event could not be put into the format of the delivery profile.", false)
		v.result.Err.cause = err
		return v
	}
	header, err := p.Headers(profile.Attempt{
		DeliveryID: it.DeliveryID, EventType: string(e.Type), Number: number, At: k.now(),
		Secret: l.Endpoint.Secret, NextSecret: l.Endpoint.NextSecret,
	}, body)
	if err != nil {
		v := unsendable(stageEncode, "The delivery could not be signed.", false)
		v.result.Err.cause = err
		return v
	}
	result := k.client.Send(ctx, Request{URL: l.Endpoint.URL, Header: header, Body: body})
	outcome, reason := Classify(result)
	return verdict{outcome: outcome, reason: reason, result: result}
}
