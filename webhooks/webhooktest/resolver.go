package webhooktest

import (
	"context"
	"encoding/binary"
	"io"
	"math"
	"net"
	"net/netip"

	"golang.org/x/net/dns/dnsmessage"
)

// Resolver makes a resolver that gets the addresses of a host, which has no trailing dot, from a function.
// No addresses mean that the host does not exist. The function is called once per address family, so
// twice per lookup, concurrently.
//
// It is Go's own resolver with a DNS server in memory, so that hosts are treated as in production.
func Resolver(addresses func(host string) []netip.Addr) *net.Resolver {
	return &net.Resolver{
		PreferGo: true,
		Dial: func(context.Context, string, string) (net.Conn, error) {
			client, server := net.Pipe()
			go serveDNS(server, addresses)
			return client, nil
		},
	}
}

// serveDNS speaks DNS over a stream, where each message follows its length in two bytes.
func serveDNS(conn net.Conn, addresses func(string) []netip.Addr) {
	defer func() { _ = conn.Close() }()
	for {
		var size [2]byte
		if _, err := io.ReadFull(conn, size[:]); err != nil {
			return
		}
		raw := make([]byte, binary.BigEndian.Uint16(size[:]))
		if _, err := io.ReadFull(conn, raw); err != nil {
			return
		}
		var question dnsmessage.Message
		if err := question.Unpack(raw); err != nil || len(question.Questions) != 1 {
			return
		}
		reply, err := answerDNS(question, addresses)
		if err != nil {
			return
		}
		if len(reply) > math.MaxUint16 {
			return
		}
		framed := binary.BigEndian.AppendUint16(nil, uint16(len(reply))) //nolint:gosec // its size was checked above
		if _, err := conn.Write(append(framed, reply...)); err != nil {
			return
		}
	}
}

func answerDNS(question dnsmessage.Message, addresses func(string) []netip.Addr) ([]byte, error) {
	q := question.Questions[0]
	host := q.Name.String()
	found := addresses(host[:len(host)-1])
	reply := dnsmessage.Message{
		Header: dnsmessage.Header{
			ID: question.ID, Response: true, Authoritative: true, RecursionAvailable: true,
		},
		Questions: question.Questions,
	}
	if len(found) == 0 {
		reply.RCode = dnsmessage.RCodeNameError
	}
	for _, ip := range found {
		header := dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: dnsmessage.ClassINET}
		switch {
		case q.Type == dnsmessage.TypeA && ip.Is4():
			reply.Answers = append(reply.Answers, dnsmessage.Resource{
				Header: header, Body: &dnsmessage.AResource{A: ip.As4()},
			})
		case q.Type == dnsmessage.TypeAAAA && ip.Is6():
			reply.Answers = append(reply.Answers, dnsmessage.Resource{
				Header: header, Body: &dnsmessage.AAAAResource{AAAA: ip.As16()},
			})
		}
	}
	return reply.Pack()
}

// SilentResolver never answers.
func SilentResolver() *net.Resolver {
	return &net.Resolver{
		PreferGo: true,
		Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
			client, server := net.Pipe()
			go Mute(ctx, server)
			return client, nil
		},
	}
}
