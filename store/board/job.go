package board

import (
	"slices"
	"time"
)

// How long a published job is public.
const (
	DefaultRun = 30 * 24 * time.Hour  // when the caller names no expiry date
	MaxRun     = 365 * 24 * time.Hour // the furthest expiry date from the moment of publishing
)

// Job is one advertisement of an employer. Nil pointers are fields without a value; a Draft may have many. Each change of a
// field or of the state raises Version by one. The version is the ETag of the job.
type Job struct {
	ID         int64 // assigned by the database
	EmployerID int64
	Mode       Mode
	Status     JobStatus
	Version    int64 // from 1

	Title       string
	Reference   *string // the employer's own identifier, unique among the employer's jobs of a mode that are not Deactivated
	Description *string // sanitised HTML, see markup.Sanitize
	City        *string
	CountryCode *string // ISO 3166-1 alpha-2

	EmploymentType *EmploymentType
	RemoteType     *RemoteType
	Seniority      *Seniority

	ApplyMethod       *ApplyMethod
	ApplyEmailAddress *string // for ApplyByEmail
	ApplyURL          *string // for ApplyByURL
	ApplyPushURL      *string // for ApplyByHTTPPush

	Salary         *Salary
	RequiredSkills []string // never nil
	OptionalSkills []string // never nil

	Publications int // how often the job was published; numbers the debits for it
	CreatedAt    time.Time
	UpdatedAt    time.Time
	PostedDate   *time.Time // of the latest publication
	ExpiryDate   *time.Time // of the latest publication
}

// NewJob makes a Draft of version 1 from p. Only the title is needed.
// Error: invalid_request naming every bad field.
func NewJob(employerID int64, mode Mode, p JobPatch, now time.Time) (Job, error) {
	titleMissing := !p.Title.Set
	p, problems := p.normalize()
	problems = appendUnnamed(problems, p.salaryProblems(nil))
	if titleMissing {
		problems = append([]FieldError{titleRequired()}, problems...)
	}
	if len(problems) > 0 {
		return Job{}, Invalid(problems...)
	}
	j := Job{
		EmployerID:     employerID,
		Mode:           mode,
		Status:         JobDraft,
		Version:        1,
		RequiredSkills: []string{},
		OptionalSkills: []string{},
		CreatedAt:      Moment(now),
		UpdatedAt:      Moment(now),
	}
	p.applyTo(&j)
	return j, nil
}

// Apply changes the fields that p sets and reports whether any value became different; if none did, the version stays.
// On an error the job is as it was.
// Errors: invalid_state for a Deactivated job; invalid_request naming every bad field, among them those that an Active
// job may not lose.
func (j *Job) Apply(p JobPatch, now time.Time) (changed bool, err error) {
	if j.Status == JobDeactivated {
		return false, Errorf(CodeInvalidState,
			"The job is Deactivated and can no longer be changed. Create a new job instead.")
	}
	p, problems := p.normalize()
	problems = appendUnnamed(problems, p.salaryProblems(j.Salary))
	next := *j
	if changed = p.applyTo(&next); changed && next.Status == JobActive {
		problems = appendUnnamed(problems, next.PublishProblems())
	}
	if len(problems) > 0 {
		return false, Invalid(problems...)
	}
	if !changed {
		return false, nil
	}
	next.touch(now)
	*j = next
	return true, nil
}

// Publish makes a Draft or Expired job Active from now until expiry (nil: for DefaultRun). The caller charges
// PublishCost in the same transaction. On an error the job is as it was.
// Errors: invalid_state for an Active or Deactivated job; invalid_request naming everything that is missing, and an expiry
// date that is not after now or more than MaxRun ahead.
func (j *Job) Publish(now time.Time, expiry *time.Time) error {
	if msg := j.unpublishable(); msg != "" {
		return Errorf(CodeInvalidState, "%s", msg)
	}
	next, problems := j.AsPublished(now, expiry)
	if len(problems) > 0 {
		return Invalid(problems...)
	}
	next.Status = JobActive
	next.Publications++
	next.touch(now)
	*j = next
	return nil
}

