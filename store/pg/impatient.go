package pg

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"os"
	"sync/atomic"
	"time"

	"github.com/lib/pq"
)

const (
	// primaryPatience is how long the primary may keep silent on a connection before it is asked whether it is there, and silentPatience
	// how long while it has answered nobody since then.
	primaryPatience, silentPatience = 5 * time.Second, time.Second
	// answerTime is how long a server that is doubted has to answer.
	answerTime = 2 * time.Second
)

// NewConnector makes what opens sessions of the primary. A server that neither answers there nor a new caller has gone, whatever TCP
// says, and a statement that waits for it fails. The driver alone would wait in spite of its context.
func NewConnector(config pq.Config) (driver.Connector, error) {
	connector, err := pq.NewConnectorConfig(config)
	if err != nil {
		return nil, err //nolint:wrapcheck // Open says what failed
	}
	connector.Dialer(impatientDialer{patience: primaryPatience, answerTime: answerTime, silent: new(atomic.Bool)})
	return connector, nil
}

// impatientDialer makes connections that fail when the other side has gone without a word: a network that swallows packets, or a server
// that stands still, would else hold who reads until TCP gives up, which takes minutes, and on a socket of the machine for ever.
type impatientDialer struct {
	net.Dialer

	// patience is how long the other side may keep silent.
	patience time.Duration
	// answerTime is how long it has then to answer a new caller. As long as it does, a statement may take its time.
	answerTime time.Duration
	// silent is true while the server does not answer; statements that are sent meanwhile have less patience. It is nil for a server that is
	// not asked: its silence is the end.
	silent *atomic.Bool
}

// DialTimeout implements pq.Dialer.
func (d impatientDialer) DialTimeout(network, address string, timeout time.Duration) (net.Conn, error) {
	d.Timeout = timeout
	return d.DialContext(context.Background(), network, address)
}

// Dial implements pq.Dialer.
func (d impatientDialer) Dial(network, address string) (net.Conn, error) {
	return d.DialContext(context.Background(), network, address)
}

// DialContext implements pq.DialerContext.
func (d impatientDialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := d.Dialer.DialContext(ctx, network, address)
	if err != nil {
		return nil, err //nolint:wrapcheck // it stands for the dialer
	}
	return &impatientConn{Conn: conn, dialer: d}, nil
}

type impatientConn struct {
	net.Conn

	dialer impatientDialer
	// until is the deadline that the driver has set, in nanoseconds since 1970, and zero without one.
	until atomic.Int64
}

// SetDeadline implements net.Conn: the driver has one while it connects, and it counts for reads beside patience.
func (c *impatientConn) SetDeadline(t time.Time) error {
	until := int64(0)
	if !t.IsZero() {
		until = t.UnixNano()
	}
	c.until.Store(until)
	return c.Conn.SetDeadline(t) //nolint:wrapcheck // it stands for the connection
}

// Read implements net.Conn.
func (c *impatientConn) Read(b []byte) (int, error) {
	for {
		silent, patience := c.dialer.isSilent(), c.dialer.patience
		if silent {
			patience = min(patience, silentPatience)
		}
		//house:clock a deadline of the network
		deadline, last := time.Now().Add(patience), c.dialer.silent == nil
		if until := c.until.Load(); until != 0 && until < deadline.UnixNano() {
			deadline, last = time.Unix(0, until), true
		}
		if err := c.SetReadDeadline(deadline); err != nil {
			return 0, err //nolint:wrapcheck // it stands for the connection
		}
		n, err := c.Conn.Read(b)
		if n > 0 && c.dialer.isSilent() {
			c.dialer.silent.Store(false)
		}
		if n > 0 || last || !errors.Is(err, os.ErrDeadlineExceeded) {
			return n, err //nolint:wrapcheck // as above
		}
		if silent && c.dialer.isSilent() || !silent && !c.answers() {
			return 0, err //nolint:wrapcheck // as above
		}
	}
}

// isSilent tells whether the server has not answered anybody since it was found silent.
func (d impatientDialer) isSilent() bool { return d.silent != nil && d.silent.Load() }

// answers tells whether the server of the connection answers another caller, and keeps that for those who wait on other connections.
func (c *impatientConn) answers() bool {
	answers := c.dialer.isAnswered(c.RemoteAddr())
	c.dialer.silent.Store(!answers)
	return answers
}

// askTLS is the request that PostgreSQL, and each pooler, answers with one letter before it wants to know who asks.
var askTLS = []byte{0, 0, 0, 8, 4, 210, 22, 47}

// isAnswered asks a server on a connection of its own.
func (d impatientDialer) isAnswered(server net.Addr) bool {
	dialer := net.Dialer{Timeout: d.answerTime}
	conn, err := dialer.DialContext(context.Background(), server.Network(), server.String())
	if err != nil {
		return false
	}
	defer conn.Close()
	//house:clock as in Read
	if err := conn.SetDeadline(time.Now().Add(d.answerTime)); err != nil {
		return false
	}
	if _, err := conn.Write(askTLS); err != nil {
		return false
	}
	_, err = io.ReadFull(conn, make([]byte, 1))
	return err == nil
}
