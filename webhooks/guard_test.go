package webhooks

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"
)

// TestGuardAddresses checks the ends of every range: the addresses just inside are blocked, and
// those just outside are not.
func TestGuardAddresses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		blocked, allowed string // space-separated addresses
	}{
		{blocked: "0.0.0.0 0.255.255.255", allowed: "1.0.0.0 1.1.1.1 8.8.8.8"},
		{blocked: "10.0.0.0 10.255.255.255", allowed: "9.255.255.255 11.0.0.0"},
		{blocked: "100.64.0.0 100.127.255.255", allowed: "100.63.255.255 100.128.0.0"},
		{blocked: "127.0.0.0 127.0.0.1 127.255.255.255", allowed: "126.255.255.255 128.0.0.0"},
		{blocked: "169.254.0.0 169.254.169.254 169.254.255.255", allowed: "169.253.255.255 169.255.0.0"},
		{blocked: "168.63.129.16", allowed: "168.63.129.15 168.63.129.17"},
		{blocked: "172.16.0.0 172.31.255.255", allowed: "172.15.255.255 172.32.0.0"},
		{blocked: "192.0.0.0 192.0.0.255 192.0.2.0 192.0.2.255", allowed: "191.255.255.255 192.0.1.0 192.0.3.0"},
		{blocked: "192.88.99.0 192.88.99.255", allowed: "192.88.98.255 192.88.100.0"},
		{blocked: "192.168.0.0 192.168.255.255", allowed: "192.167.255.255 192.169.0.0"},
		{blocked: "198.18.0.0 198.19.255.255", allowed: "198.17.255.255 198.20.0.0"},
		{blocked: "198.51.100.0 198.51.100.255", allowed: "198.51.99.255 198.51.101.0"},
		{blocked: "203.0.113.0 203.0.113.255", allowed: "203.0.112.255 203.0.114.0"},
		{blocked: "224.0.0.0 239.255.255.255 240.0.0.0 255.255.255.255", allowed: "223.255.255.255"},
		{blocked: ":: ::1 ::127.0.0.1 1fff:ffff:: 4000:: 5f00::1 fc00::1 fdff::1 fe80::1 fec0::1 ff02::1"},
		{allowed: "2606:4700:4700::1111 2a00:1450:4001:80b::200e 2000::1 3ffd::1"},
		{blocked: "2001::1 2001:1ff::1", allowed: "2001:200::1 2001:4860:4860::8888"},
		{blocked: "2001:db8::1 2001:db8:ffff::1", allowed: "2001:db7::1 2001:db9::1"},
		{blocked: "2002::1 2002:7f00:1::1", allowed: "2003::1"},
		{blocked: "3ffe::1 3ffe:ffff::1 3fff::1 3fff:fff::1"},
		{blocked: "64:ff9b::7f00:1 64:ff9b::8.8.8.8 64:ff9b:1::1 100::1"},
		{blocked: "::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:a9fe:a9fe", allowed: "::ffff:8.8.8.8"},
		{blocked: "fe80::1%eth0 ::1%lo 2606:4700::1111%eth0"},
	}
	for _, tc := range tests {
		for text := range strings.FieldsSeq(tc.blocked) {
			err := dialCheck(Guard{}, text, 443)
			if blocked := (*BlockedError)(nil); !errors.As(err, &blocked) || blocked.Reason == "" {
				t.Errorf("%s: %v, want a BlockedError with a reason", text, err)
			}
		}
		for text := range strings.FieldsSeq(tc.allowed) {
			if err := dialCheck(Guard{}, text, 443); err != nil {
				t.Errorf("%s: %v, want it allowed", text, err)
			}
		}
	}
}

func dialCheck(g Guard, ip string, port uint16) error {
	addr := netip.MustParseAddr(ip)
	network := "tcp6"
	if addr.Is4() {
		network = "tcp4"
	}
	return g.Control(context.Background(), network, netip.AddrPortFrom(addr, port).String(), nil)
}

func TestGuardModes(t *testing.T) {
	t.Parallel()
	insecure := Guard{AllowInsecure: true}
	tests := []struct {
		name    string
		guard   Guard
		ip      string
		port    uint16
		allowed bool
	}{
		{"443", Guard{}, "8.8.8.8", 443, true},
		{"80 is http", Guard{}, "8.8.8.8", 80, false},
		{"another port", Guard{}, "8.8.8.8", 8443, false},
		{"port 0", Guard{}, "8.8.8.8", 0, false},
		{"configured port", Guard{Ports: []uint16{443, 8443}}, "8.8.8.8", 8443, true},
		{"configured port does not open addresses", Guard{Ports: []uint16{8443}}, "127.0.0.1", 8443, false},
		{"insecure: loopback", insecure, "127.0.0.1", 3000, true},
		{"insecure: loopback v6", insecure, "::1", 3000, true},
		{"insecure: mapped loopback", insecure, "::ffff:127.0.0.1", 3000, true},
		{"insecure: private", insecure, "192.168.1.2", 80, true},
		{"insecure: private v6", insecure, "fd00::2", 80, true},
		{"insecure: public", insecure, "8.8.8.8", 80, true},
		{"insecure: cloud metadata", insecure, "169.254.169.254", 80, false},
		{"insecure: cloud wire server", insecure, "168.63.129.16", 80, false},
		{"insecure: link-local v6", insecure, "fe80::1", 80, false},
		{"insecure: multicast", insecure, "224.0.0.1", 80, false},
		{"insecure: unspecified", insecure, "0.0.0.0", 80, false},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if err := dialCheck(tc.guard, tc.ip, tc.port); (err == nil) != tc.allowed {
				t.Errorf("Control = %v, want allowed = %v", err, tc.allowed)
			}
		})
	}
}

