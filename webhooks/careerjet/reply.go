package careerjet

import (
	"fmt"
	"net/http"
)

// Reply is an answer of the protocol. Status is that of HTTP; the sentence comes with it, as JSON.
type Reply int

// The answers (1.13).
const (
	Accepted          Reply = http.StatusOK
	InvalidSource     Reply = http.StatusForbidden                  // the signature is wrong or absent
	Closed            Reply = http.StatusConflict                   // the recruiter takes no more applications
	JobNotFound       Reply = http.StatusGone                       // there is no such job, or no longer
	RegionNotAccepted Reply = http.StatusUnavailableForLegalReasons // the candidate lives where the recruiter does not look
	Unexpected        Reply = http.StatusTeapot                     // a fault of the receiver's
)

// Sentence is the status message. It is "" for what is no answer of the protocol.
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

// Status is the status code of HTTP.
func (r Reply) Status() int { return int(r) }

// JSON is the body of the answer.
func (r Reply) JSON() []byte { return fmt.Appendf(nil, `{"status":%q}`, r.Sentence()) }

// Outcome is what an answer means to the sender (R19).
type Outcome int

// The outcomes of a push.
const (
	// Taken: the endpoint has the application.
	Taken Outcome = iota + 1
	// Refused: it does not want this application, now or later.
	Refused
	// Again: it could not take it this time.
	Again
)

// Classify reads the status of an endpoint's answer to a push. The reason is for the application's page. What the protocol
// does not name is tried again, as a server that stands in for the endpoint may have answered; but any success counts,
// since sending again would only make a duplicate.
func Classify(status int) (o Outcome, reason string) {
	sentence := Reply(status).Sentence()
	switch {
	case status >= 200 && status < 300:
		return Taken, Accepted.Sentence()
	case Reply(status) == Unexpected || sentence == "":
		o = Again
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
