package webhooks

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/webhooks/profile"
)

// receiverPatience is how long a receiver may take in a certification: what answers just within the timeout fails when there is much to do.
const receiverPatience = 9 * time.Second

// oldBy is how far back an old timestamp lies. Receivers refuse what is more than some minutes old.
const oldBy = time.Hour

// Certifications are the checks of receivers that were asked for.
type Certifications interface {
	// ClaimCertification takes the next one for a while, so that no other copy works on it. ok is false when there is none.
	ClaimCertification(ctx context.Context) (c outbox.CertificationWork, ok bool, err error)
	// FinishCertification records what was found.
	FinishCertification(ctx context.Context, c outbox.CertificationWork, checks []delivery.ReceiverCheck) error
}

// Certifier sends a battery of requests to a receiver, right ones and wrong ones, and says what the receiver did wrong.
type Certifier struct {
	Queue  Certifications
	Client *Client
	// Now is the clock of signatures.
	Now func() time.Time
	// PublicURL is the platform's public address. Links in bodies begin with it.
	PublicURL string
}

// Work does the certifications that wait.
func (c Certifier) Work(ctx context.Context) error {
	for {
		work, ok, err := c.Queue.ClaimCertification(ctx)
		if err != nil || !ok {
			return err
		}
		checks, err := c.certify(ctx, work)
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err() // another copy does it once the claim has ended
		}
		if err := c.Queue.FinishCertification(ctx, work, checks); err != nil {
			return err
		}
	}
}

// probe is a request of the battery.
type probe struct {
	name delivery.ReceiverCheckName
	// send makes the request; ok is false when the profile has nothing of the kind.
	send func() (r Request, ok bool, err error)
	// refused says that the receiver must refuse the request; else it must take it.
	refused bool
}

// battery makes the requests of one certification.
type battery struct {
	Certifier
	outbox.CertificationWork

	profile profile.Profile
	body    []byte
}

func (c Certifier) certify(ctx context.Context, work outbox.CertificationWork) ([]delivery.ReceiverCheck, error) {
	p, ok := profile.Lookup(work.Profile)
	if !ok {
		return nil, fmt.Errorf("certify: the delivery profile %q is not known", work.Profile)
	}
	b := battery{Certifier: c, CertificationWork: work, profile: p}
	var err error
	if b.body, err = b.encode(string(event.WebhookTest)); err != nil {
		return nil, fmt.Errorf("certify: %w", err)
	}
	var checks []delivery.ReceiverCheck
	for _, probe := range b.probes() {
		request, ok, err := probe.send()
		if err != nil {
			return nil, fmt.Errorf("certify %s: %w", probe.name, err)
		}
		if !ok {
			continue
		}
		result := c.Client.Send(ctx, request)
		checks = append(checks, judge(probe, result)...)
	}
	return checks, nil
}

// judge says what an answer shows. The first request shows in addition whether the receiver is quick, and where it sends us.
func judge(p probe, r Result) []delivery.ReceiverCheck {
	check := delivery.ReceiverCheck{Name: p.name, Status: r.Status, Took: r.Timing.Total}
	taken := r.Err == nil && r.Status/100 == 2
	check.Passed = taken != p.refused && (r.Err == nil || !p.refused)
	if r.Err != nil {
		check.Problem = r.Err.Message
	}
	if p.name != delivery.CheckGoodSignature {
		return []delivery.ReceiverCheck{check}
	}
	redirected := r.Status/100 == 3
	check.Passed = check.Passed || redirected // which the next check says
	late := r.Err != nil && r.Err.Stage == StageTimeout || r.Timing.Total > receiverPatience
	check.Passed = check.Passed || late
	return []delivery.ReceiverCheck{
		check,
		{Name: delivery.CheckNoRedirect, Passed: !redirected, Status: r.Status, Took: check.Took},
		{Name: delivery.CheckInTime, Passed: !late, Status: r.Status, Took: check.Took},
	}
}

func (b battery) encode(eventType string) ([]byte, error) {
	data := event.NewWebhookTest(b.SubscriptionID, b.Now()).Data
	return b.profile.Encode(profile.Event{
		ID: b.FirstID, Type: eventType, CreatedAt: b.Now().UTC(), Mode: string(b.Mode), EmployerID: b.EmployerID, Data: data, PublicURL: b.PublicURL,
	})
}

// headers signs a request of the battery. number keeps its deliveries apart.
func (b battery) headers(number int64, eventType, secret string, at time.Time, body []byte) (http.Header, error) {
	return b.profile.Headers(profile.Attempt{
		DeliveryID: b.FirstID + number, EventID: b.FirstID + number, EventType: eventType, Number: 1, At: at, Secret: secret, NextSecret: b.NextSecret,
	}, body)
}

