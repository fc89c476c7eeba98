package webhooks

import (
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"strings"
	"testing"
	"time"

	ics "github.com/arran4/golang-ical"
	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/letter"
	"itmanagerjobs/store/storetest"
	mailer "itmanagerjobs/webhooks/mail"
)

// outline returns the structure of a message: the path of media types of each part, with the parameters of a calendar's. It puts the
// content of calendars and files into its argument into.
func outline(t *testing.T, path string, header interface{ Get(key string) string }, body io.Reader, into map[string]string) (parts []string) {
	t.Helper()
	mediaType, params, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	path += "/" + mediaType
	if method := params["method"]; method != "" {
		path += " " + method + " " + params["charset"]
	}
	if disposition, params, err := mime.ParseMediaType(header.Get("Content-Disposition")); err == nil && disposition == "attachment" {
		path += " " + params["filename"]
	}
	if !strings.HasPrefix(mediaType, "multipart/") {
		if header.Get("Content-Transfer-Encoding") == "base64" {
			body = base64.NewDecoder(base64.StdEncoding, body)
		}
		b, err := io.ReadAll(body)
		if err != nil {
			t.Fatal(err)
		}
		into[mediaType] = string(b)
		return []string{path}
	}
	r := multipart.NewReader(body, params["boundary"])
	for {
		part, err := r.NextPart() // it decodes quoted-printable
		if err != nil {
			return parts
		}
		parts = append(parts, outline(t, path, part.Header, part, into)...)
	}
}

// TestAnInvitationIsAnotherFormOfItsEmail checks the structure by which common mail programs recognise an invitation.
func TestAnInvitationIsAnotherFormOfItsEmail(t *testing.T) {
	t.Parallel()
	clock := storetest.NewClock()
	r := newRig(t, clock.Now)
	v := letter.Invitation{
		Interview: board.Interview{
			ID: 1, Status: board.InterviewScheduled, StartsAt: clock.Now().Add(24 * time.Hour), DurationMinutes: 60, TimeZone: "Europe/London",
			Location: "Room 1", CalendarUID: "interview-1@jobs.example", Organizer: "hr@acme.example", CreatedAt: clock.Now(),
		},
		Candidate: board.Interviewer{Name: "Zoë O'Neill", Email: "zoe@example.com"}, JobTitle: "IT Manager", Employer: "Acme",
	}
	if err := r.store.Outbox.SendMail(t.Context(), 0, v.Mails(board.InterviewChange{Invite: true}, clock.Now())...); err != nil {
		t.Fatal(err)
	}
	server, u := startMailServer(t)
	smtpMail, err := mailer.NewSMTP(u, "no-reply@example.com")
	if err != nil {
		t.Fatal(err)
	}
	r.start(t, func(c *Config) { c.Mail = smtpMail })
	r.untilCount(t, 1, deliveredSQL)
	m, err := mail.ReadMessage(strings.NewReader(server.messages()[0]))
	if err != nil {
		t.Fatal(err)
	}
	content := map[string]string{}
	want := []string{
		"/multipart/mixed/multipart/alternative/text/plain", "/multipart/mixed/multipart/alternative/text/html",
		"/multipart/mixed/multipart/alternative/text/calendar REQUEST UTF-8", "/multipart/mixed/application/ics invite.ics",
	}
	if diff := cmp.Diff(want, outline(t, "", m.Header, m.Body, content)); diff != "" {
		t.Fatalf("parts (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(content["application/ics"], content["text/calendar"]); diff != "" {
		t.Errorf("the two differ (-file +text):\n%s", diff)
	}
	calendar, err := ics.ParseCalendar(strings.NewReader(content["text/calendar"]))
	if err != nil || len(calendar.Events()) != 1 {
		t.Fatalf("%v:\n%s", err, content["text/calendar"])
	}
	event := calendar.Events()[0]
	begins, err := event.GetStartAt()
	if err != nil || !begins.Equal(v.StartsAt) || event.Id() != v.CalendarUID || event.Attendees()[0].Email() != "zoe@example.com" {
		t.Errorf("%v: %s", err, content["text/calendar"])
	}
	if reply := m.Header.Get("Reply-To"); reply != "<hr@acme.example>" {
		t.Errorf("Reply-To: %s", reply)
	}
}
