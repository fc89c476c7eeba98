// Package batch puts calls together that come at the same time, as a group commit does: what arrives while a call is under way
// goes into the next one, together, and what arrives alone goes at once. Nothing waits for company, so batches are as large as
// the load makes them.
//
// It must not know what is called.
package batch

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"
)

// Call does the work of one batch: it returns a result for each element of in, in their order. An error is that of the whole batch.
// A batch that fails is called again for each element by itself, so Call must bear that.
type Call[In, Out any] func(ctx context.Context, in []In) ([]Out, error)

// Options bound a Group. Every field is required.
type Options struct {
	// AtOnce is how many calls are under way at the same time.
	AtOnce int
	// Most is how many elements a call is made for.
	Most int
	// Within is how long a call may take, together with those that are made for each element by itself after it has failed: while it
	// is under way others wait.
	Within time.Duration
}

// Group makes calls for who asks at the same time. It is safe for concurrent use.
type Group[In, Out any] struct {
	call Call[In, Out]
	o    Options

	mu sync.Mutex
	// running counts the calls under way. Nobody waits unless it is o.AtOnce.
	running int
	waiting []*element[In, Out]
}

// element is one that waits for its batch.
type element[In, Out any] struct {
	in In
	// gone means that its caller does not wait any more. The group's mu guards it.
	gone bool
	out  Out
	err  error
	done chan struct{}
}

// New makes a Group. It has nothing to close.
func New[In, Out any](o Options, call Call[In, Out]) *Group[In, Out] {
	return &Group[In, Out]{call: call, o: o}
}

// Do has the call made for in, and returns its result. Alone it is called in the context of its caller, with a
// deadline. Together with others the call has a context of its own, so that one caller who leaves does not end it for the others; that caller returns at once, and
// whether its element was called for is not known then. Errors: those of the call; ctx.Err().
func (g *Group[In, Out]) Do(ctx context.Context, in In) (Out, error) {
	if err := ctx.Err(); err != nil {
		var none Out
		return none, err
	}
	g.mu.Lock()
	if g.running < g.o.AtOnce {
		g.running++
		g.mu.Unlock()
		defer g.next()
		ctx, cancel := context.WithTimeout(ctx, g.o.Within)
		defer cancel()
		return g.one(ctx, in)
	}
	e := &element[In, Out]{in: in, done: make(chan struct{})}
	g.waiting = append(g.waiting, e)
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

// next makes the call for those that wait now, or ends one that was under way if nobody does.
func (g *Group[In, Out]) next() {
	batch := g.take()
	if batch != nil {
		go g.run(batch)
	}
}

// take takes the elements of the next batch whose callers are still there; nil for none, and then one call less is under way.
func (g *Group[In, Out]) take() []*element[In, Out] {
	g.mu.Lock()
	defer g.mu.Unlock()
	var batch []*element[In, Out]
	for i, e := range g.waiting {
		if len(batch) == g.o.Most {
			g.waiting = append([]*element[In, Out](nil), g.waiting[i:]...)
			return batch
		}
		if !e.gone {
			batch = append(batch, e)
		}
	}
	g.waiting = nil
	if batch == nil {
		g.running--
	}
	return batch
}

// run makes calls until nobody waits.
func (g *Group[In, Out]) run(batch []*element[In, Out]) {
	for ; batch != nil; batch = g.take() {
		g.answer(batch)
	}
}

// answer makes the call for a batch, and if that fails for each of its elements.
func (g *Group[In, Out]) answer(batch []*element[In, Out]) {
	ctx, cancel := context.WithTimeout(context.Background(), g.o.Within)
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
