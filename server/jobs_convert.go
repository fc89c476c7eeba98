package server

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/oapi-codegen/nullable"
	"github.com/oapi-codegen/runtime"

	apiv1 "itmanagerjobs/gen/v1"
	"itmanagerjobs/server/contract"
	"itmanagerjobs/store/board"
)

func toAPIJob(j board.Job) apiv1.Job {
	s := toAPIJobSummary(j)
	return apiv1.Job{
		ID: s.ID, Status: s.Status, Title: s.Title, Reference: s.Reference, Description: j.Description, City: s.City, Country: s.Country, CountryCode: s.CountryCode,
		EmploymentType: s.EmploymentType, RemoteType: s.RemoteType, Seniority: s.Seniority,
		ApplyMethod: s.ApplyMethod, ApplyEmailAddress: s.ApplyEmailAddress, ApplyURL: s.ApplyURL, ApplyPushURL: s.ApplyPushURL,
		Salary: s.Salary, RequiredSkills: s.RequiredSkills, OptionalSkills: s.OptionalSkills,
		CreatedAt: s.CreatedAt, UpdatedAt: s.UpdatedAt, PostedDate: s.PostedDate, ExpiryDate: s.ExpiryDate,
	}
}

// toAPIJobSummary converts enums by cast: the contract and the board have the same values, which a test checks.
func toAPIJobSummary(j board.Job) apiv1.JobSummary {
	s := apiv1.JobSummary{
		ID: j.ID, Status: apiv1.JobStatus(j.Status), Title: j.Title, Reference: j.Reference, City: j.City, Country: j.Country(), CountryCode: j.CountryCode,
		EmploymentType: (*apiv1.EmploymentType)(j.EmploymentType), RemoteType: (*apiv1.RemoteType)(j.RemoteType),
		Seniority: (*apiv1.Seniority)(j.Seniority), ApplyMethod: (*apiv1.ApplyMethod)(j.ApplyMethod),
		ApplyEmailAddress: j.ApplyEmailAddress, ApplyURL: j.ApplyURL, ApplyPushURL: j.ApplyPushURL,
		RequiredSkills: notNil(j.RequiredSkills), OptionalSkills: notNil(j.OptionalSkills),
		CreatedAt: j.CreatedAt, UpdatedAt: j.UpdatedAt, PostedDate: j.PostedDate, ExpiryDate: j.ExpiryDate,
	}
	s.Salary = toAPISalary(j.Salary)
	return s
}

