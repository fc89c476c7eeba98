package webhooks

import (
	"context"
	"net/http"
	"strings"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/outbox"
)

// Addresses judges where deliveries may go: those of test data may have other rules, and inboxes of ours.
type Addresses struct {
	// Live is for live data, Test for test data.
	Live, Test Guard
	// InboxPrefix is what the addresses of inboxes begin with; empty when there are none.
	InboxPrefix string
}

// guard is that of a mode. Deliveries without a mode are live.
func (a Addresses) guard(m board.Mode) Guard {
	if m == board.ModeTest {
		return a.Test
	}
	return a.Live
}

// waysOut are those of a test webhook whose address we do not call.
const waysOut = " There are three ways to try webhooks without a public server: an inbox of ours (POST /api/v1/test/inboxes), " +
	"`itmanagerjobs listen --forward URL`, which carries events to your own machine, or a tunnel with an https address."

// CheckURL is Guard.CheckURL for the data of a mode. A refusal of an address on somebody's own machine says what to do instead.
// Whether there is an inbox at the address of one is not looked at.
func (a Addresses) CheckURL(m board.Mode, raw string) (code, message string) {
	if _, ok := a.inbox(raw); ok {
		if m != board.ModeTest {
			return "not_allowed", "An inbox takes test data alone. Create the webhook with a test key."
		}
		return "", ""
	}
	code, message = a.guard(m).CheckURL(raw)
	if m == board.ModeTest && (code == "not_allowed" || code != "" && strings.HasPrefix(strings.ToLower(raw), "http://")) {
		message += waysOut
	}
	return code, message
}

// inbox is the end of the address of an inbox.
func (a Addresses) inbox(raw string) (token string, ok bool) {
	if a.InboxPrefix == "" {
		return "", false
	}
	return strings.CutPrefix(raw, a.InboxPrefix)
}

// ReceiveInbox keeps a delivery in an inbox, and tells whether there is one.
type ReceiveInbox func(ctx context.Context, a outbox.Arrival) (found bool, err error)

// toInbox hands a request to an inbox of ours. Nothing is sent over the network: the address may be one that only the outside
// reaches. A handshake is permitted, and not kept.
func (c *Client) toInbox(ctx context.Context, token string, r Request) Result {
	if r.Method != http.MethodPost {
		return Result{Status: 204}
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	header := r.Header.Clone()
	if c.userAgent != "" && header.Get("User-Agent") == "" {
		header.Set("User-Agent", c.userAgent)
	}
	found, err := c.receive(ctx, outbox.Arrival{
		Tenant: r.Tenant, Token: token, SubscriptionID: r.SubscriptionID, DeliveryID: r.DeliveryID, Method: r.Method, Header: header, Body: r.Body,
	})
	switch {
	case ctx.Err() != nil && err != nil:
		return Result{Err: &SendError{Stage: StageCanceled, Message: "Keeping the delivery was cut short.", cause: err}}
	case err != nil:
		return Result{Err: &SendError{Stage: stageEncode, Message: "The delivery could not be kept in the inbox.", cause: err}}
	case !found:
		return Result{Status: 404, Excerpt: "There is no such inbox."}
	}
	return Result{Status: 200, Excerpt: "Kept in the inbox."}
}
