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

	"itmanagerjobs/store/board/event"
)

// Native is the platform's own format: the body has the event's fields at its top level, and the headers
// describe the delivery.
func Native() Profile {
	return Profile{
		Name:        "native",
		Delays:      nativeDelays(),
		MaxAttempts: nativeAttempts,
		Encode:      nativeEncode,
		Headers: func(a Attempt, body []byte) (http.Header, error) {
			return nativeHeaders("application/json", a.EventType, a, body)
		},
		names: prefixedNames("", event.AllTypes()...),
	}
}

// nativeAttempts and nativeDelays are also the schedule of formats whose documentation has none.
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

// checkData checks that data that is copied into a body is a JSON object.
func checkData(e Event) error {
	if !bytes.HasPrefix(e.Data, []byte("{")) || !json.Valid(e.Data) {
		return fmt.Errorf("profile: the data of event %d is not a JSON object", e.ID)
	}
	return nil
}

// nativeHeaders are also the headers of formats that have no signature of their own.
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
		// In a header of its own, because many verifiers read only the first v1 of a header.
		h["X-Webhook-Signature-Next"] = []string{timestampedSignature(a.NextSecret, a.At, body)}
	}
	return h, nil
}

// timestampedSignature is "t={unix seconds},v1={hex HMAC-SHA256 of "{t}.{body}"}", as the contract
// describes it with the header X-Webhook-Signature. The key is the secret string as shown, including
// its prefix.
func timestampedSignature(secret string, at time.Time, body []byte) string {
	t := strconv.FormatInt(at.Unix(), 10)
	return "t=" + t + ",v1=" + hexHMAC(secret, t+".", body)
}

// hexHMAC is the HMAC-SHA256 of prefix and body. The key is the secret string as shown.
func hexHMAC(secret, prefix string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(prefix))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}
