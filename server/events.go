package server

import (
	"context"

	apiv1 "itmanagerjobs/gen/v1"
	"itmanagerjobs/store/board"
)

// ListEvents answers a stretch of the log of events (5.03).
func (h *handlers) ListEvents(ctx context.Context, r apiv1.ListEventsRequestObject) (apiv1.ListEventsResponseObject, error) {
	var after int64
	if r.Params.After != nil {
		after = *r.Params.After
	}
	size := defaultPageSize
	if r.Params.PageSize != nil {
		size = *r.Params.PageSize
	}
	var types []board.EventType
	if r.Params.Type != nil {
		types = append(types, board.EventType(*r.Params.Type))
	}
	found, err := h.server.store.Outbox.Events(ctx, principalFrom(ctx).Tenant, after, size, types)
	if err != nil {
		return nil, err
	}
	body := apiv1.ListEvents200JSONResponse{PageSize: size, Items: make([]apiv1.Event, len(found.Events)), NextAfter: found.Next, HasMore: found.More}
	for i, e := range found.Events {
		body.Items[i] = apiv1.Event{ID: e.ID, Sequence: e.Seq, Type: apiv1.EventType(e.Type), CreatedAt: e.CreatedAt, Data: e.Data}
	}
	return body, nil
}
