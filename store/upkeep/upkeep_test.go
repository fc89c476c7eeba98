package upkeep

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"
)

// handTicker makes ticks by hand; a tick is taken when the chore waits for it.
func handTicker() (Ticker, chan<- time.Time) {
	ticks := make(chan time.Time)
	return func(time.Duration) (<-chan time.Time, func()) { return ticks, func() {} }, ticks
}

func TestUpkeepLogsAChangeOfStateOnce(t *testing.T) {
	t.Parallel()
	away := errors.New("the database is away")
	results := []error{nil, away, away, away, nil, nil, away, nil}
	tick, ticks := handTicker()
	done := make(chan struct{})
	var log bytes.Buffer
	n := 0
	stop := Start(slog.New(slog.NewTextHandler(&log, nil)), []Chore{{"test", time.Second, func(context.Context) error {
		err := results[n]
		if n++; n == len(results) {
			close(done)
		}
		return err
	}}}, tick)
	for range len(results) - 1 { // the first time needs no tick
		ticks <- time.Time{}
	}
	<-done
	stop()
	var got []string
	for line := range strings.Lines(log.String()) {
		_, level, _ := strings.Cut(line, "level=")
		got = append(got, level[:strings.IndexByte(level, ' ')])
	}
	if want := "ERROR INFO ERROR INFO"; strings.Join(got, " ") != want {
		t.Errorf("logged %v, want %s:\n%s", got, want, &log)
	}
}

func TestUpkeepStopsAChoreUnderWay(t *testing.T) {
	t.Parallel()
	tick, _ := handTicker()
	started := make(chan struct{})
	var log bytes.Buffer
	stop := Start(slog.New(slog.NewTextHandler(&log, nil)), []Chore{{"test", time.Second, func(ctx context.Context) error {
		close(started)
		<-ctx.Done()
		return ctx.Err()
	}}}, tick)
	<-started
	stop()
	if log.Len() > 0 {
		t.Errorf("logged %q", &log)
	}
}

// batches is a store with a number of things due.
type batches struct {
	Store

	due, calls int
}

func (b *batches) ExpireDueJobs(_ context.Context, limit int) (int, error) {
	b.calls++
	n := min(limit, b.due)
	b.due -= n
	return n, nil
}

func TestUpkeepExpiresAllThatIsDue(t *testing.T) {
	t.Parallel()
	b := &batches{due: 2*expireBatch + 1}
	if err := Chores(b)[0].Do(t.Context()); err != nil {
		t.Fatal(err)
	}
	if b.due != 0 || b.calls != 4 {
		t.Errorf("%d jobs are left after %d batches", b.due, b.calls)
	}
}

func (b *batches) StepReplays(context.Context) (int64, error) {
	b.calls++
	if b.due == 0 {
		return 0, nil
	}
	b.due--
	return 1, nil
}

func TestUpkeepStepsReplaysEverySecond(t *testing.T) {
	t.Parallel()
	b := &batches{due: 3}
	for _, c := range Chores(b) {
		if c.Name != "step replays" {
			continue
		}
		if err := c.Do(t.Context()); err != nil || c.Every != time.Second {
			t.Errorf("every %s: %v", c.Every, err)
		}
	}
	if b.due != 0 || b.calls != 4 {
		t.Errorf("%d steps are left after %d", b.due, b.calls)
	}
}

func (b *batches) ComputeMatches(ctx context.Context, limit int) (int, error) {
	return b.ExpireDueJobs(ctx, limit)
}

func TestUpkeepMatchesAllThatWaits(t *testing.T) {
	t.Parallel()
	b := &batches{due: 3*matchBatch + 1}
	list := Chores(b)
	at := slices.IndexFunc(list, func(c Chore) bool { return c.Every == matchEvery && c.Name == "compute matches" })
	if at < 0 {
		t.Fatal("nothing computes matches")
	}
	if err := list[at].Do(t.Context()); err != nil || b.due != 0 {
		t.Errorf("%d are left, %v", b.due, err)
	}
}

func (b *batches) RefreshMatches(ctx context.Context, limit int) (int, error) {
	return b.ExpireDueJobs(ctx, limit)
}

func (b *batches) FillProfiles(ctx context.Context, limit int) (int, error) {
	return b.ExpireDueJobs(ctx, limit)
}

func TestUpkeepFillsAllProfiles(t *testing.T) {
	t.Parallel()
	b := &batches{due: 2*fillBatch + 1}
	list := Chores(b)
	at := slices.IndexFunc(list, func(c Chore) bool { return c.Name == "read the profiles of earlier candidates" })
	if at < 0 {
		t.Fatal("nothing reads them")
	}
	if err := list[at].Do(t.Context()); err != nil || b.due != 0 {
		t.Errorf("%d are left, %v", b.due, err)
	}
}

func TestUpkeepRefreshesSomeMatchesAtATime(t *testing.T) {
	t.Parallel()
	b := &batches{due: refreshJobs + 1}
	list := Chores(b)
	at := slices.IndexFunc(list, func(c Chore) bool { return c.Name == "refresh matches" })
	if at < 0 {
		t.Fatal("nothing refreshes matches")
	}
	if err := list[at].Do(t.Context()); err != nil || b.due != 1 {
		t.Errorf("%d are left, %v; want 1", b.due, err)
	}
}

func (b *batches) PurgeCvCandidates(ctx context.Context, limit int) (int64, error) {
	n, err := b.ExpireDueJobs(ctx, limit)
	return int64(n), err
}

func TestUpkeepErasesAllWhoseRetentionIsOver(t *testing.T) {
	t.Parallel()
	b := &batches{due: 2*eraseBatch + 1}
	list := Chores(b)
	at := slices.IndexFunc(list, func(c Chore) bool { return c.Name == "erase people whose retention is over" })
	if at < 0 {
		t.Fatal("nothing erases them")
	}
	if err := list[at].Do(t.Context()); err != nil || b.due != 0 {
		t.Errorf("%d are left, %v", b.due, err)
	}
}

func TestUpkeepCountsThePartsOfTheSearchEveryHour(t *testing.T) {
	t.Parallel()
	list := Chores(&batches{})
	at := slices.IndexFunc(list, func(c Chore) bool { return c.Name == "count the parts of the CV search" })
	if at < 0 || list[at].Every != time.Hour {
		t.Errorf("chore %d of %d is not done every hour", at, len(list))
	}
}
