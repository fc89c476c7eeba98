package board

import "slices"

// Profile is what a CV tells of somebody. Empty values are not known.
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

// CandidateStatus is where a candidate stands whose applications have the given statuses: the one that has come furthest
// counts, an open one more than one that has ended without a hire. A candidate without applications is New.
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

// CheckCandidateMove decides like CheckMove, of a candidate: the rules are the same.
// Errors: conflict when from is stale; invalid_state when next does not follow current; invalid_request when a reason is
// needed and there is none.
func CheckCandidateMove(current, next ApplicationStatus, from *ApplicationStatus, reason string) (changed bool, err error) {
	return checkMove("candidate", current, next, from, reason)
}

// ErrNoCandidate answers for a candidate whom the tenant cannot see, be it that the candidate is another's or absent.
var ErrNoCandidate = Errorf(CodeNotFound, "There is no such candidate.")
