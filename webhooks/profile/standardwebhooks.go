package profile

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"itmanagerjobs/store/board/event"
)

// StandardWebhooks is the format of standardwebhooks.com: its headers, its signature, and the schedule
// that it gives as an example.
func StandardWebhooks() Profile {
	const s, m, h = time.Second, time.Minute, time.Hour
	return Profile{
		Name:        "standardwebhooks",
		Delays:      []time.Duration{5 * s, 5 * m, 30 * m, 2 * h, 5 * h, 10 * h, 14 * h, 20 * h, 24 * h},
		MaxAttempts: 10,
		OwnSchedule: true,
		Encode:      standardEncode,
		Headers:     standardHeaders,
		names:       prefixedNames("", event.AllTypes()...),
	}
}

func standardEncode(e Event) ([]byte, error) {
	if err := checkData(e); err != nil {
		return nil, err
	}
	return encode(struct {
		Type      string          `json:"type"`
		Timestamp time.Time       `json:"timestamp"`
		Data      json.RawMessage `json:"data"`
	}{e.Type, e.CreatedAt.UTC(), unescapeHTML(e.Data)})
}

func standardHeaders(a Attempt, body []byte) (http.Header, error) {
	if a.Secret == "" {
		return nil, errNoSecret
	}
	id, t := "msg_"+strconv.FormatInt(a.DeliveryID, 10), strconv.FormatInt(a.At.Unix(), 10)
	signature, err := standardSignature(a.Secret, id, t, body)
	if err != nil {
		return nil, err
	}
	h := http.Header{
		"Content-Type":      {"application/json"},
		"Webhook-Id":        {id},
		"Webhook-Timestamp": {t},
		"Webhook-Signature": {signature},
		"X-Webhook-Attempt": {strconv.Itoa(a.Number)},
	}
	if a.NextSecret != "" {
		next, err := standardSignature(a.NextSecret, id, t, body)
		if err != nil {
			return nil, err
		}
		// The specification would put it into the same header. No profile does that, because many
		// verifiers read only the first signature of a header.
		h["Webhook-Signature-Next"] = []string{next}
	}
	return h, nil
}

// standardSignature is "v1," and the base64 of the HMAC-SHA256 of "{id}.{t}.{body}". The key is not the
// secret as shown, but the bytes that its base64 encodes.
func standardSignature(secret, id, t string, body []byte) (string, error) {
	key, err := standardKey(secret)
	if err != nil {
		return "", errors.New("profile: the secret has not the form of Standard Webhooks")
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + t + "."))
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)), nil
}

func standardKey(secret string) ([]byte, error) {
	encoded, ok := strings.CutPrefix(secret, "whsec_")
	key, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if !ok || err != nil || len(key) < 24 || len(key) > 64 || strings.ContainsAny(encoded, "\r\n") {
		return nil, errors.New("must be whsec_ and the base64 of 24 to 64 bytes")
	}
	return key, nil
}
