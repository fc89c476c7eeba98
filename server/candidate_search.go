package server

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	apiv1 "itmanagerjobs/gen/v1"
	"itmanagerjobs/server/admission"
	"itmanagerjobs/server/paging"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/cv"
	"itmanagerjobs/store/cvquery"
)

const (
	searchPath    = candidatesPath + "/search"
	defaultRadius = 50 // kilometres, as the contract says
)

// SearchCandidates answers one page of a search in the CV database. The answer has no contact data.
func (h *handlers) SearchCandidates(ctx context.Context, r apiv1.SearchCandidatesRequestObject) (apiv1.SearchCandidatesResponseObject, error) {
	query := url.Values{}
	search, err := fromAPISearch(r.Params, query)
	if err != nil {
		return nil, err
	}
	of := paging.List{Path: searchPath, Query: query, Sort: query.Get("sort")}
	l, err := h.server.lists.OpenByPlace(admission.Principal(ctx).Tenant, of, paging.Params{Page: r.Params.Page, Size: r.Params.PageSize, Cursor: r.Params.Cursor})
	if err != nil {
		return nil, err
	}
	search.Cursor, search.Offset, search.Limit = l.Place, l.Offset(), l.Size
	found, err := h.server.store.CV.Search(ctx, l.Tenant, search)
	if err != nil {
		return nil, searchError(err)
	}
	body := toAPISearchResult(found)
	body.Page, body.PageSize = l.Number, l.Size
	if found.NextCursor != "" {
		body.NextCursor = l.NextAt(found.NextCursor)
	}
	return apiv1.SearchCandidates200JSONResponse{Body: body, Headers: apiv1.SearchCandidates200ResponseHeaders{Link: l.Link(found.Total, body.NextCursor)}}, nil
}

// fromAPISearch reads what to search for, and writes it into query for the links. Errors: invalid_query.
func fromAPISearch(p apiv1.SearchCandidatesParams, query url.Values) (cv.Query, error) {
	s := cv.Query{
		Q: paging.FilterText(query, "q", p.Q), Location: paging.FilterText(query, "location", p.Location), Skills: paging.FilterSkills(query, p.Skills),
		Seniorities: paging.FilterAny[board.Seniority](query, "seniority", p.Seniority), RemoteTypes: paging.FilterAny[board.RemoteType](query, "remoteType", p.RemoteType),
		Availabilities: paging.FilterAny[string](query, "availability", p.Availability),
	}
	switch {
	case p.RadiusKm != nil && p.Location == nil:
		return s, paging.InvalidQuery("radiusKm", board.FieldConflict, "needs a location to look around: send location as well")
	case p.RadiusKm != nil:
		s.RadiusKm = paging.FilterNumber(query, "radiusKm", p.RadiusKm)
	case p.Location != nil:
		s.RadiusKm = defaultRadius
	}
	s.MinYears = paging.FilterNumber(query, "minYears", p.MinYears)
	switch paging.FilterText(query, "sort", p.Sort) {
	case "", apiv1.CandidateSortRelevance:
		s.Sort = cv.ByRelevance
	case apiv1.CandidateSortRecency:
		s.Sort = cv.ByRecency
	default:
		return s, fmt.Errorf("the contract's sort %q has no order in the store", *p.Sort)
	}
	return s, nil
}

func toAPISearchResult(r cv.Result) apiv1.CandidateSearchResult {
	out := apiv1.CandidateSearchResult{
		Total: int64(r.Total), TotalIsExact: r.TotalIsExact, Items: make([]apiv1.CandidateHit, len(r.Hits)), DidYouMean: orNil(r.DidYouMean),
		Facets: apiv1.CandidateFacets{
			Skills: toAPIFacets(r.Facets.Skills), Seniority: toAPIFacets(r.Facets.Seniority), Country: toAPIFacets(r.Facets.Country),
			City: toAPIFacets(r.Facets.City), RemoteType: toAPIFacets(r.Facets.RemoteType),
		},
	}
	for i, hit := range r.Hits {
		out.Items[i] = apiv1.CandidateHit{
			ID: hit.ID, Title: orNil(hit.Title), Seniority: enumOrNil[apiv1.Seniority](hit.Seniority), City: orNil(hit.City), Country: orNil(hit.Country),
			CountryCode: orNil(board.CountryCode(hit.Country)),
			DistanceKm:  hit.DistanceKm, Skills: notNil(hit.Skills), YearsExperience: hit.YearsExperience,
			RemoteType: (*apiv1.RemoteType)(hit.RemoteType), Availability: enumOrNil[apiv1.Availability](hit.Availability),
			Excerpts: notNil(hit.Excerpts), Score: hit.Score, Explanation: notNil(hit.Explanation),
			Unlocked: hit.Unlocked, InPipeline: hit.InPipeline, UpdatedAt: hit.UpdatedAt,
		}
	}
	return out
}

func toAPIFacets(facets []cv.Facet) []apiv1.Facet {
	out := make([]apiv1.Facet, len(facets))
	for i, f := range facets {
		out[i] = apiv1.Facet{Value: f.Value, Count: f.Count}
	}
	return out
}

// searchError words what is wrong with a search. Another error stays as it is.
func searchError(err error) error {
	var field, code, message string
	syntax, isSyntax := errors.AsType[*cvquery.SyntaxError](err)
	_, isPlace := errors.AsType[*cv.UnknownPlaceError](err)
	switch {
	case isSyntax:
		field, code, message = "q", board.FieldInvalidFormat, fmt.Sprintf("is wrong at character %d: %s", syntax.Position, syntax.Message)
	case isPlace:
		field, code = "location", board.FieldNotAllowed
		message = `is not a place that is known here; give a larger city ("Leeds", "Leeds, United Kingdom"), a country, or coordinates ("53.8,-1.55")`
	case errors.Is(err, cv.ErrBlankPlace):
		field, code, message = "location", board.FieldTooShort, "is blank; leave it out to look everywhere"
	case errors.Is(err, cv.ErrBadCursor):
		field, code, message = "cursor", board.FieldInvalid, "must be the nextCursor of a page of the same search in the same order"
	default:
		return err
	}
	return &board.Error{
		Code: board.CodeInvalidQuery, Message: "The query parameter " + field + " " + strings.TrimSuffix(message, ".") + ".",
		Fields: []board.FieldError{{Field: field, Code: code, Message: message}},
	}
}
