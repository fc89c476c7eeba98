// Package profile holds the wire formats in which events are delivered: one file
// and one file of golden vectors per format. A profile turns an event into bytes and
// headers, and knows the retry schedule its document promises.
//
// It is pure: no clock, no randomness, no network, no database. Time, identifiers and
// secrets are arguments, so that the same input gives the same bytes on every copy.
package profile

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"itmanagerjobs/store/board"
)

// Event is what happened, in canonical form.
type Event struct {
	ID        int64
	Type      string    // canonical name, e.g. "application.submitted"
	CreatedAt time.Time // UTC
	Mode      string    // "live" or "test"
	// EmployerID is whose event it is.
	EmployerID int64
	// PublicURL is where the platform's pages are, without a slash at the end; empty when
	// that is not known.
	PublicURL string
	// Data is the event's own fields as a JSON object. Whoever recorded the event
	// formatted it; its bytes are kept as they are.
	Data json.RawMessage
	// Dossier is a JSON object of the form Dossier, for the profiles that need it: what
	// the event is about, as it was when it happened. It may be missing.
	Dossier json.RawMessage
}

// Attempt is one try at delivering an event to one subscription.
type Attempt struct {
	// DeliveryID is one per event and subscription, the same on every attempt and on
	// replay (R3); receivers de-duplicate by it.
	DeliveryID int64
	// EventID rises in the order of events, also where deliveries are made later and in any order.
	EventID    int64
	EventType  string    // canonical name
	Number     int       // counted from 1
	At         time.Time // when it is signed; a retry is signed anew
	Secret     string    // as shown to its owner
	NextSecret string    // signs beside Secret during a rotation (R14); empty otherwise
}

// Profile is one wire format.
type Profile struct {
	// Name is what a subscription stores, e.g. "native".
	Name string
	// Delays and MaxAttempts are the schedule (R1). OwnSchedule is set when the format's
	// document names it; the others go by the platform's settings, which it is the default of.
	Delays      []time.Duration
	MaxAttempts int
	OwnSchedule bool
	// NeedsCandidates is set when bodies hold personal data, so that only those may
	// subscribe who may see candidates (R10).
	NeedsCandidates bool
	// NeedsDossier is set when Encode makes use of Event.Dossier.
	NeedsDossier bool
	// Handshake is set when an endpoint is asked for its permission before deliveries.
	Handshake bool
	// CheckSecret tells what a secret that its owner chose must be like; nil when any
	// will do.
	CheckSecret func(secret string) error
	// Encode gives the body of an event. The result is stored and sent as it is on
	// every attempt.
	Encode func(Event) ([]byte, error)
	// Headers gives all headers of an attempt, the signature over body included.
	Headers func(a Attempt, body []byte) (http.Header, error)

	names []eventName
}

// eventName is the format's own name of one or several canonical events.
type eventName struct {
	wire      string
	canonical []string
}

// errNoSecret is a fault of ours: a body must never be signed with an empty key.
var errNoSecret = errors.New("profile: the subscription has no secret")

// All lists the profiles in the order in which they are shown.
func All() []Profile {
	return []Profile{Native(), AutoTechJobs(), Rejento(), HumanSourcing(), StandardWebhooks(), CloudEvents()}
}

// Lookup finds a profile by name.
func Lookup(name string) (Profile, bool) {
	for _, p := range All() {
		if p.Name == name {
			return p, true
		}
	}
	return Profile{}, false
}

// WireNames lists what can be subscribed to, in the order in which it is shown.
func (p Profile) WireNames() []string {
	names := make([]string, len(p.names))
	for i, n := range p.names {
		names[i] = n.wire
	}
	return names
}

// Wire gives the profile's name of a canonical event. It is false when the profile does
// not know the event: then it is not delivered. Every profile knows webhook.test, by
// that name.
func (p Profile) Wire(canonical string) (string, bool) {
	if canonical == webhookTest {
		return webhookTest, true
	}
	for _, n := range p.names {
		if slices.Contains(n.canonical, canonical) {
			return n.wire, true
		}
	}
	return "", false
}

// Canonical gives the events that the profile knows by one of WireNames; a format may
// use one name for several.
func (p Profile) Canonical(wire string) ([]string, bool) {
	for _, n := range p.names {
		if n.wire == wire {
			return slices.Clone(n.canonical), true
		}
	}
	return nil, false
}

const webhookTest = string(board.EventWebhookTest)

// eachByItself is a catalogue in which every event has a name of its own: the canonical
// one behind the prefix.
func eachByItself(prefix string, events ...board.EventType) []eventName {
	names := make([]eventName, len(events))
	for i, e := range events {
		names[i] = eventName{prefix + string(e), []string{string(e)}}
	}
	return names
}

// unknownEvent is a fault of ours: such an event is not delivered.
func unknownEvent(profile string, e Event) error {
	return fmt.Errorf("profile: %s does not know event %d, %s", profile, e.ID, e.Type)
}

// encode leaves <, > and & as they are, which json.Marshal does not.
func encode(body any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(body); err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// plain is data with <, > and & as they are. Recorded data have them escaped, as
// json.Marshal writes them, and native keeps those bytes.
func plain(data json.RawMessage) json.RawMessage {
	out := make([]byte, 0, len(data))
	for i := 0; i < len(data); i++ {
		if data[i] != '\\' { // valid JSON: something follows a backslash
			out = append(out, data[i])
			continue
		}
		if raw, ok := unescaped[string(data[i:min(i+6, len(data))])]; ok {
			out = append(out, raw)
			i += 5
			continue
		}
		out = append(out, data[i], data[i+1])
		i++
	}
	return out
}

var unescaped = map[string]byte{`\u003c`: '<', `\u003e`: '>', `\u0026`: '&'}

// NewSecret makes a signing secret: "whsec_" and the base64 of 32 bytes of random,
// which is crypto/rand outside tests.
func NewSecret(random io.Reader) (string, error) {
	var b [32]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", fmt.Errorf("profile: no randomness for a secret: %w", err)
	}
	return "whsec_" + base64.StdEncoding.EncodeToString(b[:]), nil
}
