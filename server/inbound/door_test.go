package inbound

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"
)

// dialFrom connects from an address of this machine, and gives the first line of the server.
func dialFrom(t *testing.T, local, address string) (net.Conn, string) {
	t.Helper()
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(local)}, Timeout: 10 * time.Second}
	conn, err := d.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		t.Fatalf("no greeting: %v", err)
	}
	return conn, strings.TrimSpace(line)
}

func TestSilentConnectionsShutNobodyOut(t *testing.T) {
	t.Parallel()
	address, _ := startServer(t, &inbox{})
	for i := range maxConnsOfNetwork {
		if _, line := dialFrom(t, "127.0.0.1", address); !strings.HasPrefix(line, "220 ") {
			t.Fatalf("connection %d of a network: %s", i+1, line)
		}
	}
	first, line := dialFrom(t, "127.0.0.1", address)
	if !strings.HasPrefix(line, "421 4.7.0 Your network has 6 connections open") {
		t.Errorf("one connection more of the same network: %s", line)
	}
	if n, err := first.Read(make([]byte, 1)); n != 0 || err == nil {
		t.Error("the refused connection stays open")
	}
	// Other networks fill what they may, and a network without a connection still gets one.
	for n := 2; n <= 4; n++ {
		for range maxConnsOfNetwork {
			dialFrom(t, fmt.Sprintf("127.0.0.%d", n), address)
		}
	}
	if _, line := dialFrom(t, "127.0.0.5", address); !strings.HasPrefix(line, "220 ") {
		t.Fatalf("the first connection of another network: %s", line)
	}
	if _, line := dialFrom(t, "127.0.0.5", address); !strings.HasPrefix(line, "421 4.3.2 ") {
		t.Errorf("the second connection of a network when only kept places are free: %s", line)
	}
}

func TestAClosedConnectionGivesItsPlaceBack(t *testing.T) {
	t.Parallel()
	address, _ := startServer(t, &inbox{})
	for range 3 * maxConns {
		conn, line := dialFrom(t, "127.0.0.1", address)
		if !strings.HasPrefix(line, "220 ") {
			t.Fatalf("greeted with %s", line)
		}
		// The server answers QUIT before it closes; the end of the connection says that it has.
		fmt.Fprint(conn, "QUIT\r\n")
		for {
			if _, err := conn.Read(make([]byte, 64)); err != nil {
				break
			}
		}
	}
}

func TestTimeForACommand(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	client, server := net.Pipe()
	defer client.Close()
	defer server.Close()
	g := newDoor(nil, func() time.Time { return now }, newCounter(), func() {}).guest(server, "192.0.2.1")
	library := func() time.Time { return now.Add(readTimeout) } // what the library asks for at each command
	check := func(when string, want time.Time) {
		t.Helper()
		if got := g.within(library()); !got.Equal(want) {
			t.Errorf("%s: waits until %v, want %v", when, got, want)
		}
	}
	start := now
	check("a new connection", start.Add(greetTimeout))
	now = now.Add(15 * time.Second)
	check("15 s later, still without a greeting", start.Add(greetTimeout))
	g.greet()
	check("after the greeting", now.Add(idleTimeout))
	received, err := g.receive()
	if err != nil {
		t.Fatal(err)
	}
	check("while a message comes", now.Add(readTimeout))
	received()
	check("after the message", now.Add(idleTimeout))
}
