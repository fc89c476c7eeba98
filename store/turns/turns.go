// Package turns lets so many of something run at once. Those that wait are let in by turns of their parties, each one's in the order in
// which they came: a party that sends many keeps nobody else waiting longer than a party that sends one.
//
// It must not know what runs.
package turns

import (
	"context"
	"errors"
	"math"
	"slices"
	"sync"
	"time"
)

// ErrLate says that what waited had no turn in time, or that so many wait that it would have none.
var ErrLate = errors.New("nothing became free in time")

// Nobody is the party of what runs for nobody in particular, or for several at once. It has turns like any other, and no bound of its own.
const Nobody = 0

// Options bound a Gate.
type Options struct {
	// AtOnce is how many run at a time; 0 means any number.
	AtOnce int
	// Each is how many of them one party has at most; 0 means as many as there are.
	Each int
	// Crowd is how many run at a time when parties send more than one each: the first of a party runs in any case. 0 means any number. It
	// needs Each.
	Crowd int
	// Company is how long a party counts as there after one of it has come: Each and Crowd bound a party while another one is there. 0 means
	// that they always do.
	Company time.Duration
	// Patience is how long one waits.
	Patience time.Duration
	// Line is how many of one party wait at most, and Lines how many of all; 0 means any number.
	Line, Lines int
}

// Gate lets in. It is safe for concurrent use.
type Gate struct {
	o Options

	mu   sync.Mutex
	free int
	// running counts what runs for a party, where Options.Each bounds it.
	running map[int64]int
	// waiting are those that wait of each party that has some, and turns these parties, the next one first.
	waiting map[int64][]waiter
	turns   []int64
	count   int // of those that wait
	// latest is the party that came last, and former the one before it, each with the time when it came last.
	latest, former visit
}

// waiter is one that waits for some places.
type waiter struct {
	let    chan struct{}
	places int
}

type visit struct {
	party int64
	at    time.Time
}

// New makes a Gate. It has nothing to close.
func New(o Options) *Gate {
	if o.AtOnce == 0 {
		o.AtOnce = math.MaxInt
	}
	return &Gate{o: o, free: o.AtOnce, running: map[int64]int{}, waiting: map[int64][]waiter{}}
}

// TryEnter reports whether one of a party may run at once. If so, the caller leaves when that has ended.
func (g *Gate) TryEnter(party int64) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.came(party)
	return g.take(party, 1)
}

// Enter waits until one of a party may run. The caller leaves when that has ended. While it waits, a place that the context has in another gate
// is given up, see Away. Errors: ErrLate; ctx.Err().
func (g *Gate) Enter(ctx context.Context, party int64) error {
	if g.TryEnter(party) {
		return nil
	}
	defer Away(ctx)()
	return g.enter(ctx, party, 1, g.o.Patience)
}

// EnterWith is Enter for one that takes several places at once, for example one for each of its bytes. One that takes more than its party may
// have is let in when its party has none; it takes no more than there are. LeaveWith gives them back.
func (g *Gate) EnterWith(ctx context.Context, party int64, places int) error {
	defer Away(ctx)()
	return g.enter(ctx, party, places, g.o.Patience)
}

func (g *Gate) enter(ctx context.Context, party int64, places int, patience time.Duration) error {
	places = min(places, g.o.AtOnce)
	g.mu.Lock()
	g.came(party)
	if !g.queued(places) && g.take(party, places) {
		g.mu.Unlock()
		return nil
	}
	line := g.waiting[party]
	if g.o.Line > 0 && len(line) >= g.o.Line || g.o.Lines > 0 && g.count >= g.o.Lines {
		g.mu.Unlock()
		return ErrLate
	}
	if len(line) == 0 {
		g.turns = append(g.turns, party)
	}
	mine := make(chan struct{})
	g.waiting[party] = append(line, waiter{mine, places})
	g.count++
	g.mu.Unlock()

	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case <-mine:
		return nil
	case <-late.C:
		return g.giveUp(party, mine, ErrLate)
	case <-ctx.Done():
		return g.giveUp(party, mine, ctx.Err())
	}
}

// Waiting is how many wait.
func (g *Gate) Waiting() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.count
}

// Leave lets the next ones in.
func (g *Gate) Leave(party int64) { g.LeaveWith(party, 1) }

// longestRest bounds a rest: what took longer than that was no flood of many.
const longestRest = 100 * time.Millisecond

