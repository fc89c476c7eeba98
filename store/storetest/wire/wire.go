// Package wire stands between a program and PostgreSQL and does what a test wants to what passes: it cuts connections around a
// statement, so that nobody knows what has become of it, delays statements, or changes their text.
package wire

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/url"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"
)

// Options say what is done to statements. The zero value lets everything pass.
type Options struct {
	// Cuts chooses statements by their text. Each Every-th of them has its connection cut: in turn before PostgreSQL has it, and
	// between what it does and what it answers.
	Cuts  func(statement string) bool
	Every int64
	// Rewrite gives another text for a statement; nil changes none.
	Rewrite func(statement string) string
	// OnCut is called before PostgreSQL is sent a statement that it will not be heard of again, or never gets, and what it returns is called
	// when PostgreSQL is done with it; nil for nobody.
	OnCut func() (done func())
}

// Proxy is a way to a server.
type Proxy struct {
	o                Options
	network, address string
	// Before and After count cut connections, Rewritten changed statements.
	Before, After, Rewritten atomic.Int64
	// Quiet is set while nothing may be cut, for who does not try again.
	Quiet         atomic.Bool
	chosen, delay atomic.Int64
}

// Delay has each statement from now on wait for so long.
func (p *Proxy) Delay(d time.Duration) { p.delay.Store(int64(d)) }

// Start returns the address of a database by way of a proxy. The test's end closes the way.
func Start(t *testing.T, database string, o Options) (p *Proxy, byWay string) {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	p = &Proxy{o: o}
	q := u.Query()
	if p.network, p.address = "tcp", u.Host; u.Host == "" {
		p.network, p.address = "unix", filepath.Join(q.Get("host"), ".s.PGSQL."+q.Get("port"))
	}
	q.Del("host")
	q.Del("port")
	q.Set("sslmode", "disable")
	u.Host, u.RawQuery = l.Addr().String(), q.Encode()
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			go p.serve(context.WithoutCancel(t.Context()), client)
		}
	}()
	return p, u.String()
}

// The types of messages that are looked at. See PostgreSQL's documentation, "Message Formats".
const (
	query, parse, bind, synchronize = 'Q', 'P', 'B', 'S'
	// largest bounds a message.
	largest = 1 << 28
)

func (p *Proxy) serve(ctx context.Context, client net.Conn) {
	defer client.Close()
	server, err := new(net.Dialer).DialContext(ctx, p.network, p.address)
	if err != nil {
		return
	}
	defer server.Close()
	s := &session{p: p, statements: map[string]string{}, ended: make(chan struct{}), done: func() {}}
	defer func() { s.done() }()
	go func() {
		defer close(s.ended)
		defer client.Close()
		defer server.Close()
		_, _ = io.Copy(s.answers(client), server)
	}()
	for begun := false; ; begun = true {
		kind, body, err := read(client, begun)
		if err != nil {
			return
		}
		if begun {
			body = s.look(kind, body)
		}
		if s.cut == before {
			p.Before.Add(1)
			return
		}
		if err := write(server, kind, body, begun); err != nil {
			return
		}
		if s.cut == after && (kind == query || kind == synchronize) {
			p.After.Add(1)
			if half, ok := server.(interface{ CloseWrite() error }); ok && half.CloseWrite() == nil {
				<-s.ended // PostgreSQL has done it, and has read that nobody is there
			}
			return
		}
	}
}

// The first message of a session has no type.
func read(from io.Reader, typed bool) (kind byte, body []byte, err error) {
	head := make([]byte, 5)
	if !typed {
		head = head[:4]
	}
	if _, err := io.ReadFull(from, head); err != nil {
		return 0, nil, err
	}
	size := binary.BigEndian.Uint32(head[len(head)-4:])
	if size < 4 || size > largest {
		return 0, nil, fmt.Errorf("a message of %d bytes", size)
	}
	body = make([]byte, size-4)
	_, err = io.ReadFull(from, body)
	return head[0], body, err
}

func write(to io.Writer, kind byte, body []byte, typed bool) error {
	head := binary.BigEndian.AppendUint32(nil, uint32(len(body)+4)) //nolint:gosec // below largest
	if typed {
		head = append([]byte{kind}, head...)
	}
	_, err := to.Write(slices.Concat(head, body))
	return err
}

// When a connection is cut.
const (
	never = iota
	before
	after
)

// session is one connection.
type session struct {
	p *Proxy
	// statements are the texts of those that were prepared, by their names.
	statements map[string]string
	cut        int
	// mute is set when answers no longer arrive.
	mute atomic.Bool
	// ended is closed when PostgreSQL has closed its end.
	ended chan struct{}
	// done is what is called at the end.
	done func()
}

// look returns the message to send instead, and notes whether to cut.
func (s *session) look(kind byte, body []byte) []byte {
	switch kind {
	case query:
		statement, _, _ := bytes.Cut(body, []byte{0})
		s.pass(string(statement))
		return append([]byte(s.rewritten(string(statement))), 0)
	case parse:
		name, rest, _ := bytes.Cut(body, []byte{0})
		statement, types, _ := bytes.Cut(rest, []byte{0})
		s.statements[string(name)] = string(statement)
		return slices.Concat(name, []byte{0}, []byte(s.rewritten(string(statement))), []byte{0}, types)
	case bind:
		_, rest, _ := bytes.Cut(body, []byte{0})
		name, _, _ := bytes.Cut(rest, []byte{0})
		s.pass(s.statements[string(name)])
	}
	return body
}

func (s *session) rewritten(statement string) string {
	if s.p.o.Rewrite == nil {
		return statement
	}
	changed := s.p.o.Rewrite(statement)
	if changed != statement {
		s.p.Rewritten.Add(1)
	}
	return changed
}

// pass is called for each statement before it is sent.
func (s *session) pass(statement string) {
	if d := time.Duration(s.p.delay.Load()); d > 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		<-timer.C
	}
	if s.p.o.Cuts == nil || s.p.Quiet.Load() || !s.p.o.Cuts(statement) {
		return
	}
	n := s.p.chosen.Add(1)
	if n%s.p.o.Every != 0 {
		return
	}
	if s.p.o.OnCut != nil {
		s.done = s.p.o.OnCut()
	}
	if s.cut = before; n/s.p.o.Every%2 == 0 {
		s.cut = after
		s.mute.Store(true)
	}
}

// answers is the way back, which leads nowhere for a session that is mute.
func (s *session) answers(client io.Writer) io.Writer { return unlessMute{s, client} }

type unlessMute struct {
	s  *session
	to io.Writer
}

func (w unlessMute) Write(b []byte) (int, error) {
	if w.s.mute.Load() {
		return len(b), nil
	}
	return w.to.Write(b)
}
