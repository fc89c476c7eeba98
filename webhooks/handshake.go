package webhooks

import (
	"context"
	"fmt"
	"itmanagerjobs/store/outbox"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The handshake of "HTTP 1.1 Web Hooks for Event Delivery", by which the owner of an endpoint says who may deliver to
// it, and how often.
const (
	headerRequestOrigin = "Webhook-Request-Origin"
	headerAllowedOrigin = "Webhook-Allowed-Origin"
	headerAllowedRate   = "Webhook-Allowed-Rate" // per minute
)

// StageHandshake is that of an attempt whose endpoint does not allow deliveries.
const StageHandshake Stage = "handshake"

// permissionLasts is how long an answer holds. Then the endpoint is asked again: it may have changed its mind.
const permissionLasts = time.Hour

// maxShownHeader is how much of a header of the endpoint's its owner is shown, in bytes.
const maxShownHeader = 100

// permission is what the endpoint of a lane has answered. It is kept as long as a copy owns the lane.
type permission struct {
	turn chan struct{} // full while somebody asks; guards what follows

	until time.Time // when the answer no longer holds; zero of none
	gap   time.Duration
}

func (k *webhookKind) permission(l outbox.Lane) *permission {
	if !k.profiles[l.Endpoint.Profile].Handshake {
		return nil
	}
	return &permission{turn: make(chan struct{}, 1)}
}

// permitted asks the endpoint whether it allows deliveries, unless it has answered already. A refusal is what the attempt
// came to.
func (k *webhookKind) permitted(ctx context.Context, p *permission, url string) (gap time.Duration, refusal *verdict) {
	if p == nil {
		return 0, nil
	}
	select {
	case p.turn <- struct{}{}:
		defer func() { <-p.turn }()
	case <-ctx.Done():
		return 0, &verdict{outcome: Aborted}
	}
	if k.now().Before(p.until) {
		return p.gap, nil
	}
	result := k.client.Send(ctx, Request{Method: http.MethodOptions, URL: url, Header: http.Header{headerRequestOrigin: {k.origin}}})
	gap, refusal = judgeHandshake(result, k.origin)
	if refusal == nil {
		p.gap, p.until = gap, k.now().Add(permissionLasts)
	}
	return gap, refusal
}

// judgeHandshake reads the answer to a handshake. An endpoint that knows nothing of it does not answer OPTIONS, or says
// nothing of origins: it takes what it subscribed to.
func judgeHandshake(r Result, origin string) (gap time.Duration, refusal *verdict) {
	outcome, reason := Classify(r)
	allowed := strings.TrimSpace(r.Header.Get(headerAllowedOrigin))
	switch {
	case outcome == Aborted:
		return 0, &verdict{outcome: Aborted}
	case r.Err != nil:
		return 0, &verdict{outcome: outcome, reason: "The handshake (OPTIONS) failed: " + reason, result: r}
	case allowed != "" && allowed != "*" && !strings.EqualFold(allowed, origin):
		return 0, notAllowed(r, fmt.Sprintf("The endpoint does not allow deliveries from %s: its answer to OPTIONS names %s %q.",
			origin, headerAllowedOrigin, allowed[:min(len(allowed), maxShownHeader)]))
	case r.Status == http.StatusUnauthorized, r.Status == http.StatusForbidden:
		return 0, notAllowed(r, fmt.Sprintf("The endpoint does not allow deliveries from %s: it answered OPTIONS with %s.", origin, reason))
	case outcome == Delivered && allowed != "":
		return allowedGap(r.Header.Get(headerAllowedRate)), nil
	case outcome == Delivered, takesNoPart(r.Status):
		return 0, nil
	default:
		return 0, &verdict{outcome: outcome, reason: "The handshake (OPTIONS) was answered with " + reason, result: r}
	}
}

// notAllowed is what an attempt comes to when the owner of the endpoint refuses deliveries.
func notAllowed(r Result, message string) *verdict {
	return &verdict{outcome: Retry, reason: message, result: Result{
		Timing: r.Timing, Reused: r.Reused, Excerpt: r.Excerpt, RetryAfter: r.RetryAfter, Err: &SendError{Stage: StageHandshake, Message: message},
	}}
}

// takesNoPart tells answers of those who do not know the method.
func takesNoPart(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusGone, http.StatusTooManyRequests:
		return false
	case http.StatusNotImplemented:
		return true
	default:
		return status/100 == 4
	}
}

// allowedGap is the time between two deliveries at a rate per minute; 0 when any rate is fine.
func allowedGap(rate string) time.Duration {
	n, err := strconv.ParseInt(strings.TrimSpace(rate), 10, 64)
	if err != nil || n < 1 {
		return 0
	}
	return time.Minute / time.Duration(min(n, int64(time.Minute)))
}
