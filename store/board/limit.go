package board

import (
	"net/netip"
	"slices"
	"strconv"
	"time"
)

// LimitWindow is the length of the sliding window over which requests are counted.
const LimitWindow = 60 * time.Second

// LimitFamily is a group of operations that share one rate limit of a key.
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

// ForKey returns the family that a call of family f is counted in. A read-only key (rk_) has one limit for all its calls.
func (f LimitFamily) ForKey(readOnly bool) LimitFamily {
	if readOnly {
		return FamilyReadOnly
	}
	return f
}

// DefaultLimit returns how many requests a key may make per LimitWindow, unless another limit was agreed; 0 for an unknown
// family.
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

// RetryAfter returns the value of the header Retry-After (RFC 9110, section 10.2.3): whole seconds, at least 1.
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

// Network returns the network that requests are counted for: an IPv4 address itself, and the /64 of an IPv6 address, because
// a customer can use all addresses of a /64. It returns a text that is not an address unchanged.
func Network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	if ip = ip.Unmap().WithZone(""); ip.Is4() {
		return ip.String()
	}
	p, err := ip.Prefix(64)
	if err != nil {
		return ip.String()
	}
	return p.String()
}
