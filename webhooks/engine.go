package webhooks

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"itmanagerjobs/store/outbox"
	"itmanagerjobs/webhooks/mail"
)

// Queue is what the engine needs of the database. *store.Queue implements it. Its clock must be Config.Now.
type Queue interface {
	Workers
	Deliveries
	Pushes

	// Listen reports new deliveries and changed settings until ctx ends. It closes the channel then.
	Listen(ctx context.Context) <-chan outbox.Wake
}

// Workers is the register of the workers and of the lanes that each of them owns. A worker is one engine, from Join until Leave
// or until the end of its lease.
type Workers interface {
	// Join registers a worker with a lease and returns its id.
	Join(ctx context.Context, lease time.Duration) (worker int64, err error)
	// Renew extends the lease. The result has Live false when the lease had ended before.
	Renew(ctx context.Context, worker int64, lease time.Duration) (outbox.WorkerStatus, error)
	// HoldPresence shows the other workers that this one is alive, as long as a connection of its own lasts. Errors:
	// outbox.ErrNotLive when the worker has been removed, outbox.ErrServerDown.
	HoldPresence(ctx context.Context, worker int64) (outbox.Presence, error)
	// Missing returns the workers that have lost their presence, and RemoveMissing removes those that still lack it and frees
	// their lanes.
	Missing(ctx context.Context) (workers []int64, err error)
	RemoveMissing(ctx context.Context, workers []int64) error
	// Leave removes the worker and releases its lanes.
	Leave(ctx context.Context, worker int64) error
	// TakeLanes makes the worker the owner of up to n lanes that have no live owner.
	TakeLanes(ctx context.Context, worker int64, n int) ([]outbox.Lane, error)
	// Release releases lanes of the worker. None of their deliveries may be in flight.
	Release(ctx context.Context, worker int64, lanes []int64) error
	// Lanes reads the lanes that the worker owns, with their settings.
	Lanes(ctx context.Context, worker int64) ([]outbox.Lane, error)
}

// Deliveries reads the deliveries of lanes and records the attempts at them.
type Deliveries interface {
	// Due reads for each lane that has deliveries when the first of them after LaneWant.After is due. It ignores Limit.
	Due(ctx context.Context, wants []outbox.LaneWant) ([]outbox.LaneDue, error)
	// Fetch reads due deliveries of lanes that the worker owns. It changes no row.
	Fetch(ctx context.Context, worker int64, wants []outbox.LaneWant) ([]outbox.Queued, error)
	// Events reads the events of webhook deliveries, by event id. An event that is no longer kept is missing.
	Events(ctx context.Context, rows []outbox.Queued) (map[int64]outbox.Event, error)
	// Messages reads the messages of email deliveries, by message id. A message that is no longer kept is missing.
	Messages(ctx context.Context, rows []outbox.Queued) (map[int64]outbox.Message, error)
	// Waits reports whether a delivery that was fetched is still in the queue.
	Waits(ctx context.Context, delivery int64) (bool, error)
	// Record records attempts. It skips, and does not count, those that were recorded before and those whose lane has
	// another owner by now.
	Record(ctx context.Context, attempts []outbox.Attempt) (recorded int, err error)
	// AcknowledgeSettings records for each lane that every delivery in flight uses this version of the settings, or a later one.
	AcknowledgeSettings(ctx context.Context, lanes []outbox.LaneSettings) error
	// Disable disables the subscription of a lane, unless it was disabled before or the lane has another owner by now.
	Disable(ctx context.Context, lane, epoch int64, reason string, failures int) (disabled bool, err error)
}

// Mailer gives an email to a mail server. *mail.SMTP implements it. A *mail.RefusedError means that another attempt would fail
// too.
type Mailer interface {
	Send(ctx context.Context, m mail.Message) error
}

// Config configures New. Queue, Client, Now, Monotonic and Jitter are required.
type Config struct {
	Queue  Queue
	Client *Client
	// Mail sends emails. When it is nil, emails stay in the database and count as delivered.
	Mail Mailer
	// Log takes one line per attempt. When it is nil, nothing is logged.
	Log *slog.Logger
	// Registerer takes the metrics. When it is nil, there are none.
	Registerer prometheus.Registerer

	// Tracer makes the spans of deliveries and attempts; its ids are those of SpanIDs. When it is nil, there are none.
	Tracer trace.Tracer

	// Now is the clock of due times and signatures. It must be the clock of the store.
	Now func() time.Time
	// Monotonic is the clock of leases. It must carry Go's monotonic reading, in tests too: time.Now.
	Monotonic func() time.Time
	// Jitter returns random numbers in [0,1).
	Jitter func() float64

	// Origin names the platform in handshakes: the host of its public address.
	Origin string
	// PublicURL is the platform's public address. Links in bodies begin with it.
	PublicURL string
	// Schedules replaces the retry schedules of profiles, by profile name.
	Schedules map[string]Schedule
	// PushSchedule is the retry schedule of applications that are posted to endpoints. Without delays it is DefaultPushSchedule.
	PushSchedule Schedule
	// InFlight is how many deliveries to one subscription may be in flight, over all copies of the program. 0 means 50, the
	// limit of docs/adr/0005.
	InFlight int
	// MaxInFlight is how many deliveries of this copy may be in flight. 0 means 2,048. A subscription that has none in flight
	// may exceed it by one.
	MaxInFlight int
	// Burst is how many recent deliveries of this copy may be in flight, where recent means begun within the last second. 0
	// means 64 per processor. It limits deliveries to fast endpoints to what the machine can handle, and lets slow endpoints
	// keep theirs in flight without holding up others. Subscriptions that have none in flight may exceed it by as much again.
	Burst int
	// Lease is how long this copy owns its lanes after its last renewal. 0 means 8 s. When the copy hangs, others take its lanes
	// at the end of the lease. After a kill they do so when the database has seen its connection end, see presence.go.
	Lease time.Duration
	// Absence is how long this copy may be without the connection that shows it alive before it stops sending. 0 means 0.3 s.
	Absence time.Duration
	// RenewEvery is the time between renewals of the lease, which also rebalance the lanes. 0 means 1 s.
	RenewEvery time.Duration
	// SweepEvery is the time between searches for due deliveries that no notification reported. 0 means 1 s.
	SweepEvery time.Duration
	// Grace is how long Stop waits for deliveries in flight before it aborts them. 0 means 15 s.
	Grace time.Duration
}

