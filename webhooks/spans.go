package webhooks

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"itmanagerjobs/store/board/delivery"
	"itmanagerjobs/store/outbox"
)

// A delivery of a traced request is a span under that of the transaction which made it, and has one under itself for each attempt. It may
// take days and be continued by other copies, so its span is sent when it has ended, and its id follows from what all copies know.

// deliverySpanID is the same in each copy, before and after a restart.
func deliverySpanID(id trace.TraceID, delivery int64) (span trace.SpanID) {
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(id[:], uint64(delivery))) //nolint:gosec // the bits are what counts
	copy(span[:], sum[:])
	return span
}

type spanIDKey struct{}

// SpanIDs gives spans their ids; it is an IDGenerator of OpenTelemetry's SDK. They are random, but for that of a delivery.
type SpanIDs struct{}

// NewIDs implements the IDGenerator.
func (g SpanIDs) NewIDs(ctx context.Context) (id trace.TraceID, span trace.SpanID) {
	_, _ = rand.Read(id[:]) // it never fails
	return id, g.NewSpanID(ctx, id)
}

// NewSpanID implements the IDGenerator.
func (SpanIDs) NewSpanID(ctx context.Context, _ trace.TraceID) (span trace.SpanID) {
	if chosen, ok := ctx.Value(spanIDKey{}).(trace.SpanID); ok {
		return chosen
	}
	_, _ = rand.Read(span[:]) // it never fails
	return span
}

// untraced ends the span that an attempt does not have.
func untraced(*outbox.Attempt) {}

// traceAttempt begins the span of an attempt. end is told what became of it, nil when the session ended first; it ends that of the
// delivery, too, when no other attempt follows. Without a trace of the transaction there is none.
func (s *session) traceAttempt(l outbox.Lane, q outbox.Queued) (ctx context.Context, end func(*outbox.Attempt)) {
	if q.Traceparent == "" {
		return s.ctx, untraced
	}
	transaction := propagation.TraceContext{}.Extract(s.ctx, propagation.MapCarrier{"traceparent": q.Traceparent})
	parent := trace.SpanContextFromContext(transaction)
	if _, off := s.Tracer.(noop.Tracer); off || !parent.IsSampled() {
		return s.ctx, untraced
	}
	id := deliverySpanID(parent.TraceID(), q.DeliveryID)
	what := []attribute.KeyValue{attribute.String("delivery.kind", string(l.Kind)), attribute.Int64("delivery.id", q.DeliveryID)}
	if l.Endpoint != nil {
		what = append(what, attribute.String("delivery.profile", l.Endpoint.Profile))
	}
	ctx, attempt := s.Tracer.Start(trace.ContextWithRemoteSpanContext(s.ctx, parent.WithSpanID(id)), "attempt",
		trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(what...), trace.WithAttributes(attribute.Int("delivery.attempt", q.Attempts+1)))
	return ctx, func(a *outbox.Attempt) {
		defer attempt.End()
		if a == nil {
			return
		}
		ended := []attribute.KeyValue{attribute.String("delivery.outcome", string(a.Outcome)), attribute.Int("http.response.status_code", a.Status)}
		attempt.SetAttributes(ended...)
		if a.Outcome != delivery.AttemptDelivered {
			attempt.SetStatus(codes.Error, "not delivered")
		}
		if a.Outcome == delivery.AttemptFailed {
			return
		}
		_, whole := s.Tracer.Start(context.WithValue(transaction, spanIDKey{}, id), "delivery", trace.WithTimestamp(q.CreatedAt),
			trace.WithSpanKind(trace.SpanKindProducer), trace.WithAttributes(what...), trace.WithAttributes(ended...))
		if a.Outcome == delivery.AttemptDead {
			whole.SetStatus(codes.Error, "given up")
		}
		whole.End()
	}
}
