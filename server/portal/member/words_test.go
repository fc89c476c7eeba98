package member

import (
	"testing"
	"time"
)

func TestTimesInWords(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.March, 2, 9, 30, 0, 0, time.UTC)
	after := func(d time.Duration) *time.Time { return new(now.Add(d)) }
	midnight := time.Date(2026, time.March, 6, 0, 0, 0, 0, time.UTC)
	tests := []struct{ name, got, want string }{
		{"never used", ago(nil, now), "never"},
		{"now", ago(&now, now), "just now"},
		{"a clock that is ahead", ago(after(time.Second), now), "just now"},
		{"a minute", ago(after(-time.Minute), now), "1 minute ago"},
		{"hours", ago(after(-150*time.Minute), now), "2 hours ago"},
		{"days", ago(after(-5*Day), now), "5 days ago"},
		{"long ago", ago(after(-60*Day), now), "on 1 January 2026"},
		{"never expires", ExpiryInWords(nil, now), "never"},
		{"to the end of a day", ExpiryInWords(&midnight, now), "end of 5 March 2026 (UTC), in 3 days"},
		{"to a minute", ExpiryInWords(after(90*Day), now), "31 May 2026, 09:30 UTC"},
		{"expired", ExpiryInWords(after(-time.Hour), now), "2 March 2026, 08:30 UTC, which has passed"},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, tt.got, tt.want)
		}
	}
}
