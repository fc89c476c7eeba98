package inbound

import (
	"context"
	"sync"
	"time"

	"itmanagerjobs/store/turns"
)

// turn is that of a connection to compute: it has one from when something of the connection has come until it waits for the network again.
// Go looks at the network when a processor has nothing to do, else every 10 ms. Senders that are as fast as the program always left each
// processor something to read, and each step of the requests of others waited that long.
type turn struct {
	gate  *turns.Gate
	party int64

	mu sync.Mutex
	// held says that there is a turn, since when, and lent that none is wanted: another goroutine takes the message, by turns of its own.
	held, lent bool
	since      time.Time
	// ran is how long the turns have taken since one of them rested.
	ran time.Duration
}

// restedFrom is for how long a connection computes at least before its turn rests: a shorter rest would take longer than it is meant to.
const restedFrom = time.Millisecond

// begin waits for a turn, where there is none. Errors: errCrowded.
func (t *turn) begin() error {
	if !t.wanted() {
		return nil
	}
	if t.gate.Enter(context.Background(), t.party) != nil {
		return errCrowded
	}
	t.mu.Lock()
	t.held = true
	//house:clock how long it is held, on the clock that only goes forward
	t.since = time.Now()
	lent := t.lent
	t.mu.Unlock()
	if lent {
		t.rest()
	}
	return nil
}

func (t *turn) wanted() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return !t.held && !t.lent
}

// rest gives the turn back until begin is called. After a millisecond of turns the place rests: mail, which nobody waits for, computes for
// half of the time at most.
func (t *turn) rest() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.held {
		return
	}
	t.held = false
	//house:clock as in begin
	t.ran += time.Since(t.since)
	if t.ran < restedFrom {
		t.gate.Leave(t.party)
		return
	}
	t.gate.LeaveRested(t.party, t.ran)
	t.ran = 0
}

// lend is for a message that comes in chunks, which one goroutine takes from the network and another one reads: the first would have a turn
// while it waits for the second.
func (t *turn) lend(yes bool) {
	t.mu.Lock()
	t.lent = yes
	t.mu.Unlock()
	if yes {
		t.rest()
	}
}
