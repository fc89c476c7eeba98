package upkeep

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/lib/pq"

	"itmanagerjobs/store"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/store/storetest"
)

// handTicker makes ticks by hand; a tick is taken when the chore waits for it.
func handTicker() (Ticker, chan<- time.Time) {
	ticks := make(chan time.Time)
	return func(time.Duration) (<-chan time.Time, func()) { return ticks, func() {} }, ticks
}

func TestUpkeepLogsAChangeOfStateOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		fault := errors.New("a fault")
		results := []error{nil, fault, fault, fault, nil, nil, fault, nil}
		tick, ticks := handTicker()
		var log bytes.Buffer
		n := 0
		stop := Start(slog.New(slog.NewTextHandler(&log, nil)), []Chore{{"test", time.Second, func(context.Context) error {
			n++
			return results[n-1]
		}}}, tick)
		for range len(results) - 1 { // the first time needs no tick
			ticks <- time.Time{}
		}
		synctest.Wait() // the last one is logged
		stop()
		var got []string
		for line := range strings.Lines(log.String()) {
			_, level, _ := strings.Cut(line, "level=")
			got = append(got, level[:strings.IndexByte(level, ' ')])
		}
		if want := "ERROR INFO ERROR INFO"; strings.Join(got, " ") != want {
			t.Errorf("logged %v, want %s:\n%s", got, want, &log)
		}
	})
}

// A database that is away is told once for all chores, and as a warning. One statement that took too long is a fault of its chore.
func TestUpkeepTellsOfAnOutageOnceForAllChores(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		away := &pg.UnavailableError{Err: errors.New("the database is away")}
		slow := &pg.UnavailableError{Err: &pq.Error{Code: "57014", Message: "canceling statement due to statement timeout"}}
		results := [2][]error{{nil, away, away, nil, slow, nil}, {nil, away, away, nil, nil, nil}}
		var log bytes.Buffer
		var chores []Chore
		var ticks [2]chan time.Time
		for i := range ticks {
			ticks[i] = make(chan time.Time)
			n := 0
			chores = append(chores, Chore{fmt.Sprint("chore ", i), time.Duration(i), func(context.Context) error {
				n++
				return results[i][n-1]
			}})
		}
		stop := Start(slog.New(slog.NewTextHandler(&log, nil)), chores, func(every time.Duration) (<-chan time.Time, func()) { return ticks[every], func() {} })
		synctest.Wait() // the first time needs no tick
		for range len(results[0]) - 1 {
			for i := range ticks {
				ticks[i] <- time.Time{}
				synctest.Wait() // the chore has logged, and waits for its next tick
			}
		}
		stop()
		var got []string
		for line := range strings.Lines(log.String()) {
			_, line, _ = strings.Cut(line, "level=")
			level, line, _ := strings.Cut(line, " msg=")
			message, _, _ := strings.Cut(strings.TrimPrefix(line, `"`), `"`)
			got = append(got, level+" "+message)
		}
		want := []string{
			"WARN upkeep waits for the database, which is away", "INFO upkeep goes on: the database is back",
			"ERROR upkeep fails; it is tried again", "INFO upkeep works again",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("logged (-want +got):\n%s\n%s", diff, &log)
		}
	})
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
		"purge apply attempts": time.Minute, "purge messages to the platform": time.Minute, "purge proposals": time.Minute, "purge replays": time.Minute, "purge inboxes": time.Minute, "purge reports on receivers": time.Minute, "purge counts of deprecated calls": time.Minute, "forget former secrets": time.Minute, "forget users who were removed": time.Minute, "tell of keys that expire soon": time.Minute,
		"purge accounts that nobody has confirmed": time.Minute, "purge kept CVs": time.Minute, "purge viewers of jobs": time.Minute, "purge views of jobs": time.Minute,
		"flush views of jobs":                  5 * time.Second,
		"erase people whose retention is over": time.Minute, "refresh matches": time.Minute,
		"look for new people of saved searches": 5 * time.Minute,
		"maintain partitions":                   time.Hour, "forget addresses of the audit log": time.Hour, "maintain partitions of the request log": time.Hour, "count the partitions of the CV index": 10 * time.Minute,
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
