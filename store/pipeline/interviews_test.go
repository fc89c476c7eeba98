package pipeline_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	ics "github.com/arran4/golang-ical"
	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/board/event"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/pipeline"
	"itmanagerjobs/store/storetest"
	"itmanagerjobs/store/storetest/fixture"
)

func newInterview(a pipeline.Application, at time.Time) board.NewInterview {
	return board.NewInterview{
		CandidateID: a.CandidateID, JobID: a.JobID, StartsAt: at, TimeZone: "Europe/London", MeetingURL: "https://meet.example/abc", Notes: "Ask about Go",
		Interviewers: []board.Interviewer{{Name: "Grace Hopper", Email: "grace@northwind.example"}},
	}
}

// interviewWith schedules an interview for the day after the application.
func interviewWith(t *testing.T, s *store.Store, a pipeline.Application) pipeline.Interview {
	t.Helper()
	i, err := s.Pipeline.CreateInterview(context.Background(), a.Tenant, newInterview(a, a.AppliedAt.Add(24*time.Hour)), fixture.Inviter)
	if err != nil {
		t.Fatalf("schedule: %v", err)
	}
	return i
}

// invitations are the calendar entries that were sent, the oldest first: the address, the method, the sequence and the UID.
func invitations(t *testing.T, s *store.Store) []string {
	t.Helper()
	messages, err := s.Outbox.Messages(context.Background(), 100)
	if err != nil {
		t.Fatal(err)
	}
	got := []string{}
	for _, m := range slices.Backward(messages) {
		if m.Calendar.Text == "" {
			continue
		}
		cal, err := ics.ParseCalendar(strings.NewReader(m.Calendar.Text))
		if err != nil || len(cal.Events()) != 1 {
			t.Fatalf("%v: %s", err, m.Calendar.Text)
		}
		event := cal.Events()[0]
		got = append(got, fmt.Sprintf("%s %s %s %s", m.To, m.Calendar.Method, event.GetProperty(ics.ComponentPropertySequence).Value, event.Id()))
	}
	return got
}

func TestAnInterviewComesBackAsItWasScheduled(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	ctx := context.Background()
	tenant := fixture.Account(t, s, "interview@northwind.example", 5)
	job := fixture.Active(t, s, tenant, func(p *board.JobPatch) { p.Reference = board.Set("PL-001") })
	a := fixture.Apply(t, s, fixture.Ada(job))
	made := interviewWith(t, s, a)
	reference := "PL-001"
	want := pipeline.Interview{
		Tenant: tenant, CandidateFirstName: "Ada", CandidateLastName: "Lovelace", CandidateEmail: "ada@example.com", JobTitle: "IT Manager", JobReference: &reference,
		Interview: board.Interview{
			ID: made.ID, Version: 1, CandidateID: a.CandidateID, JobID: job.ID, Status: board.InterviewScheduled, StartsAt: clock.Now().Add(24 * time.Hour),
			DurationMinutes: 60, TimeZone: "Europe/London", MeetingURL: "https://meet.example/abc", Notes: "Ask about Go",
			Interviewers: []board.Interviewer{{Name: "Grace Hopper", Email: "grace@northwind.example"}},
			CalendarUID:  fmt.Sprintf("interview-%d@jobs.example", made.ID), Organizer: "interview@northwind.example", CreatedAt: clock.Now(), UpdatedAt: clock.Now(),
		},
	}
	if diff := cmp.Diff(want, made); diff != "" {
		t.Errorf("scheduled (-want +got):\n%s", diff)
	}
	read, err := s.Pipeline.Interview(ctx, tenant, made.ID)
	if diff := cmp.Diff(made, read); diff != "" || err != nil {
		t.Errorf("read, %v (-want +got):\n%s", err, diff)
	}
	data := fmt.Sprintf(`{"interviewId":%d,"candidateId":%d,"jobPostId":%d,"startsAt":"2026-03-03T09:30:00Z","scheduledAt":"2026-03-02T09:30:00Z"}`, made.ID, a.CandidateID, job.ID)
	if got := lastData(t, s, tenant, event.InterviewScheduled); got != data {
		t.Errorf("event %s, want %s", got, data)
	}
	for name, other := range map[string]board.Tenant{"employer": fixture.Account(t, s, "other@interview.example", 0), "mode": {EmployerID: tenant.EmployerID, Mode: board.ModeTest}} {
		_, getErr := s.Pipeline.Interview(ctx, other, made.ID)
		_, patchErr := s.Pipeline.UpdateInterview(ctx, other, made.ID, board.InterviewPatch{Notes: board.Set("x")}, board.Precondition{})
		_, makeErr := s.Pipeline.CreateInterview(ctx, other, newInterview(a, clock.Now().Add(time.Hour)), fixture.Inviter)
		if fixture.CodeOf(getErr) != board.CodeNotFound || fixture.CodeOf(patchErr) != board.CodeNotFound || fixture.CodeOf(makeErr) != board.CodeInvalidRequest ||
			!strings.Contains(makeErr.Error(), "candidateId") || !strings.Contains(makeErr.Error(), "jobId") {
			t.Errorf("another %s: %v, %v, %v", name, getErr, patchErr, makeErr)
		}
	}
}

