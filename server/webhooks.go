package server

import (
	"context"
	"net/url"
	"strconv"

	apiv1 "itmanagerjobs/gen/v1"
	"itmanagerjobs/server/admission"
	"itmanagerjobs/server/answer"
	"itmanagerjobs/server/paging"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
)

const webhooksPath = "/api/v1/webhooks"

// ownersReason is the reason that a webhook shows when its owner disabled it.
const ownersReason = "Disabled by its owner."

func (h *handlers) webhookURL(id int64) string {
	return h.server.publicURL + webhooksPath + "/" + strconv.FormatInt(id, 10)
}

// ListWebhooks answers one page of the webhooks.
func (h *handlers) ListWebhooks(ctx context.Context, r apiv1.ListWebhooksRequestObject) (apiv1.ListWebhooksResponseObject, error) {
	params := r.Params
	const usual = apiv1.WebhookSortCreatedAtAscending
	of := paging.List{Path: webhooksPath, Query: url.Values{}, Unnamed: string(usual)}
	l, order, err := paging.OpenSorted(h.server.lists, admission.Principal(ctx).Tenant, of, params.Sort, usual, paging.Params{Page: params.Page, Size: params.PageSize, Cursor: params.Cursor})
	if err != nil {
		return nil, err
	}
	found, err := h.server.store.Outbox.Subscriptions(ctx, l.Tenant, outbox.SubscriptionQuery{Sort: order, After: l.AfterTime(), Offset: l.Offset(), Limit: l.Size})
	if err != nil {
		return nil, err
	}
	body := apiv1.WebhookList{Total: int64(found.Total), Page: l.Number, PageSize: l.Size, Items: converted(found.Items, toAPIWebhook)}
	body.NextCursor = paging.NextCursor(l, found.Items, found.More, func(s outbox.Subscription) paging.Position {
		if order == pg.OldestFirst || order == pg.NewestFirst {
			return paging.Position{ID: s.ID} // which is all that these orders look at
		}
		return paging.AtTime(s.UpdatedAt, s.ID)
	})
	return apiv1.ListWebhooks200JSONResponse{Body: body, Headers: apiv1.ListWebhooks200ResponseHeaders{Link: l.Link(found.Total, body.NextCursor)}}, nil
}

// CreateWebhook creates a webhook. No other answer has its secret.
func (h *handlers) CreateWebhook(ctx context.Context, r apiv1.CreateWebhookRequestObject) (apiv1.CreateWebhookResponseObject, error) {
	p, err := profileNamed(r.Body.Profile)
	if err != nil {
		return nil, err
	}
	if err := requireCandidateScope(ctx, p); err != nil {
		return nil, err
	}
	patch, problems := h.server.readWebhookPatch(admission.Principal(ctx).Mode, apiv1.WebhookPatch{URL: &r.Body.URL, Events: r.Body.Events, Description: r.Body.Description}, namesOf(p))
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
	return apiv1.CreateWebhook201JSONResponse{
		Body:    toAPIWebhookWithSecret(sub, secret),
		Headers: apiv1.CreateWebhook201ResponseHeaders{ETag: answer.VersionTag(sub.Version), Location: h.webhookURL(sub.ID)},
	}, nil
}

// GetWebhook answers one webhook.
func (h *handlers) GetWebhook(ctx context.Context, r apiv1.GetWebhookRequestObject) (apiv1.GetWebhookResponseObject, error) {
	sub, err := h.server.store.Outbox.Subscription(ctx, admission.Principal(ctx).Tenant, r.ID)
	if err != nil {
		return nil, err
	}
	return apiv1.GetWebhook200JSONResponse{Body: toAPIWebhook(sub), Headers: apiv1.GetWebhook200ResponseHeaders{ETag: answer.VersionTag(sub.Version)}}, nil
}

// patchWebhook changes the fields that a body names, for PUT and PATCH alike.
func (h *handlers) patchWebhook(ctx context.Context, id int64, body apiv1.WebhookPatch, ifMatch *string) (outbox.Subscription, error) {
	pre, err := answer.Precondition(ifMatch)
	if err != nil {
		return outbox.Subscription{}, err
	}
	t := admission.Principal(ctx).Tenant
	sub, err := h.server.store.Outbox.Subscription(ctx, t, id)
	if err != nil {
		return outbox.Subscription{}, err
	}
	p := profileOf(sub)
	if err := requireCandidateScope(ctx, p); err != nil {
		return outbox.Subscription{}, err
	}
	patch, problems := h.server.readWebhookPatch(admission.Principal(ctx).Mode, body, namesOf(p))
	if body.Profile != nil && sub.Profile != *body.Profile {
		problems = append(problems, board.FieldError{Field: "profile", Code: board.FieldImmutable, Message: "is " + sub.Profile + " for life: create another webhook for another profile"})
	}
	if len(problems) > 0 {
		return outbox.Subscription{}, board.Invalid(problems...)
	}
	if err := h.server.checkInbox(ctx, admission.Principal(ctx).Tenant, patch); err != nil {
		return outbox.Subscription{}, err
	}
	return h.server.store.Outbox.UpdateSubscription(ctx, t, id, patch, pre)
}

