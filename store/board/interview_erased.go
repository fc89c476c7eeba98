package board

import (
	"fmt"
	"strings"
	"time"
)

// CancelledOfErased tells the interviewers that an interview to come is off whose candidate was erased: it leaves their
// calendars, with what stands there of the candidate. The emails name nobody, for the erasure leaves them be. They come
// before the interview is emptied; none is of an interview that is over, or goes to the candidate.
func (v Invitation) CancelledOfErased(now time.Time) []Mail {
	if v.Status != InterviewScheduled || !v.StartsAt.Add(v.duration()).After(now) {
		return nil
	}
	what := fmt.Sprintf("for the job %q at %s", v.JobTitle, v.Employer)
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
			attendees: []Interviewer{{Name: who.Email, Email: who.Email}}, createdAt: v.CreatedAt, now: now,
			organizer: Interviewer{Name: v.Employer, Email: v.Organizer},
		}
		m := mailOf(who.Email, v.Organizer, "Cancelled: interview: "+v.JobTitle, "", []string{
			"Hello,", "the interview " + what + " was cancelled, for what was known of the candidate was erased.", "When: " + v.when(),
		})
		m.Calendar = e.calendar()
		mails = append(mails, m)
	}
	return mails
}
