// Package board holds the rules of a job board as pure functions and values: what a job, an API key, a credit and a
// rate limit are, which of their states may follow which, and how a person is told that something is wrong.
//
// It must stay pure: it imports nothing of this module, reads no clock (callers pass now), draws no randomness
// (callers pass an io.Reader), and knows neither SQL nor HTTP. Whatever needs a row or a request belongs to package
// store or server, which call the functions here inside their transaction or handler.
package board

import "time"

// Moment is the one form in which times are kept: UTC, whole microseconds, which is what the database can hold. A time
// that went through it compares equal before and after a round trip.
func Moment(t time.Time) time.Time {
	return t.UTC().Truncate(time.Microsecond)
}

func momentOf(t time.Time) *time.Time {
	m := Moment(t)
	return &m
}
