package server

import (
	"context"
	"itmanagerjobs/store/outbox"
	"net/url"
	"strconv"

	apiv1 "itmanagerjobs/gen/v1"
	"itmanagerjobs/store/board"
)

const webhooksPath = "/api/v1/webhooks"

// ownersReason is why a webhook is disabled that its owner disabled.
const ownersReason = "Disabled by its owner."

func (h *handlers) webhookURL(id int64) string {
	return h.server.publicURL + webhooksPath + "/" + strconv.FormatInt(id, 10)
}

// ListWebhooks answers one page of the webhooks. There are so few that all are read.
func (h *handlers) ListWebhooks(ctx context.Context, r apiv1.ListWebhooksRequestObject) (apiv1.ListWebhooksResponseObject, error) {
	query := pageQuery(r.Params.PageSize)
	list := h.walk(ctx, webhooksPath, query, "")
	p, err := list.readPage(r.Params.Page, r.Params.PageSize, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	all, err := h.server.store.Outbox.Subscriptions(ctx, principalFrom(ctx).Tenant)
	if err != nil {
		return nil, err
	}
	from := min(p.offset(), len(all))
	if p.after != nil {
		for from = 0; from < len(all) && all[from].ID <= p.after.id; from++ {
		}
	}
	shown := all[from:min(from+p.size, len(all))]
	body := apiv1.WebhookList{Total: int64(len(all)), Page: p.number, PageSize: p.size, Items: make([]apiv1.Webhook, len(shown))}
	for i, sub := range shown {
		body.Items[i] = toAPIWebhook(sub)
	}
	if len(shown) > 0 && from+len(shown) < len(all) {
		body.NextCursor = list.next(p, position{id: shown[len(shown)-1].ID})
	}
	answer := apiv1.ListWebhooks200JSONResponse{Body: body}
	if link := links(h.server.publicURL+webhooksPath, query, p, len(all), body.NextCursor); link != "" {
		answer.Headers.Link = &link
	}
	return answer, nil
}

// pageQuery is the query of a list without filters as links repeat it.
func pageQuery(size *int) url.Values {
	q := url.Values{}
	if size != nil {
		q.Set("pageSize", strconv.Itoa(*size))
	}
	return q
}

// CreateWebhook makes a webhook. Its secret is in this answer and nowhere else.
func (h *handlers) CreateWebhook(ctx context.Context, r apiv1.CreateWebhookRequestObject) (apiv1.CreateWebhookResponseObject, error) {
	p, err := profileNamed(r.Body.Profile)
	if err != nil {
		return nil, err
	}
	if err := mayTellOfPeople(ctx, p); err != nil {
		return nil, err
	}
	patch, problems := h.server.readWebhookPatch(apiv1.WebhookPatch{URL: &r.Body.URL, Events: r.Body.Events, Description: r.Body.Description}, namesOf(p))
	if len(problems) > 0 {
		return nil, board.Invalid(problems...)
	}
	sub, secret, err := h.server.store.Outbox.CreateSubscription(ctx, principalFrom(ctx).Tenant, p.Name, patch)
	if err != nil {
		return nil, err
	}
	return apiv1.CreateWebhook201JSONResponse{
		Body:    toAPIWebhookWithSecret(sub, secret),
		Headers: apiv1.CreateWebhook201ResponseHeaders{ETag: versionTag(sub.Version), Location: h.webhookURL(sub.ID)},
	}, nil
}

// GetWebhook answers one webhook.
func (h *handlers) GetWebhook(ctx context.Context, r apiv1.GetWebhookRequestObject) (apiv1.GetWebhookResponseObject, error) {
	sub, err := h.server.store.Outbox.Subscription(ctx, principalFrom(ctx).Tenant, r.ID)
	if err != nil {
		return nil, err
	}
	return apiv1.GetWebhook200JSONResponse{Body: toAPIWebhook(sub), Headers: apiv1.GetWebhook200ResponseHeaders{ETag: versionTag(sub.Version)}}, nil
}

// patchWebhook is what PUT and PATCH both do (R6).
func (h *handlers) patchWebhook(ctx context.Context, id int64, body apiv1.WebhookPatch, ifMatch *string) (outbox.Subscription, error) {
	pre, err := precondition(ifMatch)
	if err != nil {
		return outbox.Subscription{}, err
	}
	t := principalFrom(ctx).Tenant
	sub, err := h.server.store.Outbox.Subscription(ctx, t, id)
	if err != nil {
		return outbox.Subscription{}, err
	}
	p := profileOf(sub)
	if err := mayTellOfPeople(ctx, p); err != nil {
		return outbox.Subscription{}, err
	}
	patch, problems := h.server.readWebhookPatch(body, namesOf(p))
	if body.Profile != nil && sub.Profile != string(*body.Profile) {
		problems = append(problems, board.FieldError{Field: "profile", Code: board.FieldImmutable, Message: "is " + sub.Profile + " for life: create another webhook for another profile"})
	}
	if len(problems) > 0 {
		return outbox.Subscription{}, board.Invalid(problems...)
	}
	return h.server.store.Outbox.UpdateSubscription(ctx, t, id, patch, pre)
}

// PatchWebhook changes the fields that the body names.
func (h *handlers) PatchWebhook(ctx context.Context, r apiv1.PatchWebhookRequestObject) (apiv1.PatchWebhookResponseObject, error) {
	sub, err := h.patchWebhook(ctx, r.ID, *r.Body, r.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	return apiv1.PatchWebhook200JSONResponse{Body: toAPIWebhook(sub), Headers: apiv1.PatchWebhook200ResponseHeaders{ETag: versionTag(sub.Version)}}, nil
}

// ReplaceWebhook is PatchWebhook under PUT.
func (h *handlers) ReplaceWebhook(ctx context.Context, r apiv1.ReplaceWebhookRequestObject) (apiv1.ReplaceWebhookResponseObject, error) {
	sub, err := h.patchWebhook(ctx, r.ID, *r.Body, r.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	return apiv1.ReplaceWebhook200JSONResponse{Body: toAPIWebhook(sub), Headers: apiv1.ReplaceWebhook200ResponseHeaders{ETag: versionTag(sub.Version)}}, nil
}

// DeleteWebhook ends a webhook for good.
func (h *handlers) DeleteWebhook(ctx context.Context, r apiv1.DeleteWebhookRequestObject) (apiv1.DeleteWebhookResponseObject, error) {
	pre, err := precondition(r.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	if err := h.server.store.Outbox.DeleteSubscription(ctx, principalFrom(ctx).Tenant, r.ID, pre); err != nil {
		return nil, err
	}
	return apiv1.DeleteWebhook204Response{}, nil
}

// TestWebhook sends an event that means nothing.
func (h *handlers) TestWebhook(ctx context.Context, r apiv1.TestWebhookRequestObject) (apiv1.TestWebhookResponseObject, error) {
	if err := h.mayHaveSent(ctx, r.ID); err != nil {
		return nil, err
	}
	d, err := h.server.store.Outbox.SendTestEvent(ctx, principalFrom(ctx).Tenant, r.ID)
	if err != nil {
		return nil, err
	}
	return apiv1.TestWebhook202JSONResponse(toAPIDelivery(d)), nil
}

// DisableWebhook stops deliveries.
func (h *handlers) DisableWebhook(ctx context.Context, r apiv1.DisableWebhookRequestObject) (apiv1.DisableWebhookResponseObject, error) {
	sub, err := h.server.store.Outbox.DisableSubscription(ctx, principalFrom(ctx).Tenant, r.ID, ownersReason)
	if err != nil {
		return nil, err
	}
	return apiv1.DisableWebhook200JSONResponse{Body: toAPIWebhook(sub), Headers: apiv1.DisableWebhook200ResponseHeaders{ETag: versionTag(sub.Version)}}, nil
}

// EnableWebhook lets deliveries go on, with what was missed when the body asks for it.
func (h *handlers) EnableWebhook(ctx context.Context, r apiv1.EnableWebhookRequestObject) (apiv1.EnableWebhookResponseObject, error) {
	if err := h.mayHaveSent(ctx, r.ID); err != nil {
		return nil, err
	}
	replay := r.Body != nil && r.Body.Replay != nil && *r.Body.Replay
	sub, replayed, err := h.server.store.Outbox.EnableSubscription(ctx, principalFrom(ctx).Tenant, r.ID, replay)
	if err != nil {
		return nil, err
	}
	return apiv1.EnableWebhook200JSONResponse{
		Body: toAPIWebhookEnabled(sub, replayed), Headers: apiv1.EnableWebhook200ResponseHeaders{ETag: versionTag(sub.Version)},
	}, nil
}

// NextWebhookSecret begins to rotate the secret (R14). The next one is in this answer and nowhere else.
func (h *handlers) NextWebhookSecret(ctx context.Context, r apiv1.NextWebhookSecretRequestObject) (apiv1.NextWebhookSecretResponseObject, error) {
	if err := h.mayHaveSent(ctx, r.ID); err != nil {
		return nil, err
	}
	sub, secret, err := h.server.store.Outbox.NextSecret(ctx, principalFrom(ctx).Tenant, r.ID)
	if err != nil {
		return nil, err
	}
	return apiv1.NextWebhookSecret200JSONResponse{
		Body: toAPIWebhookWithSecret(sub, secret), Headers: apiv1.NextWebhookSecret200ResponseHeaders{ETag: versionTag(sub.Version)},
	}, nil
}

// ActivateWebhookSecret makes the next secret the secret.
func (h *handlers) ActivateWebhookSecret(ctx context.Context, r apiv1.ActivateWebhookSecretRequestObject) (apiv1.ActivateWebhookSecretResponseObject, error) {
	if err := h.mayHaveSent(ctx, r.ID); err != nil {
		return nil, err
	}
	sub, err := h.server.store.Outbox.ActivateSecret(ctx, principalFrom(ctx).Tenant, r.ID)
	if err != nil {
		return nil, err
	}
	return apiv1.ActivateWebhookSecret200JSONResponse{
		Body: toAPIWebhook(sub), Headers: apiv1.ActivateWebhookSecret200ResponseHeaders{ETag: versionTag(sub.Version)},
	}, nil
}
