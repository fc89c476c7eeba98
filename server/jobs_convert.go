package server

import (
	"encoding/json"
	"fmt"

	"github.com/oapi-codegen/nullable"

	apiv1 "itmanagerjobs/gen/v1"
	"itmanagerjobs/store"
	"itmanagerjobs/store/board"
)

func toAPIJob(j board.Job) apiv1.Job {
	s := toAPIJobSummary(j)
	return apiv1.Job{
		ID: s.ID, Status: s.Status, Title: s.Title, Reference: s.Reference, Description: j.Description, City: s.City, Country: s.Country,
		EmploymentType: s.EmploymentType, RemoteType: s.RemoteType, Seniority: s.Seniority,
		ApplyMethod: s.ApplyMethod, ApplyEmailAddress: s.ApplyEmailAddress, ApplyURL: s.ApplyURL, ApplyPushURL: s.ApplyPushURL,
		Salary: s.Salary, RequiredSkills: s.RequiredSkills, OptionalSkills: s.OptionalSkills,
		CreatedAt: s.CreatedAt, UpdatedAt: s.UpdatedAt, PostedDate: s.PostedDate, ExpiryDate: s.ExpiryDate,
	}
}

// toAPIJobSummary converts enums by cast: the contract's values are the board's (a test compares the lists).
func toAPIJobSummary(j board.Job) apiv1.JobSummary {
	s := apiv1.JobSummary{
		ID: j.ID, Status: apiv1.JobStatus(j.Status), Title: j.Title, Reference: j.Reference, City: j.City, Country: j.Country,
		EmploymentType: (*apiv1.EmploymentType)(j.EmploymentType), RemoteType: (*apiv1.RemoteType)(j.RemoteType),
		Seniority: (*apiv1.Seniority)(j.Seniority), ApplyMethod: (*apiv1.ApplyMethod)(j.ApplyMethod),
		ApplyEmailAddress: j.ApplyEmailAddress, ApplyURL: j.ApplyURL, ApplyPushURL: j.ApplyPushURL,
		RequiredSkills: notNil(j.RequiredSkills), OptionalSkills: notNil(j.OptionalSkills),
		CreatedAt: j.CreatedAt, UpdatedAt: j.UpdatedAt, PostedDate: j.PostedDate, ExpiryDate: j.ExpiryDate,
	}
	if j.Salary != nil {
		s.Salary = &apiv1.Salary{
			Min: toAPIAmount(j.Salary.Min), Max: toAPIAmount(j.Salary.Max),
			Currency: j.Salary.Currency, Period: apiv1.SalaryPeriod(j.Salary.Period),
		}
	}
	return s
}

func toAPIAmount(hundredths *int64) *float64 {
	if hundredths == nil {
		return nil
	}
	amount := board.Amount(*hundredths)
	return &amount
}

