package server_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/server/servertest"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
)

const (
	interviews = "/api/v1/interviews"
	calls      = "/api/v1/ai-calls"
)

// madeID sends a POST and returns the id of the new object.
func madeID(t testing.TB, api *servertest.API, key, path string, body any) int64 {
	t.Helper()
	var made struct{ ID int64 }
	res := api.Want(t, 201, servertest.Request{Method: http.MethodPost, Path: path, Key: key, Body: body})
	res.JSON(t, &made)
	if want := fmt.Sprintf("%s%s/%d", servertest.PublicURL, path, made.ID); res.Header.Get("Location") != want || res.Header.Get("ETag") == "" {
		t.Errorf("%s made %q, %q", path, res.Header.Get("Location"), res.Header.Get("ETag"))
	}
	return made.ID
}

func anInterview(t testing.TB, api *servertest.API, key string, candidate, job int64) int64 {
	t.Helper()
	return madeID(t, api, key, interviews, map[string]any{"candidateId": candidate, "jobId": job, "startsAt": api.Clock.Now().Add(48 * time.Hour)})
}

func aCall(t testing.TB, api *servertest.API, key string, candidate int64) int64 {
	t.Helper()
	return madeID(t, api, key, calls, map[string]any{"candidateId": candidate, "purpose": "Screening"})
}

// eventTypes are the types of all events of the key's employer, the oldest first.
func eventTypes(t testing.TB, api *servertest.API, key, prefix string) (types []string) {
	t.Helper()
	var log struct{ Items []struct{ Type string } }
	api.Want(t, 200, get("/api/v1/events", key)).JSON(t, &log)
	for _, e := range log.Items {
		if strings.HasPrefix(e.Type, prefix) {
			types = append(types, e.Type)
		}
	}
	return types
}

type interviewAnswer struct {
	ID              int64
	Status          string
	Candidate       *struct{ Email string }
	Job             struct{ Title string }
	StartsAt        time.Time
	DurationMinutes int
	TimeZone        string
	MeetingURL      *string
	Notes           *string
	Interviewers    []struct{ Name, Email string }
	Sequence        int
	CompletedAt     *time.Time
}

func TestTheLifeOfAnInterview(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	tenant, _ := api.Employer(t, "Northwind", 5, apikey.ScopeJobPosting)
	key := modeKey(t, api, tenant, board.ModeLive, false)
	job := api.OpenJob(t, tenant)
	candidate := applied(t, api, job, "ada.lovelace@example.com", "")
	starts := api.Clock.Now().Add(48 * time.Hour)
	id := madeID(t, api, key, interviews, map[string]any{
		"candidateId": candidate, "jobId": job.ID, "startsAt": starts, "timeZone": "Europe/London", "meetingUrl": "https://meet.example.com/x",
		"interviewers": []any{map[string]any{"name": "Grace", "email": "grace@employer.example"}}, "notes": "Be kind",
	})
	path := fmt.Sprintf("%s/%d", interviews, id)
	res := api.Want(t, 200, get(path, key))
	var i interviewAnswer
	res.JSON(t, &i)
	if i.Status != "Scheduled" || i.Candidate.Email != "ada.lovelace@example.com" || i.Job.Title != job.Title || !i.StartsAt.Equal(starts) ||
		i.DurationMinutes != 60 || i.TimeZone != "Europe/London" || *i.MeetingURL != "https://meet.example.com/x" || len(i.Interviewers) != 1 || *i.Notes != "Be kind" {
		t.Errorf("scheduled %+v", i)
	}
	etag := res.Header.Get("ETag")
	api.Want(t, 304, servertest.Request{Method: "GET", Path: path, Key: key, Header: map[string]string{"If-None-Match": etag}})
	patch := func(status int, etag string, body any) (i interviewAnswer) {
		t.Helper()
		q := servertest.Request{Method: http.MethodPatch, Path: path, Key: key, Body: body, Header: map[string]string{}}
		if etag != "" {
			q.Header["If-Match"] = etag
		}
		api.Want(t, status, q).JSON(t, &i)
		return i
	}
	moved := patch(200, etag, map[string]any{"startsAt": starts.Add(time.Hour), "durationMinutes": 30, "meetingUrl": nil, "interviewers": []any{}})
	if moved.Sequence != 1 || moved.DurationMinutes != 30 || moved.MeetingURL != nil || len(moved.Interviewers) != 0 || *moved.Notes != "Be kind" {
		t.Errorf("moved %+v", moved)
	}
	patch(412, etag, map[string]any{"notes": "Too late"})
	patch(400, "", map[string]any{"startsAt": api.Clock.Now().Add(-time.Hour)})
	patch(400, "", map[string]any{"timeZone": "Mars/Olympus"})
	early := api.Want(t, 400, servertest.Request{Method: http.MethodPatch, Path: path, Key: key, Body: map[string]any{"status": "Completed"}})
	if !strings.Contains(string(early.Body), `"code":"invalid_state"`) {
		t.Errorf("held before it began: %s", early.Body)
	}
	api.Clock.Advance(starts.Add(time.Hour).Sub(api.Clock.Now()))
	done := patch(200, "", map[string]any{"status": "Completed"})
	if done.CompletedAt == nil {
		t.Errorf("held %+v", done)
	}
	patch(400, "", map[string]any{"status": "Scheduled"})
	if diff := cmp.Diff([]string{"interview.scheduled", "interview.scheduled", "interview.completed"}, eventTypes(t, api, key, "interview.")); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	api.Want(t, 200, servertest.Request{Method: "DELETE", Path: candidatePath(candidate), Key: key})
	var erased interviewAnswer
	api.Want(t, 200, get(path, key)).JSON(t, &erased)
	if erased.Candidate != nil || erased.Status != "Completed" {
		t.Errorf("erased %+v", erased)
	}
}

