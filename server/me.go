package server

import (
	"context"
	"fmt"

	apiv1 "itmanagerjobs/gen/v1"
	"itmanagerjobs/server/admission"
	"itmanagerjobs/store/board"
)

// GetMe answers the caller's key, its employer, the credits that are left and the limits.
func (h *handlers) GetMe(ctx context.Context, _ apiv1.GetMeRequestObject) (apiv1.GetMeResponseObject, error) {
	p := admission.Principal(ctx)
	a, err := h.server.store.Accounts.Account(ctx, p)
	if err != nil {
		return nil, err
	}
	mode, err := toAPIMode(p.Mode)
	if err != nil {
		return nil, err
	}
	scopes := make([]apiv1.Scope, len(p.Scopes))
	for i, s := range p.Scopes {
		scopes[i] = apiv1.Scope(s)
	}
	limit := func(f board.LimitFamily) int { return a.Limits[f.ForKey(p.ReadOnly)] }
	return apiv1.GetMe200JSONResponse{
		Employer: apiv1.Employer{ID: a.Employer.ID, Name: a.Employer.Name},
		Key: apiv1.APIKey{
			ID: p.KeyID, KeyID: p.PublicKeyID, Name: p.Name, Scopes: scopes, Mode: mode, ReadOnly: p.ReadOnly, ProposeOnly: p.ProposeOnly,
			ExpiresAt: p.ExpiresAt, CreatedAt: a.KeyCreatedAt,
		},
		Credits:       apiv1.Credits{JobPosting: a.Credits.JobPosting, CVSearch: a.Credits.CVSearch},
		ContractUntil: a.Employer.ContractUntil,
		Limits:        apiv1.RateLimits{Jobs: limit(board.FamilyJobs), Search: limit(board.FamilySearch), Candidate: limit(board.FamilyCandidate)},
	}, nil
}

func toAPIMode(m board.Mode) (apiv1.Mode, error) {
	switch m {
	case board.ModeLive:
		return apiv1.ModeLive, nil
	case board.ModeTest:
		return apiv1.ModeTest, nil
	}
	return "", fmt.Errorf("the contract has no mode %q", m)
}
