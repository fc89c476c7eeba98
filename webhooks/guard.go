package webhooks

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"syscall"

	"code.dny.dev/ssrf"
)

// BlockedError says that a connection was refused by the Guard before a packet
// was sent.
type BlockedError struct {
	// Addr is the address of the connection. It may be logged, but must not be in a delivery
	// log: it would show partners what our resolver knows.
	Addr string
	// Reason is safe to show, e.g. "it is a loopback address".
	Reason string
}

func (e *BlockedError) Error() string { return "blocked " + e.Addr + ": " + e.Reason }

// Guard decides which addresses a delivery may connect to. The zero value is the
// strict one for production: public addresses on port 443.
//
// The dialer calls Control when a socket is about to connect, with the address that the connection
// will use. An earlier check would not be safe: a name can resolve to another address later (DNS
// rebinding), and forms such as "①②⑦.0.0.1" become an address only in the dialer. CheckURL merely
// refuses early what could never work.
type Guard struct {
	// AllowInsecure permits http, every port, and private and loopback addresses,
	// for development. Link-local addresses (cloud metadata), multicast and reserved
	// ranges stay blocked.
	AllowInsecure bool
	// AllowLoopback permits http, every port and loopback addresses, for test data on somebody's own machine.
	AllowLoopback bool
	// Ports permitted; nil means 443 alone. Ignored with AllowInsecure.
	Ports []uint16
}

// The library has the special-purpose registries of IANA and is regenerated from them. Ranges that it
// lacks are added here. Guard checks ports itself, because the rule depends on its fields.
var (
	strictAddresses = ssrf.New(deniedBeyondLibrary()...)
	// loopbackAddresses are the strict ones and those of this machine.
	loopbackAddresses = ssrf.New(append(deniedBeyondLibrary(),
		ssrf.WithAllowedV4Prefixes(netip.MustParsePrefix("127.0.0.0/8")), ssrf.WithAllowedV6Prefixes(netip.MustParsePrefix("::1/128")))...)
	relaxedAddresses = ssrf.New(append(deniedBeyondLibrary(),
		ssrf.WithAllowedV4Prefixes(
			netip.MustParsePrefix("127.0.0.0/8"),
			netip.MustParsePrefix("10.0.0.0/8"),
			netip.MustParsePrefix("172.16.0.0/12"),
			netip.MustParsePrefix("192.168.0.0/16"),
			netip.MustParsePrefix("100.64.0.0/10"), // overlay networks of developers use it
		),
		ssrf.WithAllowedV6Prefixes(
			netip.MustParsePrefix("::1/128"),
			netip.MustParsePrefix("fc00::/7"),
		))...)
)

func deniedBeyondLibrary() []ssrf.Option {
	return []ssrf.Option{
		ssrf.WithAnyPort(),
		ssrf.WithDeniedV4Prefixes(
			netip.MustParsePrefix("168.63.129.16/32"), // Azure's wire server: a public address that is internal
		),
		ssrf.WithDeniedV6Prefixes(
			netip.MustParsePrefix("3ffe::/16"), // 6bone, returned in 2006: no longer part of the internet
		),
	}
}

// Control fits net.Dialer.ControlContext. A refusal is a *BlockedError.
func (g Guard) Control(_ context.Context, network, address string, _ syscall.RawConn) error {
	if network != "tcp4" && network != "tcp6" {
		return &BlockedError{Addr: address, Reason: "it is not reached by TCP"}
	}
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return &BlockedError{Addr: address, Reason: "it is not an IP address"}
	}
	if reason := g.addrReason(ap.Addr()); reason != "" {
		return &BlockedError{Addr: address, Reason: reason}
	}
	if reason := g.portReason(ap.Port()); reason != "" {
		return &BlockedError{Addr: address, Reason: reason}
	}
	return nil
}

// addrReason returns why an address is blocked, "" when it is not.
func (g Guard) addrReason(ip netip.Addr) string {
	// The kernel treats ::ffff:10.0.0.1 as 10.0.0.1.
	ip = ip.Unmap()
	list := strictAddresses
	switch {
	case g.AllowInsecure:
		list = relaxedAddresses
	case g.AllowLoopback:
		list = loopbackAddresses
	}
	if list.SafeAddr(ip) == nil {
		return ""
	}
	switch {
	case ip.IsLoopback():
		return "it is a loopback address"
	case ip.IsUnspecified():
		return "it is the unspecified address"
	case ip.IsPrivate():
		return "it is a private address"
	case ip.IsLinkLocalUnicast():
		return "it is a link-local address"
	case ip.IsMulticast():
		return "it is a multicast address"
	default:
		return "it is reserved or not reachable from the internet"
	}
}

// portReason returns why a port is blocked, "" when it is not.
func (g Guard) portReason(port uint16) string {
	if g.AllowInsecure || g.AllowLoopback {
		return ""
	}
	allowed := g.Ports
	if allowed == nil {
		allowed = []uint16{443}
	}
	if slices.Contains(allowed, port) {
		return ""
	}
	return fmt.Sprintf("port %d is not one of the allowed ports %v", port, allowed)
}
