// Package batch puts calls together that come at the same time, as a group commit does: what arrives while a call is under way
// goes into the next one, together, and what arrives alone goes at once. A call may wait for the callers of the last one, who
// often come again at the same time (Options.Company).
//
// Who waits for a call leaves the processors to others (turns.Away). It must not know what is called.
package batch

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"go.opentelemetry.io/otel/trace"

	"itmanagerjobs/store/turns"
)

// Call does the work of one batch: it returns a result for each element of in, in their order. An error is that of the whole batch.
// A batch that fails is called again for each element by itself, so Call must bear that.
type Call[In, Out any] func(ctx context.Context, in []In) ([]Out, error)

// Options bound a Group. Every field but Company is required.
type Options struct {
	// Patience is how long a call holds up the next one. When it takes longer, such as over a connection that is dead without telling so,
	// the next one begins beside it.
	Patience time.Duration
	// AtOnce is how many calls are under way at the same time, at most.
	AtOnce int
	// Most is how many elements a call is made for.
	Most int
	// Within is how long a call may take, together with those that are made for each element by itself after it has failed.
	Within time.Duration
	// Company is how long a call waits at most, after one that was made for several callers, until as many have come as that one was made
	// for and left waiting. It waits no longer than twice what that call took, and less often when the callers did not come. With 0 no
	// call waits.
	Company time.Duration
}

// Group makes calls of which each serves all callers that wait when it begins. It is safe for concurrent use.
type Group[In, Out any] struct {
	call Call[In, Out]
	o    Options

	mu sync.Mutex
	// calls are under way. busy tells that one of them holds up the next; nobody waits unless it is set, calls is o.AtOnce, or the next
	// call waits for company.
	calls   int
	busy    bool
	waiting []*element[In, Out]
	company company
	// quiet is called when nobody has come while a call waited for company.
	quiet func()
}

// turn is one call that is under way. The group's mu guards it.
type turn struct {
	patience *time.Timer
	began    time.Time
	callers  int
	// slow means that it does not hold up the next one any more.
	slow, ended bool
}

// element is what one caller asks for, waiting for its batch.
type element[In, Out any] struct {
	in In
	// span is the trace of its caller.
	span trace.SpanContext
	// gone means that its caller does not wait any more. The group's mu guards it.
	gone bool
	out  Out
	err  error
	done chan struct{}
}

// New makes a Group. It has nothing to close.
func New[In, Out any](o Options, call Call[In, Out]) *Group[In, Out] {
	return &Group[In, Out]{call: call, o: o, quiet: func() {}}
}

// Do makes the call for in, alone or together with others, and returns its result. Alone the call has the context of its caller, with a
// deadline. Together with others it has a context of its own, so that a caller who leaves does not end it for the others; Do returns to
// that caller at once, and does not know whether the call was made for in. Errors: those of the call; ctx.Err().
func (g *Group[In, Out]) Do(ctx context.Context, in In) (Out, error) {
	if err := ctx.Err(); err != nil {
		var none Out
		return none, err
	}
	defer turns.Away(ctx)()
	g.mu.Lock()
	if t := g.begin(); t != nil {
		g.mu.Unlock()
		defer g.endAlone(t)
		ctx, cancel := context.WithTimeout(ctx, g.o.Within)
		defer cancel()
		return g.one(ctx, in)
	}
	e := &element[In, Out]{in: in, span: trace.SpanContextFromContext(ctx), done: make(chan struct{})}
	g.waiting = append(g.waiting, e)
	if batch, t := g.complete(); t != nil {
		go g.run(batch, t)
	}
	g.mu.Unlock()
	select {
	case <-e.done:
		return e.out, e.err
	case <-ctx.Done():
		g.mu.Lock()
		e.gone = true
		g.mu.Unlock()
		var none Out
		return none, ctx.Err()
	}
}

// Waiting is how many wait for the next call.
func (g *Group[In, Out]) Waiting() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.waiting)
}

