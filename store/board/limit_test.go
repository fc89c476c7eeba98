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

func TestFormatRateLimit(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		remaining int
		reset     time.Duration
		want      string
		retry     string
	}{
		{99, 60 * time.Second, `"jobs";r=99;t=60`, "60"},
		{1, 1500 * time.Millisecond, `"jobs";r=1;t=2`, "2"},
		{0, 1, `"jobs";r=0;t=1`, "1"},
		{-3, -time.Second, `"jobs";r=0;t=0`, "1"},
	} {
		value, policy := board.FormatRateLimit(board.FamilyJobs, 100, tc.remaining, tc.reset)
		diff(t, "RateLimit", tc.want, value)
		diff(t, "RateLimit-Policy", `"jobs";q=100;w=60`, policy)
		diff(t, "Retry-After", tc.retry, board.RetryAfter(tc.reset))
	}
}
