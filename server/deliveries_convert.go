package server

import (
	"time"

	apiv1 "itmanagerjobs/gen/v1"
	"itmanagerjobs/store/outbox"
)

func toAPIDelivery(d outbox.Delivery) apiv1.Delivery {
	return apiv1.Delivery{
		ID: d.ID, Status: apiv1.DeliveryStatus(d.Status), WebhookID: d.SubscriptionID,
		EventID: d.EventID, EventType: apiv1.EventType(d.EventType), EventCreatedAt: d.EventCreatedAt,
		AttemptCount: d.Attempts, NextAttemptAt: d.NextAttemptAt,
	}
}

func toAPIDeliveryDetail(d outbox.Delivery, attempts []outbox.DeliveryAttempt) apiv1.DeliveryDetail {
	s := toAPIDelivery(d)
	detail := apiv1.DeliveryDetail{
		ID: s.ID, Status: s.Status, WebhookID: s.WebhookID, EventID: s.EventID, EventType: s.EventType, EventCreatedAt: s.EventCreatedAt,
		AttemptCount: s.AttemptCount, NextAttemptAt: s.NextAttemptAt, Attempts: make([]apiv1.DeliveryAttempt, len(attempts)),
	}
	for i, a := range attempts {
		detail.Attempts[i] = apiv1.DeliveryAttempt{
			Number: a.Number, StartedAt: a.StartedAt, Outcome: apiv1.AttemptOutcome(a.Outcome),
			Status: orNil(a.Status), Stage: orNil(a.Stage), Error: orNil(a.Error), Excerpt: orNil(a.Excerpt),
			LatencyMs: apiv1.AttemptLatency{
				DNS: milliseconds(a.DNS), Connect: milliseconds(a.Connect), TLS: milliseconds(a.TLS),
				FirstByte: milliseconds(a.FirstByte), Total: milliseconds(a.Total),
			},
		}
	}
	return detail
}

// orNil is a pointer to v, or nil for the zero value.
func orNil[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
