package board

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"itmanagerjobs/store/board/markup"
)

// The bounds of a job's fields, in characters (runes) and list items. They are published.
const (
	MaxTitle       = 200
	MaxReference   = 100
	MaxDescription = 50_000
	MaxPlace       = 100 // city and country
	MaxEmail       = 254
	MaxURL         = 2_000
	MaxSkills      = 50
	MaxSkill       = 60
)

// Check returns every bad field of p in the order of the fields, nil when there is none. NewJob and Apply check p
// themselves; Check is for a caller that reports other problems together with these.
func (p JobPatch) Check() []FieldError {
	_, problems := p.normalize()
	return problems
}

// CheckNew is Check for a patch that makes a new job: it names what the new salary lacks as well.
func (p JobPatch) CheckNew() []FieldError {
	p, problems := p.normalize()
	return appendUnnamed(problems, p.salaryProblems(nil))
}

// salaryProblems are those of the salary after the patch, which must be normalized.
func (p JobPatch) salaryProblems(before *Salary) []FieldError {
	if p.Salary.Value == nil {
		return nil
	}
	return p.Salary.Value.appliedTo(before).Problems()
}

// normalize returns p with its values as they are stored (trimmed, sanitised), and every problem. A field with a
// problem is left out of the result.
func (p JobPatch) normalize() (JobPatch, []FieldError) {
	var all []FieldError
	if p.Title.Set && p.Title.Value == nil {
		all = append(all, titleRequired())
		p.Title = Change[string]{}
	}
	textField(&all, "title", &p.Title, func(f, s string) (string, FieldError, bool) {
		return CheckText(f, s, TextRule{Min: 1, Max: MaxTitle})
	})
	textField(&all, "reference", &p.Reference, func(f, s string) (string, FieldError, bool) {
		return CheckText(f, s, TextRule{Min: 1, Max: MaxReference, Printable: true})
	})
	textField(&all, "description", &p.Description, checkDescription)
	textField(&all, "city", &p.City, checkPlace)
	countryFields(&all, &p.Country, &p.CountryCode)
	blankIsNull(&p.Description)
	blankIsNull(&p.City)

	enumField(&all, "employmentType", &p.EmploymentType, AllEmploymentTypes())
	enumField(&all, "remoteType", &p.RemoteType, AllRemoteTypes())
	enumField(&all, "seniority", &p.Seniority, AllSeniorities())
	enumField(&all, "applyMethod", &p.ApplyMethod, AllApplyMethods())
	textField(&all, "applyEmailAddress", &p.ApplyEmailAddress, CheckEmail)
	textField(&all, "applyUrl", &p.ApplyURL, func(f, s string) (string, FieldError, bool) {
		return CheckURL(f, s, "https", "http")
	})
	pushSchemes := []string{"https"}
	if p.PlainPush {
		pushSchemes = append(pushSchemes, "http")
	}
	textField(&all, "applyPushUrl", &p.ApplyPushURL, func(f, s string) (string, FieldError, bool) {
		return CheckURL(f, s, pushSchemes...)
	})

	if p.Salary.Set && p.Salary.Value != nil {
		if problems := p.Salary.Value.problems(); len(problems) > 0 {
			all = append(all, problems...)
			p.Salary = Change[SalaryPatch]{}
		}
	}
	skillsField(&all, "requiredSkills", &p.RequiredSkills)
	skillsField(&all, "optionalSkills", &p.OptionalSkills)
	return p, all
}

// PublishProblems lists what a job lacks to be public; nil when it is complete.
func (j Job) PublishProblems() []FieldError {
	var problems []FieldError
	need := func(field string, given bool, why string) {
		if !given {
			problems = append(problems, FieldError{field, FieldRequired, why})
		}
	}
	need("title", j.Title != "", "is needed to publish the job")
	need("description", j.Description != nil, "is needed to publish the job")
	need("city", j.City != nil || j.RemoteType != nil && *j.RemoteType == FullyRemote,
		"is needed to publish the job, unless remoteType is FullyRemote")
	need("country", j.CountryCode != nil, "is needed to publish the job")
	need("employmentType", j.EmploymentType != nil,
		"is needed to publish the job; one of: "+Names(AllEmploymentTypes()))
	need("applyMethod", j.ApplyMethod != nil, "is needed to publish the job; one of: "+Names(AllApplyMethods()))
	if j.ApplyMethod != nil {
		switch *j.ApplyMethod {
		case ApplyByEmail:
			need("applyEmailAddress", j.ApplyEmailAddress != nil, "is needed when applyMethod is EmailApply")
		case ApplyByURL:
			need("applyUrl", j.ApplyURL != nil, "is needed when applyMethod is UrlApply")
		case ApplyByHTTPPush:
			need("applyPushUrl", j.ApplyPushURL != nil, "is needed when applyMethod is HttpPushApply")
		case ApplyDirect: // our own form needs no target
		}
	}
	return problems
}

