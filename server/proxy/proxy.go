// Package proxy finds out who calls when a load balancer or a reverse proxy stands before the program.
//
// Behind one, every connection comes from the proxy, which writes the caller's address into a header. Anyone can send such a header,
// so it counts only when the connection comes from an address that the operator trusts. It must know nothing of the job board.
package proxy

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Trusted are the networks of the proxies whose headers count. The zero value trusts nobody.
type Trusted []netip.Prefix

// Parse reads a list of networks (203.0.113.0/24) and addresses, with commas or blanks between them. Its error is the end of a
// sentence that begins with the name of the setting.
func Parse(list string) (Trusted, error) {
	var trusted Trusted
	for _, item := range strings.FieldsFunc(list, func(c rune) bool { return c == ',' || c == ' ' }) {
		prefix, err := netip.ParsePrefix(item)
		if err != nil {
			address, addressErr := netip.ParseAddr(item)
			if addressErr != nil || address.Zone() != "" {
				return nil, fmt.Errorf("has \"%s\", which is no network and no address: write them as in 10.0.0.0/8,192.0.2.7,2001:db8::/32", item)
			}
			address = address.Unmap()
			prefix = netip.PrefixFrom(address, address.BitLen())
		}
		if mapped := prefix.Addr(); mapped.Is4In6() {
			const before = 128 - 32 // bits
			prefix = netip.PrefixFrom(mapped.Unmap(), max(0, prefix.Bits()-before))
		}
		if prefix.Bits() == 0 {
			return nil, fmt.Errorf("has \"%s\", which is everybody: then anyone could pass for anyone. Name the networks of your proxies, as in 10.0.0.0/8", item)
		}
		trusted = append(trusted, prefix.Masked())
	}
	return trusted, nil
}

// String says whose address counts.
func (t Trusted) String() string {
	if len(t) == 0 {
		return "callers are known by the address of their connection, for TRUSTED_PROXIES is empty: behind a load balancer all of them have its address"
	}
	names := make([]string, len(t))
	for i, prefix := range t {
		names[i] = prefix.String()
	}
	return "callers are known by the last address in X-Forwarded-For, or else in Forwarded, that is not of " + strings.Join(names, ", ")
}

// Has tells whether an address is one of a proxy.
func (t Trusted) Has(address netip.Addr) bool {
	for _, prefix := range t {
		if prefix.Contains(address) {
			return true
		}
	}
	return false
}

// The headers in which proxies tell of the caller.
var headers = []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "True-Client-Ip", "Cf-Connecting-Ip"}

// Handler gives each request the address of its caller as its RemoteAddr, and the host and scheme that the caller used. The headers
// go no further, so that nothing behind believes a forged one.
func (t Trusted) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if peer, ok := parseHop(r.RemoteAddr); ok && t.Has(peer.Addr()) {
			hops, host, scheme := told(r.Header)
			if host != "" {
				r.Host = host
			}
			if scheme == "http" || scheme == "https" {
				r.URL.Scheme = scheme
			}
			r.RemoteAddr = net.JoinHostPort(t.caller(peer, hops).Addr().String(), "0")
		}
		for _, name := range headers {
			r.Header.Del(name)
		}
		next.ServeHTTP(w, r)
	})
}

// caller is the last hop that is no proxy of ours. Each proxy adds the address that it was called from at the end, so what stands
// before the first stranger may be forged. When a proxy hides the address, the proxy itself is the caller.
func (t Trusted) caller(peer netip.AddrPort, hops []string) netip.AddrPort {
	caller := peer
	for _, hop := range slices.Backward(hops) {
		hop, ok := parseHop(strings.TrimSpace(hop))
		if !ok {
			return caller
		}
		if caller = hop; !t.Has(hop.Addr()) {
			return caller
		}
	}
	return caller
}

// told is what the headers of a proxy say. X-Forwarded-For is preferred: most proxies write it, and pass on a header Forwarded that
// somebody else has written.
func told(h http.Header) (hops []string, host, scheme string) {
	if values := h.Values("X-Forwarded-For"); len(values) > 0 {
		return strings.Split(strings.Join(values, ","), ","), last(h.Values("X-Forwarded-Host")), strings.ToLower(last(h.Values("X-Forwarded-Proto")))
	}
	for element := range strings.SplitSeq(strings.Join(h.Values("Forwarded"), ","), ",") { // RFC 7239
		host, scheme = "", "" // those of the last element count
		for pair := range strings.SplitSeq(element, ";") {
			name, value, _ := strings.Cut(pair, "=")
			value = strings.Trim(strings.TrimSpace(value), `"`)
			switch strings.ToLower(strings.TrimSpace(name)) {
			case "for":
				hops = append(hops, value)
			case "host":
				host = value
			case "proto":
				scheme = strings.ToLower(value)
			}
		}
	}
	return hops, host, scheme
}

// last is the last item of a header's list.
func last(values []string) string {
	list := strings.Split(strings.Join(values, ","), ",")
	return strings.TrimSpace(list[len(list)-1])
}

// parseHop reads an address with or without a port: 192.0.2.7, 192.0.2.7:4711, 2001:db8::1, [2001:db8::1], [2001:db8::1]:4711.
func parseHop(text string) (netip.AddrPort, bool) {
	if hop, err := netip.ParseAddrPort(text); err == nil {
		return netip.AddrPortFrom(hop.Addr().Unmap().WithZone(""), hop.Port()), true
	}
	address, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(text, "["), "]"))
	return netip.AddrPortFrom(address.Unmap().WithZone(""), 0), err == nil
}
