package pipeline

import (
	"context"
	"sync"
	"time"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/turns"
)

// ReadText reads the text of a CV. ctx bounds all of it, and limit the reading alone, without what makes a reader ready.
type ReadText func(ctx context.Context, cv board.CV, limit time.Duration) board.CVReading

// maxReaders is how many CVs one copy of the program reads at once.
const maxReaders = 2

// queuePatience is how long a file of the queue waits for a reader before the next tick tries again.
const queuePatience = time.Second

// readers share the readers of one copy of the program among the networks that send CVs: a network has one of them at most, and so
// have the files that were slow before. They are safe for concurrent use.
type readers struct {
	read     ReadText
	patience time.Duration

	mu   sync.Mutex
	free int
	held map[string]bool // networks whose files are being read
	// freed is closed and replaced when a reader becomes free.
	freed chan struct{}
}

func newReaders(read ReadText, patience time.Duration) *readers {
	return &readers{read: read, patience: patience, free: maxReaders, held: map[string]bool{}, freed: make(chan struct{})}
}

// now reads a CV for somebody who waits for the answer, which takes no longer than patience. Half of it is for a reader to become
// free, so that a file that is called slow had the other half.
func (r *readers) now(ctx context.Context, cv board.CV, network string) board.CVReading {
	defer turns.Away(ctx)() // another process reads it
	ctx, cancel := context.WithTimeout(ctx, r.patience)
	defer cancel()
	t, ok := r.wait(ctx, r.patience/2, network)
	if !ok {
		return board.CVReading{End: board.ReadingNotBegun}
	}
	defer t.end()
	return r.read(ctx, cv, r.patience)
}

// turn is a reader that was taken, for a network once it is known.
type turn struct {
	readers *readers
	network string
}

// wait takes a reader for a network, or for one that is not known yet when it is empty, within the time. It waits while
// none is free, and while the network has one, because a network has one reader at a time.
func (r *readers) wait(ctx context.Context, within time.Duration, network string) (*turn, bool) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	for {
		t, freed := r.try(network)
		if t != nil {
			return t, true
		}
		select {
		case <-freed:
		case <-ctx.Done():
			return nil, false
		}
	}
}

// try takes a reader if one is free; otherwise freed is closed when it is worth another try.
func (r *readers) try(network string) (t *turn, freed <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.free == 0 || r.held[network] {
		return nil, r.freed
	}
	r.free--
	t = &turn{readers: r}
	if network != "" {
		t.network, r.held[network] = network, true
	}
	return t, nil
}

// hold notes whose file is read. It tells whether the network had no other reader.
func (t *turn) hold(network string) bool {
	t.readers.mu.Lock()
	defer t.readers.mu.Unlock()
	if t.readers.held[network] {
		return false
	}
	t.network, t.readers.held[network] = network, true
	return true
}

// end gives the reader back.
func (t *turn) end() {
	r := t.readers
	r.mu.Lock()
	defer r.mu.Unlock()
	r.free++
	delete(r.held, t.network)
	close(r.freed)
	r.freed = make(chan struct{})
}

// networks are those that have a reader.
func (r *readers) networks() [][]byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := make([][]byte, 0, len(r.held))
	for network := range r.held {
		all = append(all, []byte(network))
	}
	return all
}
