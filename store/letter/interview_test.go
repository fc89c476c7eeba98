package letter

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	ics "github.com/arran4/golang-ical"
	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store/board"
)

var interviewNow = time.Date(2026, 4, 2, 10, 30, 0, 0, time.UTC)

func scheduled(t *testing.T) board.Interview {
	t.Helper()
	i, err := board.NewInterview{
		CandidateID: 1, JobID: 2, StartsAt: interviewNow.Add(7 * 24 * time.Hour), TimeZone: "Europe/London", Location: "Room 1, ground floor; left",
		MeetingURL: "https://meet.example/abc?x=1,2", Notes: "Ask about the gap",
		Interviewers: []board.Interviewer{{Name: "Grace Hopper", Email: "grace@acme.example"}, {Name: `Miles "Tails" O'Brien, Dr.`, Email: "miles.o'brien+1@acme.example"}},
	}.Interview(interviewNow)
	if err != nil {
		t.Fatal(err)
	}
	i.ID, i.CalendarUID, i.Organizer = 314, "interview-314@jobs.example", "hr@acme.example"
	return i
}

// parsed reads a calendar back.
func parsed(t *testing.T, c Calendar) (*ics.Calendar, *ics.VEvent) {
	t.Helper()
	if strings.Contains(strings.ReplaceAll(c.Text, "\r\n", ""), "\n") {
		t.Errorf("a line does not end in CRLF:\n%q", c.Text)
	}
	for line := range strings.SplitSeq(c.Text, "\r\n") {
		if len(line) > 75 {
			t.Errorf("a line has %d bytes: %s", len(line), line)
		}
	}
	cal, err := ics.ParseCalendar(strings.NewReader(c.Text))
	if err != nil || len(cal.Events()) != 1 {
		t.Fatalf("%v:\n%s", err, c.Text)
	}
	return cal, cal.Events()[0]
}

func property(v *ics.VEvent, name ics.ComponentProperty) string {
	if p := v.GetProperty(name); p != nil {
		return p.Value
	}
	return ""
}

