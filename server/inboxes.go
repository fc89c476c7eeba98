package server

import (
	"context"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	apiv1 "itmanagerjobs/gen/v1"
	"itmanagerjobs/server/admission"
	"itmanagerjobs/server/paging"
	"itmanagerjobs/server/verdict"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/outbox"
)

// InboxPath is what the addresses of inboxes have before their tokens.
const InboxPath = delivery.InboxPath

const inboxesPath = "/api/v1/test/inboxes"

func (h *handlers) toAPIInbox(b outbox.Inbox) apiv1.Inbox {
	return apiv1.Inbox{ID: b.ID, Name: b.Name, URL: h.server.publicURL + InboxPath + b.Token, CreatedAt: b.CreatedAt}
}

// checkInbox refuses a webhook at the address of an inbox that its tenant does not have. Errors: invalid_request.
func (s *Server) checkInbox(ctx context.Context, t board.Tenant, p delivery.SubscriptionPatch) error {
	if !p.URL.Set || p.URL.Value == nil {
		return nil
	}
	token, ok := strings.CutPrefix(*p.URL.Value, s.publicURL+InboxPath)
	if !ok {
		return nil
	}
	return s.store.Outbox.CheckInbox(ctx, t, token)
}

// ListInboxes answers all inboxes: there are few.
func (h *handlers) ListInboxes(ctx context.Context, _ apiv1.ListInboxesRequestObject) (apiv1.ListInboxesResponseObject, error) {
	all, err := h.server.store.Outbox.Inboxes(ctx, admission.Principal(ctx).Tenant)
	if err != nil {
		return nil, err
	}
	return apiv1.ListInboxes200JSONResponse{Total: int64(len(all)), Items: converted(all, h.toAPIInbox)}, nil
}

// CreateInbox makes an inbox.
func (h *handlers) CreateInbox(ctx context.Context, r apiv1.CreateInboxRequestObject) (apiv1.CreateInboxResponseObject, error) {
	inbox, err := h.server.store.Outbox.CreateInbox(ctx, admission.Principal(ctx).Tenant, given(r.Body.Name))
	if err != nil {
		return nil, err
	}
	return apiv1.CreateInbox201JSONResponse(h.toAPIInbox(inbox)), nil
}

// DeleteInbox deletes an inbox.
func (h *handlers) DeleteInbox(ctx context.Context, r apiv1.DeleteInboxRequestObject) (apiv1.DeleteInboxResponseObject, error) {
	if err := h.server.store.Outbox.DeleteInbox(ctx, admission.Principal(ctx).Tenant, r.ID); err != nil {
		return nil, err
	}
	return apiv1.DeleteInbox204Response{}, nil
}

// ListInboxRequests answers what has arrived at an inbox.
func (h *handlers) ListInboxRequests(ctx context.Context, r apiv1.ListInboxRequestsRequestObject) (apiv1.ListInboxRequestsResponseObject, error) {
	path := inboxesPath + "/" + strconv.FormatInt(r.ID, 10) + "/requests"
	l, err := h.server.lists.Open(admission.Principal(ctx).Tenant, paging.List{Path: path, Query: url.Values{}}, paging.Params{Size: r.Params.PageSize, Cursor: r.Params.Cursor})
	if err != nil {
		return nil, err
	}
	page, more, err := h.server.store.Outbox.InboxRequests(ctx, l.Tenant, r.ID, l.AfterID(), l.Size)
	if err != nil {
		return nil, err
	}
	body := apiv1.InboxRequestList{PageSize: l.Size, Items: []apiv1.InboxRequest{}}
	senders := map[int64]*verdict.Sender{}
	for _, q := range page {
		from, known := senders[q.SubscriptionID]
		if !known {
			if from, err = verdict.ReadSender(ctx, h.server.store.Outbox, l.Tenant, q.SubscriptionID); err != nil {
				return nil, err
			}
			senders[q.SubscriptionID] = from
		}
		body.Items = append(body.Items, toAPIInboxRequest(q, from.Judge(q)))
	}
	body.NextCursor = paging.NextCursor(l, page, more, func(q outbox.InboxRequest) paging.Position { return paging.Position{ID: q.ID} })
	return apiv1.ListInboxRequests200JSONResponse{Body: body, Headers: apiv1.ListInboxRequests200ResponseHeaders{Link: l.NextLink(body.NextCursor)}}, nil
}

func toAPIInboxRequest(q outbox.InboxRequest, found verdict.Verdict) apiv1.InboxRequest {
	out := apiv1.InboxRequest{
		ID: q.ID, WebhookID: q.SubscriptionID, DeliveryID: q.DeliveryID, Method: q.Method, ReceivedAt: q.ReceivedAt, Body: string(q.Body),
		Headers: []apiv1.InboxHeader{},
	}
	switch found {
	case verdict.Right:
		out.SignatureVerified = new(true)
	case verdict.Unknown:
		out.SignatureFinding = new(found.Sentence())
	case verdict.Next, verdict.Old, verdict.Unsigned, verdict.Wrong:
		out.SignatureVerified, out.SignatureFinding = new(false), new(found.Sentence())
	}
	for _, name := range slices.Sorted(maps.Keys(q.Header)) {
		for _, value := range q.Header[name] {
			out.Headers = append(out.Headers, apiv1.InboxHeader{Name: name, Value: value})
		}
	}
	return out
}
