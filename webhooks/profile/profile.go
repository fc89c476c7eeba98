// Package profile has the wire formats in which events are delivered: one file and one file of golden
// vectors per format. A profile encodes an event as a body, makes the headers of an attempt, and has
// the retry schedule that the documentation of its format promises.
//
// Its functions are pure: they use no clock, no randomness, no network and no database. Time,
// identifiers and secrets are arguments. So the same event has the same bytes at every attempt and on
// every copy of the program, which is why bodies need not be stored. The vectors freeze these bytes:
// a change of an encoder that changes a vector fails the tests until the vector is written anew, and CI
// refuses to write it.
package profile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"itmanagerjobs/store/board/event"
)

// Event is an event in canonical form, as the store recorded it.
type Event struct {
	ID        int64
	Type      string    // canonical name, e.g. "application.submitted"
	CreatedAt time.Time // UTC
	Mode      string    // "live" or "test"
	// EmployerID is the employer that the event belongs to.
	EmployerID int64
	// PublicURL is the public address of the platform, without a slash at the end; empty when it
	// is not configured.
	PublicURL string
	// Data is a JSON object with the event's own fields. Native sends its bytes unchanged.
	Data json.RawMessage
	// Dossier is a JSON object of the type Dossier, for the profiles that need it: the objects
	// that the event is about, as they were when it happened. It may be missing.
	Dossier json.RawMessage
}

// Attempt is one attempt to deliver an event to one subscription.
type Attempt struct {
	// DeliveryID identifies the event and the subscription together. It is the same at every
	// attempt and on replay: receivers recognise repeated deliveries by it.
	DeliveryID int64
	// EventID rises in the order of events. Deliveries may come in another order.
	EventID    int64
	EventType  string    // canonical name
	Number     int       // counted from 1
	At         time.Time // time of the signature: every attempt is signed anew
	Secret     string    // as shown to its owner
	NextSecret string    // makes a second signature during a rotation, in a header of its own; else empty
}

// Profile is one wire format.
type Profile struct {
	// Name is what a subscription stores, e.g. "native".
	Name string
	// Delays are the times between attempts, and MaxAttempts counts the first attempt too: it takes
	// precedence over the number of Delays. With OwnSchedule the documentation of the format
	// promises this schedule; without, it is the default, and the operator can configure another.
	Delays      []time.Duration
	MaxAttempts int
	OwnSchedule bool
	// NeedsCandidates means that bodies contain personal data: a subscription needs the scope
	// CVSearch.
	NeedsCandidates bool
	// NeedsDossier means that Encode uses Event.Dossier.
	NeedsDossier bool
	// Handshake means that an endpoint is asked for its permission before deliveries.
	Handshake bool
	// Encode returns the body of an event. It is called for every attempt, and must return the same
	// bytes for the same event.
	Encode func(Event) ([]byte, error)
	// Headers returns all headers of an attempt, including the signature of the body.
	Headers func(a Attempt, body []byte) (http.Header, error)

	names []eventName
}

// eventName is a name of the format for one or several canonical events.
type eventName struct {
	wire      string
	canonical []string
}

// errNoSecret means a bug of the platform: a body must never be signed with an empty key.
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

// WireNames lists the names of the events of the profile, in the order in which they are shown.
func (p Profile) WireNames() []string {
	names := make([]string, len(p.names))
	for i, n := range p.names {
		names[i] = n.wire
	}
	return names
}

// Wire returns the profile's name of a canonical event. It returns false when the profile does not have
// the event, which is then not delivered. Every profile has webhook.test, by that name.
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

// Canonical returns the canonical events of one of WireNames. A format may use one name for several.
func (p Profile) Canonical(wire string) ([]string, bool) {
	for _, n := range p.names {
		if n.wire == wire {
			return slices.Clone(n.canonical), true
		}
	}
	return nil, false
}

const webhookTest = string(event.WebhookTest)

// prefixedNames gives every event a name of its own: the prefix and the canonical name.
func prefixedNames(prefix string, events ...event.Type) []eventName {
	names := make([]eventName, len(events))
	for i, e := range events {
		names[i] = eventName{prefix + string(e), []string{string(e)}}
	}
	return names
}

// unknownEvent means a bug of the platform: a profile is not given events that it does not have.
func unknownEvent(profile string, e Event) error {
	return fmt.Errorf("profile: %s does not know event %d, %s", profile, e.ID, e.Type)
}

// encode encodes a body as JSON. It does not escape <, > and &, unlike json.Marshal.
func encode(body any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(body); err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// unescapeHTML returns data without escapes of <, > and &. The recorded data of an event have them
// escaped, as json.Marshal writes them.
func unescapeHTML(data json.RawMessage) json.RawMessage {
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