func TestBadInterviewsAreRefusedAndNamed(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	tenant, key := api.Employer(t, "Northwind", 5, apikey.ScopeJobPosting, apikey.ScopeCVSearch)
	job := api.OpenJob(t, tenant)
	candidate := applied(t, api, job, "ada.lovelace@example.com", "")
	past := api.Clock.Now().Add(-time.Hour)
	for _, tt := range []struct {
		body map[string]any
		want string
	}{
		{map[string]any{}, "candidateId, jobId, startsAt"},
		{map[string]any{"candidateId": candidate, "jobId": job.ID, "startsAt": past, "timeZone": "Nowhere", "meetingUrl": "http://meet.example.com"}, "startsAt, timeZone, meetingUrl"},
		{map[string]any{"candidateId": candidate, "jobId": job.ID, "startsAt": past, "durationMinutes": 4, "interviewers": []any{map[string]any{"name": "", "email": "x"}}, "colour": "red"}, "colour, durationMinutes, interviewers[0].email, interviewers[0].name, startsAt"},
	} {
		var e struct{ Errors []struct{ Field string } }
		api.Want(t, 400, servertest.Request{Method: "POST", Path: interviews, Key: key, Body: tt.body}).JSON(t, &e)
		var got []string
		for _, f := range e.Errors {
			got = append(got, f.Field)
		}
		if strings.Join(got, ", ") != tt.want {
			t.Errorf("%v: %q, want %s", tt.body, got, tt.want)
		}
	}
}

func TestInterviewsWalkByCursor(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	tenant, key := api.Employer(t, "Northwind", 5, apikey.ScopeJobPosting, apikey.ScopeCVSearch)
	job := api.OpenJob(t, tenant)
	candidate := applied(t, api, job, "ada.lovelace@example.com", "")
	at := func(hours int) string {
		return api.Clock.Now().Add(time.Duration(hours) * time.Hour).Format(time.RFC3339)
	}
	for _, hours := range []int{30, 10, 20, 20} {
		madeID(t, api, key, interviews, map[string]any{"candidateId": candidate, "jobId": job.ID, "startsAt": at(hours)})
	}
	for query, want := range map[string][]int64{
		"?sort=startsAt":                          {2, 3, 4, 1},
		"?sort=-startsAt":                         {1, 4, 3, 2},
		"?from=" + at(20):                         {1, 4, 3},
		"?to=" + at(20):                           {2},
		"?status=Completed":                       nil,
		fmt.Sprintf("?candidateId=%d", candidate): {1, 4, 3, 2},
		"?candidateId=999":                        nil,
		"?jobId=999":                              nil,
	} {
		var got []int64
		for cursor := ""; ; {
			var l candidateListAnswer
			api.Want(t, 200, get(interviews+query+"&pageSize=1"+cursor, key)).JSON(t, &l)
			got = append(got, ids(l.Items)...)
			if l.NextCursor == "" {
				break
			}
			cursor = "&cursor=" + l.NextCursor
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", query, diff)
		}
	}
}

func TestTheLifeOfACall(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	tenant, _ := api.Employer(t, "Northwind", 5, apikey.ScopeJobPosting)
	key := modeKey(t, api, tenant, board.ModeLive, false)
	job := api.OpenJob(t, tenant)
	candidate := applied(t, api, job, "ada.lovelace@example.com", "")
	begun := map[string]any{"candidateId": candidate, "jobId": job.ID, "purpose": "Screening", "provider": "Voicebot", "externalId": "c-1"}
	id := madeID(t, api, key, calls, begun)
	twice := api.Want(t, 409, servertest.Request{Method: http.MethodPost, Path: calls, Key: key, Body: begun})
	if !strings.Contains(string(twice.Body), strconv.FormatInt(id, 10)) {
		t.Errorf("the same identifier twice: %s", twice.Body)
	}
	type callAnswer struct {
		Status                       string
		EndedAt                      *time.Time
		DurationSeconds              *int
		Outcome, Summary, Transcript *string
	}
	path := fmt.Sprintf("%s/%d", calls, id)
	patch := func(status int, body any) (c callAnswer) {
		t.Helper()
		api.Want(t, status, servertest.Request{Method: http.MethodPatch, Path: path, Key: key, Body: body}).JSON(t, &c)
		return c
	}
	api.Clock.Advance(10 * time.Minute)
	patch(200, map[string]any{"summary": "So far so good"})
	patch(400, map[string]any{"status": "Lost", "durationSeconds": -1})
	c := patch(200, map[string]any{"status": "Completed", "outcome": "Interested", "transcript": "Hello"})
	if c.Status != "Completed" || c.EndedAt == nil || *c.DurationSeconds != 600 || *c.Outcome != "Interested" || *c.Summary != "So far so good" || *c.Transcript != "Hello" {
		t.Errorf("held %+v", c)
	}
	patch(200, map[string]any{"status": "Completed", "summary": nil})
	patch(400, map[string]any{"status": "InProgress"})
	if diff := cmp.Diff([]string{"ai_call.completed"}, eventTypes(t, api, key, "ai_call.")); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	list := api.Want(t, 200, get(calls+"?externalId=c-1&status=Completed", key))
	if strings.Contains(string(list.Body), "transcript") || !strings.Contains(string(list.Body), `"total":1`) {
		t.Errorf("listed %s", list.Body)
	}
}
