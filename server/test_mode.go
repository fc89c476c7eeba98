package server

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"

	"github.com/labstack/echo/v4"

	apiv1 "itmanagerjobs/gen/v1"
	"itmanagerjobs/server/admission"
	"itmanagerjobs/server/answer"
	"itmanagerjobs/server/contract"
	"itmanagerjobs/store/board"
)

// beforeSimulation draws who applies and reads the CV, for SimulateApplication under an Idempotency-Key. What is wrong is left for it
// to say.
func (s *Server) beforeSimulation(ctx context.Context, c echo.Context) (context.Context, error) {
	raw, err := contract.Body(c.Request())
	if err != nil {
		return ctx, err
	}
	var body apiv1.SimulatedApplication
	if err := json.Unmarshal(raw, &body); err != nil {
		return ctx, nil //nolint:nilerr // see above
	}
	read, err := s.store.Simulation.ReadAhead(ctx, admission.Principal(ctx).Tenant, body.JobID)
	if e, ok := errors.AsType[*board.Error](err); ok && e.Code != board.CodeUnavailable {
		return ctx, nil
	}
	return read, err
}

// SimulateApplication makes up somebody who applies for a test job.
func (h *handlers) SimulateApplication(ctx context.Context, r apiv1.SimulateApplicationRequestObject) (apiv1.SimulateApplicationResponseObject, error) {
	a, err := h.server.store.Simulation.Apply(ctx, admission.Principal(ctx).Tenant, r.Body.JobID)
	if err != nil {
		return nil, err
	}
	detail, tag, err := h.applicationDetail(ctx, a)
	if err != nil {
		return nil, err
	}
	return apiv1.SimulateApplication201JSONResponse{
		Body: detail,
		Headers: apiv1.SimulateApplication201ResponseHeaders{
			ETag: tag, Location: h.server.publicURL + applicationsPath + "/" + strconv.FormatInt(a.ID, 10),
		},
	}, nil
}

// SimulateMove moves a test application as somebody else would.
func (h *handlers) SimulateMove(ctx context.Context, r apiv1.SimulateMoveRequestObject) (apiv1.SimulateMoveResponseObject, error) {
	a, err := h.server.store.Simulation.Move(ctx, admission.Principal(ctx).Tenant, r.ID, board.ApplicationStatus(r.Body.Status), given(r.Body.Reason))
	if err != nil {
		return nil, err
	}
	detail, tag, err := h.applicationDetail(ctx, a)
	if err != nil {
		return nil, err
	}
	return apiv1.SimulateMove200JSONResponse{Body: detail, Headers: apiv1.SimulateMove200ResponseHeaders{ETag: tag}}, nil
}

// SimulateExpiry lets a test job expire.
func (h *handlers) SimulateExpiry(ctx context.Context, r apiv1.SimulateExpiryRequestObject) (apiv1.SimulateExpiryResponseObject, error) {
	job, err := h.server.store.Simulation.Expire(ctx, admission.Principal(ctx).Tenant, r.ID)
	if err != nil {
		return nil, err
	}
	return apiv1.SimulateExpiry200JSONResponse{Body: toAPIJob(job), Headers: apiv1.SimulateExpiry200ResponseHeaders{ETag: answer.VersionTag(job.Version)}}, nil
}

// ClearTestData deletes the test data of the caller's employer.
func (h *handlers) ClearTestData(ctx context.Context, _ apiv1.ClearTestDataRequestObject) (apiv1.ClearTestDataResponseObject, error) {
	c, err := h.server.store.Erasure.ClearTestData(ctx, admission.Principal(ctx).Tenant)
	if err != nil {
		return nil, err
	}
	return apiv1.ClearTestData200JSONResponse{
		Jobs: c.Jobs, Applications: c.Applications, Candidates: c.Candidates, Interviews: c.Interviews, AiCalls: c.Calls,
		Events: c.Events, Deliveries: c.Deliveries, ClearedAt: c.At,
	}, nil
}