// LeaveRested is Leave for one that has run for some time: its place rests for as long again, 100 ms at most, before the next one is let in.
// So those who always have something to run use half of the time of their places.
func (g *Gate) LeaveRested(party int64, ran time.Duration) {
	if ran <= 0 {
		g.Leave(party)
		return
	}
	time.AfterFunc(min(ran, longestRest), func() { g.Leave(party) })
}

// LeaveWith is Leave for one that has entered with several places.
func (g *Gate) LeaveWith(party int64, places int) {
	places = min(places, g.o.AtOnce)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.free += places
	if g.bounded(party) {
		if g.running[party] -= places; g.running[party] == 0 {
			delete(g.running, party)
		}
	}
	g.admit()
}

// admit lets in those whose turn it is. The caller holds mu.
func (g *Gate) admit() {
	for i := 0; i < len(g.turns) && g.free > 0; {
		next := g.turns[i]
		line := g.waiting[next]
		if g.hasItsPart(next, line[0].places) {
			i++
			continue
		}
		if !g.take(next, line[0].places) {
			return // it wants many places: those behind it do not pass it
		}
		close(line[0].let)
		g.count--
		g.turns = slices.Delete(g.turns, i, i+1)
		if len(line) == 1 {
			delete(g.waiting, next)
			continue
		}
		g.waiting[next] = line[1:]
		g.turns = append(g.turns, next)
	}
}

// take takes places for a party if there are some for it. The caller holds mu.
func (g *Gate) take(party int64, places int) bool {
	if g.free < places || g.hasItsPart(party, places) {
		return false
	}
	if g.bounded(party) {
		g.running[party] += places
	}
	g.free -= places
	return true
}

// crowded tells whether a party that has one running or waiting already is one of too many. The caller holds mu.
func (g *Gate) crowded(party int64) bool {
	return g.o.Crowd > 0 && g.o.AtOnce-g.free >= g.o.Crowd && (g.running[party] > 0 || len(g.waiting[party]) > 0)
}

// HasItsPart tells whether a party may not have so many places more, however many are free.
func (g *Gate) HasItsPart(party int64, places int) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.hasItsPart(party, places)
}

// hasItsPart tells whether a party may not have so many places more. The caller holds mu.
func (g *Gate) hasItsPart(party int64, places int) bool {
	has := g.running[party]
	return g.bounded(party) && (has > 0 && has+places > g.o.Each || g.crowded(party)) && g.inCompany(party)
}

// queued tells whether one that wants several places must wait because others wait, who may have theirs: it would get ahead of them, and
// those that want many would never have them. The caller holds mu.
func (g *Gate) queued(places int) bool {
	return places > 1 && slices.ContainsFunc(g.turns, func(party int64) bool { return !g.hasItsPart(party, g.waiting[party][0].places) })
}

// came notes that one of a party has come. The caller holds mu.
func (g *Gate) came(party int64) {
	if g.o.Company == 0 || party == Nobody {
		return
	}
	if g.latest.party != party {
		g.latest, g.former = visit{party: party}, g.latest
	}
	//house:clock how long ago it was, on the clock that only goes forward
	g.latest.at = time.Now()
}

// InCompany tells whether another party than this one is there.
func (g *Gate) InCompany(party int64) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.inCompany(party)
}

// inCompany tells whether another party is there. The caller holds mu.
func (g *Gate) inCompany(party int64) bool {
	if g.o.Company == 0 {
		return true
	}
	other := g.latest
	if other.party == party {
		other = g.former
	}
	//house:clock as in came
	return other.party != Nobody && time.Since(other.at) < g.o.Company
}

func (g *Gate) bounded(party int64) bool { return g.o.Each > 0 && party != Nobody }

// giveUp takes one out of the line, and gives the reason; nil when it was let in meanwhile.
func (g *Gate) giveUp(party int64, mine chan struct{}, reason error) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	line := g.waiting[party]
	at := slices.IndexFunc(line, func(w waiter) bool { return w.let == mine })
	if at < 0 {
		return nil
	}
	g.count--
	if len(line) > 1 {
		g.waiting[party] = slices.Delete(line, at, at+1)
	} else {
		delete(g.waiting, party)
		turn := slices.Index(g.turns, party)
		g.turns = slices.Delete(g.turns, turn, turn+1)
	}
	g.admit() // those behind one that wanted many places
	return reason
}
