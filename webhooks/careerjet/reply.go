package careerjet

import (
	"fmt"
	"net/http"
)

// Reply is an answer of the protocol. Its value is the HTTP status.
type Reply int

// The answers of the protocol.
const (
	Accepted          Reply = http.StatusOK
	InvalidSource     Reply = http.StatusForbidden                  // the signature is wrong or absent
	Closed            Reply = http.StatusConflict                   // the job takes no more applications
	JobNotFound       Reply = http.StatusGone                       // the job does not exist, or no longer
	RegionNotAccepted Reply = http.StatusUnavailableForLegalReasons // the job takes no applications from the candidate's country
	Unexpected        Reply = http.StatusTeapot                     // an error of the receiver
)

// Sentence returns the status message. It is "" when r is not an answer of the protocol.
func (r Reply) Sentence() string {
	switch r {
	case Accepted:
		return "application accepted"
	case InvalidSource:
		return "invalid source"
	case Closed:
		return "application period closed"
	case JobNotFound:
		return "job not found"
	case RegionNotAccepted:
		return "region not accepted"
	case Unexpected:
		return "unexpected error"
	}
	return ""
}

// Status returns the HTTP status.
func (r Reply) Status() int { return int(r) }

// JSON returns the body of the answer.
func (r Reply) JSON() []byte { return fmt.Appendf(nil, `{"status":%q}`, r.Sentence()) }

// Outcome is what an answer means for the sender.
type Outcome int

// The outcomes of a push.
const (
	// Delivered: the endpoint has the application.
	Delivered Outcome = iota + 1
	// Refused: the endpoint does not accept this application. Another attempt would fail too.
	Refused
	// Retry: another attempt may succeed.
	Retry
)

// Classify returns what the HTTP status of an answer means. The reason is for the page of the application. A status that the
// protocol does not have means Retry, because a proxy may have answered for the endpoint. But every 2xx means Delivered, because
// another attempt would only make a duplicate.
func Classify(status int) (o Outcome, reason string) {
	sentence := Reply(status).Sentence()
	switch {
	case status >= 200 && status < 300:
		return Delivered, Accepted.Sentence()
	case Reply(status) == Unexpected || sentence == "":
		o = Retry
	default:
		o = Refused
	}
	if sentence == "" {
		if sentence = http.StatusText(status); sentence == "" {
			sentence = "an unknown status"
		}
	}
	return o, fmt.Sprintf("%d %s", status, sentence)
}
