package server

import (
	"context"
	"strconv"

	apiv1 "itmanagerjobs/gen/v1"
	"itmanagerjobs/server/admission"
	"itmanagerjobs/store/board"
)

func (h *handlers) proposalURL(id int64) string {
	return h.server.publicURL + "/api/v1/proposals/" + strconv.FormatInt(id, 10)
}

// GetProposal answers what a key has asked for, and what became of it.
func (h *handlers) GetProposal(ctx context.Context, r apiv1.GetProposalRequestObject) (apiv1.GetProposalResponseObject, error) {
	proposal, err := h.server.store.Accounts.Proposal(ctx, admission.Principal(ctx).Tenant, r.ID)
	if err != nil {
		return nil, err
	}
	return apiv1.GetProposal200JSONResponse(h.toAPIProposal(proposal)), nil
}

func (h *handlers) toAPIProposal(p board.Proposal) apiv1.Proposal {
	out := apiv1.Proposal{
		ID: p.ID, Operation: apiv1.ProposalOperation(p.Operation), Status: apiv1.ProposalStatus(p.Status), Summary: p.Summary(),
		JobID: orNil(p.JobID), CandidateID: orNil(p.CandidateID), ExpiryDate: p.ExpiryDate, KeyID: p.KeyID,
		URL: h.server.publicURL + board.ProposalPath(p.ID), Reason: orNil(p.Reason),
		CreatedAt: p.CreatedAt, ExpiresAt: p.ExpiresAt, DecidedAt: p.DecidedAt,
	}
	switch p.Operation {
	case board.ProposePublication:
		out.Cost.JobPosting = int(p.Cost)
	case board.ProposeUnlock:
		out.Cost.CVSearch = int(p.Cost)
	}
	return out
}
