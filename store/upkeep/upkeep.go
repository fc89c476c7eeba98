// Package upkeep does the chores of a running platform: what is due is done, and what is not kept any longer is taken
// away. It says how often and how much at a time; what a chore does is a matter of the store. It must hold no SQL, no rule
// of the job board and no clock.
package upkeep

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"itmanagerjobs/store"
	"itmanagerjobs/store/pg"
)

// How often each chore looks for work. The contract promises that a job expires within 5 s of its date, and a pause of the
// database takes some of them.
const (
	expireEvery = time.Second
	// readEvery is how long the text of a CV that was not read at once waits at least.
	readEvery   = time.Second
	replayEvery = time.Second
	// activateEvery is how long an activation is late whose lane lost its owner.
	activateEvery = time.Second
	flushEvery    = 5 * time.Second
	purgeEvery    = time.Minute
	// matchEvery is how long a job or candidate waits at most before its matches are looked for.
	matchEvery = time.Second
	// refreshEvery spreads what is done once a day over it.
	refreshEvery = time.Minute
	// countEvery is how often a copy looks whether the last count of the CV index, by any copy, is an hour old.
	countEvery = 10 * time.Minute
	// lookEvery is how often due saved searches are looked for; each is run once an hour.
	lookEvery = 5 * time.Minute
	// forgetEvery is for what asks about each employer.
	forgetEvery = time.Hour
	// partitionEvery leaves days between the making of a partition and its use.
	partitionEvery = time.Hour

	expireBatch = 500
	purgeBatch  = 1000
	matchBatch  = 1000
	refreshJobs = 60  // a minute: 86,400 a day, a job takes less than a second
	eraseBatch  = 100 // one transaction; each person is in many tables
	lookBatch   = 20
)

// Chore is a piece of work that is done again and again.
type Chore struct {
	Name  string
	Every time.Duration
	Do    func(context.Context) error
}

// Chores are all that a platform needs. Every one may run in several copies of the program at once.
func Chores(s *store.Store) []Chore {
	return []Chore{
		inBatches("expire jobs", expireEvery, expireBatch, s.Jobs.ExpireDue),
		inBatches("tell of keys that expire soon", purgeEvery, purgeBatch, s.Accounts.TellOfExpiringKeys),
		inBatches("purge idempotent replies", purgeEvery, purgeBatch, s.PurgeReplies),
		inBatches("purge sessions", purgeEvery, purgeBatch, s.Accounts.PurgeSessions),
		inBatches("purge accounts that nobody has confirmed", purgeEvery, eraseBatch, s.Accounts.PurgeUnconfirmed),
		inBatches("forget users who were removed", purgeEvery, eraseBatch, s.Accounts.ForgetRemoved),
		inBatches("forget addresses of the audit log", forgetEvery, purgeBatch, s.Accounts.ForgetAuditAddresses),
		inBatches("purge traces of applications", purgeEvery, purgeBatch, s.Pipeline.PurgeApplicationTraces),
		inBatches("purge apply attempts", purgeEvery, purgeBatch, s.Pipeline.PurgeApplyAttempts),
		inBatches("purge kept CVs", purgeEvery, purgeBatch, s.Pipeline.PurgeKeptCVs),
		inBatches("purge messages to the platform", purgeEvery, purgeBatch, s.Accounts.PurgeContactRequests),
		inBatches("purge proposals", purgeEvery, purgeBatch, s.Accounts.PurgeProposals),
		inBatches("purge viewers of jobs", purgeEvery, purgeBatch, s.Jobs.PurgeViewers),
		inBatches("purge views of jobs", purgeEvery, purgeBatch, s.Jobs.PurgeViews),
		inBatches("purge replays", purgeEvery, purgeBatch, s.Outbox.PurgeReplays),
		inBatches("purge counts of deprecated calls", purgeEvery, purgeBatch, s.Accounts.PurgeDeprecatedCalls),
		inBatches("purge reports on receivers", purgeEvery, purgeBatch, s.Outbox.PurgeCertifications),
		inBatches("purge inboxes", purgeEvery, purgeBatch, s.Outbox.PurgeInboxes),
		inBatches("erase people whose retention is over", purgeEvery, eraseBatch, s.Erasure.PurgeCV),
		inBatches("compute matches", matchEvery, matchBatch, s.Matches.Compute),
		inBatches("look for new people of saved searches", lookEvery, lookBatch, s.CV.LookForSaved),
		// Two readers: one of them leaves the files alone that are hard to read.
		{"read waiting CVs", readEvery, func(ctx context.Context) error { return s.Pipeline.ReadWaitingCVs(ctx, false) }},
		{"read waiting CVs that are hard to read, too", readEvery, func(ctx context.Context) error { return s.Pipeline.ReadWaitingCVs(ctx, true) }},
		{"step replays", replayEvery, func(ctx context.Context) error {
			return untilNone(func() (int64, error) { return s.Outbox.StepReplays(ctx) })
		}},
		{"activate secrets", activateEvery, func(ctx context.Context) error {
			_, err := s.Outbox.ReachActivations(ctx)
			return err
		}},
		{"flush key usage", flushEvery, func(ctx context.Context) error {
			_, err := s.Accounts.FlushKeyUsage(ctx)
			return err
		}},
		{"flush views of jobs", flushEvery, s.Jobs.FlushViews},
		{"forget former secrets", purgeEvery, func(ctx context.Context) error {
			_, err := s.Outbox.ForgetSecrets(ctx)
			return err
		}},
		{"refresh matches", refreshEvery, func(ctx context.Context) error {
			_, err := s.Matches.Refresh(ctx, refreshJobs)
			return err
		}},
		{"maintain partitions", partitionEvery, s.Outbox.MaintainPartitions},
		{"maintain partitions of the request log", partitionEvery, s.Accounts.MaintainPartitions},
		{"count the partitions of the CV index", countEvery, s.CV.CountPartitions},
	}
}

