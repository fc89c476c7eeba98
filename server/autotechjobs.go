package server

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/oapi-codegen/nullable"

	"itmanagerjobs/gen/autotechjobs"
	"itmanagerjobs/server/admission"
	"itmanagerjobs/server/answer"
	"itmanagerjobs/server/contract"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/webhooks/profile"
)

// autoTechJobs are the operations of the webhook management that clients of AutoTechJobs know. They work on the same
// rows as /api/v1/webhooks, but only on those of the profile autotechjobs.
type autoTechJobs struct {
	server *Server
}

var _ autotechjobs.StrictServerInterface = (*autoTechJobs)(nil)

const (
	endpointsPath  = "/v1/webhooks"
	endpointPrefix = "wh_"
)

func endpointID(s outbox.Subscription) string { return endpointPrefix + strconv.FormatInt(s.ID, 10) }

// endpoint reads a webhook by its formatted id. A webhook of another profile is not found.
func (h *autoTechJobs) endpoint(ctx context.Context, formatted string) (outbox.Subscription, error) {
	absent := board.Errorf(board.CodeNotFound, "There is no such webhook.")
	id, err := strconv.ParseInt(strings.TrimPrefix(formatted, endpointPrefix), 10, 64)
	if err != nil {
		return outbox.Subscription{}, absent
	}
	sub, err := h.server.store.Outbox.Subscription(ctx, admission.Principal(ctx).Tenant, id)
	if err == nil && sub.Profile != profile.AutoTechJobs().Name {
		return outbox.Subscription{}, absent
	}
	return sub, err
}

// ListWebhookEndpoints answers all webhooks of the profile. The contract has no pages for them: an employer has few.
func (h *autoTechJobs) ListWebhookEndpoints(ctx context.Context, _ autotechjobs.ListWebhookEndpointsRequestObject) (autotechjobs.ListWebhookEndpointsResponseObject, error) {
	all, err := h.server.store.Outbox.Subscriptions(ctx, admission.Principal(ctx).Tenant, outbox.SubscriptionQuery{Sort: pg.OldestFirst, Limit: delivery.MaxSubscriptions})
	if err != nil {
		return nil, err
	}
	answer := autotechjobs.ListWebhookEndpoints200JSONResponse{Data: []autotechjobs.WebhookEndpoint{}}
	for _, sub := range all.Items {
		if sub.Profile == profile.AutoTechJobs().Name {
			answer.Data = append(answer.Data, toEndpoint(sub))
		}
	}
	return answer, nil
}

// CreateWebhookEndpoint makes a webhook. Its secret is in this answer and nowhere else.
func (h *autoTechJobs) CreateWebhookEndpoint(ctx context.Context, r autotechjobs.CreateWebhookEndpointRequestObject) (autotechjobs.CreateWebhookEndpointResponseObject, error) {
	p := profile.AutoTechJobs()
	if err := requireCandidateScope(ctx, p); err != nil {
		return nil, err
	}
	patch, problems := h.server.readEndpoint(admission.Principal(ctx).Mode, &r.Body.URL, r.Body.Events, r.Body.Description, r.Body.Secret)
	if len(problems) > 0 {
		return nil, board.Invalid(problems...)
	}
	if err := h.server.checkInbox(ctx, admission.Principal(ctx).Tenant, patch); err != nil {
		return nil, err
	}
	sub, secret, err := h.server.store.Outbox.CreateSubscription(ctx, admission.Principal(ctx).Tenant, p.Name, patch)
	if err != nil {
		return nil, err
	}
	e := toEndpoint(sub)
	return autotechjobs.CreateWebhookEndpoint201JSONResponse{
		Body: autotechjobs.WebhookEndpointCreated{Data: autotechjobs.WebhookEndpointWithSecret{
			ID: e.ID, URL: e.URL, Events: e.Events, Description: e.Description, Secret: secret, Status: e.Status, CreatedAt: e.CreatedAt,
		}},
		Headers: autotechjobs.CreateWebhookEndpoint201ResponseHeaders{ETag: answer.VersionTag(sub.Version), Location: h.server.publicURL + endpointsPath + "/" + e.ID},
	}, nil
}

