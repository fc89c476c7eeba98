// Package upkeep does the chores of a running platform: what is due is done, and what is not kept any longer is taken
// away. It says how often and how much at a time; what a chore does is a matter of the store. It must hold no SQL, no rule
// of the job board and no clock.
package upkeep

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// How often each chore looks for work. The contract promises that a job expires within 5 s of its date, and a pause of the
// database takes some of them.
const (
	expireEvery = time.Second
	replayEvery = time.Second
	flushEvery  = 5 * time.Second
	purgeEvery  = time.Minute
	// matchEvery is how long a job or candidate waits at most before its matches are looked for.
	matchEvery = time.Second
	// refreshEvery spreads what is done once a day over it.
	refreshEvery = time.Minute
	// countEvery is rare: a count reads the whole index of the CV search, and imports wait for it.
	countEvery = time.Hour
	// partitionEvery leaves days between the making of a partition and its use.
	partitionEvery = time.Hour

	expireBatch = 500
	purgeBatch  = 1000
	matchBatch  = 1000
	refreshJobs = 60  // a minute: 86,400 a day, a job takes less than a second
	fillBatch   = 50  // one transaction, in which whole CVs are read
	eraseBatch  = 100 // one transaction; each person is in many tables
)

// Store is what the chores call. Every call may run in several copies of the program at once.
type Store interface {
	Matcher
	Purger

	ExpireDueJobs(ctx context.Context, limit int) (int, error)
	FlushKeyUsage(ctx context.Context) (int64, error)
	StepReplays(ctx context.Context) (int64, error)
	MaintainPartitions(ctx context.Context) error
}

// Matcher keeps the matches between jobs and candidates up to date.
type Matcher interface {
	FillProfiles(ctx context.Context, limit int) (int, error)
	ComputeMatches(ctx context.Context, limit int) (int, error)
	RefreshMatches(ctx context.Context, limit int) (int, error)
}

// Purger takes away what is not kept any longer.
type Purger interface {
	PurgeReplies(ctx context.Context, limit int) (int64, error)
	PurgeSessions(ctx context.Context, limit int) (int64, error)
	PurgeApplicationTraces(ctx context.Context, limit int) (int64, error)
	PurgeApplyAttempts(ctx context.Context, limit int) (int64, error)
	PurgeReplays(ctx context.Context, limit int) (int64, error)
	PurgeCvCandidates(ctx context.Context, limit int) (int64, error)
	CountCvSlots(ctx context.Context) error
	ForgetSecrets(ctx context.Context) (int64, error)
}

// Chore is a piece of work that is done again and again.
type Chore struct {
	Name  string
	Every time.Duration
	Do    func(context.Context) error
}

// Chores are all that a platform needs.
func Chores(s Store) []Chore {
	return []Chore{
		{"expire jobs", expireEvery, func(ctx context.Context) error {
			return untilNone(func() (int64, error) {
				n, err := s.ExpireDueJobs(ctx, expireBatch)
				return int64(n), err
			})
		}},
		{"flush key usage", flushEvery, func(ctx context.Context) error {
			_, err := s.FlushKeyUsage(ctx)
			return err
		}},
		{"purge idempotent replies", purgeEvery, func(ctx context.Context) error {
			return untilNone(func() (int64, error) { return s.PurgeReplies(ctx, purgeBatch) })
		}},
		{"maintain partitions", partitionEvery, s.MaintainPartitions},
		{"purge sessions", purgeEvery, func(ctx context.Context) error {
			return untilNone(func() (int64, error) { return s.PurgeSessions(ctx, purgeBatch) })
		}},
		{"purge traces of applications", purgeEvery, func(ctx context.Context) error {
			return untilNone(func() (int64, error) { return s.PurgeApplicationTraces(ctx, purgeBatch) })
		}},
		{"purge apply attempts", purgeEvery, func(ctx context.Context) error {
			return untilNone(func() (int64, error) { return s.PurgeApplyAttempts(ctx, purgeBatch) })
		}},
		{"step replays", replayEvery, func(ctx context.Context) error {
			return untilNone(func() (int64, error) { return s.StepReplays(ctx) })
		}},
		{"purge replays", purgeEvery, func(ctx context.Context) error {
			return untilNone(func() (int64, error) { return s.PurgeReplays(ctx, purgeBatch) })
		}},
		{"forget former secrets", purgeEvery, func(ctx context.Context) error {
			_, err := s.ForgetSecrets(ctx)
			return err
		}},
		{"erase people whose retention is over", purgeEvery, func(ctx context.Context) error {
			return untilNone(func() (int64, error) { return s.PurgeCvCandidates(ctx, eraseBatch) })
		}},
		{"count the parts of the CV search", countEvery, s.CountCvSlots},
		{"compute matches", matchEvery, func(ctx context.Context) error {
			return untilNone(func() (int64, error) {
				n, err := s.ComputeMatches(ctx, matchBatch)
				return int64(n), err
			})
		}},
		{"read the profiles of earlier candidates", purgeEvery, func(ctx context.Context) error {
			return untilNone(func() (int64, error) {
				n, err := s.FillProfiles(ctx, fillBatch)
				return int64(n), err
			})
		}},
		{"refresh matches", refreshEvery, func(ctx context.Context) error {
			_, err := s.RefreshMatches(ctx, refreshJobs)
			return err
		}},
	}
}

// untilNone repeats a batch until one finds nothing to do.
func untilNone(batch func() (int64, error)) error {
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
	for _, c := range chores {
		running.Go(func() { c.run(ctx, log, tick) })
	}
	return func() {
		cancel()
		running.Wait()
	}
}

// run logs the first of a row of failures and the success that ends it: a database that is away for an hour must not
// fill the log.
func (c Chore) run(ctx context.Context, log *slog.Logger, tick Ticker) {
	ticks, stop := tick(c.Every)
	defer stop()
	failing := false
	for {
		switch err := c.Do(ctx); {
		case ctx.Err() != nil:
			return
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