func titleRequired() FieldError {
	return FieldError{"title", FieldRequired, fmt.Sprintf("is needed; it takes 1 to %d characters", MaxTitle)}
}

func checkExpiry(until, now time.Time) (FieldError, bool) {
	if until.After(now) && !until.After(now.Add(MaxRun)) {
		return FieldError{}, false
	}
	return FieldError{"expiryDate", FieldOutOfRange, fmt.Sprintf(
		"must be after now and at most 365 days ahead, that is no later than %s; leave it out for 30 days",
		now.Add(MaxRun).Format(time.RFC3339))}, true
}

// textField checks and normalizes a string that is given; a cleared one needs no check.
func textField(all *[]FieldError, field string, c *Change[string],
	check func(field, s string) (string, FieldError, bool),
) {
	if !c.Set || c.Value == nil {
		return
	}
	s, problem, bad := check(field, *c.Value)
	if bad {
		*all = append(*all, problem)
		*c = Change[string]{}
		return
	}
	*c = Set(s)
}

// blankIsNull clears a free text that is set but blank, as forms send it, so that it is stored as null.
func blankIsNull(c *Change[string]) {
	if c.Set && c.Value != nil && !showsSomething(*c.Value) {
		*c = Clear[string]()
	}
}

func enumField[T ~string](all *[]FieldError, field string, c *Change[T], allowed []T) {
	if !c.Set || c.Value == nil {
		return
	}
	if slices.Contains(allowed, *c.Value) {
		return
	}
	*all = append(*all, NotAllowed(field, allowed))
	*c = Change[T]{}
}

func skillsField(all *[]FieldError, field string, c *Change[[]string]) {
	if !c.Set || c.Value == nil {
		return
	}
	if n := len(*c.Value); n > MaxSkills {
		// The items are not checked: a list of a million would have a million problems.
		*all = append(*all, FieldError{field, FieldTooLong, fmt.Sprintf("must have at most %d items, but has %d", MaxSkills, n)})
		*c = Change[[]string]{}
		return
	}
	good := true
	list := make([]string, 0, len(*c.Value))
	for i, raw := range *c.Value {
		item := fmt.Sprintf("%s[%d]", field, i)
		s, problem, bad := CheckText(item, raw, TextRule{Min: 1, Max: MaxSkill})
		if !bad {
			problem, bad = duplicateSkill(item, s, list)
		}
		if bad {
			*all = append(*all, problem)
			good = false
			continue
		}
		list = append(list, s)
	}
	if !good {
		*c = Change[[]string]{}
		return
	}
	*c = Set(list)
}

func duplicateSkill(item, s string, before []string) (FieldError, bool) {
	for _, b := range before {
		if strings.EqualFold(b, s) {
			return FieldError{item, FieldDuplicate, fmt.Sprintf("repeats \"%s\"; capitals make no difference", b)}, true
		}
	}
	return FieldError{}, false
}

// problems are those of what the patch names, whatever the salary is that it changes.
func (p SalaryPatch) problems() []FieldError {
	return slices.DeleteFunc(p.appliedTo(nil).Problems(), func(e FieldError) bool {
		// A salary that is there may have what the patch leaves out.
		return e.Code == FieldRequired && !p.names(e.Field)
	})
}

// names tells whether the patch says that a field has no value.
func (p SalaryPatch) names(field string) bool {
	switch field {
	case "salary.min":
		return p.Min.Set && p.Max.Set
	case "salary.currency":
		return p.Currency.Set
	case "salary.period":
		return p.Period.Set
	}
	return true
}