// notNil keeps an empty list from being encoded as null.
func notNil(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

func fromAPISort(s apiv1.JobSort) (store.JobSort, error) {
	switch s {
	case apiv1.JobSortMinusCreatedAt:
		return store.NewestFirst, nil
	case apiv1.JobSortCreatedAt:
		return store.OldestFirst, nil
	case apiv1.JobSortMinusUpdatedAt:
		return store.LastUpdatedFirst, nil
	case apiv1.JobSortUpdatedAt:
		return store.LastUpdatedLast, nil
	}
	return 0, fmt.Errorf("the contract's sort %q has no order in the store", s)
}

func fromAPIJobCreate(c apiv1.JobCreate) (board.JobPatch, error) {
	return fromAPIJobPatch(apiv1.JobPatch{
		Title: &c.Title, Reference: c.Reference, Description: c.Description, City: c.City, Country: c.Country,
		EmploymentType: c.EmploymentType, RemoteType: c.RemoteType, Seniority: c.Seniority,
		ApplyMethod: c.ApplyMethod, ApplyEmailAddress: c.ApplyEmailAddress, ApplyURL: c.ApplyURL, ApplyPushURL: c.ApplyPushURL,
		Salary: c.Salary, RequiredSkills: c.RequiredSkills, OptionalSkills: c.OptionalSkills,
	})
}

// fromAPIJobPatch keeps the three states of each field: absent, null and a value. Errors: invalid_request for an
// amount that has no exact form; the other rules are the board's.
func fromAPIJobPatch(p apiv1.JobPatch) (board.JobPatch, error) {
	salary, err := fromAPISalary(p.Salary)
	if err != nil {
		return board.JobPatch{}, err
	}
	patch := board.JobPatch{
		Reference: change[string](p.Reference), Description: change[string](p.Description), City: change[string](p.City), Country: change[string](p.Country),
		EmploymentType: change[board.EmploymentType](p.EmploymentType), RemoteType: change[board.RemoteType](p.RemoteType),
		Seniority: change[board.Seniority](p.Seniority), ApplyMethod: change[board.ApplyMethod](p.ApplyMethod),
		ApplyEmailAddress: change[string](p.ApplyEmailAddress), ApplyURL: change[string](p.ApplyURL), ApplyPushURL: change[string](p.ApplyPushURL),
		Salary: salary, RequiredSkills: listChange(p.RequiredSkills), OptionalSkills: listChange(p.OptionalSkills),
	}
	if p.Title != nil {
		patch.Title = board.Set(*p.Title)
	}
	return patch, nil
}

func change[To, From ~string](n nullable.Nullable[From]) board.Change[To] {
	switch {
	case !n.IsSpecified():
		return board.Change[To]{}
	case n.IsNull():
		return board.Clear[To]()
	}
	return board.Set(To(n.MustGet()))
}

func listChange(n nullable.Nullable[[]string]) board.Change[[]string] {
	switch {
	case !n.IsSpecified():
		return board.Change[[]string]{}
	case n.IsNull():
		return board.Clear[[]string]()
	}
	return board.Set(n.MustGet())
}

func fromAPISalary(n nullable.Nullable[apiv1.SalaryInput]) (board.Change[board.Salary], error) {
	switch {
	case !n.IsSpecified():
		return board.Change[board.Salary]{}, nil
	case n.IsNull():
		return board.Clear[board.Salary](), nil
	}
	in := n.MustGet()
	s := board.Salary{Currency: in.Currency, Period: board.SalaryPeriod(in.Period)}
	var problems []board.FieldError
	for _, a := range []struct {
		field string
		in    nullable.Nullable[float64]
		out   **int64
	}{{"salary.min", in.Min, &s.Min}, {"salary.max", in.Max, &s.Max}} {
		if !a.in.IsSpecified() || a.in.IsNull() {
			continue
		}
		hundredths, ok := board.Hundredths(a.in.MustGet())
		if !ok {
			problems = append(problems, board.FieldError{Field: a.field, Code: board.FieldInvalidFormat, Message: "must have at most two decimals, such as 45000 or 37.50"})
			continue
		}
		*a.out = &hundredths
	}
	if len(problems) > 0 {
		return board.Change[board.Salary]{}, board.Invalid(problems...)
	}
	return board.Set(s), nil
}

// readBatchItem judges one item of a batch as if it were the body of CreateJob.
func (h *handlers) readBatchItem(raw json.RawMessage) (board.JobPatch, error) {
	var value any
	if err := json.Unmarshal(raw, &value); err != nil {
		return board.JobPatch{}, fmt.Errorf("decode a batch item: %w", err)
	}
	if err := h.server.validator.checkSchema("JobCreate", value, ""); err != nil {
		return board.JobPatch{}, err
	}
	var job apiv1.JobCreate
	if err := json.Unmarshal(raw, &job); err != nil {
		return board.JobPatch{}, fmt.Errorf("decode a valid batch item: %w", err)
	}
	return fromAPIJobCreate(job)
}
