package server

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	apiv1 "itmanagerjobs/gen/v1"
	"itmanagerjobs/server/admission"
	"itmanagerjobs/server/answer"
	"itmanagerjobs/server/apierror"
	"itmanagerjobs/server/paging"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/job"
)

const jobsPath = "/api/v1/jobs"

func (h *handlers) jobURL(id int64) string {
	return h.server.publicURL + jobsPath + "/" + strconv.FormatInt(id, 10)
}

// ListJobs answers one page of the employer's jobs, without their descriptions.
func (h *handlers) ListJobs(ctx context.Context, r apiv1.ListJobsRequestObject) (apiv1.ListJobsResponseObject, error) {
	params, query := r.Params, url.Values{}
	filter := job.Filter{
		Statuses: paging.FilterAny[board.JobStatus](query, "status", params.Status), Reference: paging.FilterText(query, "reference", params.Reference),
		UpdatedSince: paging.FilterTime(query, "updatedSince", params.UpdatedSince), Words: board.ListWords(paging.FilterText(query, "q", params.Q)),
	}
	l, order, err := paging.OpenSorted(h.server.lists, admission.Principal(ctx).Tenant, paging.List{Path: jobsPath, Query: query}, params.Sort, apiv1.JobSortCreatedAtDescending, paging.Params{Page: params.Page, Size: params.PageSize, Cursor: params.Cursor})
	if err != nil {
		return nil, err
	}
	found, err := h.server.store.Jobs.Jobs(ctx, l.Tenant, job.Query{
		Filter: filter, Sort: order, After: l.AfterTime(), Offset: l.Offset(), Limit: l.Size,
	})
	if err != nil {
		return nil, err
	}
	body := apiv1.JobList{Total: int64(found.Total), Page: l.Number, PageSize: l.Size, Items: converted(found.Items, toAPIJobSummary)}
	body.NextCursor = paging.NextCursor(l, found.Items, found.More, func(j board.Job) paging.Position { return paging.AtTime(j.UpdatedAt, j.ID) })
	return jobsAnswer{Body: body, Headers: apiv1.ListJobs200ResponseHeaders{Link: l.Link(found.Total, body.NextCursor)}}, nil
}

// GetJob answers one job, as jobDetail describes.
func (h *handlers) GetJob(ctx context.Context, r apiv1.GetJobRequestObject) (apiv1.GetJobResponseObject, error) {
	caller := admission.From(ctx)
	job, err := h.server.store.Jobs.JobSeen(ctx, caller.Tenant, r.ID, caller.Job)
	if err != nil {
		return nil, err
	}
	body, tag, err := h.jobDetail(ctx, caller.Principal, job)
	if err != nil {
		return nil, err
	}
	return jobAnswer{Body: body, Headers: apiv1.GetJob200ResponseHeaders{ETag: tag}}, nil
}

// GetJobByReference is GetJob by the partner's reference.
func (h *handlers) GetJobByReference(ctx context.Context, r apiv1.GetJobByReferenceRequestObject) (apiv1.GetJobByReferenceResponseObject, error) {
	job, err := h.server.store.Jobs.JobByReference(ctx, admission.Principal(ctx).Tenant, r.Reference)
	if err != nil {
		return nil, err
	}
	body, tag, err := h.jobDetail(ctx, admission.Principal(ctx), job)
	if err != nil {
		return nil, err
	}
	return apiv1.GetJobByReference200JSONResponse{Body: body, Headers: apiv1.GetJobByReference200ResponseHeaders{ETag: tag}}, nil
}

// CreateJob creates a draft.
func (h *handlers) CreateJob(ctx context.Context, r apiv1.CreateJobRequestObject) (apiv1.CreateJobResponseObject, error) {
	patch, err := fromAPIJobCreate(*r.Body)
	if err != nil {
		return nil, err
	}
	h.server.permitPush(admission.Principal(ctx).Mode, &patch)
	job, err := h.server.store.Jobs.CreateJob(ctx, admission.Principal(ctx).Tenant, patch)
	if err != nil {
		return nil, err
	}
	return apiv1.CreateJob201JSONResponse{
		Body:    toAPIJob(job),
		Headers: apiv1.CreateJob201ResponseHeaders{ETag: answer.VersionTag(job.Version), Location: h.jobURL(job.ID)},
	}, nil
}