// begin begins a call if one may begin, else it returns nil. The caller holds mu.
func (g *Group[In, Out]) begin() *turn {
	if g.busy || g.calls == g.o.AtOnce || g.company.wait != nil {
		return nil
	}
	g.busy = true
	g.calls++
	//house:clock how long a call takes is no time of day
	t := &turn{began: time.Now(), callers: 1}
	t.patience = time.AfterFunc(g.o.Patience, func() { g.overdue(t) })
	return t
}

// overdue lets the next call begin beside one that is slow.
func (g *Group[In, Out]) overdue(slow *turn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if slow.ended {
		return
	}
	slow.slow, g.busy = true, false
	if batch, t := g.next(); t != nil {
		go g.run(batch, t)
	}
}

// next begins a call for those that wait, if there are any and it may begin. The caller holds mu.
func (g *Group[In, Out]) next() ([]*element[In, Out], *turn) {
	if g.waiting = slices.DeleteFunc(g.waiting, func(e *element[In, Out]) bool { return e.gone }); len(g.waiting) == 0 {
		return nil, nil
	}
	t := g.begin()
	if t == nil {
		return nil, nil
	}
	n := min(len(g.waiting), g.o.Most)
	t.callers = n
	batch := g.waiting[:n:n]
	if g.waiting = g.waiting[n:]; len(g.waiting) == 0 {
		g.waiting = nil
	}
	return batch, t
}

// end ends a call, and begins the next one.
func (g *Group[In, Out]) end(t *turn) ([]*element[In, Out], *turn) {
	t.patience.Stop()
	g.mu.Lock()
	defer g.mu.Unlock()
	t.ended = true
	g.calls--
	if !t.slow {
		g.busy = false
		if g.awaits(t) {
			return nil, nil
		}
	}
	return g.next()
}

// endAlone is end in the goroutine of a caller, who does not make the next call.
func (g *Group[In, Out]) endAlone(t *turn) {
	if batch, next := g.end(t); next != nil {
		go g.run(batch, next)
	}
}

// run makes calls until there is none to begin.
func (g *Group[In, Out]) run(batch []*element[In, Out], t *turn) {
	for t != nil {
		g.answer(batch)
		batch, t = g.end(t)
	}
}

// answer makes the call for a batch, and if that fails for each of its elements.
func (g *Group[In, Out]) answer(batch []*element[In, Out]) {
	ctx, cancel := context.WithTimeout(traced(batch), g.o.Within)
	defer cancel()
	in := make([]In, len(batch))
	for i, e := range batch {
		in[i] = e.in
	}
	out, err := g.safely(ctx, in)
	if err == nil {
		for i, e := range batch {
			e.out = out[i]
			close(e.done)
		}
		return
	}
	for _, e := range batch {
		e.err = err
		// When the time is over the reason is not one element, and there is no time to ask for the others.
		if len(batch) > 1 && ctx.Err() == nil {
			e.out, e.err = g.one(ctx, e.in)
		}
		close(e.done)
	}
}

// traced is the context of a batch: that of the first of its callers whose trace is kept, so that what the call does is seen there.
func traced[In, Out any](batch []*element[In, Out]) context.Context {
	for _, e := range batch {
		if e.span.IsSampled() {
			return trace.ContextWithSpanContext(context.Background(), e.span)
		}
	}
	return context.Background()
}

func (g *Group[In, Out]) one(ctx context.Context, in In) (out Out, err error) {
	all, err := g.safely(ctx, []In{in})
	if err != nil {
		return out, err
	}
	return all[0], nil
}

// safely makes a panic of the call an error: in a goroutine of the group it would end the program.
func (g *Group[In, Out]) safely(ctx context.Context, in []In) (out []Out, err error) {
	defer func() {
		if r := recover(); r != nil {
			out, err = nil, fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	out, err = g.call(ctx, in)
	if err == nil && len(out) != len(in) {
		return nil, errResults
	}
	return out, err
}

var errResults = errors.New("a call of a batch has not answered each of its elements")
