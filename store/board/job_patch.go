package board

import "slices"

// Change is one field of a JSON merge patch (RFC 7396): not mentioned (Set is false), null (Set, without Value) or a value.
type Change[T any] struct {
	Set   bool
	Value *T
}

// Set returns the Change that sets a field to v.
func Set[T any](v T) Change[T] { return Change[T]{Set: true, Value: &v} }

// Clear returns the Change that empties a field.
func Clear[T any]() Change[T] { return Change[T]{Set: true} }

// JobPatch is a change of any subset of a job's mutable fields. The zero value changes nothing.
type JobPatch struct {
	Title             Change[string] // cannot be cleared
	Reference         Change[string]
	Description       Change[string] // HTML; unsafe markup is removed
	City              Change[string]
	Country           Change[string] // by name or code, see FindCountry; either this or CountryCode is enough
	CountryCode       Change[string] // ISO 3166-1 alpha-2
	EmploymentType    Change[EmploymentType]
	RemoteType        Change[RemoteType]
	Seniority         Change[Seniority]
	ApplyMethod       Change[ApplyMethod]
	ApplyEmailAddress Change[string]
	ApplyURL          Change[string]
	ApplyPushURL      Change[string]
	Salary            Change[SalaryPatch]
	RequiredSkills    Change[[]string]
	OptionalSkills    Change[[]string]

	// PlainPush permits http for ApplyPushURL: applications are sent there, to a developer's own machine.
	PlainPush bool
}

// applyTo writes p, which must be normalized, into j and reports whether a value became different. It writes new
// pointers, never through old ones, so that a shallow copy of j is safe from it.
func (p JobPatch) applyTo(j *Job) bool {
	changed := false
	if p.Title.Set && p.Title.Value != nil && *p.Title.Value != j.Title {
		j.Title, changed = *p.Title.Value, true
	}
	for _, c := range []bool{
		assign(&j.Reference, p.Reference),
		assign(&j.Description, p.Description),
		assign(&j.City, p.City),
		assign(&j.CountryCode, p.CountryCode),
		assign(&j.EmploymentType, p.EmploymentType),
		assign(&j.RemoteType, p.RemoteType),
		assign(&j.Seniority, p.Seniority),
		assign(&j.ApplyMethod, p.ApplyMethod),
		assign(&j.ApplyEmailAddress, p.ApplyEmailAddress),
		assign(&j.ApplyURL, p.ApplyURL),
		assign(&j.ApplyPushURL, p.ApplyPushURL),
		assignSalary(&j.Salary, p.Salary),
		assignList(&j.RequiredSkills, p.RequiredSkills),
		assignList(&j.OptionalSkills, p.OptionalSkills),
	} {
		changed = changed || c
	}
	return changed
}

func assign[T comparable](dst **T, c Change[T]) bool {
	if !c.Set || Same(*dst, c.Value) {
		return false
	}
	*dst = copyOf(c.Value)
	return true
}

func assignSalary(dst **Salary, c Change[SalaryPatch]) bool {
	switch {
	case !c.Set || *dst == nil && c.Value == nil:
		return false
	case c.Value == nil:
		*dst = nil
		return true
	}
	after := c.Value.appliedTo(*dst)
	if *dst != nil && (*dst).Equal(after) {
		return false
	}
	*dst = &after
	return true
}

func assignList(dst *[]string, c Change[[]string]) bool {
	if !c.Set {
		return false
	}
	list := []string{}
	if c.Value != nil {
		list = append(list, *c.Value...)
	}
	if slices.Equal(*dst, list) {
		return false
	}
	*dst = list
	return true
}

// Same reports whether two optional values are equal: both absent, or both present with the same value.
func Same[T comparable](a, b *T) bool {
	return a == b || a != nil && b != nil && *a == *b
}