func TestCalendarsAreToldWhatBecomesOfAnInterview(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	ctx := context.Background()
	tenant := fixture.Account(t, s, "calendar@northwind.example", 5)
	i := interviewWith(t, s, fixture.Apply(t, s, fixture.Ada(fixture.Active(t, s, tenant, nil))))
	clock.Advance(time.Minute)
	version := i.Version
	for _, p := range []board.InterviewPatch{
		{Notes: board.Set("Nobody is told of notes")},
		{StartsAt: board.Set(i.StartsAt.Add(time.Hour)), Interviewers: board.Set([]board.Interviewer{{Name: "Ida Rhodes", Email: "ida@northwind.example"}})},
		{Status: board.Set(board.InterviewCancelled)},
		{Status: board.Set(board.InterviewScheduled)},
		{Status: board.Set(board.InterviewCompleted)},
	} {
		if p.Status.Value != nil && *p.Status.Value == board.InterviewCompleted {
			clock.Advance(2 * 24 * time.Hour) // it has begun
		}
		patched, err := s.Pipeline.UpdateInterview(ctx, tenant, i.ID, p, board.Precondition{Set: true, Versions: []int64{version}})
		if err != nil {
			t.Fatal(err)
		}
		if version++; patched.Version != version {
			t.Errorf("version %d, want %d", patched.Version, version)
		}
		read, err := s.Pipeline.Interview(ctx, tenant, i.ID)
		if diff := cmp.Diff(patched, read); diff != "" || err != nil {
			t.Errorf("patched and read differ, %v (-patched +read):\n%s", err, diff)
		}
	}
	uid := fmt.Sprintf("interview-%d@jobs.example", i.ID)
	want := []string{
		"ada@example.com REQUEST 0 " + uid, "grace@northwind.example REQUEST 0 " + uid,
		"ada@example.com REQUEST 1 " + uid, "ida@northwind.example REQUEST 1 " + uid, "grace@northwind.example CANCEL 1 " + uid,
		"ada@example.com CANCEL 2 " + uid, "ida@northwind.example CANCEL 2 " + uid,
		"ada@example.com REQUEST 3 " + uid, "ida@northwind.example REQUEST 3 " + uid,
	}
	if diff := cmp.Diff(want, invitations(t, s)); diff != "" {
		t.Errorf("calendar entries (-want +got):\n%s", diff)
	}
	types := fixture.TypesOf(t, s, tenant)
	if diff := cmp.Diff([]string{"interview.scheduled", "interview.scheduled", "interview.scheduled", "interview.completed"}, types[len(types)-4:]); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	data := fmt.Sprintf(`{"interviewId":%d,"candidateId":%d,"jobPostId":%d,"completedAt":"2026-03-04T09:31:00Z"}`, i.ID, i.CandidateID, i.JobID)
	if got := lastData(t, s, tenant, event.InterviewCompleted); got != data {
		t.Errorf("event %s, want %s", got, data)
	}
	for name, tt := range map[string]struct {
		patch board.InterviewPatch
		pre   board.Precondition
		want  board.Code
	}{
		"an old version":  {board.InterviewPatch{Notes: board.Set("x")}, board.Precondition{Set: true, Versions: []int64{1}}, board.CodePreconditionFailed},
		"for good":        {board.InterviewPatch{Status: board.Set(board.InterviewCancelled)}, board.Precondition{}, board.CodeInvalidState},
		"a bad time zone": {board.InterviewPatch{TimeZone: board.Set("Nowhere")}, board.Precondition{}, board.CodeInvalidRequest},
		"nothing":         {board.InterviewPatch{Status: board.Set(board.InterviewCompleted)}, board.Precondition{}, ""},
	} {
		if _, err := s.Pipeline.UpdateInterview(ctx, tenant, i.ID, tt.patch, tt.pre); fixture.CodeOf(err) != tt.want {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
}

func TestTheInterviewersOfAnErasedCandidateAreToldSo(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	ctx := context.Background()
	tenant := fixture.Account(t, s, "erasedate@northwind.example", 5)
	a := fixture.Apply(t, s, fixture.Ada(fixture.Active(t, s, tenant, nil)))
	n := newInterview(a, clock.Now().Add(48*time.Hour))
	n.Interviewers = append(n.Interviewers, board.Interviewer{Name: "Ada herself", Email: "ADA@example.com"})
	n.Location = "At Ada's"
	ahead, err := s.Pipeline.CreateInterview(ctx, tenant, n, fixture.Inviter)
	if err != nil {
		t.Fatal(err)
	}
	interviewWith(t, s, a) // over by then
	off := interviewWith(t, s, a)
	if _, err := s.Pipeline.UpdateInterview(ctx, tenant, off.ID, board.InterviewPatch{Status: board.Set(board.InterviewCancelled)}, board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	clock.Advance(26 * time.Hour)
	if _, err := s.Erasure.EraseCandidate(ctx, tenant, a.CandidateID, board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	want := []string{fmt.Sprintf("grace@northwind.example CANCEL 1 interview-%d@jobs.example", ahead.ID)}
	if diff := cmp.Diff(want, invitations(t, s)); diff != "" {
		t.Errorf("emails that are left (-want +got):\n%s", diff)
	}
	messages, err := s.Outbox.Messages(ctx, 100)
	if err != nil || len(messages) != 1 || messages[0].Status != delivery.Pending {
		t.Fatalf("%+v, %v", messages, err)
	}
	for _, text := range []string{messages[0].Subject, messages[0].Text, messages[0].HTML, messages[0].Calendar.Text} {
		for _, word := range []string{"ada", "lovelace", "hopper", "meet.example"} {
			if strings.Contains(strings.ToLower(text), word) {
				t.Errorf("%q stands in %s", word, text)
			}
		}
	}
	if i, err := s.Pipeline.Interview(ctx, tenant, ahead.ID); err != nil || i.Status != board.InterviewCancelled || i.Sequence != 1 {
		t.Errorf("afterwards %+v, %v", i, err)
	}
}

func TestAnInterviewIsCompletedOnce(t *testing.T) {
	t.Parallel()
	a, b, clock := fixture.AtOnce(t)
	tenant := fixture.Account(t, a, "complete@northwind.example", 5)
	i := interviewWith(t, a, fixture.Apply(t, a, fixture.Ada(fixture.Active(t, a, tenant, nil))))
	clock.Advance(2 * 24 * time.Hour)
	var wg sync.WaitGroup
	for n := range 8 {
		wg.Go(func() {
			s := []*store.Store{a, b}[n%2]
			if _, err := s.Pipeline.UpdateInterview(context.Background(), tenant, i.ID, board.InterviewPatch{Status: board.Set(board.InterviewCompleted)}, board.Precondition{}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := strings.Count(strings.Join(fixture.TypesOf(t, a, tenant), " "), "interview.completed"); got != 1 {
		t.Errorf("%d events", got)
	}
}

func TestInTestModeNobodyIsInvited(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	live := fixture.Account(t, s, "testinvite@northwind.example", 5)
	tenant := board.Tenant{EmployerID: live.EmployerID, Mode: board.ModeTest}
	i := interviewWith(t, s, fixture.Apply(t, s, fixture.Ada(fixture.Active(t, s, tenant, nil))))
	if _, err := s.Pipeline.UpdateInterview(context.Background(), tenant, i.ID, board.InterviewPatch{Status: board.Set(board.InterviewCancelled)}, board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	again := fixture.Apply(t, s, fixture.Ada(fixture.Active(t, s, tenant, nil)))
	interviewWith(t, s, again)
	if _, err := s.Erasure.EraseCandidate(context.Background(), tenant, again.CandidateID, board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	if messages, err := s.Outbox.Messages(context.Background(), 10); err != nil || len(messages) != 0 {
		t.Errorf("%d emails, %v", len(messages), err)
	}
	if got := lastData(t, s, tenant, event.InterviewScheduled); got == "" {
		t.Error("there is no event")
	}
}

func TestInterviewsAreListed(t *testing.T) {
	t.Parallel()
	s, clock := storetest.New(t)
	ctx := context.Background()
	tenant := fixture.Account(t, s, "interviews@northwind.example", 5)
	job, other := fixture.Active(t, s, tenant, nil), fixture.Active(t, s, tenant, nil)
	p := fixture.Ada(other)
	p.Applicant.Email = "grace@example.com"
	first, second := fixture.Apply(t, s, fixture.Ada(job)), fixture.Apply(t, s, p)
	day := 24 * time.Hour
	var ids []int64
	for _, n := range []struct {
		a  pipeline.Application
		in time.Duration
	}{{first, 3 * day}, {second, day}, {first, 2 * day}, {second, 2 * day}} {
		i, err := s.Pipeline.CreateInterview(ctx, tenant, newInterview(n.a, clock.Now().Add(n.in)), fixture.Inviter)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, i.ID)
	}
	start := clock.Now()
	clock.Advance(time.Minute)
	if _, err := s.Pipeline.UpdateInterview(ctx, tenant, ids[0], board.InterviewPatch{Status: board.Set(board.InterviewNoShow)}, board.Precondition{}); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		query pipeline.InterviewQuery
		want  []int64
		total int
	}{
		"by date":      {pipeline.InterviewQuery{}, []int64{ids[1], ids[2], ids[3], ids[0]}, 4},
		"latest first": {pipeline.InterviewQuery{LatestFirst: true}, []int64{ids[0], ids[3], ids[2], ids[1]}, 4},
		"a page":       {pipeline.InterviewQuery{Limit: 2, Offset: 1}, []int64{ids[2], ids[3]}, 4},
		"after":        {pipeline.InterviewQuery{After: &pg.Position{At: start.Add(2 * day), ID: ids[2]}}, []int64{ids[3], ids[0]}, 4},
		"before":       {pipeline.InterviewQuery{LatestFirst: true, After: &pg.Position{At: start.Add(2 * day), ID: ids[3]}}, []int64{ids[2], ids[1]}, 4},
		"past the end": {pipeline.InterviewQuery{Offset: 7}, nil, 4},
		"status":       {pipeline.InterviewQuery{InterviewFilter: pipeline.InterviewFilter{Statuses: []board.InterviewStatus{board.InterviewNoShow}}}, []int64{ids[0]}, 1},
		"candidate":    {pipeline.InterviewQuery{InterviewFilter: pipeline.InterviewFilter{CandidateID: second.CandidateID}}, []int64{ids[1], ids[3]}, 2},
		"job":          {pipeline.InterviewQuery{InterviewFilter: pipeline.InterviewFilter{JobID: job.ID}}, []int64{ids[2], ids[0]}, 2},
		"time":         {pipeline.InterviewQuery{InterviewFilter: pipeline.InterviewFilter{From: start.Add(2 * day), To: start.Add(3 * day)}}, []int64{ids[2], ids[3]}, 2},
		"since":        {pipeline.InterviewQuery{InterviewFilter: pipeline.InterviewFilter{UpdatedSince: clock.Now()}}, []int64{ids[0]}, 1},
	} {
		if tt.query.Limit == 0 {
			tt.query.Limit = 10
		}
		page, err := s.Pipeline.Interviews(ctx, tenant, tt.query)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var got []int64
		for _, i := range page.Items {
			got = append(got, i.ID)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" || page.Total != tt.total || page.More != (name == "a page") {
			t.Errorf("%s: total %d, more %t (-want +got):\n%s", name, page.Total, page.More, diff)
		}
	}
	page, err := s.Pipeline.Interviews(ctx, fixture.Account(t, s, "other@interviews.example", 0), pipeline.InterviewQuery{Limit: 10})
	if err != nil || page.Total != 0 {
		t.Errorf("another employer's: %+v, %v", page, err)
	}
}
