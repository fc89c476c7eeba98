package webhooks

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// MaxRetryAfter caps how long an answer's Retry-After is obeyed. It is the longest
// gap of our own schedule: a receiver may slow us down as far as we would slow down
// ourselves, but a wrong or hostile value cannot park a delivery until its event,
// kept for 30 days, is gone.
const MaxRetryAfter = 24 * time.Hour

// maxDelay bounds a configured gap: seven of them and their jitter must fit into the
// 30 days for which events are kept.
const maxDelay = 72 * time.Hour

// jitterShare is how much of a gap jitter may add at most. It spreads the retries
// of deliveries that failed together, and never makes one early.
const jitterShare = 0.1

// Schedule says when a failed delivery is tried again and when it is given up.
type Schedule struct {
	// Delays are the gaps after the first, second, … attempt. The last one repeats
	// when MaxAttempts needs more.
	Delays []time.Duration
	// MaxAttempts counts the first attempt too. It governs (R1): with 8 attempts the
	// first 7 gaps are used, however many are listed.
	MaxAttempts int
}

// Next answers for a failed attempt (counted from 1) how long to wait before the
// next one, or that the delivery is dead. retryAfter is what the receiver asked for,
// 0 for nothing; the delay is never shorter. jitter in [0,1) only adds.
func (s Schedule) Next(attempt int, retryAfter time.Duration, jitter float64) (delay time.Duration, dead bool) {
	if attempt >= s.MaxAttempts || len(s.Delays) == 0 {
		return 0, true
	}
	gap := s.Delays[min(max(attempt, 1), len(s.Delays))-1]
	gap = max(gap, min(retryAfter, MaxRetryAfter))
	return gap + time.Duration(float64(gap)*jitterShare*jitter), false
}

// ParseDelays reads gaps such as "1m,5m,15m,1h". The error names the faulty item.
func ParseDelays(text string) ([]time.Duration, error) {
	if strings.TrimSpace(text) == "" {
		return nil, errors.New("no delays given; write them like 1m,5m,15m,1h")
	}
	items := strings.Split(text, ",")
	delays := make([]time.Duration, 0, len(items))
	for i, item := range items {
		item = strings.TrimSpace(item)
		d, err := time.ParseDuration(item)
		switch {
		case item == "":
			return nil, fmt.Errorf("delay %d is empty; write them like 1m,5m,15m,1h", i+1)
		case err != nil:
			return nil, fmt.Errorf("delay %d, %q, is not a duration; write it like 30s, 5m or 1h", i+1, item)
		case d <= 0:
			return nil, fmt.Errorf("delay %d, %q, must be longer than zero", i+1, item)
		case d > maxDelay:
			return nil, fmt.Errorf("delay %d, %q, must not be longer than %s", i+1, item, maxDelay)
		}
		delays = append(delays, d)
	}
	return delays, nil
}

// Outcome is what an attempt means for its delivery.
type Outcome int

// The outcomes of an attempt.
const (
	// Delivered: the endpoint answered 2xx in time.
	Delivered Outcome = iota + 1
	// Retry: the attempt failed; the schedule decides whether there is another one.
	Retry
	// Disable: the endpoint answered 410 Gone; it wants nothing more.
	Disable
	// Aborted: we broke the attempt off (shutdown, lost lease). It says nothing
	// about the endpoint and must count neither as an attempt nor as a failure.
	Aborted
)

// Classify judges a Result. The reason is one line for the delivery log, safe to
// show to the owner of the endpoint.
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
		// A redirect would carry body and signature to a host nobody agreed to.
		return Retry, reason + ": redirects are not followed; enter the final URL."
	default:
		return Retry, reason
	}
}
