package letter

import (
	"fmt"
	"time"

	"itmanagerjobs/store/board"
)

// KeyApproved tells an admin of an employer that a key may be used. link leads to the keys.
func KeyApproved(to, employer, key, link string) Mail {
	return mailWith(to, "", fmt.Sprintf("Your API key “%s” is approved", key), whyAdmin(employer), button{"See your API keys", link}, []string{
		"Hello,",
		fmt.Sprintf("The API key “%s” of %s is approved. It works from now on, and you need not change anything in your system. Your keys are here:", key, employer),
		link,
	})
}

// KeyRefused tells an admin of an employer that a key is refused, and why. link leads to the keys.
func KeyRefused(to, employer, key, reason, link string) Mail {
	return mailWith(to, "", fmt.Sprintf("Your API key “%s” is not approved", key), whyAdmin(employer), button{"See your API keys", link}, []string{
		"Hello,",
		fmt.Sprintf("We have looked at the API key “%s” of %s and can't approve it. Requests with it are still refused (status 401).", key, employer),
		"The reason: " + reason,
		"When this is settled, create another key. Test keys work without approval:",
		link,
	})
}

// KeyWaits tells a reviewer of the platform that a key waits for an approval. link leads to the keys that wait.
func KeyWaits(to, employer, key, link string) Mail {
	return mailWith(to, "", "An API key of "+employer+" waits for your review", "You get this email because you review API keys at ITManagerJobs.", button{"Review the key", link}, []string{
		"Hello,",
		fmt.Sprintf("%s has asked for the live API key “%s”. Requests with it are refused until somebody approves it:", employer, key),
		link,
		"While it waits, further keys are listed on the same page without another email.",
	})
}

// ExpiringKey is what an email says of a key that expires soon.
type ExpiringKey struct {
	Name string
	// Shown are the two ends of the key, as the list of keys has them: "pk_live_…4d7k".
	Shown     string
	Mode      board.Mode
	ExpiresAt time.Time
	// LastUsedAt is nil for a key that was never used.
	LastUsedAt *time.Time
}

// KeyExpires tells an admin of an employer that a key expires soon. link leads to the keys.
func KeyExpires(to, employer string, k ExpiringKey, link string, now time.Time) Mail {
	kind, end := "API key", k.ExpiresAt.UTC()
	if k.Mode == board.ModeTest {
		kind = "test API key"
	}
	ends := "on " + end.Format("2 January 2006 at 15:04 UTC")
	if end.Equal(end.Truncate(24 * time.Hour)) {
		ends = "at the end of " + end.AddDate(0, 0, -1).Format("2 January 2006 (UTC)")
	}
	used := "It was never used."
	if k.LastUsedAt != nil {
		used = "It was last used on " + k.LastUsedAt.UTC().Format("2 January 2006") + "."
	}
	return mailWith(to, "", fmt.Sprintf("Your %s “%s” expires soon", kind, k.Name), whyAdmin(employer), button{"See your API keys", link}, []string{
		"Hello,",
		fmt.Sprintf("The %s “%s” (%s) of %s expires %s, %s. From then on requests with it are refused (status 401). %s", kind, k.Name, k.Shown, employer, ends, untilThen(end.Sub(now)), used),
		"If a system works with it, choose “Roll” beside it: you get a new key with the same scopes, and this one goes on meanwhile.",
		link,
		"If nothing uses it any more, you need do nothing. You get this email once.",
	})
}

// untilThen writes a time to come in whole days: "in 7 days".
func untilThen(d time.Duration) string {
	if days := int(d.Round(24*time.Hour) / (24 * time.Hour)); days > 1 {
		return fmt.Sprintf("in %d days", days)
	}
	return "in a day"
}
