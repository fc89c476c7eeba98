package pg

import (
	"context"
	"fmt"

	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// traced is a span of its own for a transaction within a request that is traced. end takes the error of the transaction, and leaves its
// text out, which may name people.
func traced(ctx context.Context) (within context.Context, end func(error)) {
	request := trace.SpanFromContext(ctx)
	if !request.IsRecording() {
		return ctx, func(error) {}
	}
	within, span := request.TracerProvider().Tracer("itmanagerjobs").Start(ctx, "transaction") //nolint:spancheck // end ends it
	return within, func(err error) {                                                           //nolint:spancheck // as above
		if err != nil {
			span.SetStatus(codes.Error, "rolled back")
		}
		span.End()
	}
}

// leaveTrace tells the transaction which span it belongs to, when that is traced: the default of delivery_queue.traceparent keeps it with
// every delivery that any statement of the transaction makes. Otherwise nothing is asked of the database.
func (tx *Tx) leaveTrace(ctx context.Context) error {
	if !trace.SpanContextFromContext(ctx).IsSampled() {
		return nil
	}
	carrier := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, carrier)
	if _, err := tx.Exec(ctx, `SELECT set_config('itmanagerjobs.traceparent', $1, true)`, carrier.Get("traceparent")); err != nil {
		return fmt.Errorf("leave the trace of the transaction: %w", err)
	}
	return nil
}
