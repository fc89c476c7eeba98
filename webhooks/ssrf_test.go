package webhooks

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"itmanagerjobs/webhooks/webhooktest"
)

// hostForms returns the ways to write an IPv4 address in a URL that some parser or resolver reads
// as that address.
func hostForms(ip string) []string {
	a := netip.MustParseAddr(ip).As4()
	n := uint32(a[0])<<24 | uint32(a[1])<<16 | uint32(a[2])<<8 | uint32(a[3])
	parts := func(format string) string {
		return fmt.Sprintf(strings.Join([]string{format, format, format, format}, "."), a[0], a[1], a[2], a[3])
	}
	digits := func(zero, one rune) string { // other alphabets' digits, which IDNA maps to ours
		return strings.Map(func(r rune) rune {
			switch {
			case r == '0':
				return zero
			case '1' <= r && r <= '9':
				return one + r - '1'
			default:
				return r
			}
		}, ip)
	}
	return []string{
		ip,
		ip + ".",
		strings.ReplaceAll(ip, ".", "%2e"),
		strings.ReplaceAll(ip, ".", "。"),
		strings.ReplaceAll(ip, ".", "．"),
		strings.ReplaceAll(ip, ".", "｡"),
		digits('０', '１'), // full width
		digits('⓪', '①'), // circled
		digits('𝟎', '𝟏'), // mathematical bold
		digits('𝟘', '𝟙'), // double-struck
		digits('⁰', '¹'), // superscript; the others are elsewhere in Unicode, so mostly garbage
		strconv.FormatUint(uint64(n), 10),
		fmt.Sprintf("0x%08x", n),
		fmt.Sprintf("0X%X", n),
		fmt.Sprintf("0%o", n),
		strconv.FormatUint(uint64(n)+1<<32, 10), // overflows back in C
		parts("0x%x"),
		parts("0%o"),
		parts("0000%o"),
		parts("%03d"),
		fmt.Sprintf("%d.%d", a[0], n&0xffffff),
		fmt.Sprintf("%d.%d.%d", a[0], a[1], n&0xffff),
		fmt.Sprintf("0x%x.0%o.%d", a[0], a[1], n&0xffff),
		fmt.Sprintf("%d.%d.%d.%d", int(a[0])+256, a[1], a[2], a[3]),
		fmt.Sprintf("[::ffff:%s]", ip),
		fmt.Sprintf("[::FFFF:%x:%x]", n>>16, n&0xffff),
		fmt.Sprintf("[0:0:0:0:0:ffff:%s]", ip),
		fmt.Sprintf("[::ffff:0:%s]", ip), // SIIT
		fmt.Sprintf("[::%s]", ip),        // IPv4-compatible
		fmt.Sprintf("[64:ff9b::%s]", ip),
		fmt.Sprintf("[64:ff9b:1::%s]", ip),
		fmt.Sprintf("[2002:%x:%x::1]", n>>16, n&0xffff),                      // 6to4
		fmt.Sprintf("[2001:0:4136:e378:8000:63bf:%x:%x]", ^n>>16, ^n&0xffff), // Teredo
		fmt.Sprintf("[fe80::5efe:%s]", ip),                                   // ISATAP
		fmt.Sprintf("[::ffff:%s%%25lo]", ip),
		ip + ".nip.io",        // names that a resolver answers with the address in them
		"①" + ip + ".example", // international name for the same
	}
}

// otherForms are URLs that reach a private address without being another notation of an IPv4 address.
// %d is the port of the listener that must not be reached.
var otherForms = []string{
	"https://localhost:%d/", "https://LOCALHOST:%d/", "https://localhost.:%d/", "https://a.localhost:%d/",
	"https://localhost.localdomain:%d/", "https://ip6-localhost:%d/", "https://ℓocalhost:%d/", "https://ｌｏｃａｌｈｏｓｔ:%d/",
	"https://0:%d/", "https://00:%d/", "https://0.0:%d/", "https://0x0:%d/", "https://127.1:%d/", "https://127.0.1:%d/", "https://[::]:%d/", "https://[::1]:%d/",
	"https://[0:0:0:0:0:0:0:1]:%d/", "https://[0000::0001]:%d/", "https://[::1%%25lo]:%d/", "https://[::1%%25]:%d/", "https://[::%%251]:%d/",
	"https://[fe80::1%%25eth0]:%d/", "https://[fc00::1]:%d/", "https://[fd00:ec2::254]:%d/", "https://[fec0::1]:%d/", "https://[ff02::1]:%d/",
	"https://[::ffff:7f00:1]:%d/", "https://[::127.1]:%d/", "https://[127.0.0.1]:%d/", "https://[localhost]:%d/", "https://[::1]]:%d/", "https://[[::1]]:%d/",
	"https://example.com@127.0.0.1:%d/", "https://example.com:443@127.0.0.1:%d/", "https://127.0.0.1:%d@example.com/", "https://example.com%%40127.0.0.1:%d/",
	`https://example.com\@127.0.0.1:%d/`, `https://127.0.0.1:%d\@example.com/`, "https://example.com#@127.0.0.1:%d/", "https://127.0.0.1:%d#@example.com/",
	"https://127.0.0.1:%d?@example.com/", "https://127.0.0.1%%00.example.com:%d/", "https://127.0.0.1%%20:%d/", "https://127.0.0.1 :%d/", "https:// 127.0.0.1:%d/",
	"https://127.0.0.1\t:%d/", "https://127.0.0.1\r\n:%d/", "https:/127.0.0.1:%d/", "https:127.0.0.1:%d/", "https:////127.0.0.1:%d/", `https:\\127.0.0.1:%d/`,
	"http://127.0.0.1:%d/", "ftp://127.0.0.1:%d/", "gopher://127.0.0.1:%d/", "file://127.0.0.1:%d/", "unix://127.0.0.1:%d/", "//127.0.0.1:%d/", "127.0.0.1:%d/",
	"https://127.0.0.1:0%d/", "https://127.0.0.1:+%d/", "https://127.0.0.1:%d:443/", "https://127.0.0.1,example.com:%d/", "https://example.com,127.0.0.1:%d/",
	"https://metadata.google.internal:%d/", "https://instance-data:%d/", "https://kubernetes.default.svc:%d/", "https://host.docker.internal:%d/",
	"https://rebind.example.com:%d/", "https://xn--localhost-:%d/", "https://127。0。0。1:%d/", "https://127.0.0.1\u200b:%d/", "https://\u00ad127.0.0.1:%d/",
}

