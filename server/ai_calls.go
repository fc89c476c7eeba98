package server

import (
	"context"
	"itmanagerjobs/store/pipeline"
	"net/url"
	"strconv"

	apiv1 "itmanagerjobs/gen/v1"
	"itmanagerjobs/store/board"
)

const callsPath = "/api/v1/ai-calls"

// ListAiCalls answers one page of the calls that voice assistants made, without transcripts.
func (h *handlers) ListAiCalls(ctx context.Context, r apiv1.ListAiCallsRequestObject) (apiv1.ListAiCallsResponseObject, error) {
	params, query := r.Params, url.Values{}
	filter := pipeline.AICallFilter{
		Status:      board.AICallStatus(noteText(query, "status", params.Status)),
		CandidateID: noteID(query, "candidateId", params.CandidateID), JobID: noteID(query, "jobId", params.JobID),
		ExternalID: noteText(query, "externalId", params.ExternalID), UpdatedSince: noteTime(query, "updatedSince", params.UpdatedSince),
	}
	l := orderedList{number: params.Page, size: params.PageSize, cursor: params.Cursor, sort: params.Sort, path: callsPath, query: query}
	p, order, err := l.open(ctx, h)
	if err != nil {
		return nil, err
	}
	found, err := h.server.store.Pipeline.AICalls(ctx, principalFrom(ctx).Tenant, pipeline.AICallQuery{
		AICallFilter: filter, Sort: order, After: p.afterTime(), Offset: p.offset(), Limit: p.size,
	})
	if err != nil {
		return nil, err
	}
	body := apiv1.AiCallList{Total: int64(found.Total), Page: p.number, PageSize: p.size, Items: make([]apiv1.AiCall, len(found.Items))}
	for i, call := range found.Items {
		body.Items[i] = toAPICall(call)
	}
	if found.More {
		last := found.Items[len(found.Items)-1]
		body.NextCursor = l.next(p, atTime(last.UpdatedAt, last.ID))
	}
	answer := apiv1.ListAiCalls200JSONResponse{Body: body}
	answer.Headers.Link = h.link(l.path, query, p, found.Total, body.NextCursor)
	return answer, nil
}

// CreateAiCall notes that a call has begun.
func (h *handlers) CreateAiCall(ctx context.Context, r apiv1.CreateAiCallRequestObject) (apiv1.CreateAiCallResponseObject, error) {
	call, err := h.server.store.Pipeline.CreateAICall(ctx, principalFrom(ctx).Tenant, fromAPICallCreate(*r.Body))
	if err != nil {
		return nil, err
	}
	return apiv1.CreateAiCall201JSONResponse{
		Body: toAPICallDetail(call),
		Headers: apiv1.CreateAiCall201ResponseHeaders{
			ETag: versionTag(call.Version), Location: h.server.publicURL + callsPath + "/" + strconv.FormatInt(call.ID, 10),
		},
	}, nil
}

// GetAiCall answers one call with its transcript.
func (h *handlers) GetAiCall(ctx context.Context, r apiv1.GetAiCallRequestObject) (apiv1.GetAiCallResponseObject, error) {
	call, err := h.server.store.Pipeline.AICall(ctx, principalFrom(ctx).Tenant, r.ID)
	if err != nil {
		return nil, err
	}
	return apiv1.GetAiCall200JSONResponse{Body: toAPICallDetail(call), Headers: apiv1.GetAiCall200ResponseHeaders{ETag: versionTag(call.Version)}}, nil
}

// PatchAiCall notes what became of a call.
func (h *handlers) PatchAiCall(ctx context.Context, r apiv1.PatchAiCallRequestObject) (apiv1.PatchAiCallResponseObject, error) {
	pre, err := precondition(r.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	call, err := h.server.store.Pipeline.UpdateAICall(ctx, principalFrom(ctx).Tenant, r.ID, fromAPICallPatch(*r.Body), pre)
	if err != nil {
		return nil, err
	}
	return apiv1.PatchAiCall200JSONResponse{Body: toAPICallDetail(call), Headers: apiv1.PatchAiCall200ResponseHeaders{ETag: versionTag(call.Version)}}, nil
}

func toAPICall(c pipeline.AICall) apiv1.AiCall {
	return apiv1.AiCall{
		ID: c.ID, Status: apiv1.AiCallStatus(c.Status), CandidateID: c.CandidateID, JobID: c.JobID, Purpose: c.Purpose,
		Provider: orNil(c.Provider), ExternalID: orNil(c.ExternalID), StartedAt: c.StartedAt, EndedAt: c.EndedAt,
		DurationSeconds: c.DurationSeconds, Outcome: orNil(c.Outcome), Summary: orNil(c.Summary), CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt,
	}
}

func toAPICallDetail(c pipeline.AICall) apiv1.AiCallDetail {
	s := toAPICall(c)
	return apiv1.AiCallDetail{
		ID: s.ID, Status: s.Status, CandidateID: s.CandidateID, JobID: s.JobID, Purpose: s.Purpose, Provider: s.Provider, ExternalID: s.ExternalID,
		StartedAt: s.StartedAt, EndedAt: s.EndedAt, DurationSeconds: s.DurationSeconds, Outcome: s.Outcome, Summary: s.Summary,
		Transcript: orNil(c.Transcript), CreatedAt: s.CreatedAt, UpdatedAt: s.UpdatedAt,
	}
}

func fromAPICallCreate(c apiv1.AiCallCreate) board.NewAICall {
	return board.NewAICall{
		CandidateID: c.CandidateID, JobID: pointer(c.JobID), Purpose: c.Purpose, Provider: given(c.Provider), ExternalID: given(c.ExternalID),
		StartedAt: pointer(c.StartedAt),
	}
}

func fromAPICallPatch(p apiv1.AiCallPatch) board.AICallPatch {
	patch := board.AICallPatch{
		EndedAt: valueChange(p.EndedAt), DurationSeconds: valueChange(p.DurationSeconds),
		Outcome: change[string](p.Outcome), Summary: change[string](p.Summary), Transcript: change[string](p.Transcript),
	}
	if p.Status != nil {
		patch.Status = board.Set(board.AICallStatus(*p.Status))
	}
	return patch
}
