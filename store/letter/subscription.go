package letter

import (
	"fmt"
	"time"

	"itmanagerjobs/store/board"
)

// SubscriptionDisabled tells an admin of an employer that a subscription was disabled, and what to do. link is the page
// of the webhook.
func SubscriptionDisabled(to, employer string, mode board.Mode, subscriptionID int64, url, reason, link string, at time.Time) Mail {
	return mailWith(to, "", fmt.Sprintf("Webhook subscription %d was disabled", subscriptionID), button{"Look at the webhook", link}, []string{
		"Hello,",
		fmt.Sprintf("the webhook subscription %d of %s (%s mode) was disabled at %s. It sent to\n%s",
			subscriptionID, employer, mode, board.Moment(at).Format(time.RFC3339), url),
		"Reason: " + reason,
		"Its page has what was sent and answered:",
		link,
		fmt.Sprintf("No events are lost: they are kept for %d days. When the endpoint works again, enable the subscription on the Webhooks page "+
			"or with POST /api/v1/webhooks/%d/enable, and ask for a replay of what it missed.", int(board.EventRetention/(24*time.Hour)), subscriptionID),
	})
}
