package board

import "time"

// The admins are told that a key expires so long before it does: a week, and of a key for less than four weeks a quarter of its time.
const (
	keyNotice     = 7 * day
	keyNoticePart = 4
	// leastKeyNotice is the shortest notice that is worth an email: a key for some hours was made for one task.
	leastKeyNotice = day
	day            = 24 * time.Hour
)

// KeyNotice returns from when on the admins are told that a key expires; nil for a key that they are not told of: one that never
// expires, or that was made for less than four days.
func KeyNotice(createdAt time.Time, expiresAt *time.Time) *time.Time {
	if expiresAt == nil {
		return nil
	}
	notice := min(keyNotice, expiresAt.Sub(createdAt)/keyNoticePart)
	if notice < leastKeyNotice {
		return nil
	}
	return new(expiresAt.Add(-notice))
}

// KeyExpiresSoon tells whether a key works at now, is not replaced, and expires so soon that the admins ought to do something.
func KeyExpiresSoon(status KeyStatus, replaced bool, createdAt time.Time, expiresAt *time.Time, now time.Time) bool {
	notice := KeyNotice(createdAt, expiresAt)
	return notice != nil && status.At(expiresAt, now) == KeyActive && !replaced && !now.Before(*notice)
}

// RolledKeyExpiry returns when a key expires that takes the place of another at now: it lives as long as the other one was to live,
// and never expires if that one does not. An expiry at the end of a day (UTC) stays one.
func RolledKeyExpiry(createdAt time.Time, expiresAt *time.Time, now time.Time) *time.Time {
	if expiresAt == nil {
		return nil
	}
	expiry := now.Add(expiresAt.Sub(createdAt))
	if expiresAt.Equal(expiresAt.Truncate(day)) {
		expiry = expiry.Truncate(day)
	}
	return &expiry
}
