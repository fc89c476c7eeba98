package pg

import (
	"context"
	"net"
	"time"
)

// impatientDialer makes connections that fail when the other side keeps silent for longer than patience: a network that swallows packets
// would else hold who reads until TCP gives up, which takes minutes.
type impatientDialer struct {
	net.Dialer

	patience time.Duration
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
	return impatientConn{conn, d.patience}, nil
}

type impatientConn struct {
	net.Conn

	patience time.Duration
}

func (c impatientConn) Read(b []byte) (int, error) {
	//house:clock a deadline of the network
	if err := c.SetReadDeadline(time.Now().Add(c.patience)); err != nil {
		return 0, err //nolint:wrapcheck // it stands for the connection
	}
	return c.Conn.Read(b) //nolint:wrapcheck // as above
}
