package profile

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// Native is the platform's own format: the event's fields at the top level of the
// body (R21), everything about the delivery in headers.
func Native() Profile {
	const m, h = time.Minute, time.Hour
	return Profile{
		Name:        "native",
		Delays:      []time.Duration{m, 5 * m, 15 * m, h, 6 * h, 24 * h, 24 * h, 24 * h},
		MaxAttempts: 8,
		Encode:      nativeEncode,
		Headers:     nativeHeaders,
	}
}

func nativeEncode(e Event) ([]byte, error) {
	if !bytes.HasPrefix(e.Data, []byte("{")) || !json.Valid(e.Data) {
		return nil, fmt.Errorf("profile: the data of event %d is not a JSON object", e.ID)
	}
	return e.Data, nil
}

func nativeHeaders(a Attempt, body []byte) (http.Header, error) {
	if a.Secret == "" {
		return nil, errNoSecret
	}
	h := http.Header{
		"Content-Type":          {"application/json"},
		"X-Webhook-Event":       {a.EventType},
		"X-Webhook-Delivery-Id": {strconv.FormatInt(a.DeliveryID, 10)},
		"X-Webhook-Attempt":     {strconv.Itoa(a.Number)},
		"X-Webhook-Signature":   {timestampedSignature(a.Secret, a.At, body)},
	}
	if a.NextSecret != "" {
		// In a header of its own: documented verifiers read only the first v1 of one.
		h["X-Webhook-Signature-Next"] = []string{timestampedSignature(a.NextSecret, a.At, body)}
	}
	return h, nil
}

// timestampedSignature is "t={unix seconds},v1={hex HMAC-SHA256 of "{t}.{body}"}",
// keyed with the secret string as shown, prefix included (0.36).
func timestampedSignature(secret string, at time.Time, body []byte) string {
	t := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(t + "."))
	mac.Write(body)
	return "t=" + t + ",v1=" + hex.EncodeToString(mac.Sum(nil))
}
