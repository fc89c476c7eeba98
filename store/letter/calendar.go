package letter

import (
	"fmt"
	"strings"
	"time"

	ics "github.com/arran4/golang-ical"

	"itmanagerjobs/store/board"
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
	goesOn      bool // it is cancelled for its attendees alone
	uid         string
	sequence    int
	startsAt    time.Time
	duration    time.Duration
	summary     string
	description string
	location    string
	url         string
	organizer   board.Interviewer
	attendees   []board.Interviewer
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
	v.SetSummary(calendarText(e.summary))
	v.SetDescription(calendarText(e.description))
	if e.location != "" {
		v.SetLocation(calendarText(e.location))
	}
	if e.url != "" {
		v.SetURL(e.url)
	}
	switch {
	case e.method == CalendarRequest:
		v.SetStatus(ics.ObjectStatusConfirmed)
	case !e.goesOn: // RFC 5546, section 3.2.5: an interview that goes on without somebody has not this status
		v.SetStatus(ics.ObjectStatusCancelled)
	}
	v.SetOrganizer(mailto(e.organizer.Email), ics.WithCN(calendarName(e.organizer.Name)))
	for _, who := range e.attendees {
		v.AddAttendee(mailto(who.Email), ics.WithCN(calendarName(who.Name)),
			ics.CalendarUserTypeIndividual, ics.ParticipationRoleReqParticipant, ics.ParticipationStatusNeedsAction,
			&ics.KeyValues{Key: string(ics.ParameterRsvp), Value: []string{"TRUE"}})
	}
	return Calendar{e.method, plainNames.Replace(c.Serialize(ics.WithNewLine("\r\n")))}
}

// calendarText is a text without what would break its line, or that no calendar shows (RFC 5545, section 3.3.11).
func calendarText(s string) string {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n").Replace(s)
	return strings.Map(func(c rune) rune {
		if c < ' ' && c != '\n' && c != '\t' || c == 0x7F {
			return -1
		}
		return c
	}, s)
}

// mailto escapes no more of an address than must be (RFC 6068, section 2): calendars take an escaped apostrophe for a part of it.
func mailto(address string) string {
	var b strings.Builder
	b.WriteString("mailto:")
	for _, c := range []byte(address) {
		if c <= ' ' || c >= 0x7F || strings.IndexByte("%/?#[]&;=^`{|}\"<>\\", c) >= 0 {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// The library escapes some characters in parameters with a backslash, which RFC 5545 does not know. They go past it as characters
// that no name has.
var (
	nameSigns  = strings.NewReplacer(",", "\uE001", ";", "\uE002", ":", "\uE003", "'", "\uE004")
	plainNames = strings.NewReplacer("\uE000", `"`, "\uE001", ",", "\uE002", ";", "\uE003", ":", "\uE004", "'")
)

// calendarName is a name as the value of a parameter: in quotation marks where it has signs that would end it (RFC 5545, section
// 3.2), without the characters that no value can contain.
func calendarName(s string) string {
	s = strings.TrimSpace(strings.Map(func(c rune) rune {
		if c < ' ' || strings.ContainsRune("\"\\^\x7F", c) || c >= 0xE000 && c <= 0xE004 {
			return -1
		}
		return c
	}, s))
	if strings.ContainsAny(s, ",;:") {
		return "\uE000" + nameSigns.Replace(s) + "\uE000"
	}
	return nameSigns.Replace(s)
}
