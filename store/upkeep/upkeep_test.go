package upkeep

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store"
	"itmanagerjobs/store/storetest"
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

func TestABatchIsRepeatedUntilNothingIsDue(t *testing.T) {
	t.Parallel()
	due, calls := 201, 0
	c := inBatches("test", time.Second, 100, func(_ context.Context, size int) (int, error) {
		calls++
		n := min(size, due)
		due -= n
		return n, nil
	})
	if err := c.Do(t.Context()); err != nil || due != 0 || calls != 4 {
		t.Errorf("%d are left after %d batches, %v", due, calls, err)
	}
	away := errors.New("the database is away")
	c = inBatches("test", time.Second, 100, func(context.Context, int) (int64, error) { return 0, away })
	if err := c.Do(t.Context()); !errors.Is(err, away) {
		t.Errorf("a batch that fails: %v", err)
	}
}

func TestChoresComeAsOftenAsIsPromised(t *testing.T) {
	t.Parallel()
	got := map[string]time.Duration{}
	for _, c := range Chores(&store.Store{}) {
		if _, twice := got[c.Name]; twice {
			t.Errorf("two chores are called %q", c.Name)
		}
		got[c.Name] = c.Every
	}
	want := map[string]time.Duration{
		"expire jobs": time.Second, "step replays": time.Second, "compute matches": time.Second, "activate secrets": time.Second, "flush key usage": 5 * time.Second,
		"read waiting CVs": time.Second, "read waiting CVs that are hard to read, too": time.Second,
		"purge idempotent replies": time.Minute, "purge sessions": time.Minute, "purge traces of applications": time.Minute,
		"purge apply attempts": time.Minute, "purge messages to the platform": time.Minute, "purge proposals": time.Minute, "purge replays": time.Minute, "purge inboxes": time.Minute, "purge reports on receivers": time.Minute, "purge counts of deprecated calls": time.Minute, "forget former secrets": time.Minute, "tell of keys that expire soon": time.Minute,
		"purge accounts that nobody has confirmed": time.Minute, "purge kept CVs": time.Minute, "purge viewers of jobs": time.Minute, "purge views of jobs": time.Minute,
		"flush views of jobs":                  5 * time.Second,
		"erase people whose retention is over": time.Minute, "refresh matches": time.Minute,
		"look for new people of saved searches": 5 * time.Minute,
		"maintain partitions":                   time.Hour, "maintain partitions of the request log": time.Hour, "count the partitions of the CV index": 10 * time.Minute,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("chores (-want +got):\n%s", diff)
	}
}

func TestEveryChoreRunsOnAnEmptyDatabase(t *testing.T) {
	t.Parallel()
	s, _ := storetest.New(t)
	for _, c := range Chores(s) {
		if err := c.Do(t.Context()); err != nil {
			t.Errorf("%s: %v", c.Name, err)
		}
	}
}
