package server

import (
	"context"
	"net/url"

	apiv1 "itmanagerjobs/gen/v1"
	"itmanagerjobs/server/admission"
	"itmanagerjobs/server/paging"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/outbox"
)

const eventsPath = "/api/v1/events"

// ListEvents answers the events of the log after a sequence number. It is not a list with numbered pages: a caller reads
// the log to its end, by cursor or by number, and later asks for what came after it. It has one order only, that of the
// numbers, which follow the commits: read the other way round, it would not tell where to go on later.
func (h *handlers) ListEvents(ctx context.Context, r apiv1.ListEventsRequestObject) (apiv1.ListEventsResponseObject, error) {
	params, query := r.Params, url.Values{}
	types := paging.FilterAny[event.Type](query, "type", params.Type)
	l, err := h.server.lists.Open(admission.Principal(ctx).Tenant, paging.List{Path: eventsPath, Query: query}, paging.Params{Size: params.PageSize, Cursor: params.Cursor})
	if err != nil {
		return nil, err
	}
	after := l.AfterID()
	switch {
	case params.After != nil && l.ByCursor:
		return nil, paging.InvalidQuery("cursor", board.FieldConflict, "can't be used together with after: send one of them")
	case params.After != nil:
		after = *params.After
	}
	found, err := h.server.store.Outbox.Events(ctx, l.Tenant, after, l.Size, types)
	if err != nil {
		return nil, err
	}
	body := apiv1.EventList{PageSize: l.Size, Items: make([]apiv1.LoggedEvent, len(found.Events)), NextAfter: found.Next, HasMore: found.More}
	for i, e := range found.Events {
		body.Items[i] = apiv1.LoggedEvent{ID: e.ID, Sequence: e.Seq, Type: apiv1.EventType(e.Type), CreatedAt: e.CreatedAt, Data: e.Data}
	}
	body.NextCursor = paging.NextCursor(l, found.Events, found.More, func(e outbox.Event) paging.Position { return paging.Position{ID: e.Seq} })
	l.ByCursor = true // there are no numbered pages to link to
	return apiv1.ListEvents200JSONResponse{Body: body, Headers: apiv1.ListEvents200ResponseHeaders{Link: l.Link(0, body.NextCursor)}}, nil
}
