package member

import (
	"time"

	"itmanagerjobs/server/pages"
)

// Day is 24 hours.
const Day = 24 * time.Hour

// InWords writes a time as a person reads it: "2 March 2026, 09:30 UTC".
func InWords(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04 UTC") }

// ago tells how long something is past: "5 minutes ago", or "never" when it did not happen.
func ago(t *time.Time, now time.Time) string {
	if t == nil {
		return "never"
	}
	switch d := now.Sub(*t); {
	case d < time.Minute:
		return "just now"
	case d < time.Hour:
		return pages.Count(int(d/time.Minute), "minute") + " ago"
	case d < Day:
		return pages.Count(int(d/time.Hour), "hour") + " ago"
	case d < 30*Day:
		return pages.Count(int(d/Day), "day") + " ago"
	}
	return "on " + t.UTC().Format("2 January 2006")
}

// ExpiryInWords tells when a key ends. A day that was chosen counts to its end, which is kept as the next midnight.
func ExpiryInWords(t *time.Time, now time.Time) string {
	if t == nil {
		return "never"
	}
	text := InWords(*t)
	if u := t.UTC(); u.Equal(u.Truncate(Day)) {
		text = "end of " + u.AddDate(0, 0, -1).Format("2 January 2006") + " (UTC)"
	}
	switch left := t.Sub(now); {
	case left <= 0:
		return text + ", which has passed"
	case left < Day:
		return text + ", in less than a day"
	case left < 30*Day:
		return text + ", in " + pages.Count(int(left/Day), "day")
	}
	return text
}
