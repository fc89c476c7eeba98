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

// RetryAfter is how long somebody has to wait, in whole seconds, at least 1: whoever waits so long has waited long enough.
func RetryAfter(reset time.Duration) string {
	return strconv.FormatInt(max(CeilSeconds(reset), 1), 10)
}

// CeilSeconds rounds a time to wait up to whole seconds. One that is over is 0.
func CeilSeconds(d time.Duration) int64 {
	if d <= 0 {
		return 0
	}
	return int64((d + time.Second - 1) / time.Second)
}
