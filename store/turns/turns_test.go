package turns

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func TestPartiesRunByTurns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := New(Options{AtOnce: 1, Patience: time.Hour})
		if err := g.Enter(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		var ran []int64
		done := make(chan struct{})
		line := []int64{1, 1, 1, 2, 3, 3}
		for _, party := range line {
			go func() {
				if err := g.Enter(t.Context(), party); err != nil {
					t.Error(err)
				}
				ran = append(ran, party)
				g.Leave(party)
				done <- struct{}{}
			}()
			synctest.Wait() // it waits in the line
		}
		if g.TryEnter(4) {
			t.Error("one that does not wait came before those that wait")
		}
		g.Leave(1)
		for range line {
			<-done
		}
		if want := []int64{1, 2, 3, 1, 3, 1}; !slices.Equal(ran, want) {
			t.Errorf("parties came in the order %v, want %v", ran, want)
		}
		if !g.TryEnter(4) {
			t.Error("nothing runs, and one may not run")
		}
	})
}

// comers gives a function that has one of a party come, and the parties of those who were let in.
func comers(t *testing.T, g *Gate) (let chan int64, enter func(party int64)) {
	t.Helper()
	let = make(chan int64, 9)
	return let, func(party int64) {
		go func() {
			if err := g.Enter(t.Context(), party); err != nil {
				t.Error(err)
			}
			let <- party
		}()
		synctest.Wait()
	}
}

func TestTheFirstOfAPartyRunsInACrowd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := New(Options{Each: 2, Crowd: 2, Patience: time.Hour})
		let, enter := comers(t, g)
		leave := func(party int64) (next []int64) {
			g.Leave(party)
			synctest.Wait()
			for len(let) > 0 {
				next = append(next, <-let)
			}
			return next
		}
		for _, party := range []int64{1, 1, 1, 2, 2, 3} {
			enter(party)
		}
		// Party 1 has its part, and the others their first.
		if n := len(let); n != 4 || g.Waiting() != 2 {
			t.Fatalf("%d run and %d wait, want 4 and 2", n, g.Waiting())
		}
		for range 4 {
			<-let
		}
		for _, step := range []struct {
			leaves int64
			want   []int64
		}{{3, nil}, {1, nil}, {1, []int64{1}}, {1, []int64{2}}, {2, nil}, {2, nil}} {
			if got := leave(step.leaves); !slices.Equal(got, step.want) {
				t.Errorf("after one of party %d: %v, want %v", step.leaves, got, step.want)
			}
		}
		if len(g.running) != 0 || g.Waiting() != 0 {
			t.Errorf("%v run and %d wait", g.running, g.Waiting())
		}
	})
}

func TestAPartyHasNoMoreThanItsPart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := New(Options{AtOnce: 4, Each: 2, Patience: time.Hour})
		let, enter := comers(t, g)
		for range 5 {
			enter(1)
		}
		if len(let) != 2 {
			t.Fatalf("%d of a party run, want 2 of the 4 places", len(let))
		}
		enter(2)
		enter(Nobody)
		enter(Nobody)
		if len(let) != 4 {
			t.Fatalf("%d run, want all 4: a party that waits for its own part keeps no place from others", len(let))
		}
		for range 4 {
			<-let
		}
		g.Leave(2) // the place is for nobody in particular: party 1 has its part
		synctest.Wait()
		if got := <-let; got != Nobody {
			t.Errorf("%d was let in", got)
		}
		g.Leave(1)
		synctest.Wait()
		if got := <-let; got != 1 {
			t.Errorf("%d was let in", got)
		}
		for range 2 {
			g.Leave(Nobody)
		}
		g.Leave(1)
		g.Leave(1)
		synctest.Wait()
		if len(let) != 2 {
			t.Errorf("%d of those that waited were let in, want 2", len(let))
		}
		g.Leave(1)
		g.Leave(1)
		if g.free != 4 || len(g.running) != 0 || len(g.waiting) != 0 || len(g.turns) != 0 {
			t.Errorf("after all have gone: %d free, %v run, %v wait", g.free, g.running, g.waiting)
		}
	})
}