func toAPISalary(s *board.Salary) *apiv1.Salary {
	if s == nil {
		return nil
	}
	return &apiv1.Salary{Min: toAPIAmount(s.Min), Max: toAPIAmount(s.Max), Currency: s.Currency, Period: apiv1.SalaryPeriod(s.Period)}
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

// fromAPIJobCreate is fromAPIJobPatch for a whole new job.
func fromAPIJobCreate(c apiv1.JobCreate) (board.JobPatch, error) {
	return fromAPIJobPatch(apiv1.JobPatch{
		Title: &c.Title, Reference: c.Reference, Description: c.Description, City: c.City, Country: c.Country, CountryCode: c.CountryCode,
		EmploymentType: c.EmploymentType, RemoteType: c.RemoteType, Seniority: c.Seniority,
		ApplyMethod: c.ApplyMethod, ApplyEmailAddress: c.ApplyEmailAddress, ApplyURL: c.ApplyURL, ApplyPushURL: c.ApplyPushURL,
		Salary: wholeSalary(c.Salary), RequiredSkills: c.RequiredSkills, OptionalSkills: c.OptionalSkills,
	})
}

// fromAPIJobPatch keeps the three states of each field: absent, null and a value. Errors: invalid_request, naming every
// bad field, when one cannot be converted; otherwise the board's methods check the patch.
func fromAPIJobPatch(p apiv1.JobPatch) (board.JobPatch, error) {
	patch, problems := readJobPatch(p)
	if len(problems) > 0 {
		return board.JobPatch{}, board.Invalid(append(problems, patch.Check()...)...)
	}
	return patch, nil
}

// readJobPatch converts the fields that it can, and returns an error for each that it cannot.
func readJobPatch(p apiv1.JobPatch) (board.JobPatch, []board.FieldError) {
	salary, problems := fromAPISalary(p.Salary)
	patch := board.JobPatch{
		Reference: change[string](p.Reference), Description: change[string](p.Description), City: change[string](p.City),
		Country: change[string](p.Country), CountryCode: change[string](p.CountryCode),
		EmploymentType: change[board.EmploymentType](p.EmploymentType), RemoteType: change[board.RemoteType](p.RemoteType),
		Seniority: change[board.Seniority](p.Seniority), ApplyMethod: change[board.ApplyMethod](p.ApplyMethod),
		ApplyEmailAddress: change[string](p.ApplyEmailAddress), ApplyURL: change[string](p.ApplyURL), ApplyPushURL: change[string](p.ApplyPushURL),
		Salary: salary, RequiredSkills: valueChange(p.RequiredSkills), OptionalSkills: valueChange(p.OptionalSkills),
	}
	if p.Title != nil {
		patch.Title = board.Set(*p.Title)
	}
	return patch, problems
}

// permitPush permits http for the address of pushes where deliveries with data of the mode may go there.
func (s *Server) permitPush(m board.Mode, p *board.JobPatch) {
	if p.ApplyPushURL.Set && p.ApplyPushURL.Value != nil {
		code, _ := s.checkURL(m, *p.ApplyPushURL.Value)
		p.PlainPush = code == ""
	}
}

// addJobRules adds the rules for fields that depend on each other and for amounts.
func (s *Server) addJobRules(rules *contract.Rules) {
	contract.AddRule(rules, func(_ context.Context, body apiv1.JobPatch) []board.FieldError {
		patch, problems := readJobPatch(body)
		return append(problems, patch.Check()...)
	}, "JobPatch", "JobUpsert")
	contract.AddRule(rules, func(_ context.Context, body apiv1.JobPatch) []board.FieldError {
		patch, problems := readJobPatch(body)
		return append(problems, patch.CheckNew()...)
	}, "JobCreate")
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

// valueChange is change for a value that is the same type on both sides.
func valueChange[T any](n nullable.Nullable[T]) board.Change[T] {
	switch {
	case !n.IsSpecified():
		return board.Change[T]{}
	case n.IsNull():
		return board.Clear[T]()
	}
	return board.Set(n.MustGet())
}

// wholeSalary is the patch that makes a salary.
func wholeSalary(n nullable.Nullable[apiv1.SalaryInput]) nullable.Nullable[apiv1.SalaryPatch] {
	switch {
	case !n.IsSpecified():
		return nil
	case n.IsNull():
		return nullable.NewNullNullable[apiv1.SalaryPatch]()
	}
	in := n.MustGet()
	return nullable.NewNullableWithValue(apiv1.SalaryPatch{Min: in.Min, Max: in.Max, Currency: &in.Currency, Period: &in.Period})
}

// fromAPISalary leaves out a salary if one of its amounts has more than two decimals.
func fromAPISalary(n nullable.Nullable[apiv1.SalaryPatch]) (board.Change[board.SalaryPatch], []board.FieldError) {
	switch {
	case !n.IsSpecified():
		return board.Change[board.SalaryPatch]{}, nil
	case n.IsNull():
		return board.Clear[board.SalaryPatch](), nil
	}
	in := n.MustGet()
	var patch board.SalaryPatch
	if in.Currency != nil {
		patch.Currency = board.Set(*in.Currency)
	}
	if in.Period != nil {
		patch.Period = board.Set(board.SalaryPeriod(*in.Period))
	}
	var problems []board.FieldError
	for _, a := range []struct {
		field string
		in    nullable.Nullable[float64]
		out   *board.Change[int64]
	}{{"salary.min", in.Min, &patch.Min}, {"salary.max", in.Max, &patch.Max}} {
		switch {
		case !a.in.IsSpecified():
			continue
		case a.in.IsNull():
			*a.out = board.Clear[int64]()
			continue
		}
		hundredths, ok := board.Hundredths(a.in.MustGet())
		if !ok {
			problems = append(problems, board.FieldError{Field: a.field, Code: board.FieldInvalidFormat, Message: "must have at most two decimals, such as 45000 or 37.50"})
			continue
		}
		*a.out = board.Set(hundredths)
	}
	if len(problems) > 0 {
		return board.Change[board.SalaryPatch]{}, problems
	}
	return board.Set(patch), nil
}

// readBatchItem judges one item of a batch as if it were the body of CreateJob.
func (h *handlers) readBatchItem(ctx context.Context, raw json.RawMessage) (board.JobPatch, error) {
	value, problem := contract.DecodeJSON(raw)
	if problem != nil {
		return board.JobPatch{}, board.Invalid(*problem)
	}
	if err := h.server.validator.CheckSchema(ctx, "JobCreate", value, ""); err != nil {
		return board.JobPatch{}, err
	}
	var job apiv1.JobCreate
	if err := runtime.BindJSONValue(value, &job); err != nil {
		return board.JobPatch{}, fmt.Errorf("decode a valid batch item: %w", err)
	}
	return fromAPIJobCreate(job)
}

// converted converts the items of a page.
func converted[From, To any](from []From, convert func(From) To) []To {
	to := make([]To, len(from))
	for i, item := range from {
		to[i] = convert(item)
	}
	return to
}
