package server

import (
	"context"
	"itmanagerjobs/store/pipeline"
	"net/url"
	"strings"

	apiv1 "itmanagerjobs/gen/v1"
	"itmanagerjobs/store/board"
)

const candidatesPath = "/api/v1/candidates"

// ListCandidates answers one page of the employer's own pipeline.
func (h *handlers) ListCandidates(ctx context.Context, r apiv1.ListCandidatesRequestObject) (apiv1.ListCandidatesResponseObject, error) {
	params, query := r.Params, url.Values{}
	filter := pipeline.CandidateFilter{
		Status: board.ApplicationStatus(noteText(query, "status", params.Status)), Words: strings.Fields(noteText(query, "q", params.Q)),
		Skills: noteSkills(query, params.Skills), JobID: noteID(query, "jobId", params.JobID),
		UpdatedSince: noteTime(query, "updatedSince", params.UpdatedSince),
	}
	l := orderedList{
		number: params.Page, size: params.PageSize, cursor: params.Cursor, sort: params.Sort, path: candidatesPath, query: query,
	}
	p, order, err := l.open(ctx, h)
	if err != nil {
		return nil, err
	}
	found, err := h.server.store.Pipeline.Candidates(ctx, principalFrom(ctx).Tenant, pipeline.CandidateQuery{
		CandidateFilter: filter, Sort: order, After: p.afterTime(), Offset: p.offset(), Limit: p.size,
	})
	if err != nil {
		return nil, err
	}
	body := apiv1.CandidateList{Total: int64(found.Total), Page: p.number, PageSize: p.size, Items: make([]apiv1.Candidate, len(found.Items))}
	for i, c := range found.Items {
		body.Items[i] = toAPICandidate(c)
	}
	if found.More {
		last := found.Items[len(found.Items)-1]
		body.NextCursor = l.next(p, atTime(last.UpdatedAt, last.ID))
	}
	answer := apiv1.ListCandidates200JSONResponse{Body: body}
	answer.Headers.Link = h.link(l.path, query, p, found.Total, body.NextCursor)
	return answer, nil
}

// noteSkills reads the parameter skills, and notes it for the links.
func noteSkills(query url.Values, skills []string) []string {
	if len(skills) > 0 {
		query.Set("skills", strings.Join(skills, ","))
	}
	return skills
}

// GetCandidate answers one candidate of the pipeline or the CV database; the first opening of the latter costs a credit
// (R20).
func (h *handlers) GetCandidate(ctx context.Context, r apiv1.GetCandidateRequestObject) (apiv1.GetCandidateResponseObject, error) {
	profile, err := h.server.store.OpenCandidate(ctx, principalFrom(ctx), r.ID)
	if err != nil {
		return nil, err
	}
	return apiv1.GetCandidate200JSONResponse(toAPICandidateDetail(profile)), nil
}

// MoveCandidate changes the status of a candidate of the pipeline.
func (h *handlers) MoveCandidate(ctx context.Context, r apiv1.MoveCandidateRequestObject) (apiv1.MoveCandidateResponseObject, error) {
	p := principalFrom(ctx)
	move := pipeline.Move{To: board.ApplicationStatus(r.Body.Status), Actor: pipeline.Actor{Kind: board.ActorKey, ID: p.KeyID}}
	if r.Body.FromStatus.IsSpecified() && !r.Body.FromStatus.IsNull() {
		from := board.ApplicationStatus(r.Body.FromStatus.MustGet())
		move.From = &from
	}
	move.Reason = given(r.Body.Reason)
	c, err := h.server.store.Pipeline.MoveCandidate(ctx, p.Tenant, r.ID, move)
	if err != nil {
		return nil, err
	}
	return apiv1.MoveCandidate200JSONResponse(toAPICandidate(c)), nil
}

// EraseCandidate removes everything that tells of a person.
func (h *handlers) EraseCandidate(ctx context.Context, r apiv1.EraseCandidateRequestObject) (apiv1.EraseCandidateResponseObject, error) {
	receipt, err := h.server.store.Erasure.EraseCandidate(ctx, principalFrom(ctx).Tenant, r.ID)
	if err != nil {
		return nil, err
	}
	return apiv1.EraseCandidate200JSONResponse(toAPIReceipt(receipt)), nil
}
