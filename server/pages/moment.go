package pages

import (
	"fmt"
	"time"
	"unicode"
	"unicode/utf8"
)

const day = 24 * time.Hour

// Moment is a point in time as a page shows it: how far away it is, with the exact time as a title.
type Moment struct {
	// Words are relative: "3 days ago", "in 2 hours", or a date that is far away.
	Words string
	// Exact is "2 March 2026, 09:30 UTC".
	Exact string
	// Machine is RFC 3339.
	Machine string
}

// MomentOf describes a time as seen from now.
func MomentOf(t, now time.Time) Moment {
	return Moment{Words: Relative(t, now), Exact: t.UTC().Format("2 January 2006, 15:04 UTC"), Machine: t.UTC().Format(time.RFC3339)}
}

// MomentOrNil is MomentOf for a time that may be missing.
func MomentOrNil(t *time.Time, now time.Time) *Moment {
	if t == nil {
		return nil
	}
	return new(MomentOf(*t, now))
}

// Relative tells how far a time is from now in words. Beyond a month it is a date, with its year when that is another one.
func Relative(t, now time.Time) string {
	d := now.Sub(t)
	past := d >= 0
	if !past {
		d = -d
	}
	var words string
	switch {
	case d < time.Minute && past:
		return "just now"
	case d < time.Minute:
		return "in a moment"
	case d < time.Hour:
		words = Count(int(d/time.Minute), "minute")
	case d < day:
		words = Count(int(d/time.Hour), "hour")
	case d < 31*day:
		words = Count(int(d/day), "day")
	case t.UTC().Year() == now.UTC().Year():
		return t.UTC().Format("2 January")
	default:
		return t.UTC().Format("2 January 2006")
	}
	if past {
		return words + " ago"
	}
	return "in " + words
}

// Count writes a number with its unit: "1 day", "2 days".
func Count(n int, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	return fmt.Sprintf("%d %ss", n, unit)
}

// Rounded is a number without all its digits but the first: 600 for 678.
func Rounded(n int) int {
	unit := 1
	for n/unit >= 10 {
		unit *= 10
	}
	return n / unit * unit
}

// AtLeast is a number of which only so much is known, rounded: "600+". Nothing is said of none.
func AtLeast(n int) string {
	if n < 1 {
		return ""
	}
	return fmt.Sprintf("%d+", Rounded(n))
}

// Capital begins a text with a capital letter.
func Capital(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	if size == 0 {
		return text
	}
	return string(unicode.ToUpper(first)) + text[size:]
}