// GetWebhookEndpoint answers one webhook.
func (h *autoTechJobs) GetWebhookEndpoint(ctx context.Context, r autotechjobs.GetWebhookEndpointRequestObject) (autotechjobs.GetWebhookEndpointResponseObject, error) {
	sub, err := h.endpoint(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	return autotechjobs.GetWebhookEndpoint200JSONResponse{
		Body: autotechjobs.WebhookEndpointAnswer{Data: toEndpoint(sub)}, Headers: autotechjobs.GetWebhookEndpoint200ResponseHeaders{ETag: answer.VersionTag(sub.Version)},
	}, nil
}

// patch changes the fields that a body names, for PUT and PATCH alike.
func (h *autoTechJobs) patch(ctx context.Context, id string, body autotechjobs.WebhookEndpointPatch, ifMatch *string) (outbox.Subscription, error) {
	pre, err := answer.Precondition(ifMatch)
	if err != nil {
		return outbox.Subscription{}, err
	}
	sub, err := h.endpoint(ctx, id)
	if err != nil {
		return outbox.Subscription{}, err
	}
	if err := requireCandidateScope(ctx, profile.AutoTechJobs()); err != nil {
		return outbox.Subscription{}, err
	}
	patch, problems := h.server.readEndpoint(admission.Principal(ctx).Mode, body.URL, body.Events, body.Description, nil)
	if len(problems) > 0 {
		return outbox.Subscription{}, board.Invalid(problems...)
	}
	if err := h.server.checkInbox(ctx, admission.Principal(ctx).Tenant, patch); err != nil {
		return outbox.Subscription{}, err
	}
	return h.server.store.Outbox.UpdateSubscription(ctx, sub.Tenant, sub.ID, patch, pre)
}

// PatchWebhookEndpoint changes the fields that the body names.
func (h *autoTechJobs) PatchWebhookEndpoint(ctx context.Context, r autotechjobs.PatchWebhookEndpointRequestObject) (autotechjobs.PatchWebhookEndpointResponseObject, error) {
	sub, err := h.patch(ctx, r.ID, *r.Body, r.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	return autotechjobs.PatchWebhookEndpoint200JSONResponse{
		Body: autotechjobs.WebhookEndpointAnswer{Data: toEndpoint(sub)}, Headers: autotechjobs.PatchWebhookEndpoint200ResponseHeaders{ETag: answer.VersionTag(sub.Version)},
	}, nil
}

// UpdateWebhookEndpoint is PatchWebhookEndpoint under PUT.
func (h *autoTechJobs) UpdateWebhookEndpoint(ctx context.Context, r autotechjobs.UpdateWebhookEndpointRequestObject) (autotechjobs.UpdateWebhookEndpointResponseObject, error) {
	sub, err := h.patch(ctx, r.ID, *r.Body, r.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	return autotechjobs.UpdateWebhookEndpoint200JSONResponse{
		Body: autotechjobs.WebhookEndpointAnswer{Data: toEndpoint(sub)}, Headers: autotechjobs.UpdateWebhookEndpoint200ResponseHeaders{ETag: answer.VersionTag(sub.Version)},
	}, nil
}

// DeleteWebhookEndpoint ends a webhook for good.
func (h *autoTechJobs) DeleteWebhookEndpoint(ctx context.Context, r autotechjobs.DeleteWebhookEndpointRequestObject) (autotechjobs.DeleteWebhookEndpointResponseObject, error) {
	pre, err := answer.Precondition(r.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	sub, err := h.endpoint(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	if err := h.server.store.Outbox.DeleteSubscription(ctx, sub.Tenant, sub.ID, pre); err != nil {
		return nil, err
	}
	return autotechjobs.DeleteWebhookEndpoint204Response{}, nil
}

// readEndpoint converts the fields of a body, where nil and an empty list mean absent, and returns an error for every bad
// field that the contract accepts.
func (s *Server) readEndpoint(m board.Mode, url *string, events []string, description, secret nullable.Nullable[string]) (delivery.SubscriptionPatch, []board.FieldError) {
	patch := delivery.SubscriptionPatch{Description: change[string](description)}
	if url != nil {
		patch.URL = board.Set(*url)
	}
	if own, err := secret.Get(); err == nil { // neither absent nor null
		patch.Secret = own
	}
	if events == nil {
		return patch, s.webhookProblems(m, patch)
	}
	return s.withEvents(m, patch, events, namesOf(profile.AutoTechJobs()))
}

// addEndpointRules adds the rules for the address, the names of events and the secret. The two schemas differ only in
// what they require.
func (s *Server) addEndpointRules(rules *contract.Rules) {
	type endpoint struct {
		URL         *string                   `json:"url"`
		Events      []string                  `json:"events"`
		Description nullable.Nullable[string] `json:"description"`
		Secret      nullable.Nullable[string] `json:"secret"`
	}
	contract.AddRule(rules, func(ctx context.Context, body endpoint) []board.FieldError {
		_, problems := s.readEndpoint(admission.Principal(ctx).Mode, body.URL, body.Events, body.Description, body.Secret)
		return problems
	}, "WebhookEndpointCreate", "WebhookEndpointPatch")
}

func toEndpoint(s outbox.Subscription) autotechjobs.WebhookEndpoint {
	return autotechjobs.WebhookEndpoint{
		ID: endpointID(s), URL: s.URL, Events: shownEvents(s), Description: s.Description,
		Status: strings.ToLower(string(s.Status)), CreatedAt: s.CreatedAt.Truncate(time.Second),
	}
}
