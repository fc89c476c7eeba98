package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/trace"

	"itmanagerjobs/server"
	"itmanagerjobs/server/drain"
	"itmanagerjobs/server/inbound"
	"itmanagerjobs/server/tracing"
	"itmanagerjobs/store"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/exemplar"
	"itmanagerjobs/store/outbox"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/pipeline"
	"itmanagerjobs/store/upkeep"
	"itmanagerjobs/webhooks"
)

// newLogger writes JSON, or text when a person is watching.
func newLogger(w io.Writer, level slog.Level) *slog.Logger {
	o := &slog.HandlerOptions{Level: level}
	if isTerminal(w) {
		return slog.New(slog.NewTextHandler(w, o))
	}
	return slog.New(slog.NewJSONHandler(w, o))
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	st, err := f.Stat()
	return err == nil && st.Mode()&os.ModeCharDevice != 0
}

// The values of OTEL_TRACES_EXPORTER that this program knows.
const (
	exporterOTLP = "otlp"
	exporterNone = "none"
)

// flushTimeout bounds how long the last spans may take to leave.
const flushTimeout = 5 * time.Second

// wanted tells whether the standard OTEL_* variables ask for spans.
func (t TracingConfig) wanted() bool {
	if os.Getenv("OTEL_SDK_DISABLED") == "true" || t.Exporter == exporterNone {
		return false
	}
	return t.Exporter == exporterOTLP || t.Endpoint != "" || os.Getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") != ""
}

// startTracing returns what to wrap the server's handler in, and what to call at the end. Without tracing the handler
// stays as it is. The collector need not be there: spans that cannot be sent are dropped, with a line in the log.
func (a *app) startTracing(ctx context.Context) (wrap func(http.Handler) http.Handler, stop func() error, err error) {
	if !a.cfg.Tracing.wanted() {
		return func(h http.Handler) http.Handler { return h }, func() error { return nil }, nil
	}
	// The libraries read the environment alone, and there they apply the rules of the standard; flags go the same way.
	for name, value := range map[string]string{
		"OTEL_EXPORTER_OTLP_ENDPOINT": a.cfg.Tracing.Endpoint, "OTEL_SERVICE_NAME": a.cfg.Tracing.ServiceName,
	} {
		if value == "" {
			continue
		}
		if err := os.Setenv(name, value); err != nil {
			return nil, nil, fmt.Errorf("set %s: %w", name, err)
		}
	}
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("tracing: %w", err)
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { a.log.Warn("tracing", "error", err) }))
	provider := trace.NewTracerProvider(trace.WithBatcher(tracing.Discreet(exporter)), trace.WithIDGenerator(webhooks.SpanIDs{})) // with resource and sampler of the environment
	a.tracer = provider.Tracer("itmanagerjobs")
	wrap = func(h http.Handler) http.Handler {
		return otelhttp.NewHandler(h, "itmanagerjobs", otelhttp.WithTracerProvider(provider),
			otelhttp.WithPropagators(tracing.ParentAlone{}),
			// The path bears ids: as a name of spans it would make one for each object.
			otelhttp.WithSpanNameFormatter(func(_ string, r *http.Request) string { return server.KnownMethod(r.Method) }))
	}
	stop = func() error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushTimeout)
		defer cancel()
		if err := provider.Shutdown(ctx); err != nil {
			a.log.Warn("the last spans were not sent", "error", err)
		}
		return nil
	}
	return wrap, stop, nil
}

// poolMetrics measure the connections of this copy to the database.
func poolMetrics(stats func() pg.PoolStats, r prometheus.Registerer) {
	gauge := func(name, help string, value func(pg.PoolStats) float64) {
		r.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 { return value(stats()) }))
	}
	counter := func(name, help string, value func(pg.PoolStats) float64) {
		r.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, func() float64 { return value(stats()) }))
	}
	gauge("itmanagerjobs_pool_in_use", "Connections to the database in use by requests and chores of this copy.", func(p pg.PoolStats) float64 { return float64(p.InUse) })
	gauge("itmanagerjobs_pool_max", "Connections that this copy may use, see DB_MAX_CONNS.", func(p pg.PoolStats) float64 { return float64(p.Max) })
	gauge("itmanagerjobs_pool_waiting", "Requests and chores that wait for a connection now.", func(p pg.PoolStats) float64 { return float64(p.Waiting) })
	counter("itmanagerjobs_pool_waits_total", "Requests and chores that have waited for a connection.", func(p pg.PoolStats) float64 { return float64(p.Waits) })
	counter("itmanagerjobs_pool_wait_seconds_total", "Time that all of them have waited together.", func(p pg.PoolStats) float64 { return p.Waited.Seconds() })
}

