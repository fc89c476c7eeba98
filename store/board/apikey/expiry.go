package apikey

import "time"

// The admins are told that a key expires so long before it does: a week, and of a key for less than four weeks a quarter of its time.
const (
	notice     = 7 * day
	noticePart = 4
	// leastNotice is the shortest notice that is worth an email: a key for some hours was made for one task.
	leastNotice = day
	day         = 24 * time.Hour
)

// Notice returns from when on the admins are told that a key expires; nil for a key that they are not told of: one that never
// expires, or that was made for less than four days.
func Notice(createdAt time.Time, expiresAt *time.Time) *time.Time {
	if expiresAt == nil {
		return nil
	}
	notice := min(notice, expiresAt.Sub(createdAt)/noticePart)
	if notice < leastNotice {
		return nil
	}
	return new(expiresAt.Add(-notice))
}

// ExpiresSoon tells whether a key works at now, is not replaced, and expires so soon that the admins ought to do something.
func ExpiresSoon(status Status, replaced bool, createdAt time.Time, expiresAt *time.Time, now time.Time) bool {
	notice := Notice(createdAt, expiresAt)
	return notice != nil && status.At(expiresAt, now) == Active && !replaced && !now.Before(*notice)
}

// RolledExpiry returns when a key expires that takes the place of another at now: it lives as long as the other one was to live,
// and never expires if that one does not. An expiry at the end of a day (UTC) stays one.
func RolledExpiry(createdAt time.Time, expiresAt *time.Time, now time.Time) *time.Time {
	if expiresAt == nil {
		return nil
	}
	expiry := now.Add(expiresAt.Sub(createdAt))
	if expiresAt.Equal(expiresAt.Truncate(day)) {
		expiry = expiry.Truncate(day)
	}
	return &expiry
}
