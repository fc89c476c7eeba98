package board

// WebhookUserAgent is the User-Agent of deliveries.
const WebhookUserAgent = "ITManagerJobs-Webhooks/1"

// DeliveryStatus is the state of a delivery: Pending, or the outcome of its last attempt.
type DeliveryStatus string

// The states of a delivery.
const (
	DeliveryPending    DeliveryStatus = "Pending"    // not delivered yet: an attempt is due now or later
	DeliveryDelivered  DeliveryStatus = "Delivered"  // the endpoint answered 2xx
	DeliveryDeadLetter DeliveryStatus = "DeadLetter" // given up after the last attempt; it can be resent
	DeliveryCancelled  DeliveryStatus = "Cancelled"  // dropped by its owner before it was delivered; it can be resent
)

// AllDeliveryStatuses lists every DeliveryStatus.
func AllDeliveryStatuses() []DeliveryStatus {
	return []DeliveryStatus{DeliveryPending, DeliveryDelivered, DeliveryDeadLetter, DeliveryCancelled}
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