// Extend lets an Active job run until a later time, at most MaxRun after its publication, which was paid for. It returns
// false when the job runs until then already. On an error the job is as it was.
// Errors: invalid_state for a job that is not Active; invalid_request for a time that is not after the expiry date, or too far
// ahead.
func (j *Job) Extend(now, until time.Time) (changed bool, err error) {
	if j.Status != JobActive || j.PostedDate == nil || j.ExpiryDate == nil || !j.ExpiryDate.After(now) {
		return false, Errorf(CodeInvalidState, "Only a job that is Active can be extended. Publish the job instead.")
	}
	until = Moment(until)
	latest := j.PostedDate.Add(MaxRun)
	switch {
	case until.Equal(*j.ExpiryDate):
		return false, nil
	case until.Before(*j.ExpiryDate) || until.After(latest):
		return false, Invalid(FieldError{"expiryDate", FieldOutOfRange, "must be after " + j.ExpiryDate.Format(time.RFC3339) +
			" and no later than " + latest.Format(time.RFC3339) + ", which is 365 days after the publication"})
	}
	j.ExpiryDate = &until
	j.touch(now)
	return true, nil
}

// Deactivate closes a job for good. It returns false when the job was closed already.
func (j *Job) Deactivate(now time.Time) (changed bool) {
	if j.Status == JobDeactivated {
		return false
	}
	j.Status = JobDeactivated
	j.touch(now)
	return true
}

// Expire ends an Active job whose expiry date has passed. It returns false, and changes nothing, in every other case.
func (j *Job) Expire(now time.Time) (changed bool) {
	if j.Status != JobActive || j.ExpiryDate == nil || j.ExpiryDate.After(now) {
		return false
	}
	j.Status = JobExpired
	j.touch(now)
	return true
}

// AsPublished returns the job with the dates that it would have if it were published now, and every reason why publishing
// would fail. It charges and changes nothing. A job that is Active or Deactivated keeps its dates.
func (j Job) AsPublished(now time.Time, expiry *time.Time) (Job, []FieldError) {
	if msg := j.unpublishable(); msg != "" {
		return j, []FieldError{{Field: "status", Code: FieldInvalid, Message: msg}}
	}
	problems := j.PublishProblems()
	until := Moment(now).Add(DefaultRun)
	if expiry != nil {
		until = Moment(*expiry)
		if p, bad := checkExpiry(until, Moment(now)); bad {
			problems = append(problems, p)
		}
	}
	j.PostedDate, j.ExpiryDate = momentOf(now), &until
	return j, problems
}

// unpublishable says why the state of the job forbids publishing, and what to do; empty when it does not.
func (j Job) unpublishable() string {
	switch j.Status {
	case JobActive:
		return "The job is already Active. Change it with PATCH, or publish it again once it has expired."
	case JobDeactivated:
		return "The job is Deactivated and cannot be published again. Create a new job instead."
	case JobDraft, JobExpired:
	}
	return ""
}

// touch records a change. UpdatedAt never decreases, even when the transaction of another copy began earlier.
func (j *Job) touch(now time.Time) {
	j.Version++
	if m := Moment(now); m.After(j.UpdatedAt) {
		j.UpdatedAt = m
	}
}

// Country is the English name of the job's country, nil when it has none.
func (j Job) Country() *string { return countryName(j.CountryCode) }

// Clone returns a copy that shares no memory with j.
func (j Job) Clone() Job {
	c := j
	c.Reference, c.Description, c.City, c.CountryCode = copyOf(j.Reference), copyOf(j.Description), copyOf(j.City), copyOf(j.CountryCode)
	c.EmploymentType, c.RemoteType, c.Seniority = copyOf(j.EmploymentType), copyOf(j.RemoteType), copyOf(j.Seniority)
	c.ApplyMethod, c.ApplyEmailAddress = copyOf(j.ApplyMethod), copyOf(j.ApplyEmailAddress)
	c.ApplyURL, c.ApplyPushURL = copyOf(j.ApplyURL), copyOf(j.ApplyPushURL)
	c.PostedDate, c.ExpiryDate = copyOf(j.PostedDate), copyOf(j.ExpiryDate)
	c.RequiredSkills, c.OptionalSkills = slices.Clone(j.RequiredSkills), slices.Clone(j.OptionalSkills)
	if j.Salary != nil {
		c.Salary = &Salary{Min: copyOf(j.Salary.Min), Max: copyOf(j.Salary.Max), Currency: j.Salary.Currency, Period: j.Salary.Period}
	}
	return c
}

func copyOf[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}
