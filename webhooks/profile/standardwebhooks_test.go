package profile

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"itmanagerjobs/openapi/consumer/nodetest"
)

// TestStandardWebhooksPublishedVector checks the vector of the tests of the Standard Webhooks libraries.
func TestStandardWebhooksPublishedVector(t *testing.T) {
	t.Parallel()
	got, err := standardSignature("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330",
		[]byte(`{"test": 2432232314}`))
	if err != nil {
		t.Fatal(err)
	}
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; got != want {
		t.Errorf("signature %s, want %s", got, want)
	}
}

// TestStandardWebhooksVerifies checks every vector with the official library for Go, by
// the current secret and by the next one.
func TestStandardWebhooksVerifies(t *testing.T) {
	t.Parallel()
	for _, v := range readVectors(t, "standardwebhooks") {
		h := headersOf(v)
		verifier(t, v.Secret, func(w *standardwebhooks.Webhook) {
			if err := w.VerifyIgnoringTimestamp([]byte(v.Body), h); err != nil {
				t.Errorf("%s: %v", v.Name, err)
			}
			if err := w.Verify([]byte(v.Body), h); err == nil {
				t.Errorf("%s: a delivery of the past is valid", v.Name)
			}
			if err := w.VerifyIgnoringTimestamp([]byte(v.Body+" "), h); err == nil {
				t.Errorf("%s: a changed body is valid", v.Name)
			}
		})
		if v.NextSecret == "" {
			continue
		}
		h.Set("Webhook-Signature", h.Get("Webhook-Signature-Next"))
		verifier(t, v.NextSecret, func(w *standardwebhooks.Webhook) {
			if err := w.VerifyIgnoringTimestamp([]byte(v.Body), h); err != nil {
				t.Errorf("%s, next secret: %v", v.Name, err)
			}
		})
	}

	secret, body := "whsec_"+base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{0xfb}, 32)), []byte(`{"type":"job.expired"}`)
	h, err := StandardWebhooks().Headers(Attempt{DeliveryID: 1, EventType: "job.expired", Number: 1, At: time.Now(), Secret: secret}, body)
	if err != nil {
		t.Fatal(err)
	}
	verifier(t, secret, func(w *standardwebhooks.Webhook) {
		if err := w.Verify(body, h); err != nil {
			t.Errorf("signed just now: %v", err)
		}
	})
}

func verifier(t *testing.T, secret string, use func(*standardwebhooks.Webhook)) {
	t.Helper()
	w, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	use(w)
}

func headersOf(v vector) http.Header {
	h := http.Header{}
	for name, value := range v.Headers {
		h.Set(name, value)
	}
	return h
}

// TestStandardWebhooksVerifiesInJavaScript does the same with the official library for JavaScript, and
// checks that it refuses invalid ones.
func TestStandardWebhooksVerifiesInJavaScript(t *testing.T) {
	t.Parallel()
	const dir = "testdata/standardwebhooks"
	nodetest.Install(t, dir)
	type delivery struct {
		Name    string            `json:"name"`
		Secret  string            `json:"secret"`
		Now     int64             `json:"now"`
		Headers map[string]string `json:"headers"`
		Body    string            `json:"body"`
		Valid   bool              `json:"valid"`
	}
	var all []delivery
	for _, v := range readVectors(t, "standardwebhooks") {
		now := v.At.Unix()
		all = append(all,
			delivery{v.Name, v.Secret, now, v.Headers, v.Body, true},
			delivery{v.Name + ", 300 s later", v.Secret, now + 300, v.Headers, v.Body, true},
			delivery{v.Name + ", 301 s later", v.Secret, now + 301, v.Headers, v.Body, false},
			delivery{v.Name + ", changed", v.Secret, now, v.Headers, v.Body + " ", false},
			delivery{v.Name + ", another secret", "whsec_" + strings.Repeat("A", 32), now, v.Headers, v.Body, false})
		if v.NextSecret != "" {
			next := map[string]string{
				"webhook-id": v.Headers["Webhook-Id"], "webhook-timestamp": v.Headers["Webhook-Timestamp"],
				"webhook-signature": v.Headers["Webhook-Signature-Next"],
			}
			all = append(all, delivery{v.Name + ", next secret", v.NextSecret, now, next, v.Body, true})
		}
	}
	in, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	cmd := nodetest.Command(t.Context(), dir, "node", "verify.mjs")
	cmd.Stdin = bytes.NewReader(in)
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestStandardWebhooksSecret(t *testing.T) {
	t.Parallel()
	secret := func(n int) string { return "whsec_" + base64.StdEncoding.EncodeToString(make([]byte, n)) }
	for given, want := range map[string]bool{
		"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw": true,
		secret(24):                               true,
		secret(32):                               true,
		secret(64):                               true,
		secret(23):                               false,
		secret(65):                               false,
		"":                                       false,
		"whsec_":                                 false,
		"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw":       false,
		"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS":  false,
		"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa_w": false,
		secret(32) + "\n":                        false,
		"a secret of my own, long enough":        false,
	} {
		if _, err := StandardWebhooks().Headers(Attempt{At: time.Unix(1, 0), Secret: given}, nil); (err == nil) != want {
			t.Errorf("signed with %q: %v, want %v", given, err, want)
		}
	}
}

func TestSchedules(t *testing.T) {
	t.Parallel()
	type schedule struct {
		Delays   string
		Attempts int
		Own      bool
	}
	const native = "1m 5m 15m 1h 6h 24h 24h 24h"
	want := map[string]schedule{
		"native": {native, 8, false}, "autotechjobs": {native, 8, false}, "humansourcing": {native, 8, false}, "cloudevents": {native, 8, false},
		"rejento":          {"30s 2m 10m 1h 6h 24h", 5, true},
		"standardwebhooks": {"5s 5m 30m 2h 5h 10h 14h 20h 24h", 10, true},
	}
	got := map[string]schedule{}
	for _, p := range All() {
		got[p.Name] = schedule{delaysText(p.Delays), p.MaxAttempts, p.OwnSchedule}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("schedules (-want +got):\n%s", diff)
	}
}

func TestDelaysText(t *testing.T) {
	t.Parallel()
	const s, m, h = time.Second, time.Minute, time.Hour
	want := "5s 30s 1m 2m30s 10m 12m30s 1h 1h12m30s 1h0m5s 24h 31h12m"
	got := delaysText([]time.Duration{5 * s, 30 * s, m, 2*m + 30*s, 10 * m, 12*m + 30*s, h, h + 12*m + 30*s, h + 5*s, 24 * h, 31*h + 12*m})
	if got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// delaysText writes delays in short form: 30s 2m 1h.
func delaysText(delays []time.Duration) string {
	texts := make([]string, len(delays))
	for i, d := range delays {
		texts[i] = d.String()
		if d%time.Minute == 0 {
			texts[i] = strings.TrimSuffix(texts[i], "0s")
		}
		if d%time.Hour == 0 {
			texts[i] = strings.TrimSuffix(texts[i], "0m")
		}
	}
	return strings.Join(texts, " ")
}
