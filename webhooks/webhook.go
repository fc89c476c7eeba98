package webhooks

import (
	"context"
	"strings"
	"time"

	"itmanagerjobs/store/outbox"
	"itmanagerjobs/webhooks/profile"
)

// webhookKind sends events to the endpoints of subscriptions, each in the format of the subscription's profile.
//
// It encodes the body anew for each attempt, from the stored event and its dossier. An encoding is a pure function of them and of
// the public address, so all attempts at a delivery have the same body, whichever copy makes them. docs/adr/0005 says why bodies
// are not stored, and what happens when a new version of the program encodes differently.
type webhookKind struct {
	queue     Deliveries
	client    *Client
	origin    string
	publicURL string
	now       func() time.Time
	profiles  map[string]profile.Profile
	schedules map[string]Schedule // by profile name
}

func newWebhookKind(c Config) *webhookKind {
	k := &webhookKind{
		queue: c.Queue, client: c.Client, origin: c.Origin, publicURL: strings.TrimSuffix(c.PublicURL, "/"), now: c.Now,
		profiles: map[string]profile.Profile{}, schedules: map[string]Schedule{},
	}
	for _, p := range profile.All() {
		k.profiles[p.Name] = p
		k.schedules[p.Name] = Schedule{Delays: p.Delays, MaxAttempts: p.MaxAttempts}
		if s, ok := c.Schedules[p.Name]; ok {
			k.schedules[p.Name] = s
		}
	}
	return k
}

// schedule returns the schedule of native for a profile that this version does not know.
func (k *webhookKind) schedule(l outbox.Lane) Schedule {
	if s, ok := k.schedules[l.Endpoint.Profile]; ok {
		return s
	}
	return k.schedules[profile.Native().Name]
}

// send signs with the time at which the attempt began, which is recorded: so the log can show the headers as they were sent.
func (k *webhookKind) send(ctx context.Context, l outbox.Lane, it *item, number int, at time.Time) verdict {
	if it.event == nil {
		return unsendable(stageGone, "The event is no longer kept.", true)
	}
	p, ok := k.profiles[l.Endpoint.Profile]
	if !ok { // a newer version made the subscription; it may deliver a later attempt
		return unsendable(stageEncode, "The delivery profile is not known.", false)
	}
	e := it.event
	body, err := p.Encode(profile.Event{
		ID: e.ID, Type: string(e.Type), CreatedAt: e.CreatedAt, Mode: string(e.Mode), EmployerID: e.EmployerID, Data: e.Data, Dossier: e.Dossier,
		PublicURL: k.publicURL,
	})
	if err != nil {
		v := unsendable(stageEncode, "The event could not be put into the format of the delivery profile.", false)
		v.result.Err.cause = err
		return v
	}
	minGap, refusal := k.askPermission(ctx, it.permission, l)
	if refusal != nil {
		return *refusal
	}
	if e.Dossier != nil { // it may hold data about a person who was erased since it was read
		waits, err := k.queue.Waits(ctx, it.DeliveryID)
		if err != nil {
			return unreadable(ctx, err)
		}
		if !waits {
			return unsendable(stageGone, "The person whom this tells of was erased.", true)
		}
	}
	header, err := p.Headers(profile.Attempt{
		DeliveryID: it.DeliveryID, EventID: e.ID, EventType: string(e.Type), Number: number, At: at,
		Secret: l.Endpoint.Secret, NextSecret: l.Endpoint.SecondSecret(at),
	}, body)
	if err != nil {
		v := unsendable(stageEncode, "The delivery could not be signed.", false)
		v.result.Err.cause = err
		return v
	}
	result := k.client.Send(ctx, Request{
		URL: l.Endpoint.URL, Header: header, Body: body, Tenant: l.Tenant, SubscriptionID: l.Endpoint.SubscriptionID, DeliveryID: it.DeliveryID,
	})
	outcome, reason := Classify(result)
	return verdict{outcome: outcome, reason: reason, result: result, permitted: it.permission != nil, minGap: minGap}
}
