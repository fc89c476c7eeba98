package server

import (
	"context"
	"net/url"
	"strconv"
	"time"

	apiv1 "itmanagerjobs/gen/v1"
	"itmanagerjobs/store"
	"itmanagerjobs/store/board"
)

const applicationsPath = "/api/v1/applications"

// applicationList is what both lists of applications ask for.
type applicationList struct {
	number, size *int
	cursor       *string
	sort         *apiv1.JobSort
	filter       store.ApplicationFilter
	// path and query are what links repeat.
	path  string
	query url.Values
}

// listApplications answers one page and its Link header, "" for none.
func (h *handlers) listApplications(ctx context.Context, l applicationList) (apiv1.ApplicationList, string, error) {
	sort := apiv1.JobSortMinusCreatedAt
	if l.sort != nil {
		sort = *l.sort
		l.query.Set("sort", string(sort))
	}
	if l.size != nil {
		l.query.Set("pageSize", strconv.Itoa(*l.size))
	}
	list := "applications:" + string(sort)
	p, err := readPage(l.number, l.size, l.cursor, list)
	if err != nil {
		return apiv1.ApplicationList{}, "", err
	}
	order, err := fromAPISort(sort)
	if err != nil {
		return apiv1.ApplicationList{}, "", err
	}
	found, err := h.server.store.ListApplications(ctx, principalFrom(ctx).Tenant, store.ApplicationQuery{
		ApplicationFilter: l.filter, Sort: order, After: p.after, Offset: p.offset(), Limit: p.size,
	})
	if err != nil {
		return apiv1.ApplicationList{}, "", err
	}
	body := apiv1.ApplicationList{Total: int64(found.Total), Page: p.number, PageSize: p.size, Items: make([]apiv1.Application, len(found.Applications))}
	for i, a := range found.Applications {
		body.Items[i] = toAPIApplication(a)
	}
	if found.More {
		last := found.Applications[len(found.Applications)-1]
		next := encodeCursor(p.number+1, list, store.JobPosition{UpdatedAt: last.UpdatedAt, ID: last.ID})
		body.NextCursor = &next
	}
	return body, links(h.server.publicURL+l.path, l.query, p, found.Total, body.NextCursor), nil
}

// applicationFilter reads what both lists filter by, and notes it for the links.
func applicationFilter(status *apiv1.ApplicationStatus, since *time.Time) (store.ApplicationFilter, url.Values) {
	var f store.ApplicationFilter
	q := url.Values{}
	if status != nil {
		f.Status = board.ApplicationStatus(*status)
		q.Set("status", string(*status))
	}
	if since != nil {
		f.UpdatedSince = since.UTC()
		q.Set("updatedSince", since.Format(time.RFC3339Nano))
	}
	return f, q
}

// ListApplications answers one page of the applications for all jobs.
func (h *handlers) ListApplications(ctx context.Context, r apiv1.ListApplicationsRequestObject) (apiv1.ListApplicationsResponseObject, error) {
	p := r.Params
	filter, query := applicationFilter(p.Status, p.UpdatedSince)
	if p.JobID != nil {
		filter.JobID = *p.JobID
		query.Set("jobId", strconv.FormatInt(*p.JobID, 10))
	}
	body, link, err := h.listApplications(ctx, applicationList{
		number: p.Page, size: p.PageSize, cursor: p.Cursor, sort: p.Sort, filter: filter, path: applicationsPath, query: query,
	})
	if err != nil {
		return nil, err
	}
	answer := apiv1.ListApplications200JSONResponse{Body: body}
	if link != "" {
		answer.Headers.Link = &link
	}
	return answer, nil
}

// ListJobApplications answers one page of the applications for one job.
func (h *handlers) ListJobApplications(ctx context.Context, r apiv1.ListJobApplicationsRequestObject) (apiv1.ListJobApplicationsResponseObject, error) {
	if _, err := h.server.store.GetJob(ctx, principalFrom(ctx).Tenant, r.ID); err != nil {
		return nil, err
	}
	p := r.Params
	filter, query := applicationFilter(p.Status, p.UpdatedSince)
	filter.JobID = r.ID
	body, link, err := h.listApplications(ctx, applicationList{
		number: p.Page, size: p.PageSize, cursor: p.Cursor, sort: p.Sort, filter: filter,
		path: jobsPath + "/" + strconv.FormatInt(r.ID, 10) + "/applications", query: query,
	})
	if err != nil {
		return nil, err
	}
	answer := apiv1.ListJobApplications200JSONResponse{Body: body}
	if link != "" {
		answer.Headers.Link = &link
	}
	return answer, nil
}

// applicationDetail reads an application with its history.
func (h *handlers) applicationDetail(ctx context.Context, a store.Application) (apiv1.ApplicationDetail, error) {
	history, err := h.server.store.ApplicationHistory(ctx, a.Tenant, a.ID)
	if err != nil {
		return apiv1.ApplicationDetail{}, err
	}
	return toAPIApplicationDetail(a, history)
}

// GetApplication answers one application with its history.
func (h *handlers) GetApplication(ctx context.Context, r apiv1.GetApplicationRequestObject) (apiv1.GetApplicationResponseObject, error) {
	a, err := h.server.store.GetApplication(ctx, principalFrom(ctx).Tenant, r.ID)
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
	move := store.Move{To: board.ApplicationStatus(r.Body.Status), Actor: store.Actor{Kind: board.ActorKey, ID: p.KeyID}}
	if r.Body.FromStatus.IsSpecified() && !r.Body.FromStatus.IsNull() {
		from := board.ApplicationStatus(r.Body.FromStatus.MustGet())
		move.From = &from
	}
	if r.Body.Reason.IsSpecified() && !r.Body.Reason.IsNull() {
		move.Reason = r.Body.Reason.MustGet()
	}
	a, err := h.server.store.MoveApplication(ctx, p.Tenant, r.ID, move)
	if err != nil {
		return nil, err
	}
	detail, err := h.applicationDetail(ctx, a)
	if err != nil {
		return nil, err
	}
	return apiv1.MoveApplication200JSONResponse(detail), nil
}

// EraseCandidate removes everything that tells of a person.
func (h *handlers) EraseCandidate(ctx context.Context, r apiv1.EraseCandidateRequestObject) (apiv1.EraseCandidateResponseObject, error) {
	receipt, err := h.server.store.EraseApplicant(ctx, principalFrom(ctx).Tenant, r.ID)
	if err != nil {
		return nil, err
	}
	return apiv1.EraseCandidate200JSONResponse(toAPIReceipt(receipt)), nil
}

// GetApplicantRegions answers the countries that a job takes applications from.
func (h *handlers) GetApplicantRegions(ctx context.Context, r apiv1.GetApplicantRegionsRequestObject) (apiv1.GetApplicantRegionsResponseObject, error) {
	countries, err := h.server.store.JobRegions(ctx, principalFrom(ctx).Tenant, r.ID)
	if err != nil {
		return nil, err
	}
	return apiv1.GetApplicantRegions200JSONResponse{Countries: notNil(countries)}, nil
}

// SetApplicantRegions replaces them.
func (h *handlers) SetApplicantRegions(ctx context.Context, r apiv1.SetApplicantRegionsRequestObject) (apiv1.SetApplicantRegionsResponseObject, error) {
	countries, err := h.server.store.SetJobRegions(ctx, principalFrom(ctx).Tenant, r.ID, r.Body.Countries)
	if err != nil {
		return nil, err
	}
	return apiv1.SetApplicantRegions200JSONResponse{Countries: notNil(countries)}, nil
}
