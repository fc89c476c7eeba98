package board

import (
	"errors"
	"time"
)

// ErrTestModeOnly answers a live key at an operation that makes things up.
var ErrTestModeOnly = Errorf(CodeTestModeOnly,
	"This operation makes things up, so it takes test keys alone, and this is a live key. Send it with a key that begins with pk_test_: the portal's API keys page makes one at once, free of charge.")

// SimulationOpen returns nil when somebody can be made to apply for the test job at now. Errors: invalid_request, naming jobId.
func (j Job) SimulationOpen(now time.Time) error {
	err := j.OpenFor(now)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrJobClosed):
		return simulatedJob("The job is closed for good. Create and publish another; both are free in test mode.")
	case errors.Is(err, ErrJobExpired):
		return simulatedJob("The job has expired. Publish it again, which is free in test mode.")
	}
	return simulatedJob("The job is a draft. Publish it first, which is free in test mode.")
}

// OfSimulatedJob words that there is no such job: the number stands in the body, and a live job is none.
func OfSimulatedJob(err error) error {
	if e, ok := errors.AsType[*Error](err); ok && e.Code == CodeNotFound {
		return simulatedJob("There is no such job among your test data. A live job is not there: create one with this key.")
	}
	return err
}

func simulatedJob(message string) error {
	return Invalid(FieldError{Field: "jobId", Code: FieldInvalid, Message: message})
}

// ExpireNow ends the run of an active job at now, whenever it would have ended. A job that has expired stays as it is.
// Errors: invalid_state for a job that has no run.
func (j *Job) ExpireNow(now time.Time) (changed bool, err error) {
	switch j.Status {
	case JobExpired:
		return false, nil
	case JobActive:
		if j.ExpiryDate == nil || j.ExpiryDate.After(now) {
			j.ExpiryDate = &now
		}
		return j.Expire(now), nil
	case JobDraft:
		return false, Errorf(CodeInvalidState, "A draft does not run, so it can't expire. Publish it first, which is free in test mode.")
	case JobDeactivated:
	}
	return false, Errorf(CodeInvalidState, "A closed job does not run any more, so it can't expire. Create and publish another.")
}
