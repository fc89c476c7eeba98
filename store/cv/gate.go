package cv

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"itmanagerjobs/store/board"
)

// searchesAtOnce bounds how many searches this copy of the program runs at a time: more would only compete for processors.
const searchesAtOnce = 2

// A search waits for others no longer than searchPatience. Of one employer no more than maxWaitingSearches wait, of all no more than
// four times as many: that is about what runs within the time.
const (
	searchPatience     = 1500 * time.Millisecond
	maxWaitingSearches = 16
)

// ErrBusy answers a search that would come too late: so many others run and wait.
var ErrBusy = board.Errorf(board.CodeUnavailable, "Many searches are running at the moment. Send this again in a few seconds.")

// gate lets so many searches run at once. Those that wait are let in by turns of their employers, each one's in the order in which they
// came: an employer who sends many keeps nobody else waiting longer than an employer who sends one.
type gate struct {
	mu   sync.Mutex
	free int
	// waiting are the searches of each employer who has some, and turns these employers, the next one first.
	waiting map[int64][]chan struct{}
	turns   []int64
	count   int // of those that wait
}

func newGate(atOnce int) *gate { return &gate{free: atOnce, waiting: map[int64][]chan struct{}{}} }

// enter waits until a search of an employer may run. The caller leaves when it has. Errors: ErrBusy; that of ctx.
func (g *gate) enter(ctx context.Context, employer int64) error {
	g.mu.Lock()
	if g.free > 0 {
		g.free--
		g.mu.Unlock()
		return nil
	}
	line := g.waiting[employer]
	if len(line) >= maxWaitingSearches || g.count >= 4*maxWaitingSearches {
		g.mu.Unlock()
		return ErrBusy
	}
	if len(line) == 0 {
		g.turns = append(g.turns, employer)
	}
	mine := make(chan struct{})
	g.waiting[employer] = append(line, mine)
	g.count++
	g.mu.Unlock()

	late := time.NewTimer(searchPatience)
	defer late.Stop()
	select {
	case <-mine:
		return nil
	case <-late.C:
		return g.giveUp(employer, mine, ErrBusy)
	case <-ctx.Done():
		return g.giveUp(employer, mine, fmt.Errorf("wait for other searches: %w", ctx.Err()))
	}
}

// giveUp takes a search out of the line, and gives the reason; nil when it was let in meanwhile.
func (g *gate) giveUp(employer int64, mine chan struct{}, reason error) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	line := g.waiting[employer]
	at := slices.Index(line, mine)
	if at < 0 {
		return nil
	}
	g.count--
	if len(line) > 1 {
		g.waiting[employer] = slices.Delete(line, at, at+1)
		return reason
	}
	delete(g.waiting, employer)
	turn := slices.Index(g.turns, employer)
	g.turns = slices.Delete(g.turns, turn, turn+1)
	return reason
}

// tryEnter tells whether something may run at once. Searches that wait come first.
func (g *gate) tryEnter() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.free == 0 {
		return false
	}
	g.free--
	return true
}

// leave lets the next one in.
func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.turns) == 0 {
		g.free++
		return
	}
	employer := g.turns[0]
	line := g.waiting[employer]
	close(line[0])
	g.count--
	g.turns = g.turns[1:]
	if len(line) == 1 {
		delete(g.waiting, employer)
		return
	}
	g.waiting[employer] = line[1:]
	g.turns = append(g.turns, employer)
}
