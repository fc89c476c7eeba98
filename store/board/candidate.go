package board

import "slices"

// Profile is what the CV of a candidate says. Empty values are not known.
type Profile struct {
	Title           string
	Seniority       Seniority
	Skills          []string
	City            string
	Country         string
	Latitude        *float64
	Longitude       *float64
	YearsExperience *int
}

// CandidateStatus returns the status of a candidate whose applications have the given ones: that of the application that
// has come furthest. An open application counts more than one that has ended without a hire. Without applications it is New.
func CandidateStatus(applications []ApplicationStatus) ApplicationStatus {
	for _, s := range slices.Backward(pipeline) {
		if slices.Contains(applications, s) {
			return s
		}
	}
	switch {
	case slices.Contains(applications, ApplicationRejected):
		return ApplicationRejected
	case len(applications) > 0:
		return ApplicationWithdrawn
	}
	return ApplicationNew
}

// CheckCandidateMove decides like CheckMove whether a candidate may move. The rules are the same.
// Errors: conflict when from is stale; invalid_state when next does not follow current; invalid_request when a reason is
// needed and there is none.
func CheckCandidateMove(current, next ApplicationStatus, from *ApplicationStatus, reason string) (changed bool, err error) {
	return checkMove("candidate", current, next, from, reason)
}

// ErrNoCandidate answers a candidate who does not exist, and a candidate of another tenant.
var ErrNoCandidate = Errorf(CodeNotFound, "There is no such candidate.")
