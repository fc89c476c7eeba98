package delivery

import "time"

// ReceiverCheckName is what a certification looks at in a receiver of webhooks.
type ReceiverCheckName string

// The checks, as published.
const (
	CheckGoodSignature ReceiverCheckName = "GoodSignature" // takes a delivery
	CheckNoRedirect    ReceiverCheckName = "NoRedirect"
	CheckInTime        ReceiverCheckName = "InTime"
	CheckDuplicate     ReceiverCheckName = "Duplicate" // takes the same delivery again
	CheckNoSignature   ReceiverCheckName = "NoSignature"
	CheckForged        ReceiverCheckName = "ForgedSignature"
	CheckTampered      ReceiverCheckName = "TamperedBody"
	CheckOld           ReceiverCheckName = "OldTimestamp"
	CheckUnknownEvent  ReceiverCheckName = "UnknownEvent"
	CheckUnknownField  ReceiverCheckName = "UnknownField"
	CheckRawBody       ReceiverCheckName = "RawBody" // verifies the bytes that were sent
	CheckMethod        ReceiverCheckName = "Method"
)

// AllReceiverChecks lists every ReceiverCheckName, in the order of a report.
func AllReceiverChecks() []ReceiverCheckName {
	return []ReceiverCheckName{
		CheckGoodSignature, CheckNoRedirect, CheckInTime, CheckDuplicate, CheckNoSignature, CheckForged, CheckTampered, CheckOld,
		CheckUnknownEvent, CheckUnknownField, CheckRawBody, CheckMethod,
	}
}

// ReceiverCheck is the outcome of one check.
type ReceiverCheck struct {
	Name   ReceiverCheckName `json:"name"`
	Passed bool              `json:"passed"`
	// Status is that of the answer; 0 when there was none. Problem says why then.
	Status  int           `json:"status"`
	Problem string        `json:"problem,omitempty"`
	Took    time.Duration `json:"took"`
}

// Finding says what the receiver did wrong and what to do; empty for a check that has passed.
func (c ReceiverCheck) Finding() string {
	if c.Passed {
		return ""
	}
	return map[ReceiverCheckName]string{
		CheckGoodSignature: "A delivery with a right signature was refused. Compare your secret with the webhook's, and sign the body as it came.",
		CheckNoRedirect:    "The address redirects, and redirects are not followed. Give the webhook the address where they end.",
		CheckInTime:        "The answer took longer than 9 seconds; at 10 a delivery fails. Keep the delivery, answer, and do the work afterwards.",
		CheckDuplicate:     "The same delivery was refused when it came again. Answer 2xx for one that you have, by its delivery id: what was lost on the way is sent again.",
		CheckNoSignature:   "A request without a signature was taken. Refuse it: anybody can send one.",
		CheckForged:        "A signature that another secret has made was taken. Compute the signature yourself, and compare all of it.",
		CheckTampered:      "A body that was changed after signing was taken. Compute the signature over the whole body.",
		CheckOld:           "A delivery whose timestamp is an hour old was taken. Refuse what is more than 5 minutes old: somebody may have kept it to send it again.",
		CheckUnknownEvent:  "An event of a type that you do not know was refused. Answer 2xx and ignore it: types are added.",
		CheckUnknownField:  "A body with a field that you do not know was refused. Ignore it: fields are added.",
		CheckRawBody:       "A right signature over a body with other spaces was refused. Verify the bytes as they came, before they are decoded.",
		CheckMethod:        "A GET was answered with success. Deliveries are POST; answer 405 to everything else.",
	}[c.Name]
}
