// Package delivery says what a webhook is set to, what becomes of its deliveries, which of them are sent again, and what a receiver is
// found to do wrong. It is pure, as package board is, and must not know formats, the network, or the queue.
package delivery

// UserAgent is the User-Agent of deliveries.
const UserAgent = "ITManagerJobs-Webhooks/1"

// Status is the state of a delivery: Pending, or the outcome of its last attempt.
type Status string

// The states of a delivery.
const (
	Pending    Status = "Pending"    // not delivered yet: an attempt is due now or later
	Delivered  Status = "Delivered"  // the endpoint answered 2xx
	DeadLetter Status = "DeadLetter" // given up after the last attempt; it can be resent
	Cancelled  Status = "Cancelled"  // dropped by its owner before it was delivered; it can be resent
)

// AllStatuses lists every Status.
func AllStatuses() []Status {
	return []Status{Pending, Delivered, DeadLetter, Cancelled}
}

// AttemptOutcome is how one attempt at a delivery ended.
type AttemptOutcome string

// The outcomes of an attempt.
const (
	AttemptDelivered AttemptOutcome = "Delivered"
	AttemptFailed    AttemptOutcome = "Failed"     // another attempt follows
	AttemptDead      AttemptOutcome = "DeadLetter" // no other attempt follows
	AttemptCancelled AttemptOutcome = "Cancelled"  // not an attempt: the entry that ends a cancelled delivery
)
