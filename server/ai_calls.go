package server

import (
	"context"
	"net/url"
	"strconv"

	apiv1 "itmanagerjobs/gen/v1"
	"itmanagerjobs/server/admission"
	"itmanagerjobs/server/answer"
	"itmanagerjobs/server/contract"
	"itmanagerjobs/server/paging"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pipeline"
)

const callsPath = "/api/v1/ai-calls"

// ListAiCalls answers one page of the calls that voice assistants made, without transcripts.
func (h *handlers) ListAiCalls(ctx context.Context, r apiv1.ListAiCallsRequestObject) (apiv1.ListAiCallsResponseObject, error) {
	params, query := r.Params, url.Values{}
	filter := pipeline.AICallFilter{
		Statuses:    paging.FilterAny[board.AICallStatus](query, "status", params.Status),
		CandidateID: paging.FilterID(query, "candidateId", params.CandidateID), JobID: paging.FilterID(query, "jobId", params.JobID),
		ExternalID: paging.FilterText(query, "externalId", params.ExternalID), UpdatedSince: paging.FilterTime(query, "updatedSince", params.UpdatedSince),
	}
	l, order, err := paging.OpenSorted(h.server.lists, admission.Principal(ctx).Tenant, paging.List{Path: callsPath, Query: query}, params.Sort, apiv1.AiCallSortCreatedAtDescending, paging.Params{Page: params.Page, Size: params.PageSize, Cursor: params.Cursor})
	if err != nil {
		return nil, err
	}
	found, err := h.server.store.Pipeline.AICalls(ctx, l.Tenant, pipeline.AICallQuery{
		AICallFilter: filter, Sort: order, After: l.AfterTime(), Offset: l.Offset(), Limit: l.Size,
	})
	if err != nil {
		return nil, err
	}
	body := apiv1.AiCallList{Total: int64(found.Total), Page: l.Number, PageSize: l.Size, Items: converted(found.Items, toAPICall)}
	body.NextCursor = paging.NextCursor(l, found.Items, found.More, func(c pipeline.AICall) paging.Position { return paging.AtTime(c.UpdatedAt, c.ID) })
	return apiv1.ListAiCalls200JSONResponse{Body: body, Headers: apiv1.ListAiCalls200ResponseHeaders{Link: l.Link(found.Total, body.NextCursor)}}, nil
}

// CreateAiCall records that a call has begun.
func (h *handlers) CreateAiCall(ctx context.Context, r apiv1.CreateAiCallRequestObject) (apiv1.CreateAiCallResponseObject, error) {
	call, err := h.server.store.Pipeline.CreateAICall(ctx, admission.Principal(ctx).Tenant, fromAPICallCreate(*r.Body))
	if err != nil {
		return nil, err
	}
	return apiv1.CreateAiCall201JSONResponse{
		Body: toAPICallDetail(call),
		Headers: apiv1.CreateAiCall201ResponseHeaders{
			ETag: answer.VersionTag(call.Version), Location: h.server.publicURL + callsPath + "/" + strconv.FormatInt(call.ID, 10),
		},
	}, nil
}

// GetAiCall answers one call with its transcript.
func (h *handlers) GetAiCall(ctx context.Context, r apiv1.GetAiCallRequestObject) (apiv1.GetAiCallResponseObject, error) {
	call, err := h.server.store.Pipeline.AICall(ctx, admission.Principal(ctx).Tenant, r.ID)
	if err != nil {
		return nil, err
	}
	return apiv1.GetAiCall200JSONResponse{Body: toAPICallDetail(call), Headers: apiv1.GetAiCall200ResponseHeaders{ETag: answer.VersionTag(call.Version)}}, nil
}

// PatchAiCall records the result of a call.
func (h *handlers) PatchAiCall(ctx context.Context, r apiv1.PatchAiCallRequestObject) (apiv1.PatchAiCallResponseObject, error) {
	pre, err := answer.Precondition(r.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	call, err := h.server.store.Pipeline.UpdateAICall(ctx, admission.Principal(ctx).Tenant, r.ID, fromAPICallPatch(*r.Body), pre)
	if err != nil {
		return nil, err
	}
	return apiv1.PatchAiCall200JSONResponse{Body: toAPICallDetail(call), Headers: apiv1.PatchAiCall200ResponseHeaders{ETag: answer.VersionTag(call.Version)}}, nil
}

// addCallRules adds the rules for times and for fields that depend on each other.
func (s *Server) addCallRules(rules *contract.Rules) {
	contract.AddRule(rules, func(_ context.Context, body apiv1.AiCallCreate) []board.FieldError {
		_, err := fromAPICallCreate(body).AICall(s.store.Now())
		return fieldsOf(err)
	}, "AiCallCreate")
	contract.AddRule(rules, func(_ context.Context, body apiv1.AiCallPatch) []board.FieldError {
		return fromAPICallPatch(body).Check()
	}, "AiCallPatch")
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
