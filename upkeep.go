package main

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// What is due is looked for this often. A job expires within 5 s of its date (0.34), and pauses of the database count.
const (
	expireEvery = time.Second
	replayEvery = time.Second
	flushEvery  = 5 * time.Second
	purgeEvery  = time.Minute
	// matchEvery is how long a job or candidate waits at most before its matches are looked for.
	matchEvery = time.Second
	// refreshEvery spreads what is done once a day over it.
	refreshEvery = time.Minute
	// partitionEvery leaves days between the making of a partition and its use.
	partitionEvery = time.Hour

	expireBatch = 500
	purgeBatch  = 1000
	matchBatch  = 1000
	refreshJobs = 60  // a minute: 86,400 a day, a job takes less than a second
	fillBatch   = 50  // one transaction, in which whole CVs are read
	eraseBatch  = 100 // one transaction; each person is in many tables
)

// keeper is what the upkeep asks of the store. Every call may run in several copies of the program at once.
type keeper interface {
	matcher
	purger

	ExpireDueJobs(ctx context.Context, limit int) (int, error)
	FlushKeyUsage(ctx context.Context) (int64, error)
	StepReplays(ctx context.Context) (int64, error)
	MaintainPartitions(ctx context.Context) error
}

// matcher is what matches are made of, and they themselves.
type matcher interface {
	FillProfiles(ctx context.Context, limit int) (int, error)
	ComputeMatches(ctx context.Context, limit int) (int, error)
	RefreshMatches(ctx context.Context, limit int) (int, error)
}

// purger takes away what is not kept any longer.
type purger interface {
	PurgeReplies(ctx context.Context, limit int) (int64, error)
	PurgeSessions(ctx context.Context, limit int) (int64, error)
	PurgeApplicationTraces(ctx context.Context, limit int) (int64, error)
	PurgeApplyAttempts(ctx context.Context, limit int) (int64, error)
	PurgeReplays(ctx context.Context, limit int) (int64, error)
	PurgeCvCandidates(ctx context.Context, limit int) (int64, error)
	CountCvSlots(ctx context.Context) error
	ForgetSecrets(ctx context.Context) (int64, error)
}

// chore is a piece of work that is done again and again.
type chore struct {
	name  string
	every time.Duration
	do    func(context.Context) error
}

func chores(k keeper) []chore {
	return []chore{
		{"expire jobs", expireEvery, func(ctx context.Context) error {
			return untilNone(func() (int64, error) {
				n, err := k.ExpireDueJobs(ctx, expireBatch)
				return int64(n), err
			})
		}},
		{"flush key usage", flushEvery, func(ctx context.Context) error {
			_, err := k.FlushKeyUsage(ctx)
			return err
		}},
		{"purge idempotent replies", purgeEvery, func(ctx context.Context) error {
			return untilNone(func() (int64, error) { return k.PurgeReplies(ctx, purgeBatch) })
		}},
		{"maintain partitions", partitionEvery, k.MaintainPartitions},
		{"purge sessions", purgeEvery, func(ctx context.Context) error {
			return untilNone(func() (int64, error) { return k.PurgeSessions(ctx, purgeBatch) })
		}},
		{"purge traces of applications", purgeEvery, func(ctx context.Context) error {
			return untilNone(func() (int64, error) { return k.PurgeApplicationTraces(ctx, purgeBatch) })
		}},
		{"purge apply attempts", purgeEvery, func(ctx context.Context) error {
			return untilNone(func() (int64, error) { return k.PurgeApplyAttempts(ctx, purgeBatch) })
		}},
		{"step replays", replayEvery, func(ctx context.Context) error {
			return untilNone(func() (int64, error) { return k.StepReplays(ctx) })
		}},
		{"purge replays", purgeEvery, func(ctx context.Context) error {
			return untilNone(func() (int64, error) { return k.PurgeReplays(ctx, purgeBatch) })
		}},
		{"forget former secrets", purgeEvery, func(ctx context.Context) error {
			_, err := k.ForgetSecrets(ctx)
			return err
		}},
		{"erase people whose retention is over", purgeEvery, func(ctx context.Context) error {
			return untilNone(func() (int64, error) { return k.PurgeCvCandidates(ctx, eraseBatch) })
		}},
		{"count the parts of the CV search", purgeEvery, k.CountCvSlots},
		{"compute matches", matchEvery, func(ctx context.Context) error {
			return untilNone(func() (int64, error) {
				n, err := k.ComputeMatches(ctx, matchBatch)
				return int64(n), err
			})
		}},
		{"read the profiles of earlier candidates", purgeEvery, func(ctx context.Context) error {
			return untilNone(func() (int64, error) {
				n, err := k.FillProfiles(ctx, fillBatch)
				return int64(n), err
			})
		}},
		{"refresh matches", refreshEvery, func(ctx context.Context) error {
			_, err := k.RefreshMatches(ctx, refreshJobs)
			return err
		}},
	}
}

func untilNone(batch func() (int64, error)) error {
	for {
		if n, err := batch(); n == 0 || err != nil {
			return err
		}
	}
}

// ticker makes the ticks of one chore; stop ends them.
type ticker func(every time.Duration) (ticks <-chan time.Time, stop func())

func realTicker(every time.Duration) (<-chan time.Time, func()) {
	t := time.NewTicker(every)
	return t.C, t.Stop
}

// startUpkeep does each chore now and at every tick, each in a goroutine of its own. stop returns when all have ended.
func startUpkeep(log *slog.Logger, list []chore, tick ticker) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	for _, c := range list {
		running.Go(func() { c.run(ctx, log, tick) })
	}
	return func() {
		cancel()
		running.Wait()
	}
}

// run logs the first of a row of failures and the success that ends it: a database that is away for an hour must not
// fill the log.
func (c chore) run(ctx context.Context, log *slog.Logger, tick ticker) {
	ticks, stop := tick(c.every)
	defer stop()
	failing := false
	for {
		switch err := c.do(ctx); {
		case ctx.Err() != nil:
			return
		case err != nil && !failing:
			log.Error("upkeep fails; it is tried again", "chore", c.name, "every", c.every.String(), "error", err)
			failing = true
		case err == nil && failing:
			log.Info("upkeep works again", "chore", c.name)
			failing = false
		}
		select {
		case <-ctx.Done():
			return
		case <-ticks:
		}
	}
}
