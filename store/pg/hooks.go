package pg

import (
	"context"
	"fmt"
	"slices"
)

// hook is a BeforeCommit of any type of item.
type hook interface {
	run(ctx context.Context, tx *Tx, items []any) error
}

// BeforeCommit gathers items during a transaction and writes all of them together as the last thing that the
// transaction does: a lock that every transaction wants is then taken late, once, and held for a short time.
type BeforeCommit[T any] struct{ what string }

// NewBeforeCommit makes a hook; what names its items in errors. Write says how they are written.
func NewBeforeCommit[T any](what string) *BeforeCommit[T] { return &BeforeCommit[T]{what} }

// Write sets how the items of the transactions of a database are written. It comes before the first transaction: a
// transaction that gathers items which nothing writes fails.
func (h *BeforeCommit[T]) Write(db *DB, write func(ctx context.Context, tx *Tx, items []T) error) {
	db.writers[h] = write
}

// Add leaves items for the moment before the commit. A savepoint that is rolled back drops those that were added in it.
func (h *BeforeCommit[T]) Add(tx *Tx, items ...T) {
	for _, item := range items {
		tx.before = append(tx.before, work{h, item})
	}
}

type attachedKey struct{}

// Attach returns a context under which every transaction leaves the item for the moment before its commit, once: a write that
// knows nothing of the item cannot forget it. Attached items are written after all others.
func (h *BeforeCommit[T]) Attach(ctx context.Context, item T) context.Context {
	return context.WithValue(ctx, attachedKey{}, &work{h, item})
}

// Attached is the item that is attached to a context, nil for none; other tells that the item of another hook is. A transaction that
// is done for several contexts leaves the item of each by Add, and is itself begun under Detach.
func (h *BeforeCommit[T]) Attached(ctx context.Context) (item *T, other bool) {
	w, _ := ctx.Value(attachedKey{}).(*work)
	if w == nil {
		return nil, false
	}
	if own, ok := w.item.(T); ok && w.hook == hook(h) {
		return &own, false
	}
	return nil, true
}

// Detach returns a context whose transactions do not leave what was attached to it: they only keep count of something.
func Detach(ctx context.Context) context.Context {
	return context.WithValue(ctx, attachedKey{}, (*work)(nil))
}

// attach takes what is attached to a context of the transaction.
func (tx *Tx) attach(ctx context.Context) {
	if w, _ := ctx.Value(attachedKey{}).(*work); w != nil && !slices.Contains(tx.attached, w) {
		tx.attached = append(tx.attached, w)
	}
}

func (h *BeforeCommit[T]) run(ctx context.Context, tx *Tx, items []any) error {
	write, ok := tx.db.writers[h].(func(ctx context.Context, tx *Tx, items []T) error)
	if !ok {
		return fmt.Errorf("nothing writes the %s of this database", h.what)
	}
	typed := make([]T, 0, len(items))
	for _, item := range items {
		typed = append(typed, item.(T)) //nolint:forcetypeassert // Add is the only way in
	}
	return write(ctx, tx, typed)
}

// AfterCommit calls do when the transaction is committed, and not at all when it is rolled back. do must not wait.
func (tx *Tx) AfterCommit(do func()) { tx.after = append(tx.after, do) }

// runHooks runs each hook once with all the items left for it, in the order in which the hooks were first used. A hook may
// leave items for another one. What is attached comes last, so that all transactions take the locks of hooks in one order.
func (tx *Tx) runHooks(ctx context.Context) error {
	if err := tx.runBefore(ctx); err != nil {
		return err
	}
	for _, w := range tx.attached {
		tx.before = append(tx.before, *w)
	}
	return tx.runBefore(ctx)
}

func (tx *Tx) runBefore(ctx context.Context) error {
	for len(tx.before) > 0 {
		first, rest, items := tx.before[0].hook, []work(nil), []any(nil)
		for _, w := range tx.before {
			if w.hook == first {
				items = append(items, w.item)
			} else {
				rest = append(rest, w)
			}
		}
		tx.before = rest
		if err := first.run(ctx, tx, items); err != nil {
			return err
		}
	}
	return nil
}
