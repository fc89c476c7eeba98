package server

import (
	"errors"
	"slices"

	apiv1 "itmanagerjobs/gen/v1"
	"itmanagerjobs/store"
	"itmanagerjobs/store/board"
)

func toAPIWebhook(s store.Subscription) apiv1.Webhook {
	events := make([]apiv1.EventType, len(s.Events))
	for i, e := range s.Events {
		events[i] = apiv1.EventType(e)
	}
	return apiv1.Webhook{
		ID: s.ID, URL: s.URL, Events: events, Profile: s.Profile, Description: s.Description,
		Status: apiv1.WebhookStatus(s.Status), DisabledReason: s.DisabledReason, DisabledAt: s.DisabledAt,
		NextSecretPending: s.Rotating, CreatedAt: s.CreatedAt, UpdatedAt: s.UpdatedAt,
	}
}

func toAPIWebhookWithSecret(s store.Subscription, secret string) apiv1.WebhookWithSecret {
	w := toAPIWebhook(s)
	return apiv1.WebhookWithSecret{
		ID: w.ID, URL: w.URL, Events: w.Events, Profile: w.Profile, Description: w.Description, Secret: secret,
		Status: w.Status, DisabledReason: w.DisabledReason, DisabledAt: w.DisabledAt,
		NextSecretPending: w.NextSecretPending, CreatedAt: w.CreatedAt, UpdatedAt: w.UpdatedAt,
	}
}

func toAPIWebhookEnabled(s store.Subscription, replayed int64) apiv1.WebhookEnabled {
	w := toAPIWebhook(s)
	return apiv1.WebhookEnabled{
		ID: w.ID, URL: w.URL, Events: w.Events, Profile: w.Profile, Description: w.Description, Replayed: replayed,
		Status: w.Status, DisabledReason: w.DisabledReason, DisabledAt: w.DisabledAt,
		NextSecretPending: w.NextSecretPending, CreatedAt: w.CreatedAt, UpdatedAt: w.UpdatedAt,
	}
}

func fromAPIWebhookPatch(p apiv1.WebhookPatch) board.SubscriptionPatch {
	patch := board.SubscriptionPatch{Description: change[string](p.Description)}
	if p.URL != nil {
		patch.URL = board.Set(*p.URL)
	}
	if p.Events != nil {
		events := make([]board.EventType, len(p.Events))
		for i, e := range p.Events {
			events[i] = board.EventType(e)
		}
		patch.Events = board.Set(events)
	}
	return patch
}

// webhookProblems names every bad field of a patch that the contract let pass: by what the engine may call, and by the
// rules of the board.
func (s *Server) webhookProblems(p board.SubscriptionPatch) []board.FieldError {
	var problems []board.FieldError
	if p.URL.Set && p.URL.Value != nil {
		if code, message := s.checkURL(*p.URL.Value); code != "" {
			problems = append(problems, board.FieldError{Field: "url", Code: code, Message: message})
		}
	}
	_, err := p.Normalize()
	bad, ok := errors.AsType[*board.Error](err)
	if !ok {
		return problems
	}
	for _, f := range bad.Fields {
		if !slices.ContainsFunc(problems, func(have board.FieldError) bool { return have.Field == f.Field }) {
			problems = append(problems, f)
		}
	}
	return problems
}