func (b battery) request(header http.Header, body []byte) Request {
	return Request{URL: b.URL, Header: header, Body: body, Tenant: b.Tenant, SubscriptionID: b.SubscriptionID, DeliveryID: b.FirstID}
}

// signed is a request whose signature is right.
func (b battery) signed(number int64, eventType string, body []byte) func() (Request, bool, error) {
	return func() (Request, bool, error) {
		h, err := b.headers(number, eventType, b.Secret, b.Now(), body)
		return b.request(h, body), true, err
	}
}

func (b battery) probes() []probe {
	test := string(event.WebhookTest)
	good := b.signed(0, test, b.body)
	return []probe{
		{delivery.CheckGoodSignature, good, false},
		{delivery.CheckDuplicate, good, false},
		{delivery.CheckNoSignature, b.unsigned, true},
		{delivery.CheckForged, b.forged, true},
		{delivery.CheckTampered, b.tampered, true},
		{delivery.CheckOld, b.old, true},
		{delivery.CheckUnknownEvent, b.unknownEvent, false},
		{delivery.CheckUnknownField, b.unknownField, false},
		{delivery.CheckRawBody, b.spaced, false},
		{delivery.CheckMethod, b.get, true},
	}
}

// wrongSecret is one that nobody has, in the form of those that we draw.
func (b battery) wrongSecret() string {
	sum := sha256.Sum256([]byte("another secret\x00" + b.Secret))
	return "whsec_" + base64.StdEncoding.EncodeToString(sum[:])
}

func (b battery) forged() (Request, bool, error) {
	h, err := b.profile.Headers(profile.Attempt{
		DeliveryID: b.FirstID + 1, EventID: b.FirstID + 1, EventType: string(event.WebhookTest), Number: 1, At: b.Now(), Secret: b.wrongSecret(),
	}, b.body)
	return b.request(h, b.body), true, err
}

// unsigned leaves out the headers that another secret would change.
func (b battery) unsigned() (Request, bool, error) {
	at := b.Now()
	h, err := b.headers(2, string(event.WebhookTest), b.Secret, at, b.body)
	if err != nil {
		return Request{}, false, err
	}
	other, err := b.headers(2, string(event.WebhookTest), b.wrongSecret(), at, b.body)
	for name := range other {
		if h.Get(name) != other.Get(name) {
			h.Del(name)
		}
	}
	return b.request(h, b.body), true, err
}

// tampered is another body under the signature of the first.
func (b battery) tampered() (Request, bool, error) {
	h, err := b.headers(3, string(event.WebhookTest), b.Secret, b.Now(), b.body)
	if err != nil {
		return Request{}, false, err
	}
	other, err := withField(b.body, "tampered")
	return b.request(h, other), true, err
}

// old is a request that somebody has kept and sends again: it was right an hour ago. A profile that signs no time has none.
func (b battery) old() (Request, bool, error) {
	now := b.Now()
	h, err := b.headers(4, string(event.WebhookTest), b.Secret, now.Add(-oldBy), b.body)
	if err != nil {
		return Request{}, false, err
	}
	fresh, err := b.headers(4, string(event.WebhookTest), b.Secret, now, b.body)
	differs := false
	for name := range fresh {
		differs = differs || fresh.Get(name) != h.Get(name)
	}
	return b.request(h, b.body), differs, err
}

// unknownEvent is of a type that will come one day. A profile with a closed list of types sends none.
func (b battery) unknownEvent() (Request, bool, error) {
	const later = "certification.unknown"
	body, err := b.encode(later)
	if err != nil {
		return Request{}, false, nil //nolint:nilerr // the profile has no words for it
	}
	return b.signed(5, later, body)()
}

func (b battery) unknownField() (Request, bool, error) {
	body, err := withField(b.body, "addedLater")
	if err != nil {
		return Request{}, false, err
	}
	return b.signed(6, string(event.WebhookTest), body)()
}

// spaced is a body that a program that decodes and encodes it would write differently: the signature is over the bytes.
func (b battery) spaced() (Request, bool, error) {
	var body bytes.Buffer
	if err := json.Indent(&body, b.body, " ", "   "); err != nil {
		return Request{}, false, err
	}
	return b.signed(7, string(event.WebhookTest), body.Bytes())()
}

// get is a visit: no delivery comes by GET.
func (b battery) get() (Request, bool, error) {
	r := b.request(http.Header{}, nil)
	r.Method = http.MethodGet
	return r, true, nil
}

// withField adds a field to an object, or to the last one of a list.
func withField(body []byte, name string) ([]byte, error) {
	var list []json.RawMessage
	if json.Unmarshal(body, &list) == nil {
		for i := len(list) - 1; i >= 0; i-- {
			if changed, err := withField(list[i], name); err == nil {
				list[i] = changed
				break
			}
		}
		return json.Marshal(list)
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(body, &object); err != nil {
		return nil, err
	}
	object[name] = json.RawMessage(`true`)
	return json.Marshal(object)
}
