package board

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func inProgress(t *testing.T) AICall {
	t.Helper()
	c, err := NewAICall{CandidateID: 1, Purpose: " Screening ", Provider: "Voices", ExternalID: "c-1"}.AICall(interviewNow)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestANewCall(t *testing.T) {
	t.Parallel()
	want := AICall{
		Version: 1, CandidateID: 1, Status: AICallInProgress, Purpose: "Screening", Provider: "Voices", ExternalID: "c-1",
		StartedAt: interviewNow, CreatedAt: interviewNow, UpdatedAt: interviewNow,
	}
	if diff := cmp.Diff(want, inProgress(t)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	future := interviewNow.Add(time.Hour)
	_, err := NewAICall{Provider: strings.Repeat("x", MaxCallProvider+1), ExternalID: "a\u200bb", StartedAt: &future}.AICall(interviewNow)
	bad := map[string]string{
		"candidateId": FieldRequired, "purpose": FieldTooShort, "provider": FieldTooLong, "externalId": FieldInvalidFormat, "startedAt": FieldOutOfRange,
	}
	if diff := cmp.Diff(bad, badFields(err)); diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestACallEndsOnce(t *testing.T) {
	t.Parallel()
	c := inProgress(t)
	later := interviewNow.Add(3 * time.Minute)
	if changed, completed, err := c.Apply(AICallPatch{Summary: Set("So far"), Status: Set(AICallInProgress)}, interviewNow); !changed || completed || err != nil {
		t.Errorf("a summary while it lasts: %t, %t, %v", changed, completed, err)
	}
	changed, completed, err := c.Apply(AICallPatch{Status: Set(AICallCompleted), Outcome: Set("Interested")}, later)
	if !changed || !completed || err != nil || !c.EndedAt.Equal(later) || *c.DurationSeconds != 180 || c.Version != 3 || !c.UpdatedAt.Equal(later) {
		t.Errorf("completed: %t, %t, %v: %+v", changed, completed, err, c)
	}
	before := c
	if changed, completed, err := c.Apply(AICallPatch{Status: Set(AICallCompleted)}, later.Add(time.Minute)); changed || completed || err != nil {
		t.Errorf("completed again: %t, %t, %v", changed, completed, err)
	}
	if changed, completed, err := c.Apply(AICallPatch{EndedAt: Clear[time.Time]()}, later.Add(time.Minute)); changed || completed || err != nil {
		t.Errorf("its end is cleared: %t, %t, %v", changed, completed, err)
	}
	if changed, completed, err := c.Apply(AICallPatch{Status: Set(AICallFailed)}, later); changed || completed || err == nil || !strings.Contains(err.Error(), "invalid_state") {
		t.Errorf("failed after all: %t, %t, %v", changed, completed, err)
	}
	if diff := cmp.Diff(before, c); diff != "" {
		t.Errorf("changed (-want +got):\n%s", diff)
	}
	if changed, completed, err := c.Apply(AICallPatch{Transcript: Set("Hello\r\nYes"), DurationSeconds: Set(170)}, later); !changed || completed || err != nil || c.Transcript != "Hello\nYes" || *c.DurationSeconds != 170 {
		t.Errorf("a transcript afterwards: %t, %t, %v: %+v", changed, completed, err, c)
	}
}

func TestWhatACallCannotBecome(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		patch AICallPatch
		want  map[string]string
	}{
		"ended before it began": {AICallPatch{Status: Set(AICallCompleted), EndedAt: Set(interviewNow.Add(-time.Second))}, map[string]string{"endedAt": FieldOutOfRange}},
		"ended in the future":   {AICallPatch{Status: Set(AICallFailed), EndedAt: Set(interviewNow.Add(time.Hour))}, map[string]string{"endedAt": FieldOutOfRange}},
		"an end of none":        {AICallPatch{EndedAt: Set(interviewNow), DurationSeconds: Set(1)}, map[string]string{"endedAt": FieldConflict, "durationSeconds": FieldConflict}},
		"texts and numbers": {
			AICallPatch{
				Status: Clear[AICallStatus](), DurationSeconds: Set(-1), Outcome: Set(strings.Repeat("x", MaxCallOutcome+1)),
				Summary: Set(strings.Repeat("x", MaxCallSummary+1)), Transcript: Set(strings.Repeat("x", MaxCallTranscript+1)),
			},
			map[string]string{"status": FieldNotAllowed, "durationSeconds": FieldConflict, "outcome": FieldTooLong, "summary": FieldTooLong, "transcript": FieldTooLong},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := inProgress(t)
			_, _, err := c.Apply(tt.patch, interviewNow)
			if diff := cmp.Diff(tt.want, badFields(err)); diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
			if diff := cmp.Diff(inProgress(t), c); diff != "" {
				t.Errorf("changed (-want +got):\n%s", diff)
			}
		})
	}
	e := AICallKnown("c-1", 7)
	if !errors.As(error(e), new(*Error)) || e.Code != CodeConflict || !strings.Contains(e.Message, "7") {
		t.Errorf("%v", e)
	}
}
