package drain

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
)

// served is a Service under test.
type served struct {
	addr  string
	stop  context.CancelFunc
	ended chan error
}

func serve(t *testing.T, handler http.HandlerFunc, drain func()) served {
	t.Helper()
	l, err := Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	s := served{addr: l.Addr().String(), stop: cancel, ended: make(chan error, 1)}
	listening := make(chan struct{})
	go func() {
		s.ended <- Serve(ctx, l, Service{
			Handler: handler, Drain: drain, Log: slog.New(slog.DiscardHandler),
			Ambiguous: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadRequest) }),
			Unreadable: func(status int) (http.Header, []byte) {
				return http.Header{"X-Answer": {"ours"}}, fmt.Appendf(nil, "refused with %d", status)
			},
			Listening: func() error { close(listening); return nil },
		})
	}()
	<-listening
	return s
}

// client keeps one connection.
type client struct {
	conn net.Conn
	in   *bufio.Reader
}

func dial(t *testing.T, addr string) client {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Error(err)
		return client{}
	}
	t.Cleanup(func() { conn.Close() })
	return client{conn, bufio.NewReader(conn)}
}

func (c client) send(t *testing.T) {
	t.Helper()
	if _, err := io.WriteString(c.conn, "GET / HTTP/1.1\r\nHost: test\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
}

// answer reads an answer to its end, and tells whether it says that the connection ends with it.
func (c client) answer(t *testing.T) (status int, last bool) {
	t.Helper()
	res, err := http.ReadResponse(c.in, nil)
	if err != nil {
		t.Fatalf("a request was lost: %v", err)
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Close
}

func TestStopAnswersRequestsUnderWayAndOnOpenConnections(t *testing.T) {
	t.Parallel()
	var draining atomic.Bool
	began, drained, finish := make(chan struct{}, 1), make(chan struct{}), make(chan struct{})
	var addr string
	var late client
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		if draining.Load() {
			w.Header().Set("Connection", "close")
			return
		}
		began <- struct{}{}
		<-finish
	}, func() {
		draining.Store(true)
		late = dial(t, addr) // during the stop
		late.send(t)
		close(drained)
	})
	addr = s.addr
	under := dial(t, s.addr)
	under.send(t)
	<-began
	s.stop()
	<-drained
	if status, last := late.answer(t); status != http.StatusOK || !last {
		t.Errorf("a connection made during the stop: %d, told to close: %t", status, last)
	}
	close(finish)
	if status, _ := under.answer(t); status != http.StatusOK {
		t.Errorf("the request under way: %d", status)
	}
	under.conn.Close() // nothing told it to, for its request came before the stop
	if err := <-s.ended; err != nil {
		t.Error(err)
	}
}

func TestAServiceEndsWithoutClients(t *testing.T) {
	t.Parallel()
	drained := 0
	s := serve(t, func(http.ResponseWriter, *http.Request) {}, func() { drained++ })
	s.stop()
	if err := <-s.ended; err != nil || drained != 1 {
		t.Errorf("drained %d times, %v", drained, err)
	}
	if conn, err := net.Dial("tcp", s.addr); err == nil {
		conn.Close()
		t.Error("the address is still listened on")
	}
}

func TestAServiceThatCannotBeAnnouncedEnds(t *testing.T) {
	t.Parallel()
	l, err := Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone := errors.New("standard output is closed")
	err = Serve(t.Context(), l, Service{
		Handler: http.NotFoundHandler(), Log: slog.New(slog.DiscardHandler), Listening: func() error { return gone },
	})
	if !errors.Is(err, gone) {
		t.Error(err)
	}
}
