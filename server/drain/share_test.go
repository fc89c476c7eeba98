package drain

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"testing"
)

// comingFrom is a connection of an address.
type comingFrom struct {
	net.Conn

	addr net.Addr
}

func (c comingFrom) RemoteAddr() net.Addr { return c.addr }

func (comingFrom) Close() error { return nil }

func from(t *testing.T, address string) comingFrom {
	t.Helper()
	return comingFrom{addr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(address), 1024))}
}

// TestANetworkLeavesConnectionsToOthers counts the connections of networks, but not those of proxies.
func TestANetworkLeavesConnectionsToOthers(t *testing.T) {
	t.Parallel()
	proxy := netip.MustParseAddr("192.0.2.9")
	s := newShare(func(a netip.Addr) bool { return a == proxy })
	if s.each < 1 || s.each > maxConnsOfNetwork {
		t.Errorf("a network has %d connections, want %d at most", s.each, maxConnsOfNetwork)
	}
	s.each = 2
	var open []net.Conn
	for _, c := range []struct {
		address string
		ok      bool
	}{
		{"192.0.2.1", true}, {"::ffff:192.0.2.1", true}, {"192.0.2.1", false}, {"192.0.2.2", true},
		{"2001:db8::1", true}, {"2001:db8::2:1", true}, {"2001:db8::3", false}, {"2001:db8:0:1::1", true},
		{"192.0.2.9", true}, {"192.0.2.9", true}, {"192.0.2.9", true},
	} {
		conn, ok := s.enter(from(t, c.address))
		if ok != c.ok {
			t.Errorf("a connection of %s is let in: %t, want %t", c.address, ok, c.ok)
		}
		if ok {
			open = append(open, conn)
		}
	}
	for range 2 { // net/http closes some connections twice
		if err := open[0].Close(); err != nil {
			t.Error(err)
		}
	}
	for _, want := range []bool{true, false} {
		if _, ok := s.enter(from(t, "192.0.2.1")); ok != want {
			t.Errorf("after one was closed, another is let in: %t, want %t", ok, want)
		}
	}
}

// TestAConnectionTooManyIsClosed: the listener goes on to the next.
func TestAConnectionTooManyIsClosed(t *testing.T) {
	t.Parallel()
	l, err := Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	l.share = newShare(nil)
	l.share.each = 1
	first := dial(t, l.Addr().String())
	accepted, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	second := dial(t, l.Addr().String())
	var next net.Conn
	ended := make(chan error, 1)
	go func() {
		var err error
		next, err = l.Accept()
		ended <- err
	}()
	if _, err := second.conn.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("a connection too many ends with %v, want EOF", err)
	}
	if err := accepted.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := first.conn.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Error(err)
	}
	dial(t, l.Addr().String())
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	next.Close()
}
