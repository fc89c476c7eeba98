package turns

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// visitor has come to a gate for a place.
type visitor struct {
	ctx   context.Context //nolint:containedctx // it has the place
	leave func()
}

// ran does something in a goroutine, and tells whether it has come to its end.
func ran(what func()) (ended func() bool) {
	done := make(chan struct{})
	go func() {
		what()
		close(done)
	}()
	synctest.Wait()
	return func() bool {
		synctest.Wait()
		select {
		case <-done:
			return true
		default:
			return false
		}
	}
}

// stay has one of party 7 come.
func stay(t *testing.T, g *Gate) *visitor {
	t.Helper()
	ctx, leave := g.Stay(t.Context(), 7)
	return &visitor{ctx, leave}
}

// empty fails unless nobody has a place or waits for one.
func empty(t *testing.T, gates ...*Gate) {
	t.Helper()
	for i, g := range gates {
		if len(g.running) != 0 || g.count != 0 || g.free != g.o.AtOnce {
			t.Errorf("gate %d: %v run and %d wait after all have left", i, g.running, g.count)
		}
	}
}

func TestWhoIsAwayLeavesItsPlaceToOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := New(Options{Each: 1, Patience: time.Hour})
		first := stay(t, g)
		if got := Party(first.ctx); got != 7 {
			t.Errorf("the party is %d, want 7", got)
		}
		var second *visitor
		came := ran(func() { second = stay(t, g) })
		if came() {
			t.Fatal("two have the place of one")
		}
		back := Away(first.ctx)
		if !came() {
			t.Fatal("the place of one that is away is not given to the next")
		}
		returned := ran(back)
		if returned() {
			t.Fatal("one that is back goes on while another one has its place")
		}
		second.leave()
		if !returned() {
			t.Fatal("one that is back waits for a place that is free")
		}
		// It has the place now.
		if g.TryEnter(7) {
			t.Error("one that is back has no place")
		}
		first.leave()
		first.leave()
		empty(t, g)
	})
}

func TestWhoIsBackDoesNotWaitForLong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := New(Options{Each: 1, Patience: time.Hour})
		first := stay(t, g)
		back := Away(first.ctx)
		second := stay(t, g)
		began := time.Now()
		back()
		if waited := time.Since(began); waited != backWithin {
			t.Errorf("it waited %v, want %v", waited, backWithin)
		}
		// It has none, and so gives none away.
		first.leave()
		if g.TryEnter(7) {
			t.Error("one without a place has given one away")
		}
		second.leave()
		empty(t, g)
	})
}

func TestAPlaceIsTakenAgainWhenTheLastIsBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := New(Options{Each: 1, Patience: time.Hour})
		v := stay(t, g)
		one, other := Away(v.ctx), Away(v.ctx)
		one()
		if !g.TryEnter(7) {
			t.Fatal("the place is taken while something is waited for")
		}
		g.Leave(7)
		other()
		if g.TryEnter(7) {
			t.Fatal("the place is not taken again")
		}
		// One that leaves while it is away wants no place when it is back.
		back := Away(v.ctx)
		v.leave()
		back()
		empty(t, g)
	})
}

func TestATurnOfAnotherKindIsWaitedForWithoutAPlace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, other := New(Options{Each: 1, Patience: time.Hour}), New(Options{AtOnce: 1, Patience: time.Hour})
		if !other.TryEnter(1) {
			t.Fatal("the other gate is closed")
		}
		v := stay(t, g)
		entered := ran(func() {
			if err := other.Enter(v.ctx, 7); err != nil {
				t.Error(err)
			}
		})
		if entered() || !g.TryEnter(7) {
			t.Fatal("who waits for a turn of another kind keeps its place")
		}
		g.Leave(7)
		other.Leave(1)
		if !entered() || g.TryEnter(7) {
			t.Fatal("who has the other turn has no place")
		}
		other.Leave(7)
		// A place in another gate is instead of it.
		ctx, leave := other.Stay(v.ctx, 8)
		if !g.TryEnter(7) {
			t.Fatal("one has two places")
		}
		g.Leave(7)
		Away(ctx)()
		leave()
		if g.TryEnter(7) {
			t.Fatal("the first place is not taken again")
		}
		v.leave()
		empty(t, g, other)
	})
}

func TestAPlaceIsTakenLater(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := New(Options{Each: 1, Patience: time.Hour})
		ctx, come, leave := g.StayLater(t.Context(), 7)
		Away(ctx)() // takes none before its time
		if !g.TryEnter(7) {
			t.Fatal("the place is taken before it is wanted")
		}
		came := ran(come)
		if came() {
			t.Fatal("two have the place of one")
		}
		g.Leave(7)
		if !came() || g.TryEnter(7) {
			t.Fatal("it has no place")
		}
		come()
		leave()
		empty(t, g)
		Away(t.Context())() // without a place
	})
}

func TestAPlaceRestsForAsLongAsItWasHeld(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := New(Options{Each: 1, Company: time.Second, Patience: time.Hour})
		// held is how long a place of party 7 is taken that is used twice, for 10 ms each time, and given up for 20 ms in between.
		held := func(prepare func(ctx context.Context)) time.Duration {
			began := time.Now()
			v := stay(t, g)
			prepare(v.ctx)
			time.Sleep(10 * time.Millisecond)
			back := Away(v.ctx)
			time.Sleep(20 * time.Millisecond)
			back()
			time.Sleep(10 * time.Millisecond)
			v.leave()
			stay(t, g).leave()
			return time.Since(began)
		}
		const used = 40 * time.Millisecond
		if got := held(Rest); got != used {
			t.Errorf("alone, the place is taken for %v, want %v", got, used)
		}
		g.TryEnter(8)
		g.Leave(8)
		if got := held(func(context.Context) {}); got != used {
			t.Errorf("one that does not rest has its place for %v, want %v", got, used)
		}
		if got := held(Rest); got != used+20*time.Millisecond {
			t.Errorf("in company, the place is taken for %v, want %v", got, used+20*time.Millisecond)
		}
		began := time.Now()
		v := stay(t, g)
		Rest(v.ctx)
		time.Sleep(5 * time.Second)
		g.TryEnter(8)
		g.Leave(8)
		v.leave()
		stay(t, g).leave()
		if got := time.Since(began); got != 5*time.Second+longestRest {
			t.Errorf("after 5 s the place rests for %v, want %v", got-5*time.Second, longestRest)
		}
		time.Sleep(longestRest)
		empty(t, g)
		Rest(t.Context()) // without a place
	})
}

func TestWhoHasGoneWaitsForNoPlace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := New(Options{Each: 1, Patience: time.Hour})
		first := stay(t, g)
		ctx, cancel := context.WithCancel(t.Context())
		var leave func()
		came := ran(func() { _, leave = g.Stay(ctx, 7) })
		if came() {
			t.Fatal("two have the place of one")
		}
		cancel()
		if !came() {
			t.Fatal("one that has gone waits on")
		}
		leave()
		if g.TryEnter(7) {
			t.Error("one that never had a place has given one away")
		}
		first.leave()
		empty(t, g)
	})
}
