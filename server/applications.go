package server

import (
	"context"
	"itmanagerjobs/store/pipeline"
	"net/url"
	"strconv"
	"time"

	apiv1 "itmanagerjobs/gen/v1"
	"itmanagerjobs/store/board"
)

const applicationsPath = "/api/v1/applications"

// listApplications answers one page and its Link header, nil for none.
func (h *handlers) listApplications(ctx context.Context, l orderedList, filter pipeline.ApplicationFilter) (apiv1.ApplicationList, *string, error) {
	p, order, err := l.open(ctx, h)
	if err != nil {
		return apiv1.ApplicationList{}, nil, err
	}
	found, err := h.server.store.Pipeline.Applications(ctx, principalFrom(ctx).Tenant, pipeline.ApplicationQuery{
		ApplicationFilter: filter, Sort: order, After: p.afterTime(), Offset: p.offset(), Limit: p.size,
	})
	if err != nil {
		return apiv1.ApplicationList{}, nil, err
	}
	body := apiv1.ApplicationList{Total: int64(found.Total), Page: p.number, PageSize: p.size, Items: make([]apiv1.Application, len(found.Items))}
	for i, a := range found.Items {
		body.Items[i] = toAPIApplication(a)
	}
	if found.More {
		last := found.Items[len(found.Items)-1]
		body.NextCursor = l.next(p, atTime(last.UpdatedAt, last.ID))
	}
	return body, h.link(l.path, l.query, p, found.Total, body.NextCursor), nil
}

// applicationFilter reads what both lists filter by, and notes it for the links.
func applicationFilter(status *apiv1.ApplicationStatus, since *time.Time) (pipeline.ApplicationFilter, url.Values) {
	q := url.Values{}
	return pipeline.ApplicationFilter{Status: board.ApplicationStatus(noteText(q, "status", status)), UpdatedSince: noteTime(q, "updatedSince", since)}, q
}

// ListApplications answers one page of the applications for all jobs.
func (h *handlers) ListApplications(ctx context.Context, r apiv1.ListApplicationsRequestObject) (apiv1.ListApplicationsResponseObject, error) {
	p := r.Params
	filter, query := applicationFilter(p.Status, p.UpdatedSince)
	filter.JobID = noteID(query, "jobId", p.JobID)
	body, link, err := h.listApplications(ctx, orderedList{
		number: p.Page, size: p.PageSize, cursor: p.Cursor, sort: p.Sort, path: applicationsPath, query: query,
	}, filter)
	if err != nil {
		return nil, err
	}
	return apiv1.ListApplications200JSONResponse{Body: body, Headers: apiv1.ListApplications200ResponseHeaders{Link: link}}, nil
}

// ListJobApplications answers one page of the applications for one job.
func (h *handlers) ListJobApplications(ctx context.Context, r apiv1.ListJobApplicationsRequestObject) (apiv1.ListJobApplicationsResponseObject, error) {
	if _, err := h.server.store.Jobs.Job(ctx, principalFrom(ctx).Tenant, r.ID); err != nil {
		return nil, err
	}
	p := r.Params
	filter, query := applicationFilter(p.Status, p.UpdatedSince)
	filter.JobID = r.ID
	body, link, err := h.listApplications(ctx, orderedList{
		number: p.Page, size: p.PageSize, cursor: p.Cursor, sort: p.Sort,
		path: jobsPath + "/" + strconv.FormatInt(r.ID, 10) + "/applications", query: query,
	}, filter)
	if err != nil {
		return nil, err
	}
	return apiv1.ListJobApplications200JSONResponse{Body: body, Headers: apiv1.ListJobApplications200ResponseHeaders{Link: link}}, nil
}

// applicationDetail reads an application with its history.
func (h *handlers) applicationDetail(ctx context.Context, a pipeline.Application) (apiv1.ApplicationDetail, error) {
	history, err := h.server.store.Pipeline.ApplicationHistory(ctx, a.Tenant, a.ID)
	if err != nil {
		return apiv1.ApplicationDetail{}, err
	}
	return toAPIApplicationDetail(a, history)
}

// GetApplication answers one application with its history.
func (h *handlers) GetApplication(ctx context.Context, r apiv1.GetApplicationRequestObject) (apiv1.GetApplicationResponseObject, error) {
	a, err := h.server.store.Pipeline.Application(ctx, principalFrom(ctx).Tenant, r.ID)
	if err != nil {
		return nil, err
	}
	detail, err := h.applicationDetail(ctx, a)
	if err != nil {
		return nil, err
	}
	return apiv1.GetApplication200JSONResponse(detail), nil
}

// MoveApplication changes the status of an application.
func (h *handlers) MoveApplication(ctx context.Context, r apiv1.MoveApplicationRequestObject) (apiv1.MoveApplicationResponseObject, error) {
	p := principalFrom(ctx)
	move := pipeline.Move{To: board.ApplicationStatus(r.Body.Status), Actor: pipeline.Actor{Kind: board.ActorKey, ID: p.KeyID}}
	if r.Body.FromStatus.IsSpecified() && !r.Body.FromStatus.IsNull() {
		from := board.ApplicationStatus(r.Body.FromStatus.MustGet())
		move.From = &from
	}
	move.Reason = given(r.Body.Reason)
	a, err := h.server.store.Pipeline.MoveApplication(ctx, p.Tenant, r.ID, move)
	if err != nil {
		return nil, err
	}
	detail, err := h.applicationDetail(ctx, a)
	if err != nil {
		return nil, err
	}
	return apiv1.MoveApplication200JSONResponse(detail), nil
}

// GetApplicantRegions answers the countries that a job takes applications from.
func (h *handlers) GetApplicantRegions(ctx context.Context, r apiv1.GetApplicantRegionsRequestObject) (apiv1.GetApplicantRegionsResponseObject, error) {
	countries, err := h.server.store.Jobs.Regions(ctx, principalFrom(ctx).Tenant, r.ID)
	if err != nil {
		return nil, err
	}
	return apiv1.GetApplicantRegions200JSONResponse{Countries: notNil(countries)}, nil
}

// SetApplicantRegions replaces them.
func (h *handlers) SetApplicantRegions(ctx context.Context, r apiv1.SetApplicantRegionsRequestObject) (apiv1.SetApplicantRegionsResponseObject, error) {
	countries, err := h.server.store.Jobs.SetRegions(ctx, principalFrom(ctx).Tenant, r.ID, r.Body.Countries)
	if err != nil {
		return nil, err
	}
	return apiv1.SetApplicantRegions200JSONResponse{Countries: notNil(countries)}, nil
}
