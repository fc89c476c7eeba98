// Package board holds the rules of a job board as pure functions and values: what a job, an application, a credit and a
// rate limit are, which of their states may follow which, and how errors are worded.
//
// It must stay pure: of this module it imports nothing but markup and charset, which import nothing of it themselves. It reads no
// clock (callers pass now), draws no randomness (callers pass an io.Reader), and knows no SQL and no HTTP handlers. What needs a row
// or a request belongs to the packages of the store or to server, which call the functions here. What nothing else here needs has
// a room of its own below: API keys, events, deliveries, the fit of a person for a job, and what the public sees of jobs.
package board

import "time"

// Moment returns a time as it is stored: in UTC, in whole microseconds, which is what PostgreSQL keeps. The result is equal
// before and after a round trip to the database.
func Moment(t time.Time) time.Time {
	return t.UTC().Truncate(time.Microsecond)
}

// IsWritable tells whether answers can have a time: years have four digits there (RFC 3339, section 5.6).
func IsWritable(t time.Time) bool {
	year := t.UTC().Year()
	return year >= 0 && year <= 9999
}

func momentOf(t time.Time) *time.Time {
	m := Moment(t)
	return &m
}
