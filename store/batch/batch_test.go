package batch_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/trace"

	"itmanagerjobs/store/batch"
)

// calls is a Call that notes its batches, and waits in each until it is let go on.
type calls struct {
	mu      sync.Mutex
	batches [][]int
	goOn    chan struct{}
	// broken elements fail every batch that they are in.
	broken []int
}

// seen are the batches so far.
func (c *calls) seen() [][]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.batches)
}

// waitAgain makes calls wait again.
func (c *calls) waitAgain() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.goOn = make(chan struct{})
}

var errBroken = errors.New("broken")

func (c *calls) double(ctx context.Context, in []int) ([]int, error) {
	c.mu.Lock()
	c.batches = append(c.batches, slices.Clone(in))
	goOn := c.goOn
	c.mu.Unlock()
	select {
	case <-goOn:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	out := make([]int, len(in))
	for i, n := range in {
		if n == 13 {
			panic("thirteen")
		}
		if slices.Contains(c.broken, n) {
			return nil, errBroken
		}
		out[i] = 2 * n
	}
	return out, nil
}

// answer is what a caller was told.
type answer struct {
	out int
	err error
}

// ask asks in a goroutine of its own, and returns when that waits.
func ask(ctx context.Context, g *batch.Group[int, int], in int) <-chan answer {
	told := make(chan answer, 1)
	go func() {
		out, err := g.Do(ctx, in)
		told <- answer{out, err}
	}()
	synctest.Wait()
	return told
}

// patience is longer than what the tests wait for, but for the one of calls that are slow.
const patience = time.Hour

func group(c *calls) *batch.Group[int, int] {
	return batch.New(batch.Options{Patience: patience, AtOnce: 2, Most: 4, Within: time.Minute}, c.double)
}

func TestWhatArrivesWhileACallIsUnderWayGoesTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := &calls{goOn: make(chan struct{})}
		g := group(c)
		var told []<-chan answer
		for n := range 8 {
			told = append(told, ask(t.Context(), g, n))
		}
		if diff := cmp.Diff([][]int{{0}}, c.seen()); diff != "" || g.Waiting() != 7 {
			t.Errorf("%d wait, calls under way (-want +got):\n%s", g.Waiting(), diff)
		}
		close(c.goOn)
		for n, a := range told {
			if got := <-a; got != (answer{2 * n, nil}) {
				t.Errorf("%d: %v", n, got)
			}
		}
		if got := <-ask(t.Context(), g, 20); got != (answer{40, nil}) {
			t.Errorf("alone, later: %v", got)
		}
		if diff := cmp.Diff([][]int{{0}, {1, 2, 3, 4}, {5, 6, 7}, {20}}, c.seen()); diff != "" {
			t.Errorf("all calls (-want +got):\n%s", diff)
		}
	})
}

func TestASlowCallHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := &calls{goOn: make(chan struct{})}
		g := batch.New(batch.Options{Patience: time.Second, AtOnce: 3, Most: 4, Within: time.Minute}, c.double)
		want := func(what string, batches ...[]int) {
			t.Helper()
			if diff := cmp.Diff(batches, c.seen()); diff != "" {
				t.Errorf("%s (-want +got):\n%s", what, diff)
			}
		}
		told := []<-chan answer{ask(t.Context(), g, 0), ask(t.Context(), g, 1), ask(t.Context(), g, 2)}
		want("before it is slow", []int{0})
		time.Sleep(time.Second)
		synctest.Wait()
		want("beside a slow one", []int{0}, []int{1, 2})
		time.Sleep(time.Second)
		synctest.Wait()
		told = append(told, ask(t.Context(), g, 3))
		want("beside two slow ones", []int{0}, []int{1, 2}, []int{3})
		time.Sleep(time.Second)
		told = append(told, ask(t.Context(), g, 4), ask(t.Context(), g, 5))
		want("three are under way", []int{0}, []int{1, 2}, []int{3})
		c.goOn <- struct{}{}
		synctest.Wait()
		want("when one has ended", []int{0}, []int{1, 2}, []int{3}, []int{4, 5})
		close(c.goOn)
		for n, a := range told {
			if got := <-a; got != (answer{2 * n, nil}) {
				t.Errorf("%d: %v", n, got)
			}
		}
		// As before: one call at a time.
		c.waitAgain()
		last := []<-chan answer{ask(t.Context(), g, 6), ask(t.Context(), g, 7)}
		want("at the end", []int{0}, []int{1, 2}, []int{3}, []int{4, 5}, []int{6})
		close(c.goOn)
		for _, a := range last {
			<-a
		}
	})
}

func TestACallerWhoLeavesHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := &calls{goOn: make(chan struct{})}
		g := group(c)
		lone, leaveLone := context.WithCancel(t.Context())
		early, leaveEarly := context.WithCancel(t.Context())
		late, leaveLate := context.WithCancel(t.Context())
		first := ask(lone, g, 1)
		second, third, fourth := ask(early, g, 2), ask(late, g, 3), ask(t.Context(), g, 4)

		leaveEarly() // before its batch is called
		if got := <-second; !errors.Is(got.err, context.Canceled) {
			t.Errorf("left before: %v", got)
		}
		leaveLone() // in a call of its own, which ends with it
		if got := <-first; !errors.Is(got.err, context.Canceled) {
			t.Errorf("left alone: %v", got)
		}
		synctest.Wait()
		leaveLate() // while its batch is called
		if got := <-third; !errors.Is(got.err, context.Canceled) {
			t.Errorf("left meanwhile: %v", got)
		}
		c.goOn <- struct{}{}
		if got := <-fourth; got != (answer{8, nil}) {
			t.Errorf("who stayed: %v", got)
		}
		if diff := cmp.Diff([][]int{{1}, {3, 4}}, c.seen()); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
		gone, leave := context.WithCancel(t.Context())
		leave()
		if _, err := g.Do(gone, 5); !errors.Is(err, context.Canceled) || len(c.seen()) != 2 {
			t.Errorf("left before asking: %v, calls %v", err, c.seen())
		}
	})
}

func TestOneThatFailsFailsAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := &calls{goOn: make(chan struct{}), broken: []int{2}}
		g := group(c)
		first := ask(t.Context(), g, 0)
		var told []<-chan answer
		for _, n := range []int{1, 2, 13, 3} {
			told = append(told, ask(t.Context(), g, n))
		}
		close(c.goOn)
		if got := <-first; got != (answer{0, nil}) {
			t.Errorf("the call before: %v", got)
		}
		one, broken, panicked, three := <-told[0], <-told[1], <-told[2], <-told[3]
		if one != (answer{2, nil}) || three != (answer{6, nil}) {
			t.Errorf("whole ones: %v, %v", one, three)
		}
		if !errors.Is(broken.err, errBroken) {
			t.Errorf("a broken one: %v", broken)
		}
		if panicked.err == nil || !strings.HasPrefix(panicked.err.Error(), "panic: thirteen\n") {
			t.Errorf("one that panics: %v", panicked)
		}
		if diff := cmp.Diff([][]int{{0}, {1, 2, 13, 3}, {1}, {2}, {13}, {3}}, c.seen()); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
	})
}

func TestACallThatTakesTooLongIsNotRepeated(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := &calls{goOn: make(chan struct{})}
		g := group(c)
		first, second, third := ask(t.Context(), g, 0), ask(t.Context(), g, 1), ask(t.Context(), g, 2)
		c.goOn <- struct{}{}
		<-first
		began := time.Now()
		for _, told := range []<-chan answer{second, third} {
			if got := <-told; !errors.Is(got.err, context.DeadlineExceeded) {
				t.Errorf("%v, want the end of the time", got)
			}
		}
		if took := time.Since(began); took != time.Minute {
			t.Errorf("took %s, want a minute for all", took)
		}
		if diff := cmp.Diff([][]int{{0}, {1, 2}}, c.seen()); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
	})
}

func TestACallThatForgetsAnElementFails(t *testing.T) {
	t.Parallel()
	g := batch.New(batch.Options{Patience: patience, AtOnce: 1, Most: 4, Within: time.Minute}, func(context.Context, []int) ([]int, error) { return nil, nil })
	if out, err := g.Do(t.Context(), 1); err == nil {
		t.Errorf("answered %d", out)
	}
}

// What is done for several is seen in the trace of one of them, if any is kept.
func TestABatchBelongsToTheTraceOfOneOfItsCallers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		goOn := make(chan struct{})
		var seen []trace.SpanContext
		g := batch.New(batch.Options{Patience: patience, AtOnce: 1, Most: 4, Within: time.Minute}, func(ctx context.Context, in []int) ([]int, error) {
			seen = append(seen, trace.SpanContextFromContext(ctx))
			<-goOn
			return in, nil
		})
		kept := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}, TraceFlags: trace.FlagsSampled})
		dropped := kept.WithTraceFlags(0).WithSpanID(trace.SpanID{3})
		told := []<-chan answer{
			ask(t.Context(), g, 1), // alone
			ask(t.Context(), g, 2), ask(trace.ContextWithSpanContext(t.Context(), dropped), g, 3), ask(trace.ContextWithSpanContext(t.Context(), kept), g, 4),
		}
		close(goOn)
		for _, a := range told {
			<-a
		}
		if diff := cmp.Diff([]bool{false, true}, []bool{seen[0].IsValid(), seen[1].Equal(kept)}); diff != "" {
			t.Errorf("traces of the two calls (-want +got):\n%s", diff)
		}
	})
}
