package server

import (
	"context"
	"net/url"

	apiv1 "itmanagerjobs/gen/v1"
	"itmanagerjobs/server/admission"
	"itmanagerjobs/server/answer"
	"itmanagerjobs/server/paging"
	"itmanagerjobs/store"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pipeline"
)

const candidatesPath = "/api/v1/candidates"

// ListCandidates answers one page of the employer's own pipeline.
func (h *handlers) ListCandidates(ctx context.Context, r apiv1.ListCandidatesRequestObject) (apiv1.ListCandidatesResponseObject, error) {
	params, query := r.Params, url.Values{}
	filter := pipeline.CandidateFilter{
		Statuses: paging.FilterAny[board.ApplicationStatus](query, "status", params.Status), Words: board.ListWords(paging.FilterText(query, "q", params.Q)),
		Skills: paging.FilterSkills(query, params.Skills), JobID: paging.FilterID(query, "jobId", params.JobID),
		UpdatedSince: paging.FilterTime(query, "updatedSince", params.UpdatedSince),
	}
	l, order, err := paging.OpenSorted(h.server.lists, admission.Principal(ctx).Tenant, paging.List{Path: candidatesPath, Query: query}, params.Sort, apiv1.PipelineSortCreatedAtDescending, paging.Params{Page: params.Page, Size: params.PageSize, Cursor: params.Cursor})
	if err != nil {
		return nil, err
	}
	found, err := h.server.store.Pipeline.Candidates(ctx, l.Tenant, pipeline.CandidateQuery{
		CandidateFilter: filter, Sort: order, After: l.AfterTime(), Offset: l.Offset(), Limit: l.Size,
	})
	if err != nil {
		return nil, err
	}
	body := apiv1.CandidateList{Total: int64(found.Total), Page: l.Number, PageSize: l.Size, Items: converted(found.Items, toAPICandidate)}
	body.NextCursor = paging.NextCursor(l, found.Items, found.More, func(c pipeline.Candidate) paging.Position { return paging.AtTime(c.UpdatedAt, c.ID) })
	return apiv1.ListCandidates200JSONResponse{Body: body, Headers: apiv1.ListCandidates200ResponseHeaders{Link: l.Link(found.Total, body.NextCursor)}}, nil
}

// GetCandidate answers one candidate of the pipeline or of the CV database.
func (h *handlers) GetCandidate(ctx context.Context, r apiv1.GetCandidateRequestObject) (apiv1.GetCandidateResponseObject, error) {
	profile, err := h.server.store.Candidate(ctx, admission.Principal(ctx).Tenant, r.ID)
	if err != nil {
		return nil, err
	}
	body, tag, err := candidateDetail(profile)
	if err != nil {
		return nil, err
	}
	return apiv1.GetCandidate200JSONResponse{Body: body, Headers: apiv1.GetCandidate200ResponseHeaders{ETag: tag}}, nil
}

// candidateDetail is a profile and its entity tag, which also changes with the applications and matches that it shows.
func candidateDetail(p store.CandidateProfile) (apiv1.CandidateDetail, string, error) {
	body := toAPICandidateDetail(p)
	tag, err := answer.CompositeTag(p.Version, body)
	return body, tag, err
}

// UnlockCandidate opens a profile of the CV database for a credit. A key that only proposes is answered with a proposal, unless the
// profile is open.
func (h *handlers) UnlockCandidate(ctx context.Context, r apiv1.UnlockCandidateRequestObject) (apiv1.UnlockCandidateResponseObject, error) {
	p := admission.Principal(ctx)
	if p.ProposeOnly {
		proposal, err := h.server.store.ProposeUnlock(ctx, p, r.ID)
		if err != nil {
			return nil, err
		}
		if proposal != nil {
			return apiv1.UnlockCandidate202JSONResponse{Body: h.toAPIProposal(*proposal), Headers: apiv1.UnlockCandidate202ResponseHeaders{Location: h.proposalURL(proposal.ID)}}, nil
		}
	}
	profile, err := h.server.store.UnlockCandidate(ctx, p, r.ID)
	if err != nil {
		return nil, err
	}
	body, tag, err := candidateDetail(profile)
	if err != nil {
		return nil, err
	}
	return apiv1.UnlockCandidate200JSONResponse{Body: body, Headers: apiv1.UnlockCandidate200ResponseHeaders{ETag: tag}}, nil
}

// MoveCandidate changes the status of a candidate of the pipeline.
func (h *handlers) MoveCandidate(ctx context.Context, r apiv1.MoveCandidateRequestObject) (apiv1.MoveCandidateResponseObject, error) {
	p := admission.Principal(ctx)
	move, err := fromAPIMove(p, r.Body.Status, r.Body.FromStatus, r.Body.Reason, r.Body.ChangedAt, r.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	c, err := h.server.store.Pipeline.MoveCandidate(ctx, p.Tenant, r.ID, move)
	if err != nil {
		return nil, err
	}
	return apiv1.MoveCandidate200JSONResponse{Body: toAPICandidate(c), Headers: apiv1.MoveCandidate200ResponseHeaders{ETag: answer.VersionTag(c.Version)}}, nil
}

// EraseCandidate erases all personal data of a candidate.
func (h *handlers) EraseCandidate(ctx context.Context, r apiv1.EraseCandidateRequestObject) (apiv1.EraseCandidateResponseObject, error) {
	pre, err := answer.Precondition(r.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	receipt, err := h.server.store.Erasure.EraseCandidate(ctx, admission.Principal(ctx).Tenant, r.ID, pre)
	if err != nil {
		return nil, err
	}
	return apiv1.EraseCandidate200JSONResponse(toAPIReceipt(receipt)), nil
}