func TestAnInvitationCanBeReadByACalendar(t *testing.T) {
	t.Parallel()
	v := Invitation{Interview: scheduled(t), Candidate: board.Interviewer{Name: "Zoë Łukasz", Email: "zoe%x@example.com"}, JobTitle: "Platform Lead; EMEA, remote", Employer: "Acme\\Sons"}
	mails := v.Mails(board.InterviewChange{Invite: true}, interviewNow)
	to := []string{}
	for _, m := range mails {
		to = append(to, m.To)
	}
	if diff := cmp.Diff([]string{"zoe%x@example.com", "grace@acme.example", "miles.o'brien+1@acme.example"}, to); diff != "" {
		t.Fatalf("to (-want +got):\n%s", diff)
	}
	cal, event := parsed(t, mails[0].Calendar)
	method := slices.IndexFunc(cal.CalendarProperties, func(p ics.CalendarProperty) bool { return p.IANAToken == "METHOD" && p.Value == "REQUEST" })
	begins, beginErr := event.GetStartAt()
	ends, endErr := event.GetEndAt()
	stamp, stampErr := event.GetDtStampTime()
	if method < 0 || errors.Join(beginErr, endErr, stampErr) != nil || !begins.Equal(v.StartsAt) || !ends.Equal(v.StartsAt.Add(time.Hour)) || !stamp.Equal(interviewNow) {
		t.Errorf("method %d, %s to %s, stamp %s", method, begins, ends, stamp)
	}
	if !strings.Contains(mails[0].Calendar.Text, "DTSTART:20260409T103000Z\r\n") {
		t.Errorf("the beginning is not in UTC:\n%s", mails[0].Calendar.Text)
	}
	for name, want := range map[ics.ComponentProperty]string{
		ics.ComponentPropertyUniqueId: "interview-314@jobs.example", ics.ComponentPropertySequence: "0", ics.ComponentPropertyStatus: "CONFIRMED",
		ics.ComponentPropertySummary:   `Interview: Platform Lead; EMEA, remote, Acme\Sons`,
		ics.ComponentPropertyLocation:  "Room 1, ground floor; left",
		ics.ComponentPropertyOrganizer: "mailto:hr@acme.example", ics.ComponentPropertyUrl: "https://meet.example/abc?x=1,2",
	} {
		if got := property(event, name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	var people []string
	for _, a := range event.Attendees() {
		people = append(people, a.ICalParameters["CN"][0]+" "+a.Value+" "+a.ICalParameters["RSVP"][0])
	}
	want := []string{"Zoë Łukasz mailto:zoe%25x@example.com TRUE", "Grace Hopper mailto:grace@acme.example TRUE", "Miles Tails O'Brien, Dr. mailto:miles.o'brien+1@acme.example TRUE"}
	if diff := cmp.Diff(want, people); diff != "" {
		t.Errorf("attendees (-want +got):\n%s", diff)
	}
	for _, m := range mails {
		if !strings.Contains(m.Text, "Thursday, 9 April 2026, 11:30 to 12:30, London time (BST)") || m.ReplyTo != v.Organizer ||
			!strings.Contains(m.HTML, `href="https://meet.example/abc?x=1,2" `) || strings.Contains(m.Text+m.Calendar.Text, v.Notes) {
			t.Errorf("to %s, answers to %s:\n%s", m.To, m.ReplyTo, m.Text)
		}
	}
}

func TestACalendarIsToldOfChangesAndCancellations(t *testing.T) {
	t.Parallel()
	v := Invitation{Interview: scheduled(t), Candidate: board.Interviewer{Name: "Zoë", Email: "zoe@example.com"}, JobTitle: "Lead", Employer: "Acme"}
	change, err := v.Apply(board.InterviewPatch{Interviewers: board.Set([]board.Interviewer{{Name: "Zoë", Email: "zoe@example.com"}, {Name: "Ida", Email: "ida@acme.example"}})}, interviewNow)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, m := range v.Mails(change, interviewNow) {
		_, event := parsed(t, m.Calendar)
		got[m.To] = string(m.Calendar.Method) + " " + property(event, ics.ComponentPropertySequence) + " " + m.Subject
		if m.Calendar.Method == CalendarCancel && (property(event, ics.ComponentPropertyStatus) != "" || len(event.Attendees()) != 1 || event.Attendees()[0].Email() != m.To) {
			t.Errorf("the interview goes on without %s:\n%s", m.To, m.Calendar.Text)
		}
		if uid := property(event, ics.ComponentPropertyUniqueId); uid != v.CalendarUID {
			t.Errorf("to %s: UID %s", m.To, uid)
		}
	}
	want := map[string]string{
		"zoe@example.com": "REQUEST 1 Changed: interview: Lead", "ida@acme.example": "REQUEST 1 Interview: Lead",
		"grace@acme.example": "CANCEL 1 Cancelled: interview: Lead", "miles.o'brien+1@acme.example": "CANCEL 1 Cancelled: interview: Lead",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("after a change of people (-want +got):\n%s", diff)
	}
	if change, err = v.Apply(board.InterviewPatch{Status: board.Set(board.InterviewCancelled)}, interviewNow); err != nil {
		t.Fatal(err)
	}
	mails := v.Mails(change, interviewNow)
	for _, m := range mails {
		_, event := parsed(t, m.Calendar)
		if m.Calendar.Method != CalendarCancel || property(event, ics.ComponentPropertySequence) != "2" || property(event, ics.ComponentPropertyStatus) != "CANCELLED" {
			t.Errorf("to %s:\n%s", m.To, m.Calendar.Text)
		}
	}
	if len(mails) != 2 || !strings.Contains(mails[1].Text, "was cancelled") {
		t.Errorf("%d emails", len(mails))
	}
}

func TestAddressesAndNamesAreEscapedNoMoreThanNeeded(t *testing.T) {
	t.Parallel()
	v := Invitation{Interview: scheduled(t), Candidate: board.Interviewer{Name: `Testing, Priya: "PJ"; O'Brien`, Email: "a!b#c/d=e&f+g@example.com"}, JobTitle: `The "Lead" \ café`, Employer: "Acme"}
	m := v.Mails(board.InterviewChange{Invite: true}, interviewNow)[0]
	flat := strings.ReplaceAll(m.Calendar.Text, "\r\n ", "")
	for _, want := range []string{`CN="Testing, Priya: PJ; O'Brien";`, "mailto:a!b%23c%2Fd%3De%26f+g@example.com", "mailto:miles.o'brien+1@acme.example"} {
		if !strings.Contains(flat, want) {
			t.Errorf("no %s in\n%s", want, flat)
		}
	}
	if !strings.Contains(m.Text, `the job “The "Lead" \ café” at Acme`) {
		t.Errorf("%s", m.Text)
	}
}

// A line of a calendar has at most 75 bytes and ends in CR LF alone, whatever people have written (RFC 5545, section 3.1).
func TestLinesOfACalendar(t *testing.T) {
	t.Parallel()
	for _, title := range []string{
		strings.Repeat("ü", 100), strings.Repeat("🙂", 60), strings.Repeat("e\u0301", 90), strings.Repeat("漢字", 60), strings.Repeat(`\,;"`, 40),
		"Lead\rBEGIN:VEVENT", "Lead\r\nATTENDEE:x", "Lead\x00\x07\u2028\u0085x", "x\n\n\ty",
	} {
		v := Invitation{Interview: scheduled(t), Candidate: board.Interviewer{Name: title, Email: `"a b"@example.com`}, JobTitle: title, Employer: title}
		for _, change := range []board.InterviewChange{{Invite: true}, {Cancel: true}} {
			for _, m := range v.Mails(change, interviewNow) {
				for line := range strings.SplitSeq(m.Calendar.Text, "\r\n") {
					if len(line) > 75 || !utf8.ValidString(line) || strings.ContainsFunc(line, func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7F }) {
						t.Errorf("%.20q: the line %q", title, line)
					}
				}
				if n := strings.Count(m.Calendar.Text, "\r\nBEGIN:VEVENT"); n != 1 {
					t.Errorf("%.20q: %d events", title, n)
				}
			}
		}
	}
}
