package board

import (
	"slices"
	"strings"
	"time"
)

// InterviewChange says what a patch has made of an interview, for those who must be told.
type InterviewChange struct {
	// Changed tells that a value became different.
	Changed bool
	// Invite tells that everybody gets the calendar entry anew, Cancel that everybody's is cancelled, and Removed names
	// those whose entry is cancelled because they take no part any more. Added are those who were not invited before.
	Invite, Cancel bool
	Removed, Added []Interviewer
	// Scheduled tells that a date was set, the same one or another; Completed that the interview has become that.
	Scheduled, Completed bool
}

// applyTo writes p, which must be normalized, into i, all but the status. It tells whether a value became different, and
// whether it is one that stands in calendars.
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

// Apply changes what the patch names. What calendars show of an interview changes only while it is Scheduled, or to
// schedule it again.
// Errors: invalid_request naming every bad field; invalid_state.
func (i *Interview) Apply(p InterviewPatch, now time.Time) (InterviewChange, error) {
	if c := p.StartsAt; c.Set && c.Value != nil && c.Value.Equal(i.StartsAt) {
		p.StartsAt = Change[time.Time]{} // no change, and so it may be over by now
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
	return Errorf(CodeInvalidState, "An interview that is %s cannot become %s. It can become: %s.", i.Status, next, names(i.Status.follows()))
}