// standbyEvery is how often the standby of DATABASE_READ_URL is asked how far it is behind.
const standbyEvery = time.Second

// standbyChores measure the standby and the reads that may lag. Without one there is nothing to do.
func (a *app) standbyChores(s *store.Store, r prometheus.Registerer) []upkeep.Chore {
	if a.cfg.ReadURL == "" {
		return nil
	}
	gauge := func(name, help string, value func(pg.StandbyStats) float64) {
		r.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 { return value(s.StandbyStats()) }))
	}
	reads := func(server, help string, value func(pg.StandbyStats) int64) {
		r.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "itmanagerjobs_lagging_reads_total", Help: help, ConstLabels: prometheus.Labels{"server": server}},
			func() float64 { return float64(value(s.StandbyStats())) }))
	}
	gauge("itmanagerjobs_standby_serves", "Whether reads that may lag go to the standby: 1 or 0.", func(p pg.StandbyStats) float64 {
		if p.Serves {
			return 1
		}
		return 0
	})
	gauge("itmanagerjobs_standby_lag_seconds", "Since when the standby may lack what was committed at the primary.", func(p pg.StandbyStats) float64 { return p.Lag.Seconds() })
	const help = "Reads that may lag, by the server that was asked; repeated were asked at the primary again, because the standby failed or had no such row."
	reads("standby", help, func(p pg.StandbyStats) int64 { return p.Reads })
	reads("primary", help, func(p pg.StandbyStats) int64 { return p.Elsewhere })
	reads("repeated", help, func(p pg.StandbyStats) int64 { return p.Repeated })
	return []upkeep.Chore{{Name: "measure the lag of the standby", Every: standbyEvery, Do: s.MeasureStandby}}
}

// counts are made before the store that fills them.
type counts struct {
	spent  *prometheus.CounterVec
	waited prometheus.Histogram
}

func newCounts() counts {
	return counts{
		spent: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "itmanagerjobs_credits_spent_total", Help: "Credits of live data that were spent by this copy, by kind.",
		}, []string{"kind"}),
		waited: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "itmanagerjobs_pool_waited_seconds", Help: "Time that a request or chore has waited for a connection to the database, of those that have.",
			Buckets: []float64{.001, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}),
	}
}

// spend counts credits.
func (c counts) spend(ctx context.Context, kind board.CreditKind, n int64) {
	exemplar.Add(ctx, c.spent.WithLabelValues(string(kind)), float64(n))
}

// wait measures who has waited for a connection.
func (c counts) wait(ctx context.Context, d time.Duration) {
	exemplar.Observe(ctx, c.waited, d.Seconds())
}

// serveMetrics serves them on an address of their own: they are not for partners.
func (a *app) serveMetrics(registry *prometheus.Registry) (stop func() error, err error) {
	if a.cfg.MetricsAddr == "" {
		return func() error { return nil }, nil
	}
	l, err := listen("METRICS_ADDR", a.cfg.MetricsAddr)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{Registry: registry, EnableOpenMetrics: true /* for exemplars */}))
	srv := &http.Server{Handler: mux, ReadHeaderTimeout: drain.ReadHeaderTimeout, MaxHeaderBytes: drain.MaxHeaderBytes}
	go func() {
		if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			a.log.Error("metrics are no longer served", "error", err)
		}
	}()
	a.log.Info("serving metrics", "url", localURL("http://", l.Addr())+"/metrics")
	return srv.Close, nil
}

// countInbound counts what comes by SMTP.
func countInbound(r prometheus.Registerer) func(inbound.End) {
	ends := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "itmanagerjobs_inbound_emails_total", Help: "Messages to INBOUND_SMTP_ADDR, by their end; turned away are connections.",
	}, []string{"end"})
	r.MustRegister(ends)
	return func(end inbound.End) { ends.WithLabelValues(string(end)).Inc() }
}

