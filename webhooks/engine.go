package webhooks

import (
	"context"
	"errors"
	"itmanagerjobs/store/outbox"
	"log/slog"
	"runtime"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"itmanagerjobs/webhooks/mail"
)

// Queue is what the engine needs of the database; *store.Queue is one. Its clock must be Config.Now.
type Queue interface {
	Fleet
	Work
	Pushes

	// Listen tells of new work and changed settings until ctx ends.
	Listen(ctx context.Context) <-chan outbox.Wake
}

// Fleet is who works on what.
type Fleet interface {
	Join(ctx context.Context, lease time.Duration) (worker int64, err error)
	Renew(ctx context.Context, worker int64, lease time.Duration) (outbox.Fleet, error)
	Leave(ctx context.Context, worker int64) error
	TakeLanes(ctx context.Context, worker int64, n int) ([]outbox.Lane, error)
	HandBack(ctx context.Context, worker int64, lanes []int64) error
	Lanes(ctx context.Context, worker int64) ([]outbox.Lane, error)
}

// Work is what is to be delivered, and what came of it.
type Work interface {
	Due(ctx context.Context, wants []outbox.LaneWant) ([]outbox.LaneDue, error)
	Fetch(ctx context.Context, worker int64, wants []outbox.LaneWant) ([]outbox.Queued, error)
	Events(ctx context.Context, rows []outbox.Queued) (map[int64]outbox.Event, error)
	Messages(ctx context.Context, rows []outbox.Queued) (map[int64]outbox.Message, error)
	// Waits tells whether a delivery that was fetched is still to be made.
	Waits(ctx context.Context, delivery int64) (bool, error)
	Record(ctx context.Context, attempts []outbox.Attempt) (recorded int, err error)
	Saw(ctx context.Context, lanes []outbox.LaneSettings) error
	Disable(ctx context.Context, lane, epoch int64, reason string, failures int) (disabled bool, err error)
}

// Mailer hands an email over to a mail server; *mail.SMTP is one. A *mail.RefusedError is final.
type Mailer interface {
	Send(ctx context.Context, m mail.Message) error
}

// Config configures New. Queue, Client, Now, Monotonic and Jitter are required.
type Config struct {
	Queue  Queue
	Client *Client
	// Mail sends emails; with nil they are kept in the database and count as delivered.
	Mail Mailer
	// Log takes one line per attempt; nil discards it.
	Log *slog.Logger
	// Registerer takes the metrics; nil for none.
	Registerer prometheus.Registerer

	// Now is the clock of due times and signatures, the same as the store's.
	Now func() time.Time
	// Monotonic measures leases and must carry Go's monotonic reading: time.Now, in tests too.
	Monotonic func() time.Time
	// Jitter gives random numbers in [0,1).
	Jitter func() float64

	// Origin is how the platform names itself to endpoints that are asked for their permission: the host of its public
	// address.
	Origin string
	// PublicURL is the public address, which bodies with links into the platform begin with.
	PublicURL string
	// Schedules replaces the retry schedules of profiles, by their names.
	Schedules map[string]Schedule
	// InFlight is how many deliveries may be on their way to one subscription, over all copies; 0 means 50 (0.48).
	InFlight int
	// MaxInFlight bounds the deliveries on their way from this copy; 0 means 2,048. A subscription with nothing on its
	// way may exceed it by one.
	MaxInFlight int
	// Burst bounds the deliveries begun within the last second that are still on their way; 0 means 64 per processor.
	// Endpoints that answer fast then never have more of them than the machine can handle, and slow ones do not count
	// for long. Subscriptions with nothing on their way have as much again for themselves.
	Burst int
	// Lease is how long this copy owns its lanes after it was last heard of; 0 means 8 s. After a kill the others
	// wait for so long, and then take over.
	Lease time.Duration
	// RenewEvery is how often the lease is renewed and the fleet looked at; 0 means 1 s.
	RenewEvery time.Duration
	// SweepEvery is how often lanes are searched for due deliveries that no notification told of; 0 means 1 s.
	SweepEvery time.Duration
	// Grace is how long Stop waits for deliveries on their way before it breaks them off; 0 means 15 s.
	Grace time.Duration
}

func (c Config) withDefaults() Config {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	for _, d := range []struct {
		value     *int
		otherwise int
	}{{&c.InFlight, 50}, {&c.MaxInFlight, 2048}, {&c.Burst, 64 * runtime.GOMAXPROCS(0)}} {
		if *d.value == 0 {
			*d.value = d.otherwise
		}
	}
	for _, d := range []struct {
		value     *time.Duration
		otherwise time.Duration
	}{{&c.Lease, 8 * time.Second}, {&c.RenewEvery, time.Second}, {&c.SweepEvery, time.Second}, {&c.Grace, 15 * time.Second}} {
		if *d.value == 0 {
			*d.value = d.otherwise
		}
	}
	return c
}

// Engine delivers what is due, until it is stopped. Any number of copies of the program may run one each.
type Engine struct {
	Config

	kinds   map[outbox.LaneKind]kind
	metrics *metrics

	mu     sync.Mutex
	cancel context.CancelFunc
	done   chan struct{}
}

// New makes an engine, which does nothing before Start or Run.
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
			outbox.LanePush:    pushKind{client: c.Client, queue: c.Queue},
		},
	}, nil
}

// Start runs the engine in the background. A second call does nothing until Stop.
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

// Stop ends what Start began: deliveries on their way are waited for, recorded, and all lanes handed back. Every call
// returns when that is done; it may be called again, and before Start.
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

// Pauses before the fleet is joined again after a lease was lost, or the database was away.
const (
	rejoinFirst = 100 * time.Millisecond
	rejoinMost  = time.Second
)

// Run delivers until ctx ends, and returns when what was on its way is recorded. It never gives up: while the database
// is away it tries again at least every second.
func (e *Engine) Run(ctx context.Context) {
	pause := rejoinFirst
	for ctx.Err() == nil {
		worked, err := e.session(ctx)
		if ctx.Err() != nil {
			if err != nil {
				e.Log.Warn("deliveries were broken off", "error", err)
			}
			return
		}
		if worked {
			pause = rejoinFirst
		}
		e.Log.Warn("not delivering; joining again", "error", err, "pause", pause)
		wait(ctx, pause)
		pause = min(2*pause, rejoinMost)
	}
}

// wait pauses, unless ctx ends first.
func wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
