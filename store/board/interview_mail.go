package board

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Invitation is an interview with what its emails say beside it.
type Invitation struct {
	Interview

	// Candidate is whom the interviewers meet.
	Candidate Interviewer
	JobTitle  string
	Employer  string
}

// Mails tells everybody whom the change concerns: the candidate and the interviewers. None is repeated for somebody who
// is both.
func (v Invitation) Mails(c InterviewChange, now time.Time) []Mail {
	var mails []Mail
	told := map[string]bool{}
	tell := func(who Interviewer, e calendarEntry) {
		if key := strings.ToLower(who.Email); !told[key] {
			told[key] = true
			added := slices.Contains(c.Added, who) && key != strings.ToLower(v.Candidate.Email)
			mails = append(mails, v.mail(who, e, v.Sequence == 0 || added))
		}
	}
	if c.Invite || c.Cancel {
		entry := v.entry(CalendarRequest, append([]Interviewer{v.Candidate}, v.Interviewers...), now)
		if c.Cancel {
			entry.method = CalendarCancel
		}
		for _, who := range entry.attendees {
			tell(who, entry)
		}
	}
	for _, who := range c.Removed {
		tell(who, v.entry(CalendarCancel, []Interviewer{who}, now))
	}
	return mails
}

func (v Invitation) entry(method CalendarMethod, attendees []Interviewer, now time.Time) calendarEntry {
	e := calendarEntry{
		method: method, uid: v.CalendarUID, sequence: v.Sequence, startsAt: v.StartsAt, duration: v.duration(),
		summary:     fmt.Sprintf("Interview: %s, %s", v.JobTitle, v.Employer),
		description: fmt.Sprintf("Interview of %s for the job %q at %s.", v.Candidate.Name, v.JobTitle, v.Employer),
		location:    v.Location, url: v.MeetingURL, attendees: attendees, createdAt: v.CreatedAt, now: now,
		organizer: Interviewer{Name: v.Employer, Email: v.Organizer},
	}
	if v.MeetingURL != "" {
		e.description += "\nMeeting: " + v.MeetingURL
		if e.location == "" {
			e.location = v.MeetingURL
		}
	}
	return e
}

func (v Invitation) duration() time.Duration { return time.Duration(v.DurationMinutes) * time.Minute }

// mail brings an entry to one of its people, for the first time or again; an answer goes to the employer.
func (v Invitation) mail(to Interviewer, e calendarEntry, first bool) Mail {
	subject, what := "Interview: ", "interview"
	if !strings.EqualFold(to.Email, v.Candidate.Email) {
		what = "interview with " + v.Candidate.Name
	}
	what += fmt.Sprintf(" for the job %q at %s", v.JobTitle, v.Employer)
	opening := fmt.Sprintf("you are invited to an %s.", what)
	switch {
	case e.method == CalendarCancel:
		subject = "Cancelled: interview: "
		opening = fmt.Sprintf("you need not come to the %s any more.", what)
		if v.Status == InterviewCancelled {
			opening = fmt.Sprintf("the %s was cancelled.", what)
		}
	case !first:
		subject = "Changed: interview: "
		opening = fmt.Sprintf("the %s has changed. This is how it is planned now.", what)
	}
	paragraphs := []string{fmt.Sprintf("Hello %s,", to.Name), opening, "When: " + v.when()}
	link := ""
	if e.method == CalendarRequest {
		if v.Location != "" {
			paragraphs = append(paragraphs, "Where: "+v.Location)
		}
		if v.MeetingURL != "" {
			link = v.MeetingURL
			paragraphs = append(paragraphs, "The meeting is held online:", link)
		}
		if names := v.names(); names != "" {
			paragraphs = append(paragraphs, "Interviewers: "+names)
		}
		paragraphs = append(paragraphs, "The date is attached for your calendar. An answer to this email goes to the employer.")
	}
	m := mailOf(to.Email, v.Organizer, subject+v.JobTitle, link, paragraphs)
	m.Calendar = e.calendar()
	return m
}

// when tells the time in the interview's time zone.
func (v Invitation) when() string {
	zone, err := time.LoadLocation(v.TimeZone)
	if err != nil {
		zone = time.UTC // a zone that has gone from the database since
	}
	begins := v.StartsAt.In(zone)
	return fmt.Sprintf("%s to %s (%s)", begins.Format("Monday, 2 January 2006, 15:04"), begins.Add(v.duration()).Format("15:04"), zone)
}

func (v Invitation) names() string {
	list := make([]string, len(v.Interviewers))
	for i, who := range v.Interviewers {
		list[i] = who.Name
	}
	return strings.Join(list, ", ")
}
