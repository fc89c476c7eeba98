package site

import "time"

// day writes a date as a person reads it, "" for none.
func day(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format("2 January 2006")
}

// lastDay is the last day on which something is open that ends at a time: that which ends at midnight does not open on the day that begins.
func lastDay(end *time.Time) string {
	if end == nil {
		return ""
	}
	return day(new(end.Add(-time.Nanosecond)))
}

func machine(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
