package board

import "net/netip"

// Tenant is the half of an employer's data that a key or a session sees: every query of tenants' rows is bound to it.
type Tenant struct {
	EmployerID int64
	Mode       Mode
}

// Network is an IPv4 address, or the /64 of an IPv6 address, in which one customer chooses addresses at will. What is no
// address stays as it is.
func Network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	if ip = ip.Unmap().WithZone(""); ip.Is4() {
		return ip.String()
	}
	p, err := ip.Prefix(64)
	if err != nil {
		return ip.String()
	}
	return p.String()
}
