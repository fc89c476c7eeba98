package apikey

import (
	"fmt"
	"net/netip"
	"strings"

	"itmanagerjobs/store/board"
)

// maxNetworks is how many networks a key can be bound to.
const maxNetworks = 20

// ReadNetworks reads the networks that a key may be used from, divided by commas or white space: addresses such as 192.0.2.7
// and prefixes such as 2001:db8::/32. It returns them as they are kept, each once. field is that of the problem; ok is false
// when there is one.
func ReadNetworks(field, text string) (networks []string, problem board.FieldError, ok bool) {
	seen := map[netip.Prefix]bool{}
	for _, written := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ';' || r == ' ' || r == '\n' || r == '\r' || r == '\t' }) {
		prefix, err := readNetwork(written)
		if err != nil {
			return nil, board.FieldError{Field: field, Code: board.FieldInvalidFormat, Message: "must have addresses such as 192.0.2.7 or networks such as 192.0.2.0/24; “" + shorten(written) + "” is none"}, false
		}
		if !seen[prefix] {
			seen[prefix] = true
			networks = append(networks, prefix.String())
		}
	}
	if len(networks) > maxNetworks {
		return nil, board.FieldError{Field: field, Code: board.FieldTooLong, Message: fmt.Sprintf("must not have more than %d networks", maxNetworks)}, false
	}
	return networks, board.FieldError{}, true
}

func readNetwork(written string) (netip.Prefix, error) {
	if prefix, err := netip.ParsePrefix(written); err == nil {
		// The addresses of callers are not written as IPv4 within IPv6: a prefix that is would hold none of them.
		const within = 96
		if address := prefix.Addr(); address.Is4In6() && prefix.Bits() >= within {
			prefix = netip.PrefixFrom(address.Unmap(), prefix.Bits()-within)
		}
		return prefix.Masked(), nil
	}
	address, err := netip.ParseAddr(written)
	if err != nil {
		return netip.Prefix{}, err
	}
	if address.Zone() != "" {
		return netip.Prefix{}, fmt.Errorf("%s has a zone", written)
	}
	address = address.Unmap()
	return netip.PrefixFrom(address, address.BitLen()), nil
}

// shorten keeps what somebody wrote from filling a sentence.
func shorten(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}

// CheckRoll allows a key to be rolled: it works, and was not rolled before. Error: invalid_state.
func CheckRoll(status Status, rolled bool) error {
	switch {
	case status != Active:
		return board.Errorf(board.CodeInvalidState, "Only a key that works can be rolled, and this one is %s. Create another key.", status)
	case rolled:
		return board.Errorf(board.CodeInvalidState, "This key was rolled already: a new one takes its place. Roll that one.")
	}
	return nil
}
