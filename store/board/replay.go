package board

import (
	"fmt"
	"slices"
	"time"
)

// ReplayStatus is where a replay stands.
type ReplayStatus string

// The states of a replay.
const (
	ReplayRunning   ReplayStatus = "Running"   // there are events that it has not dealt with
	ReplayCompleted ReplayStatus = "Completed" // it has dealt with all of them
	ReplayCancelled ReplayStatus = "Cancelled" // its owner ended it; what it had queued is delivered all the same
)

// Bounds of a replay.
const (
	// MaxReplayEvents is how many events can be named by their ids.
	MaxReplayEvents = 1000
	// DefaultReplayRate and MaxReplayRate are in deliveries per second, over all webhooks of the replay.
	DefaultReplayRate = 50
	MaxReplayRate     = 1000
	// MaxRunningReplays is how many an employer may have under way in one mode.
	MaxRunningReplays = 5
)

// ReplayRequest says what is sent once more, and where to. Exactly one of EventIDs, FromSequence and Since is set.
type ReplayRequest struct {
	// SubscriptionID is nil for every Active webhook that asks for the event, but for those with dossiers when WithoutPeople
	// is set: their deliveries tell of people.
	SubscriptionID *int64
	WithoutPeople  bool
	EventIDs       []int64
	// FromSequence and ToSequence belong together; both ends are sent.
	FromSequence, ToSequence *int64
	// Since is sent, Until is not; nil is now.
	Since, Until *time.Time
	// Types are nil for all.
	Types []EventType
	// PerSecond is DefaultReplayRate when it is 0.
	PerSecond int
}

// Normalize checks the request and fills in what was left out. Error: invalid_request naming every bad field.
func (r ReplayRequest) Normalize() (ReplayRequest, error) {
	problems := r.selection()
	problems = append(problems, r.bounds()...)
	if r.Types != nil {
		problems = append(problems, checkEventTypes("types", &r.Types)...)
	}
	switch {
	case r.PerSecond == 0:
		r.PerSecond = DefaultReplayRate
	case r.PerSecond < 1 || r.PerSecond > MaxReplayRate:
		problems = append(problems, FieldError{"perSecond", FieldOutOfRange, fmt.Sprintf("must be from 1 to %d", MaxReplayRate)})
	}
	return r, invalidOrNil(problems)
}

// selection sees to it that events are chosen in one way.
func (r ReplayRequest) selection() []FieldError {
	var problems []FieldError
	chosen := ""
	for _, way := range []struct {
		field string
		set   bool
	}{{"eventIds", r.EventIDs != nil}, {"fromSequence", r.FromSequence != nil}, {"since", r.Since != nil}} {
		switch {
		case !way.set:
		case chosen == "":
			chosen = way.field
		default:
			problems = append(problems, FieldError{way.field, FieldConflict, "can't be used together with " + chosen + ": send one of them"})
		}
	}
	if chosen == "" {
		problems = append(problems, FieldError{"eventIds", FieldRequired, "is needed, or fromSequence and toSequence, or since: choose the events in one of these ways"})
	}
	return problems
}

// bounds checks the values of the way that was chosen.
func (r ReplayRequest) bounds() []FieldError {
	var problems []FieldError
	if r.EventIDs != nil && (len(r.EventIDs) == 0 || len(r.EventIDs) > MaxReplayEvents) {
		problems = append(problems, FieldError{"eventIds", FieldOutOfRange, fmt.Sprintf("must name 1 to %d events", MaxReplayEvents)})
	}
	seen := make(map[int64]bool, len(r.EventIDs))
	for i, id := range r.EventIDs {
		if seen[id] {
			problems = append(problems, FieldError{fmt.Sprintf("eventIds[%d]", i), FieldDuplicate, fmt.Sprintf("%d stands in the list already", id)})
		}
		seen[id] = true
	}
	switch {
	case r.FromSequence != nil && r.ToSequence == nil:
		problems = append(problems, FieldError{"toSequence", FieldRequired, "is needed with fromSequence"})
	case r.FromSequence == nil && r.ToSequence != nil:
		problems = append(problems, FieldError{"toSequence", FieldConflict, "belongs to fromSequence, which is missing"})
	case r.FromSequence != nil && *r.ToSequence < *r.FromSequence:
		problems = append(problems, FieldError{"toSequence", FieldOutOfRange, "must not be less than fromSequence"})
	}
	switch {
	case r.Since == nil && r.Until != nil:
		problems = append(problems, FieldError{"until", FieldConflict, "belongs to since, which is missing"})
	case r.Since != nil && r.Until != nil && !r.Until.After(*r.Since):
		problems = append(problems, FieldError{"until", FieldOutOfRange, "must be later than since"})
	}
	return problems
}

// Wants gives those of a webhook's events that the replay sends, in the webhook's order.
func (r ReplayRequest) Wants(events []EventType) []EventType {
	if r.Types == nil {
		return events
	}
	var both []EventType
	for _, t := range events {
		if slices.Contains(r.Types, t) {
			both = append(both, t)
		}
	}
	return both
}
