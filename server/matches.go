package server

import (
	"context"
	"net/url"
	"slices"

	apiv1 "itmanagerjobs/gen/v1"
	"itmanagerjobs/server/admission"
	"itmanagerjobs/server/answer"
	"itmanagerjobs/server/paging"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
	"itmanagerjobs/store/board/publication"
	"itmanagerjobs/store/match"
)

const (
	matchesPath = "/api/v1/matches"
	// topMatches is how many matches the answer about a job or a candidate has.
	topMatches = 10
)

// ListMatches answers one page of matches.
func (h *handlers) ListMatches(ctx context.Context, r apiv1.ListMatchesRequestObject) (apiv1.ListMatchesResponseObject, error) {
	params, query := r.Params, url.Values{}
	q := match.Query{
		JobID: paging.FilterID(query, "jobId", params.JobID), CandidateID: paging.FilterID(query, "candidateId", params.CandidateID),
		MinScore: paging.FilterNumber(query, "minScore", params.MinScore),
	}
	const usual = apiv1.MatchSortScoreDescending
	sort := paging.Order(query, params.Sort, usual)
	of := paging.List{Path: matchesPath, Query: query, Sort: string(sort), Unnamed: string(usual)}
	l, err := h.server.lists.Open(admission.Principal(ctx).Tenant, of, paging.Params{Page: params.Page, Size: params.PageSize, Cursor: params.Cursor})
	if err != nil {
		return nil, err
	}
	if q.WorstFirst, q.Offset, q.Limit = sort == apiv1.MatchSortScoreAscending, l.Offset(), l.Size; l.After != nil {
		q.After = &match.Position{Score: int(l.After.Key), ID: l.After.ID}
	}
	found, err := h.server.store.Matches.Matches(ctx, l.Tenant, q)
	if err != nil {
		return nil, err
	}
	body := apiv1.MatchList{Total: int64(found.Total), Page: l.Number, PageSize: l.Size, Items: toAPIMatches(found.Items)}
	body.NextCursor = paging.NextCursor(l, found.Items, found.More, func(m match.Match) paging.Position { return paging.Position{Key: int64(m.Score), ID: m.ID} })
	return apiv1.ListMatches200JSONResponse{Body: body, Headers: apiv1.ListMatches200ResponseHeaders{Link: l.Link(found.Total, body.NextCursor)}}, nil
}

func toAPIMatches(matches []match.Match) []apiv1.JobMatch {
	out := make([]apiv1.JobMatch, len(matches))
	for i, m := range matches {
		out[i] = apiv1.JobMatch{
			ID: m.ID, JobID: m.JobID, JobTitle: m.JobTitle, CandidateID: m.CandidateID, CandidateTitle: orNil(m.CandidateTitle),
			Population: apiv1.Population(m.Population), Score: m.Score, ScoreVersion: m.ScoreVersion,
			Components: make([]apiv1.MatchComponent, len(m.Components)), ComputedAt: m.ComputedAt,
		}
		for j, c := range m.Components {
			out[i].Components[j] = apiv1.MatchComponent{Name: c.Name, Score: c.Score, Max: c.Max, Evidence: notNil(c.Evidence)}
		}
	}
	return out
}

// jobDetail is a job as GetJob shows it, and its entity tag. It has the channels where the job is live and, for a key
// that may see candidates, the best matches. The tag then changes with the matches as well.
func (h *handlers) jobDetail(ctx context.Context, p account.Principal, job board.Job) (apiv1.Job, string, error) {
	detail := toAPIJob(job)
	live := publication.Broadcasts(job, h.server.publicURL, h.server.store.Now())
	broadcasts := make([]apiv1.Broadcast, len(live))
	for i, b := range live {
		broadcasts[i] = apiv1.Broadcast{Channel: string(b.Channel), URL: b.URL, Since: b.Since}
	}
	detail.Broadcasts = &broadcasts
	if !slices.Contains(p.Scopes, apikey.ScopeCVSearch) {
		return detail, answer.VersionTag(job.Version), nil
	}
	top, err := h.server.store.Matches.TopOfJob(ctx, p.Tenant, job.ID, topMatches)
	if err != nil {
		return detail, "", err
	}
	matches := toAPIMatches(top)
	detail.Matches = &matches
	tag, err := answer.CompositeTag(job.Version, matches)
	return detail, tag, err
}
