package drain

import (
	"net"
	"net/http"
	"sync"
	"time"
)

// connections counts those that are open.
type connections struct {
	mu   sync.Mutex
	open int
	none chan struct{} // closed while none is open
}

func newConnections() *connections {
	c := &connections{none: make(chan struct{})}
	close(c.none)
	return c
}

// follow is the ConnState of a server.
func (c *connections) follow(_ net.Conn, state http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch state {
	case http.StateNew:
		if c.open == 0 {
			c.none = make(chan struct{})
		}
		c.open++
	case http.StateClosed, http.StateHijacked:
		if c.open--; c.open == 0 {
			close(c.none)
		}
	case http.StateActive, http.StateIdle:
	}
}

func (c *connections) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.open
}

// wait returns when no connection is open, or patience is over.
func (c *connections) wait(patience time.Duration) {
	c.mu.Lock()
	none := c.none
	c.mu.Unlock()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-none:
	case <-timer.C:
	}
}
