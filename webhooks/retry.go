package webhooks

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// MaxRetryAfter is the longest Retry-After that is obeyed. It is the longest gap of the default
// schedule. A wrong or hostile value can therefore not delay a delivery until its event, which is
// kept for 30 days, is deleted.
const MaxRetryAfter = 24 * time.Hour

// jitterShare is the part of a gap that jitter adds at most. It spreads the retries of deliveries
// that failed together, and never makes a retry early.
const jitterShare = 0.1

// Schedule says when a failed delivery is tried again and when it is given up.
type Schedule struct {
	// Delays are the gaps after the first, second, … attempt. The last one is used again when
	// MaxAttempts needs more.
	Delays []time.Duration
	// MaxAttempts counts the first attempt too. It takes precedence over the number of Delays:
	// with 8 attempts the first 7 gaps are used, however many are listed.
	MaxAttempts int
}

// Next returns how long after a failed attempt, counted from 1, the next one follows, or that the
// delivery is dead. retryAfter is what the receiver asked for, 0 for nothing; the delay is not
// shorter, up to MaxRetryAfter. jitter in [0,1) makes it longer.
func (s Schedule) Next(attempt int, retryAfter time.Duration, jitter float64) (delay time.Duration, dead bool) {
	if attempt >= s.MaxAttempts || len(s.Delays) == 0 {
		return 0, true
	}
	gap := s.Delays[min(max(attempt, 1), len(s.Delays))-1]
	gap = max(gap, min(retryAfter, MaxRetryAfter))
	return gap + time.Duration(float64(gap)*jitterShare*jitter), false
}

// Outcome is what an attempt means for its delivery.
type Outcome int

// The outcomes of an attempt.
const (
	// Delivered: the endpoint answered 2xx in time.
	Delivered Outcome = iota + 1
	// Retry: the attempt failed; the schedule decides whether there is another one.
	Retry
	// Disable: the endpoint answered 410 Gone and wants no more deliveries.
	Disable
	// Aborted: the attempt was aborted on our side (shutdown, lost lease). It says nothing
	// about the endpoint, and counts neither as an attempt nor as a failure.
	Aborted
)

// Classify returns what a Result means. The reason is one line for the delivery log, safe to show to
// the owner of the endpoint.
func Classify(r Result) (outcome Outcome, reason string) {
	if r.Err != nil {
		if r.Err.Stage == StageCanceled {
			return Aborted, r.Err.Message
		}
		return Retry, r.Err.Message
	}
	reason = strings.TrimSpace(fmt.Sprintf("%d %s", r.Status, http.StatusText(r.Status)))
	switch {
	case r.Status >= 200 && r.Status < 300:
		return Delivered, reason
	case r.Status == http.StatusGone:
		return Disable, reason + ": the endpoint asked for no further deliveries."
	case r.Status >= 300 && r.Status < 400:
		// A redirect would take body and signature to a host that the owner did not name.
		return Retry, reason + ": redirects are not followed; enter the final URL."
	default:
		return Retry, reason
	}
}
