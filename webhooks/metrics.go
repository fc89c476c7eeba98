package webhooks

import (
	"context"
	"errors"

	"github.com/prometheus/client_golang/prometheus"

	"itmanagerjobs/store/exemplar"
	"itmanagerjobs/store/outbox"
)

// metrics are the engine's metrics. Labels have few values: never a subscription or a host.
type metrics struct {
	attempts *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	lag      *prometheus.HistogramVec
	inFlight prometheus.Gauge
	lanes    prometheus.Gauge
	disabled prometheus.Counter
}

func newMetrics(r prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		attempts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "webhooks_attempts_total", Help: "Attempts at deliveries, by kind and outcome.",
		}, []string{"kind", "outcome"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "webhooks_attempt_seconds", Help: "Time of an attempt, the answer included.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"kind"}),
		lag: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "webhooks_lag_seconds", Help: "Time from an event to the beginning of its first attempt, by profile of the webhook; email and push for the other kinds.",
			Buckets: []float64{.005, .01, .02, .05, .1, .25, .5, 1, 5, 30, 120, 600, 3600},
		}, []string{"profile"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{Name: "webhooks_in_flight", Help: "Deliveries of this copy in flight."}),
		lanes:    prometheus.NewGauge(prometheus.GaugeOpts{Name: "webhooks_lanes_owned", Help: "Lanes that this copy owns."}),
		disabled: prometheus.NewCounter(prometheus.CounterOpts{Name: "webhooks_disabled_total", Help: "Subscriptions disabled by this copy."}),
	}
	if r == nil {
		return m, nil
	}
	return m, errors.Join(r.Register(m.attempts), r.Register(m.seconds), r.Register(m.lag),
		r.Register(m.inFlight), r.Register(m.lanes), r.Register(m.disabled))
}

// attempted measures an attempt, in the context of its span.
func (m *metrics) attempted(ctx context.Context, l outbox.Lane, a *outbox.Attempt) {
	k, profile := l.Kind, string(l.Kind)
	if l.Endpoint != nil {
		profile = l.Endpoint.Profile
	}
	exemplar.Add(ctx, m.attempts.WithLabelValues(string(k), string(a.Outcome)), 1)
	exemplar.Observe(ctx, m.seconds.WithLabelValues(string(k)), a.Total.Seconds())
	if a.Attempts == 0 {
		exemplar.Observe(ctx, m.lag.WithLabelValues(profile), a.StartedAt.Sub(a.CreatedAt).Seconds())
	}
}
