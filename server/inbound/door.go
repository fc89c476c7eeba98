package inbound

import (
	"fmt"
	"net"
	"os"
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
	// readAhead is how much of a message is read at once, in bytes: a processor has work of some 0.3 ms with it.
	readAhead = 64 << 10
)

// door is a listener that refuses a connection in words when its network, or all networks together, have as many as they may.
// A client that waits in silence holds a place for a short time only, and never the place of another network.
type door struct {
	net.Listener

	now     func() time.Time
	counter *counter
	// turnedAway is called for each connection that is refused.
	turnedAway func()

	mu   sync.Mutex
	open map[string]int
	all  int
}

func newDoor(l net.Listener, now func() time.Time, c *counter, turnedAway func()) *door {
	return &door{Listener: l, now: now, counter: c, turnedAway: turnedAway, open: map[string]int{}}
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
		return d.guest(conn, network), nil
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
	turn    *turn
	greetBy time.Time
	left    sync.Once
	// ahead is what has come and was not asked for yet, in buffer. One goroutine at a time reads.
	ahead, buffer []byte

	mu sync.Mutex
	// greeted is set once the client has introduced itself, and receiving while a message comes, which must have come by receiveBy.
	greeted, receiving bool
	receiveBy          time.Time
	// away is set once nothing more is read of the client.
	away bool
}

func (d *door) guest(conn net.Conn, network string) *guest {
	return &guest{Conn: conn, door: d, network: network, turn: d.counter.turn(network), greetBy: d.now().Add(greetTimeout)}
}

// Read waits for the network, and then for a turn to compute. Of a message as much is read as has come, up to readAhead, so that there is a
// turn for that and not for each piece that the library asks for.
func (g *guest) Read(p []byte) (int, error) {
	receiving, away := g.state()
	switch {
	case away:
		return 0, os.ErrDeadlineExceeded
	case len(g.ahead) == 0:
		g.turn.rest()
		size := len(p)
		if receiving {
			size = max(size, readAhead)
		}
		if len(g.buffer) < size {
			g.buffer = make([]byte, size)
		}
		n, err := g.Conn.Read(g.buffer[:size])
		if n == 0 {
			return 0, err //nolint:wrapcheck // The library looks at the connection's own errors.
		}
		g.ahead = g.buffer[:n] // what is wrong the next read finds
	}
	if err := g.turn.begin(); err != nil {
		g.sendAway()
		return 0, err
	}
	n := copy(p, g.ahead)
	g.ahead = g.ahead[n:]
	return n, nil
}

// state tells whether a message comes, and whether nothing more is read of the client.
func (g *guest) state() (receiving, away bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.receiving, g.away
}

// Write waits for the network.
func (g *guest) Write(p []byte) (int, error) {
	g.turn.rest()
	return g.Conn.Write(p) //nolint:wrapcheck // as above
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
	g.turn.rest()
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
