package server

import (
	"context"
	"net/url"
	"strconv"

	apiv1 "itmanagerjobs/gen/v1"
	"itmanagerjobs/server/admission"
	"itmanagerjobs/server/answer"
	"itmanagerjobs/server/paging"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/outbox"
)

// ListWebhookDeliveries answers one page of the delivery log of a webhook.
func (h *handlers) ListWebhookDeliveries(ctx context.Context, r apiv1.ListWebhookDeliveriesRequestObject) (apiv1.ListWebhookDeliveriesResponseObject, error) {
	params, query := r.Params, url.Values{}
	q := outbox.DeliveryQuery{Statuses: paging.FilterAny[delivery.Status](query, "status", params.Status)}
	const usual = apiv1.DeliverySortEventIDDescending
	sort := paging.Order(query, params.Sort, usual)
	path := webhooksPath + "/" + strconv.FormatInt(r.ID, 10) + "/deliveries"
	// The cursors of this list are signed for its whole address.
	of := paging.List{Path: path, Query: query, Sort: string(sort), Unnamed: string(usual), SignedAs: h.server.publicURL + path}
	l, err := h.server.lists.Open(admission.Principal(ctx).Tenant, of, paging.Params{Page: params.Page, Size: params.PageSize, Cursor: params.Cursor})
	if err != nil {
		return nil, err
	}
	q.OldestFirst, q.After, q.Offset, q.Limit = sort == apiv1.DeliverySortEventIDAscending, l.AfterID(), l.Offset(), l.Size
	found, err := h.server.store.Outbox.Deliveries(ctx, l.Tenant, r.ID, q)
	if err != nil {
		return nil, err
	}
	body := apiv1.DeliveryList{Total: int64(found.Total), Page: l.Number, PageSize: l.Size, Items: converted(found.Items, toAPIDelivery)}
	body.NextCursor = paging.NextCursor(l, found.Items, found.More, func(d outbox.Delivery) paging.Position { return paging.Position{ID: d.EventID} })
	return apiv1.ListWebhookDeliveries200JSONResponse{
		Body: body, Headers: apiv1.ListWebhookDeliveries200ResponseHeaders{Link: l.Link(found.Total, body.NextCursor)},
	}, nil
}

// GetDelivery answers one delivery with its attempts.
func (h *handlers) GetDelivery(ctx context.Context, r apiv1.GetDeliveryRequestObject) (apiv1.GetDeliveryResponseObject, error) {
	d, attempts, err := h.server.store.Outbox.Delivery(ctx, admission.Principal(ctx).Tenant, r.ID)
	if err != nil {
		return nil, err
	}
	body := toAPIDeliveryDetail(d, attempts)
	tag, err := answer.CompositeTag(d.Version(), body)
	if err != nil {
		return nil, err
	}
	return apiv1.GetDelivery200JSONResponse{Body: body, Headers: apiv1.GetDelivery200ResponseHeaders{ETag: tag}}, nil
}

// ResendDelivery starts the schedule of a delivery again from its beginning.
func (h *handlers) ResendDelivery(ctx context.Context, r apiv1.ResendDeliveryRequestObject) (apiv1.ResendDeliveryResponseObject, error) {
	t := admission.Principal(ctx).Tenant
	pre, err := answer.Precondition(r.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	d, _, err := h.server.store.Outbox.Delivery(ctx, t, r.ID)
	if err != nil {
		return nil, err
	}
	if err := h.requireScopeOfWebhook(ctx, d.SubscriptionID); err != nil {
		return nil, err
	}
	d, err = h.server.store.Outbox.ResendDelivery(ctx, t, r.ID, pre)
	if err != nil {
		return nil, err
	}
	return apiv1.ResendDelivery202JSONResponse{Body: toAPIDelivery(d), Headers: apiv1.ResendDelivery202ResponseHeaders{ETag: answer.VersionTag(d.Version())}}, nil
}
