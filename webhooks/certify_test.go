package webhooks

import (
	"context"
	"crypto/hmac"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/webhooks/profile"
)

// certifying hands out one certification and keeps its report.
type certifying struct {
	work   outbox.CertificationWork
	given  bool
	report []delivery.ReceiverCheck
}

func (q *certifying) ClaimCertification(context.Context) (outbox.CertificationWork, bool, error) {
	first := !q.given
	q.given = true
	return q.work, first, nil
}

func (q *certifying) FinishCertification(_ context.Context, _ outbox.CertificationWork, checks []delivery.ReceiverCheck) error {
	q.report = checks
	return nil
}

// receiver is one of the native format, as a partner writes it, with the mistakes that are planted.
type receiver struct {
	secret string
	clock  *stepClock
	seen   map[string]bool

	wrongSecret, redirects, slow, refusesTwice, takesUnsigned, takesAnySignature, forgetsBody, takesOld, refusesEvents, refusesFields, encodesAnew, takesGet bool
}

// stepClock stands still until it is moved.
type stepClock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *stepClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *stepClock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	w.WriteHeader(r.answer(w.Header(), q))
}

func (r *receiver) answer(header http.Header, q *http.Request) int {
	body, _ := io.ReadAll(q.Body)
	if q.Method != http.MethodPost {
		if r.takesGet {
			return http.StatusOK
		}
		return http.StatusMethodNotAllowed
	}
	if r.redirects {
		header.Set("Location", "/elsewhere")
		return http.StatusTemporaryRedirect
	}
	if r.slow {
		r.clock.advance(9*time.Second + 1)
	}
	if !r.verified(q.Header, body) {
		return http.StatusUnauthorized
	}
	id := q.Header.Get("X-Webhook-Delivery-Id")
	if r.seen[id] && r.refusesTwice {
		return http.StatusConflict
	}
	r.seen[id] = true
	if r.refusesEvents && q.Header.Get("X-Webhook-Event") != "webhook.test" {
		return http.StatusBadRequest
	}
	if r.refusesFields && strings.Contains(string(body), "addedLater") {
		return http.StatusBadRequest
	}
	return http.StatusNoContent
}

// verified signs the request once more, as the sender does, and compares.
func (r *receiver) verified(h http.Header, body []byte) bool {
	got := h.Get("X-Webhook-Signature")
	if got == "" {
		return r.takesUnsigned
	}
	if r.takesAnySignature {
		return true
	}
	if r.encodesAnew {
		var v any
		_ = json.Unmarshal(body, &v)
		body, _ = json.Marshal(v)
	}
	if r.forgetsBody {
		return strings.Contains(string(body), "tampered") || r.matches(body, got)
	}
	return r.matches(body, got)
}

func (r *receiver) matches(body []byte, got string) bool {
	stamp, _, _ := strings.Cut(strings.TrimPrefix(got, "t="), ",")
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return false
	}
	at := time.Unix(seconds, 0)
	if age := r.clock.Now().Sub(at); !r.takesOld && (age > 5*time.Minute || age < -5*time.Minute) {
		return false
	}
	secret := r.secret
	if r.wrongSecret {
		secret = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
	}
	want, err := profile.Native().Headers(profile.Attempt{DeliveryID: 1, EventID: 1, EventType: "webhook.test", Number: 1, At: at, Secret: secret}, body)
	return err == nil && hmac.Equal([]byte(want.Get("X-Webhook-Signature")), []byte(got))
}

