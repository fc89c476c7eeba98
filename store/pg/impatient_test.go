package pg_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"itmanagerjobs/store/pg"
)

// slowServer keeps silent on its first connection until the others, which ask whether it is there, were answered a number of times.
// Then it says what was asked for when it finishes, and else stands still.
func slowServer(t *testing.T, answers int, finishes bool) (address string, asked chan []byte) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	asked = make(chan []byte, answers)
	go func() {
		first, err := l.Accept()
		if err != nil {
			return
		}
		t.Cleanup(func() { _ = first.Close() })
		for range answers {
			other, err := l.Accept()
			if err != nil {
				return
			}
			question := make([]byte, 8)
			_, _ = io.ReadFull(other, question)
			asked <- question
			_, _ = other.Write([]byte("N"))
			_ = other.Close()
		}
		if finishes {
			_, _ = first.Write([]byte("x"))
		}
	}()
	t.Cleanup(func() { _ = l.Close() })
	return l.Addr().String(), asked
}

// A statement may take its time as long as its server answers other callers.
func TestAStatementIsWaitedForWhileItsServerAnswers(t *testing.T) {
	t.Parallel()
	address, asked := slowServer(t, 3, true)
	conn, err := pg.ImpatientDialer(time.Millisecond, time.Minute).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	got := make([]byte, 1)
	if n, err := conn.Read(got); n != 1 || err != nil || got[0] != 'x' {
		t.Errorf("%d bytes, %q, %v; want what the server says in the end", n, got, err)
	}
	// The message SSLRequest of PostgreSQL's protocol: its length, and 80877103.
	if want := []byte{0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f}; !bytes.Equal(<-asked, want) {
		t.Errorf("the server is not asked by %v", want)
	}
}

// A server that stands still is given up, and sooner by those who come after it was found out.
func TestAServerThatStandsStillIsGivenUp(t *testing.T) {
	t.Parallel()
	address, _ := slowServer(t, 0, false)
	const patience = 4 * time.Second // far from the second of those who come later, for a busy machine
	dialer := pg.ImpatientDialer(patience, time.Millisecond)
	for _, most := range []time.Duration{time.Hour, patience} {
		conn, err := dialer.DialContext(t.Context(), "tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		begun := time.Now()
		if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("a server that stands still: %v", err)
		}
		if took := time.Since(begun); took > most {
			t.Errorf("it was waited for as if it answered others, for %v", took)
		}
	}
}

// The deadline that the driver has while it connects is kept.
func TestTheDriversOwnDeadlineCounts(t *testing.T) {
	t.Parallel()
	address, _ := slowServer(t, 0, false)
	conn, err := pg.ImpatientDialer(time.Hour, time.Hour).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a server that is silent while the driver connects: %v", err)
	}
}