func (c Config) withDefaults() Config {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Tracer == nil {
		c.Tracer = noop.NewTracerProvider().Tracer("")
	}
	for _, d := range []struct {
		value    *int
		fallback int
	}{{&c.InFlight, 50}, {&c.MaxInFlight, 2048}, {&c.Burst, 64 * runtime.GOMAXPROCS(0)}} {
		if *d.value == 0 {
			*d.value = d.fallback
		}
	}
	for _, d := range []struct {
		value    *time.Duration
		fallback time.Duration
	}{{&c.Lease, 8 * time.Second}, {&c.Absence, 300 * time.Millisecond}, {&c.RenewEvery, time.Second}, {&c.SweepEvery, time.Second}, {&c.Grace, 15 * time.Second}} {
		if *d.value == 0 {
			*d.value = d.fallback
		}
	}
	return c
}

// Engine sends due deliveries until it is stopped. Any number of copies of the program may run one engine each.
type Engine struct {
	Config

	kinds   map[outbox.LaneKind]kind
	metrics *metrics
	// former are the workers of sessions that have ended and could not leave, because the database was away. Only Run uses it.
	former []int64

	mu     sync.Mutex
	cancel context.CancelFunc
	done   chan struct{}
}

// New makes an engine. It does nothing before Start or Run.
func New(c Config) (*Engine, error) {
	if c.Queue == nil || c.Client == nil || c.Now == nil || c.Monotonic == nil || c.Jitter == nil {
		return nil, errors.New("webhooks: Queue, Client, Now, Monotonic and Jitter are required")
	}
	c = c.withDefaults()
	if c.RenewEvery > c.Lease/2 {
		return nil, errors.New("webhooks: the lease must be at least twice as long as the time between renewals")
	}
	m, err := newMetrics(c.Registerer)
	if err != nil {
		return nil, err
	}
	return &Engine{
		Config:  c,
		metrics: m,
		kinds: map[outbox.LaneKind]kind{
			outbox.LaneWebhook: newWebhookKind(c),
			outbox.LaneEmail:   emailKind{mail: c.Mail, now: c.Monotonic, readFile: c.Queue.ReadFile},
			outbox.LanePush:    pushKind{client: c.Client, queue: c.Queue, retries: c.PushSchedule},
		},
	}, nil
}

// Start runs the engine in the background. It does nothing when the engine is running already.
func (e *Engine) Start() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.cancel != nil {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	e.cancel, e.done = cancel, done
	go func() {
		defer close(done)
		e.Run(ctx)
	}()
}

// Stop stops the engine that Start started. It waits for the deliveries in flight, records them and releases all lanes. Every
// call returns when that is done. Stop may be called again, and before Start.
func (e *Engine) Stop() {
	e.mu.Lock()
	cancel, done := e.cancel, e.done
	e.mu.Unlock()
	if cancel == nil {
		return
	}
	cancel()
	<-done
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.done == done {
		e.cancel, e.done = nil, nil
	}
}

// Pauses before the engine joins again after it lost its lease or could not reach the database.
const (
	minRejoinPause = 100 * time.Millisecond
	maxRejoinPause = time.Second
)

// Run delivers until ctx ends, and returns when the deliveries in flight are recorded. While the database cannot be reached, it
// tries to join at least once per second.
func (e *Engine) Run(ctx context.Context) {
	pause := minRejoinPause
	for ctx.Err() == nil {
		joined, err := e.runSession(ctx)
		if ctx.Err() != nil {
			if err != nil {
				e.Log.Warn("deliveries were aborted", "error", err)
			}
			return
		}
		if joined {
			pause = minRejoinPause
		}
		e.Log.Warn("not delivering; joining again", "error", err, "pause", pause)
		wait(ctx, pause)
		pause = min(2*pause, maxRejoinPause)
	}
}

// wait returns after d, or when ctx ends.
func wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
