package board

import (
	"fmt"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // a time zone must mean the same on every machine
	"unicode/utf8"
)

// InterviewStatus is the state of an interview:
//
//	Scheduled ► Completed, Cancelled, NoShow
//	Cancelled ► Scheduled
//	NoShow    ► Scheduled, Completed
type InterviewStatus string

// The states, as stored and as published.
const (
	InterviewScheduled InterviewStatus = "Scheduled"
	InterviewCompleted InterviewStatus = "Completed" // for good
	InterviewCancelled InterviewStatus = "Cancelled"
	InterviewNoShow    InterviewStatus = "NoShow" // a participant did not come
)

// AllInterviewStatuses lists every InterviewStatus.
func AllInterviewStatuses() []InterviewStatus {
	return []InterviewStatus{InterviewScheduled, InterviewCompleted, InterviewCancelled, InterviewNoShow}
}

// Valid reports whether s is one of AllInterviewStatuses.
func (s InterviewStatus) Valid() bool { return slices.Contains(AllInterviewStatuses(), s) }

// follows lists the states that may follow s.
func (s InterviewStatus) follows() []InterviewStatus {
	switch s {
	case InterviewScheduled:
		return []InterviewStatus{InterviewCompleted, InterviewCancelled, InterviewNoShow}
	case InterviewNoShow:
		return []InterviewStatus{InterviewScheduled, InterviewCompleted}
	case InterviewCancelled:
		return []InterviewStatus{InterviewScheduled}
	case InterviewCompleted:
	}
	return nil
}

// The bounds of an interview. They are published.
const (
	MinInterviewMinutes     = 5
	MaxInterviewMinutes     = 8 * 60
	DefaultInterviewMinutes = 60
	DefaultTimeZone         = "UTC"
	MaxTimeZone             = 64
	MaxInterviewPlace       = 500
	MaxInterviewers         = 20
	MaxInterviewNotes       = 5_000
	MaxInterviewAhead       = 2 * 365 * 24 * time.Hour
)

// Interviewer is a person whom the candidate meets.
type Interviewer struct {
	Name  string `json:"name"`
	Email string `json:"email"`
}

