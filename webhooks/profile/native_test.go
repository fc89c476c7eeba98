package profile

import (
	"testing"
	"time"

	"itmanagerjobs/webhooks/webhooktest"
)

// TestNativeVerifies checks a signature with code that shares nothing with the signer.
func TestNativeVerifies(t *testing.T) {
	t.Parallel()
	body, at := []byte(`{"jobPostId":1}`), time.Unix(1777887001, 0)
	h, err := Native().Headers(Attempt{DeliveryID: 1, Number: 1, At: at, Secret: "whsec_now", NextSecret: "whsec_next"}, body)
	if err != nil {
		t.Fatal(err)
	}
	current, next := h.Get("X-Webhook-Signature"), h.Get("X-Webhook-Signature-Next")
	tests := []struct {
		name, secret, header string
		body                 []byte
		now                  time.Time
		valid                bool
	}{
		{"current", "whsec_now", current, body, at, true},
		{"next", "whsec_next", next, body, at, true},
		{"five minutes later", "whsec_now", current, body, at.Add(300 * time.Second), true},
		{"too old", "whsec_now", current, body, at.Add(301 * time.Second), false},
		{"swapped", "whsec_next", current, body, at, false},
		{"changed", "whsec_now", current, []byte(`{"jobPostId":2}`), at, false},
		{"garbage", "whsec_now", "garbage", body, at, false},
	}
	for _, tc := range tests {
		if err := webhooktest.VerifySignature(tc.secret, tc.header, tc.body, tc.now); (err == nil) != tc.valid {
			t.Errorf("%s: %v, want valid = %v", tc.name, err, tc.valid)
		}
	}
}
