package main

import (
	"errors"
	"io"
	"net"
	"testing"
)

func TestListenerTakesWhoWaitsBeforeItCloses(t *testing.T) {
	t.Parallel()
	l, err := listen("LISTEN_ADDR", "127.0.0.1:0")
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
