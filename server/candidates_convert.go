package server

import (
	"github.com/oapi-codegen/nullable"

	apiv1 "itmanagerjobs/gen/v1"
	"itmanagerjobs/store"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pipeline"
)

// given is the value of an optional property, or the zero value when it is absent or null.
func given[T any](n nullable.Nullable[T]) T {
	var zero T
	if !n.IsSpecified() || n.IsNull() {
		return zero
	}
	return n.MustGet()
}

// pointer is the value of an optional property, or nil when it is absent or null.
func pointer[T any](n nullable.Nullable[T]) *T {
	if !n.IsSpecified() || n.IsNull() {
		return nil
	}
	value := n.MustGet()
	return &value
}

// enumOrNil is orNil for an enum, which has the same values in the contract and in the board.
func enumOrNil[To, From ~string](value From) *To {
	if value == "" {
		return nil
	}
	converted := To(value)
	return &converted
}

func toAPICandidate(c pipeline.Candidate) apiv1.Candidate {
	return apiv1.Candidate{
		ID: c.ID, Status: apiv1.CandidateStatus(c.Status), FirstName: c.FirstName, LastName: c.LastName, Email: c.Email, Phone: c.Phone,
		Title: orNil(c.Title), Seniority: enumOrNil[apiv1.Seniority](c.Seniority), City: orNil(c.City), Country: orNil(c.Country),
		CountryCode: orNil(board.CountryCode(c.Country)),
		Skills:      notNil(c.Skills), YearsExperience: c.YearsExperience, Source: string(c.Source), ApplicationCount: c.Applications, LastAppliedAt: c.LastAppliedAt,
		CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt,
	}
}

func toAPICandidateDetail(p store.CandidateProfile) apiv1.CandidateDetail {
	c := toAPICandidate(p.Candidate)
	detail := apiv1.CandidateDetail{
		ID: c.ID, Population: apiv1.Population(p.Population), Status: enumOrNil[apiv1.CandidateStatus](c.Status),
		FirstName: orNil(c.FirstName), LastName: orNil(c.LastName), Email: orNil(c.Email), Phone: c.Phone, Title: c.Title, Seniority: c.Seniority,
		City: c.City, Country: c.Country, CountryCode: c.CountryCode, Skills: c.Skills, Source: orNil(c.Source), ApplicationCount: c.ApplicationCount,
		LastAppliedAt: c.LastAppliedAt, CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt,
		Summary: orNil(p.Summary), Experience: make([]apiv1.Experience, len(p.Experience)), YearsExperience: c.YearsExperience,
		Languages: notNil(p.Languages), RemoteType: (*apiv1.RemoteType)(p.RemoteType), Availability: enumOrNil[apiv1.Availability](p.Availability),
		SalaryExpectation: toAPISalary(p.SalaryExpectation), Applications: make([]apiv1.CandidateApplication, len(p.ApplicationList)),
		Matches: toAPIMatches(p.Matches), HasCV: p.HasCV,
	}
	for i, e := range p.Experience {
		detail.Experience[i] = apiv1.Experience{Title: e.Title, Employer: orNil(e.Employer), From: orNil(e.From), To: orNil(e.To), Description: orNil(e.Description)}
	}
	for i, a := range p.ApplicationList {
		detail.Applications[i] = apiv1.CandidateApplication{ID: a.ID, JobID: a.JobID, JobTitle: a.JobTitle, Status: apiv1.ApplicationStatus(a.Status), AppliedAt: a.AppliedAt}
	}
	if u := p.Unlock; u != nil {
		detail.Unlock = &apiv1.CandidateUnlock{Required: u.Required, Price: int(u.Price)}
		if !u.Required {
			detail.Unlock.ExpiresAt = &u.ExpiresAt
		}
	}
	return detail
}
