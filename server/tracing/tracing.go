// Package tracing keeps what belongs to callers out of the spans of this program: a span has a list of attributes that it may have, no
// text of an error, and of the caller's trace its parent alone.
//
// It must make no span.
package tracing

import (
	"context"
	"slices"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/trace"
)

// allowed are the attributes that a span may have: none of them holds anything that a caller has chosen. The path of a link in an email
// has a token in it; address and browser are those of an applicant.
var allowed = map[attribute.Key]bool{
	"http.request.method": true, "http.route": true, "http.response.status_code": true, "http.request.body.size": true, "http.response.body.size": true, "url.scheme": true,
	"network.protocol.version": true, "error.type": true,
	"delivery.id": true, "delivery.kind": true, "delivery.profile": true, "delivery.attempt": true, "delivery.outcome": true,
}

// Discreet returns an exporter that sends spans by another one, with the attributes that they may have and without events.
func Discreet(to trace.SpanExporter) trace.SpanExporter { return discreet{to} }

type discreet struct{ trace.SpanExporter }

// ExportSpans implements trace.SpanExporter.
func (d discreet) ExportSpans(ctx context.Context, spans []trace.ReadOnlySpan) error {
	kept := make([]trace.ReadOnlySpan, len(spans))
	for i, s := range spans {
		kept[i] = discreetSpan{s}
	}
	return d.SpanExporter.ExportSpans(ctx, kept) //nolint:wrapcheck // it stands for the exporter
}

type discreetSpan struct{ trace.ReadOnlySpan }

// Attributes implements trace.ReadOnlySpan.
func (s discreetSpan) Attributes() []attribute.KeyValue {
	return slices.DeleteFunc(slices.Clone(s.ReadOnlySpan.Attributes()), func(a attribute.KeyValue) bool { return !allowed[a.Key] })
}

// Events implements trace.ReadOnlySpan: there are none, because they are texts of errors.
func (discreetSpan) Events() []trace.Event { return nil }

// ParentAlone takes the parent of a span from a request, and not its tracestate, which is text of the caller.
type ParentAlone struct{ propagation.TraceContext }

// Extract implements propagation.TextMapPropagator.
func (p ParentAlone) Extract(ctx context.Context, c propagation.TextMapCarrier) context.Context {
	const parent = "traceparent"
	return p.TraceContext.Extract(ctx, propagation.MapCarrier{parent: c.Get(parent)})
}