// patchJob changes the fields that a body names, for PUT and PATCH alike.
func (h *handlers) patchJob(ctx context.Context, id int64, body apiv1.JobPatch, ifMatch *string) (board.Job, error) {
	pre, err := answer.Precondition(ifMatch)
	if err != nil {
		return board.Job{}, err
	}
	patch, err := fromAPIJobPatch(body)
	if err != nil {
		return board.Job{}, err
	}
	h.server.permitPush(admission.Principal(ctx).Mode, &patch)
	return h.server.store.Jobs.UpdateJob(ctx, admission.Principal(ctx).Tenant, id, patch, pre)
}

// PatchJob changes the fields that the body names.
func (h *handlers) PatchJob(ctx context.Context, r apiv1.PatchJobRequestObject) (apiv1.PatchJobResponseObject, error) {
	job, err := h.patchJob(ctx, r.ID, *r.Body, r.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	return apiv1.PatchJob200JSONResponse{Body: toAPIJob(job), Headers: apiv1.PatchJob200ResponseHeaders{ETag: answer.VersionTag(job.Version)}}, nil
}

// UpdateJob is PatchJob under PUT.
func (h *handlers) UpdateJob(ctx context.Context, r apiv1.UpdateJobRequestObject) (apiv1.UpdateJobResponseObject, error) {
	job, err := h.patchJob(ctx, r.ID, *r.Body, r.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	return apiv1.UpdateJob200JSONResponse{Body: toAPIJob(job), Headers: apiv1.UpdateJob200ResponseHeaders{ETag: answer.VersionTag(job.Version)}}, nil
}

// UpsertJobByReference creates the job of a reference or changes the one that has it.
func (h *handlers) UpsertJobByReference(ctx context.Context, r apiv1.UpsertJobByReferenceRequestObject) (apiv1.UpsertJobByReferenceResponseObject, error) {
	pre, err := answer.Precondition(r.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	patch, err := fromAPIJobPatch(apiv1.JobPatch(*r.Body))
	if err != nil {
		return nil, err
	}
	h.server.permitPush(admission.Principal(ctx).Mode, &patch)
	if patch.Reference.Set && (patch.Reference.Value == nil || *patch.Reference.Value != r.Reference) {
		return nil, board.Invalid(board.FieldError{Field: "reference", Code: board.FieldConflict, Message: "differs from the reference in the path: leave it out, or send the same"})
	}
	job, created, err := h.server.store.Jobs.UpsertJob(ctx, admission.Principal(ctx).Tenant, r.Reference, patch, pre)
	if err != nil {
		return nil, err
	}
	if created {
		return apiv1.UpsertJobByReference201JSONResponse{
			Body:    toAPIJob(job),
			Headers: apiv1.UpsertJobByReference201ResponseHeaders{ETag: answer.VersionTag(job.Version), Location: h.jobURL(job.ID)},
		}, nil
	}
	return apiv1.UpsertJobByReference200JSONResponse{
		Body: toAPIJob(job), Headers: apiv1.UpsertJobByReference200ResponseHeaders{ETag: answer.VersionTag(job.Version)},
	}, nil
}

// closeJob closes a job, for DELETE and POST alike; its applications stay.
func (h *handlers) closeJob(ctx context.Context, id int64, ifMatch *string) (board.Job, error) {
	pre, err := answer.Precondition(ifMatch)
	if err != nil {
		return board.Job{}, err
	}
	return h.server.store.Jobs.Deactivate(ctx, admission.Principal(ctx).Tenant, id, pre)
}

// CloseJob closes a job.
func (h *handlers) CloseJob(ctx context.Context, r apiv1.CloseJobRequestObject) (apiv1.CloseJobResponseObject, error) {
	job, err := h.closeJob(ctx, r.ID, r.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	return apiv1.CloseJob200JSONResponse{Body: toAPIJob(job), Headers: apiv1.CloseJob200ResponseHeaders{ETag: answer.VersionTag(job.Version)}}, nil
}

// DeleteJobByReference is DeleteJob by the partner's reference.
func (h *handlers) DeleteJobByReference(ctx context.Context, r apiv1.DeleteJobByReferenceRequestObject) (apiv1.DeleteJobByReferenceResponseObject, error) {
	pre, err := answer.Precondition(r.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	job, err := h.server.store.Jobs.DeactivateReferenced(ctx, admission.Principal(ctx).Tenant, r.Reference, pre)
	if err != nil {
		return nil, err
	}
	return apiv1.DeleteJobByReference200JSONResponse{
		Body: toAPIJob(job), Headers: apiv1.DeleteJobByReference200ResponseHeaders{ETag: answer.VersionTag(job.Version)},
	}, nil
}

// DeleteJob is CloseJob under DELETE.
func (h *handlers) DeleteJob(ctx context.Context, r apiv1.DeleteJobRequestObject) (apiv1.DeleteJobResponseObject, error) {
	job, err := h.closeJob(ctx, r.ID, r.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	return apiv1.DeleteJob200JSONResponse{Body: toAPIJob(job), Headers: apiv1.DeleteJob200ResponseHeaders{ETag: answer.VersionTag(job.Version)}}, nil
}

// PublishJob makes a job Active and charges one credit. A key that only proposes is answered with a proposal.
func (h *handlers) PublishJob(ctx context.Context, r apiv1.PublishJobRequestObject) (apiv1.PublishJobResponseObject, error) {
	pre, err := answer.Precondition(r.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	p := admission.Principal(ctx)
	if p.ProposeOnly {
		proposal, err := h.server.store.ProposePublication(ctx, p, r.ID, expiryOf(r.Body), pre)
		if err != nil {
			return nil, err
		}
		return apiv1.PublishJob202JSONResponse{Body: h.toAPIProposal(proposal), Headers: apiv1.PublishJob202ResponseHeaders{Location: h.proposalURL(proposal.ID)}}, nil
	}
	job, err := h.server.store.Jobs.Publish(ctx, p, r.ID, expiryOf(r.Body), pre)
	if err != nil {
		return nil, err
	}
	return apiv1.PublishJob200JSONResponse{Body: toAPIJob(job), Headers: apiv1.PublishJob200ResponseHeaders{ETag: answer.VersionTag(job.Version)}}, nil
}

func expiryOf(body *apiv1.JobPublish) *time.Time {
	if body == nil || !body.ExpiryDate.IsSpecified() || body.ExpiryDate.IsNull() {
		return nil
	}
	return new(body.ExpiryDate.MustGet())
}

// PreviewJob answers what publishing would show and what prevents it, without charging a credit.
func (h *handlers) PreviewJob(ctx context.Context, r apiv1.PreviewJobRequestObject) (apiv1.PreviewJobResponseObject, error) {
	p := admission.Principal(ctx)
	preview, err := h.server.store.Jobs.PreviewJob(ctx, p.Tenant, r.ID, expiryOf(r.Body), h.server.publicURL+"/jobs/"+strconv.FormatInt(r.ID, 10))
	if err != nil {
		return nil, err
	}
	return apiv1.PreviewJob200JSONResponse{
		JobPosting: preview.JobPosting, FeedEntry: preview.FeedEntry,
		Problems: toAPIFieldErrors(preview.Problems), Publishable: len(preview.Problems) == 0,
		Cost: apiv1.PublishCost{JobPosting: int(preview.Cost)},
	}, nil
}

// CreateJobsBatch creates up to 100 drafts. Each item is checked on its own, with the same errors as CreateJob.
func (h *handlers) CreateJobsBatch(ctx context.Context, r apiv1.CreateJobsBatchRequestObject) (apiv1.CreateJobsBatchResponseObject, error) {
	patches := make([]board.JobPatch, len(r.Body.Jobs))
	problems := make([]error, len(r.Body.Jobs))
	for i, raw := range r.Body.Jobs {
		patches[i], problems[i] = h.readBatchItem(ctx, raw)
		h.server.permitPush(admission.Principal(ctx).Mode, &patches[i])
	}
	results, err := h.server.store.Jobs.CreateJobs(ctx, admission.Principal(ctx).Tenant, patches, problems)
	if err != nil {
		return nil, err
	}
	answer := apiv1.CreateJobsBatch207JSONResponse{Items: make([]apiv1.JobBatchItem, len(results))}
	for i, result := range results {
		if result.Err != nil {
			e := apierror.From(result.Err)
			item := apiv1.ErrorEnvelope{Code: string(e.Code), Message: e.Message, Errors: toAPIFieldErrors(e.Fields)}
			answer.Items[i] = apiv1.JobBatchItem{Status: apierror.Status(e.Code), Error: &item}
			continue
		}
		job := toAPIJob(result.Job)
		answer.Items[i] = apiv1.JobBatchItem{Status: http.StatusCreated, Job: &job}
	}
	return answer, nil
}
