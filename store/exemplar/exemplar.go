// Package exemplar leaves the trace in which something was measured beside the figure, so that one comes from a slow bucket to what took
// long. The format is OpenMetrics; see https://prometheus.io/docs/specs/om/open_metrics_spec/#exemplars.
package exemplar

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"
)

// of is what a figure has beside it; nil without a trace that somebody keeps.
func of(ctx context.Context) prometheus.Labels {
	span := trace.SpanContextFromContext(ctx)
	if !span.IsSampled() {
		return nil
	}
	return prometheus.Labels{"trace_id": span.TraceID().String()}
}

// Observe is o.Observe with the trace of the context.
func Observe(ctx context.Context, o prometheus.Observer, value float64) {
	if with, ok := o.(prometheus.ExemplarObserver); ok {
		if trace := of(ctx); trace != nil {
			with.ObserveWithExemplar(value, trace)
			return
		}
	}
	o.Observe(value)
}

// Add is c.Add with the trace of the context.
func Add(ctx context.Context, c prometheus.Counter, n float64) {
	if with, ok := c.(prometheus.ExemplarAdder); ok {
		if trace := of(ctx); trace != nil {
			with.AddWithExemplar(n, trace)
			return
		}
	}
	c.Add(n)
}
