package drain

import (
	"errors"
	"fmt"
	"net"
	"os"
	"sync/atomic"
	"syscall"
	"time"
)

// Listen opens an address, as host:port. An error says what is wrong with it, to stand behind the name of a setting:
// "is 127.0.0.1:8080, which …".
func Listen(addr string) (*Listener, error) {
	l, err := net.Listen("tcp", addr) //nolint:noctx // it returns at once
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("is %s, which another program listens on: stop that one or choose another port, for example 127.0.0.1:8081", addr)
	case err != nil:
		reason := err
		if e, ok := errors.AsType[*net.OpError](err); ok {
			reason = e.Err
		}
		return nil, fmt.Errorf("is %s, which cannot be listened on (%w): choose another address, for example 127.0.0.1:8080", addr, reason)
	}
	return &Listener{TCPListener: l.(*net.TCPListener)}, nil //nolint:forcetypeassert // listening on tcp gives nothing else
}

// Listener stops without losing a connection. Closing a socket resets the connections that the kernel has accepted and the
// program has not yet seen, with the requests that clients have sent on them; so the Listener accepts those first.
type Listener struct {
	*net.TCPListener

	stopping atomic.Bool
	// share bounds the connections of a network; nil leaves them unbounded.
	share *share
}

// stopAccepting makes Accept hand out the connections that wait, and then close the listener and fail with
// net.ErrClosed.
func (l *Listener) stopAccepting() error {
	l.stopping.Store(true)
	return l.SetDeadline(time.Unix(1, 0))
}

// Accept waits for the next connection.
func (l *Listener) Accept() (net.Conn, error) {
	conn, err := l.acceptPlain()
	if err != nil {
		return nil, err
	}
	return &framedConn{Conn: conn}, nil
}

// acceptPlain waits for the next connection that its network may have, and closes those that it may not.
func (l *Listener) acceptPlain() (net.Conn, error) {
	for {
		conn, err := l.acceptAny()
		if err != nil || l.share == nil {
			return conn, err
		}
		if counted, ok := l.share.enter(conn); ok {
			return counted, nil
		}
		_ = conn.Close() // who has so many sees that it is one too many
	}
}

func (l *Listener) acceptAny() (net.Conn, error) {
	conn, err := l.TCPListener.Accept()
	if err != nil && l.stopping.Load() && errors.Is(err, os.ErrDeadlineExceeded) {
		conn, err = l.acceptWaiting()
		if errors.Is(err, syscall.EAGAIN) {
			err = errors.Join(net.ErrClosed, l.Close())
		}
	}
	return conn, err
}

// acceptWaiting takes a connection that is there, past the deadline. Its error is EAGAIN when there is none.
func (l *Listener) acceptWaiting() (net.Conn, error) {
	raw, err := l.SyscallConn()
	if err != nil {
		return nil, err
	}
	var fd int
	var acceptErr error
	err = raw.Control(func(listening uintptr) {
		for {
			// The listening socket does not block, so this does not either.
			fd, _, acceptErr = syscall.Accept(int(listening))
			if !errors.Is(acceptErr, syscall.EINTR) && !errors.Is(acceptErr, syscall.ECONNABORTED) {
				return
			}
		}
	})
	if err = errors.Join(err, acceptErr); err != nil {
		return nil, err
	}
	syscall.CloseOnExec(fd)
	f := os.NewFile(uintptr(fd), "accepted")
	conn, err := net.FileConn(f) // with a descriptor of its own
	return conn, errors.Join(err, f.Close())
}
