package board

import (
	"slices"
	"strings"
	"time"
)

// InterviewChange is the effect of a patch on an interview: who has to be told what.
type InterviewChange struct {
	// Changed reports whether a value has become different.
	Changed bool
	// Invite sends the calendar entry to everybody, Cancel cancels it for everybody. Removed are those whose entry is cancelled
	// because they no longer take part. Added are those who were not invited before.
	Invite, Cancel bool
	Removed, Added []Interviewer
	// Scheduled reports whether a date was set, also the same one again; Completed whether the interview became Completed.
	Scheduled, Completed bool
}

// applyTo writes p, which must be normalized, into i, all but the status. It reports whether a value has become different,
// and whether calendars show that value.
func (p InterviewPatch) applyTo(i *Interview) (changed, calendar bool) {
	for _, c := range []bool{
		replace(&i.StartsAt, p.StartsAt, time.Time.Equal),
		replace(&i.DurationMinutes, p.DurationMinutes, same[int]),
		replace(&i.TimeZone, p.TimeZone, same[string]),
		replace(&i.Location, p.Location, same[string]),
		replace(&i.MeetingURL, p.MeetingURL, same[string]),
		replace(&i.Interviewers, p.Interviewers, slices.Equal[[]Interviewer]),
	} {
		calendar = calendar || c
	}
	return replace(&i.Notes, p.Notes, same[string]) || calendar, calendar
}

func replace[T any](dst *T, c Change[T], equal func(a, b T) bool) bool {
	if !c.Set || equal(*dst, *c.Value) {
		return false
	}
	*dst = *c.Value
	return true
}

func same[T comparable](a, b T) bool { return a == b }

// Apply changes what the patch names. A value that calendars show can change only while the interview is Scheduled, or by a
// patch that schedules it again.
// Errors: invalid_request naming every bad field; invalid_state.
func (i *Interview) Apply(p InterviewPatch, now time.Time) (InterviewChange, error) {
	if c := p.StartsAt; c.Set && c.Value != nil && c.Value.Equal(i.StartsAt) {
		p.StartsAt = Change[time.Time]{} // not a change, so it may be in the past
	}
	p, problems := p.normalize(now)
	if len(problems) > 0 {
		return InterviewChange{}, Invalid(problems...)
	}
	before, next := *i, i.Status
	if p.Status.Set {
		next = *p.Status.Value
	}
	if next != i.Status && !slices.Contains(i.Status.follows(), next) {
		return InterviewChange{}, i.cannotBecome(next)
	}
	if next == InterviewCompleted && i.Status != next && i.StartsAt.After(now) {
		return InterviewChange{}, Errorf(CodeInvalidState, "The interview begins at %s. It cannot be Completed before that.", i.StartsAt.UTC().Format(time.RFC3339))
	}
	after := *i
	after.Status = next
	changed, calendar := p.applyTo(&after)
	if calendar && next != InterviewScheduled {
		return InterviewChange{}, Errorf(CodeInvalidState, "Of an interview that is %s nothing but its notes can be changed.", next)
	}
	c := InterviewChange{
		Changed:   changed || next != before.Status,
		Invite:    next == InterviewScheduled && (calendar || before.Status != InterviewScheduled),
		Cancel:    next == InterviewCancelled && before.Status == InterviewScheduled,
		Scheduled: next == InterviewScheduled && (before.Status != InterviewScheduled || !after.StartsAt.Equal(before.StartsAt)),
		Completed: next == InterviewCompleted && before.Status != InterviewCompleted,
	}
	if !c.Changed {
		return c, nil
	}
	if next == InterviewScheduled && before.Status != InterviewScheduled && !after.StartsAt.After(now) {
		return InterviewChange{}, Invalid(startOutOfRange(now))
	}
	if c.Invite && before.Status == InterviewScheduled {
		for _, who := range before.Interviewers {
			if !after.invites(who.Email) {
				c.Removed = append(c.Removed, who)
			}
		}
	}
	if c.Invite {
		for _, who := range after.Interviewers {
			if !before.invites(who.Email) {
				c.Added = append(c.Added, who)
			}
		}
	}
	if c.Invite || c.Cancel {
		after.Sequence++
	}
	after.Version++
	if now = Moment(now); now.After(after.UpdatedAt) {
		after.UpdatedAt = now
	}
	if c.Completed {
		after.CompletedAt = &now
	}
	*i = after
	return c, nil
}

func (i *Interview) invites(email string) bool {
	return slices.ContainsFunc(i.Interviewers, func(who Interviewer) bool { return strings.EqualFold(who.Email, email) })
}

func (i *Interview) cannotBecome(next InterviewStatus) *Error {
	if len(i.Status.follows()) == 0 {
		return Errorf(CodeInvalidState, "An interview that is %s stays so, and cannot become %s.", i.Status, next)
	}
	return Errorf(CodeInvalidState, "An interview that is %s cannot become %s. It can become: %s.", i.Status, next, Names(i.Status.follows()))
}