// TestCertificationFindsPlantedMistakes gives twelve receivers one mistake each, and one none.
func TestCertificationFindsPlantedMistakes(t *testing.T) {
	t.Parallel()
	all := map[string]struct {
		plant func(*receiver)
		finds []delivery.ReceiverCheckName
	}{
		"none":                        {func(*receiver) {}, nil},
		"another secret":              {func(r *receiver) { r.wrongSecret = true }, []delivery.ReceiverCheckName{delivery.CheckGoodSignature, delivery.CheckDuplicate, delivery.CheckUnknownEvent, delivery.CheckUnknownField, delivery.CheckRawBody}},
		"a redirect":                  {func(r *receiver) { r.redirects = true }, []delivery.ReceiverCheckName{delivery.CheckNoRedirect, delivery.CheckDuplicate, delivery.CheckUnknownEvent, delivery.CheckUnknownField, delivery.CheckRawBody}},
		"too slow":                    {func(r *receiver) { r.slow = true }, []delivery.ReceiverCheckName{delivery.CheckInTime}},
		"refuses the second":          {func(r *receiver) { r.refusesTwice = true }, []delivery.ReceiverCheckName{delivery.CheckDuplicate}},
		"takes what is not signed":    {func(r *receiver) { r.takesUnsigned = true }, []delivery.ReceiverCheckName{delivery.CheckNoSignature}},
		"takes any signature":         {func(r *receiver) { r.takesAnySignature = true }, []delivery.ReceiverCheckName{delivery.CheckForged, delivery.CheckTampered, delivery.CheckOld}},
		"does not look at the body":   {func(r *receiver) { r.forgetsBody = true }, []delivery.ReceiverCheckName{delivery.CheckTampered}},
		"does not look at the time":   {func(r *receiver) { r.takesOld = true }, []delivery.ReceiverCheckName{delivery.CheckOld}},
		"refuses new events":          {func(r *receiver) { r.refusesEvents = true }, []delivery.ReceiverCheckName{delivery.CheckUnknownEvent}},
		"refuses new fields":          {func(r *receiver) { r.refusesFields = true }, []delivery.ReceiverCheckName{delivery.CheckUnknownField}},
		"verifies what it has parsed": {func(r *receiver) { r.encodesAnew = true }, []delivery.ReceiverCheckName{delivery.CheckGoodSignature, delivery.CheckDuplicate, delivery.CheckUnknownEvent, delivery.CheckRawBody}},
		"takes a visit":               {func(r *receiver) { r.takesGet = true }, []delivery.ReceiverCheckName{delivery.CheckMethod}},
	}
	found := map[delivery.ReceiverCheckName]bool{}
	for name, tc := range all {
		report := certifyReceiver(t, tc.plant)
		var wrong []delivery.ReceiverCheckName
		for _, c := range report {
			if c.Passed == (c.Finding() != "") {
				t.Errorf("%s: %+v has the finding %q", name, c, c.Finding())
			}
			if !c.Passed {
				wrong = append(wrong, c.Name)
				found[c.Name] = true
			}
		}
		sortChecks := cmp.Transformer("set", func(names []delivery.ReceiverCheckName) map[delivery.ReceiverCheckName]bool {
			set := map[delivery.ReceiverCheckName]bool{}
			for _, n := range names {
				set[n] = true
			}
			return set
		})
		if diff := cmp.Diff(tc.finds, wrong, sortChecks); diff != "" || len(report) != len(delivery.AllReceiverChecks()) {
			t.Errorf("%s, %d checks (-want +got):\n%s", name, len(report), diff)
		}
	}
	if len(all) != 13 || len(found) != len(delivery.AllReceiverChecks()) {
		t.Errorf("%d receivers, %v found", len(all), found)
	}
}

func certifyReceiver(t *testing.T, plant func(*receiver)) []delivery.ReceiverCheck {
	t.Helper()
	clock := &stepClock{now: time.Date(2026, 4, 2, 10, 30, 0, 0, time.UTC)}
	r := &receiver{secret: "whsec_jG1yBoC5Dbf0N2vQ8n4Zr7s1Xw9kLhT3eUaYcVdMpIo=", clock: clock, seen: map[string]bool{}}
	plant(r)
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	client := NewClient(ClientOptions{TestGuard: &Guard{AllowLoopback: true}, Now: clock.Now})
	t.Cleanup(client.CloseIdle)
	q := &certifying{work: outbox.CertificationWork{
		Tenant: board.Tenant{EmployerID: 1, Mode: board.ModeTest}, ID: 1, SubscriptionID: 7, URL: server.URL, Profile: "native", Secret: r.secret, FirstID: 4_000_000_000_000_100,
	}}
	if err := (Certifier{Queue: q, Client: client, Now: clock.Now}).Work(t.Context()); err != nil {
		t.Fatal(err)
	}
	return q.report
}

// TestEveryProfileIsCertified: a battery can be made in each format, whatever it signs.
func TestEveryProfileIsCertified(t *testing.T) {
	t.Parallel()
	for _, p := range profile.All() {
		server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, q *http.Request) { _, _ = io.Copy(io.Discard, q.Body) }))
		t.Cleanup(server.Close)
		client := NewClient(ClientOptions{TestGuard: &Guard{AllowLoopback: true}, Now: time.Now})
		q := &certifying{work: outbox.CertificationWork{
			Tenant: board.Tenant{EmployerID: 1, Mode: board.ModeTest}, ID: 1, SubscriptionID: 7, URL: server.URL, Profile: p.Name,
			Secret: "whsec_jG1yBoC5Dbf0N2vQ8n4Zr7s1Xw9kLhT3eUaYcVdMpIo=", FirstID: 4_000_000_000_000_100,
		}}
		if err := (Certifier{Queue: q, Client: client, Now: time.Now}).Work(t.Context()); err != nil || len(q.report) < 9 {
			t.Errorf("%s: %d checks, %v", p.Name, len(q.report), err)
		}
	}
}
