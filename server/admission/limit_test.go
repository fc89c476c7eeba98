package admission

import (
	"testing"
	"time"

	"itmanagerjobs/store/board"
)

func TestFormatRateLimit(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		remaining int
		reset     time.Duration
		want      string
	}{
		{99, 60 * time.Second, `"jobs";r=99;t=60`},
		{1, 1500 * time.Millisecond, `"jobs";r=1;t=2`},
		{0, 1, `"jobs";r=0;t=1`},
		{-3, -time.Second, `"jobs";r=0;t=0`},
	} {
		value, policy := formatRateLimit(board.FamilyJobs, 100, tt.remaining, tt.reset)
		if value != tt.want || policy != `"jobs";q=100;w=60` {
			t.Errorf("%d left, reset in %s: %s and %s; want %s", tt.remaining, tt.reset, value, policy, tt.want)
		}
	}
}
