package webhooks

import (
	"context"
	"log/slog"
	"net/url"
	"time"

	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/outbox"
)

// kind is a kind of delivery: webhooks, pushes of applications, emails. Queue, lease, retries, dead letters and log are the same
// for all kinds. A kind encodes and sends its deliveries, and classifies the answer.
type kind interface {
	// send makes one attempt, which began at a time. It must end soon after ctx does, with the outcome Aborted.
	send(ctx context.Context, l outbox.Lane, it *item, number int, at time.Time) verdict
	// schedule says when failed attempts are repeated.
	schedule(l outbox.Lane) Schedule
	// permission makes the state of the handshake with the endpoint of a lane, nil for a lane that has no handshake.
	permission(l outbox.Lane) *permission
}

// verdict is the result of an attempt and what it means.
type verdict struct {
	outcome Outcome
	reason  string // for the delivery log, when it was not delivered
	result  Result
	// final means that another attempt would fail too.
	final bool
	// localFault means that the attempt failed on our side before anything was sent.
	localFault bool
	// permitted means that the profile has a handshake and the endpoint permits deliveries, at most one per minGap.
	permitted bool
	minGap    time.Duration
}

// The stages of attempts that never reached the network.
const (
	stageGone   Stage = "gone"   // the event, message or application is no longer kept
	stageEncode Stage = "encode" // the body or the signature could not be made
)

// unsendable is the verdict on a delivery that cannot be sent.
func unsendable(stage Stage, message string, final bool) verdict {
	return verdict{outcome: Retry, reason: message, final: final, localFault: true, result: Result{Err: &SendError{Stage: stage, Message: message}}}
}

// attempt is a finished attempt: what the scheduler needs to know of it, and what is recorded.
type attempt struct {
	outcome    Outcome
	localFault bool
	final      bool
	record     outbox.Attempt

	permitted bool
	minGap    time.Duration
}

// attempt makes one attempt at a delivery. The lines of log have the attributes of the lane.
func (s *session) attempt(l outbox.Lane, it *item, log *slog.Logger) *attempt {
	a := &attempt{outcome: Aborted, record: outbox.Attempt{Queued: it.Queued, Epoch: l.Epoch, StartedAt: s.Now()}}
	// A process that was suspended may resume right here, after the end of its lease.
	if s.remaining() <= 0 {
		return a
	}
	k := s.kinds[l.Kind]
	s.metrics.inFlight.Inc()
	ctx, end := s.traceAttempt(l, it.Queued)
	v := k.send(ctx, l, it, it.Attempts+1, a.record.StartedAt)
	s.metrics.inFlight.Dec()
	if v.outcome == Aborted {
		end(nil)
		return a
	}

	a.outcome, a.localFault, a.final = v.outcome, v.localFault, v.final
	a.permitted, a.minGap = v.permitted, v.minGap
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
		r.Outcome = delivery.AttemptDelivered
	} else {
		r.Error = v.reason
		delay, dead := k.schedule(l).Next(it.Attempts+1-it.Base, v.result.RetryAfter, s.Jitter())
		if v.final || dead {
			r.Outcome = delivery.AttemptDead
		} else {
			r.Outcome = delivery.AttemptFailed
			r.RetryAt = s.Now().Add(delay).Truncate(time.Microsecond)
		}
	}
	end(r)
	s.metrics.attempted(ctx, l, r)
	if log.Enabled(s.ctx, slog.LevelInfo) {
		s.logAttempt(log, it, &v, r)
	}
	return a
}

// laneLog returns a log whose lines have the attributes of a lane. Of the endpoint's URL they have the host alone: paths and
// queries may hold secrets.
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

// logAttempt writes the log line of an attempt.
func (s *session) logAttempt(log *slog.Logger, it *item, v *verdict, r *outbox.Attempt) {
	level := slog.LevelInfo
	if err := v.result.Err; err != nil && err.Stage == stageKept {
		level = slog.LevelDebug // nothing was sent, and the emails of a demo would push its keys off the screen
	}
	if !log.Enabled(s.ctx, level) {
		return
	}
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
	if r.Outcome != delivery.AttemptDelivered {
		attrs = append(attrs, slog.String("stage", r.Stage), slog.String("error", r.Error))
	}
	if r.Outcome == delivery.AttemptFailed {
		attrs = append(attrs, slog.Time("retry_at", r.RetryAt))
	}
	if err := v.result.Err; err != nil && err.cause != nil {
		attrs = append(attrs, slog.String("cause", err.cause.Error()))
	}
	// The line says nothing of the place in the program: to look that up would cost a third of the line.
	line := slog.NewRecord(s.Now(), level, "attempt", 0)
	line.AddAttrs(attrs...)
	_ = log.Handler().Handle(s.ctx, line) // as Logger does: nobody can be told
}
