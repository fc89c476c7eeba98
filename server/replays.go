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
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/outbox"
)

const replaysPath = "/api/v1/events/replays"

// ReplayEvents begins a replay.
func (h *handlers) ReplayEvents(ctx context.Context, r apiv1.ReplayEventsRequestObject) (apiv1.ReplayEventsResponseObject, error) {
	t, asked := admission.Principal(ctx).Tenant, fromAPIReplay(*r.Body)
	if err := h.requireScopeOfReplay(ctx, &asked); err != nil {
		return nil, err
	}
	replay, err := h.server.store.Outbox.CreateReplay(ctx, t, asked)
	if err != nil {
		return nil, err
	}
	body, tag, err := replayDetail(replay)
	if err != nil {
		return nil, err
	}
	return apiv1.ReplayEvents202JSONResponse{
		Body:    body,
		Headers: apiv1.ReplayEvents202ResponseHeaders{ETag: tag, Location: h.server.publicURL + replaysPath + "/" + strconv.FormatInt(replay.ID, 10)},
	}, nil
}

// PreviewEventReplay counts what a replay would send.
func (h *handlers) PreviewEventReplay(ctx context.Context, r apiv1.PreviewEventReplayRequestObject) (apiv1.PreviewEventReplayResponseObject, error) {
	t, asked := admission.Principal(ctx).Tenant, fromAPIReplay(*r.Body)
	if err := h.requireScopeOfReplay(ctx, &asked); err != nil {
		return nil, err
	}
	counted, err := h.server.store.Outbox.PreviewReplay(ctx, t, asked)
	if err != nil {
		return nil, err
	}
	body := apiv1.EventReplayPreview{Webhooks: make([]apiv1.EventReplayCount, len(counted))}
	for i, s := range counted {
		body.Total += s.Total
		body.Webhooks[i] = apiv1.EventReplayCount{WebhookID: s.ID, Total: s.Total}
	}
	return apiv1.PreviewEventReplay200JSONResponse(body), nil
}

// ListEventReplays answers one page of the replays.
func (h *handlers) ListEventReplays(ctx context.Context, r apiv1.ListEventReplaysRequestObject) (apiv1.ListEventReplaysResponseObject, error) {
	params := r.Params
	const usual = apiv1.EventReplaySortCreatedAtDescending
	of := paging.List{Path: replaysPath, Query: url.Values{}, Unnamed: string(usual)}
	l, order, err := paging.OpenSorted(h.server.lists, admission.Principal(ctx).Tenant, of, params.Sort, usual, paging.Params{Page: params.Page, Size: params.PageSize, Cursor: params.Cursor})
	if err != nil {
		return nil, err
	}
	found, err := h.server.store.Outbox.Replays(ctx, l.Tenant, outbox.ReplayQuery{Sort: order, After: l.AfterTime(), Offset: l.Offset(), Limit: l.Size})
	if err != nil {
		return nil, err
	}
	body := apiv1.EventReplayList{Total: int64(found.Total), Page: l.Number, PageSize: l.Size, Items: converted(found.Items, toAPIReplay)}
	body.NextCursor = paging.NextCursor(l, found.Items, found.More, func(r outbox.Replay) paging.Position { return paging.Position{ID: r.ID} })
	return apiv1.ListEventReplays200JSONResponse{Body: body, Headers: apiv1.ListEventReplays200ResponseHeaders{Link: l.Link(found.Total, body.NextCursor)}}, nil
}

// GetEventReplay answers the progress of a replay.
func (h *handlers) GetEventReplay(ctx context.Context, r apiv1.GetEventReplayRequestObject) (apiv1.GetEventReplayResponseObject, error) {
	replay, err := h.server.store.Outbox.Replay(ctx, admission.Principal(ctx).Tenant, r.ID)
	if err != nil {
		return nil, err
	}
	body, tag, err := replayDetail(replay)
	if err != nil {
		return nil, err
	}
	return apiv1.GetEventReplay200JSONResponse{Body: body, Headers: apiv1.GetEventReplay200ResponseHeaders{ETag: tag}}, nil
}

// replayDetail is a replay and its entity tag, which also changes with the webhooks that it shows.
func replayDetail(r outbox.Replay) (apiv1.EventReplay, string, error) {
	body := toAPIReplay(r)
	tag, err := answer.CompositeTag(r.Version(), body)
	return body, tag, err
}

// CancelEventReplay ends a replay.
func (h *handlers) CancelEventReplay(ctx context.Context, r apiv1.CancelEventReplayRequestObject) (apiv1.CancelEventReplayResponseObject, error) {
	pre, err := answer.Precondition(r.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	replay, err := h.server.store.Outbox.CancelReplay(ctx, admission.Principal(ctx).Tenant, r.ID, pre)
	if err != nil {
		return nil, err
	}
	body, tag, err := replayDetail(replay)
	if err != nil {
		return nil, err
	}
	return apiv1.CancelEventReplay200JSONResponse{Body: body, Headers: apiv1.CancelEventReplay200ResponseHeaders{ETag: tag}}, nil
}

func fromAPIReplay(r apiv1.EventReplayRequest) delivery.ReplayRequest {
	asked := delivery.ReplayRequest{
		SubscriptionID: r.WebhookID, EventIDs: r.EventIds, FromSequence: r.FromSequence, ToSequence: r.ToSequence, Since: r.Since, Until: r.Until,
	}
	for _, t := range r.Types {
		asked.Types = append(asked.Types, event.Type(t))
	}
	if r.PerSecond != nil {
		asked.PerSecond = *r.PerSecond
	}
	return asked
}

func toAPIReplay(r outbox.Replay) apiv1.EventReplay {
	body := apiv1.EventReplay{
		ID: r.ID, Status: apiv1.EventReplayStatus(r.Status), WebhookID: r.SubscriptionID, FromSequence: r.FromSequence, ToSequence: r.ToSequence,
		Since: r.Since, Until: r.Until, Types: make([]apiv1.EventType, len(r.Types)), PerSecond: r.PerSecond,
		Webhooks: make([]apiv1.EventReplayWebhook, len(r.Subscriptions)), CreatedAt: r.CreatedAt, FinishedAt: r.FinishedAt,
	}
	body.Total, body.Queued, body.Skipped = r.Counts()
	for i, t := range r.Types {
		body.Types[i] = apiv1.EventType(t)
	}
	for i, s := range r.Subscriptions {
		body.Webhooks[i] = apiv1.EventReplayWebhook{WebhookID: s.ID, Total: s.Total, Queued: s.Queued, Skipped: s.Skipped}
	}
	return body
}
