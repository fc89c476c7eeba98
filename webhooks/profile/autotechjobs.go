package profile

import (
	"net/http"
	"strconv"
)

// AutoTechJobs is the format of AutoTechJobs' webhooks: an envelope in snake case with the objects that
// the event is about. Identifiers have prefixes, such as job_ and app_.
func AutoTechJobs() Profile {
	return Profile{
		Name:            "autotechjobs",
		Delays:          nativeDelays(),
		MaxAttempts:     nativeAttempts,
		NeedsCandidates: true,
		NeedsDossier:    true,
		Encode:          autoEncode,
		Headers:         autoHeaders,
		names: []eventName{
			{"job.created", []string{"job.created"}},
			// The format has no event for a publication.
			{"job.updated", []string{"job.updated", "job.published"}},
			{"job.expired", []string{"job.expired"}},
			{"job.deleted", []string{"job.deleted"}},
			{"application.submitted", []string{"application.submitted"}},
			{"application.status_updated", []string{"application.status_changed"}},
			{"application.withdrawn", []string{"application.withdrawn"}},
			{"candidate.registered", []string{"candidate.registered"}},
			{"candidate.profile_updated", []string{"candidate.profile_updated"}},
			{"employer.registered", []string{"employer.registered"}},
			{"employer.profile_updated", []string{"employer.profile_updated"}},
		},
	}
}

func autoHeaders(a Attempt, body []byte) (http.Header, error) {
	if a.Secret == "" {
		return nil, errNoSecret
	}
	// The name of the signature is written as in the format's documentation. HTTP/1.1 sends it unchanged.
	h := http.Header{
		"Content-Type":             {"application/json"},
		"X-Webhook-Delivery-Id":    {strconv.FormatInt(a.DeliveryID, 10)},
		"X-Webhook-Attempt":        {strconv.Itoa(a.Number)},
		"X-AutoTechJobs-Signature": {timestampedSignature(a.Secret, a.At, body)},
	}
	if a.NextSecret != "" {
		h["X-AutoTechJobs-Signature-Next"] = []string{timestampedSignature(a.NextSecret, a.At, body)}
	}
	return h, nil
}

func autoEncode(e Event) ([]byte, error) {
	wire, ok := AutoTechJobs().Wire(e.Type)
	if !ok {
		return nil, unknownEvent("autotechjobs", e)
	}
	f, d, err := decode(e)
	if err != nil {
		return nil, err
	}
	return encode(struct {
		ID        string   `json:"id"`
		Type      string   `json:"type"`
		CreatedAt autoTime `json:"created_at"`
		Data      autoData `json:"data"`
	}{prefixed("evt_", e.ID), wire, autoTime(e.CreatedAt), autoDataOf(e, f, d)})
}
