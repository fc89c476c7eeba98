package batch

import (
	"context"
	"sync"
)

// By has a Group for each key that is asked for at the moment: elements of different keys neither go together nor wait for one
// another. It is safe for concurrent use.
type By[Key comparable, In, Out any] struct {
	call func(ctx context.Context, key Key, in []In) ([]Out, error)
	o    Options

	mu     sync.Mutex
	groups map[Key]*keyed[In, Out]
}

// keyed is the group of a key, and how many ask in it. By's mu guards asking.
type keyed[In, Out any] struct {
	*Group[In, Out]

	asking int
}

// NewBy makes a By; o bounds the group of each key. It has nothing to close.
func NewBy[Key comparable, In, Out any](o Options, call func(ctx context.Context, key Key, in []In) ([]Out, error)) *By[Key, In, Out] {
	return &By[Key, In, Out]{call: call, o: o, groups: map[Key]*keyed[In, Out]{}}
}

// Do makes the call for in, together with what others ask for the same key, as Group.Do does.
func (b *By[Key, In, Out]) Do(ctx context.Context, key Key, in In) (Out, error) {
	b.mu.Lock()
	g := b.groups[key]
	if g == nil {
		g = &keyed[In, Out]{Group: New(b.o, func(ctx context.Context, in []In) ([]Out, error) { return b.call(ctx, key, in) })}
		g.quiet = func() { b.drop(key, g) }
		b.groups[key] = g
	}
	g.asking++
	b.mu.Unlock()
	defer func() {
		b.mu.Lock()
		g.asking--
		b.mu.Unlock()
		b.drop(key, g)
	}()
	return g.Do(ctx, in)
}

// drop forgets the group of a key when nobody asks in it and no call waits for company. A call whose callers have all left may still be
// under way; the next one is then made beside it.
func (b *By[Key, In, Out]) drop(key Key, g *keyed[In, Out]) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if g.asking == 0 && b.groups[key] == g && !g.awaiting() {
		delete(b.groups, key)
	}
}

// Waiting is how many wait for the next call of a key.
func (b *By[Key, In, Out]) Waiting(key Key) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	if g := b.groups[key]; g != nil {
		return g.Waiting()
	}
	return 0
}
