package inbound

import (
	"context"
	"errors"
	"net"
	"os"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// sender is a client of a guest that receives a message.
type sender struct {
	net.Conn

	guest *guest
}

func newSender(t *testing.T, c *counter, network string) sender {
	t.Helper()
	server, client := net.Pipe()
	g := newDoor(nil, time.Now, c, nil).guest(server, network)
	if _, err := g.receive(); err != nil {
		t.Fatal(err)
	}
	return sender{client, g}
}

// sends has bytes come, and tells what the guest's next read gives once it has had its turn.
func (s sender) sends(bytes string) (read chan error) {
	go func() { _, _ = s.Write([]byte(bytes)) }()
	return s.waits(len(bytes))
}

// waits has the guest read, and tells what that gives.
func (s sender) waits(size int) (read chan error) {
	read = make(chan error, 1)
	go func() {
		_, err := s.guest.Read(make([]byte, size))
		read <- err
	}()
	synctest.Wait()
	return read
}

// TestConnectionsComputeByTurns: what comes of one is looked at when another one waits for its network again, or is closed.
func TestConnectionsComputeByTurns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCounter()
		for i := range max(1, runtime.GOMAXPROCS(0)/2) - 1 {
			if !c.computing.TryEnter(int64(i + 1)) {
				t.Fatal("no turn")
			}
		}
		first, second := newSender(t, c, "192.0.2.1"), newSender(t, c, "192.0.2.2")
		defer second.Close()
		if err := <-first.sends("abc"); err != nil {
			t.Fatal(err)
		}
		other := second.sends("abc")
		if len(other) > 0 {
			t.Fatal("a second one computes beside the last that may")
		}
		waits := first.waits(1)
		if err := <-other; err != nil {
			t.Fatalf("the first one waits for its network, and the other one has %v", err)
		}
		first.Close()
		if err := <-waits; err == nil {
			t.Error("a read of a closed connection")
		}
		if err := second.guest.Close(); err != nil {
			t.Fatal(err)
		}
		if !c.computing.TryEnter(1 << 20) {
			t.Error("a connection that is closed has a turn still")
		}
		late := newSender(t, c, "192.0.2.3")
		defer late.Close()
		if err := <-late.sends("abc"); answerTo(err) != errBusy {
			t.Errorf("one that had no turn in time: %v", err)
		}
		if _, err := late.guest.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("more is read of it: %v", err)
		}
	})
}

// TestChunksHaveNoTurnOfTheConnection: who takes them waits for who reads them.
func TestChunksHaveNoTurnOfTheConnection(t *testing.T) {
	t.Parallel()
	c := newCounter()
	in := c.turn("192.0.2.1")
	if err := in.begin(); err != nil {
		t.Fatal(err)
	}
	in.lend(true)
	if err := in.begin(); err != nil {
		t.Fatal(err)
	}
	if !c.computing.TryEnter(in.party) {
		t.Error("a turn is kept")
	}
	c.computing.Leave(in.party)
	in.lend(false)
	if err := in.begin(); err != nil || c.computing.TryEnter(in.party) {
		t.Errorf("no turn after the message: %v", err)
	}
}

// busy is a Deliverer whose messages are under way until they are let go.
type busy struct {
	mu       sync.Mutex
	underWay int
	let      chan struct{}
}

func (b *busy) Deliver(context.Context, Message) error {
	b.mu.Lock()
	b.underWay++
	b.mu.Unlock()
	<-b.let
	return nil
}

// TestMessagesAreDeliveredByTurns: one of a network at a time.
func TestMessagesAreDeliveredByTurns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, box := newCounter(), &busy{let: make(chan struct{})}
		const messages = 3
		ended := make(chan error, messages)
		for range messages {
			go func() { ended <- c.deliver(box, Message{}, 1) }()
		}
		for n := range messages {
			synctest.Wait()
			if box.underWay != n+1 {
				t.Errorf("%d messages were begun when %d had ended", box.underWay, n)
			}
			box.let <- struct{}{}
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
	})
}

func TestATurnRestsWhenAMillisecondWasComputed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCounter()
		turn := c.turn("192.0.2.1")
		computes := func(took time.Duration) {
			t.Helper()
			if err := turn.begin(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(took)
			turn.rest()
		}
		free := func() bool {
			if !c.computing.TryEnter(turn.party) {
				return false
			}
			c.computing.Leave(turn.party)
			return true
		}
		computes(600 * time.Microsecond)
		if !free() {
			t.Fatal("a place rests after less than a millisecond")
		}
		computes(700 * time.Microsecond)
		time.Sleep(1299 * time.Microsecond)
		if free() {
			t.Error("a place rests for less than it was used")
		}
		time.Sleep(time.Microsecond)
		synctest.Wait()
		if !free() {
			t.Error("a place rests for longer than it was used")
		}
	})
}
