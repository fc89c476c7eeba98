package drain

import (
	"errors"
	"io"
	"net"
	"strings"
	"testing"
)

func TestListenerAcceptsWaitingConnectionsBeforeItCloses(t *testing.T) {
	t.Parallel()
	l, err := Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	for range 3 { // accepted by the kernel, not yet by the program
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := io.WriteString(conn, "x"); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.stopAccepting(); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		conn, err := l.Accept()
		if err != nil {
			t.Fatalf("connection %d: %v", i, err)
		}
		defer conn.Close()
		var sent [1]byte
		if _, err := io.ReadFull(conn, sent[:]); err != nil || sent[0] != 'x' {
			t.Errorf("connection %d: read %q, %v", i, sent, err)
		}
	}
	if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("with nobody waiting: %v, want net.ErrClosed", err)
	}
}

func TestAnAddressThatCannotBeListenedOn(t *testing.T) {
	t.Parallel()
	taken, err := Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for addr, want := range map[string]string{
		taken.Addr().String(): ", which another program listens on: ",
		"203.0.113.1:8080":    ", which cannot be listened on (",
	} {
		if _, err := Listen(addr); err == nil || !strings.HasPrefix(err.Error(), "is "+addr+want) {
			t.Errorf("%s: %v", addr, err)
		}
	}
}
