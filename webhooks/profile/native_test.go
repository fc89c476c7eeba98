package profile

import (
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/webhooks/webhooktest"
)

// vector is one entry of a profile's golden file: an event with all that its delivery
// depends on, and the exact bytes and headers that must come of it.
type vector struct {
	Name  string `json:"name"`
	Event struct {
		ID        int64     `json:"id"`
		Type      string    `json:"type"`
		CreatedAt time.Time `json:"createdAt"`
		Mode      string    `json:"mode"`
		// Data is a string here, so that formatting the file cannot change its bytes.
		Data string `json:"data"`
	} `json:"event"`
	DeliveryID int64             `json:"deliveryId"`
	Attempt    int               `json:"attempt"`
	At         time.Time         `json:"at"`
	Secret     string            `json:"secret"`
	NextSecret string            `json:"nextSecret"`
	Body       string            `json:"body"`
	Headers    map[string]string `json:"headers"`
}

func readVectors(t *testing.T, file string) []vector {
	t.Helper()
	raw, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	var vectors []vector
	if err := json.Unmarshal(raw, &vectors); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	if len(vectors) == 0 {
		t.Fatalf("%s holds no vectors", file)
	}
	return vectors
}

// TestVectors holds every profile to its golden file, <name>.json.
func TestVectors(t *testing.T) {
	t.Parallel()
	for _, p := range All() {
		for _, v := range readVectors(t, p.Name+".json") {
			t.Run(p.Name+"/"+v.Name, func(t *testing.T) {
				t.Parallel()
				body, err := p.Encode(Event{
					ID: v.Event.ID, Type: v.Event.Type, CreatedAt: v.Event.CreatedAt,
					Mode: v.Event.Mode, Data: json.RawMessage(v.Event.Data),
				})
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(v.Body, string(body)); diff != "" {
					t.Errorf("body (-want +got):\n%s", diff)
				}
				got, err := p.Headers(Attempt{
					DeliveryID: v.DeliveryID, EventType: v.Event.Type, Number: v.Attempt,
					At: v.At, Secret: v.Secret, NextSecret: v.NextSecret,
				}, body)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(v.Headers, flat(t, got)); diff != "" {
					t.Errorf("headers (-want +got):\n%s", diff)
				}
			})
		}
	}
}

// flat gives headers as a map; each may have one value only and must bear its
// canonical name, or http.Header's methods would not find it.
func flat(t *testing.T, h http.Header) map[string]string {
	t.Helper()
	m := make(map[string]string, len(h))
	for name, values := range h {
		if len(values) != 1 || name != http.CanonicalHeaderKey(name) {
			t.Errorf("header %s: %q", name, values)
		}
		m[name] = values[0]
	}
	return m
}

func TestNativeEncodeRefuses(t *testing.T) {
	t.Parallel()
	for _, data := range []string{"", "null", "[]", `"x"`, "1", `{"a":}`, `{"a":1}{`} {
		if body, err := Native().Encode(Event{ID: 7, Data: json.RawMessage(data)}); err == nil {
			t.Errorf("data %q gave the body %q, want an error", data, body)
		}
	}
}

func TestHeadersRefuseAnEmptySecret(t *testing.T) {
	t.Parallel()
	for _, p := range All() {
		if _, err := p.Headers(Attempt{DeliveryID: 1, Number: 1}, []byte("{}")); err == nil {
			t.Errorf("%s signed with an empty secret", p.Name)
		}
	}
}

func TestLookup(t *testing.T) {
	t.Parallel()
	p, ok := Lookup("native")
	if !ok || p.Name != "native" {
		t.Fatalf("Lookup(native) = %q, %v", p.Name, ok)
	}
	if _, ok := Lookup("none"); ok {
		t.Error("Lookup(none) found a profile")
	}
}

func TestEventNames(t *testing.T) {
	t.Parallel()
	own := Profile{wire: map[string]string{"application.status_changed": "application.status_updated"}}
	tests := []struct {
		name      string
		profile   Profile
		canonical string
		wire      string
		known     bool
	}{
		{"canonical names by default", Native(), "job.expired", "job.expired", true},
		{"own name", own, "application.status_changed", "application.status_updated", true},
		{"not delivered", own, "job.expired", "", false},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			wire, known := tc.profile.WireName(tc.canonical)
			if wire != tc.wire || known != tc.known {
				t.Errorf("WireName(%q) = %q, %v, want %q, %v", tc.canonical, wire, known, tc.wire, tc.known)
			}
			if !known {
				return
			}
			if diff := cmp.Diff([]string{tc.canonical}, tc.profile.CanonicalNames(wire)); diff != "" {
				t.Errorf("CanonicalNames(%q) (-want +got):\n%s", wire, diff)
			}
		})
	}
}

func TestNewSecret(t *testing.T) {
	t.Parallel()
	got, err := NewSecret(strings.NewReader(strings.Repeat("\xfb", 32)))
	if err != nil {
		t.Fatal(err)
	}
	if want := "whsec_" + strings.Repeat("+/v7", 10) + "+/s="; got != want {
		t.Errorf("NewSecret = %q, want %q", got, want)
	}
	if _, err := NewSecret(strings.NewReader("short")); err == nil {
		t.Error("NewSecret took less than 32 bytes of randomness")
	}
}

// TestNativeVerifies checks a signature with code that was not written for signing.
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
