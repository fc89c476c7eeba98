package delivery

import (
	"fmt"
	"slices"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/event"
)

// ReplayStatus is the state of a replay.
type ReplayStatus string

// The states of a replay.
const (
	ReplayRunning   ReplayStatus = "Running"   // it has events left to queue
	ReplayCompleted ReplayStatus = "Completed" // it has queued all of them
	ReplayCancelled ReplayStatus = "Cancelled" // its owner has ended it; what was queued before is still delivered
)

// Bounds of a replay.
const (
	// maxReplayEvents is how many events a replay can select by their ids.
	maxReplayEvents = 1000
	// defaultReplayRate and maxReplayRate are in deliveries per second, over all webhooks of the replay.
	defaultReplayRate = 50
	maxReplayRate     = 1000
	// MaxRunningReplays is how many replays of an employer may be Running in one mode.
	MaxRunningReplays = 5
)

// ReplayRequest says which events are sent again, and to which webhooks. Exactly one of EventIDs, FromSequence and Since is
// set.
type ReplayRequest struct {
	// SubscriptionID is nil for every Active webhook that is subscribed to the event. If WithoutPeople is set, webhooks whose
	// deliveries contain data about people are left out.
	SubscriptionID *int64
	WithoutPeople  bool
	EventIDs       []int64
	// FromSequence and ToSequence belong together; the range includes both.
	FromSequence, ToSequence *int64
	// Since and Until bound when the events happened: not before Since, and before Until. Until nil is now.
	Since, Until *time.Time
	// Types is nil for all types.
	Types []event.Type
	// PerSecond is in deliveries per second; 0 stands for defaultReplayRate.
	PerSecond int
}

// Normalize checks the request and sets the defaults. Error: invalid_request naming every bad field.
func (r ReplayRequest) Normalize() (ReplayRequest, error) {
	problems := r.selection()
	problems = append(problems, r.bounds()...)
	if r.Types != nil {
		problems = append(problems, checkEventTypes("types", &r.Types)...)
	}
	switch {
	case r.PerSecond == 0:
		r.PerSecond = defaultReplayRate
	case r.PerSecond < 1 || r.PerSecond > maxReplayRate:
		problems = append(problems, board.FieldError{Field: "perSecond", Code: board.FieldOutOfRange, Message: fmt.Sprintf("must be from 1 to %d", maxReplayRate)})
	}
	return r, board.InvalidOrNil(problems)
}

// selection checks that events are selected in exactly one way.
func (r ReplayRequest) selection() []board.FieldError {
	var problems []board.FieldError
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
			problems = append(problems, board.FieldError{Field: way.field, Code: board.FieldConflict, Message: "can't be used together with " + chosen + ": send one of them"})
		}
	}
	if chosen == "" {
		problems = append(problems, board.FieldError{Field: "eventIds", Code: board.FieldRequired, Message: "is needed, or fromSequence and toSequence, or since: choose the events in one of these ways"})
	}
	return problems
}

// bounds checks the values of the selection.
func (r ReplayRequest) bounds() []board.FieldError {
	var problems []board.FieldError
	if r.EventIDs != nil && (len(r.EventIDs) == 0 || len(r.EventIDs) > maxReplayEvents) {
		problems = append(problems, board.FieldError{Field: "eventIds", Code: board.FieldOutOfRange, Message: fmt.Sprintf("must name 1 to %d events", maxReplayEvents)})
	}
	seen := make(map[int64]bool, len(r.EventIDs))
	for i, id := range r.EventIDs {
		if seen[id] {
			problems = append(problems, board.FieldError{Field: fmt.Sprintf("eventIds[%d]", i), Code: board.FieldDuplicate, Message: fmt.Sprintf("%d stands in the list already", id)})
		}
		seen[id] = true
	}
	switch {
	case r.FromSequence != nil && r.ToSequence == nil:
		problems = append(problems, board.FieldError{Field: "toSequence", Code: board.FieldRequired, Message: "is needed with fromSequence"})
	case r.FromSequence == nil && r.ToSequence != nil:
		problems = append(problems, board.FieldError{Field: "toSequence", Code: board.FieldConflict, Message: "belongs to fromSequence, which is missing"})
	case r.FromSequence != nil && *r.ToSequence < *r.FromSequence:
		problems = append(problems, board.FieldError{Field: "toSequence", Code: board.FieldOutOfRange, Message: "must not be less than fromSequence"})
	}
	switch {
	case r.Since == nil && r.Until != nil:
		problems = append(problems, board.FieldError{Field: "until", Code: board.FieldConflict, Message: "belongs to since, which is missing"})
	case r.Since != nil && r.Until != nil && !r.Until.After(*r.Since):
		problems = append(problems, board.FieldError{Field: "until", Code: board.FieldOutOfRange, Message: "must be later than since"})
	}
	return problems
}

// Wants returns the types of a webhook that the replay sends, in the webhook's order.
func (r ReplayRequest) Wants(events []event.Type) []event.Type {
	if r.Types == nil {
		return events
	}
	var both []event.Type
	for _, t := range events {
		if slices.Contains(r.Types, t) {
			both = append(both, t)
		}
	}
	return both
}
