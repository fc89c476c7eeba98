package inbound

import (
	"fmt"
	"net"
	"sync"
	"time"

	"itmanagerjobs/store/board"
)

// How the door shares the connections among the networks that send mail.
const (
	// maxConnsOfNetwork is how many connections one network has at once.
	maxConnsOfNetwork = 6
	// connsKept are left for networks that have no connection yet.
	connsKept = 8
	// greetTimeout is how long a client may take to introduce itself, from the moment that it connects.
	greetTimeout = 20 * time.Second
	// idleTimeout is how long a client may take for its next command.
	idleTimeout = time.Minute
	// refuseTimeout bounds the writing of the one line that refuses a connection.
	refuseTimeout = time.Second
)

// door is a listener that refuses a connection in words when its network, or all networks together, have as many as they may.
// A client that waits in silence holds a place for a short time only, and never the place of another network.
type door struct {
	net.Listener

	now func() time.Time
	// turnedAway is called for each connection that is refused.
	turnedAway func()

	mu   sync.Mutex
	open map[string]int
	all  int
}

func newDoor(l net.Listener, now func() time.Time, turnedAway func()) *door {
	return &door{Listener: l, now: now, turnedAway: turnedAway, open: map[string]int{}}
}

// Accept gives the next connection that is let in.
func (d *door) Accept() (net.Conn, error) {
	for {
		conn, err := d.Listener.Accept()
		if err != nil {
			return nil, err //nolint:wrapcheck // The server looks at the listener's own errors.
		}
		network := networkOf(conn.RemoteAddr())
		if refusal := d.enter(network); refusal != "" {
			d.turnedAway()
			// In a goroutine, so that a client that does not read holds up nobody; it ends after refuseTimeout.
			go d.refuse(conn, refusal)
			continue
		}
		return &guest{Conn: conn, door: d, network: network, greetBy: d.now().Add(greetTimeout)}, nil
	}
}

// enter takes a place for a connection of the network, or says why there is none.
func (d *door) enter(network string) (refusal string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.open[network] >= maxConnsOfNetwork:
		return fmt.Sprintf("421 4.7.0 Your network has %d connections open, which is all it may have. Close one, or try again later.", maxConnsOfNetwork)
	case d.all >= maxConns, d.open[network] > 0 && d.all >= maxConns-connsKept:
		return "421 4.3.2 There are too many connections at the moment. Try again later."
	}
	d.open[network]++
	d.all++
	return ""
}

// leave gives the place back.
func (d *door) leave(network string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.all--
	if d.open[network]--; d.open[network] == 0 {
		delete(d.open, network)
	}
}

func (d *door) refuse(conn net.Conn, refusal string) {
	defer conn.Close()
	if err := conn.SetDeadline(d.now().Add(refuseTimeout)); err != nil {
		return
	}
	// The sender tries again whether or not it has read why.
	_, _ = conn.Write([]byte(refusal + "\r\n"))
}

// networkOf is the network that a connection counts for.
func networkOf(a net.Addr) string {
	host, _, err := net.SplitHostPort(a.String())
	if err != nil {
		return a.String()
	}
	return board.Network(host)
}

// guest is a connection that was let in. The SMTP library sets one time limit for every command; guest makes it shorter for all
// but messages.
type guest struct {
	net.Conn

	door    *door
	network string
	greetBy time.Time
	left    sync.Once

	mu sync.Mutex
	// greeted is set once the client has introduced itself, and receiving while a message comes, which must have come by receiveBy.
	greeted, receiving bool
	receiveBy          time.Time
	// away is set once nothing more is read of the client.
	away bool
}

// SetReadDeadline takes the library's time limit for the next command, or a shorter one.
func (g *guest) SetReadDeadline(t time.Time) error {
	return g.Conn.SetReadDeadline(g.within(t)) //nolint:wrapcheck // The library looks at the connection's own errors.
}

func (g *guest) within(t time.Time) time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	limit := g.door.now().Add(idleTimeout)
	switch {
	case g.away:
		return longAgo
	case g.receiving:
		return t
	case !g.greeted:
		limit = g.greetBy
	}
	if t.IsZero() || limit.Before(t) {
		return limit
	}
	return t
}

// greet notes that the client has introduced itself.
func (g *guest) greet() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.greeted = true
}

// receive gives a message readTimeout to come. end is called once it has come.
func (g *guest) receive() (end func(), err error) {
	by := g.door.now().Add(readTimeout)
	g.setReceiving(true, by)
	return func() { g.setReceiving(false, time.Time{}) }, g.Conn.SetReadDeadline(by)
}

// wait gives the message that comes time until nothing has come for as long as silence. more is false when it has had all its time.
func (g *guest) wait(silence time.Duration) (more bool) {
	g.mu.Lock()
	by := g.receiveBy
	if g.away {
		by = longAgo
	}
	g.mu.Unlock()
	now := g.door.now()
	if !now.Before(by) {
		return false
	}
	until := now.Add(silence)
	if by.Before(until) {
		until = by
	}
	return g.Conn.SetReadDeadline(until) == nil
}

// giveUp lets nothing more of a message come.
func (g *guest) giveUp() error {
	return g.Conn.SetReadDeadline(longAgo) //nolint:wrapcheck // as above
}

// longAgo is a time limit that is over.
var longAgo = time.Unix(1, 0)

// sendAway ends the session after the answer to its message: the rest of the message would be read as commands.
func (g *guest) sendAway() {
	g.mu.Lock()
	g.away = true
	g.mu.Unlock()
	_ = g.giveUp() // or the message ends with its time
}

func (g *guest) setReceiving(yes bool, by time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.receiving, g.receiveBy = yes, by
}

// Close gives the place back.
func (g *guest) Close() error {
	g.left.Do(func() { g.door.leave(g.network) })
	return g.Conn.Close() //nolint:wrapcheck // The library looks at the connection's own errors.
}

// guestOf finds the guest under a connection, which may be encrypted; nil when the listener was not a door.
func guestOf(c net.Conn) *guest {
	if encrypted, ok := c.(interface{ NetConn() net.Conn }); ok {
		c = encrypted.NetConn()
	}
	g, _ := c.(*guest)
	return g
}
