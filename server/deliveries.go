package server

import (
	"context"
	"net/url"
	"strconv"

	apiv1 "itmanagerjobs/gen/v1"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/outbox"
)

// ListWebhookDeliveries answers one page of the delivery log of a webhook.
func (h *handlers) ListWebhookDeliveries(ctx context.Context, r apiv1.ListWebhookDeliveriesRequestObject) (apiv1.ListWebhookDeliveriesResponseObject, error) {
	params, query := r.Params, url.Values{}
	q := outbox.DeliveryQuery{Statuses: filterAny[delivery.Status](query, "status", params.Status)}
	const usual = apiv1.DeliverySortEventIDDescending
	sort := sortOrder(query, params.Sort, usual)
	path := webhooksPath + "/" + strconv.FormatInt(r.ID, 10) + "/deliveries"
	// The cursors of this list are signed for its whole address.
	of := listOf{path: path, query: query, sort: string(sort), unnamed: string(usual), signedAs: h.server.publicURL + path}
	l, err := h.server.lists.open(principalFrom(ctx).Tenant, of, pageParams{page: params.Page, size: params.PageSize, cursor: params.Cursor})
	if err != nil {
		return nil, err
	}
	q.OldestFirst, q.After, q.Offset, q.Limit = sort == apiv1.DeliverySortEventIDAscending, l.afterID(), l.offset(), l.size
	found, err := h.server.store.Outbox.Deliveries(ctx, l.tenant, r.ID, q)
	if err != nil {
		return nil, err
	}
	body := apiv1.DeliveryList{Total: int64(found.Total), Page: l.number, PageSize: l.size, Items: converted(found.Items, toAPIDelivery)}
	body.NextCursor = nextCursor(l, found.Items, found.More, func(d outbox.Delivery) position { return position{id: d.EventID} })
	return apiv1.ListWebhookDeliveries200JSONResponse{
		Body: body, Headers: apiv1.ListWebhookDeliveries200ResponseHeaders{Link: l.link(found.Total, body.NextCursor)},
	}, nil
}

// GetDelivery answers one delivery with its attempts.
func (h *handlers) GetDelivery(ctx context.Context, r apiv1.GetDeliveryRequestObject) (apiv1.GetDeliveryResponseObject, error) {
	d, attempts, err := h.server.store.Outbox.Delivery(ctx, principalFrom(ctx).Tenant, r.ID)
	if err != nil {
		return nil, err
	}
	body := toAPIDeliveryDetail(d, attempts)
	tag, err := compositeTag(d.Version(), body)
	if err != nil {
		return nil, err
	}
	return apiv1.GetDelivery200JSONResponse{Body: body, Headers: apiv1.GetDelivery200ResponseHeaders{ETag: tag}}, nil
}

// ResendDelivery starts the schedule of a delivery again from its beginning.
func (h *handlers) ResendDelivery(ctx context.Context, r apiv1.ResendDeliveryRequestObject) (apiv1.ResendDeliveryResponseObject, error) {
	t := principalFrom(ctx).Tenant
	pre, err := precondition(r.Params.IfMatch)
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
	return apiv1.ResendDelivery202JSONResponse{Body: toAPIDelivery(d), Headers: apiv1.ResendDelivery202ResponseHeaders{ETag: versionTag(d.Version())}}, nil
}