// PatchWebhook changes the fields that the body names.
func (h *handlers) PatchWebhook(ctx context.Context, r apiv1.PatchWebhookRequestObject) (apiv1.PatchWebhookResponseObject, error) {
	sub, err := h.patchWebhook(ctx, r.ID, *r.Body, r.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	return apiv1.PatchWebhook200JSONResponse{Body: toAPIWebhook(sub), Headers: apiv1.PatchWebhook200ResponseHeaders{ETag: answer.VersionTag(sub.Version)}}, nil
}

// UpdateWebhook is PatchWebhook under PUT.
func (h *handlers) UpdateWebhook(ctx context.Context, r apiv1.UpdateWebhookRequestObject) (apiv1.UpdateWebhookResponseObject, error) {
	sub, err := h.patchWebhook(ctx, r.ID, *r.Body, r.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	return apiv1.UpdateWebhook200JSONResponse{Body: toAPIWebhook(sub), Headers: apiv1.UpdateWebhook200ResponseHeaders{ETag: answer.VersionTag(sub.Version)}}, nil
}

// DeleteWebhook deletes a webhook.
func (h *handlers) DeleteWebhook(ctx context.Context, r apiv1.DeleteWebhookRequestObject) (apiv1.DeleteWebhookResponseObject, error) {
	pre, err := answer.Precondition(r.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	if err := h.server.store.Outbox.DeleteSubscription(ctx, admission.Principal(ctx).Tenant, r.ID, pre); err != nil {
		return nil, err
	}
	return apiv1.DeleteWebhook204Response{}, nil
}

// TestWebhook sends a test event.
func (h *handlers) TestWebhook(ctx context.Context, r apiv1.TestWebhookRequestObject) (apiv1.TestWebhookResponseObject, error) {
	if err := h.requireScopeOfWebhook(ctx, r.ID); err != nil {
		return nil, err
	}
	d, err := h.server.store.Outbox.SendTestEvent(ctx, admission.Principal(ctx).Tenant, r.ID)
	if err != nil {
		return nil, err
	}
	return apiv1.TestWebhook202JSONResponse(toAPIDelivery(d)), nil
}

// DisableWebhook stops the deliveries of a webhook.
func (h *handlers) DisableWebhook(ctx context.Context, r apiv1.DisableWebhookRequestObject) (apiv1.DisableWebhookResponseObject, error) {
	pre, err := answer.Precondition(r.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	sub, err := h.server.store.Outbox.DisableSubscription(ctx, admission.Principal(ctx).Tenant, r.ID, ownersReason, pre)
	if err != nil {
		return nil, err
	}
	return apiv1.DisableWebhook200JSONResponse{Body: toAPIWebhook(sub), Headers: apiv1.DisableWebhook200ResponseHeaders{ETag: answer.VersionTag(sub.Version)}}, nil
}

// EnableWebhook resumes the deliveries of a webhook. If the body asks for it, it also sends the events that were missed.
func (h *handlers) EnableWebhook(ctx context.Context, r apiv1.EnableWebhookRequestObject) (apiv1.EnableWebhookResponseObject, error) {
	if err := h.requireScopeOfWebhook(ctx, r.ID); err != nil {
		return nil, err
	}
	pre, err := answer.Precondition(r.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	replay := r.Body != nil && r.Body.Replay != nil && *r.Body.Replay
	sub, replayed, err := h.server.store.Outbox.EnableSubscription(ctx, admission.Principal(ctx).Tenant, r.ID, replay, pre)
	if err != nil {
		return nil, err
	}
	return apiv1.EnableWebhook200JSONResponse{
		Body: toAPIWebhookEnabled(sub, replayed), Headers: apiv1.EnableWebhook200ResponseHeaders{ETag: answer.VersionTag(sub.Version)},
	}, nil
}

// NextWebhookSecret begins to rotate the secret. No other answer has the next secret.
func (h *handlers) NextWebhookSecret(ctx context.Context, r apiv1.NextWebhookSecretRequestObject) (apiv1.NextWebhookSecretResponseObject, error) {
	if err := h.requireScopeOfWebhook(ctx, r.ID); err != nil {
		return nil, err
	}
	pre, err := answer.Precondition(r.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	sub, secret, err := h.server.store.Outbox.NextSecret(ctx, admission.Principal(ctx).Tenant, r.ID, pre)
	if err != nil {
		return nil, err
	}
	return apiv1.NextWebhookSecret200JSONResponse{
		Body: toAPIWebhookWithSecret(sub, secret), Headers: apiv1.NextWebhookSecret200ResponseHeaders{ETag: answer.VersionTag(sub.Version)},
	}, nil
}

// ActivateWebhookSecret replaces the secret by the next one, at once or as soon as nothing is in flight that it has not signed.
func (h *handlers) ActivateWebhookSecret(ctx context.Context, r apiv1.ActivateWebhookSecretRequestObject) (apiv1.ActivateWebhookSecretResponseObject, error) {
	if err := h.requireScopeOfWebhook(ctx, r.ID); err != nil {
		return nil, err
	}
	pre, err := answer.Precondition(r.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	sub, err := h.server.store.Outbox.ActivateSecret(ctx, admission.Principal(ctx).Tenant, r.ID, pre)
	if err != nil {
		return nil, err
	}
	return apiv1.ActivateWebhookSecret200JSONResponse{
		Body: toAPIWebhook(sub), Headers: apiv1.ActivateWebhookSecret200ResponseHeaders{ETag: answer.VersionTag(sub.Version)},
	}, nil
}
