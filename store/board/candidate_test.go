package board

import (
	"errors"
	"strings"
	"testing"
)

func TestACandidateStandsWhereTheirApplicationsDo(t *testing.T) {
	t.Parallel()
	for want, applications := range map[ApplicationStatus][][]ApplicationStatus{
		ApplicationNew:         {nil, {ApplicationNew}, {ApplicationRejected, ApplicationNew, ApplicationWithdrawn}},
		ApplicationScreened:    {{ApplicationNew, ApplicationScreened}},
		ApplicationInterviewed: {{ApplicationInterviewed, ApplicationRejected, ApplicationScreened}},
		ApplicationOffered:     {{ApplicationOffered, ApplicationInterviewed}},
		ApplicationHired:       {{ApplicationOffered, ApplicationHired}, {ApplicationRejected, ApplicationHired}},
		ApplicationRejected:    {{ApplicationRejected}, {ApplicationWithdrawn, ApplicationRejected}},
		ApplicationWithdrawn:   {{ApplicationWithdrawn}, {ApplicationWithdrawn, ApplicationWithdrawn}},
	} {
		for _, statuses := range applications {
			if got := CandidateStatus(statuses); got != want {
				t.Errorf("CandidateStatus(%v) = %s, want %s", statuses, got, want)
			}
		}
	}
}

func TestAMoveOfACandidateSpeaksOfOne(t *testing.T) {
	t.Parallel()
	stale := ApplicationScreened
	_, conflict := CheckCandidateMove(ApplicationNew, ApplicationHired, &stale, "")
	_, state := CheckCandidateMove(ApplicationOffered, ApplicationNew, nil, "")
	_, reason := CheckCandidateMove(ApplicationRejected, ApplicationNew, nil, "")
	for err, want := range map[error]Code{conflict: CodeConflict, state: CodeInvalidState, reason: CodeInvalidRequest} {
		var e *Error
		if !errors.As(err, &e) || e.Code != want || strings.Contains(e.Message, "application") {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if !strings.HasPrefix(state.Error(), "invalid_state: A candidate that") {
		t.Errorf("%v", state)
	}
}
