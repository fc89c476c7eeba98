package server

import (
	"context"
	"itmanagerjobs/store/account"
	"itmanagerjobs/store/match"
	"net/url"
	"slices"
	"strconv"

	apiv1 "itmanagerjobs/gen/v1"
	"itmanagerjobs/store/board"
)

const (
	matchesPath = "/api/v1/matches"
	// topMatches is how many matches a job or a candidate is shown with.
	topMatches = 10
)

// ListMatches answers one page of what fits, the best first.
func (h *handlers) ListMatches(ctx context.Context, r apiv1.ListMatchesRequestObject) (apiv1.ListMatchesResponseObject, error) {
	params, query := r.Params, url.Values{}
	q := match.Query{JobID: noteID(query, "jobId", params.JobID), CandidateID: noteID(query, "candidateId", params.CandidateID)}
	if params.MinScore != nil {
		q.MinScore = *params.MinScore
		query.Set("minScore", strconv.Itoa(*params.MinScore))
	}
	noteSize(query, params.PageSize)
	list := h.walk(ctx, matchesPath, query, "")
	p, err := list.readPage(params.Page, params.PageSize, params.Cursor)
	if err != nil {
		return nil, err
	}
	if p.after != nil {
		q.After = &match.Position{Score: int(p.after.key), ID: p.after.id}
	}
	q.Offset, q.Limit = p.offset(), p.size
	found, err := h.server.store.Matches.Matches(ctx, principalFrom(ctx).Tenant, q)
	if err != nil {
		return nil, err
	}
	body := apiv1.MatchList{Total: int64(found.Total), Page: p.number, PageSize: p.size, Items: toAPIMatches(found.Matches)}
	if found.More {
		last := found.Matches[len(found.Matches)-1]
		body.NextCursor = list.next(p, position{int64(last.Score), last.ID})
	}
	answer := apiv1.ListMatches200JSONResponse{Body: body}
	answer.Headers.Link = h.link(matchesPath, query, p, found.Total, body.NextCursor)
	return answer, nil
}

func toAPIMatches(matches []match.Match) []apiv1.Match {
	out := make([]apiv1.Match, len(matches))
	for i, m := range matches {
		out[i] = apiv1.Match{
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

// jobDetail is a job as GetJob shows it, and its entity tag: with the places where it is live and, to a key that may see
// candidates, with those that fit best. Then the tag changes with them, too.
func (h *handlers) jobDetail(ctx context.Context, p account.Principal, job board.Job) (apiv1.Job, string, error) {
	detail := toAPIJob(job)
	live := board.Broadcasts(job, h.server.publicURL, h.server.store.Now())
	broadcasts := make([]apiv1.Broadcast, len(live))
	for i, b := range live {
		broadcasts[i] = apiv1.Broadcast{Channel: string(b.Channel), URL: b.URL, Since: b.Since}
	}
	detail.Broadcasts = &broadcasts
	if !slices.Contains(p.Scopes, board.ScopeCvSearch) {
		return detail, versionTag(job.Version), nil
	}
	top, err := h.server.store.Matches.TopOfJob(ctx, p.Tenant, job.ID, topMatches)
	if err != nil {
		return detail, "", err
	}
	matches := toAPIMatches(top)
	detail.Matches = &matches
	tag, err := compositeTag(job.Version, matches)
	return detail, tag, err
}