// The ends of readings, as a label.
var endOfReading = map[board.ReadingEnd]string{
	board.ReadingDone: "read", board.ReadingNotBegun: "not begun", board.ReadingSlow: "slow", board.ReadingCrashed: "crashed", board.ReadingFailed: "failed",
}

// measureReadings counts the readings of CVs by how they end, and measures how long they take.
func (a *app) measureReadings(read pipeline.ReadText, r prometheus.Registerer) pipeline.ReadText {
	seconds := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "itmanagerjobs_cv_reading_seconds", Help: "Time to read the text of a CV, by how that ended.",
		Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2, 5, 10, 30},
	}, []string{"end"})
	r.MustRegister(seconds)
	return func(ctx context.Context, cv board.CV, limit time.Duration) board.CVReading {
		began := a.now()
		reading := read(ctx, cv, limit)
		end := endOfReading[reading.End]
		if reading.End == board.ReadingDone && reading.Problem != "" {
			end = "unreadable"
		}
		exemplar.Observe(ctx, seconds.WithLabelValues(end), a.now().Sub(began).Seconds())
		return reading
	}
}

// waitingEvery is how often the queue of CVs is counted.
const waitingEvery = 10 * time.Second

// waitingChore counts the CVs that wait to be read.
func waitingChore(waiting func(context.Context) (pipeline.WaitingCVs, error), r prometheus.Registerer) upkeep.Chore {
	count := prometheus.NewGauge(prometheus.GaugeOpts{Name: "itmanagerjobs_cvs_waiting", Help: "CVs whose text waits to be read, of all copies."})
	oldest := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "itmanagerjobs_cvs_waiting_oldest_seconds", Help: "How long the oldest CV has waited whose text is to be read.",
	})
	r.MustRegister(count, oldest)
	return upkeep.Chore{Name: "count waiting CVs", Every: waitingEvery, Do: func(ctx context.Context) error {
		w, err := waiting(ctx)
		if err != nil {
			return err
		}
		count.Set(float64(w.Count))
		oldest.Set(w.Oldest.Seconds())
		return nil
	}}
}

// overdueEvery is how often the oldest delivery that is due is looked for.
const overdueEvery = 30 * time.Second

// overdueChore measures for how long deliveries have been due.
func overdueChore(overdue func(context.Context) (map[outbox.LaneKind]time.Duration, error), r prometheus.Registerer) upkeep.Chore {
	seconds := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "webhooks_oldest_due_seconds", Help: "How long the oldest delivery has been due that no attempt was made at, by kind, of all copies.",
	}, []string{"kind"})
	r.MustRegister(seconds)
	return upkeep.Chore{Name: "look for deliveries that are overdue", Every: overdueEvery, Do: func(ctx context.Context) error {
		late, err := overdue(ctx)
		if err != nil {
			return err
		}
		for _, kind := range []outbox.LaneKind{outbox.LaneWebhook, outbox.LaneEmail, outbox.LanePush} {
			seconds.WithLabelValues(string(kind)).Set(late[kind].Seconds())
		}
		return nil
	}}
}

// How often the clock of the database is compared with that of this machine, and what difference is worth a warning. Nothing that
// is promised depends on it, but a machine whose clock is wrong signs webhooks that receivers refuse.
const (
	clockEvery   = 30 * time.Second
	clockWarning = 5 * time.Second
)

// clockChore measures the difference of the clocks, and logs when it becomes too large and when it is mended.
func (a *app) clockChore(difference func(context.Context) (time.Duration, error), r prometheus.Registerer) upkeep.Chore {
	gauge := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "itmanagerjobs_database_clock_difference_seconds", Help: "By how much the clock of the database is ahead of that of this copy.",
	})
	r.MustRegister(gauge)
	warned := false
	return upkeep.Chore{Name: "compare clocks", Every: clockEvery, Do: func(ctx context.Context) error {
		d, err := difference(ctx)
		if err != nil {
			return err
		}
		gauge.Set(d.Seconds())
		if far := d.Abs() > clockWarning; far && !warned {
			a.log.WarnContext(ctx, "the clocks of this machine and of the database differ; set both by NTP", "database_ahead", d.Round(time.Millisecond).String())
			warned = true
		} else if !far && warned {
			a.log.InfoContext(ctx, "the clocks of this machine and of the database agree again")
			warned = false
		}
		return nil
	}}
}
