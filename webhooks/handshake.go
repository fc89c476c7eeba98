package webhooks

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"itmanagerjobs/store/outbox"
)

// The headers of the handshake of "HTTP 1.1 Web Hooks for Event Delivery" (CloudEvents). By them the owner of an endpoint says who
// may deliver to it, and how often.
const (
	headerRequestOrigin = "Webhook-Request-Origin"
	headerAllowedOrigin = "Webhook-Allowed-Origin"
	headerAllowedRate   = "Webhook-Allowed-Rate" // per minute
)

// StageHandshake is the stage of an attempt whose endpoint does not permit deliveries.
const StageHandshake Stage = "handshake"

// permissionTTL is how long an answer is valid. Then the endpoint is asked again: its answer may have changed.
const permissionTTL = time.Hour

// maxShownHeader is how many bytes of a header of the answer the owner of the endpoint is shown.
const maxShownHeader = 100

// permission is the endpoint's answer to the handshake. A copy keeps it as long as it owns the lane.
type permission struct {
	mutex chan struct{} // has a value while an attempt asks; guards the fields below

	validUntil time.Time // zero when there is no answer
	minGap     time.Duration
}

func (k *webhookKind) permission(l outbox.Lane) *permission {
	if !k.profiles[l.Endpoint.Profile].Handshake {
		return nil
	}
	return &permission{mutex: make(chan struct{}, 1)}
}

// askPermission asks the endpoint whether it permits deliveries, unless it has a valid answer. A refusal is the verdict on the
// attempt. p is nil for a profile without handshake.
func (k *webhookKind) askPermission(ctx context.Context, p *permission, l outbox.Lane) (minGap time.Duration, refusal *verdict) {
	if p == nil {
		return 0, nil
	}
	select {
	case p.mutex <- struct{}{}:
		defer func() { <-p.mutex }()
	case <-ctx.Done():
		return 0, &verdict{outcome: Aborted}
	}
	if k.now().Before(p.validUntil) {
		return p.minGap, nil
	}
	result := k.client.Send(ctx, Request{
		Method: http.MethodOptions, URL: l.Endpoint.URL, Header: http.Header{headerRequestOrigin: {k.origin}},
		Tenant: l.Tenant, SubscriptionID: l.Endpoint.SubscriptionID,
	})
	minGap, refusal = classifyHandshake(result, k.origin)
	if refusal == nil {
		p.minGap, p.validUntil = minGap, k.now().Add(permissionTTL)
	}
	return minGap, refusal
}

// classifyHandshake reads the answer to a handshake. An endpoint that does not implement the handshake refuses OPTIONS or sends no
// allowed origin. It gets deliveries: its owner subscribed to them.
func classifyHandshake(r Result, origin string) (minGap time.Duration, refusal *verdict) {
	outcome, reason := Classify(r)
	allowed := strings.TrimSpace(r.Header.Get(headerAllowedOrigin))
	switch {
	case outcome == Aborted:
		return 0, &verdict{outcome: Aborted}
	case r.Err != nil:
		return 0, &verdict{outcome: outcome, reason: "The handshake (OPTIONS) failed: " + reason, result: r}
	case allowed != "" && allowed != "*" && !strings.EqualFold(allowed, origin):
		return 0, notAllowed(r, fmt.Sprintf("The endpoint does not allow deliveries from %s: its answer to OPTIONS names %s \"%s\".",
			origin, headerAllowedOrigin, allowed[:min(len(allowed), maxShownHeader)]))
	case r.Status == http.StatusUnauthorized, r.Status == http.StatusForbidden:
		return 0, notAllowed(r, fmt.Sprintf("The endpoint does not allow deliveries from %s: it answered OPTIONS with %s.", origin, reason))
	case outcome == Delivered && allowed != "":
		return allowedGap(r.Header.Get(headerAllowedRate)), nil
	case outcome == Delivered, refusesOptions(r.Status):
		return 0, nil
	default:
		return 0, &verdict{outcome: outcome, reason: "The handshake (OPTIONS) was answered with " + reason, result: r}
	}
}

// notAllowed is the verdict on an attempt whose endpoint refuses deliveries.
func notAllowed(r Result, message string) *verdict {
	return &verdict{outcome: Retry, reason: message, result: Result{
		Timing: r.Timing, Reused: r.Reused, Excerpt: r.Excerpt, RetryAfter: r.RetryAfter, Err: &SendError{Stage: StageHandshake, Message: message},
	}}
}

// refusesOptions reports whether a status means that the endpoint does not implement OPTIONS.
func refusesOptions(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusGone, http.StatusTooManyRequests:
		return false
	case http.StatusNotImplemented:
		return true
	default:
		return status/100 == 4
	}
}

// allowedGap is the least time between two deliveries at a rate per minute; 0 when any rate is allowed.
func allowedGap(rate string) time.Duration {
	n, err := strconv.ParseInt(strings.TrimSpace(rate), 10, 64)
	if err != nil || n < 1 {
		return 0
	}
	return time.Minute / time.Duration(min(n, int64(time.Minute)))
}
