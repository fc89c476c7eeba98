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

	"itmanagerjobs/store/board"
)

// Native is the platform's own format: the event's fields at the top level of the
// body (R21), everything about the delivery in headers.
func Native() Profile {
	return Profile{
		Name:        "native",
		Delays:      nativeDelays(),
		MaxAttempts: nativeAttempts,
		Encode:      nativeEncode,
		Headers: func(a Attempt, body []byte) (http.Header, error) {
			return nativeHeaders("application/json", a.EventType, a, body)
		},
		names: eachByItself("", board.AllEventTypes()...),
	}
}

// nativeAttempts and nativeDelays also serve the formats whose documents name no schedule.
const nativeAttempts = 8

func nativeDelays() []time.Duration {
	const m, h = time.Minute, time.Hour
	return []time.Duration{m, 5 * m, 15 * m, h, 6 * h, 24 * h, 24 * h, 24 * h}
}

func nativeEncode(e Event) ([]byte, error) {
	if err := checkData(e); err != nil {
		return nil, err
	}
	return e.Data, nil
}

// checkData makes sure that what goes into a body unread is a JSON object.
func checkData(e Event) error {
	if !bytes.HasPrefix(e.Data, []byte("{")) || !json.Valid(e.Data) {
		return fmt.Errorf("profile: the data of event %d is not a JSON object", e.ID)
	}
	return nil
}

// nativeHeaders also stand beside the bodies of formats that have no signature.
func nativeHeaders(contentType, event string, a Attempt, body []byte) (http.Header, error) {
	if a.Secret == "" {
		return nil, errNoSecret
	}
	h := http.Header{
		"Content-Type":          {contentType},
		"X-Webhook-Event":       {event},
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
	return "t=" + t + ",v1=" + hexHMAC(secret, t+".", body)
}

// hexHMAC signs prefix and body with the secret string as shown.
func hexHMAC(secret, prefix string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(prefix))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}
