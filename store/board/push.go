package board

import "fmt"

// PushStatus is the state of posting an application to the employer's endpoint.
type PushStatus string

// The states of a push, as stored and as published.
const (
	PushPending  PushStatus = "Pending"  // an attempt is due now or later
	PushAccepted PushStatus = "Accepted" // the endpoint answered 200
	PushRefused  PushStatus = "Refused"  // the endpoint answered 403, 409, 410 or 451, which is final
	PushEmailed  PushStatus = "Emailed"  // given up after the last attempt; the application went by email instead
)

// AllPushStatuses lists every PushStatus.
func AllPushStatuses() []PushStatus {
	return []PushStatus{PushPending, PushAccepted, PushRefused, PushEmailed}
}

// Push is an application as it is posted to the employer's endpoint. It contains personal data and a secret: never log it.
type Push struct {
	ApplicationID int64
	// URL is the endpoint that the job has now; empty when the job no longer has one.
	URL       string
	Reference string
	Applicant Applicant
	// UUID is the same on all attempts; Secret signs it.
	UUID   string
	Secret string
	Trace  Trace
	// CV is nil when there is none.
	CV *File
}

// PushGivenUp explains why an application comes by email, when it should have been posted to the employer's endpoint.
func PushGivenUp(pushURL, reason string) string {
	return fmt.Sprintf("It comes by email because it could not be posted to %s: %s", pushURL, reason)
}
