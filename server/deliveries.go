package server

import (
	"context"
	"itmanagerjobs/store/outbox"

	apiv1 "itmanagerjobs/gen/v1"
	"itmanagerjobs/store/board"
)

// ListWebhookDeliveries answers one page of the delivery log of a webhook.
func (h *handlers) ListWebhookDeliveries(ctx context.Context, r apiv1.ListWebhookDeliveriesRequestObject) (apiv1.ListWebhookDeliveriesResponseObject, error) {
	query, address := pageQuery(r.Params.PageSize), h.webhookURL(r.ID)+"/deliveries"
	q := outbox.DeliveryQuery{Status: board.DeliveryStatus(noteText(query, "status", r.Params.Status))}
	list := h.walk(ctx, address, query, "")
	p, err := list.readPage(r.Params.Page, r.Params.PageSize, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	if q.Limit = p.size; p.after != nil {
		q.Before = p.after.id
	} else {
		q.Offset = p.offset()
	}
	found, err := h.server.store.Outbox.Deliveries(ctx, principalFrom(ctx).Tenant, r.ID, q)
	if err != nil {
		return nil, err
	}
	body := apiv1.DeliveryList{Total: int64(found.Total), Page: p.number, PageSize: p.size, Items: make([]apiv1.Delivery, len(found.Deliveries))}
	for i, d := range found.Deliveries {
		body.Items[i] = toAPIDelivery(d)
	}
	if found.More {
		body.NextCursor = list.next(p, position{id: found.Deliveries[len(found.Deliveries)-1].EventID})
	}
	answer := apiv1.ListWebhookDeliveries200JSONResponse{Body: body}
	if link := links(address, query, p, found.Total, body.NextCursor); link != "" {
		answer.Headers.Link = &link
	}
	return answer, nil
}

// GetDelivery answers one delivery with its attempts.
func (h *handlers) GetDelivery(ctx context.Context, r apiv1.GetDeliveryRequestObject) (apiv1.GetDeliveryResponseObject, error) {
	d, attempts, err := h.server.store.Outbox.Delivery(ctx, principalFrom(ctx).Tenant, r.ID)
	if err != nil {
		return nil, err
	}
	return apiv1.GetDelivery200JSONResponse(toAPIDeliveryDetail(d, attempts)), nil
}

// ResendDelivery begins the schedule of a delivery anew.
func (h *handlers) ResendDelivery(ctx context.Context, r apiv1.ResendDeliveryRequestObject) (apiv1.ResendDeliveryResponseObject, error) {
	t := principalFrom(ctx).Tenant
	d, _, err := h.server.store.Outbox.Delivery(ctx, t, r.ID)
	if err != nil {
		return nil, err
	}
	if err := h.mayHaveSent(ctx, d.SubscriptionID); err != nil {
		return nil, err
	}
	d, err = h.server.store.Outbox.ResendDelivery(ctx, t, r.ID)
	if err != nil {
		return nil, err
	}
	return apiv1.ResendDelivery202JSONResponse(toAPIDelivery(d)), nil
}
