package webhooks

import "sync"

// mailbox collects items from several goroutines for one reader. It has no limit: put never blocks.
type mailbox[T any] struct {
	mu    sync.Mutex
	items []T
	// signal has a value when an item was put since the reader last received from it.
	signal chan struct{}
}

func newMailbox[T any]() *mailbox[T] { return &mailbox[T]{signal: make(chan struct{}, 1)} }

// put adds an item.
func (m *mailbox[T]) put(item T) {
	m.mu.Lock()
	m.items = append(m.items, item)
	m.mu.Unlock()
	notify(m.signal)
}

// takeAll removes and returns all items. It keeps buffer, whose items it clears, for the items to come.
func (m *mailbox[T]) takeAll(buffer []T) []T {
	clear(buffer)
	m.mu.Lock()
	defer m.mu.Unlock()
	items := m.items
	m.items = buffer[:0]
	return items
}

// notify puts a value into a channel of capacity 1, unless it has one already. It never blocks.
func notify(signal chan struct{}) {
	select {
	case signal <- struct{}{}:
	default:
	}
}
