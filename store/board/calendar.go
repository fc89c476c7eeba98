package board

import (
	"net/url"
	"strings"
	"time"

	ics "github.com/arran4/golang-ical"
)

// CalendarMethod says what a calendar does with an entry that it receives (RFC 5546, section 1.4).
type CalendarMethod string

// The methods, as stored.
const (
	CalendarRequest CalendarMethod = "REQUEST" // it adds the entry, or changes the one that it has
	CalendarCancel  CalendarMethod = "CANCEL"
)

// Calendar is a calendar entry that is attached to an email (RFC 5545).
type Calendar struct {
	Method CalendarMethod
	Text   string
}

// calendarEntry is an appointment with its attendees.
type calendarEntry struct {
	method      CalendarMethod
	uid         string
	sequence    int
	startsAt    time.Time
	duration    time.Duration
	summary     string
	description string
	location    string
	url         string
	organizer   Interviewer
	attendees   []Interviewer
	createdAt   time.Time
	now         time.Time
}

func (e calendarEntry) calendar() Calendar {
	c := ics.NewCalendarFor("")
	c.SetProductId("-//ITManagerJobs//Interviews//EN")
	c.SetCalscale("GREGORIAN")
	c.SetMethod(ics.Method(e.method))
	v := c.AddEvent(e.uid)
	v.SetDtStampTime(e.now)
	v.SetCreatedTime(e.createdAt)
	v.SetModifiedAt(e.now)
	v.SetSequence(e.sequence)
	v.SetStartAt(e.startsAt)
	v.SetEndAt(e.startsAt.Add(e.duration))
	v.SetSummary(e.summary)
	v.SetDescription(e.description)
	if e.location != "" {
		v.SetLocation(e.location)
	}
	if e.url != "" {
		v.SetURL(e.url)
	}
	v.SetStatus(ics.ObjectStatusConfirmed)
	if e.method == CalendarCancel {
		v.SetStatus(ics.ObjectStatusCancelled)
	}
	v.SetOrganizer(mailto(e.organizer.Email), ics.WithCN(calendarName(e.organizer.Name)))
	for _, who := range e.attendees {
		v.AddAttendee(mailto(who.Email), ics.WithCN(calendarName(who.Name)),
			ics.CalendarUserTypeIndividual, ics.ParticipationRoleReqParticipant, ics.ParticipationStatusNeedsAction,
			&ics.KeyValues{Key: string(ics.ParameterRsvp), Value: []string{"TRUE"}})
	}
	return Calendar{e.method, c.Serialize(ics.WithNewLine("\r\n"))}
}

func mailto(address string) string {
	local, domain, _ := strings.Cut(address, "@")
	return "mailto:" + url.PathEscape(local) + "@" + domain
}

// calendarName removes the characters that a parameter value of a calendar cannot contain (RFC 5545, section 3.2), and those
// that programs read differently.
func calendarName(s string) string {
	return strings.TrimSpace(strings.Map(func(c rune) rune {
		switch c {
		case '"', '\\', '^':
			return -1
		case ',', ';', ':':
			return ' '
		case '\'':
			return '’'
		}
		return c
	}, s))
}