// Problems checks a salary. The fields are named as those of a job: salary, salary.min, salary.max, salary.currency, salary.period.
func (s Salary) Problems() []FieldError { return slices.Concat(s.amountProblems(), s.unitProblems()) }

func (s Salary) amountProblems() []FieldError {
	var all []FieldError
	amount := func(field string, v *int64) bool {
		if v != nil && (*v < 0 || *v > MaxSalary) {
			all = append(all, FieldError{field, FieldOutOfRange, "must be from 0 to 100000000, with at most 2 decimals"})
			return false
		}
		return v != nil
	}
	minOK, maxOK := amount("salary.min", s.Min), amount("salary.max", s.Max)
	if s.Min == nil && s.Max == nil {
		all = append(all, FieldError{"salary.min", FieldRequired, "give min, max or both"})
	}
	if minOK && maxOK && *s.Min > *s.Max {
		all = append(all, FieldError{"salary.min", FieldConflict, "must not be more than salary.max"})
	}
	return all
}

func (s Salary) unitProblems() []FieldError {
	var all []FieldError
	switch {
	case s.Currency == "":
		all = append(all, FieldError{"salary.currency", FieldRequired, "is needed: an ISO 4217 code such as GBP, EUR or USD"})
	case !isCurrency(s.Currency):
		all = append(all, FieldError{"salary.currency", FieldNotAllowed,
			"must be an ISO 4217 code in capitals, such as GBP, EUR or USD"})
	}
	switch {
	case s.Period == "":
		all = append(all, FieldError{"salary.period", FieldRequired, "is needed; one of: " + Names(AllSalaryPeriods())})
	case !s.Period.Valid():
		all = append(all, NotAllowed("salary.period", AllSalaryPeriods()))
	}
	return all
}

func checkPlace(field, s string) (string, FieldError, bool) {
	return CheckText(field, s, TextRule{Max: MaxPlace})
}

// checkDescription checks the length of what was sent and of what is stored. Escaping can make the stored form longer, and a
// description that we return must be accepted when it is sent back.
func checkDescription(field, s string) (string, FieldError, bool) {
	if !utf8.ValidString(s) {
		return "", FieldError{field, FieldInvalidFormat, "must be valid UTF-8"}, true
	}
	for _, c := range s {
		if isControl(c) && c != '\n' && c != '\r' && c != '\t' && c != '\u2028' && c != '\u2029' && c != '\u0085' {
			return "", FieldError{field, FieldInvalidFormat,
				fmt.Sprintf("must not contain control characters other than line breaks and tabs, but has U+%04X", c)}, true
		}
	}
	s = NFC(s)
	if n := utf8.RuneCountInString(s); n > MaxDescription {
		return "", TooLong(field, n, MaxDescription), true
	}
	clean := markup.Sanitize(s)
	if n := utf8.RuneCountInString(clean); n > MaxDescription {
		return "", FieldError{field, FieldTooLong, fmt.Sprintf(
			"must have at most %d characters once its markup is cleaned and escaped, but has %d", MaxDescription, n)}, true
	}
	if !showsSomething(markup.PlainText(clean)) {
		clean = ""
	}
	return clean, FieldError{}, false
}

// appendUnnamed adds the problems in more whose field has none yet.
func appendUnnamed(all, more []FieldError) []FieldError {
	named := make(map[string]bool, len(all))
	for _, f := range all {
		named[f.Field] = true
	}
	for _, f := range more {
		if !named[f.Field] {
			all = append(all, f)
		}
	}
	return all
}

// ReferenceTaken is the error for a reference that another job of the employer has.
func ReferenceTaken(reference string, jobID int64) *Error {
	e := Errorf(CodeConflict, "The reference \"%s\" belongs to job %d already. Change that job, deactivate it, or choose another reference.", reference, jobID)
	e.Fields = []FieldError{{"reference", FieldConflict, fmt.Sprintf("belongs to job %d", jobID)}}
	return e
}

// ReferenceRepeated is the error for a reference that an earlier job of the same batch has. position counts from 0.
func ReferenceRepeated(reference string, position int) *Error {
	e := Errorf(CodeConflict, "The reference \"%s\" stands in jobs[%d] of this batch already. Give each job its own reference.", reference, position)
	e.Fields = []FieldError{{"reference", FieldConflict, fmt.Sprintf("stands in jobs[%d] already", position)}}
	return e
}
