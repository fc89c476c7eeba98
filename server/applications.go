package server

import (
	"context"
	"net/url"
	"strconv"
	"time"

	apiv1 "itmanagerjobs/gen/v1"
	"itmanagerjobs/server/admission"
	"itmanagerjobs/server/answer"
	"itmanagerjobs/server/paging"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pipeline"
)

const applicationsPath = "/api/v1/applications"

// listApplications answers one page of the applications at path, and its Link header.
func (h *handlers) listApplications(
	ctx context.Context, path string, query url.Values, filter pipeline.ApplicationFilter, sort *apiv1.ApplicationSort, p paging.Params,
) (apiv1.ApplicationList, *string, error) {
	l, order, err := paging.OpenSorted(h.server.lists, admission.Principal(ctx).Tenant, paging.List{Path: path, Query: query}, sort, apiv1.ApplicationSortCreatedAtDescending, p)
	if err != nil {
		return apiv1.ApplicationList{}, nil, err
	}
	found, err := h.server.store.Pipeline.Applications(ctx, l.Tenant, pipeline.ApplicationQuery{
		ApplicationFilter: filter, Sort: order, After: l.AfterTime(), Offset: l.Offset(), Limit: l.Size,
	})
	if err != nil {
		return apiv1.ApplicationList{}, nil, err
	}
	body := apiv1.ApplicationList{Total: int64(found.Total), Page: l.Number, PageSize: l.Size, Items: converted(found.Items, toAPIApplication)}
	body.NextCursor = paging.NextCursor(l, found.Items, found.More, func(a pipeline.Application) paging.Position { return paging.AtTime(a.UpdatedAt, a.ID) })
	return body, l.Link(found.Total, body.NextCursor), nil
}

// applicationFilter reads the filters that both lists have, and the query that their links repeat.
func applicationFilter(statuses []apiv1.ApplicationStatus, since *time.Time) (pipeline.ApplicationFilter, url.Values) {
	q := url.Values{}
	return pipeline.ApplicationFilter{
		Statuses: paging.FilterAny[board.ApplicationStatus](q, "status", statuses), UpdatedSince: paging.FilterTime(q, "updatedSince", since),
	}, q
}

// ListApplications answers one page of the applications for all jobs.
func (h *handlers) ListApplications(ctx context.Context, r apiv1.ListApplicationsRequestObject) (apiv1.ListApplicationsResponseObject, error) {
	p := r.Params
	filter, query := applicationFilter(p.Status, p.UpdatedSince)
	filter.JobID = paging.FilterID(query, "jobId", p.JobID)
	body, link, err := h.listApplications(ctx, applicationsPath, query, filter, p.Sort, paging.Params{Page: p.Page, Size: p.PageSize, Cursor: p.Cursor})
	if err != nil {
		return nil, err
	}
	return apiv1.ListApplications200JSONResponse{Body: body, Headers: apiv1.ListApplications200ResponseHeaders{Link: link}}, nil
}

// ListJobApplications answers one page of the applications for one job.
func (h *handlers) ListJobApplications(ctx context.Context, r apiv1.ListJobApplicationsRequestObject) (apiv1.ListJobApplicationsResponseObject, error) {
	if _, err := h.server.store.Jobs.Job(ctx, admission.Principal(ctx).Tenant, r.ID); err != nil {
		return nil, err
	}
	p := r.Params
	filter, query := applicationFilter(p.Status, p.UpdatedSince)
	filter.JobID = r.ID
	path := jobsPath + "/" + strconv.FormatInt(r.ID, 10) + "/applications"
	body, link, err := h.listApplications(ctx, path, query, filter, p.Sort, paging.Params{Page: p.Page, Size: p.PageSize, Cursor: p.Cursor})
	if err != nil {
		return nil, err
	}
	return apiv1.ListJobApplications200JSONResponse{Body: body, Headers: apiv1.ListJobApplications200ResponseHeaders{Link: link}}, nil
}

// applicationDetail reads an application with its history, and its entity tag, which also changes with the job.
func (h *handlers) applicationDetail(ctx context.Context, a pipeline.Application) (detail apiv1.ApplicationDetail, tag string, err error) {
	history, err := h.server.store.Pipeline.HistoryOf(ctx, a)
	if err != nil {
		return apiv1.ApplicationDetail{}, "", err
	}
	return withHistory(a, history)
}

func withHistory(a pipeline.Application, history []pipeline.HistoryEntry) (detail apiv1.ApplicationDetail, tag string, err error) {
	if detail, err = toAPIApplicationDetail(a, history); err != nil {
		return detail, "", err
	}
	tag, err = answer.CompositeTag(a.Version, detail)
	return detail, tag, err
}

// GetApplication answers one application with its history.
func (h *handlers) GetApplication(ctx context.Context, r apiv1.GetApplicationRequestObject) (apiv1.GetApplicationResponseObject, error) {
	a, err := h.server.store.Pipeline.Application(ctx, admission.Principal(ctx).Tenant, r.ID)
	if err != nil {
		return nil, err
	}
	detail, tag, err := h.applicationDetail(ctx, a)
	if err != nil {
		return nil, err
	}
	return apiv1.GetApplication200JSONResponse{Body: detail, Headers: apiv1.GetApplication200ResponseHeaders{ETag: tag}}, nil
}

// MoveApplication changes the status of an application.
func (h *handlers) MoveApplication(ctx context.Context, r apiv1.MoveApplicationRequestObject) (apiv1.MoveApplicationResponseObject, error) {
	p := admission.Principal(ctx)
	move, err := fromAPIMove(p, r.Body.Status, r.Body.FromStatus, r.Body.Reason, r.Body.ChangedAt, r.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	moved, err := h.server.store.Pipeline.MoveApplication(ctx, p.Tenant, r.ID, move)
	if err != nil {
		return nil, err
	}
	detail, tag, err := withHistory(moved.Application, moved.History)
	if err != nil {
		return nil, err
	}
	return apiv1.MoveApplication200JSONResponse{Body: detail, Headers: apiv1.MoveApplication200ResponseHeaders{ETag: tag}}, nil
}

// GetApplicantRegions answers the countries from which a job accepts applications.
func (h *handlers) GetApplicantRegions(ctx context.Context, r apiv1.GetApplicantRegionsRequestObject) (apiv1.GetApplicantRegionsResponseObject, error) {
	countries, err := h.server.store.Jobs.Regions(ctx, admission.Principal(ctx).Tenant, r.ID)
	if err != nil {
		return nil, err
	}
	return apiv1.GetApplicantRegions200JSONResponse{
		Body:    apiv1.ApplicantRegions{Countries: notNil(countries)},
		Headers: apiv1.GetApplicantRegions200ResponseHeaders{ETag: answer.VersionTag(board.RegionsVersion(countries))},
	}, nil
}

// SetApplicantRegions replaces the countries from which a job accepts applications.
func (h *handlers) SetApplicantRegions(ctx context.Context, r apiv1.SetApplicantRegionsRequestObject) (apiv1.SetApplicantRegionsResponseObject, error) {
	pre, err := answer.Precondition(r.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	countries, err := h.server.store.Jobs.SetRegions(ctx, admission.Principal(ctx).Tenant, r.ID, r.Body.Countries, pre)
	if err != nil {
		return nil, err
	}
	return apiv1.SetApplicantRegions200JSONResponse{
		Body:    apiv1.ApplicantRegions{Countries: notNil(countries)},
		Headers: apiv1.SetApplicantRegions200ResponseHeaders{ETag: answer.VersionTag(board.RegionsVersion(countries))},
	}, nil
}
