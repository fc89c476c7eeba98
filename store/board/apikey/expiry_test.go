package apikey

import (
	"testing"
	"time"
)

func TestAdminsAreToldOfAnExpiryInTime(t *testing.T) {
	t.Parallel()
	made := time.Date(2026, 7, 1, 10, 0, 0, 0, time.UTC)
	for lives, notice := range map[time.Duration]time.Duration{
		365 * day: 7 * day, 28 * day: 7 * day, 8 * day: 2 * day, 4 * day: day, 4*day - time.Second: 0, time.Hour: 0,
	} {
		expires := made.Add(lives)
		got := Notice(made, &expires)
		if (got == nil) != (notice == 0) || got != nil && !got.Equal(expires.Add(-notice)) {
			t.Errorf("a key for %s: told at %v, want %s before its end", lives, got, notice)
		}
		for _, c := range []struct {
			status   Status
			replaced bool
			at       time.Time
			want     bool
		}{
			{Active, false, expires.Add(-notice), notice > 0},
			{Active, false, expires.Add(-notice - time.Second), false},
			{Active, false, expires, false},
			{Active, true, expires.Add(-notice), false},
			{Pending, false, expires.Add(-notice), false},
			{Revoked, false, expires.Add(-notice), false},
		} {
			if got := ExpiresSoon(c.status, c.replaced, made, &expires, c.at); got != c.want {
				t.Errorf("a key for %s, %s, replaced %t, at %s: soon is %t", lives, c.status, c.replaced, c.at, got)
			}
		}
	}
	if Notice(made, nil) != nil || ExpiresSoon(Active, false, made, nil, made) {
		t.Error("a key that never expires is told of")
	}
}

func TestARolledKeyLivesAsLongAsTheFormerOne(t *testing.T) {
	t.Parallel()
	made := time.Date(2026, 7, 1, 10, 0, 0, 0, time.UTC)
	endOfDay := time.Date(2026, 8, 1, 0, 0, 0, 0, time.UTC)
	later := made.Add(90 * day)
	now := time.Date(2026, 7, 28, 15, 30, 0, 0, time.UTC)
	if got := RolledExpiry(made, &endOfDay, now); !got.Equal(time.Date(2026, 8, 28, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("until the end of a day: %s", got)
	}
	if got := RolledExpiry(made, &later, now); !got.Equal(now.Add(90 * day)) {
		t.Errorf("for 90 days: %s", got)
	}
	if got := RolledExpiry(made, nil, now); got != nil {
		t.Errorf("for ever: %s", got)
	}
}