func TestGuardRefusesWhatIsNotTCPOrNotAnAddress(t *testing.T) {
	t.Parallel()
	for _, tc := range [][2]string{
		{"udp4", "8.8.8.8:443"}, {"unix", "/run/docker.sock"}, {"tcp", "8.8.8.8:443"},
		{"tcp4", "example.com:443"}, {"tcp4", "8.8.8.8"}, {"tcp4", ""},
	} {
		if err := (Guard{}).Control(t.Context(), tc[0], tc[1], nil); err == nil {
			t.Errorf("%s %q is allowed", tc[0], tc[1])
		}
	}
}

func TestCheckURL(t *testing.T) {
	t.Parallel()
	strict, insecure := Guard{}, Guard{AllowInsecure: true}
	tests := []struct {
		name  string
		guard Guard
		url   string
		code  string // "" means that it is fine
	}{
		{"usual", strict, "https://hooks.example.com/in?x=1", ""},
		{"explicit port", strict, "https://hooks.example.com:443/", ""},
		{"upper case", strict, "HTTPS://Hooks.Example.COM/", ""},
		{"trailing dot", strict, "https://hooks.example.com./", ""},
		{"international name", strict, "https://bücher.example/", ""},
		{"underscore", strict, "https://my_hooks.example.com/", ""},
		{"public address", strict, "https://8.8.8.8/", ""},
		{"public address v6", strict, "https://[2606:4700:4700::1111]/", ""},
		{"longest", strict, "https://example.com/" + strings.Repeat("ü", MaxURLLength-20), ""},
		{"too long", strict, "https://example.com/" + strings.Repeat("a", MaxURLLength-19), "too_long"},
		{"empty", strict, "", "required"},
		{"http", strict, "http://example.com/", "invalid_format"},
		{"another scheme", strict, "ftp://example.com/", "invalid_format"},
		{"another scheme, insecure", insecure, "file:///etc/passwd", "invalid_format"},
		{"no scheme", strict, "example.com/in", "invalid_format"},
		{"relative", strict, "//example.com/in", "invalid_format"},
		{"opaque", strict, "https:example.com", "invalid_format"},
		{"no host", strict, "https:///in", "invalid_format"},
		{"only a port", strict, "https://:443/in", "invalid_format"},
		{"user", strict, "https://user@example.com/", "invalid_format"},
		{"user and password", strict, "https://user:secret@example.com/", "invalid_format"},
		{"empty user", strict, "https://@example.com/", "invalid_format"},
		{"fragment", strict, "https://example.com/#a", "invalid_format"},
		{"empty fragment", strict, "https://example.com/#", "invalid_format"},
		{"line feed", strict, "https://example.com/\nHost: x", "invalid_format"},
		{"space in host", strict, "https://exa mple.com/", "invalid_format"},
		{"empty label", strict, "https://example..com/", "invalid_format"},
		{"long label", strict, "https://" + strings.Repeat("a", 64) + ".com/", "invalid_format"},
		{"percent in host", strict, "https://ex%61mple%2ecom%24/", "invalid_format"},
		{"port", strict, "https://example.com:8443/", "not_allowed"},
		{"port 80", strict, "https://example.com:80/", "not_allowed"},
		{"port 0", strict, "https://example.com:0/", "invalid_format"},
		{"port too large", strict, "https://example.com:65536/", "invalid_format"},
		{"wrapped port", strict, "https://example.com:65979/", "invalid_format"},
		{"configured port", Guard{Ports: []uint16{8443}}, "https://example.com:8443/", ""},
		{"loopback", strict, "https://127.0.0.1/", "not_allowed"},
		{"loopback v6", strict, "https://[::1]/", "not_allowed"},
		{"metadata", strict, "https://169.254.169.254/latest/meta-data", "not_allowed"},
		{"localhost", strict, "https://localhost/", "not_allowed"},
		{"below localhost", strict, "https://a.LOCALHOST./", "not_allowed"},
		{"single label", strict, "https://intranet/", "not_allowed"},
		{"internal", strict, "https://metadata.google.internal/", "not_allowed"},
		{"decimal", strict, "https://2130706433/", "invalid_format"},
		{"circled digits", strict, "https://①②⑦.0.0.1/", "not_allowed"},
		{"insecure: http", insecure, "http://localhost:3000/in", ""},
		{"insecure: private", insecure, "http://192.168.1.2/", ""},
		{"insecure: metadata", insecure, "http://169.254.169.254/", "not_allowed"},
		{"insecure: user", insecure, "http://user@localhost/", "invalid_format"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			code, message := tc.guard.CheckURL(tc.url)
			if code != tc.code || (message == "") != (code == "") {
				t.Errorf("CheckURL(%q) = %q, %q, want code %q", tc.url, code, message, tc.code)
			}
			if strings.Contains(message, "secret") {
				t.Errorf("the message repeats a password: %q", message)
			}
		})
	}
}
