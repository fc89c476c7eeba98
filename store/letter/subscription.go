package letter

import (
	"fmt"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/event"
)

// SubscriptionDisabled tells an admin of an employer that a subscription was disabled, and what to do. link is the page
// of the webhook.
func SubscriptionDisabled(to, employer string, mode board.Mode, subscriptionID int64, url, reason, link string, at time.Time) Mail {
	webhook := "Webhook"
	if mode == board.ModeTest {
		webhook = "Test webhook"
	}
	return mailWith(to, "", fmt.Sprintf("%s %d was disabled", webhook, subscriptionID), whyAdmin(employer), button{"Look at the webhook", link}, []string{
		"Hello,",
		fmt.Sprintf("%s %d of %s was disabled on %s. It sent to\n%s", webhook, subscriptionID, employer, at.UTC().Format("2 January 2006 at 15:04 UTC"), url),
		"The reason: " + reason,
		"Its page shows what was sent and what your system answered:",
		link,
		fmt.Sprintf("No events are lost: they are kept for %d days. When your system works again, choose “Enable” on that page, which also sends what happened meanwhile. "+
			"Your system can do the same through the API: POST /api/v1/webhooks/%d/enable.", int(event.Retention/(24*time.Hour)), subscriptionID),
	})
}
