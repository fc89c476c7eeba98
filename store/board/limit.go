package board

import (
	"slices"
	"strconv"
	"time"
)

// LimitWindow is the span over which requests are counted: the first N in any span of this length succeed.
const LimitWindow = 60 * time.Second

// LimitFamily is a group of operations that share one budget of a key.
type LimitFamily string

// The families, as stored and as published.
const (
	FamilyJobs      LimitFamily = "jobs"
	FamilySearch    LimitFamily = "search"
	FamilyCandidate LimitFamily = "candidate"
	FamilyReadOnly  LimitFamily = "readonly" // everything that an rk_ key calls
)

// AllLimitFamilies lists every LimitFamily.
func AllLimitFamilies() []LimitFamily {
	return []LimitFamily{FamilyJobs, FamilySearch, FamilyCandidate, FamilyReadOnly}
}

// Valid reports whether f is one of AllLimitFamilies.
func (f LimitFamily) Valid() bool { return slices.Contains(AllLimitFamilies(), f) }

// ForKey gives the family that a call of family f counts against: rk_ keys have one budget for all they do (R9).
func (f LimitFamily) ForKey(readOnly bool) LimitFamily {
	if readOnly {
		return FamilyReadOnly
	}
	return f
}

// DefaultLimit is the number of requests per LimitWindow that a key has without a special agreement (0.45 to 0.47,
// 3.22). An unknown family has none.
func DefaultLimit(f LimitFamily) int {
	switch f {
	case FamilyJobs, FamilyReadOnly:
		return 100
	case FamilySearch:
		return 30
	case FamilyCandidate:
		return 60
	}
	return 0
}

// FormatRateLimit gives the values of the headers RateLimit and RateLimit-Policy in the form of
// draft-ietf-httpapi-ratelimit-headers: limit requests per LimitWindow, of which remaining are left, and more of them
// after reset (rounded up to seconds, so that a client that waits has waited long enough).
func FormatRateLimit(f LimitFamily, limit, remaining int, reset time.Duration) (rateLimit, policy string) {
	name := `"` + string(f) + `"`
	rateLimit = name + ";r=" + strconv.Itoa(max(remaining, 0)) + ";t=" + strconv.FormatInt(ceilSeconds(reset), 10)
	policy = name + ";q=" + strconv.Itoa(limit) + ";w=" + strconv.FormatInt(ceilSeconds(LimitWindow), 10)
	return rateLimit, policy
}

// RetryAfter gives the value of the header Retry-After: whole seconds, at least 1.
func RetryAfter(reset time.Duration) string {
	return strconv.FormatInt(max(ceilSeconds(reset), 1), 10)
}

func ceilSeconds(d time.Duration) int64 {
	if d <= 0 {
		return 0
	}
	return int64((d + time.Second - 1) / time.Second)
}
