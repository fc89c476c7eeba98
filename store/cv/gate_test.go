package cv

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func TestEmployersSearchByTurns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGate(1)
		if err := g.enter(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		var ran []int64
		done := make(chan struct{})
		line := []int64{1, 1, 1, 2, 3, 3}
		for _, employer := range line {
			go func() {
				if err := g.enter(t.Context(), employer); err != nil {
					t.Error(err)
				}
				ran = append(ran, employer)
				g.leave()
				done <- struct{}{}
			}()
			synctest.Wait() // it waits in the line
		}
		if g.tryEnter() {
			t.Error("a second statement came before searches that wait")
		}
		g.leave()
		for range line {
			<-done
		}
		if want := []int64{1, 2, 3, 1, 3, 1}; !slices.Equal(ran, want) {
			t.Errorf("employers came in the order %v, want %v", ran, want)
		}
		if !g.tryEnter() {
			t.Error("nobody searches, and a statement may not run")
		}
	})
}

func TestSearchesAreRefusedInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGate(1)
		if err := g.enter(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		waiting, cancel := context.WithCancel(t.Context())
		refused, gone := make(chan error, 8*maxWaitingSearches), make(chan error)
		go func() { gone <- g.enter(waiting, 1) }()
		synctest.Wait()
		enter := func(employer int64) {
			go func() { refused <- g.enter(t.Context(), employer) }()
			synctest.Wait()
		}
		began := time.Now()
		for range maxWaitingSearches {
			enter(1)
		}
		// The line of one employer is full, with the one that will go; that of another is not.
		if len(refused) != 1 || !errors.Is(<-refused, ErrBusy) {
			t.Fatal("the line of one employer has no end")
		}
		if cancel(); !errors.Is(<-gone, context.Canceled) {
			t.Error("a search whose caller is gone went on waiting")
		}
		for employer := range int64(4 * maxWaitingSearches) {
			enter(2 + employer)
		}
		if over := maxWaitingSearches - 1; len(refused) != over {
			t.Errorf("%d were refused at once, want %d", len(refused), over)
		}
		if time.Since(began) != 0 {
			t.Errorf("the refusal of what finds no place took %s", time.Since(began))
		}
		time.Sleep(searchPatience)
		synctest.Wait()
		for range 5*maxWaitingSearches - 1 {
			if err := <-refused; !errors.Is(err, ErrBusy) {
				t.Errorf("a search that waited for %s: %v", searchPatience, err)
			}
		}
		if len(g.waiting) != 0 || len(g.turns) != 0 || g.count != 0 {
			t.Errorf("after all have gone wait %v, %v, %d", g.waiting, g.turns, g.count)
		}
		g.leave()
		if err := g.enter(t.Context(), 9); err != nil {
			t.Errorf("nobody searches: %v", err)
		}
	})
}
