package letter

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"itmanagerjobs/store/board"
)

// Invitation is an interview with what else its emails say.
type Invitation struct {
	board.Interview

	// Candidate is whom the interviewers meet.
	Candidate board.Interviewer
	JobTitle  string
	Employer  string
}

// Mails returns the emails about a change to the candidate and the interviewers. A person who is both gets one.
func (v Invitation) Mails(c board.InterviewChange, now time.Time) []Mail {
	var mails []Mail
	told := map[string]bool{}
	tell := func(who board.Interviewer, e calendarEntry) {
		if key := strings.ToLower(who.Email); !told[key] {
			told[key] = true
			added := slices.Contains(c.Added, who) && key != strings.ToLower(v.Candidate.Email)
			mails = append(mails, v.mail(who, e, v.Sequence == 0 || added))
		}
	}
	if c.Invite || c.Cancel {
		entry := v.entry(CalendarRequest, append([]board.Interviewer{v.Candidate}, v.Interviewers...), now)
		if c.Cancel {
			entry.method = CalendarCancel
		}
		for _, who := range entry.attendees {
			tell(who, entry)
		}
	}
	for _, who := range c.Removed {
		entry := v.entry(CalendarCancel, []board.Interviewer{who}, now)
		entry.goesOn = v.Status != board.InterviewCancelled
		tell(who, entry)
	}
	return mails
}

func (v Invitation) entry(method CalendarMethod, attendees []board.Interviewer, now time.Time) calendarEntry {
	e := calendarEntry{
		method: method, uid: v.CalendarUID, sequence: v.Sequence, startsAt: v.StartsAt, duration: v.duration(),
		summary:     fmt.Sprintf("Interview: %s, %s", v.JobTitle, v.Employer),
		description: fmt.Sprintf("Interview of %s for the job “%s” at %s.", v.Candidate.Name, v.JobTitle, v.Employer),
		location:    v.Location, url: v.MeetingURL, attendees: attendees, createdAt: v.CreatedAt, now: now,
		organizer: board.Interviewer{Name: v.Employer, Email: v.Organizer},
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

// mail is the email with a calendar entry to one of the participants. Replies go to the employer.
func (v Invitation) mail(to board.Interviewer, e calendarEntry, first bool) Mail {
	subject, what := "Interview: ", "interview"
	if !strings.EqualFold(to.Email, v.Candidate.Email) {
		what = "interview with " + v.Candidate.Name
	}
	what += fmt.Sprintf(" for the job “%s” at %s", v.JobTitle, v.Employer)
	opening := fmt.Sprintf("You are invited to an %s.", what)
	switch {
	case e.method == CalendarCancel:
		subject = "Cancelled: interview: "
		opening = fmt.Sprintf("You no longer need to come to the %s.", what)
		if v.Status == board.InterviewCancelled {
			opening = fmt.Sprintf("The %s was cancelled.", what)
		}
	case !first:
		subject = "Changed: interview: "
		opening = fmt.Sprintf("The %s has changed. This is how it is planned now.", what)
	}
	paragraphs := []string{greeting(to.Name), opening, "When: " + v.when()}
	link := ""
	if e.method == CalendarRequest {
		if v.Location != "" {
			paragraphs = append(paragraphs, "Where: "+v.Location)
		}
		if v.MeetingURL != "" {
			link = v.MeetingURL
			online := "The meeting is held online:"
			if v.Location != "" {
				online = "You can also join online:"
			}
			paragraphs = append(paragraphs, online, link)
		}
		if names := v.names(); names != "" {
			paragraphs = append(paragraphs, "Interviewers: "+names)
		}
		paragraphs = append(paragraphs, "The date is attached for your calendar. Your answer to this email goes to the employer.")
	}
	m := mailWith(to.Email, v.Organizer, subject+v.JobTitle, whyInterview, button{"Join the meeting", link}, paragraphs)
	m.Calendar = e.calendar()
	return m
}

// when is the begin of the interview in its time zone, for people.
func (v Invitation) when() string {
	zone, err := time.LoadLocation(v.TimeZone)
	if err != nil {
		zone = time.UTC // the zone was removed from the IANA database
	}
	begins := v.StartsAt.In(zone)
	ends, clock := begins.Add(v.duration()), "15:04"
	if ends.YearDay() != begins.YearDay() {
		clock = "15:04 on Monday, 2 January"
	}
	return fmt.Sprintf("%s to %s, %s", begins.Format("Monday, 2 January 2006, 15:04"), ends.Format(clock), zoneName(begins))
}

// zoneName is "London time (BST)", or "Dubai time (UTC+04)" where the IANA database has no letters for it.
func zoneName(t time.Time) string {
	name := t.Location().String()
	_, city, ok := strings.Cut(name, "/")
	if !ok {
		return name
	}
	if i := strings.LastIndexByte(city, '/'); i >= 0 {
		city = city[i+1:]
	}
	short, _ := t.Zone()
	if strings.ContainsAny(short, "+-") {
		short = "UTC" + short
	}
	return strings.ReplaceAll(city, "_", " ") + " time (" + short + ")"
}

const whyInterview = "You get this email because you take part in this interview, or did so."

func (v Invitation) names() string {
	list := make([]string, len(v.Interviewers))
	for i, who := range v.Interviewers {
		list[i] = who.Name
	}
	return strings.Join(list, ", ")
}

// CancelledOfErased returns the emails that cancel a future interview whose candidate is about to be erased: its entry, with
// the data of the candidate, leaves the calendars of the interviewers. The emails do not name the candidate, because the
// erasure does not delete them. There are none for an interview that is over, and none to the candidate. Call it before the
// data of the interview is erased.
func (v Invitation) CancelledOfErased(now time.Time) []Mail {
	if v.Status != board.InterviewScheduled || !v.StartsAt.Add(v.duration()).After(now) {
		return nil
	}
	what := fmt.Sprintf("for the job “%s” at %s", v.JobTitle, v.Employer)
	var mails []Mail
	told := map[string]bool{strings.ToLower(v.Candidate.Email): true}
	for _, who := range v.Interviewers {
		key := strings.ToLower(who.Email)
		if told[key] {
			continue
		}
		told[key] = true
		e := calendarEntry{
			method: CalendarCancel, uid: v.CalendarUID, sequence: v.Sequence + 1, startsAt: v.StartsAt, duration: v.duration(),
			summary: fmt.Sprintf("Interview: %s, %s", v.JobTitle, v.Employer), description: "The interview " + what + " was cancelled.",
			attendees: []board.Interviewer{{Name: who.Email, Email: who.Email}}, createdAt: v.CreatedAt, now: now,
			organizer: board.Interviewer{Name: v.Employer, Email: v.Organizer},
		}
		m := mailOf(who.Email, v.Organizer, "Cancelled: interview: "+v.JobTitle, whyInterview, []string{
			"Hello,", "The interview " + what + " was cancelled, because the data of the candidate was erased.", "When: " + v.when(),
		})
		m.Calendar = e.calendar()
		mails = append(mails, m)
	}
	return mails
}
