package board_test

import (
	"testing"
	"time"

	"itmanagerjobs/store/board"
)

func TestExtend(t *testing.T) {
	t.Parallel()
	j := active(t, complete())
	posted, until, version := *j.PostedDate, *j.ExpiryDate, j.Version
	later := posted.Add(time.Hour)
	for name, to := range map[string]time.Time{"earlier": until.Add(-time.Second), "too late": posted.Add(board.MaxRun + time.Second)} {
		if changed, err := j.Extend(later, to); changed || code(err) != board.CodeInvalidRequest {
			t.Errorf("%s: %t, %v", name, changed, err)
		}
	}
	if changed, err := j.Extend(later, until); changed || err != nil || j.Version != version {
		t.Errorf("the same time: %t, %v", changed, err)
	}
	if changed, err := j.Extend(later, posted.Add(board.MaxRun)); !changed || err != nil || !j.ExpiryDate.Equal(posted.Add(board.MaxRun)) || j.Version != version+1 {
		t.Errorf("to the end: %t, %v, %v", changed, err, j.ExpiryDate)
	}
	if _, err := j.Extend(j.ExpiryDate.Add(time.Second), posted.Add(board.MaxRun)); code(err) != board.CodeInvalidState {
		t.Errorf("a job that is over: %v", err)
	}
	j.Deactivate(later)
	if _, err := j.Extend(later, posted.Add(board.MaxRun)); code(err) != board.CodeInvalidState {
		t.Errorf("a closed job: %v", err)
	}
}
