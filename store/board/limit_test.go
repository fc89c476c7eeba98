package board_test

import (
	"testing"
	"time"

	"itmanagerjobs/store/board"
)

func TestLimits(t *testing.T) {
	t.Parallel()
	got := map[board.LimitFamily]int{"unknown": board.DefaultLimit("unknown")}
	for _, f := range board.AllLimitFamilies() {
		got[f] = board.DefaultLimit(f)
		diff(t, "family of a pk_ key", f, f.ForKey(false))
		diff(t, "family of an rk_ key", board.FamilyReadOnly, f.ForKey(true))
	}
	diff(t, "limits", map[board.LimitFamily]int{"jobs": 100, "search": 30, "candidate": 60, "readonly": 100, "unknown": 0}, got)
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	for reset, want := range map[time.Duration]string{60 * time.Second: "60", 1500 * time.Millisecond: "2", 1: "1", -time.Second: "1"} {
		diff(t, reset.String(), want, board.RetryAfter(reset))
	}
}
