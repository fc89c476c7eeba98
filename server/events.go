package server

import (
	"context"

	apiv1 "itmanagerjobs/gen/v1"
	"itmanagerjobs/store/board"
)

// ListEvents answers the events of the log after a sequence number. It is not a list with pages: a caller reads the log
// to its end and later asks for what came after it.
func (h *handlers) ListEvents(ctx context.Context, r apiv1.ListEventsRequestObject) (apiv1.ListEventsResponseObject, error) {
	var after int64
	if r.Params.After != nil {
		after = *r.Params.After
	}
	size := pageSize(r.Params.PageSize)
	var types []board.EventType
	if r.Params.Type != nil {
		types = append(types, board.EventType(*r.Params.Type))
	}
	found, err := h.server.store.Outbox.Events(ctx, principalFrom(ctx).Tenant, after, size, types)
	if err != nil {
		return nil, err
	}
	body := apiv1.ListEvents200JSONResponse{PageSize: size, Items: make([]apiv1.LoggedEvent, len(found.Events)), NextAfter: found.Next, HasMore: found.More}
	for i, e := range found.Events {
		body.Items[i] = apiv1.LoggedEvent{ID: e.ID, Sequence: e.Seq, Type: apiv1.EventType(e.Type), CreatedAt: e.CreatedAt, Data: e.Data}
	}
	return body, nil
}
