package server

import (
	"context"
	"errors"
	"slices"

	apiv1 "itmanagerjobs/gen/v1"
	"itmanagerjobs/server/admission"
	"itmanagerjobs/server/contract"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/outbox"
)

func toAPIWebhook(s outbox.Subscription) apiv1.Webhook {
	return apiv1.Webhook{
		ID: s.ID, URL: s.URL, Events: shownEvents(s), Profile: s.Profile, Description: s.Description,
		Status: apiv1.WebhookStatus(s.Status), DisabledReason: s.DisabledReason, DisabledAt: s.DisabledAt,
		NextSecretPending: s.Rotating, SecretActivating: s.Activating, CreatedAt: s.CreatedAt, UpdatedAt: s.UpdatedAt,
	}
}

func toAPIWebhookWithSecret(s outbox.Subscription, secret string) apiv1.WebhookWithSecret {
	w := toAPIWebhook(s)
	return apiv1.WebhookWithSecret{
		ID: w.ID, URL: w.URL, Events: w.Events, Profile: w.Profile, Description: w.Description, Secret: secret,
		Status: w.Status, DisabledReason: w.DisabledReason, DisabledAt: w.DisabledAt,
		NextSecretPending: w.NextSecretPending, SecretActivating: w.SecretActivating, CreatedAt: w.CreatedAt, UpdatedAt: w.UpdatedAt,
	}
}

func toAPIWebhookEnabled(s outbox.Subscription, replayed int64) apiv1.WebhookEnabled {
	w := toAPIWebhook(s)
	return apiv1.WebhookEnabled{
		ID: w.ID, URL: w.URL, Events: w.Events, Profile: w.Profile, Description: w.Description, Replayed: replayed,
		Status: w.Status, DisabledReason: w.DisabledReason, DisabledAt: w.DisabledAt,
		NextSecretPending: w.NextSecretPending, SecretActivating: w.SecretActivating, CreatedAt: w.CreatedAt, UpdatedAt: w.UpdatedAt,
	}
}

// readWebhookPatch converts a patch whose events are named as in names, and returns an error for every bad field that the
// contract accepts.
func (s *Server) readWebhookPatch(m board.Mode, p apiv1.WebhookPatch, names eventNames) (delivery.SubscriptionPatch, []board.FieldError) {
	patch := delivery.SubscriptionPatch{Description: change[string](p.Description)}
	if p.URL != nil {
		patch.URL = board.Set(*p.URL)
	}
	if p.Events == nil {
		return patch, s.webhookProblems(m, patch)
	}
	return s.withEvents(m, patch, p.Events, names)
}

// addWebhookRules adds the rules for the address and the names of events. A patch does not say which profile its webhook
// has, so its names may be those of any profile.
func (s *Server) addWebhookRules(rules *contract.Rules) {
	contract.AddRule(rules, func(ctx context.Context, body apiv1.WebhookPatch) []board.FieldError {
		p, err := profileNamed(body.Profile)
		if err != nil {
			return nil
		}
		_, problems := s.readWebhookPatch(admission.Principal(ctx).Mode, body, namesOf(p))
		return problems
	}, "WebhookCreate")
	contract.AddRule(rules, func(ctx context.Context, body apiv1.WebhookPatch) []board.FieldError {
		_, problems := s.readWebhookPatch(admission.Principal(ctx).Mode, body, anyNames())
		return problems
	}, "WebhookPatch")
}

// withEvents adds events, which are named as in names, to a patch, and returns an error for every bad field.
func (s *Server) withEvents(m board.Mode, patch delivery.SubscriptionPatch, given []string, names eventNames) (delivery.SubscriptionPatch, []board.FieldError) {
	types, problems := delivery.ReadEventNames("events", given, names.all, names.canonical)
	problems = append(problems, s.webhookProblems(m, patch)...)
	patch.Events = board.Set(types)
	return patch, problems
}

// webhookProblems returns an error for every bad field of a patch that the contract accepts: for an address that the
// engine must not call, and for what the rules of the board refuse.
func (s *Server) webhookProblems(m board.Mode, p delivery.SubscriptionPatch) []board.FieldError {
	var problems []board.FieldError
	if p.URL.Set && p.URL.Value != nil {
		if code, message := s.checkURL(m, *p.URL.Value); code != "" {
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
