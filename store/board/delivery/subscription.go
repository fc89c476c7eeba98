package delivery

import (
	"encoding/base64"
	"fmt"
	"io"
	"slices"
	"strings"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/event"
)

// SubscriptionStatus says whether events are delivered to a subscription.
type SubscriptionStatus string

// The states of a subscription. Events that happen while it is Disabled can be replayed to it later.
const (
	SubscriptionActive   SubscriptionStatus = "Active"
	SubscriptionDisabled SubscriptionStatus = "Disabled"
)

// MaxSubscriptions is how many subscriptions an employer may have in one mode.
const MaxSubscriptions = 50

// MaxFailures is after how many failures in a row, over any deliveries, a subscription is disabled.
const MaxFailures = 10

// MaxSubscriptionDescription is in characters.
const MaxSubscriptionDescription = 200

// The length of a secret that a subscriber chooses, in characters of printable ASCII.
const (
	minSecret = 16
	maxSecret = 200
)

// SubscriptionPatch is a change of any subset of a subscription's mutable fields. The profile never changes, and the secret
// only by a rotation.
type SubscriptionPatch struct {
	URL         board.Change[string]       // cannot be cleared
	Events      board.Change[[]event.Type] // cannot be cleared
	Description board.Change[string]
	// Secret is for a new subscription only; when it is empty, one is drawn at random.
	Secret string
}

// Normalize checks the patch and trims its texts. It does not check whether the host of the URL may be called, which depends
// on the configuration.
// Error: invalid_request naming every bad field.
func (p SubscriptionPatch) Normalize() (SubscriptionPatch, error) {
	var problems []board.FieldError
	if p.URL.Set {
		p.URL, problems = normalizeHookURL(p.URL)
	}
	if p.Events.Set {
		problems = append(problems, checkEventTypes("events", p.Events.Value)...)
	}
	if p.Description.Set && p.Description.Value != nil {
		text, problem, bad := board.CheckText("description", *p.Description.Value, board.TextRule{Max: MaxSubscriptionDescription})
		if bad {
			problems = append(problems, problem)
		}
		p.Description = board.Clear[string]()
		if text != "" {
			p.Description = board.Set(text)
		}
	}
	if p.Secret != "" {
		problems = append(problems, checkSecret("secret", p.Secret)...)
	}
	return p, board.InvalidOrNil(problems)
}

// checkSecret checks a secret. Its messages never contain the secret.
func checkSecret(field, secret string) []board.FieldError {
	switch n := len(secret); {
	case strings.ContainsFunc(secret, func(c rune) bool { return c <= ' ' || c > '~' }):
		return []board.FieldError{{Field: field, Code: board.FieldInvalidFormat, Message: "must be of printable ASCII characters without blanks"}}
	case n < minSecret:
		return []board.FieldError{{Field: field, Code: board.FieldTooShort, Message: fmt.Sprintf("must have at least %d characters, but has %d", minSecret, n)}}
	case n > maxSecret:
		return []board.FieldError{board.TooLong(field, n, maxSecret)}
	}
	return nil
}

// ReadEventNames converts the names of events in a delivery profile to canonical ones. all are the names that can be
// subscribed to, and canonical returns the types that a name stands for. field is the field of the problems.
func ReadEventNames(field string, given, all []string, canonical func(string) []event.Type) ([]event.Type, []board.FieldError) {
	if len(given) == 0 {
		return nil, []board.FieldError{noEvents(field, all)}
	}
	var types []event.Type
	var problems []board.FieldError
	for i, name := range given {
		at := fmt.Sprintf("%s[%d]", field, i)
		switch {
		case !slices.Contains(all, name):
			problems = append(problems, board.NotAllowed(at, all))
		case slices.Contains(given[:i], name):
			problems = append(problems, repeated(at, name))
		default:
			types = append(types, canonical(name)...)
		}
	}
	return types, problems
}

func noEvents[T ~string](field string, all []T) board.FieldError {
	return board.FieldError{Field: field, Code: board.FieldRequired, Message: "must name at least one event of: " + board.Names(all)}
}

func repeated(field, name string) board.FieldError {
	return board.FieldError{Field: field, Code: board.FieldDuplicate, Message: name + " stands in the list already"}
}

func normalizeHookURL(c board.Change[string]) (board.Change[string], []board.FieldError) {
	if c.Value == nil {
		return c, []board.FieldError{{Field: "url", Code: board.FieldRequired, Message: "is needed and cannot be cleared"}}
	}
	url, problem, bad := board.CheckURL("url", *c.Value, "https", "http")
	if bad {
		return c, []board.FieldError{problem}
	}
	return board.Set(url), nil
}

func checkEventTypes(field string, types *[]event.Type) []board.FieldError {
	if types == nil || len(*types) == 0 {
		return []board.FieldError{noEvents(field, event.AllTypes())}
	}
	var problems []board.FieldError
	for i, t := range *types {
		at := fmt.Sprintf("%s[%d]", field, i)
		switch {
		case !t.Valid():
			problems = append(problems, board.NotAllowed(at, event.AllTypes()))
		case slices.Contains((*types)[:i], t):
			problems = append(problems, repeated(at, string(t)))
		}
	}
	return problems
}

// SubscriptionNeeds returns a problem for each field that a new subscription lacks.
func (p SubscriptionPatch) SubscriptionNeeds() []board.FieldError {
	var problems []board.FieldError
	if !p.URL.Set {
		problems = append(problems, board.FieldError{Field: "url", Code: board.FieldRequired, Message: "is needed"})
	}
	if !p.Events.Set {
		problems = append(problems, noEvents("events", event.AllTypes()))
	}
	return problems
}

// NewSecret makes a signing secret, as Standard Webhooks specifies: "whsec_" and the base64 of 32 bytes of random.
// Errors: those of random.
func NewSecret(random io.Reader) (string, error) {
	var b [32]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", fmt.Errorf("draw a webhook secret: %w", err)
	}
	return "whsec_" + base64.StdEncoding.EncodeToString(b[:]), nil
}
