package webhooks

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/webhooks/profile"
)

// TestNativeSchedule checks all eight attempts of the documented schedule.
func TestNativeSchedule(t *testing.T) {
	t.Parallel()
	native := profile.Native()
	s := Schedule{Delays: native.Delays, MaxAttempts: native.MaxAttempts}
	const m, h = time.Minute, time.Hour
	want := []time.Duration{m, 5 * m, 15 * m, h, 6 * h, 24 * h, 24 * h}
	for attempt := 1; attempt <= 8; attempt++ {
		if attempt == 8 {
			if delay, dead := s.Next(attempt, 0, 0); !dead || delay != 0 {
				t.Errorf("Next(8) = %s, %v, want it dead", delay, dead)
			}
			continue
		}
		for _, jitter := range []float64{0, 0.5, 0.999999} {
			delay, dead := s.Next(attempt, 0, jitter)
			least := want[attempt-1]
			if dead || delay < least || delay > least+least/10 {
				t.Errorf("Next(%d, jitter %v) = %s, %v, want %s and at most a tenth more", attempt, jitter, delay, dead, least)
			}
			if jitter == 0 && delay != least {
				t.Errorf("Next(%d) = %s, want %s", attempt, delay, least)
			}
		}
	}
}

func TestScheduleNext(t *testing.T) {
	t.Parallel()
	short := Schedule{Delays: []time.Duration{time.Second, time.Minute}, MaxAttempts: 5}
	tests := []struct {
		name       string
		schedule   Schedule
		attempt    int
		retryAfter time.Duration
		jitter     float64
		delay      time.Duration
		dead       bool
	}{
		{"the last gap repeats", short, 4, 0, 0, time.Minute, false},
		{"the cap governs", short, 5, 0, 0, 0, true},
		{"beyond the cap", short, 9, 0, 0, 0, true},
		{"attempt 0 is treated as the first", short, 0, 0, 0, time.Second, false},
		{"jitter adds", short, 2, 0, 0.5, 63 * time.Second, false},
		{"later than the schedule", short, 1, time.Hour, 0, time.Hour, false},
		{"jitter adds to what was asked for", short, 1, time.Hour, 0.5, 63 * time.Minute, false},
		{"earlier than the schedule", short, 2, time.Second, 0, time.Minute, false},
		{"capped", short, 1, 1000 * time.Hour, 0, MaxRetryAfter, false},
		{"no further attempt, whatever was asked", short, 5, time.Second, 0, 0, true},
		{"single attempt", Schedule{MaxAttempts: 1}, 1, 0, 0, 0, true},
		{"no delays", Schedule{MaxAttempts: 3}, 1, 0, 0, 0, true},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			delay, dead := tc.schedule.Next(tc.attempt, tc.retryAfter, tc.jitter)
			if delay != tc.delay || dead != tc.dead {
				t.Errorf("Next = %s, %v, want %s, %v", delay, dead, tc.delay, tc.dead)
			}
		})
	}
}

func TestClassify(t *testing.T) {
	t.Parallel()
	tests := []struct {
		result  Result
		outcome Outcome
		reason  string
	}{
		{Result{Status: 200}, Delivered, "200 OK"},
		{Result{Status: 204}, Delivered, "204 No Content"},
		{Result{Status: 299}, Delivered, "299"},
		{Result{Status: 101}, Retry, "101 Switching Protocols"},
		{Result{Status: 301}, Retry, "301 Moved Permanently: redirects are not followed; enter the final URL."},
		{Result{Status: 304}, Retry, "304 Not Modified: redirects are not followed; enter the final URL."},
		{Result{Status: 307}, Retry, "307 Temporary Redirect: redirects are not followed; enter the final URL."},
		{Result{Status: 400}, Retry, "400 Bad Request"},
		{Result{Status: 401}, Retry, "401 Unauthorized"},
		{Result{Status: 404}, Retry, "404 Not Found"},
		{Result{Status: 410}, Disable, "410 Gone: the endpoint asked for no further deliveries."},
		{Result{Status: 429}, Retry, "429 Too Many Requests"},
		{Result{Status: 500}, Retry, "500 Internal Server Error"},
		{Result{Status: 999}, Retry, "999"},
		{Result{Err: &SendError{Stage: StageTimeout, Message: "No answer within 10s."}}, Retry, "No answer within 10s."},
		{Result{Err: &SendError{Stage: StageBlocked, Message: "Blocked."}}, Retry, "Blocked."},
		{Result{Err: &SendError{Stage: StageCanceled, Message: "Ours."}}, Aborted, "Ours."},
	}
	for _, tc := range tests {
		outcome, reason := Classify(tc.result)
		if outcome != tc.outcome || reason != tc.reason {
			t.Errorf("Classify(%+v) = %d, %q, want %d, %q", tc.result, outcome, reason, tc.outcome, tc.reason)
		}
	}
}

func TestParseRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 4, 10, 0, 0, 500e6, time.UTC)
	tests := []struct {
		value string
		want  time.Duration
	}{
		{"", 0},
		{"0", 0},
		{"120", 2 * time.Minute},
		{" 120 ", 2 * time.Minute},
		{"007", 7 * time.Second},
		{"99999999999999999999999", 366 * 24 * time.Hour},
		{"9223372036", 366 * 24 * time.Hour},
		{"-5", 0},
		{"+5", 0},
		{"1.5", 0},
		{"1e3", 0},
		{"soon", 0},
		{"12, 13", 0},
		{"Mon, 04 May 2026 10:01:00 GMT", 59500 * time.Millisecond},
		{"Monday, 04-May-26 10:01:00 GMT", 59500 * time.Millisecond},
		{"Mon May  4 10:01:00 2026", 59500 * time.Millisecond},
		{"Mon, 04 May 2026 09:00:00 GMT", 0},
		{"Thu, 01 Jan 1970 00:00:00 GMT", 0},
		{"2026-05-04T10:01:00Z", 0},
	}
	for _, tc := range tests {
		if got := parseRetryAfter(tc.value, now); got != tc.want {
			t.Errorf("parseRetryAfter(%q) = %s, want %s", tc.value, got, tc.want)
		}
	}
}

func TestExcerpt(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, body string
		whole      bool
		want       string
	}{
		{"text", "{\"ok\":\ttrue}\n", true, "{\"ok\":\ttrue}\n"},
		{"empty", "", true, ""},
		{"carriage returns, NUL and escapes go", "a\r\nb\x00c\x1b[31md\u0085", true, "a\nbc[31md"},
		{"invalid bytes", "a\xff\xfeb", true, "a\uFFFDb"},
		{"a character cut in half", "Zür"[:2], false, "Z"},
		{"a longer one", "ab\U0001F680"[:5], false, "ab"},
		{"nothing cut", "Zü", false, "Zü"},
		{"half a character that was sent so", "Z\xc3", true, "Z\uFFFD"},
		{"cut at the limit", strings.Repeat("a", 1023) + "ü"[:1], false, strings.Repeat("a", 1023)},
		{"replacements do not exceed the limit", strings.Repeat("\xffa", 512), false, strings.Repeat("\uFFFDa", 256)},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, excerpt([]byte(tc.body), tc.whole)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