// Interview is an appointment with a candidate about a job. Texts may be empty.
type Interview struct {
	ID              int64
	Version         int64
	CandidateID     int64
	JobID           int64
	Status          InterviewStatus
	StartsAt        time.Time
	DurationMinutes int
	// TimeZone is the zone of the times in emails, by its name in the IANA database.
	TimeZone   string
	Location   string
	MeetingURL string
	// Notes are for the employer; invitations do not contain them.
	Notes        string
	Interviewers []Interviewer
	// Sequence counts the changes that were sent to calendars (RFC 5545, section 3.8.7.4).
	Sequence int
	// CalendarUID and Organizer, an email address, are in every calendar entry of the interview and never change.
	CalendarUID string
	Organizer   string
	// CompletedAt is set when the interview is Completed.
	CompletedAt *time.Time
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// NewInterview is an interview to be scheduled. DurationMinutes 0 and an empty TimeZone stand for the defaults.
type NewInterview struct {
	CandidateID     int64
	JobID           int64
	StartsAt        time.Time
	DurationMinutes int
	TimeZone        string
	Location        string
	MeetingURL      string
	Notes           string
	Interviewers    []Interviewer
}

// Interview checks n and returns the interview. Error: invalid_request naming every bad field.
func (n NewInterview) Interview(now time.Time) (Interview, error) {
	var problems []FieldError
	if n.CandidateID <= 0 {
		problems = append(problems, FieldError{"candidateId", FieldRequired, "is needed"})
	}
	if n.JobID <= 0 {
		problems = append(problems, FieldError{"jobId", FieldRequired, "is needed"})
	}
	p := InterviewPatch{
		Location: Set(n.Location), MeetingURL: Set(n.MeetingURL), Notes: Set(n.Notes), Interviewers: Set(n.Interviewers),
		DurationMinutes: Clear[int](), TimeZone: Clear[string](), StartsAt: Clear[time.Time](),
	}
	if !n.StartsAt.IsZero() {
		p.StartsAt = Set(n.StartsAt)
	}
	if n.DurationMinutes != 0 {
		p.DurationMinutes = Set(n.DurationMinutes)
	}
	if n.TimeZone != "" {
		p.TimeZone = Set(n.TimeZone)
	}
	p, bad := p.normalize(now)
	if problems = append(problems, bad...); len(problems) > 0 {
		return Interview{}, Invalid(problems...)
	}
	i := Interview{
		Version: 1, CandidateID: n.CandidateID, JobID: n.JobID, Status: InterviewScheduled, Interviewers: []Interviewer{},
		CreatedAt: Moment(now), UpdatedAt: Moment(now),
	}
	p.applyTo(&i)
	return i, nil
}

// InterviewPatch is a change of any subset of an interview's mutable fields. A duration and a time zone that are cleared get
// their defaults, texts and lists become empty. StartsAt and Status cannot be cleared.
type InterviewPatch struct {
	Status          Change[InterviewStatus]
	StartsAt        Change[time.Time]
	DurationMinutes Change[int]
	TimeZone        Change[string]
	Location        Change[string]
	MeetingURL      Change[string]
	Notes           Change[string]
	Interviewers    Change[[]Interviewer]
}

// Check returns every problem that the patch has for any interview.
func (p InterviewPatch) Check(now time.Time) []FieldError {
	_, problems := p.normalize(now)
	return problems
}

// normalize returns p with each value that is set as it is stored, and every problem.
func (p InterviewPatch) normalize(now time.Time) (InterviewPatch, []FieldError) {
	var all []FieldError
	if p.Status.Set && (p.Status.Value == nil || !p.Status.Value.Valid()) {
		all = append(all, NotAllowed("status", AllInterviewStatuses()))
	}
	switch c := p.StartsAt; {
	case c.Set && c.Value == nil:
		all = append(all, FieldError{"startsAt", FieldRequired, "is needed"})
	case c.Set && (!c.Value.After(now) || c.Value.After(now.Add(MaxInterviewAhead))):
		all = append(all, startOutOfRange(now))
	case c.Set:
		p.StartsAt = Set(Moment(*c.Value))
	}
	switch c := p.DurationMinutes; {
	case c.Set && c.Value == nil:
		p.DurationMinutes = Set(DefaultInterviewMinutes)
	case c.Set && (*c.Value < MinInterviewMinutes || *c.Value > MaxInterviewMinutes):
		all = append(all, FieldError{"durationMinutes", FieldOutOfRange, fmt.Sprintf("must be between %d and %d", MinInterviewMinutes, MaxInterviewMinutes)})
	}
	if p.TimeZone.Set && p.TimeZone.Value == nil {
		p.TimeZone = Set(DefaultTimeZone)
	}
	textField(&all, "timeZone", &p.TimeZone, checkTimeZone)
	for _, f := range []struct {
		name  string
		value *Change[string]
		check func(field, s string) (string, FieldError, bool)
	}{
		{"location", &p.Location, func(f, s string) (string, FieldError, bool) { return CheckText(f, s, TextRule{Max: MaxInterviewPlace}) }},
		{"meetingUrl", &p.MeetingURL, func(f, s string) (string, FieldError, bool) { return CheckURL(f, s, "https") }},
		{"notes", &p.Notes, func(f, s string) (string, FieldError, bool) { return checkLines(f, s, MaxInterviewNotes) }},
	} {
		if f.value.Set && (f.value.Value == nil || strings.TrimSpace(*f.value.Value) == "") {
			*f.value = Set("")
			continue
		}
		textField(&all, f.name, f.value, f.check)
	}
	if p.Interviewers.Set {
		people, problems := checkInterviewers(p.Interviewers.Value)
		p.Interviewers, all = Set(people), append(all, problems...)
	}
	return p, all
}

func startOutOfRange(now time.Time) FieldError {
	return FieldError{"startsAt", FieldOutOfRange, "must be after now and no later than " + now.Add(MaxInterviewAhead).UTC().Format(time.RFC3339)}
}

func checkTimeZone(field, s string) (string, FieldError, bool) {
	// "Local" would be the zone of the machine.
	if _, err := time.LoadLocation(s); err != nil || s == "" || s == "Local" || len(s) > MaxTimeZone {
		return "", FieldError{field, FieldInvalidFormat, "must be the name of a time zone such as Europe/London or UTC"}, true
	}
	return s, FieldError{}, false
}

// checkLines checks a text of several lines.
func checkLines(field, s string, longest int) (string, FieldError, bool) {
	s = CleanText(s)
	if n := utf8.RuneCountInString(s); n > longest {
		return "", TooLong(field, n, longest), true
	}
	return s, FieldError{}, false
}

func checkInterviewers(given *[]Interviewer) ([]Interviewer, []FieldError) {
	people := []Interviewer{}
	if given == nil {
		return people, nil
	}
	if n := len(*given); n > MaxInterviewers {
		return people, []FieldError{{"interviewers", FieldTooLong, fmt.Sprintf("must have at most %d interviewers, but has %d", MaxInterviewers, n)}}
	}
	var problems []FieldError
	seen := map[string]bool{}
	for i, who := range *given {
		at := fmt.Sprintf("interviewers[%d].", i)
		name, problem, bad := CheckText(at+"name", who.Name, TextRule{Min: 1, Max: MaxPersonName})
		if bad {
			problems = append(problems, problem)
		}
		email, problem, bad := CheckEmail(at+"email", who.Email)
		if bad {
			problems = append(problems, problem)
		} else if seen[strings.ToLower(email)] {
			problems = append(problems, FieldError{at + "email", FieldDuplicate, email + " stands in the list already"})
		}
		seen[strings.ToLower(email)] = true
		people = append(people, Interviewer{name, email})
	}
	return people, problems
}