// TestSSRF sends to every form, and also passes every host to the dialer, as if CheckURL did not
// exist. The resolver is the worst possible: it resolves every name to loopback. No connection may
// be made or tried.
func TestSSRF(t *testing.T) {
	t.Parallel()
	inside := webhooktest.ListenOn(t, ":0", webhooktest.Mute)
	port := inside.Addr().Port
	loopback := []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("::1"), netip.MustParseAddr("::ffff:127.0.0.1")}
	options := ClientOptions{
		Timeout:  5 * time.Second,
		Guard:    Guard{Ports: []uint16{uint16(port), 443}}, // so that the address is refused and not the port
		Resolver: webhooktest.Resolver(func(string) []netip.Addr { return loopback }),
		Now:      time.Now,
	}
	client := NewClient(options)

	var urls []string
	for _, ip := range []string{"127.0.0.1", "10.0.0.1", "169.254.169.254", "192.168.1.254", "172.16.5.4", "100.100.100.200"} {
		for _, form := range hostForms(ip) {
			urls = append(urls, "https://"+form+":"+strconv.Itoa(port)+"/")
		}
	}
	for _, form := range otherForms {
		urls = append(urls, fmt.Sprintf(form, port))
	}
	if len(urls) < 150 {
		t.Fatalf("only %d forms", len(urls))
	}

	dialed := 0
	for _, raw := range urls {
		result := client.Send(t.Context(), Request{URL: raw, Body: []byte("{}")})
		if result.Err == nil || result.Err.Stage != StageBlocked && result.Err.Stage != StageDNS {
			t.Errorf("Send(%q) = %+v, want it blocked", raw, result)
		}
		u, err := url.Parse(raw)
		if err != nil || u.Hostname() == "" {
			continue
		}
		dialed++
		conn, err := client.live.DialContext(t.Context(), "tcp", net.JoinHostPort(u.Hostname(), strconv.Itoa(port)))
		if err == nil {
			_ = conn.Close()
			t.Errorf("the dialer connected to %q", u.Hostname())
			continue
		}
		// Any other error would mean that a packet was sent.
		var blocked *BlockedError
		var name *net.DNSError
		if !errors.As(err, &blocked) && !errors.As(err, &name) {
			t.Errorf("dialing %q: %v, want it blocked", u.Hostname(), err)
		}
	}
	if n := inside.Accepted(); n != 0 {
		t.Errorf("%d connections reached the listener, want 0", n)
	}
	t.Logf("%d forms sent to, %d of them dialed directly", len(urls), dialed)

	// The listener can be reached: otherwise the test would prove nothing.
	options.Guard = Guard{AllowInsecure: true}
	conn, err := NewClient(options).live.DialContext(t.Context(), "tcp", net.JoinHostPort("inside.example.com", strconv.Itoa(port)))
	if err != nil {
		t.Fatalf("the listener cannot be reached: %v", err)
	}
	_ = conn.Close()
}

// TestRebinding has a name that resolves to a public address when it is checked and to a private one
// when it is used.
func TestRebinding(t *testing.T) {
	t.Parallel()
	inside := webhooktest.Listen(t, webhooktest.Mute)
	port := inside.Addr().Port
	public, private := netip.MustParseAddr("93.184.216.34"), netip.MustParseAddr("127.0.0.1")
	var rebound atomic.Bool
	resolver := webhooktest.Resolver(func(string) []netip.Addr {
		if rebound.Load() {
			return []netip.Addr{private}
		}
		return []netip.Addr{public}
	})
	guard := Guard{Ports: []uint16{uint16(port)}}
	client := NewClient(ClientOptions{Guard: guard, Resolver: resolver, Now: time.Now})
	target := fmt.Sprintf("https://rebind.example.com:%d/", port)

	// A check at creation would see this address.
	if code, message := guard.CheckURL(target); code != "" {
		t.Fatalf("CheckURL = %q, %q", code, message)
	}
	seen, err := resolver.LookupNetIP(t.Context(), "ip4", "rebind.example.com")
	if err != nil || len(seen) != 1 || seen[0].Unmap() != public {
		t.Fatalf("first lookup = %v, %v", seen, err)
	}
	if err := guard.Control(context.Background(), "tcp4", netip.AddrPortFrom(public, uint16(port)).String(), nil); err != nil {
		t.Fatalf("the public address is blocked: %v", err)
	}

	rebound.Store(true)
	result := client.Send(t.Context(), Request{URL: target, Body: []byte("{}")})
	var blocked *BlockedError
	if result.Err == nil || result.Err.Stage != StageBlocked || !errors.As(result.Err, &blocked) {
		t.Fatalf("Send = %+v, want it blocked", result)
	}
	if strings.Contains(result.Err.Message, "127.0.0.1") || blocked.Addr == "" {
		t.Errorf("message %q, address %q: want the address in the error only", result.Err.Message, blocked.Addr)
	}
	if n := inside.Accepted(); n != 0 {
		t.Errorf("%d connections reached the listener, want 0", n)
	}
}
