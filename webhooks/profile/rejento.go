package profile

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"itmanagerjobs/store/board/event"
)

// Rejento is the format of rejento's webhooks. Its signature covers the body alone, as its documentation
// has it. Receivers order events by the timestamp in the body.
func Rejento() Profile {
	const s, m, h = time.Second, time.Minute, time.Hour
	return Profile{
		Name:        "rejento",
		Delays:      []time.Duration{30 * s, 2 * m, 10 * m, h, 6 * h, 24 * h},
		MaxAttempts: 5,
		OwnSchedule: true,
		Encode:      rejentoEncode,
		Headers:     rejentoHeaders,
		names: prefixedNames("",
			event.CandidateCreated, event.CandidateMatched,
			event.InterviewScheduled, event.InterviewCompleted,
			event.CandidateStatusChanged, event.AICallCompleted),
	}
}

func rejentoEncode(e Event) ([]byte, error) {
	if _, ok := Rejento().Wire(e.Type); !ok {
		return nil, unknownEvent("rejento", e)
	}
	if err := checkData(e); err != nil {
		return nil, err
	}
	return encode(struct {
		Event     string          `json:"event"`
		Timestamp time.Time       `json:"timestamp"`
		Data      json.RawMessage `json:"data"`
	}{e.Type, e.CreatedAt.UTC(), unescapeHTML(e.Data)})
}

func rejentoHeaders(a Attempt, body []byte) (http.Header, error) {
	if a.Secret == "" {
		return nil, errNoSecret
	}
	h := http.Header{
		"Content-Type":          {"application/json"},
		"X-Rejento-Event":       {a.EventType},
		"X-Rejento-Delivery-Id": {strconv.FormatInt(a.DeliveryID, 10)},
		"X-Webhook-Attempt":     {strconv.Itoa(a.Number)},
		"X-Rejento-Signature":   {hexHMAC(a.Secret, "", body)},
	}
	if a.NextSecret != "" {
		h["X-Rejento-Signature-Next"] = []string{hexHMAC(a.NextSecret, "", body)}
	}
	return h, nil
}
