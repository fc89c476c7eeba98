package inbound

import (
	"errors"
	"io"
	"net"
	"os"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// halted is a message of which no more comes after its beginning, until its reader gives up.
type halted struct {
	begin io.Reader
	given chan struct{}
}

func newHalted() *halted {
	return &halted{strings.NewReader("From: Zoe <zoe@example.com>\r\n\r\n" + strings.Repeat("x", 1<<20)), make(chan struct{})}
}

func (s *halted) Read(p []byte) (int, error) {
	if n, err := s.begin.Read(p); err == nil {
		return n, nil
	}
	<-s.given
	return 0, os.ErrDeadlineExceeded
}

func (s *halted) giveUp() { close(s.given) }

// takes has a message come, and tells how that ended.
func (c *counter) takes(r io.Reader, network string, size int64, giveUp func()) (ended chan error) {
	ended = make(chan error, 1)
	go func() {
		_, leave, err := c.take(r, c.turn(network), size, envelope(), giveUp)
		leave()
		ended <- err
	}()
	synctest.Wait()
	return ended
}

const short = "From: Zoe <zoe@example.com>\r\n\r\nHello"

// TestMessagesAreReadByTurns: of two networks that have their turn, and of one that waits for its own, no other one waits for long.
func TestMessagesAreReadByTurns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCounter()
		for i := range max(1, runtime.GOMAXPROCS(0)/2) {
			if !c.computing.TryEnter(int64(i + 1)) {
				t.Fatal("half of the processors have no turn each")
			}
		}
		waits := c.takes(strings.NewReader(short), "192.0.2.1", 0, nil)
		if len(waits) > 0 {
			t.Fatalf("a message is read while others have all turns: %v", <-waits)
		}
		c.computing.Leave(1)
		if err := <-waits; err != nil {
			t.Errorf("a message whose turn has come: %v", err)
		}
		if !c.computing.TryEnter(1) {
			t.Fatal("a turn is not given back")
		}
		if err := <-c.takes(strings.NewReader(short), "192.0.2.1", 0, nil); answerTo(err) != errBusy {
			t.Errorf("a message that had no turn in time: %v", err)
		}
	})
}

// TestSlowMessagesLeaveMemoryToOthers: two networks take the room for large messages, and send nothing more.
func TestSlowMessagesLeaveMemoryToOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCounter()
		var slow []chan error
		for _, network := range []string{"192.0.2.1", "192.0.2.2"} {
			s := newHalted()
			slow = append(slow, c.takes(s, network, 20<<20, s.giveUp))
		}
		time.Sleep(readTimeout)
		long := short + strings.Repeat(" words", 200_000)
		for _, ended := range append(slow, c.takes(strings.NewReader(long), "192.0.2.1", int64(len(long)), nil)) {
			if len(ended) > 0 && errors.Is(<-ended, errCrowded) {
				t.Fatal("a message was given up that nobody waits for")
			}
		}
		if err := <-c.takes(strings.NewReader(long), "192.0.2.3", 20<<20, nil); err != nil {
			t.Errorf("a message of another network: %v", err)
		}
		for _, ended := range slow {
			if err := <-ended; answerTo(err) != errBusy {
				t.Errorf("one that kept others from theirs: %v", err)
			}
		}
	})
}

// TestAMessageIsNotLargerThanItSays: a sender who tells a small size would take memory that it has not waited for.
func TestAMessageIsNotLargerThanItSays(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		long := short + strings.Repeat(" words", 200_000)
		for size, want := range map[int64]int{1: 552, int64(len(long)) * 9 / 10: codeOK, 0: codeOK} {
			got := codeOK
			if answer := answerTo(<-newCounter().takes(strings.NewReader(long), "192.0.2.1", size, nil)); answer != nil {
				got = answer.Code
			}
			if got != want {
				t.Errorf("%d bytes of a message of %d are answered with %d, want %d", len(long), size, got, want)
			}
		}
	})
}

// TestNothingIsReadOfAGuestWhoWasSentAway: the rest of its message would be commands.
func TestNothingIsReadOfAGuestWhoWasSentAway(t *testing.T) {
	t.Parallel()
	server, client := net.Pipe()
	defer client.Close()
	g := newDoor(nil, time.Now, newCounter(), nil).guest(server, "192.0.2.1")
	g.greet()
	if _, err := g.receive(); err != nil {
		t.Fatal(err)
	}
	g.sendAway()
	if g.wait(time.Hour) {
		t.Error("more of its message is waited for")
	}
	if err := g.SetReadDeadline(time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if _, err := g.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a read ends with %v", err)
	}
}
