package board

import (
	"encoding/base64"
	"fmt"
	"io"
	"slices"
	"strings"
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

// MaxWebhookFailures is after how many failures in a row, over any deliveries, a subscription is disabled.
const MaxWebhookFailures = 10

// MaxSubscriptionDescription is in characters.
const MaxSubscriptionDescription = 200

// The length of a secret that a subscriber chooses, in characters of printable ASCII.
const (
	MinWebhookSecret = 16
	MaxWebhookSecret = 200
)

// SubscriptionPatch is a change of any subset of a subscription's mutable fields. The profile never changes, and the secret
// only by a rotation.
type SubscriptionPatch struct {
	URL         Change[string]      // cannot be cleared
	Events      Change[[]EventType] // cannot be cleared
	Description Change[string]
	// Secret is for a new subscription only; when it is empty, one is drawn at random.
	Secret string
}

// Normalize checks the patch and trims its texts. It does not check whether the host of the URL may be called, which depends
// on the configuration.
// Error: invalid_request naming every bad field.
func (p SubscriptionPatch) Normalize() (SubscriptionPatch, error) {
	var problems []FieldError
	if p.URL.Set {
		p.URL, problems = normalizeHookURL(p.URL)
	}
	if p.Events.Set {
		problems = append(problems, checkEventTypes("events", p.Events.Value)...)
	}
	if p.Description.Set && p.Description.Value != nil {
		text, problem, bad := CheckText("description", *p.Description.Value, TextRule{Max: MaxSubscriptionDescription})
		if bad {
			problems = append(problems, problem)
		}
		p.Description = Clear[string]()
		if text != "" {
			p.Description = Set(text)
		}
	}
	if p.Secret != "" {
		problems = append(problems, checkSecret("secret", p.Secret)...)
	}
	return p, InvalidOrNil(problems)
}

// checkSecret checks a secret. Its messages never contain the secret.
func checkSecret(field, secret string) []FieldError {
	switch n := len(secret); {
	case strings.ContainsFunc(secret, func(c rune) bool { return c <= ' ' || c > '~' }):
		return []FieldError{{field, FieldInvalidFormat, "must be of printable ASCII characters without blanks"}}
	case n < MinWebhookSecret:
		return []FieldError{{field, FieldTooShort, fmt.Sprintf("must have at least %d characters, but has %d", MinWebhookSecret, n)}}
	case n > MaxWebhookSecret:
		return []FieldError{TooLong(field, n, MaxWebhookSecret)}
	}
	return nil
}

// ReadEventNames converts the names of events in a delivery profile to canonical ones. all are the names that can be
// subscribed to, and canonical returns the types that a name stands for. field is the field of the problems.
func ReadEventNames(field string, given, all []string, canonical func(string) []EventType) ([]EventType, []FieldError) {
	if len(given) == 0 {
		return nil, []FieldError{noEvents(field, all)}
	}
	var types []EventType
	var problems []FieldError
	for i, name := range given {
		at := fmt.Sprintf("%s[%d]", field, i)
		switch {
		case !slices.Contains(all, name):
			problems = append(problems, NotAllowed(at, all))
		case slices.Contains(given[:i], name):
			problems = append(problems, repeated(at, name))
		default:
			types = append(types, canonical(name)...)
		}
	}
	return types, problems
}

func noEvents[T ~string](field string, all []T) FieldError {
	return FieldError{field, FieldRequired, "must name at least one event of: " + Names(all)}
}

func repeated(field, name string) FieldError {
	return FieldError{field, FieldDuplicate, name + " stands in the list already"}
}

func normalizeHookURL(c Change[string]) (Change[string], []FieldError) {
	if c.Value == nil {
		return c, []FieldError{{"url", FieldRequired, "is needed and cannot be cleared"}}
	}
	url, problem, bad := CheckURL("url", *c.Value, "https", "http")
	if bad {
		return c, []FieldError{problem}
	}
	return Set(url), nil
}

func checkEventTypes(field string, types *[]EventType) []FieldError {
	if types == nil || len(*types) == 0 {
		return []FieldError{noEvents(field, AllEventTypes())}
	}
	var problems []FieldError
	for i, t := range *types {
		at := fmt.Sprintf("%s[%d]", field, i)
		switch {
		case !t.Valid():
			problems = append(problems, NotAllowed(at, AllEventTypes()))
		case slices.Contains((*types)[:i], t):
			problems = append(problems, repeated(at, string(t)))
		}
	}
	return problems
}

// SubscriptionNeeds returns a problem for each field that a new subscription lacks.
func (p SubscriptionPatch) SubscriptionNeeds() []FieldError {
	var problems []FieldError
	if !p.URL.Set {
		problems = append(problems, FieldError{"url", FieldRequired, "is needed"})
	}
	if !p.Events.Set {
		problems = append(problems, noEvents("events", AllEventTypes()))
	}
	return problems
}

// NewWebhookSecret makes a signing secret, as Standard Webhooks specifies: "whsec_" and the base64 of 32 bytes of random.
// Errors: those of random.
func NewWebhookSecret(random io.Reader) (string, error) {
	var b [32]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", fmt.Errorf("draw a webhook secret: %w", err)
	}
	return "whsec_" + base64.StdEncoding.EncodeToString(b[:]), nil
}