func TestWhatWouldComeTooLateIsRefusedInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const line, patience = 16, 1500 * time.Millisecond
		g := New(Options{AtOnce: 1, Patience: patience, Line: line, Lines: 4 * line})
		if err := g.Enter(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		waiting, cancel := context.WithCancel(t.Context())
		refused, gone := make(chan error, 8*line), make(chan error)
		go func() { gone <- g.Enter(waiting, 1) }()
		synctest.Wait()
		enter := func(party int64) {
			go func() { refused <- g.Enter(t.Context(), party) }()
			synctest.Wait()
		}
		began := time.Now()
		for range line {
			enter(1)
		}
		// The line of one party is full, with the one that will go; that of another is not.
		if len(refused) != 1 || !errors.Is(<-refused, ErrLate) {
			t.Fatal("the line of one party has no end")
		}
		if cancel(); !errors.Is(<-gone, context.Canceled) {
			t.Error("one whose caller is gone went on waiting")
		}
		for party := range int64(4 * line) {
			enter(2 + party)
		}
		if over := line - 1; len(refused) != over {
			t.Errorf("%d were refused at once, want %d", len(refused), over)
		}
		if time.Since(began) != 0 {
			t.Errorf("the refusal of what finds no place took %s", time.Since(began))
		}
		time.Sleep(patience)
		synctest.Wait()
		for range 5*line - 1 {
			if err := <-refused; !errors.Is(err, ErrLate) {
				t.Errorf("one that waited for %s: %v", patience, err)
			}
		}
		if len(g.waiting) != 0 || len(g.turns) != 0 || g.count != 0 {
			t.Errorf("after all have gone wait %v, %v, %d", g.waiting, g.turns, g.count)
		}
		g.Leave(1)
		if err := g.Enter(t.Context(), 9); err != nil {
			t.Errorf("nothing runs: %v", err)
		}
	})
}

func TestAPartyIsBoundedInCompany(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := New(Options{Each: 2, Company: time.Second, Patience: time.Hour})
		for range 5 {
			if !g.TryEnter(1) {
				t.Fatal("a party that is alone had to wait")
			}
		}
		if !g.TryEnter(Nobody) || !g.TryEnter(1) {
			t.Fatal("what belongs to nobody is no company")
		}
		if !g.TryEnter(2) {
			t.Fatal("a party had to wait for what another has")
		}
		if g.TryEnter(1) {
			t.Error("a party with more than its part got one more beside another")
		}
		let := make(chan error)
		go func() { let <- g.Enter(t.Context(), 1) }()
		synctest.Wait()
		for range 4 { // of six
			g.Leave(1)
		}
		synctest.Wait()
		select {
		case err := <-let:
			t.Fatalf("a party that has its part got one more beside another: %v", err)
		default:
		}
		g.Leave(1)
		if err := <-let; err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		for range 5 {
			if !g.TryEnter(1) {
				t.Error("a party had to wait a second after another was there last")
			}
		}
	})
}

// TestOneThatWantsManyPlacesIsNotPassed has small ones come while a large one waits for places.
func TestOneThatWantsManyPlacesIsNotPassed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := New(Options{AtOnce: 10, Each: 6, Patience: time.Minute})
		let := make(chan int, 9)
		enter := func(party int64, places int) {
			go func() {
				if err := g.EnterWith(t.Context(), party, places); err != nil {
					t.Error(err)
				}
				let <- places
			}()
			synctest.Wait()
		}
		enter(1, 4)
		enter(1, 3) // more than the part of its party
		enter(2, 2)
		if len(let) != 2 {
			t.Fatalf("%d were let in, want 2", len(let))
		}
		enter(3, 5) // four are free
		enter(4, 2)
		if len(let) != 2 {
			t.Fatal("a small one passed a large one")
		}
		g.LeaveWith(2, 2)
		synctest.Wait()
		if len(let) != 3 {
			t.Fatalf("%d were let in, want the large one too", len(let))
		}
		g.LeaveWith(1, 4)
		synctest.Wait()
		if len(let) != 5 {
			t.Fatalf("%d were let in, want all", len(let))
		}
		g.LeaveWith(1, 3)
		g.LeaveWith(3, 5)
		g.LeaveWith(4, 2)
		// More than there are, and more than the part of a party, is let in when nobody is there.
		enter(5, 99)
		g.LeaveWith(5, 99)
		if len(let) != 6 || g.free != 10 || len(g.running) != 0 || g.count != 0 {
			t.Errorf("after all have gone: %d let in, %d free, %v run, %d wait", len(let), g.free, g.running, g.count)
		}
	})
}

// TestThoseBehindOneThatGoesAreLetIn has one go that wanted more places than were free.
func TestThoseBehindOneThatGoesAreLetIn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := New(Options{AtOnce: 10, Patience: time.Minute})
		if err := g.EnterWith(t.Context(), 1, 6); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		gone, let := make(chan error), make(chan error)
		go func() { gone <- g.EnterWith(ctx, 2, 8) }()
		synctest.Wait()
		go func() { let <- g.EnterWith(t.Context(), 3, 2) }()
		synctest.Wait()
		cancel()
		if err := <-gone; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		if err := <-let; err != nil {
			t.Error(err)
		}
	})
}
