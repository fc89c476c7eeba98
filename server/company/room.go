package company

import (
	"context"
	"io"
	"sync"
	"time"

	"itmanagerjobs/store/turns"
)

const (
	// LargeBody is up to how many bytes a body takes no room.
	LargeBody = 256 << 10
	// RoomEach is how many bytes of large bodies of one party are in memory at once, and room how many of all.
	RoomEach = 24 << 20
	room     = 64 << 20
	// thrownAway is how much is read of a body for which there was no room.
	thrownAway = 32 << 20
	// hurryAfter is how long a body waits for room before those that have it must come at leastPace, in bytes a second, and how often that
	// is looked at. So fast, a body of 8 MiB gives its room back before another one has waited in vain.
	hurryAfter = 2 * time.Second
	leastPace  = 1 << 20
)

// Room is memory that large bodies share. It is safe for concurrent use.
type Room struct {
	gate *turns.Gate

	mu sync.Mutex
	// has are the bodies that have room.
	has map[*Body]bool
}

// NewRoom makes a Room, in which a body waits for its place no longer than patience. It has nothing to close.
func NewRoom(patience time.Duration) *Room {
	return &Room{gate: turns.New(turns.Options{AtOnce: room, Each: RoomEach, Patience: patience}), has: map[*Body]bool{}}
}

// Arrival is what a Room must know of a body.
type Arrival struct {
	From io.Reader
	// Party has the room that the body takes, and Size is how much that is.
	Party int64
	Size  int
	// GiveUp ends a read that waits for the body.
	GiveUp func()
	// Late is the error of a body that had no room in time, and Slow that of one that came so slowly that it kept others from theirs.
	Late, Slow error
}

// Body is a body that waits for room before it is read beyond LargeBody. Who waits for the next bytes of one that has room, while others
// wait for room that it could have, must have had them at leastPace. One goroutine at a time reads it.
type Body struct {
	Arrival

	ctx     context.Context //nolint:containedctx // Read has none
	room    *Room
	read    int
	entered bool
	// since is when it had room, and came how much has come since then. Both, reading and slow are guarded by the room's mu.
	since         time.Time
	came          int
	reading, slow bool
}

// Body is a body whose Leave the caller calls when its bytes are in memory no more.
func (r *Room) Body(ctx context.Context, a Arrival) *Body {
	return &Body{Arrival: a, ctx: ctx, room: r}
}

// Read waits for room, where it needs some.
func (b *Body) Read(p []byte) (int, error) {
	if !b.entered {
		if b.read >= LargeBody {
			if err := b.enter(); err != nil {
				return 0, err
			}
		} else if rest := LargeBody - b.read; len(p) > rest {
			p = p[:rest]
		}
	}
	if !b.begin() {
		return 0, b.Slow
	}
	n, err := b.From.Read(p)
	b.read += n
	if !b.end(n) {
		return 0, b.Slow
	}
	return n, err //nolint:wrapcheck // io.EOF must stay itself
}

// enter waits for room. A body for which there is none is read to its end and thrown away: who is still sending it would see the connection
// break, and not the answer.
func (b *Body) enter() error {
	if err := b.room.enter(b); err != nil {
		_, _ = io.CopyN(io.Discard, b.From, thrownAway)
		return b.Late
	}
	b.entered = true
	return nil
}

// Leave gives the room back.
func (b *Body) Leave() {
	if !b.entered {
		return
	}
	b.entered = false
	b.room.mu.Lock()
	delete(b.room.has, b)
	b.room.mu.Unlock()
	b.room.gate.LeaveWith(b.Party, b.Size)
}

// begin and end surround a read; ok is false for a body that was given up.
func (b *Body) begin() (ok bool) {
	b.room.mu.Lock()
	defer b.room.mu.Unlock()
	b.reading = !b.slow
	return b.reading
}

func (b *Body) end(n int) (ok bool) {
	b.room.mu.Lock()
	defer b.room.mu.Unlock()
	b.reading = false
	b.came += n
	return !b.slow
}

func (b *Body) isSlow() bool {
	b.room.mu.Lock()
	defer b.room.mu.Unlock()
	return b.slow
}

func (r *Room) enter(b *Body) error {
	waited := make(chan struct{})
	go r.hurryUntil(waited, b)
	err := r.gate.EnterWith(b.ctx, b.Party, b.Size)
	close(waited)
	if err != nil {
		return err //nolint:wrapcheck // only that there was no room matters
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.has[b] = true
	//house:clock how long something takes, on the clock that only goes forward
	b.since, b.came = time.Now(), 0
	return nil
}

// hurryUntil hurries those that a body waits for.
func (r *Room) hurryUntil(waited <-chan struct{}, b *Body) {
	again := time.NewTicker(hurryAfter)
	defer again.Stop()
	for {
		select {
		case <-waited:
			return
		case <-again.C:
			r.hurry(b)
		}
	}
}

// hurry gives up the bodies that have room and come too slowly, because another one waits for it. One that waits for those of its own party
// hurries nobody: a sender with a slow line would have all of them given up, and none would ever arrive.
func (r *Room) hurry(waits *Body) {
	if r.gate.HasItsPart(waits.Party, waits.Size) {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for b := range r.has {
		//house:clock as in enter
		has := time.Since(b.since)
		if b.reading && !b.slow && has >= hurryAfter && float64(b.came) < has.Seconds()*leastPace {
			b.slow = true
			b.GiveUp()
		}
	}
}
