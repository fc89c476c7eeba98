package webhooks

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// MaxURLLength is how many characters an endpoint's URL may have.
const MaxURLLength = 2000

// CheckURL checks a URL when a subscription is created or changed, and again before each attempt,
// since the rules may be stricter by then. It returns the code and the message of a field error, both
// empty when the URL is valid. They are plain strings, so that a package that may not import this one
// can be given the function.
//
// It resolves no name: a name may have another address later.
func (g Guard) CheckURL(raw string) (code, message string) {
	if raw == "" {
		return "required", "A URL is required."
	}
	if utf8.RuneCountInString(raw) > MaxURLLength {
		return "too_long", "The URL must not be longer than " + strconv.Itoa(MaxURLLength) + " characters."
	}
	u, err := url.Parse(raw)
	if err != nil {
		// The parser's message would repeat the URL, which may contain a password.
		return "invalid_format", "The URL is not valid."
	}
	switch {
	case u.Scheme != "https" && (u.Scheme != "http" || !g.AllowInsecure && !g.AllowLoopback):
		return "invalid_format", "The URL must begin with https://."
	case u.User != nil:
		return "invalid_format", "The URL must not contain a user name or password."
	case u.Hostname() == "":
		return "invalid_format", "The URL must name a host."
	case strings.Contains(raw, "#"):
		return "invalid_format", "The URL must not contain a fragment (#)."
	}
	if code, message := g.checkHost(u.Hostname()); code != "" {
		return code, message
	}
	return g.checkPort(u)
}

// checkHost refuses hosts to which a delivery can never succeed.
func (g Guard) checkHost(host string) (code, message string) {
	if ip, err := netip.ParseAddr(host); err == nil {
		if reason := g.addrReason(ip); reason != "" {
			return "not_allowed", "The address is not allowed: " + reason + "."
		}
		return "", ""
	}
	ascii, ok := asciiHost(host)
	if !ok {
		return "invalid_format", "The host name is not valid."
	}
	// Full-width digits and dots are ASCII now.
	if ip, err := netip.ParseAddr(ascii); err == nil && g.addrReason(ip) != "" {
		return "not_allowed", "The address is not allowed: " + g.addrReason(ip) + "."
	}
	labels := strings.Split(strings.TrimSuffix(ascii, "."), ".")
	last := labels[len(labels)-1]
	// "2130706433", "0x7f.1" and "0177.0.0.1" are loopback to some resolvers and
	// names to others; no name of the public DNS ends in a number.
	if endsInNumber(last) {
		return "invalid_format", "An IP address must be written in its usual form, without leading zeros or a trailing dot."
	}
	if g.AllowLoopback && strings.EqualFold(last, "localhost") {
		return "", ""
	}
	if !g.AllowInsecure && (len(labels) == 1 || isLocalName(last)) {
		return "not_allowed", "The host must be a name in the public DNS."
	}
	return "", ""
}

// asciiHost converts a host as net/http does before it resolves it. It returns false when the result
// cannot be a host name.
func asciiHost(host string) (string, bool) {
	ascii := host
	for i := range len(host) {
		if host[i] >= utf8.RuneSelf {
			var err error
			if ascii, err = idna.Lookup.ToASCII(host); err != nil {
				return "", false
			}
			break
		}
	}
	if len(ascii) > 254 {
		return "", false
	}
	for label := range strings.SplitSeq(strings.TrimSuffix(ascii, "."), ".") {
		if label == "" || len(label) > 63 {
			return "", false
		}
		for _, c := range []byte(label) {
			if !isAlphanumeric(c) && c != '-' && c != '_' {
				return "", false
			}
		}
	}
	return strings.ToLower(ascii), true
}

func isAlphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// endsInNumber follows the WHATWG URL standard: all digits, or 0x and hex digits.
func endsInNumber(label string) bool {
	if strings.Trim(label, "0123456789") == "" {
		return true
	}
	hex, ok := strings.CutPrefix(label, "0x")
	return ok && strings.Trim(hex, "0123456789abcdef") == ""
}

// isLocalName reports whether a top-level name is reserved for use within a machine or a network (RFC
// 6761, RFC 6762, RFC 8375 and ICANN's .internal).
func isLocalName(tld string) bool {
	switch tld {
	case "localhost", "local", "internal", "localdomain", "lan", "arpa", "onion":
		return true
	default:
		return false
	}
}

func (g Guard) checkPort(u *url.URL) (code, message string) {
	text := u.Port()
	if text == "" {
		if u.Scheme == "http" {
			text = "80"
		} else {
			text = "443"
		}
	}
	port, err := strconv.ParseUint(text, 10, 16)
	if err != nil || port == 0 {
		return "invalid_format", "The port must be a number from 1 to 65535."
	}
	if reason := g.portReason(uint16(port)); reason != "" {
		return "not_allowed", "The URL is not allowed: " + reason + "."
	}
	return "", ""
}
