// Package profile holds the wire formats in which events are delivered: one file
// and one file of golden vectors per format. A profile turns an event into bytes and
// headers, and knows the retry schedule its document promises.
//
// It is pure: no clock, no randomness, no network, no database. Time, identifiers and
// secrets are arguments, so that the same input gives the same bytes on every copy.
package profile

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Event is what happened, in canonical form.
type Event struct {
	ID        int64
	Type      string    // canonical name, e.g. "application.submitted"
	CreatedAt time.Time // UTC
	Mode      string    // "live" or "test"
	// Data is the event's own fields as a JSON object. Whoever recorded the event
	// formatted it; its bytes are kept as they are.
	Data json.RawMessage
}

// Attempt is one try at delivering an event to one subscription.
type Attempt struct {
	// DeliveryID is one per event and subscription, the same on every attempt and on
	// replay (R3); receivers de-duplicate by it.
	DeliveryID int64
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
	// Delays and MaxAttempts are the schedule the format's document promises (R1).
	Delays      []time.Duration
	MaxAttempts int
	// Encode gives the body of an event. The result is stored and sent as it is on
	// every attempt.
	Encode func(Event) ([]byte, error)
	// Headers gives all headers of an attempt, the signature over body included.
	Headers func(a Attempt, body []byte) (http.Header, error)

	// wire maps canonical names to the format's own; nil means that it uses the
	// canonical ones, all of them.
	wire map[string]string
}

// errNoSecret is a fault of ours: a body must never be signed with an empty key.
var errNoSecret = errors.New("profile: the subscription has no secret")

// All lists the profiles in the order in which they are shown.
func All() []Profile {
	return []Profile{Native()}
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

// WireName gives the profile's name of a canonical event. It is false when the
// profile does not deliver that event.
func (p Profile) WireName(canonical string) (string, bool) {
	if p.wire == nil {
		return canonical, true
	}
	name, ok := p.wire[canonical]
	return name, ok
}

// CanonicalNames gives the canonical events that the profile knows by a name of its
// own; a format may use one name for several. A profile without own names gives the
// name back.
func (p Profile) CanonicalNames(wire string) []string {
	if p.wire == nil {
		return []string{wire}
	}
	var names []string
	for canonical, name := range p.wire {
		if name == wire {
			names = append(names, canonical)
		}
	}
	return names
}

// NewSecret makes a signing secret: "whsec_" and the base64 of 32 bytes of random,
// which is crypto/rand outside tests.
func NewSecret(random io.Reader) (string, error) {
	var b [32]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", fmt.Errorf("profile: no randomness for a secret: %w", err)
	}
	return "whsec_" + base64.StdEncoding.EncodeToString(b[:]), nil
}
