package webhooks

import (
	"context"
	"itmanagerjobs/store/outbox"
	"log/slog"
	"net/url"
	"time"

	"itmanagerjobs/store/board"
)

// kind is one sort of delivery. Queue, lease, retries, dead letters and the log are the same for all; a kind knows how
// its deliveries are encoded, sent, and how the answer is judged.
type kind interface {
	// send makes one attempt. It must end soon after ctx does, with the outcome Aborted.
	send(ctx context.Context, l outbox.Lane, it *item, number int) verdict
	// schedule is when failed attempts are repeated.
	schedule(l outbox.Lane) Schedule
	// permission is what the endpoint of a lane must give before deliveries, nil for none.
	permission(l outbox.Lane) *permission
}

// verdict is what an attempt came to.
type verdict struct {
	outcome Outcome
	reason  string // for the delivery log, when it was not delivered
	result  Result
	// final means that another attempt would come to the same.
	final bool
	// ours means that it failed before anything was sent, for no fault of the endpoint.
	ours bool
	// permitted means that the endpoint was asked and allows deliveries, no more often than gap.
	permitted bool
	gap       time.Duration
}

// The stages of an attempt that never reached the network.
const (
	stageGone   Stage = "gone"   // what was to be delivered is no longer kept
	stageEncode Stage = "encode" // it could not be put into the form of the profile
)

// unsendable is the verdict on a delivery that cannot be sent at all.
func unsendable(stage Stage, message string, final bool) verdict {
	return verdict{outcome: Retry, reason: message, final: final, ours: true, result: Result{Err: &SendError{Stage: stage, Message: message}}}
}

// attempt is one attempt as the scheduler and the record need it.
type attempt struct {
	outcome Outcome
	ours    bool
	final   bool
	record  outbox.Attempt

	permitted bool
	gap       time.Duration
}

// attempt makes one attempt at a delivery and says what is to be recorded. The log bears what is the lane's.
func (s *session) attempt(l outbox.Lane, it *item, log *slog.Logger) *attempt {
	a := &attempt{outcome: Aborted, record: outbox.Attempt{Queued: it.Queued, Epoch: l.Epoch, StartedAt: s.Now()}}
	// A process that was stopped may wake up right here, after the end of its lease.
	if s.remaining() <= 0 {
		return a
	}
	k := s.kinds[l.Kind]
	s.metrics.inFlight.Inc()
	v := k.send(s.ctx, l, it, it.Attempts+1)
	s.metrics.inFlight.Dec()
	if v.outcome == Aborted {
		return a
	}

	a.outcome, a.ours, a.final = v.outcome, v.ours, v.final
	a.permitted, a.gap = v.permitted, v.gap
	r, t := &a.record, v.result.Timing
	r.Status, r.Excerpt = v.result.Status, v.result.Excerpt
	r.DNS, r.Connect, r.TLS, r.FirstByte, r.Total = t.DNS, t.Connect, t.TLS, t.FirstByte, t.Total
	if l.Endpoint != nil {
		r.SubscriptionID = l.Endpoint.SubscriptionID
	}
	if v.result.Err != nil {
		r.Stage = string(v.result.Err.Stage)
	}
	if v.outcome == Delivered {
		r.Outcome = board.AttemptDelivered
	} else {
		r.Error = v.reason
		delay, dead := k.schedule(l).Next(it.Attempts+1-it.Base, v.result.RetryAfter, s.Jitter())
		if v.final || dead {
			r.Outcome = board.AttemptDead
		} else {
			r.Outcome = board.AttemptFailed
			r.RetryAt = s.Now().Add(delay).Truncate(time.Microsecond)
		}
	}
	s.metrics.attempted(l.Kind, r)
	if log.Enabled(s.ctx, slog.LevelInfo) {
		s.logAttempt(log, it, &v, r)
	}
	return a
}

// laneLog is a log whose lines bear what is the same of all attempts of a lane. Of the endpoint it names the host alone:
// paths and queries hold secrets of their owners.
func laneLog(log *slog.Logger, l outbox.Lane) *slog.Logger {
	log = log.With(slog.String("kind", string(l.Kind)), slog.Int64("lane", l.ID))
	e := l.Endpoint
	if e == nil {
		return log
	}
	host := ""
	if u, err := url.Parse(e.URL); err == nil {
		host = u.Host
	}
	return log.With(slog.Int64("subscription", e.SubscriptionID), slog.Int64("employer", l.Tenant.EmployerID),
		slog.String("mode", string(l.Tenant.Mode)), slog.String("profile", e.Profile), slog.String("host", host))
}

// logAttempt writes the one line of an attempt.
func (s *session) logAttempt(log *slog.Logger, it *item, v *verdict, r *outbox.Attempt) {
	attrs := make([]slog.Attr, 0, 20)
	attrs = append(attrs,
		slog.Int64("delivery", r.DeliveryID),
		slog.Int("attempt", r.Number()),
		slog.String("outcome", string(r.Outcome)),
		slog.Int("status", r.Status),
		slog.Duration("lag", r.StartedAt.Sub(it.CreatedAt)),
		slog.Duration("dns", r.DNS), slog.Duration("connect", r.Connect), slog.Duration("tls", r.TLS),
		slog.Duration("first_byte", r.FirstByte), slog.Duration("total", r.Total),
		slog.Bool("reused", v.result.Reused),
	)
	if it.event != nil {
		attrs = append(attrs, slog.Int64("event", it.event.ID), slog.String("type", string(it.event.Type)))
	}
	if it.message != nil {
		attrs = append(attrs, slog.Int64("message", it.message.ID))
	}
	if r.Outcome != board.AttemptDelivered {
		attrs = append(attrs, slog.String("stage", r.Stage), slog.String("error", r.Error))
	}
	if r.Outcome == board.AttemptFailed {
		attrs = append(attrs, slog.Time("retry_at", r.RetryAt))
	}
	if err := v.result.Err; err != nil && err.cause != nil {
		attrs = append(attrs, slog.String("cause", err.cause.Error()))
	}
	log.LogAttrs(s.ctx, slog.LevelInfo, "attempt", attrs...)
}
