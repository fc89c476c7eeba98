//go:build soak

package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
)

// cutting stands between the program and PostgreSQL, and for one COMMIT of so many cuts the connection between what is sent and what
// is answered: half of the time before PostgreSQL has it, half of the time after, so that nobody knows what has become of it.
type cutting struct {
	address       string // of a socket
	every         int
	before, after atomic.Int64
	// off is set while somebody connects who does not try again.
	off atomic.Bool
}

// startCutting returns the address of a database of the cluster by way of it.
func startCutting(t *testing.T, c *cluster, every int) (*cutting, string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	p := &cutting{address: c.dir + "/.s.PGSQL.5432", every: every}
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			go p.serve(client)
		}
	}()
	return p, fmt.Sprintf("postgres://itmanagerjobs@%s/itmanagerjobs?sslmode=disable", l.Addr())
}

func (p *cutting) serve(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("unix", p.address)
	if err != nil {
		return
	}
	defer server.Close()
	go func() {
		defer client.Close()
		defer server.Close()
		_, _ = io.Copy(client, server)
	}()
	// The first message has no type.
	for begun := false; ; begun = true {
		head := make([]byte, 5)
		if !begun {
			head = head[:4]
		}
		if _, err := io.ReadFull(client, head); err != nil {
			return
		}
		size := binary.BigEndian.Uint32(head[len(head)-4:])
		if size < 4 || size > 1<<28 {
			return
		}
		body := make([]byte, size-4)
		if _, err := io.ReadFull(client, body); err != nil {
			return
		}
		cut := begun && head[0] == 'Q' && strings.HasPrefix(string(body), "COMMIT") && !p.off.Load() && rand.IntN(p.every) == 0
		if cut && rand.IntN(2) == 0 {
			p.before.Add(1)
			return
		}
		if cut { // the answer goes nowhere
			client.Close()
			p.after.Add(1)
		}
		if _, err := server.Write(slices.Concat(head, body)); err != nil {
			return
		}
		if cut {
			_, _ = io.Copy(io.Discard, server) // until PostgreSQL has done it and reads that nobody is there
			return
		}
	}
}
