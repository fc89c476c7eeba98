package board

import (
	"fmt"
	"slices"
	"time"
)

// AICallStatus is the state of a call of a voice assistant: InProgress until it has ended. An ended call does not change its
// state again.
type AICallStatus string

// The states, as stored and as published.
const (
	AICallInProgress AICallStatus = "InProgress"
	AICallCompleted  AICallStatus = "Completed"
	AICallFailed     AICallStatus = "Failed" // nobody answered, or the connection broke
)

// AllAICallStatuses lists every AICallStatus.
func AllAICallStatuses() []AICallStatus {
	return []AICallStatus{AICallInProgress, AICallCompleted, AICallFailed}
}

// Valid reports whether s is one of AllAICallStatuses.
func (s AICallStatus) Valid() bool { return slices.Contains(AllAICallStatuses(), s) }

// The bounds of a call, in characters and seconds. They are published.
const (
	MaxCallPurpose    = 100
	MaxCallProvider   = 100
	MaxCallExternalID = 200
	MaxCallOutcome    = 200
	MaxCallSummary    = 10_000
	MaxCallTranscript = 100_000
	MaxCallSeconds    = 24 * 60 * 60
	// ClockSkew is how far the clock of a partner may be ahead of ours.
	ClockSkew = 5 * time.Minute
)

// AICall is a call of a voice assistant with a candidate. Texts may be empty.
type AICall struct {
	ID          int64
	Version     int64
	CandidateID int64
	// JobID is nil when the call is about no job.
	JobID   *int64
	Status  AICallStatus
	Purpose string
	// Provider is who makes the call, and ExternalID is the provider's identifier of the call.
	Provider   string
	ExternalID string
	Outcome    string
	Summary    string
	Transcript string
	StartedAt  time.Time
	// EndedAt and DurationSeconds are set when the call has ended.
	EndedAt         *time.Time
	DurationSeconds *int
	CreatedAt       time.Time
	UpdatedAt       time.Time
}

// NewAICall is a call to be recorded. StartedAt nil means now.
type NewAICall struct {
	CandidateID int64
	JobID       *int64
	Purpose     string
	Provider    string
	ExternalID  string
	StartedAt   *time.Time
}

// AICall checks n and returns the call. Error: invalid_request naming every bad field.
func (n NewAICall) AICall(now time.Time) (AICall, error) {
	c := AICall{Version: 1, CandidateID: n.CandidateID, JobID: copyOf(n.JobID), Status: AICallInProgress, StartedAt: Moment(now), CreatedAt: Moment(now), UpdatedAt: Moment(now)}
	var problems []FieldError
	if n.CandidateID <= 0 {
		problems = append(problems, FieldError{"candidateId", FieldRequired, "is needed"})
	}
	for _, f := range []struct {
		name, given string
		rule        TextRule
		dst         *string
	}{
		{"purpose", n.Purpose, TextRule{Min: 1, Max: MaxCallPurpose}, &c.Purpose},
		{"provider", n.Provider, TextRule{Max: MaxCallProvider}, &c.Provider},
		{"externalId", n.ExternalID, TextRule{Max: MaxCallExternalID, Printable: true}, &c.ExternalID},
	} {
		text, problem, bad := CheckText(f.name, f.given, f.rule)
		if bad {
			problems = append(problems, problem)
		}
		*f.dst = text
	}
	if n.StartedAt != nil {
		c.StartedAt = Moment(*n.StartedAt)
		if c.StartedAt.After(now.Add(ClockSkew)) || c.StartedAt.Before(now.Add(-MaxInterviewAhead)) {
			problems = append(problems, FieldError{"startedAt", FieldOutOfRange, "must not be in the future, nor more than two years ago"})
		}
	}
	return c, InvalidOrNil(problems)
}

// AICallPatch is a change of any subset of a call's mutable fields. A text that is cleared becomes empty.
type AICallPatch struct {
	Status          Change[AICallStatus] // cannot be cleared
	EndedAt         Change[time.Time]    // cleared: now, of a call that had not ended before
	DurationSeconds Change[int]          // cleared: from StartedAt to EndedAt
	Outcome         Change[string]
	Summary         Change[string]
	Transcript      Change[string]
}

// Check returns every problem that the patch has for any call.
func (p AICallPatch) Check() []FieldError {
	_, problems := p.normalize()
	return problems
}

