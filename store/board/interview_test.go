package board

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var interviewNow = time.Date(2026, 4, 2, 10, 30, 0, 0, time.UTC)

func scheduled(t *testing.T) Interview {
	t.Helper()
	i, err := NewInterview{
		CandidateID: 1, JobID: 2, StartsAt: interviewNow.Add(7 * 24 * time.Hour), TimeZone: "Europe/London", Location: "Room 1, ground floor; left",
		MeetingURL: "https://meet.example/abc?x=1,2", Notes: "Ask about the gap",
		Interviewers: []Interviewer{{"Grace Hopper", "grace@acme.example"}, {`Miles "Tails" O'Brien, Dr.`, "miles+1@acme.example"}},
	}.Interview(interviewNow)
	if err != nil {
		t.Fatal(err)
	}
	i.ID, i.CalendarUID, i.Organizer = 314, "interview-314@jobs.example", "hr@acme.example"
	return i
}

// badFields are the fields that an invalid_request names, each with its code.
func badFields(err error) map[string]string {
	var e *Error
	if !errors.As(err, &e) {
		return nil
	}
	got := map[string]string{}
	for _, f := range e.Fields {
		got[f.Field] = f.Code
	}
	return got
}

func TestANewInterviewHasItsDefaults(t *testing.T) {
	t.Parallel()
	i, err := NewInterview{CandidateID: 1, JobID: 2, StartsAt: interviewNow.Add(time.Hour)}.Interview(interviewNow)
	want := Interview{
		Version: 1, CandidateID: 1, JobID: 2, Status: InterviewScheduled, StartsAt: interviewNow.Add(time.Hour), DurationMinutes: 60, TimeZone: "UTC",
		Interviewers: []Interviewer{}, CreatedAt: interviewNow, UpdatedAt: interviewNow,
	}
	if diff := cmp.Diff(want, i); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestANewInterviewNamesEveryBadField(t *testing.T) {
	t.Parallel()
	_, err := NewInterview{
		StartsAt: interviewNow, DurationMinutes: 481, TimeZone: "Local", Location: strings.Repeat("x", MaxInterviewPlace+1), MeetingURL: "http://meet.example",
		Notes: strings.Repeat("x", MaxInterviewNotes+1), Interviewers: []Interviewer{{"", "grace@acme.example"}, {"Grace", "GRACE@acme.example"}, {"Miles", "miles"}},
	}.Interview(interviewNow)
	want := map[string]string{
		"candidateId": FieldRequired, "jobId": FieldRequired, "startsAt": FieldOutOfRange, "durationMinutes": FieldOutOfRange, "timeZone": FieldInvalidFormat,
		"location": FieldTooLong, "meetingUrl": FieldInvalidFormat, "notes": FieldTooLong, "interviewers[0].name": FieldTooShort,
		"interviewers[1].email": FieldDuplicate, "interviewers[2].email": FieldInvalidFormat,
	}
	if diff := cmp.Diff(want, badFields(err)); diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	_, err = NewInterview{CandidateID: 1, JobID: 2}.Interview(interviewNow)
	if diff := cmp.Diff(map[string]string{"startsAt": FieldRequired}, badFields(err)); diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	many := make([]Interviewer, MaxInterviewers+1)
	i := scheduled(t)
	_, err = i.Apply(InterviewPatch{Interviewers: Set(many), Status: Set(InterviewStatus("Lost")), StartsAt: Set(interviewNow.Add(MaxInterviewAhead + 1))}, interviewNow)
	if diff := cmp.Diff(map[string]string{"interviewers": FieldTooLong, "status": FieldNotAllowed, "startsAt": FieldOutOfRange}, badFields(err)); diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestWhatAChangeOfAnInterviewMeans(t *testing.T) {
	t.Parallel()
	grace := Interviewer{"Grace Hopper", "Grace@acme.example"}
	later := interviewNow.Add(8 * 24 * time.Hour)
	for name, tt := range map[string]struct {
		from     InterviewStatus
		patch    InterviewPatch
		want     InterviewChange
		sequence int
	}{
		"nothing":         {InterviewScheduled, InterviewPatch{}, InterviewChange{}, 0},
		"the same again":  {InterviewScheduled, InterviewPatch{Status: Set(InterviewScheduled), TimeZone: Set("Europe/London")}, InterviewChange{}, 0},
		"notes":           {InterviewScheduled, InterviewPatch{Notes: Set("New")}, InterviewChange{Changed: true}, 0},
		"time":            {InterviewScheduled, InterviewPatch{StartsAt: Set(later)}, InterviewChange{Changed: true, Invite: true, Scheduled: true}, 1},
		"length":          {InterviewScheduled, InterviewPatch{DurationMinutes: Set(30)}, InterviewChange{Changed: true, Invite: true}, 1},
		"place":           {InterviewScheduled, InterviewPatch{Location: Clear[string]()}, InterviewChange{Changed: true, Invite: true}, 1},
		"people":          {InterviewScheduled, InterviewPatch{Interviewers: Set([]Interviewer{grace})}, InterviewChange{Changed: true, Invite: true, Removed: scheduled(t).Interviewers[1:]}, 1},
		"completed":       {InterviewScheduled, InterviewPatch{Status: Set(InterviewCompleted), Notes: Set("Good")}, InterviewChange{Changed: true, Completed: true}, 0},
		"no show":         {InterviewScheduled, InterviewPatch{Status: Set(InterviewNoShow)}, InterviewChange{Changed: true}, 0},
		"cancelled":       {InterviewScheduled, InterviewPatch{Status: Set(InterviewCancelled)}, InterviewChange{Changed: true, Cancel: true}, 1},
		"held after all":  {InterviewNoShow, InterviewPatch{Status: Set(InterviewCompleted)}, InterviewChange{Changed: true, Completed: true}, 0},
		"another attempt": {InterviewNoShow, InterviewPatch{Status: Set(InterviewScheduled), StartsAt: Set(later)}, InterviewChange{Changed: true, Invite: true, Scheduled: true}, 1},
		"on again":        {InterviewCancelled, InterviewPatch{Status: Set(InterviewScheduled)}, InterviewChange{Changed: true, Invite: true, Scheduled: true}, 1},
		"late notes":      {InterviewCompleted, InterviewPatch{Notes: Clear[string]()}, InterviewChange{Changed: true}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := scheduled(t)
			i.Status = tt.from
			now := interviewNow.Add(time.Minute)
			if tt.want.Completed {
				now = i.StartsAt // from its first moment on
			}
			got, err := i.Apply(tt.patch, now)
			if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
			version := int64(1)
			if tt.want.Changed {
				version = 2
			}
			if i.Sequence != tt.sequence || i.Version != version || (i.CompletedAt != nil) != tt.want.Completed {
				t.Errorf("sequence %d, version %d, completed at %v", i.Sequence, i.Version, i.CompletedAt)
			}
		})
	}
}

func TestWhatCannotBecomeOfAnInterview(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		from  InterviewStatus
		patch InterviewPatch
		now   time.Time
		want  Code
	}{
		"completed is for good":    {InterviewCompleted, InterviewPatch{Status: Set(InterviewScheduled)}, interviewNow, CodeInvalidState},
		"cancelled was not held":   {InterviewCancelled, InterviewPatch{Status: Set(InterviewCompleted)}, interviewNow, CodeInvalidState},
		"a place of a completed":   {InterviewCompleted, InterviewPatch{Location: Set("Elsewhere")}, interviewNow, CodeInvalidState},
		"a place while completing": {InterviewScheduled, InterviewPatch{Location: Set("Elsewhere"), Status: Set(InterviewCompleted)}, interviewNow, CodeInvalidState},
		"completed ahead of time":  {InterviewScheduled, InterviewPatch{Status: Set(InterviewCompleted)}, scheduled(t).StartsAt.Add(-time.Second), CodeInvalidState},
		"held ahead of time":       {InterviewNoShow, InterviewPatch{Status: Set(InterviewCompleted)}, scheduled(t).StartsAt.Add(-time.Second), CodeInvalidState},
		"again in the past":        {InterviewCancelled, InterviewPatch{Status: Set(InterviewScheduled)}, interviewNow.Add(30 * 24 * time.Hour), CodeInvalidRequest},
		"no status":                {InterviewScheduled, InterviewPatch{Status: Clear[InterviewStatus]()}, interviewNow, CodeInvalidRequest},
		"no time":                  {InterviewScheduled, InterviewPatch{StartsAt: Clear[time.Time]()}, interviewNow, CodeInvalidRequest},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := scheduled(t)
			i.Status = tt.from
			before := i
			_, err := i.Apply(tt.patch, tt.now)
			var e *Error
			if !errors.As(err, &e) || e.Code != tt.want {
				t.Errorf("%v, want %s", err, tt.want)
			}
			if diff := cmp.Diff(before, i); diff != "" {
				t.Errorf("changed all the same (-want +got):\n%s", diff)
			}
		})
	}
	i := scheduled(t)
	if c, err := i.Apply(InterviewPatch{StartsAt: Set(i.StartsAt), Status: Set(InterviewCompleted)}, i.StartsAt.Add(time.Hour)); err != nil || !c.Completed {
		t.Errorf("its own time given when it is over: %+v, %v", c, err)
	}
}