// inBatches is a chore that does up to size things at a time, as long as there are any.
func inBatches[N int | int64](name string, every time.Duration, size int, do func(ctx context.Context, size int) (N, error)) Chore {
	return Chore{name, every, func(ctx context.Context) error {
		return untilNone(func() (N, error) { return do(ctx, size) })
	}}
}

// untilNone repeats a batch until one finds nothing to do.
func untilNone[N int | int64](batch func() (N, error)) error {
	for {
		if n, err := batch(); n == 0 || err != nil {
			return err
		}
	}
}

// Ticker makes the ticks of one chore, one in every period; stop ends them.
type Ticker func(every time.Duration) (ticks <-chan time.Time, stop func())

// Start does each chore now and at every tick, each in a goroutine of its own. stop ends the chores under way and returns
// when all have ended.
func Start(log *slog.Logger, chores []Chore, tick Ticker) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	o := &outage{log: log}
	for _, c := range chores {
		running.Go(func() { c.run(ctx, log, tick, o) })
	}
	return func() {
		cancel()
		running.Wait()
	}
}

// outage is that of the database, which all chores share: one line tells that it is away, and one that it is back. It is no fault of
// the program, and so a warning.
type outage struct {
	log *slog.Logger

	mu   sync.Mutex
	away bool
}

func (o *outage) isOn() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.away
}

func (o *outage) begin(c Chore, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.away {
		o.log.Warn("upkeep waits for the database, which is away", "chore", c.Name, "error", err)
	}
	o.away = true
}

func (o *outage) end(c Chore) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.away {
		o.log.Info("upkeep goes on: the database is back", "chore", c.Name)
	}
	o.away = false
}

// run logs the first of a row of failures and the success that ends it: what is in the way for an hour must not fill the log.
func (c Chore) run(ctx context.Context, log *slog.Logger, tick Ticker, o *outage) {
	ticks, stop := tick(c.Every)
	defer stop()
	failing := false
	for {
		// A chore that began before the outage, and ends well meanwhile, does not say that the database is back.
		wasAway := o.isOn()
		err := c.Do(ctx)
		if err == nil && wasAway {
			o.end(c)
		}
		switch {
		case ctx.Err() != nil:
			return
		case pg.Unreachable(err):
			o.begin(c, err)
		case err != nil && !failing:
			log.Error("upkeep fails; it is tried again", "chore", c.Name, "every", c.Every.String(), "error", err)
			failing = true
		case err == nil && failing:
			log.Info("upkeep works again", "chore", c.Name)
			failing = false
		}
		select {
		case <-ctx.Done():
			return
		case <-ticks:
		}
	}
}
