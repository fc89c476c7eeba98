package drain

import (
	"math"
	"net"
	"net/netip"
	"sync"
	"syscall"
)

// maxConnsOfNetwork is how many connections one network has at most, where the system lets the program open many files: each takes some
// 10 KiB. An idle one may stay for two minutes.
const maxConnsOfNetwork = 8192

// share divides connections among networks, so that none has all that the program may open.
type share struct {
	each int
	// proxy tells whose connections are those of many callers; nil is for nobody.
	proxy func(netip.Addr) bool

	mu   sync.Mutex
	open map[netip.Prefix]int
}

// newShare gives each network a quarter of the files that the program may open.
func newShare(proxy func(netip.Addr) bool) *share {
	each := maxConnsOfNetwork
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err == nil {
		each = int(min(uint64(each), max(files.Cur/4, 1), math.MaxInt))
	}
	return &share{each: each, proxy: proxy, open: map[netip.Prefix]int{}}
}

// enter counts a connection until it is closed; ok is false for one that its network may not have.
func (s *share) enter(conn net.Conn) (counted net.Conn, ok bool) {
	address, known := addressOf(conn.RemoteAddr())
	if !known || s.proxy != nil && s.proxy(address) {
		return conn, true
	}
	network := networkOf(address)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[network] >= s.each {
		return nil, false
	}
	s.open[network]++
	return &countedConn{Conn: conn, leave: sync.OnceFunc(func() { s.leave(network) })}, true
}

func (s *share) leave(network netip.Prefix) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[network]--; s.open[network] == 0 {
		delete(s.open, network)
	}
}

func addressOf(a net.Addr) (address netip.Addr, ok bool) {
	from, ok := a.(*net.TCPAddr)
	if !ok {
		return address, false
	}
	address = from.AddrPort().Addr().Unmap().WithZone("")
	return address, address.IsValid()
}

// networkOf is the network that a connection counts for: an address, or the half of an IPv6 address that one subscriber has.
func networkOf(address netip.Addr) netip.Prefix {
	const subscriber = 64 // bits
	network, err := address.Prefix(min(address.BitLen(), subscriber))
	if err != nil {
		return netip.PrefixFrom(address, address.BitLen())
	}
	return network
}

// countedConn gives its place back when it is closed.
type countedConn struct {
	net.Conn

	leave func()
}

// Close gives the place back.
func (c *countedConn) Close() error {
	c.leave()
	return c.Conn.Close() //nolint:wrapcheck // net/http looks at the connection's own errors.
}