func (p AICallPatch) normalize() (AICallPatch, []FieldError) {
	var all []FieldError
	if p.Status.Set && (p.Status.Value == nil || !p.Status.Value.Valid()) {
		all = append(all, NotAllowed("status", AllAICallStatuses()))
	}
	if c := p.DurationSeconds; c.Set && c.Value != nil && (*c.Value < 0 || *c.Value > MaxCallSeconds) {
		all = append(all, FieldError{"durationSeconds", FieldOutOfRange, fmt.Sprintf("must be between 0 and %d", MaxCallSeconds)})
	}
	for _, f := range []struct {
		name    string
		value   *Change[string]
		longest int
	}{{"outcome", &p.Outcome, MaxCallOutcome}, {"summary", &p.Summary, MaxCallSummary}, {"transcript", &p.Transcript, MaxCallTranscript}} {
		if f.value.Set && f.value.Value == nil {
			*f.value = Set("")
		}
		textField(&all, f.name, f.value, func(field, s string) (string, FieldError, bool) { return checkLines(field, s, f.longest) })
	}
	return p, all
}

// Apply changes what the patch names. A call ends once; its texts can be changed later. changed reports whether a value has
// become different, completed whether the call has become Completed.
// Errors: invalid_request naming every bad field; invalid_state when it ended before in another way.
func (c *AICall) Apply(p AICallPatch, now time.Time) (changed, completed bool, err error) {
	p, problems := p.normalize()
	next := c.Status
	if p.Status.Set && p.Status.Value != nil {
		next = *p.Status.Value
	}
	if len(problems) == 0 && next != c.Status && c.Status != AICallInProgress {
		return false, false, Errorf(CodeInvalidState, "A call that is %s stays so, and cannot become %s.", c.Status, next)
	}
	after := *c
	after.Status = next
	problems = append(problems, after.end(p, c.Status, now)...)
	if len(problems) > 0 {
		return false, false, Invalid(problems...)
	}
	for _, r := range []bool{
		next != c.Status,
		replace(&after.Outcome, p.Outcome, same[string]),
		replace(&after.Summary, p.Summary, same[string]),
		replace(&after.Transcript, p.Transcript, same[string]),
		!Same(after.DurationSeconds, c.DurationSeconds),
		after.EndedAt != nil && c.EndedAt != nil && !after.EndedAt.Equal(*c.EndedAt),
	} {
		changed = changed || r
	}
	if !changed {
		return false, false, nil
	}
	after.Version++
	if m := Moment(now); m.After(after.UpdatedAt) {
		after.UpdatedAt = m
	}
	completed = next == AICallCompleted && c.Status != AICallCompleted
	*c = after
	return true, completed, nil
}

// end sets when a call has ended and how long it took, and returns the problems with that. c has its new status.
func (c *AICall) end(p AICallPatch, previous AICallStatus, now time.Time) []FieldError {
	if c.Status == AICallInProgress {
		var problems []FieldError
		const why = "is of a call that has ended; set status to Completed or Failed with it"
		if p.EndedAt.Value != nil {
			problems = append(problems, FieldError{"endedAt", FieldConflict, why})
		}
		if p.DurationSeconds.Value != nil {
			problems = append(problems, FieldError{"durationSeconds", FieldConflict, why})
		}
		return problems
	}
	if previous == AICallInProgress || p.EndedAt.Value != nil {
		ended := Moment(now)
		if p.EndedAt.Value != nil {
			ended = Moment(*p.EndedAt.Value)
		}
		if p.EndedAt.Value == nil && ended.Before(c.StartedAt) {
			ended = c.StartedAt // the call began by a clock that is ahead of ours
		}
		if ended.Before(c.StartedAt) || ended.After(now.Add(ClockSkew)) {
			return []FieldError{{"endedAt", FieldOutOfRange, "must not be before startedAt, nor in the future"}}
		}
		c.EndedAt = &ended
	}
	switch {
	case p.DurationSeconds.Value != nil:
		c.DurationSeconds = copyOf(p.DurationSeconds.Value)
	case p.DurationSeconds.Set, c.DurationSeconds == nil:
		seconds := min(int(c.EndedAt.Sub(c.StartedAt)/time.Second), MaxCallSeconds)
		c.DurationSeconds = &seconds
	}
	return nil
}

// AICallKnown is the error for a call whose identifier of the provider was recorded before.
func AICallKnown(externalID string, callID int64) *Error {
	e := Errorf(CodeConflict, "The call \"%s\" is recorded already, as %d. Change that one.", externalID, callID)
	e.Fields = []FieldError{{"externalId", FieldConflict, fmt.Sprintf("belongs to call %d", callID)}}
	return e
}
