package server

import (
	"context"
	"errors"
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

const interviewsPath = "/api/v1/interviews"

// ListInterviews answers one page of interviews.
func (h *handlers) ListInterviews(ctx context.Context, r apiv1.ListInterviewsRequestObject) (apiv1.ListInterviewsResponseObject, error) {
	params, query := r.Params, url.Values{}
	q := pipeline.InterviewQuery{InterviewFilter: pipeline.InterviewFilter{
		Statuses:    paging.FilterAny[board.InterviewStatus](query, "status", params.Status),
		CandidateID: paging.FilterID(query, "candidateId", params.CandidateID), JobID: paging.FilterID(query, "jobId", params.JobID),
		From: paging.FilterTime(query, "from", params.From), To: paging.FilterTime(query, "to", params.To),
		UpdatedSince: paging.FilterTime(query, "updatedSince", params.UpdatedSince),
	}}
	sort := paging.Order(query, params.Sort, apiv1.InterviewSortStartsAtDescending)
	l, err := h.server.lists.Open(admission.Principal(ctx).Tenant, paging.List{Path: interviewsPath, Query: query, Sort: string(sort)}, paging.Params{Page: params.Page, Size: params.PageSize, Cursor: params.Cursor})
	if err != nil {
		return nil, err
	}
	q.LatestFirst, q.After, q.Offset, q.Limit = sort == apiv1.InterviewSortStartsAtDescending, l.AfterTime(), l.Offset(), l.Size
	found, err := h.server.store.Pipeline.Interviews(ctx, l.Tenant, q)
	if err != nil {
		return nil, err
	}
	body := apiv1.InterviewList{Total: int64(found.Total), Page: l.Number, PageSize: l.Size, Items: converted(found.Items, toAPIInterview)}
	body.NextCursor = paging.NextCursor(l, found.Items, found.More, func(i pipeline.Interview) paging.Position { return paging.AtTime(i.StartsAt, i.ID) })
	return apiv1.ListInterviews200JSONResponse{Body: body, Headers: apiv1.ListInterviews200ResponseHeaders{Link: l.Link(found.Total, body.NextCursor)}}, nil
}

// CreateInterview schedules an interview and sends the invitations.
func (h *handlers) CreateInterview(ctx context.Context, r apiv1.CreateInterviewRequestObject) (apiv1.CreateInterviewResponseObject, error) {
	interview, err := h.server.store.Pipeline.CreateInterview(ctx, admission.Principal(ctx).Tenant, fromAPIInterviewCreate(*r.Body), pipeline.Inviter{PublicURL: h.server.publicURL})
	if err != nil {
		return nil, err
	}
	body, tag, err := interviewDetail(interview)
	if err != nil {
		return nil, err
	}
	return apiv1.CreateInterview201JSONResponse{
		Body: body,
		Headers: apiv1.CreateInterview201ResponseHeaders{
			ETag: tag, Location: h.server.publicURL + interviewsPath + "/" + strconv.FormatInt(interview.ID, 10),
		},
	}, nil
}

// GetInterview answers one interview.
func (h *handlers) GetInterview(ctx context.Context, r apiv1.GetInterviewRequestObject) (apiv1.GetInterviewResponseObject, error) {
	interview, err := h.server.store.Pipeline.Interview(ctx, admission.Principal(ctx).Tenant, r.ID)
	if err != nil {
		return nil, err
	}
	body, tag, err := interviewDetail(interview)
	if err != nil {
		return nil, err
	}
	return apiv1.GetInterview200JSONResponse{Body: body, Headers: apiv1.GetInterview200ResponseHeaders{ETag: tag}}, nil
}

// PatchInterview changes the fields that the body names.
func (h *handlers) PatchInterview(ctx context.Context, r apiv1.PatchInterviewRequestObject) (apiv1.PatchInterviewResponseObject, error) {
	pre, err := answer.Precondition(r.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	interview, err := h.server.store.Pipeline.UpdateInterview(ctx, admission.Principal(ctx).Tenant, r.ID, fromAPIInterviewPatch(*r.Body), pre)
	if err != nil {
		return nil, err
	}
	body, tag, err := interviewDetail(interview)
	if err != nil {
		return nil, err
	}
	return apiv1.PatchInterview200JSONResponse{Body: body, Headers: apiv1.PatchInterview200ResponseHeaders{ETag: tag}}, nil
}

// interviewDetail is an interview and its entity tag, which also changes with the candidate and the job.
func interviewDetail(i pipeline.Interview) (apiv1.Interview, string, error) {
	body := toAPIInterview(i)
	tag, err := answer.CompositeTag(i.Version, []any{body.Candidate, body.Job})
	return body, tag, err
}

func toAPIInterview(i pipeline.Interview) apiv1.Interview {
	out := apiv1.Interview{
		ID: i.ID, Status: apiv1.InterviewStatus(i.Status), CandidateID: i.CandidateID,
		JobID: i.JobID, Job: apiv1.InterviewJob{ID: i.JobID, Title: i.JobTitle, Reference: i.JobReference},
		StartsAt: i.StartsAt, DurationMinutes: i.DurationMinutes, TimeZone: i.TimeZone, Location: orNil(i.Location), MeetingURL: orNil(i.MeetingURL),
		Interviewers: make([]apiv1.Interviewer, len(i.Interviewers)), Notes: orNil(i.Notes), Sequence: i.Sequence,
		CompletedAt: i.CompletedAt, CreatedAt: i.CreatedAt, UpdatedAt: i.UpdatedAt,
	}
	if !i.Erased {
		out.Candidate = &apiv1.InterviewCandidate{ID: i.CandidateID, FirstName: i.CandidateFirstName, LastName: i.CandidateLastName, Email: i.CandidateEmail}
	}
	for n, who := range i.Interviewers {
		out.Interviewers[n] = apiv1.Interviewer{Name: who.Name, Email: who.Email}
	}
	return out
}

// addInterviewRules adds the rules for times and for fields that depend on each other.
func (s *Server) addInterviewRules(rules *contract.Rules) {
	contract.AddRule(rules, func(_ context.Context, body apiv1.InterviewCreate) []board.FieldError {
		_, err := fromAPIInterviewCreate(body).Interview(s.store.Now())
		return fieldsOf(err)
	}, "InterviewCreate")
	contract.AddRule(rules, func(_ context.Context, body apiv1.InterviewPatch) []board.FieldError {
		return fromAPIInterviewPatch(body).Check(s.store.Now())
	}, "InterviewPatch")
}

// fieldsOf returns the fields that an error of the board names; none for another error.
func fieldsOf(err error) []board.FieldError {
	if bad, ok := errors.AsType[*board.Error](err); ok {
		return bad.Fields
	}
	return nil
}

func fromAPIInterviewCreate(c apiv1.InterviewCreate) board.NewInterview {
	n := board.NewInterview{
		CandidateID: c.CandidateID, JobID: c.JobID, StartsAt: c.StartsAt, Location: given(c.Location), MeetingURL: given(c.MeetingURL),
		Notes: given(c.Notes), Interviewers: fromAPIInterviewers(c.Interviewers),
	}
	if c.DurationMinutes != nil {
		n.DurationMinutes = *c.DurationMinutes
	}
	if c.TimeZone != nil {
		n.TimeZone = *c.TimeZone
	}
	return n
}

func fromAPIInterviewPatch(p apiv1.InterviewPatch) board.InterviewPatch {
	patch := board.InterviewPatch{Location: change[string](p.Location), MeetingURL: change[string](p.MeetingURL), Notes: change[string](p.Notes)}
	if p.Status != nil {
		patch.Status = board.Set(board.InterviewStatus(*p.Status))
	}
	if p.StartsAt != nil {
		patch.StartsAt = board.Set(*p.StartsAt)
	}
	if p.DurationMinutes != nil {
		patch.DurationMinutes = board.Set(*p.DurationMinutes)
	}
	if p.TimeZone != nil {
		patch.TimeZone = board.Set(*p.TimeZone)
	}
	if p.Interviewers != nil {
		patch.Interviewers = board.Set(fromAPIInterviewers(p.Interviewers))
	}
	return patch
}

func fromAPIInterviewers(people []apiv1.InterviewerInput) []board.Interviewer {
	out := make([]board.Interviewer, len(people))
	for i, who := range people {
		out[i] = board.Interviewer{Name: who.Name, Email: who.Email}
	}
	return out
}
