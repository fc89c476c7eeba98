package server

import (
	"errors"
	"itmanagerjobs/store/outbox"
	"slices"

	apiv1 "itmanagerjobs/gen/v1"
	"itmanagerjobs/store/board"
)

func toAPIWebhook(s outbox.Subscription) apiv1.Webhook {
	return apiv1.Webhook{
		ID: s.ID, URL: s.URL, Events: shownEvents(s), Profile: s.Profile, Description: s.Description,
		Status: apiv1.WebhookStatus(s.Status), DisabledReason: s.DisabledReason, DisabledAt: s.DisabledAt,
		NextSecretPending: s.Rotating, CreatedAt: s.CreatedAt, UpdatedAt: s.UpdatedAt,
	}
}

func toAPIWebhookWithSecret(s outbox.Subscription, secret string) apiv1.WebhookWithSecret {
	w := toAPIWebhook(s)
	return apiv1.WebhookWithSecret{
		ID: w.ID, URL: w.URL, Events: w.Events, Profile: w.Profile, Description: w.Description, Secret: secret,
		Status: w.Status, DisabledReason: w.DisabledReason, DisabledAt: w.DisabledAt,
		NextSecretPending: w.NextSecretPending, CreatedAt: w.CreatedAt, UpdatedAt: w.UpdatedAt,
	}
}

func toAPIWebhookEnabled(s outbox.Subscription, replayed int64) apiv1.WebhookEnabled {
	w := toAPIWebhook(s)
	return apiv1.WebhookEnabled{
		ID: w.ID, URL: w.URL, Events: w.Events, Profile: w.Profile, Description: w.Description, Replayed: replayed,
		Status: w.Status, DisabledReason: w.DisabledReason, DisabledAt: w.DisabledAt,
		NextSecretPending: w.NextSecretPending, CreatedAt: w.CreatedAt, UpdatedAt: w.UpdatedAt,
	}
}

// readWebhookPatch converts a patch whose events have the words of names, and names every bad field that the contract let
// pass.
func (s *Server) readWebhookPatch(p apiv1.WebhookPatch, names eventNames) (board.SubscriptionPatch, []board.FieldError) {
	patch := board.SubscriptionPatch{Description: change[string](p.Description)}
	if p.URL != nil {
		patch.URL = board.Set(*p.URL)
	}
	if p.Events == nil {
		return patch, s.webhookProblems(patch)
	}
	given := make([]string, len(p.Events))
	for i, e := range p.Events {
		given[i] = string(e)
	}
	return s.withEvents(patch, given, names)
}

// withEvents adds the events that are given in the words of names to a patch, and names its every bad field.
func (s *Server) withEvents(patch board.SubscriptionPatch, given []string, names eventNames) (board.SubscriptionPatch, []board.FieldError) {
	types, problems := board.ReadEventNames("events", given, names.all, names.canonical)
	problems = append(problems, s.webhookProblems(patch)...)
	patch.Events = board.Set(types)
	return patch, problems
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
